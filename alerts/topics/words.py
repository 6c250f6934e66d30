"""The text of a change that topics are matched against, split into passages and words."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from alerts.topics.candidate import Candidate
from alerts.topics.terms import FIELDS, TEXT, WORD, Phrase
from monitor.domain.sentences import BREAK
from monitor.domain.text import comparable

Meaning = TypeVar("Meaning")
_READ = tuple(dict.fromkeys(name for names in FIELDS.values() for name in names))
# A status that has changed is no longer the record's status, so it is not sought among the words before.
_READ_BEFORE = tuple(name for name in _READ if name not in FIELDS["status"])
_AROUND = 200  # characters of a long sentence that are quoted on either side of what was found
# Letters small, digits as they are, and blanks for anything between words.
_ASCII_WORDS = bytes(ord(chr(code).lower() if chr(code).isalnum() else " ") for code in range(128)) * 2


class Passage:
    """One text of a candidate, cut into words; `now` separates the current text from the previous one."""

    def __init__(self, name: str, value: object, *, now: bool) -> None:
        self.field, self.now = name, now
        self._written = str(value)
        self.folded = _folded_words(self._written)

    # Most texts are checked without a match, so nobody asks for the rest.
    @cached_property
    def text(self) -> str:
        """The text in the form in which it is compared."""
        return comparable(self._written)

    @cached_property
    def plain(self) -> list[str]:
        """The words with their capitals."""
        return WORD.findall(self.text)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return [word.span() for word in WORD.finditer(self.text)]

    def told_by(self, meanings: Mapping[str, Sequence[Meaning]]) -> list[tuple[int, Meaning]]:
        """Return where a word of the text means something, and what; most words mean nothing to anybody."""
        told = enumerate(map(meanings.__getitem__, self.folded))
        return [(at, meaning) for at, found in told if found for meaning in found]

    def holds(self, phrase: Phrase, start: int) -> str | None:
        """Return the text of `phrase` if it begins at the word numbered `start`."""
        end = start + len(phrase.words)
        if start < 0 or end > len(self.folded):
            return None
        words = (self.plain if phrase.exact_case else self.folded)[start:end]
        if tuple(words[:-1]) != phrase.words[:-1]:
            return None
        last = words[-1].startswith(phrase.words[-1]) if phrase.prefix else words[-1] == phrase.words[-1]
        return self.between(start, end) if last else None

    def between(self, start: int, end: int) -> str:
        """Return the text from one word up to, not including, another."""
        return self.said(self._spans[start][0], self._spans[end - 1][1])

    def said(self, start: int, end: int) -> str:
        """Return the text between two places, to quote a match in its own words."""
        return self.text[start:end]


def _folded_words(written: str) -> list[str]:
    text = written if written.isascii() else comparable(written)
    if text.isascii():
        return text.encode().translate(_ASCII_WORDS).decode().split()  # in a third of the time
    return list(map(str.casefold, WORD.findall(text)))


class PageOfText(Passage):
    """A page of the document that a report links to: what is found in it is quoted."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(TEXT, text, now=True)
        self._number = number

    def said(self, start: int, end: int) -> str:
        """Return the sentence around a place of the text, with the number of its page: p. 12: …"""
        begins = max((one.end() for one in BREAK.finditer(self.text, 0, start)), default=0)
        # One further, so that the sign which ends the sentence is not part of what was found.
        ends = BREAK.search(self.text, end + 1)
        begin, finish = max(begins, start - _AROUND), min(ends.start() if ends else 10**9, end + _AROUND)
        sentence = self.text[begin:finish].strip()
        cut = ("…" if begin > begins else "", "…" if finish == end + _AROUND < len(self.text) else "")
        return f"p. {self._number}: {cut[0]}{sentence}{cut[1]}"


def passages_of(candidate: Candidate, *, inside: bool = False) -> list[Passage]:
    """Return all texts of a candidate that topics look in, the current ones first; `inside` its document."""
    pages = enumerate(candidate.file_text(), 1) if inside else ()
    return [*_of_fields(candidate), *(PageOfText(number, page) for number, page in pages)]


def _of_fields(candidate: Candidate) -> list[Passage]:
    return [
        Passage(name, text, now=now)
        for names, values, now in (
            (_READ, candidate.fields, True),
            (_READ_BEFORE, candidate.before, False),
        )
        for name in names
        if (value := values.get(name)) is not None
        for text in (value if isinstance(value, list) else (value,))  # no phrase runs from one into the next
    ]
