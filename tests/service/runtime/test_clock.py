"""A clock that is set back while the service runs: it goes on at once, on a clock that nobody sets."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from procrastinate.testing import InMemoryConnector

from service.cli.options import settings_of
from service.runtime.app import utc_now
from service.runtime.fleet import worker
from service.runtime.fleet.jobs import Jobs
from service.runtime.fleet.queue import ALERTS, CHECKS
from service.runtime.fleet.worker import _take_until
from service.runtime.lifecycle import SetBack
from service.runtime.scheduler import Service
from service.runtime.steps import Steps
from tests.service.commands import ROOT

WATCH_FILE = """\
database: sqlite:///watch.db
sources:
  saved: {{url: "{saved}", profile: dhs-oig, every: 30d}}
"""
SAVED = ROOT / "seeds" / "dhs-oig-audits-cbp.txt"


class Clocks:
    """A wall clock that can be set, and one that cannot."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 5, 4, 9, tzinfo=UTC)
        self.steady = 100.0

    def pass_seconds(self, seconds: float, *, set_back: float = 0.0) -> None:
        self.wall += timedelta(seconds=seconds - set_back)
        self.steady += seconds


def test_a_clock_set_back_is_noticed_once_and_a_correction_is_not() -> None:
    clocks = Clocks()
    noticed = SetBack(lambda: clocks.wall, lambda: clocks.steady)
    steps = [(1.0, 0.0), (1.0, 0.4), (3600.0, 0.0), (1.0, 7200.0), (1.0, 0.0), (1.0, -7200.0), (1.0, 90.0)]
    found = []
    for seconds, back in steps:
        clocks.pass_seconds(seconds, set_back=back)
        found.append(round(noticed.seconds()))
    assert found == [0, 0, 0, 7200, 0, 0, 90]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    path = tmp_path / "watch.yaml"
    path.write_text(WATCH_FILE.format(saved=SAVED))
    started = Service(settings_of(path), lambda: settings_of(path))
    started.start()
    yield started
    started.stop()


def test_everything_that_waits_for_the_former_time_is_scheduled_anew(service: Service) -> None:
    clocks = Clocks()
    service._set_back = SetBack(lambda: clocks.wall, lambda: clocks.steady)
    jobs = service._scheduler.get_jobs()
    assert len(jobs) == 9
    for job in jobs:
        job.modify(next_run_time=utc_now() + timedelta(days=90))
    clocks.pass_seconds(1)
    service.mind_the_clock()
    assert all(job.next_run_time > utc_now() + timedelta(days=80) for job in service._scheduler.get_jobs())
    clocks.pass_seconds(1, set_back=5400)
    service.mind_the_clock()
    waits = {job.id: job.next_run_time - utc_now() for job in service._scheduler.get_jobs()}
    assert waits.pop("check:saved") < timedelta(days=31), "an interval and its jitter after its last check"
    assert max(waits.values()) < timedelta(days=2)


def test_a_worker_begins_its_ticks_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "watch.yaml"
    path.write_text(WATCH_FILE.format(saved=SAVED))
    steps = Steps(settings_of(path), lambda: settings_of(path))
    taken = []

    async def _take(_jobs: Jobs, queue: str, _at_once: int) -> None:
        taken.append(queue)
        await asyncio.Event().wait()

    async def _work() -> None:
        stopping = asyncio.create_task(asyncio.Event().wait())
        jobs = Jobs(steps, InMemoryConnector(), pool, 30.0)
        # It ends though nothing asked it to stop, and the worker's loop begins it anew.
        await asyncio.wait_for(_take_until(stopping, jobs, steps, {CHECKS: 1, ALERTS: 1}), 300)
        stopping.cancel()

    monkeypatch.setattr(worker, "_take", _take)
    monkeypatch.setattr(worker, "_CLOCK_SECONDS", 0)
    backs = iter([0.0, 0.0, 7200.0])
    monkeypatch.setattr(SetBack, "seconds", lambda _clock: next(backs))
    with ThreadPoolExecutor(1) as pool:
        asyncio.run(_work())
    steps.watch.close()
    assert taken == [CHECKS, ALERTS]
    assert not steps.stopping.is_set()
