"""Make text safe for a terminal: page text must not move the cursor, reverse text or look like ours."""

import unicodedata

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
    parts: list[tuple[str, str]] = []
    for segment in changed_words(before, after):
        begin, end, style = _STYLES[segment.kind]
        parts += [(" ", "")] if parts else []
        parts.append((f"{begin}{segment.text}{end}", style))
    return Text.assemble(*parts)
