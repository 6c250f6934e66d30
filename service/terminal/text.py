"""Make text safe for a terminal: page text must not move the cursor, reverse text or look like ours."""

import json
import re
import unicodedata
from datetime import datetime
from typing import Any

from rich.text import Text

from alerts.language.text import changed_words

# Valid inside JSON strings, yet able to steer a terminal or not encodable at all.
_UNFIT = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
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


def as_json(value: Any, encoding: str | None) -> str:
    """Return JSON that any terminal and any encoding can carry; every value reads back as it was."""
    readable = (encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not readable, indent=2, default=_spelled)
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _spelled(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
