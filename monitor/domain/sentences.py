"""What differs between the texts of two versions of a document, sentence by sentence. Pure.

Sentences are compared, not lines: a word more moves the lines of all that follows it.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from monitor.domain.shared_ends import shared_ends

# Between two sentences: behind the sign that ends one, before the letter that begins the next.
BREAK = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[A-Z0-9“\"(•])")
_MOST = 20_000  # sentences that are compared
_LONGEST = 3_000  # characters of each side that a change shows

Place = tuple[int, str]  # the number of a page, and a sentence on it


def sentences_of(pages: Sequence[str]) -> list[Place]:
    """Return the sentences of a text with their pages."""
    return [(number, one) for number, page in enumerate(pages, 1) for one in BREAK.split(page) if one]


def differing(before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    """Return what differs between two texts, before and after: `p. 12: …`, shortened where it is much."""
    old, new = sentences_of(before)[:_MOST], sentences_of(after)[:_MOST]
    blocks = list(_blocks(old, new))
    sides = [[_said(block[side]) for block in blocks if block[side]] for side in (0, 1)]
    return _joined(sides[0]), _joined(sides[1])


def _blocks(old: Sequence[Place], new: Sequence[Place]) -> Iterator[tuple[Sequence[Place], Sequence[Place]]]:
    words = [[text for _, text in side] for side in (old, new)]
    start, end = shared_ends(words[0], words[1])
    middle = words[0][start : len(old) - end], words[1][start : len(new) - end]
    for action, i, j, k, m in SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
        if action != "equal":
            yield old[start + i : start + j], new[start + k : start + m]


def _said(places: Sequence[Place]) -> str:
    return f"p. {places[0][0]}: {' '.join(text for _, text in places)}"


def _joined(parts: Sequence[str]) -> str:
    shown: list[str] = []
    left = _LONGEST
    for part in parts:
        left -= len(part)
        if left < 0 and shown:
            break
        shown.append(part[:_LONGEST])
    more = len(parts) - len(shown)
    return " … ".join(shown) + (f" … and {more:,} more places" if more else "")
