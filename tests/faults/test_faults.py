"""The service dies again and again and loses nothing; where a promise is broken on purpose, that is seen."""

from pathlib import Path

import pytest

from tests.faults.run import FaultRun, said


@pytest.mark.timeout(110)
def test_a_service_that_is_killed_again_and_again_loses_nothing_and_tells_nothing_twice(
    tmp_path: Path,
) -> None:
    run = FaultRun(tmp_path, "ci")
    verdict = run.run(kills=10)
    assert not verdict.broken, said(run.figures, verdict)
    assert verdict.changes > 5, said(run.figures, verdict)


@pytest.mark.timeout(110)
def test_a_service_that_is_killed_while_it_reminds_loses_no_reminder_and_makes_none_twice(
    tmp_path: Path,
) -> None:
    run = FaultRun(tmp_path, "ci", only_at=("reminder_made", "reminder_kept"))
    verdict = run.run(kills=4)
    assert not verdict.broken, said(run.figures, verdict)
    assert run.figures.kills.keys() & {"reminder_made", "reminder_kept"}, said(run.figures, verdict)
    assert verdict.reminders > 0


@pytest.mark.timeout(110)
@pytest.mark.parametrize(("sabotage", "found_in"), [("identity", "two_identities"), ("in_memory", "lost")])
def test_a_service_that_breaks_a_promise_is_found_out(tmp_path: Path, sabotage: str, found_in: str) -> None:
    verdict = FaultRun(tmp_path, "ci", sabotage).run(kills=3)
    assert getattr(verdict, found_in)
