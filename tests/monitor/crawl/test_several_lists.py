"""Several lists of a site that count as one source: a view by component fills the holes of the whole one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.domain.settings import SourceSettings
from monitor.domain.types import Outcome
from monitor.fetch.client import make_client
from monitor.fetch.politeness.turns import Politeness
from monitor.store.records import records_of
from service.demo.fakes.replica import ReplicaSite, unavailable
from service.demo.fakes.replica.trouble import Trouble, TroubleKind
from tests.checking import Checker
from tests.clock import FrozenClock
from tests.dying import DyingFetcher, KilledError

PATH = "/reports/audits-inspections-and-evaluations"
CBP, ICE, TSA = 1, 3, 5
NAMES = {
    CBP: "Customs and Border Protection (CBP)",
    ICE: "Immigration and Customs Enforcement (ICE)",
}


def report(number: int, *agencies: int, **more: Any) -> dict[str, Any]:
    """Give a report that the views of these components show; that of no component is on all lists."""
    return {
        "report_number": f"OIG-26-{number}",
        "title": f"Doors and Locks, Part {number}",
        "abstract": None,
        "issue_date": f"2026-01-{number % 28 + 1:02}",
        "fiscal_year": 2026,
        "href": f"/assets/oig-26-{number}.pdf",
        "agency_ids": list(agencies),
        **more,
    }


@pytest.fixture
def listing(site: ReplicaSite) -> ReplicaSite:
    """Give 24 reports, half of them about CBP, half about ICE; pages show five."""
    site.reports[:] = [report(number, CBP if number % 2 else ICE) for number in range(1, 25)]
    site.listing_page_size = 5
    return site


def view(site: ReplicaSite, agency: int) -> str:
    return site.url(f"{PATH}?field_dhs_agency_target_id={agency}")


@pytest.fixture
def lists(listing: ReplicaSite) -> dict[str, Any]:
    """Give a source of two views."""
    return {"url": view(listing, CBP), "also": (view(listing, ICE),)}


def asked(site: ReplicaSite) -> list[tuple[str, int]]:
    """Give the views and pages that were asked for since the last time; pages count from 1."""
    found = [
        (seen.query.get("field_dhs_agency_target_id", "All"), int(seen.query.get("page", 0)) + 1)
        for seen in site.requests_for(PATH)
    ]
    site.requests.clear()
    return found


def told(checker: Checker) -> list[tuple[str, str]]:
    return [(change.kind.value, change.record_key) for change in checker.changes()]


def agencies(checker: Checker) -> dict[str, Any]:
    with checker.database.read() as session:
        return {record.key: record.fields["agency"] for _, record in records_of(session)}


@pytest.mark.sqlite  # it is about pages
def test_all_pages_of_all_lists_are_one_complete_list(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    settled = checker.check(**lists)
    assert (settled.outcome, settled.rows, settled.complete) == (Outcome.BASELINE, 24, True)
    assert asked(listing) == [("1", 1), ("1", 2), ("1", 3), ("3", 1), ("3", 2), ("3", 3)]
    assert checker.check(**lists).outcome is Outcome.UNCHANGED


def test_a_report_that_only_one_view_shows_is_found(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    checker.check(**lists)
    listing.reports.append(report(80, ICE))
    assert checker.check(**lists).complete
    assert told(checker) == [("new_report", "OIG-26-80")]


def test_a_list_that_breaks_off_is_partial_and_nothing_is_gone(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    checker.check(**lists)
    gone = listing.reports.pop(0)
    listing.faults[f"{PATH}?field_dhs_agency_target_id={ICE}"] = unavailable()
    settled = checker.check(**lists)
    assert (settled.outcome, settled.complete) == (Outcome.PARTIAL, False)
    assert told(checker) == []
    listing.faults.clear()
    for _ in range(2):  # it was in no page of the last whole look, so it has to be missing twice
        checker.check(**lists)
    assert told(checker) == [("withdrawn", gone["report_number"])]


def test_what_a_look_saw_go_is_told_by_the_next_sweep_though_no_page_has_changed_since(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any], clock: FrozenClock
) -> None:
    listing.listing_page_size = 20
    checker.check(**lists, full_sweep="1d")
    gone = listing.reports.pop(0)
    checker.check(**lists, full_sweep="1d")
    assert told(checker) == []
    clock.advance(timedelta(days=1))
    checker.check(**lists, full_sweep="1d")
    assert told(checker) == [("withdrawn", gone["report_number"])]


def test_a_report_is_gone_only_when_no_list_shows_it(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    listing.reports[0]["agency_ids"] = [CBP, ICE]
    checker.check(**lists)
    listing.reports[0]["agency_ids"] = [ICE]
    assert checker.check(**lists).complete
    assert told(checker) == []
    listing.reports.pop(0)
    checker.check(**lists)
    assert told(checker) == [("withdrawn", "OIG-26-1")]


def test_a_report_in_several_views_has_all_their_agencies_and_never_changes_for_it(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any], clock: FrozenClock
) -> None:
    both = report(50, CBP, ICE, issue_date="2026-01-30")
    listing.reports.append(both)
    for order in (lists, {"url": lists["also"][0], "also": (lists["url"],)}):
        checker.check(**order)
        assert agencies(checker)["OIG-26-50"] == f"{NAMES[CBP]}; {NAMES[ICE]}"
    # From now on it stands on the first page of one view alone.
    listing.reports += [report(60 + n, CBP, issue_date="2026-02-01") for n in range(6)]
    for number in range(70, 73):
        listing.reports.append(report(number, ICE, issue_date="2026-02-02"))
        checker.check(**lists, full_sweep="1w")
    assert agencies(checker)["OIG-26-50"] == f"{NAMES[CBP]}; {NAMES[ICE]}"
    assert {kind for kind, _ in told(checker)} == {"new_report"}
    clock.advance(timedelta(days=8))
    assert checker.check(**lists, full_sweep="1w").complete
    assert {kind for kind, _ in told(checker)} == {"new_report"}


def test_a_report_that_comes_into_one_more_view_gains_its_agency_in_silence(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    checker.check(**lists)
    listing.reports[0]["agency_ids"] = [CBP, ICE]
    assert checker.check(**lists).outcome is Outcome.UNCHANGED
    assert agencies(checker)["OIG-26-1"] == f"{NAMES[CBP]}; {NAMES[ICE]}"
    assert told(checker) == []


def test_an_added_list_does_not_announce_what_was_on_it_before(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    url, late = lists["url"], {**lists, "full_sweep": "1w"}
    checker.check(url, full_sweep="1w")
    assert checker.check(**late).complete  # not a look, though the week is young
    assert told(checker) == []
    listing.reports.append(report(80, ICE, issue_date="2026-02-01"))
    checker.check(**late)
    assert told(checker) == [("new_report", "OIG-26-80")]


def test_what_a_first_look_that_broke_off_could_not_see_is_no_news(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    listing.faults[f"{PATH}?field_dhs_agency_target_id={ICE}"] = unavailable()
    assert checker.check(**lists).rows == 12
    listing.faults.clear()
    assert checker.check(**lists).complete
    assert told(checker) == []


@pytest.mark.parametrize(
    ("url", "also"),
    [
        ("https://www.oig.dhs.gov/reports", ("https://www.gao.gov/reports",)),
        ("https://www.oig.dhs.gov/reports", ("https://www.oig.dhs.gov/reports",)),
        ("https://www.oig.dhs.gov/reports", ("/reports?page=1",)),
        ("saved/audits", ("saved/alerts",)),
    ],
)
def test_further_lists_are_other_addresses_of_the_same_site(url: str, also: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="'also' "):
        SourceSettings(url=url, also=also)


@pytest.mark.sqlite  # it is about pages
def test_many_added_rows_are_no_sign_of_another_page(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    listing.reports += [report(100 + n, ICE) for n in range(80)]
    checker.check(lists["url"])
    settled = checker.check(**lists)
    assert (settled.reasons, settled.rows) == ((), 104)
    assert told(checker) == []


def test_an_added_list_that_breaks_off_is_still_silent_when_it_is_read_whole(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    checker.check(lists["url"])
    cut = f"{PATH}?field_dhs_agency_target_id={ICE}&page=1"
    listing.faults[cut] = unavailable()
    for _ in range(2):
        assert checker.check(**lists, full_sweep="1w").outcome is Outcome.PARTIAL
    listing.faults.clear()
    assert checker.check(**lists, full_sweep="1w").complete
    assert told(checker) == []
    listing.reports.append(report(80, ICE, issue_date="2026-02-01"))
    checker.check(**lists, full_sweep="1w")
    assert told(checker) == [("new_report", "OIG-26-80")]


def test_a_list_taken_out_of_the_watch_file_takes_its_reports_along_in_silence(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    checker.check(**lists)
    assert checker.check(lists["url"]).complete
    assert told(checker) == []


@pytest.fixture
def killed_after(checker: Checker, clock: FrozenClock) -> Iterator[Callable[..., None]]:
    """Give what checks a source in a process that dies after so many pages."""
    with make_client("watch@example.org", "1.0") as client:
        dying = DyingFetcher(client, clock, Politeness(sleep=lambda _seconds: None))

        def check(pages: int, **settings: Any) -> None:
            dying.left = pages
            with pytest.raises(KilledError):
                replace(checker, fetcher=dying).check(**settings)

        yield check


@pytest.mark.parametrize("pages", [3, 4, 5])
def test_a_sweep_killed_in_a_further_list_goes_on_there(
    listing: ReplicaSite,
    checker: Checker,
    lists: dict[str, Any],
    killed_after: Callable[..., None],
    pages: int,
) -> None:
    killed_after(pages, **lists)
    whole = asked(listing)
    settled = checker.check(**lists)
    again = asked(listing)
    assert (settled.rows, settled.complete) == (24, True)
    # The first page and the last one noted are looked at again; nothing between them is.
    assert again[:2] == [("1", 1), whole[-1]]
    assert [*whole, *again[2:]] == [("1", 1), ("1", 2), ("1", 3), ("3", 1), ("3", 2), ("3", 3)]


def test_a_look_reads_the_newest_page_of_each_list_and_on_while_there_is_news(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    checker.check(**lists, full_sweep="1w")
    asked(listing)
    checker.check(**lists, full_sweep="1w")
    assert asked(listing) == [("1", 1), ("3", 1)]
    listing.reports += [report(60 + n, ICE, issue_date="2026-02-01") for n in range(6)]
    checker.check(**lists, full_sweep="1w")
    assert asked(listing) == [("1", 1), ("3", 1), ("3", 2), ("3", 3)]
    assert len(told(checker)) == 6


@pytest.mark.sqlite  # it is about pages
def test_lists_that_a_site_no_longer_tells_apart_are_set_aside(
    listing: ReplicaSite, checker: Checker, lists: dict[str, Any]
) -> None:
    listing.listing_page_size = 12
    checker.check(**lists)
    for row in listing.reports:
        row["agency_ids"] = [CBP, ICE]
    settled = checker.check(**lists)
    assert settled.outcome is Outcome.QUARANTINED
    assert "show the same 12 rows: the site seems to ignore the filter" in settled.reasons[0]
    assert agencies(checker)["OIG-26-1"] == NAMES[CBP]


@pytest.mark.sqlite  # it is about pages
def test_a_page_whose_form_shows_another_choice_has_ignored_the_filter(
    listing: ReplicaSite, checker: Checker
) -> None:
    form = '<select name="field_dhs_agency_target_id"><option value="All" selected>- Any -</option>'
    listing.answers.extend(
        [Trouble(TroubleKind.REWRITE, rewrite=lambda text: text.replace("<h1>", f"{form}</select><h1>"))]
    )
    settled = checker.check(view(listing, CBP))
    assert settled.outcome is Outcome.QUARANTINED
    assert "field_dhs_agency_target_id=1 was ignored" in settled.reasons[1]
