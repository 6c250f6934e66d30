"""Reports and recommendations whose numbers go to others: one is added or leaves, or two exchange."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

import monitor.fetch.fetcher
from monitor.changes.hold import without_taken_keys
from monitor.domain.types import ChangeKind, Outcome, ParsedRecord
from tests.checking import Checker
from tests.monitor.changes.test_diff import stored
from tests.monitor.changes.test_renumbering import look, recommendation, report
from tests.monitor.fetch.sites import ok, serving

_TEXTS = ("Count the buoys.", "Train the pilots.", "Inspect the ferries.", "Dredge the harbor.")
_RENUMBERED, _LEFT, _NEW = ChangeKind.RENUMBERED, ChangeKind.LEFT_LIST, ChangeKind.NEW_RECOMMENDATION
_REPORTS = ("Review of Buoys", "Audit of Pilots", "Ferry Safety", "Harbor Dredging")
_FIRST = "OIG-25-07 rec"


def tracker(*texts: str) -> list[ParsedRecord]:
    return [recommendation(str(number), text) for number, text in enumerate(texts, 1)]


def listing(*titles: str, link: bool = True, titled: str = "{title}") -> list[ParsedRecord]:
    """Return reports with numbers in this order; a title has its day and its file whatever its number."""
    return [
        report(
            f"OIG-25-{n:02}",
            titled.format(title=title, n=n),
            issue_date=f"2025-03-{10 + _REPORTS.index(title)}",
            url=f"https://oig.example/{title.replace(' ', '-')}.pdf" if link else None,
        )
        for n, title in enumerate(titles, 1)
    ]


@contextmanager
def tracker_site() -> Iterator[tuple[str, Callable[[Sequence[str]], None]]]:
    """Serve a tracker of the texts; give its address and what shows others."""
    pages = [_page(_TEXTS)]

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(ok(pages[-1]))

    with serving(send) as site:
        yield site.url("/tracker"), lambda texts: pages.append(_page(texts))


def told(
    before: Sequence[ParsedRecord], now: Sequence[ParsedRecord], *, complete: bool = True
) -> list[tuple[ChangeKind, str]]:
    found = look(list(before), list(now), complete=complete)
    return sorted((change.kind, d.key.partition(" #")[0]) for d in found for change in d.changes)


@pytest.mark.parametrize("complete", [True, False])
def test_two_that_exchange_their_numbers_are_renumbered(complete: bool) -> None:
    one, two, *others = _TEXTS
    assert told(tracker(*_TEXTS), tracker(two, one, *others), complete=complete) == [
        (_RENUMBERED, f"{_FIRST} 1"),
        (_RENUMBERED, f"{_FIRST} 2"),
    ]


def test_one_that_is_added_before_others_is_new_and_they_are_renumbered() -> None:
    assert told(tracker(*_TEXTS[1:]), tracker(*_TEXTS)) == sorted(
        [(_NEW, f"{_FIRST} 1"), *((_RENUMBERED, f"{_FIRST} {n}") for n in (2, 3, 4))]
    )


def test_one_that_leaves_before_others_has_left_and_they_are_renumbered() -> None:
    found = look(tracker(*_TEXTS), tracker(*_TEXTS[1:]))
    (gone,) = (d for d in found if d.parsed is None)
    assert [change.kind for change in gone.changes] == [_LEFT]
    assert gone.key.startswith(f"{_FIRST} 1 #")
    assert len({d.key for d in found}) == 4


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("form", [{}, {"link": False}, {"titled": "OIG-25-{n:02}: {title}"}], ids=str)
def test_reports_that_exchange_their_numbers_are_renumbered(form: Any, complete: bool) -> None:
    one, two, *others = _REPORTS
    now = listing(two, one, *others, **form)
    assert told(listing(*_REPORTS, **form), now, complete=complete) == [
        (_RENUMBERED, "OIG-25-01"),
        (_RENUMBERED, "OIG-25-02"),
    ]


def test_a_report_that_leaves_its_number_to_the_next_one_is_withdrawn_and_the_others_are_renumbered() -> None:
    found = look(listing(*_REPORTS), listing(*_REPORTS[1:]))
    assert sorted((d.fields["title"], *(c.kind for c in d.changes)) for d in found) == sorted(
        [(_REPORTS[0], ChangeKind.WITHDRAWN), *((title, _RENUMBERED) for title in _REPORTS[1:])]
    )
    assert len({d.key for d in found}) == 4


def test_a_report_that_a_part_of_a_list_does_not_show_leaves_its_number_without_news() -> None:
    found = look(listing(*_REPORTS), listing(*_REPORTS[1:]), complete=False)
    (kept,) = (d for d in found if d.parsed is None)
    assert (kept.listed, kept.changes, kept.key) == (True, (), "OIG-25-01 [review of buoys]")
    assert [c.kind for d in found for c in d.changes] == [_RENUMBERED] * 3


def test_titles_that_are_exchanged_without_their_days_are_revised() -> None:
    now = [*listing(*_REPORTS)]
    now[0], now[1] = (
        replace(a, fields={**a.fields, "title": b.fields["title"]}) for a, b in (now[:2], now[1::-1])
    )
    assert [kind for kind, _ in told(listing(*_REPORTS), now)] == [ChangeKind.TITLE_REVISED] * 2


def test_a_report_without_a_number_whose_link_is_exchanged_keeps_its_title_and_its_day() -> None:
    now = listing(*_REPORTS)
    unnumbered = [report(None, one.fields["title"], **_day_and_link(one)) for one in now]
    exchanged = [*unnumbered]
    exchanged[0], exchanged[1] = (
        report(None, a.fields["title"], **{**_day_and_link(a), "url": b.fields["url"]})
        for a, b in (unnumbered[:2], unnumbered[1::-1])
    )
    assert [kind for kind, _ in told(unnumbered, exchanged)] == [ChangeKind.DETAILS_REVISED] * 2


def _day_and_link(one: ParsedRecord) -> dict[str, Any]:
    return {name: one.fields[name] for name in ("issue_date", "url")}


@pytest.mark.parametrize("titles", [("Review of Buoys", "Audit of Ferries"), (None, None)])
def test_recommendations_of_two_reports_that_exchange_their_numbers_are_renumbered(
    titles: tuple[str | None, str | None],
) -> None:
    def both(*numbers: str) -> list[ParsedRecord]:
        return [
            recommendation(
                str(n),
                f"Inspect all of the {thing} before the winter.",
                report_number=number,
                report_title=title,
            )
            for number, title, things in zip(
                numbers, titles, (("buoys", "lamps"), ("ferries", "ports")), strict=True
            )
            for n, thing in enumerate(things, 1)
        ]

    found = told(both("OIG-25-07", "OIG-25-08"), both("OIG-25-08", "OIG-25-07"))
    assert [kind for kind, _ in found] == [_RENUMBERED] * 4


@pytest.mark.parametrize("title", [None, "OIG-25-{}"])
def test_the_corrected_number_of_a_report_without_a_title_is_one_change_a_recommendation(
    title: str | None,
) -> None:
    before, now = (
        [
            recommendation(
                str(n),
                f"Inspect all of the ferries of fleet {n} before the winter.",
                report_number=f"OIG-25-{report}",
                report_title=title and title.format(report),
            )
            for n in (1, 2, 3)
        ]
        for report in ("07", "70")
    )
    assert [kind for kind, _ in told(before, now)] == [_RENUMBERED] * 3


@pytest.mark.parametrize(
    ("now", "complete"),
    [
        (tracker(*_TEXTS[1:]), False),
        (tracker(*_TEXTS[:2], *_TEXTS[:2]), True),
        (tracker(_TEXTS[0], "Sell the ferries.", *_TEXTS[2:]), True),
    ],
    ids=["a look that is not complete", "two rows of one text", "a text of no other"],
)
def test_what_is_not_surely_another_is_revised(now: list[ParsedRecord], complete: bool) -> None:
    assert _RENUMBERED not in [kind for kind, _ in told(tracker(*_TEXTS), now, complete=complete)]


def test_what_would_take_a_key_that_is_kept_waits() -> None:
    known = stored(tracker(*_TEXTS))
    found = look(tracker(*_TEXTS), tracker(*_TEXTS[1:]))
    assert without_taken_keys(found, known) == found
    assert without_taken_keys([d for d in found if d.parsed], known) == []


def test_numbers_that_go_to_and_fro_leave_each_text_its_record(checker: Checker) -> None:
    one, two, *others = _TEXTS
    with tracker_site() as (url, show):
        checker.check(url, profile="table-recommendations")
        for texts in [(two, one, *others), _TEXTS, (two, one, *others), _TEXTS[1:], _TEXTS[1:]]:
            show(texts)
            assert checker.check(url, profile="table-recommendations").outcome is not Outcome.FAILED
    changes = [(one.kind, one.fields["recommendation"]) for one in checker.changes()]
    assert changes[:2] == [(_RENUMBERED, two), (_RENUMBERED, one)]
    assert {kind for kind, _ in changes} == {_RENUMBERED, _LEFT}
    assert [text for kind, text in changes if kind is _LEFT] == [one]


def test_numbers_wait_for_the_record_that_has_them_where_nothing_proves_that_it_left(
    checker: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tracker_site() as (url, show):
        checker.check(url, profile="table-recommendations")
        show(_TEXTS[1:])
        monkeypatch.setattr(monitor.fetch.fetcher, "end_is_proved", lambda *_: False)
        assert checker.check(url, profile="table-recommendations").outcome is Outcome.PARTIAL
        assert checker.changes() == []
        assert checker.check(url, profile="table-recommendations").outcome is Outcome.CHANGED
    assert sorted(one.kind for one in checker.changes()) == [_LEFT, *[_RENUMBERED] * 3]


def _page(texts: Sequence[str]) -> bytes:
    rows = "".join(
        f"<tr><td>OIG-25-07</td><td>{number}</td><td>{text}</td><td>Open</td></tr>"
        for number, text in enumerate(texts, 1)
    )
    head = "<th>Report Number</th><th>Rec. No.</th><th>Recommendation</th><th>Status</th>"
    return f"<!doctype html><html><body><table><tr>{head}</tr>{rows}</table></body></html>".encode()
