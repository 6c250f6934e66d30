"""A job of several checks: none waits for long behind another, and what is unchanged is written together."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from procrastinate.testing import InMemoryConnector
from sqlmodel import Session

import service.runtime.fleet.jobs
from monitor.changes.write_behind import Unchanged
from monitor.domain.errors import StoreAway
from monitor.store.models import Source
from monitor.store.sources import known_source
from service.cli.options import settings_of
from service.database.database import Database
from service.runtime.app import utc_now
from service.runtime.due import Due
from service.runtime.fleet.jobs import Jobs
from service.runtime.fleet.queue import ALERTS, CHECKS
from service.runtime.lifecycle import last_sign_of_life
from service.runtime.steps import Checked, Steps
from tests.service.commands import ROOT

WATCH_FILE = """\
database: sqlite:///watch.db
sources:
  first: {{url: "{saved}", profile: dhs-oig, every: 30d}}
  second: {{extends: first}}
  third: {{extends: first}}
  web: {{url: "https://www.example.org/list", every: 30d, full_sweep: 1d}}
"""
SOURCES = ("first", "second", "third")
SAVED = ROOT / "seeds" / "dhs-oig-audits-cbp.txt"


class Queue:
    """The jobs of one worker on a queue in memory."""

    def __init__(self, steps: Steps, pool: ThreadPoolExecutor) -> None:
        self.engine = InMemoryConnector()
        self.steps = steps
        self.jobs = Jobs(steps, self.engine, pool, 30.0)

    def seen(self, source: str) -> datetime | None:
        """Give when a source was last checked."""
        with self.steps.watch.database.read() as session:
            return known_source(session, source).checked_at

    def due(self, source: str, lane: str | None = None) -> list[Any]:
        """Give a check as it stands in a job."""
        return Due(source, lane or f"lane of {source}", self.seen(source)).words

    def put(self, task: str, **given: Any) -> None:
        self._run(self.jobs.app.tasks[task].defer_async(**given))

    def work(self, queue: str = CHECKS) -> None:
        """Do what is in a queue, two jobs at once, until it is empty."""
        asked = {"queues": [queue], "wait": False, "concurrency": 2, "delete_jobs": "always"}
        self._run(self.jobs.app.run_worker_async(**asked))

    def work_until(self, seen: threading.Event) -> None:
        """Do checks, and those that are put meanwhile, until something happens."""

        async def _work() -> None:
            working = asyncio.create_task(self.jobs.app.run_worker_async(queues=[CHECKS], concurrency=2))
            assert await asyncio.to_thread(seen.wait, 20)
            working.cancel()
            await asyncio.wait([working])

        self._run(_work())

    def _run(self, does: Coroutine[Any, Any, object]) -> None:
        async def _open() -> None:
            async with self.jobs.app.open_async():
                await does

        asyncio.run(_open())

    def waiting(self, task: str) -> list[dict[str, Any]]:
        return [dict(job) for job in self.engine.jobs.values() if job["task_name"] == task]


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """Give a queue of a watch whose sources were all checked a moment ago."""
    path = tmp_path / "watch.yaml"
    path.write_text(WATCH_FILE.format(saved=SAVED))
    with ThreadPoolExecutor(8) as pool:
        steps = Steps(settings_of(path), lambda: settings_of(path))
        for source in SOURCES:
            assert steps.check(source).recorded
        with steps.watch.database.write() as session:
            now = utc_now()
            times = {"created_at": now, "last_checked_at": now, "last_accepted_at": now, "last_swept_at": now}
            session.add(Source(key="web", reading="dhs-oig@1", linked_by=1, **times))
        yield Queue(steps, pool)
        steps.watch.close()


def test_unchanged_checks_of_one_job_are_written_in_one_transaction(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [queue.seen(source) for source in SOURCES]
    writes: list[int] = []
    write = Unchanged.write

    def _counted(notes: Unchanged, session: Session) -> None:
        writes.append(len(notes._notes))
        write(notes, session)

    monkeypatch.setattr(Unchanged, "write", _counted)
    queue.put("checks", checks=[queue.due(source) for source in SOURCES])
    queue.work()
    assert writes == [3]
    assert all(
        now and then and now > then for now, then in zip(map(queue.seen, SOURCES), before, strict=True)
    )


def test_a_worker_that_still_has_the_old_watch_file_leaves_a_source_that_was_renamed(
    queue: Queue, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    newer = tmp_path / "newer.yaml"
    text = WATCH_FILE.format(saved=SAVED).replace("  first: {", "  primary: {was: first, ")
    newer.write_text(text.replace("extends: first", "extends: primary"))
    Steps(settings_of(newer), lambda: settings_of(newer)).start()

    queue.put("checks", checks=[Due("first", "lane of first").words])
    queue.work()
    assert "check_left source=first reason=renamed to primary" in caplog.text
    assert queue.seen("first") is None
    assert queue.seen("primary") is not None


def test_a_tick_of_a_fleet_leaves_a_sign_of_life(queue: Queue) -> None:
    def last() -> datetime | None:
        with queue.steps.watch.database.read() as session:
            return last_sign_of_life(session, queue.steps.watch.database.turns_folder)

    assert last() is None
    queue.put("tick", timestamp=0)
    queue.work(ALERTS)
    assert last() is not None


def test_a_source_that_another_worker_has_checked_meanwhile_is_left(
    queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    job = [queue.due("first"), queue.due("second")]
    queue.steps.check("first")
    caplog.clear()
    with caplog.at_level("INFO"):
        queue.put("checks", checks=job)
        queue.work()
    assert "checked source=second" in caplog.text
    assert "checked source=first" not in caplog.text


def test_a_job_that_finds_the_database_away_leaves_its_checks_to_the_next_tick(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def _away(_database: Database) -> NoReturn:
        raise StoreAway("it cannot be reached")

    queue.put("checks", checks=[queue.due(source) for source in SOURCES])
    monkeypatch.setattr(Database, "read", _away)
    monkeypatch.setattr(queue.steps, "check", None)  # to be asked would be an error
    queue.work()
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told == ["database_away reason=it cannot be reached"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), "database_away"),
        (psycopg.errors.UndefinedTable("relation procrastinate_jobs does not exist"), "jobs_failed"),
    ],
    ids=["away", "tables dropped"],
)
def test_trouble_that_the_engine_has_with_the_database_is_no_bug(
    queue: Queue,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: psycopg.Error,
    told: str,
) -> None:
    def _away(*_: object) -> NoReturn:
        raise ConnectorException from error

    queue.put("checks", checks=[queue.due(source) for source in SOURCES])
    monkeypatch.setattr(service.runtime.fleet.jobs, "known_sources", _away)
    queue.work()
    (said,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert said.getMessage().startswith(f"{told} reason=the jobs in the database")
    assert said.exc_info is None


def test_a_job_whose_end_meets_a_broken_connection_does_not_count_as_running_for_good(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, tried = JobManager.finish_job, []

    async def _broken_once(manager: JobManager, *given: Any) -> None:
        tried.append(given)
        if len(tried) == 1:
            raise ConnectorException from psycopg.OperationalError(
                "server closed the connection unexpectedly"
            )
        await finish(manager, *given)

    monkeypatch.setattr(JobManager, "finish_job", _broken_once)
    monkeypatch.setattr("service.runtime.fleet.finishing._AGAIN_SECONDS", 0)
    queue.put("checks", checks=[queue.due(source) for source in SOURCES])
    queue.work()
    assert len(tried) == 2
    assert queue.waiting("checks") == []


def test_a_bug_in_a_job_is_told_with_its_traceback_and_stops_no_other(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> NoReturn:
        raise ZeroDivisionError("a bug")

    before = queue.seen("second")
    with monkeypatch.context() as patched:
        patched.setattr(service.runtime.fleet.jobs, "known_sources", broken)
        queue.put("checks", checks=[queue.due("first")])
        queue.work()
    told = next(one for one in caplog.records if one.message == "job_crashed job=checks")
    assert told.exc_info is not None and told.exc_info[0] is ZeroDivisionError
    queue.put("checks", checks=[queue.due("second")])
    queue.work()
    assert queue.seen("second") != before


def test_checks_do_not_wait_for_long_behind_a_slow_one_in_their_job(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.runtime.fleet.jobs, "_TOGETHER", 0.05)
    others = {"second": threading.Event(), "third": threading.Event()}
    did_not_wait = threading.Event()

    def _check(source: str, _unchanged: Unchanged | None = None) -> Checked:
        if source != "first":
            others[source].set()
        elif all(done.wait(300) for done in others.values()):
            did_not_wait.set()
        return Checked(recorded=True)

    monkeypatch.setattr(queue.steps, "check", _check)
    queue.put("checks", checks=[queue.due(source) for source in SOURCES])
    queue.work_until(did_not_wait)


def test_checks_of_one_lane_stay_in_their_job_however_long_one_takes(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.runtime.fleet.jobs, "_TOGETHER", 0.0)
    at_once: list[str] = []

    def _check(source: str, _unchanged: Unchanged | None = None) -> Checked:
        at_once.append(source)
        return Checked(recorded=True)

    monkeypatch.setattr(queue.steps, "check", _check)
    monkeypatch.setattr(queue.jobs, "_hand_on", None)  # to be asked would be an error
    queue.put("checks", checks=[queue.due(source, "lane") for source in SOURCES])
    queue.work()
    assert at_once == list(SOURCES)


def test_a_look_that_is_tried_again_takes_the_lane_it_came_from(queue: Queue) -> None:
    queue.put("again", source="web")
    queue.work(ALERTS)
    (job,) = queue.waiting("checks")
    assert job["lock"] == "www.example.org looks"


def test_a_check_that_is_tried_again_waits_while_its_lane_is_in_use(queue: Queue) -> None:
    queue.put("checks", checks=[queue.due("second", "www.example.org looks")])
    queue.put("again", source="web")
    queue.work(ALERTS)
    (again,) = queue.waiting("again")
    assert again["scheduled_at"] > utc_now()
    assert len(queue.waiting("checks")) == 1
