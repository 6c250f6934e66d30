"""Marks that templates set into text, in characters that page text cannot hold. Pure.

`alerts.language.text.plain` takes these noncharacters out of every page text, so that one which is still
there is ours: it survives any escaping and is then made what a flavour has for it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

FOUND = ("\ufdd0", "\ufdd1")  # around words that a topic looked for
REMOVED = ("\ufdd2", "\ufdd3")
ADDED = ("\ufdd4", "\ufdd5")
LINK = ("\ufdd6", "\ufdd7", "\ufdd8")  # before the text, between text and address, after the address
SMALL = "\ufdda"  # begins a line of small print
RULE = "\ufddb"  # a line of its own between two changes

_LINE_MARKS = re.compile(f"[{SMALL}{RULE}]")


@dataclass(frozen=True, slots=True)
class Part:
    """A run of lines of one kind; a rule has no text."""

    kind: Literal["text", "small", "rule"]
    text: str = ""


def with_found(text: str, words: Iterable[str]) -> str:
    """Mark whole words and phrases in a text, however the text spaces, dashes or quotes them.

    A word in capitals only is found in capitals only, as topics do it.
    """
    patterns = [pattern for word in words if (pattern := _pattern(word))]
    if not patterns:
        return text
    # The longest first: a phrase is marked whole, not its first word.
    either = "|".join(sorted(patterns, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", rf"{FOUND[0]}\g<0>{FOUND[1]}", text)


def _pattern(word: str) -> str:
    pattern = r"[^\w]{1,3}".join(map(re.escape, re.findall(r"\w+", word)))
    return pattern if word.isupper() or not pattern else f"(?i:{pattern})"


def parts_of(marked: str) -> tuple[Part, ...]:
    """Give the parts of a rendered body, blank lines around each part dropped."""
    parts = []
    for kind, lines in groupby(marked.splitlines(), _kind):
        text = unmarked("\n".join(lines)).strip("\n")
        if text or kind == "rule":
            parts.append(Part(kind, text))
    return tuple(parts)


def _kind(line: str) -> Literal["text", "small", "rule"]:
    return "small" if line.startswith(SMALL) else "rule" if line.startswith(RULE) else "text"


def unmarked(marked: str) -> str:
    """Give a rendered body without the marks of its lines."""
    return _LINE_MARKS.sub("", marked)
