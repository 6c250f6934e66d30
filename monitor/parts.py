"""Long lists in parts: PostgreSQL takes 65,535 values in a statement, some SQLite 32,766."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Value = TypeVar("Value")
AT_ONCE = 5_000  # values in one list; a statement may have six


def in_parts(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Give values in lists short enough for one statement; none where there are none."""
    left = iter(values)
    while part := list(islice(left, AT_ONCE)):
        yield part
