"""Markers that templates put into text, in characters that page text cannot contain. Pure.

`alerts.language.text.plain` removes these noncharacters from all page text, so any that remain are ours. They
survive escaping and are then replaced with the markup of a flavor.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

FOUND = ("\ufdd0", "\ufdd1")  # around words that a topic matched
REMOVED = ("\ufdd2", "\ufdd3")
ADDED = ("\ufdd4", "\ufdd5")
LINK = ("\ufdd6", "\ufdd7", "\ufdd8")  # before the text, between text and address, after the address
SMALL = "\ufdda"  # begins a line of small print
RULE = "\ufddb"  # a line of its own between two changes
HELD = "\ufddc"  # a space at which plain text is not wrapped

_LINE_MARKS = re.compile(f"[{SMALL}{RULE}]")


@dataclass(frozen=True, slots=True)
class Part:
    """A run of lines of one kind; a rule has no text."""

    kind: Literal["text", "small", "rule"]
    text: str = ""


def with_found(text: str, words: Iterable[str]) -> str:
    """Return a text with whole words and phrases marked, whatever spaces, dashes or quotes are between them.

    A word in capitals only matches capitals, as in topics.
    """
    patterns = [pattern for word in words if (pattern := _pattern(word))]
    if not patterns:
        return text
    # Longest first, so that a whole phrase is marked, not only its first word.
    either = "|".join(sorted(patterns, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", rf"{FOUND[0]}\g<0>{FOUND[1]}", text)


def _pattern(word: str) -> str:
    pattern = r"[^\w]{1,3}".join(map(re.escape, re.findall(r"\w+", word)))
    return pattern if word.isupper() or not pattern else f"(?i:{pattern})"


def parts_of(marked: str) -> tuple[Part, ...]:
    """Return the parts of a rendered body without the blank lines around them."""
    parts = []
    for kind, lines in groupby(marked.splitlines(), _kind):
        text = unmarked("\n".join(lines)).strip("\n")
        if text or kind == "rule":
            parts.append(Part(kind, text))
    return tuple(parts)


def _kind(line: str) -> Literal["text", "small", "rule"]:
    return "small" if line.startswith(SMALL) else "rule" if line.startswith(RULE) else "text"


def unmarked(marked: str) -> str:
    """Return a rendered body without its line markers."""
    return _LINE_MARKS.sub("", marked)
