"""One check after another against a site that changes, as a source lives through it."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from monitor.domain.types import ChangeKind, Outcome
from monitor.profiles.registry import PROFILES
from monitor.store.changes import changes_between, stream_changes
from monitor.store.models import RecordVersion, Snapshot, SnapshotBody
from monitor.store.page_bodies import stored_body
from monitor.store.records import records_of, records_with_key, versions_of_record
from monitor.store.sources import source_health
from service.demo.fakes.replica import (
    ReplicaSite,
    answer,
    endless_paging,
    not_found,
    redesign,
    rewritten,
    seed_bytes,
    unavailable,
)
from tests.checking import Checker

LISTING = "/reports/audits-inspections-and-evaluations"
AGENCY = "/agencies/united-states-customs-and-border-protection"


def new_report(number: str = "OIG-26-90") -> dict[str, object]:
    return {
        "report_number": number,
        "title": "CBP Did Not Test Facial Recognition at Ports of Entry",
        "abstract": None,
        "issue_date": "2026-03-02",
        "fiscal_year": 2026,
        "href": f"/sites/default/files/assets/2026-03/{number}.pdf",
    }


def test_the_first_check_is_a_baseline_and_tells_nothing(site: ReplicaSite, checker: Checker) -> None:
    settled = checker.check(site.url(LISTING))
    assert (settled.outcome, settled.rows, settled.complete) == (Outcome.BASELINE, 50, True)
    assert checker.count() == 0


def test_announce_baseline_tells_what_the_first_check_finds(site: ReplicaSite, checker: Checker) -> None:
    assert len(checker.check(site.url(LISTING), announce_baseline=True).change_ids) == 50


def test_an_unchanged_page_costs_one_request_and_no_body(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING))
    before = len(site.requests)
    assert checker.check(site.url(LISTING)).outcome is Outcome.UNCHANGED
    assert [seen.status for seen in site.requests[before:]] == [304]


def test_the_same_bytes_without_validators_are_unchanged_too(site: ReplicaSite, checker: Checker) -> None:
    site.validators = False
    checker.check(site.url(LISTING))
    assert checker.check(site.url(LISTING)).outcome is Outcome.UNCHANGED


def test_a_new_report_is_one_change_with_its_evidence(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING))
    site.reports.insert(0, new_report())
    settled = checker.check(site.url(LISTING))
    (change,) = checker.changes()
    assert settled.change_ids == (change.id,)
    assert (change.kind, change.record_key) == (ChangeKind.NEW_REPORT, "OIG-26-90")
    assert change.not_before is not None
    assert change.not_before < change.seen_at
    with checker.database.read() as session:
        assert b"OIG-26-90" in stored_body(session, change.after_sha256)
        assert b"OIG-26-90" not in stored_body(session, change.before_sha256 or "")


def test_paging_is_followed_to_the_end(site: ReplicaSite, checker: Checker) -> None:
    site.listing_page_size = 20
    settled = checker.check(site.url(LISTING))
    assert (settled.rows, settled.complete) == (50, True)
    assert len(site.requests_for(LISTING)) == 3


def test_a_row_that_moves_to_the_next_page_is_no_change(site: ReplicaSite, checker: Checker) -> None:
    site.listing_page_size = 20
    checker.check(site.url(LISTING))
    site.reports.insert(0, new_report())
    checker.check(site.url(LISTING))
    assert [change.kind for change in checker.changes()] == [ChangeKind.NEW_REPORT]


def test_a_page_that_fails_half_way_makes_a_partial_check_and_calls_nothing_gone(
    site: ReplicaSite, checker: Checker
) -> None:
    site.listing_page_size = 20
    checker.check(site.url(LISTING))
    site.reports.insert(0, new_report())
    site.faults[f"{LISTING}?page=2"] = unavailable()
    settled = checker.check(site.url(LISTING))
    assert (settled.outcome, settled.complete) == (Outcome.PARTIAL, False)
    assert [change.kind for change in checker.changes()] == [ChangeKind.NEW_REPORT]


def test_a_last_page_that_breaks_off_proves_no_end(site: ReplicaSite, checker: Checker) -> None:
    site.listing_page_size = 20
    checker.check(site.url(LISTING))
    site.faults[f"{LISTING}?page=1"] = rewritten(lambda page: page[: int(len(page) * 0.7)])
    settled = checker.check(site.url(LISTING))
    assert not settled.complete
    assert checker.count() == 0


def test_a_first_page_given_again_and_again_stops_and_is_not_complete(
    site: ReplicaSite, checker: Checker
) -> None:
    site.faults[LISTING] = endless_paging()
    settled = checker.check(site.url(LISTING), max_pages=4)
    assert not settled.complete
    assert len(site.requests_for(LISTING)) == 2


def test_a_page_given_twice_once_does_not_end_the_list_for_good(site: ReplicaSite, checker: Checker) -> None:
    site.reports[:] = site.reports[:4]
    site.listing_page_size = 2
    checker.check(site.url(LISTING))
    for row in site.reports:
        row["title"] += " (Revised)"
    first = httpx.get(site.url(LISTING), timeout=600).text
    site.faults[f"{LISTING}?page=1"] = answer(200, first + "<!-- once more -->")
    settled = checker.check(site.url(LISTING))
    assert (settled.rows, settled.complete, checker.count()) == (2, False, 2)
    site.faults.clear()
    settled = checker.check(site.url(LISTING))
    assert (settled.rows, settled.complete, checker.count()) == (4, True, 4)


def test_a_report_gone_from_a_complete_list_is_withdrawn_and_may_come_back(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(LISTING))
    taken = site.reports.pop(3)
    checker.check(site.url(LISTING))
    site.reports.insert(3, taken)
    for _ in range(2):  # the page is what it was before, so it may be an older copy
        checker.check(site.url(LISTING))
    assert [change.kind for change in checker.changes()] == [ChangeKind.WITHDRAWN, ChangeKind.REAPPEARED]


def test_a_closed_recommendation_is_followed_to_its_product_page(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(AGENCY))
    site.recommendations[0].update(status_text="Closed – Implemented", status_comment="CBP did so in 2026.")
    checker.check(site.url(AGENCY))
    (change,) = checker.changes()
    assert change.kind is ChangeKind.STATUS_CHANGED
    assert change.before["status"] == "open"
    assert change.after["status"] == "closed_implemented"
    assert change.after["status_comment"] == "CBP did so in 2026."
    with checker.database.read() as session:
        assert b"CBP did so in 2026." in stored_body(session, change.after_sha256)


def test_a_recommendation_off_the_list_waits_for_its_product_page(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(AGENCY))
    site.recommendations[0].update(status_text="Closed – Not Implemented")
    site.faults["/products/"] = unavailable()
    settled = checker.check(site.url(AGENCY))
    assert "not known yet" in settled.reasons[0]
    assert checker.check(site.url(AGENCY)).change_ids == ()
    site.faults.clear()
    checker.check(site.url(AGENCY))
    left, closed = checker.changes()
    assert (left.kind, left.after["status"]) == (ChangeKind.LEFT_LIST, "unknown")
    assert (closed.kind, closed.after["status"]) == (ChangeKind.STATUS_CHANGED, "closed_not_implemented")


def test_a_recommendation_missing_from_an_incomplete_list_is_not_gone(
    site: ReplicaSite, checker: Checker
) -> None:
    site.page_size = 5
    checker.check(site.url(AGENCY), max_pages=1)
    site.recommendations.reverse()
    settled = checker.check(site.url(AGENCY), max_pages=1)
    assert (settled.complete, settled.declared_total) == (False, 10)
    assert {change.kind for change in checker.changes()} == {ChangeKind.NEW_RECOMMENDATION}


def test_a_look_between_sweeps_stops_where_nothing_is_new(site: ReplicaSite, checker: Checker) -> None:
    site.listing_page_size = 10
    checker.check(site.url(LISTING), full_sweep="1d")
    before = len(site.requests_for(LISTING))
    checker.check(site.url(LISTING), full_sweep="1d")
    site.reports.insert(0, new_report())
    settled = checker.check(site.url(LISTING), full_sweep="1d")
    assert len(site.requests_for(LISTING)) == before + 3
    assert len(settled.change_ids) == 1


@pytest.mark.parametrize(("row", "hours"), [(0, 6), (-1, 2)])
def test_a_change_happened_after_the_last_check_that_read_its_page(
    site: ReplicaSite, checker: Checker, row: int, hours: int
) -> None:
    site.listing_page_size = 10
    for _ in range(3):  # a sweep, and two looks at the first page
        checker.check(site.url(LISTING), full_sweep="6h")
    sorted(site.reports, key=lambda one: str(one["issue_date"]))[row]["title"] = "Another title"
    checker.check(site.url(LISTING), full_sweep="6h")
    (change,) = checker.changes()
    assert change.not_before == change.seen_at - timedelta(hours=hours)


def test_rows_missing_from_a_look_are_not_gone_until_the_sweep(site: ReplicaSite, checker: Checker) -> None:
    site.listing_page_size = 10
    checker.check(site.url(LISTING), full_sweep="4h")
    site.reports.pop(1)
    assert checker.check(site.url(LISTING), full_sweep="4h").change_ids == ()
    for _ in range(2):  # it is the newest report, so it has to be missing twice
        checker.check(site.url(LISTING), full_sweep="4h")
    assert [change.kind for change in checker.changes()] == [ChangeKind.WITHDRAWN]


def test_trouble_is_told_once_after_n_checks_and_recovery_once(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING))
    site.faults[LISTING] = redesign()
    told = [checker.check(site.url(LISTING), tell_operator_after=3).health for _ in range(5)]
    assert [health is not None for health in told] == [False, False, True, False, False]
    site.faults.clear()
    healed = [checker.check(site.url(LISTING)).health for _ in range(2)]
    assert healed[0] is not None
    assert healed[0].well
    assert healed[1] is None


def test_a_quarantined_page_is_kept_as_evidence_and_can_be_accepted(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(LISTING))
    del site.reports[10:]
    settled = checker.check(site.url(LISTING))
    assert settled.outcome is Outcome.QUARANTINED
    assert "10 rows on the first page where 50 are usual" in settled.reasons[0]
    assert checker.count() == 0
    with checker.database.read() as session:
        assert len(session.exec(select(Snapshot)).all()) == 2
    assert checker.check(site.url(LISTING), accept=True).outcome is Outcome.CHANGED
    assert len(checker.changes()) == 40


def test_one_content_is_stored_once(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING), key="one")
    checker.check(site.url(LISTING), key="other")
    with checker.database.read() as session:
        assert session.get(SnapshotBody, "") is None
        assert len(session.exec(select(SnapshotBody)).all()) == 1
        assert len(session.exec(select(Snapshot)).all()) == 2


def test_two_sources_on_one_address_do_not_share_state(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING), key="one")
    site.reports.insert(0, new_report())
    assert checker.check(site.url(LISTING), key="other").outcome is Outcome.BASELINE
    assert len(checker.check(site.url(LISTING), key="one").change_ids) == 1


def test_another_address_with_the_same_list_keeps_its_history_and_tells_what_came_meanwhile(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(LISTING))
    site.reports.insert(0, new_report())
    settled = checker.check(site.url(f"{LISTING}?field_dhs_agency_target_id=1"))
    assert settled.outcome is Outcome.CHANGED
    assert [change.kind for change in checker.changes()] == [ChangeKind.NEW_REPORT]
    with checker.database.read() as session:
        assert len(records_of(session)) == 51


def as_if_read_by_an_older_profile(checker: Checker) -> None:
    with checker.database.write() as session:
        (source,) = source_health(session)
        source.reading = source.reading.replace("dhs-oig@", "dhs-oig@0")
        session.add(source)
        for _, record in records_of(session):
            record.fields = {**record.fields, "title": "read wrongly by the old version"}
            record.fingerprint = "old"
            session.add(record)


def test_another_way_of_reading_raises_nothing_but_what_the_site_changed(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(LISTING))
    as_if_read_by_an_older_profile(checker)
    site.reports.insert(0, new_report())
    checker.check(site.url(LISTING))
    assert [change.kind for change in checker.changes()] == [ChangeKind.NEW_REPORT]
    with checker.database.read() as session:
        assert all("wrongly" not in record.fields["title"] for _, record in records_of(session))


def test_a_change_of_what_the_same_check_reads_in_a_new_way_is_one_change_as_the_site_left_it(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(LISTING))
    as_if_read_by_an_older_profile(checker)
    site.reports[0] = {**site.reports[0], "title": "Facial Recognition at Ports of Entry"}
    checker.check(site.url(LISTING))
    with checker.database.read() as session:
        (streamed,) = stream_changes(session)
        (listed,) = changes_between(session, 0, 10)
    for change in (streamed, listed):
        assert change.kind is ChangeKind.TITLE_REVISED
        assert change.fields["title"] == change.after["title"] == "Facial Recognition at Ports of Entry"


def test_a_slower_check_does_not_undo_a_quicker_one(site: ReplicaSite, checker: Checker) -> None:
    from monitor.changes.apply import settle
    from monitor.crawl.context import Context
    from monitor.crawl.observe import Observer
    from monitor.domain.settings import SourceSettings
    from monitor.store.sources import known_source

    checker.check(site.url(LISTING))
    with checker.database.read() as session:
        known = known_source(session, "source")
    settings = SourceSettings(url=site.url(LISTING), allow_private=True)
    slow = Observer(
        Context("source", settings, known, checker.database.read, checker.fetcher, checker.clock)
    ).observe()
    site.reports.insert(0, new_report())
    checker.clock.advance(settings.delay)
    checker.check(site.url(LISTING))
    with checker.database.write() as session:
        assert settle(session, slow).outcome is Outcome.SUPERSEDED
    assert [change.kind for change in checker.changes()] == [ChangeKind.NEW_REPORT]


def test_a_folder_of_saved_pages_is_a_source(checker: Checker, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "march.txt").write_bytes(seed_bytes("dhs-oig-audits-cbp.txt"))
    assert checker.check(str(folder)).rows == 50
    assert checker.check(str(folder)).outcome is Outcome.UNCHANGED
    (folder / "april.txt").write_text(
        "Report Number Title Issue Date Fiscal Year\nOIG-26-91 CBP Needs a Plan 2026\n"
    )
    checker.check(str(folder))
    assert [change.record_key for change in checker.changes()] == ["OIG-26-91"]


def test_of_a_folder_the_pages_that_cannot_be_read_are_left_out_and_nothing_is_gone(
    checker: Checker, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    whole = "Report Number Title Issue Date Fiscal Year\nOIG-26-{n} CBP Needs a Plan 2026\n"
    for n in range(10, 60):
        (folder / f"{n}.txt").write_text(whole.format(n=n))
    assert checker.check(str(folder)).rows == 50
    (folder / "10.txt").write_bytes(b"\x00\x01 no page")
    (folder / "new.txt").write_text(whole.format(n=91))
    settled = checker.check(str(folder))
    assert settled.outcome is Outcome.PARTIAL
    assert "1 of 51 saved pages were left out: 10.txt" in " ".join(settled.reasons)
    assert [change.record_key for change in checker.changes()] == ["OIG-26-91"]


def test_the_gao_seed_is_recorded_as_what_it_is_an_incomplete_list(checker: Checker, tmp_path: Path) -> None:
    saved = tmp_path / "gao.txt"
    saved.write_bytes(seed_bytes("gao-cbp-open-recommendations.txt"))
    settled = checker.check(str(saved))
    assert (settled.rows, settled.declared_total, settled.complete) == (10, 25, False)


def test_a_missing_file_fails_the_check_in_a_sentence(checker: Checker, tmp_path: Path) -> None:
    settled = checker.check(str(tmp_path / "nothing.html"))
    assert settled.outcome is Outcome.FAILED
    assert "there is no file or folder" in settled.reasons[0]


def test_a_page_no_profile_knows_is_quarantined_with_what_was_looked_for(
    site: ReplicaSite, checker: Checker
) -> None:
    site.faults[LISTING] = not_found()
    assert checker.check(site.url(LISTING)).outcome is Outcome.FAILED
    from service.demo.fakes.replica.trouble import answer

    site.faults[LISTING] = answer(200, "<html><title>Fish</title><h1>Fish</h1>" + "<p>fish</p>" * 500)
    settled = checker.check(site.url(LISTING))
    assert settled.outcome is Outcome.QUARANTINED


def test_every_past_value_of_a_record_can_be_asked_for(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(AGENCY))
    for comment in ("First.", "Second."):
        site.recommendations[0]["status_comment"] = comment
        checker.check(site.url(AGENCY))
    with checker.database.read() as session:
        ((_, record),) = records_with_key(session, checker.changes()[0].record_key)
        versions = versions_of_record(session, record.id)
        assert [v.fields["status_comment"] for v in versions][1:] == ["First.", "Second."]
        for version in versions:
            assert stored_body(session, version.snapshot_sha256)
        assert session.get(RecordVersion, versions[0].id) is not None


def test_the_profiles_have_the_names_users_write() -> None:
    assert {"dhs-oig", "gao-recommendations"} <= set(PROFILES)
