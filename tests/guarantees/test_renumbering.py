"""A corrected number is reported once, and the record is found under both numbers with its whole history."""

from monitor.domain.types import ChangeKind
from monitor.store.records import records_with_key, versions_of_record
from service.demo.fakes.replica import LISTING_PATH as LISTING
from service.demo.fakes.replica import ReplicaSite
from tests.checking import Checker


def test_a_corrected_number_is_one_change_and_both_numbers_find_the_record(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(LISTING))
    old = site.reports[2]["report_number"]
    site.reports[2] = {**site.reports[2], "report_number": f"{old}-R"}
    checker.check(site.url(LISTING))
    checker.check(site.url(LISTING))
    assert [change.kind for change in checker.changes()] == [ChangeKind.RENUMBERED]
    with checker.database.read() as session:
        found = [records_with_key(session, key)[0][1] for key in (f"{old}-R", old)]
        assert found[0].id == found[1].id
        assert (found[0].key, found[0].listed, found[0].last_seen_at) == (f"{old}-R", True, None)
        versions = versions_of_record(session, found[0].id)
    assert [version.fields["report_number"] for version in versions] == [old, f"{old}-R"]


def test_a_further_correction_and_its_withdrawal_leave_one_record(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(LISTING))
    old = site.reports[2]["report_number"]
    for number in (f"{old}-A", f"{old}-B", f"{old}-C"):
        site.reports[2] = {**site.reports[2], "report_number": number}
        checker.check(site.url(LISTING))
    assert [change.kind for change in checker.changes()] == [ChangeKind.RENUMBERED] * 3
    site.reports.pop(2)
    checker.check(site.url(LISTING))
    assert checker.changes()[-1].kind is ChangeKind.WITHDRAWN
    assert checker.changes()[-1].record_key == f"{old}-C"
