"""Which missing records may not be called gone."""

from collections.abc import Iterable

import pytest

from monitor.crawl.missing import unproved, unread
from monitor.crawl.window import are_pushed_off
from monitor.domain.types import Parse, StoredRecord
from monitor.guard.baseline import Baseline, mark
from tests.monitor.guard.test_rules import rows


def pages(*numbers: list[int]) -> list[Parse]:
    of = rows(20)
    return [Parse("dhs-oig", tuple(of[n] for n in page)) for page in numbers]


def keys(*numbers: int) -> frozenset[str]:
    return frozenset(rows(20)[n].key for n in numbers)


@pytest.mark.parametrize(
    ("now", "missing", "found"),
    [
        (([0, 1, 2], [4, 5]), keys(3), keys(3)),  # one row left page 1 after it had been read
        (([0, 1, 2], [5]), keys(3, 4), keys(3, 4)),
        (([0, 2, 3], [4, 5]), keys(1), frozenset()),
        (([0, 1, 2], [3, 5]), keys(4), frozenset()),
        (([0, 1, 2], [3, 4]), keys(5), frozenset()),
        (([1, 2, 3], [4, 5]), keys(0), frozenset()),
        (([9, 0, 1], [3, 4, 5]), keys(2), keys(2)),  # a new row had moved the boundary before
        (([0, 1, 2],), keys(3, 4, 5), frozenset()),  # one page is read at one moment
        (([5, 4, 3], [2, 0]), keys(1), keys(1)),  # sorted in another way: no row is another's neighbor
        (([0, 1, 2], [3, 4, 5]), keys(9), keys(9)),  # not on the pages before
        (([0, 1], [4]), keys(2, 3, 5), keys(2, 3, 5)),  # pages of two times prove nothing of their end either
        (([0, 1, 2, 3, 4], []), keys(5), keys(5)),  # the pager names a page without rows
        (([0, 1, 2], [2, 3, 4]), keys(5), keys(5)),  # a row on two pages: of two times
    ],
)
def test_a_row_whose_old_neighbors_are_on_two_pages_may_only_have_moved(
    now: tuple[list[int], ...], missing: frozenset[str], found: frozenset[str]
) -> None:
    assert unproved([pages([0, 1, 2], [3, 4, 5])], [pages(*now)], missing) == found


def test_as_many_missing_records_as_unreadable_rows_are_those_rows() -> None:
    usual = Baseline(rows=(12,))
    assert unread(keys(3), 1, usual).keys == keys(3)
    assert unread(frozenset(), 1, usual).strange_rows == 1


def test_a_row_that_never_was_a_record_excuses_nothing() -> None:
    usual = Baseline(rows=(12,), strange_rows=1)
    assert unread(keys(3), 1, usual).keys == frozenset()
    assert unread(keys(3), 2, usual).keys == keys(3)


def test_a_record_that_is_missing_beside_one_known_to_be_unreadable_is_gone() -> None:
    usual = Baseline(rows=(12,), unread=(mark(next(iter(keys(3)))),))
    assert unread(keys(3, 4), 1, usual).keys == keys(3)
    # Where it is not known which of them the unreadable row is, none of them is called gone.
    assert unread(keys(5, 4), 1, usual).keys == keys(5, 4)


@pytest.mark.parametrize(
    ("before", "now", "missing", "may_have_moved_on"),
    [
        (range(1, 11), range(10), keys(10), True),  # one came, and the last one is not shown
        (range(2, 12), range(10), keys(10, 11), True),
        (range(1, 13), range(12), keys(12), True),  # four rows of three
        (range(10), range(10), keys(12), True),  # it has been off the page before
        (range(1, 11), (0, 1, 2, 3, 5, 6, 7, 8, 9, 10), keys(4), False),  # one in the middle is gone
        (range(1, 6), range(5), keys(5), True),
        (range(1, 8), range(7), keys(7), True),  # as many as fit beside each other
        (range(1, 10), range(9), keys(9), True),
        (range(1, 5), range(4), keys(4), False),
        (range(1, 7), (0, 1, 2, 3, 5, 6), keys(4), False),
        (range(1, 12), range(11), keys(11), False),  # no site divides a list into eleven
        (range(1, 11), range(9), keys(10, 9), False),
        (range(10), (*range(9), 12), keys(9), False),  # another stands in the place of the last one
        (range(10), range(10), frozenset(), False),
    ],
)
def test_reports_after_the_last_row_of_a_full_page_may_have_moved_on(
    before: Iterable[int], now: Iterable[int], missing: frozenset[str], may_have_moved_on: bool
) -> None:
    of = rows(20)
    known = {
        row.key: StoredRecord(n, row.kind, row.key, row.fields, "", listed=True, snapshot_sha256="")
        for n, row in enumerate(of)
    }
    shown = [[of[n] for n in some] for some in (before, now)]
    assert are_pushed_off(*shown, missing, known) is may_have_moved_on
