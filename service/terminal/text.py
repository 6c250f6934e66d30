"""Make text safe for a terminal: page text must not move the cursor, reverse text or look like ours."""

import unicodedata
from collections.abc import Iterable

from rich.text import Text

from alerts.language.text import changed_words

_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_STYLES = {"same": ("", "", ""), "removed": ("[-", "-]", "red"), "added": ("{+", "+}", "green")}


def harmless(text: str) -> str:
    """Return text of several lines without control characters and direction overrides; blanks stay."""
    return "".join(
        character for character in text if character == "\n" or not _steers(character)
    ).expandtabs()


def _steers(character: str) -> bool:
    return character in _TURNS or (character != "\t" and unicodedata.category(character) in ("Cc", "Cs"))


def changed_text(before: str, after: str) -> Text:
    """Return both texts as one, with the words that [-went-] and {+came+} marked."""
    return marked_text((one.kind, one.text) for one in changed_words(before, after))


def marked_text(segments: Iterable[tuple[str, str]]) -> Text:
    """Return runs of words, each with its kind, as one text in which they are marked."""
    parts: list[tuple[str, str]] = []
    for kind, words in segments:
        begin, end, style = _STYLES[kind]
        parts += [(" ", "")] if parts else []
        parts.append((f"{begin}{words}{end}", style))
    return Text.assemble(*parts)
