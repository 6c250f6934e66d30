"""Long lists in parts: PostgreSQL takes 65,535 values in a statement, some SQLite 32,766."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Value = TypeVar("Value")
AT_ONCE = 5_000  # values in one list; a statement may have six


def in_parts(values: Iterable[Value], most: int = AT_ONCE) -> Iterator[list[Value]]:
    """Give values in lists of at most so many, short enough for one statement; none where there are none."""
    left = iter(values)
    while part := list(islice(left, most)):
        yield part
