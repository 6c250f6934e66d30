"""Split long bind lists into batches: PostgreSQL allows 65,535 parameters per statement, SQLite 32,766."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Value = TypeVar("Value")
AT_ONCE = 5_000  # values per list; a statement may have six lists


def in_parts(values: Iterable[Value], most: int = AT_ONCE) -> Iterator[list[Value]]:
    """Yield the values in lists of at most `most`, short enough for one statement; nothing for no values."""
    left = iter(values)
    while part := list(islice(left, most)):
        yield part
