"""The service dies again and again and loses nothing; where a promise is broken on purpose, that is seen."""

from pathlib import Path

import pytest

from monitor.faultpoints import Point
from tests.databases import Kind, run_database
from tests.faults.apart import can_be_apart
from tests.faults.run import FaultRun, Plan, said


@pytest.mark.timeout(1800)  # a busy machine starts so many processes slowly
@pytest.mark.parametrize(("kind", "kills"), [("sqlite", 5), ("postgres", 5)])  # `make faults` does thousands
def test_a_service_that_is_killed_again_and_again_loses_nothing_and_tells_nothing_twice(
    tmp_path: Path, kind: Kind, kills: int
) -> None:
    with run_database(kind, tmp_path) as database:
        run = FaultRun(tmp_path, database, Plan("ci"))
        verdict = run.run(kills)
    assert not verdict.broken, said(run.figures, verdict)
    assert verdict.changes > 3, said(run.figures, verdict)


@pytest.mark.timeout(1800)
def test_workers_that_are_killed_paused_and_cut_off_lose_nothing_and_tell_nothing_twice(
    tmp_path: Path,
) -> None:
    workers = (("worker",), ("worker",))
    with run_database("postgres", tmp_path) as database:
        run = FaultRun(tmp_path, database, Plan("ci", workers, apart=can_be_apart(), longest_life=3.0))
        verdict = run.run(kills=3)
    assert not verdict.broken, said(run.figures, verdict)
    assert verdict.changes > 1, said(run.figures, verdict)
    assert run.figures.pauses + run.figures.cuts > 0


@pytest.mark.timeout(900)
def test_a_service_that_is_killed_while_it_reminds_loses_no_reminder_and_makes_none_twice(
    tmp_path: Path,
) -> None:
    with run_database("sqlite", tmp_path) as database:
        run = FaultRun(tmp_path, database, Plan("ci", only_at=("reminder_made", "reminder_kept")))
        verdict = run.run(kills=2)
    assert not verdict.broken, said(run.figures, verdict)
    assert verdict.reminders > 0


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("sabotage", "point", "found_in"),
    [
        ("identity", "answered", "two_identities"),
        ("in_memory", "delivered", "lost"),
    ],
)
def test_a_service_that_breaks_a_promise_is_found_out(
    tmp_path: Path, sabotage: str, point: Point, found_in: str
) -> None:
    with run_database("sqlite", tmp_path) as database:
        verdict = FaultRun(tmp_path, database, Plan("ci", only_at=(point,), sabotage=sabotage)).run(kills=1)
    assert getattr(verdict, found_in)
