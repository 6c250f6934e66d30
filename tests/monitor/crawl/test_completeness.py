"""Rows that move between pages while they are read: read again, or not the whole list; never a change."""

import random
import socket
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from monitor.crawl.completeness import is_doubtful, one_pass, settled_twice, two_passes
from monitor.domain.types import Headers, Outcome, Page, Parse
from monitor.guard.baseline import Baseline
from monitor.profiles.parse import parse
from service.demo.fakes.replica import ReplicaSite
from tests.checking import Checker
from tests.monitor.fetch.sites import ok, serving
from tests.monitor.guard.test_rules import rows

LISTING = "/reports/audits-inspections-and-evaluations"


def pages(*numbers: list[int], declared: int | None = None) -> list[Parse]:
    """Give the parses of linked pages, each with the reports of these numbers."""
    of = rows(100)
    last = len(numbers) - 1
    return [
        Parse(
            "dhs-oig",
            tuple(of[n] for n in page),
            declared_total=declared,
            next_url=None if at == last else f"https://x.gov/{at + 1}",
        )
        for at, page in enumerate(numbers)
    ]


def seen(*numbers: list[int], declared: int | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN201
    found = pages(*numbers, declared=declared)
    return one_pass(found, len({n for page in numbers for n in page}), ended=True)


def test_pages_without_doubles_that_meet_the_count_need_no_second_look() -> None:
    found = seen([0, 1], [2, 3], declared=4)
    assert found.complete
    assert not is_doubtful(found, 2, Baseline())


@pytest.mark.parametrize(
    ("numbers", "declared"), [(([0, 1], [1, 2]), None), (([0, 1], [2, 3]), 5), (([0, 1], [1, 2]), 4)]
)
def test_a_row_on_two_pages_or_a_count_not_met_asks_for_a_second_look(
    numbers: tuple[list[int], list[int]], declared: int | None
) -> None:
    found = seen(*numbers, declared=declared)
    assert not found.complete
    assert is_doubtful(found, 2, Baseline())


def test_one_page_is_not_read_twice() -> None:
    assert not is_doubtful(seen([0, 1], declared=3), 1, Baseline())


def test_a_second_pass_that_is_whole_stands_for_itself() -> None:
    first, second = seen([0, 1], [1, 2], declared=4), seen([0, 1], [2, 3], declared=4)
    both = two_passes(first, second, pages([0, 1], [2, 3], declared=4), None)
    assert both is second


def test_two_passes_that_agree_are_the_list_as_the_publisher_has_it() -> None:
    first, second = seen([0, 1], [1, 2], declared=4), seen([0, 1], [1, 2], declared=4)
    both = two_passes(first, second, pages([0, 1], [1, 2], declared=4), None)
    assert (both.complete, both.steady, both.short) == (False, True, 1)
    usual = Baseline(twice=tuple(sorted(both.twice)), short=both.short)
    assert not is_doubtful(first, 2, usual)
    listed_twice = seen([0, 1], [1, 2])
    assert settled_twice(listed_twice, pages([0, 1], [1, 2]), usual).complete


def test_two_passes_that_hold_the_declared_number_together_are_whole() -> None:
    first, second = seen([0, 1], [1, 2], declared=4), seen([0, 1], [1, 3], declared=4)
    both = two_passes(first, second, pages([0, 1], [1, 3], declared=4), None)
    assert both.complete
    assert {record.key for record in both.rows} == {record.key for record in rows(4)}


@pytest.mark.parametrize("cut", [None, "page 2 could not be read"])
def test_two_passes_that_differ_are_not_the_whole_list_and_say_so(cut: str | None) -> None:
    first, second = seen([0, 1], [1, 2], declared=5), seen([0, 1], [1, 3], declared=5)
    both = two_passes(first, second, pages([0, 1], [1, 3], declared=5), cut)
    assert (both.complete, both.steady, len({record.key for record in both.rows})) == (False, False, 4)
    assert both.note is not None
    assert "4 of 5 were seen" in both.note
    assert both.note.endswith("nothing is called gone")
    assert ("the second pass ended early: page 2" in both.note) is (cut is not None)


@pytest.mark.parametrize("seed", range(6))
def test_a_site_that_shuffles_its_ties_never_loses_or_gains_a_report(
    seed: int, site: ReplicaSite, checker: Checker
) -> None:
    chance = random.Random(seed)
    for row in site.reports:
        row["issue_date"] = "2026-01-01"
    site.listing_page_size = 20
    assert checker.check(site.url(LISTING)).outcome is Outcome.BASELINE
    # Asked for any page, it sorts anew: what was on page one may now be on page two.
    site.faults[LISTING] = lambda _path: chance.shuffle(site.reports)
    for _ in range(4):
        settled = checker.check(site.url(LISTING))
        assert settled.outcome in (Outcome.UNCHANGED, Outcome.PARTIAL), settled.reasons
    site.faults.clear()
    settled = checker.check(site.url(LISTING))
    assert (settled.complete, checker.count()) == (True, 0)


def test_a_real_removal_is_seen_once_the_site_stands_still(site: ReplicaSite, checker: Checker) -> None:
    chance = random.Random(1)
    for row in site.reports:
        row["issue_date"] = "2026-01-01"
    site.listing_page_size = 20
    checker.check(site.url(LISTING))
    gone = site.reports.pop()
    site.faults[LISTING] = lambda _path: chance.shuffle(site.reports)
    checker.check(site.url(LISTING))
    site.faults.clear()
    checker.check(site.url(LISTING))
    assert [change.record_key for change in checker.changes()] == [gone["report_number"]]


def test_a_baseline_taken_while_rows_moved_makes_no_news_of_what_it_missed(
    site: ReplicaSite, checker: Checker
) -> None:
    chance = random.Random(3)
    for row in site.reports:
        row["issue_date"] = "2026-01-01"
    site.listing_page_size = 20
    site.faults[LISTING] = lambda _path: chance.shuffle(site.reports)
    for _ in range(4):
        checker.check(site.url(LISTING))
    site.faults.clear()
    assert checker.check(site.url(LISTING)).complete
    assert checker.count() == 0


def test_a_full_page_that_loses_its_last_report_to_a_new_one_withdraws_nothing(
    site: ReplicaSite, checker: Checker
) -> None:
    assert checker.check(site.url(LISTING)).outcome is Outcome.BASELINE
    assert len(site.reports) == site.listing_page_size
    last, next_to_last = "OIG-09-91", "OIG-09-105"
    new = {**site.reports[0], "report_number": "OIG-26-99", "title": "A New Review", "href": "/new.pdf"}
    site.reports[:] = [new, *(row for row in site.reports if row["report_number"] != last)]
    for _ in range(3):
        assert not checker.check(site.url(LISTING)).complete
        assert [change.kind for change in checker.changes()] == ["new_report"]
    # A list with fewer rows than before is no full page, so what is missing now is gone.
    site.reports[:] = [row for row in site.reports if row["report_number"] != next_to_last]
    for _ in range(2):
        settled = checker.check(site.url(LISTING))
    assert settled.complete
    assert {(change.kind, change.record_key) for change in checker.changes()[1:]} == {
        ("withdrawn", last),
        ("withdrawn", next_to_last),
    }


_ROW = "<tr><td>26-{0:02}</td><td>Audit of place {0}</td><td>03/01/2026</td></tr>"
_TABLE = "<!doctype html><table><tr><th>Report Number</th><th>Title</th><th>Date</th></tr>{}</table></html>"


@pytest.mark.parametrize(
    ("profile", "name", "pages"),
    [
        (
            "json",
            "/api",
            ['[{"title": "Gates", "number": "26-01"}]', '[{"title": "Locks", "number": "26-02"}]'],
        ),
        ("table", "/list", [_TABLE.format(_ROW.format(1)), _TABLE.format(_ROW.format(2))]),
    ],
)
def test_a_next_page_that_only_the_link_header_names_is_read(
    checker: Checker, profile: str, name: str, pages: list[str]
) -> None:
    def send(connection: socket.socket, path: str) -> None:
        further = f'Link: <{name}?page=1>; rel="first", <{name}?n=1&page=2>; title=x; rel="next"'
        is_second = "page=2" in path
        kind = "application/json" if profile == "json" else "text/html"
        connection.sendall(ok(pages[is_second].encode(), *([] if is_second else [further]), kind=kind))

    with serving(send) as site:
        assert checker.check(site.url(name), profile=profile).rows == 2


def test_a_next_page_in_the_link_header_of_another_list_is_left_alone(checker: Checker) -> None:
    page = _TABLE.format(_ROW.format(1)).encode()

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(ok(page, 'Link: </2026/03/a-word-of-the-inspector>; rel="next"'))

    with serving(send) as site:
        settled = checker.check(site.url("/list"), profile="table")
        assert (settled.rows, settled.complete, site.asked) == (1, True, ["/robots.txt", "/list"])


def test_a_page_whose_header_names_a_next_one_is_not_the_whole_list() -> None:
    headers = Headers(200, (), (("Link", '</list?page=2>; rel="next"'),))
    body, url = _TABLE.format(_ROW.format(1)).encode(), "https://oig.example/list"
    found = parse(Page(url, url, body, "", datetime.now(UTC), headers=headers), "table")
    assert (found.next_url, found.complete) == (f"{url}?page=2", False)


_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_HOME = b"HTTP/1.1 302 Found\r\nLocation: /list\r\nContent-Length: 0\r\n\r\n"


def _linked(numbers: list[int], page: int) -> bytes:
    table = _TABLE.format("".join(map(_ROW.format, numbers)))
    return ok(table.replace("</table>", f"</table><a rel=next href='?page={page + 1}'>Next</a>").encode())


def _sliced(numbers: list[int], page: int, size: int = 5) -> list[int]:
    return numbers[page * size : (page + 1) * size]


_BEYOND: dict[str, Callable[[list[int], int], bytes]] = {
    "the last page again": lambda numbers, page: _linked(_sliced(numbers, 2), page),
    "the same bytes again": lambda numbers, _page: _linked(_sliced(numbers, 2), 2),
    "the first page again": lambda numbers, page: _linked(_sliced(numbers, 0), page),
    "the first page's bytes": lambda numbers, _page: _linked(_sliced(numbers, 0), 0),
    "the first page's address": lambda _numbers, _page: _HOME,
    "not found": lambda _numbers, _page: _NOT_FOUND,
    "a table without rows": lambda _numbers, page: _linked([], page),
    "another page": lambda _numbers, _page: ok(b"<!doctype html><html><body>We moved.</body></html>"),
}


@pytest.mark.parametrize("what", sorted(_BEYOND))
def test_a_list_ends_with_its_short_page_whatever_the_site_gives_beyond_it(
    checker: Checker, what: str
) -> None:
    numbers = [[*range(12, 0, -1)]]

    def send(connection: socket.socket, path: str) -> None:
        page = int(path.partition("page=")[2] or 0)
        rest = _sliced(numbers[0], page)
        connection.sendall(_linked(rest, page) if rest else _BEYOND[what](numbers[0], page))

    with serving(send) as site:
        for now, outcome in [
            (numbers[0], Outcome.BASELINE),
            (numbers[0], Outcome.UNCHANGED),
            ([13, *numbers[0]], Outcome.CHANGED),
            ([13, *numbers[0][:-1]], Outcome.PARTIAL),
            ([13, *numbers[0][:-1]], Outcome.CHANGED),
        ]:
            numbers[0] = now
            settled = checker.check(site.url("/list"), profile="table")
            assert (settled.outcome, settled.complete) == (outcome, True)
    assert [(one.kind, one.record_key) for one in checker.changes()] == [
        ("new_report", "26-13"),
        ("withdrawn", "26-01"),
    ]


_TABS = "<a href='?year=2026'>2026</a> <a href='?year=2025'>2025</a>"


def _newest(form: str, numbers: list[int], foot: str) -> bytes:
    if form == "csv":
        rows = "".join(f"26-{n:02},Audit of place {n},03/{n:02}/2026\n" for n in numbers)
        return ok(f"Report Number,Title,Date\n{rows}".encode(), kind="text/csv")
    table = _TABLE.format("".join(_ROW.format(n).replace("/01/", f"/{n:02}/") for n in numbers))
    return ok(table.replace("</table>", f"</table>{foot}").encode())


@pytest.mark.parametrize(
    ("form", "size", "foot", "gone"),
    [
        ("csv", 10, "", []),
        ("csv", 11, "", ["26-01"]),
        ("table", 5, "", []),
        ("table", 7, "", []),
        ("table", 11, "", ["26-01"]),
        ("table", 11, _TABS, []),
        ("table", 11, "<a href='/archive'>Older reports</a>", []),
        ("table", 11, "<button>View all</button>", []),
        ("table", 11, "<a href='/contact'>Reports of 2025</a>", ["26-01"]),
    ],
)
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.sqlite
def test_what_leaves_the_end_of_a_list_of_the_newest_is_not_gone(
    checker: Checker, form: str, size: int, foot: str, gone: list[str], newest_first: bool
) -> None:
    shown = [*range(1, size + 1)]

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(_newest(form, sorted(shown, reverse=newest_first), foot))

    with serving(send) as site:
        checker.check(site.url("/list"), profile=form)
        shown = [*range(2, size + 2)]
        for _ in range(2):
            checker.check(site.url("/list"), profile=form)
        found = checker.changes()
        assert [one.record_key for one in found if one.kind == "withdrawn"] == gone
        assert [one.record_key for one in found if one.kind == "new_report"] == [f"26-{size + 1:02}"]
        shown = [*range(2, 4), *range(5, size + 2)]  # a list of another length has lost what is missing
        for _ in range(2):
            checker.check(site.url("/list"), profile=form)
    told = [one.record_key for one in checker.changes() if one.kind == "withdrawn"]
    assert sorted(told) == ["26-01", "26-04"]


_TROUBLE = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("size", "short_by", "complete"), [(5, 0, True), (4, 0, True), (5, 1, False), (5, None, False)]
)
def test_a_total_that_all_rows_reach_needs_no_page_beyond_them(
    checker: Checker, size: int, short_by: int | None, complete: bool
) -> None:
    numbers = [[*range(12, 0, -1)]]

    def send(connection: socket.socket, path: str) -> None:
        page = int(path.partition("page=")[2] or 0)
        rest = _sliced(numbers[0], page, size)
        total = f"<p>Showing 1 to {len(rest)} of {len(numbers[0]) + (short_by or 0)}</p>".encode()
        body = _linked(rest, page) if rest else _TROUBLE
        if rest and short_by is not None:
            body = ok(body.partition(b"\r\n\r\n")[2] + total)
        connection.sendall(body)

    with serving(send) as site:
        assert checker.check(site.url("/list"), profile="table").complete is complete
        numbers[0] = [12, 11, 9, 8, 7, 6, 5, 4, 3, 2, 1]
        for _ in range(2):
            assert checker.check(site.url("/list"), profile="table").complete is complete
    found = [(one.kind, one.record_key) for one in checker.changes()]
    assert found == ([("withdrawn", "26-10")] if complete else [])


def test_a_full_page_is_the_last_where_it_is_given_again_and_no_page_is_missing(checker: Checker) -> None:
    numbers = [[*range(10, 0, -1)]]

    def send(connection: socket.socket, path: str) -> None:
        page = int(path.partition("page=")[2] or 0)
        connection.sendall(_linked(_sliced(numbers[0], min(page, 1)), page))

    with serving(send) as site:
        checker.check(site.url("/list"), profile="table")
        numbers[0] = [11, 10, 9, 8, 7, 6, 5, 4, 2, 1]
        for _ in range(2):
            settled = checker.check(site.url("/list"), profile="table")
    assert settled.complete
    assert [(one.kind, one.record_key) for one in checker.changes()] == [
        ("new_report", "26-11"),
        ("withdrawn", "26-03"),
    ]


@pytest.mark.parametrize("size", [5, 10])
def test_a_cache_that_gives_the_first_page_for_every_page_withdraws_nothing(
    checker: Checker, size: int
) -> None:
    numbers, ignoring = [*range(13, 0, -1)], [False]

    def send(connection: socket.socket, path: str) -> None:
        page = 0 if ignoring[0] else int(path.partition("page=")[2] or 0)
        rest = _sliced(numbers, page, size)
        connection.sendall(_linked(rest, page) if rest else _NOT_FOUND)

    with serving(send) as site:
        for ignoring[0] in (False, True, True, True, False):
            settled = checker.check(site.url("/list"), profile="table")
    assert settled.outcome in (Outcome.UNCHANGED, Outcome.PARTIAL)
    assert checker.changes() == []


def test_a_further_list_that_is_not_found_is_no_end_of_the_one_before_it(checker: Checker) -> None:
    def send(connection: socket.socket, path: str) -> None:
        page = int(path.partition("page=")[2] or 0)
        rest = _TABLE.format("".join(map(_ROW.format, _sliced([*range(7, 0, -1)], page))))
        following = f'Link: <{path}?page=1>; rel="next"'
        connection.sendall(
            _NOT_FOUND if "second" in path else ok(rest.encode(), *([] if page else [following]))
        )

    with serving(send) as site:
        settled = checker.check(site.url("/list"), profile="table", also=(site.url("/second"),))
    assert (settled.rows, settled.complete) == (7, False)
    assert "page 3 could not be read" in settled.reasons[0]
