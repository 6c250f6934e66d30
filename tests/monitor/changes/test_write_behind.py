"""Unchanged checks are noted in memory and written together; nothing that counts may hang on that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import UnboundExecutionError
from sqlmodel import Session, select

from monitor.changes.write_behind import Unchanged
from monitor.domain.types import ChangeKind, Outcome
from monitor.store.models import Check, Source
from service.database.database import Database
from service.demo.fakes.replica import ReplicaSite, unavailable
from tests.checking import Checker
from tests.clock import FrozenClock

PATH = "/reports/audits-inspections-and-evaluations"
Process = Callable[[], Checker]


@pytest.fixture
def process(checker: Checker) -> Process:
    """Give what stands for a process that remembers; each has a memory of its own."""
    return lambda: replace(checker, unchanged=Unchanged())


def source_of(database: Database) -> Source:
    with database.read() as session:
        return session.exec(select(Source)).one()


def write_notes(process: Checker) -> None:
    with process.database.note() as session:
        assert process.unchanged is not None
        process.unchanged.write(session)


def test_unchanged_checks_are_written_together_and_each_is_counted(
    process: Process, site: ReplicaSite, database: Database
) -> None:
    service = process()
    service.check(site.url(PATH))
    before = source_of(database)
    outcomes = {service.check(site.url(PATH)).outcome for _ in range(3)}
    assert outcomes == {Outcome.UNCHANGED}
    assert source_of(database).last_checked_at == before.last_checked_at
    write_notes(service)
    after = source_of(database)
    assert after.last_checked_at == service.clock() - timedelta(hours=2)
    assert after.last_swept_at == after.last_accepted_at == after.last_checked_at
    assert after.unchanged_checks == before.unchanged_checks + 3


def test_a_remembered_source_is_asked_with_what_the_server_gave(process: Process, site: ReplicaSite) -> None:
    service = process()
    for _ in range(4):
        service.check(site.url(PATH))
    asked = [seen.headers.get("if-none-match") for seen in site.requests if seen.path.startswith(PATH)]
    assert asked[0] is None
    assert all(asked[1:])


def test_a_change_after_noted_checks_is_told_since_the_last_of_them(
    process: Process, site: ReplicaSite, database: Database
) -> None:
    service = process()
    for _ in range(4):
        service.check(site.url(PATH))
    looked = service.clock() - timedelta(hours=2)
    site.reports.insert(0, {**site.reports[0], "report_number": "OIG-26-99", "title": "A New Review"})
    assert service.check(site.url(PATH)).outcome is Outcome.CHANGED
    (change,) = service.changes()
    assert change.kind is ChangeKind.NEW_REPORT
    assert change.not_before == looked
    with database.read() as session:
        runs = session.exec(select(Check.outcome, Check.times).order_by(Check.id)).all()
    assert runs == [("baseline", 1), ("unchanged", 3), ("changed", 1)]


def test_a_crash_forgets_notes_and_nothing_else(
    process: Process, site: ReplicaSite, database: Database
) -> None:
    dead = process()
    for _ in range(3):
        dead.check(site.url(PATH))
    restarted = process()
    assert restarted.check(site.url(PATH)).outcome is Outcome.UNCHANGED
    assert restarted.count() == 0


def test_a_note_of_a_source_that_another_process_has_checked_is_dropped(
    process: Process, site: ReplicaSite, database: Database
) -> None:
    one, two = process(), process()
    one.check(site.url(PATH))
    one.check(site.url(PATH))
    site.reports.insert(0, {**site.reports[0], "report_number": "OIG-26-99", "title": "A New Review"})
    assert two.check(site.url(PATH)).outcome is Outcome.CHANGED
    checked = source_of(database).last_checked_at
    site.reports.pop(0)
    assert one.check(site.url(PATH)).outcome is Outcome.UNCHANGED  # as far as it remembers
    write_notes(one)
    assert source_of(database).last_checked_at == checked
    # It has heard of the other now. That the report is gone again may be an older copy, so it looks twice.
    assert one.check(site.url(PATH)).outcome is Outcome.PARTIAL
    assert one.check(site.url(PATH)).outcome is Outcome.CHANGED
    assert [change.kind for change in one.changes()] == [ChangeKind.NEW_REPORT, ChangeKind.WITHDRAWN]


def test_what_another_process_has_told_is_not_told_again_from_memory(
    process: Process, site: ReplicaSite
) -> None:
    one, two = process(), process()
    one.check(site.url(PATH))
    one.check(site.url(PATH))
    one.check(site.url(PATH))
    write_notes(one)
    site.reports.insert(0, {**site.reports[0], "report_number": "OIG-26-99", "title": "A New Review"})
    two.check(site.url(PATH))
    for _ in range(2):
        one.check(site.url(PATH))
    assert [change.kind for change in one.changes()] == [ChangeKind.NEW_REPORT]


def test_the_first_check_of_a_day_and_one_after_trouble_are_settled_at_once(
    process: Process, site: ReplicaSite, database: Database, clock: FrozenClock
) -> None:
    service = process()
    for _ in range(3):
        service.check(site.url(PATH))
    write_notes(service)
    clock.advance(timedelta(days=1))
    assert service.check(site.url(PATH)).first_today
    assert source_of(database).last_checked_at == clock() - timedelta(hours=2)
    site.faults[PATH] = unavailable()
    service.check(site.url(PATH))
    site.faults.clear()
    service.check(site.url(PATH))
    healed = source_of(database)
    assert (healed.troubles, healed.trouble) == (0, None)
    assert healed.last_checked_at == clock() - timedelta(hours=2)


def test_a_failed_write_of_the_notes_leaves_nothing_remembered(
    process: Process, site: ReplicaSite, database: Database
) -> None:
    service = process()
    for _ in range(3):
        service.check(site.url(PATH))
    assert service.unchanged is not None
    session = Session()  # bound to no database
    with pytest.raises(UnboundExecutionError, match="not bound"):
        service.unchanged.write(session)
    assert service.unchanged.known("source") is None
    assert service.check(site.url(PATH)).outcome is Outcome.UNCHANGED
