"""What two sequences have in common at their ends: letters, words, lines or sentences. Pure."""

from collections.abc import Callable, Sequence
from operator import eq
from typing import TypeVar

Item = TypeVar("Item")


def shared_start(one: Sequence[Item], other: Sequence[Item], alike: Callable[[Item, Item], bool] = eq) -> int:
    """Return how many items two sequences begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, pair in pairs if not alike(*pair)), min(len(one), len(other)))


def shared_ends(
    one: Sequence[Item], other: Sequence[Item], alike: Callable[[Item, Item], bool] = eq
) -> tuple[int, int]:
    """Return how many items two sequences have in common at the beginning, and at the end of what is left."""
    start = shared_start(one, other, alike)
    return start, shared_start(one[start:][::-1], other[start:][::-1], alike)
