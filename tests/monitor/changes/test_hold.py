"""An older or torn copy of a list takes nothing back and tells nothing twice."""

import re
from datetime import timedelta

import pytest

import monitor.fetch.fetcher
from monitor.domain.types import ChangeKind, Outcome
from service.demo.fakes.replica import AGENCY_PATH, LISTING_PATH, ReplicaSite, rewritten
from tests.checking import Checker
from tests.schemas.build import add_report

_NO_CELLS = (
    '<tr><td class="views-field views-field-field-report-number"></td>'
    '<td class="views-field views-field-title"></td>'
    '<td class="views-field views-field-field-issue-date">02/03/2020</td></tr>'
)


@pytest.fixture
def listing(site: ReplicaSite) -> ReplicaSite:
    """Return a listing of three pages with five rows each."""
    site.reports[:] = site.reports[:15]
    site.listing_page_size = 5
    return site


def kinds(checker: Checker) -> list[tuple[ChangeKind, str]]:
    return [(change.kind, change.record_key) for change in checker.changes()]


def test_a_copy_from_before_the_last_news_takes_nothing_back_and_tells_nothing_twice(
    site: ReplicaSite, checker: Checker
) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    add_report(site, "OIG-26-90", "Doors Left Open at Night")
    checker.check(url)
    new = site.reports[0]
    for _ in range(3):  # two servers that disagree
        site.reports.remove(new)
        held = checker.check(url)
        assert (held.outcome, held.change_ids) == (Outcome.PARTIAL, ())
        assert "may be an older copy" in held.reasons[0]
        assert (held.retryable, held.retry_after) == (True, 600.0)
        site.reports.insert(0, new)
        assert checker.check(url).change_ids == ()
    assert kinds(checker) == [(ChangeKind.NEW_REPORT, "OIG-26-90")]


def test_a_title_that_lost_a_character_waits_for_a_second_look(site: ReplicaSite, checker: Checker) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    site.reports[1]["title"] = f"{site.reports[1]['title'][:-3]}\ufffd"
    held = checker.check(url)
    assert (held.outcome, held.change_ids) == (Outcome.PARTIAL, ())
    assert len(checker.check(url).change_ids) == 1


def test_what_is_really_taken_back_is_told_when_the_next_check_shows_the_same(
    site: ReplicaSite, checker: Checker
) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    add_report(site, "OIG-26-90", "Doors Left Open at Night")
    checker.check(url)
    del site.reports[0]
    checker.check(url)
    checker.check(url)
    assert kinds(checker)[1:] == [(ChangeKind.WITHDRAWN, "OIG-26-90")]
    checker.check(url)
    assert len(kinds(checker)) == 2


def test_the_second_look_asks_without_conditions(site: ReplicaSite, checker: Checker) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    add_report(site, "OIG-26-90", "Doors Left Open at Night")
    checker.check(url)
    del site.reports[0]
    checker.check(url)
    site.requests.clear()
    checker.check(url)
    (asked,) = site.requests_for(LISTING_PATH)
    assert "if-none-match" not in asked.headers
    assert asked.headers["cache-control"] == "no-cache"


def test_a_number_that_was_replaced_comes_back_only_by_a_second_check(
    site: ReplicaSite, checker: Checker
) -> None:
    site.reports[:] = site.reports[:1]
    url = site.url(LISTING_PATH)
    (row,) = site.reports
    was = dict(row)
    checker.check(url)
    row["issue_date"], row["href"] = "2024-02-03", "/moved.pdf"
    checker.check(url)
    row["report_number"] = "OIG-24-77"
    checker.check(url)
    before = kinds(checker)
    site.reports[:] = [was]
    assert checker.check(url).change_ids == ()
    site.reports[:] = [row]
    assert checker.check(url).change_ids == ()
    assert kinds(checker) == before
    site.reports[:] = [was]
    assert checker.check(url).change_ids == ()
    assert len(checker.check(url).change_ids) > 0


def test_what_is_new_with_broken_characters_is_told_by_a_second_check(
    site: ReplicaSite, checker: Checker
) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    add_report(site, "OIG-26-90", "CBP\u00e2\u20ac\u2122s Doors Left Open at Night")
    assert checker.check(url).change_ids == ()
    assert len(checker.check(url).change_ids) == 1


def test_a_withdrawal_of_what_was_there_from_the_beginning_is_told_at_once(
    site: ReplicaSite, checker: Checker
) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    gone = site.reports.pop(7)
    checker.check(url)
    assert kinds(checker) == [(ChangeKind.WITHDRAWN, gone["report_number"])]


def test_news_beside_a_withdrawal_is_told_at_once_and_the_withdrawal_by_the_next_check(
    site: ReplicaSite, checker: Checker
) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    add_report(site, "OIG-26-90", "Doors Left Open at Night")
    checker.check(url)
    del site.reports[0]
    add_report(site, "OIG-26-91", "Windows Left Open at Night")
    checker.check(url)
    assert kinds(checker)[1:] == [(ChangeKind.NEW_REPORT, "OIG-26-91")]
    checker.check(url)
    assert kinds(checker)[2:] == [(ChangeKind.WITHDRAWN, "OIG-26-90")]


def test_a_row_that_moves_over_a_page_boundary_while_the_pages_are_read_is_not_called_gone(
    listing: ReplicaSite, checker: Checker
) -> None:
    url = listing.url(LISTING_PATH)
    checker.check(url)
    gone = listing.reports[2]
    read: list[str] = []

    def withdraw_after_the_first_page(target: str) -> None:
        read.append(target)
        if len(read) == 2:
            listing.reports.remove(gone)

    listing.faults[LISTING_PATH] = withdraw_after_the_first_page
    checker.check(url)
    listing.faults.clear()
    checker.check(url)
    assert kinds(checker) == [(ChangeKind.WITHDRAWN, gone["report_number"])]


def test_a_row_first_on_a_later_page_is_called_gone_by_the_second_check_that_lacks_it(
    listing: ReplicaSite, checker: Checker
) -> None:
    url = listing.url(LISTING_PATH)
    checker.check(url)
    # The rows after it are replaced by as many, so every page but its own keeps its first and last row.
    gone = listing.reports[5]
    listing.reports[5] = {**gone, "report_number": "OIG-26-95", "title": "Doors", "href": "/doors.pdf"}
    checker.check(url)
    assert (ChangeKind.NEW_REPORT, "OIG-26-95") in kinds(checker)
    checker.check(url)
    assert (ChangeKind.WITHDRAWN, gone["report_number"]) in kinds(checker)


def test_a_server_that_always_answers_304_makes_a_report_late_and_never_loses_it(
    site: ReplicaSite, checker: Checker
) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    for _ in range(13):  # more than a day
        site.requests.clear()
        checker.check(url)
        if not any("if-none-match" in asked.headers for asked in site.requests_for(LISTING_PATH)):
            break
    else:
        pytest.fail("every request was conditional")


def test_a_source_checked_every_minute_asks_without_conditions_every_twentieth_time(
    site: ReplicaSite, checker: Checker
) -> None:
    url = site.url(LISTING_PATH)
    for _ in range(41):
        checker.check(url)
        checker.clock.advance(timedelta(minutes=1) - timedelta(hours=2))
    asked = ["if-none-match" in one.headers for one in site.requests_for(LISTING_PATH)]
    assert asked.count(False) == 3


def test_an_address_that_moves_keeps_the_history_and_tells_what_came_meanwhile(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(LISTING_PATH))
    add_report(site, "OIG-26-90", "Doors Left Open at Night")
    checker.check(site.url(LISTING_PATH) + "?sort=new")
    assert kinds(checker) == [(ChangeKind.NEW_REPORT, "OIG-26-90")]


def test_an_address_of_another_list_starts_a_silent_baseline(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING_PATH))
    del site.reports[3]
    add_report(site, "OIG-26-90", "Doors Left Open at Night")
    assert checker.check(site.url(LISTING_PATH) + "?sort=new").outcome is Outcome.BASELINE
    assert kinds(checker) == []


def test_old_reports_added_together_are_recorded_with_a_remark_and_real_news_beside_them_is_told(
    site: ReplicaSite, checker: Checker
) -> None:
    site.reports[:] = site.reports[:12]
    site.listing_page_size = 100
    checker.check(site.url(LISTING_PATH))
    for n in range(40):
        old = {"report_number": f"OIG-04-{n:02}", "title": f"Office {n}", "issue_date": "2004-01-15"}
        site.reports.append({**site.reports[0], **old, "fiscal_year": 2004, "href": f"/files/04-{n}.pdf"})
    add_report(site, "OIG-26-90", "Doors Left Open at Night")
    settled = checker.check(site.url(LISTING_PATH))
    assert settled.rows == 53
    assert "40 reports of earlier years were added to the list" in settled.reasons[0]
    assert kinds(checker) == [(ChangeKind.NEW_REPORT, "OIG-26-90")]


def test_a_garbled_page_of_a_recommendation_closes_nothing(site: ReplicaSite, checker: Checker) -> None:
    url = site.url(AGENCY_PATH)
    checker.check(url)
    row = site.recommendations[0]
    row.update(status_text="Closed – Implemented", status_comment="CBP’s staff did it.")
    site.faults["/products/"] = rewritten(lambda page: page.encode().decode("cp1252", "replace"))
    assert "broken characters" in " ".join(checker.check(url).reasons)
    site.faults.clear()
    checker.check(url)
    assert [(c.kind, c.after.get("status")) for c in checker.changes()] == [
        (ChangeKind.LEFT_LIST, "unknown"),
        (ChangeKind.STATUS_CHANGED, "closed_implemented"),
    ]


def test_a_row_that_cannot_be_read_never_makes_its_record_gone(
    listing: ReplicaSite, checker: Checker
) -> None:
    url = listing.url(LISTING_PATH)
    checker.check(url)
    number, title = listing.reports[1]["report_number"], listing.reports[1]["title"]

    def spoil(page: str) -> str:
        spoiled = re.sub(
            rf"<tr>(?:(?!</tr>).)*{re.escape(number)}(?:(?!</tr>).)*</tr>", _NO_CELLS, page, flags=re.S
        )
        assert title not in spoiled
        return spoiled

    listing.faults[LISTING_PATH] = lambda target: rewritten(spoil) if "page=" not in target else None
    assert "was not read" in " ".join(checker.check(url).reasons)
    for _ in range(2):
        checker.check(url)
    listing.faults.clear()
    checker.check(url)
    assert kinds(checker) == []


def test_what_a_page_without_a_proved_end_lacks_is_gone_by_the_second_check(
    site: ReplicaSite, checker: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    gone = site.reports.pop(20)
    monkeypatch.setattr(monitor.fetch.fetcher, "end_is_proved", lambda *_: False)
    checker.check(url)
    assert kinds(checker) == []
    checker.check(url)
    assert kinds(checker) == [(ChangeKind.WITHDRAWN, gone["report_number"])]
