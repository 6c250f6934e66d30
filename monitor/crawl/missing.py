"""Which missing records may not be called gone: the list moved while it was read, or a row was not read.

A row that moves up over a page boundary between two requests is on neither page. So a row is gone only
where the rows that stood before and after it are still on one page, read at one moment. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from monitor.domain.types import Parse, ParsedRecord
from monitor.guard.baseline import Baseline, mark


def unproved(
    before: Sequence[Sequence[Parse]], now: Sequence[Sequence[Parse]], missing: frozenset[str]
) -> frozenset[str]:
    """Return the missing records that these pages, list by list, do not prove to be gone.

    Rows are gone where the old neighbors of each are still on one page, in the old order. A list of one page
    is read at one moment, and proves by itself.
    """
    if all(len(pages) < 2 for pages in now):
        return frozenset()
    found, placed = set[str](), set[str]()
    for old, new in zip_longest(before, now, fillvalue=()):
        page_of = _page_of(new)
        rows = [_place(record, missing, page_of) for page in old for record in page.records]
        gone = {name for name, place in rows if name is not None and place is None}
        placed |= gone
        if len(new) > 1:
            found |= gone if _are_of_two_times(rows, len(new) - 1) or not _is_in_order(old, new) else set()
    return frozenset(found | (missing - placed))


def _are_of_two_times(rows: Sequence[tuple[str | None, int | None]], last: int) -> bool:
    """Whether the nearest rows above and below a missing row are on different pages now."""
    for at, (name, place) in enumerate(rows):
        if name is None or place is not None:
            continue
        above = next((place for _, place in reversed(rows[:at]) if place is not None), 0)
        below = next((place for _, place in rows[at + 1 :] if place is not None), last)
        if above != below:
            return True
    return False


def _page_of(pages: Sequence[Parse]) -> dict[str, int]:
    return {key: number for number, page in reversed([*enumerate(pages)]) for key in _names(page.records)}


def _is_in_order(before: Sequence[Parse], now: Sequence[Parse]) -> bool:
    """Whether the rows that both show have kept their order: else no row is the neighbor of another.

    Pages of two times may show a row twice, or end in a page without rows; that is not an order either.
    """
    if not all(page.records for page in now):
        return False
    pages = Counter(key for page in now for key in {record.key for record in page.records})
    if any(count > 1 for count in pages.values()):
        return False
    rank = {key: place for place, key in enumerate(key for page in now for key in _names(page.records))}
    ranks = [rank[record.key] for page in before for record in page.records if record.key in rank]
    return all(earlier <= later for earlier, later in pairwise(ranks))


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
    """The missing records that unreadable rows may be, and how many such rows belong to no record."""

    keys: frozenset[str]
    strange_rows: int


def unread(missing: frozenset[str], problems: int, usual: Baseline) -> Unread:
    """Return which missing records may be rows that could not be read.

    A row that could not be read before, while nothing was missing, belongs to no record. With as many
    further ones as records are missing, these are the records; with fewer, those that were missing first,
    or all of them where that is not known.
    """
    room = problems - usual.strange_rows
    if room <= 0 or not usual:
        return Unread(frozenset(), problems)
    if len(missing) <= room:
        return Unread(missing, problems - len(missing))
    marks = set(usual.unread)
    first = frozenset(key for key in missing if mark(key) in marks)
    return Unread(first if len(first) == room else missing, usual.strange_rows)
