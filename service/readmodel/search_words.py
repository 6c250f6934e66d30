"""What people type to search: words, "phrases", numbers such as OIG-24-01 and beginnings (camera*). Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.language.text import plain

_WORD = re.compile(r"[^\W_]+")
_TERM = re.compile(r'"([^"]*)"?(\*?)|(\S+)')
_MOST_TERMS, _MOST_WORDS = 10, 20
_AROUND = 90  # characters beside a hit
_LONGEST = 320  # characters of an excerpt


@dataclass(frozen=True, slots=True)
class Sought:
    """Words in a row, small letters; where `prefix` the last may go on."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an excerpt, a hit or not."""

    text: str
    hit: bool


def read_words(typed: str) -> tuple[Sought, ...]:
    """Return what a person asks for; each must be found. Any text will do."""
    found = []
    for quoted, star, bare in _TERM.findall(typed):
        words = _WORD.findall((bare or quoted).lower())[:_MOST_WORDS]
        if words:
            found.append(Sought(tuple(words), bool(star) or bare.endswith("*")))
    return tuple(dict.fromkeys(found))[:_MOST_TERMS]


def for_fts5(sought: Sequence[Sought]) -> str:
    """Return a query of SQLite's FTS5."""
    return " AND ".join(f'"{" ".join(one.words)}"{" *" if one.prefix else ""}' for one in sought)


def for_postgres(sought: Sequence[Sought]) -> str:
    """Return a query for PostgreSQL's to_tsquery."""
    return " & ".join(f"({_in_a_row(one)}{':*' if one.prefix else ''})" for one in sought)


def _in_a_row(sought: Sought) -> str:
    return " <-> ".join(f"'{word}'" for word in sought.words)


def spans(text: str, sought: Sought) -> list[tuple[int, int]]:
    """Return the places of words in a row in a text."""
    words = [(found[0].lower(), found.start(), found.end()) for found in _WORD.finditer(text)]
    count, places = len(sought.words), []
    for at in range(len(words) - count + 1):
        run = [word for word, _, _ in words[at : at + count]]
        last = run[-1].startswith(sought.words[-1]) if sought.prefix else run[-1] == sought.words[-1]
        if last and run[:-1] == list(sought.words[:-1]):
            places.append((words[at][1], words[at + count - 1][2]))
    return places


def excerpt(text: str, places: Sequence[tuple[int, int]]) -> list[Piece]:
    """Return a text around its first hits, with all hits in it marked."""
    first = min(begin for begin, _ in places)
    begin = text.rfind(" ", 0, max(first - _AROUND, 0)) + 1 if first > _AROUND else 0
    end = len(text)
    if end - begin > _LONGEST:
        end = max(text.rfind(" ", begin, begin + _LONGEST), *(stop for at, stop in places if at == first))
    pieces, at = [Piece("… ", hit=False)] if begin else [], begin
    for start, stop in sorted(places):
        if at <= start and stop <= end:
            pieces += [Piece(text[at:start], hit=False), Piece(text[start:stop], hit=True)]
            at = stop
    pieces.append(Piece(text[at:end] + (" …" if end < len(text) else ""), hit=False))
    return [piece for piece in pieces if piece.text]


def shown_text(value: object) -> str:
    """Return the text of a field as it is searched and shown."""
    return ", ".join(map(plain, value)) if isinstance(value, list) else plain(value)
