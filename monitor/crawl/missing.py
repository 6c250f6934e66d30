"""Which missing records may not be called gone: the list moved while it was read, or a row was not read.

A row that moves up over a page boundary between two requests is on neither page. So a row is gone only
where the rows that stood before and after it are still on one page, read at one moment. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.domain.types import Parse, ParsedRecord
from monitor.guard.baseline import Baseline, mark


def torn(before: Sequence[Parse], now: Sequence[Parse], missing: frozenset[str]) -> frozenset[str]:
    """Return the missing records of one list whose old neighbors are now on different pages."""
    if len(now) < 2:
        return frozenset()
    page_of: dict[str, int] = {}
    for number, page in enumerate(now):
        for key in _names(page.records):
            page_of.setdefault(key, number)
    order = [_place(record, missing, page_of) for page in before for record in page.records]
    found: set[str] = set()
    for at, (name, place) in enumerate(order):
        if name is None or place is not None:
            continue
        above = next((place for _, place in reversed(order[:at]) if place is not None), 0)
        below = next((place for _, place in order[at + 1 :] if place is not None), len(now) - 1)
        if above != below:
            found.add(name)
    return frozenset(found)


def _place(
    record: ParsedRecord, missing: frozenset[str], page_of: Mapping[str, int]
) -> tuple[str | None, int | None]:
    """Return the stored key of an old row that is missing, or the page that shows it now."""
    names = (record.key, *record.aliases)
    place = next((page_of[name] for name in names if name in page_of), None)
    return next((name for name in names if name in missing), None), place


def _names(records: Iterable[ParsedRecord]) -> list[str]:
    return [key for record in records for key in (record.key, *record.aliases)]


@dataclass(frozen=True, slots=True)
class Unread:
    """The missing records that unreadable rows may be, and how many such rows are no record's."""

    keys: frozenset[str]
    strange_rows: int


def unread(missing: frozenset[str], problems: int, usual: Baseline) -> Unread:
    """Return which missing records may be rows that could not be read.

    A row that could not be read before, while nothing was missing, is no record's. With as many further ones
    as records are missing, these are the records; with fewer, those that were missing first, or all of
    them where that is not known.
    """
    room = problems - usual.strange_rows
    if room <= 0 or not usual:
        return Unread(frozenset(), problems)
    if len(missing) <= room:
        return Unread(missing, problems - len(missing))
    marks = set(usual.unread)
    first = frozenset(key for key in missing if mark(key) in marks)
    return Unread(first if len(first) == room else missing, usual.strange_rows)
