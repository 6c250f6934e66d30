"""The long-running service in one process: APScheduler says when, service.runtime.steps what.

Stops within seconds on SIGTERM and SIGINT: a message being sent is finished, a check that waits for its turn
at a host is abandoned, like a sweep that was interrupted.
"""

import ctypes
import logging
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from monitor.changes.write_behind import Unchanged
from monitor.domain.errors import StoreAway, StoreError
from monitor.domain.log import Line
from monitor.domain.schedule import next_due, trigger
from monitor.store.sources import source_health
from service.runtime.app import utc_now
from service.runtime.heartbeat import BEAT_SECONDS
from service.runtime.lifecycle import Ending, SetBack, leave, sign_of_life
from service.runtime.steps import Steps
from service.watchfile.settings import WatchFile

log = logging.getLogger("oversight_watch")

_THREADS = 10
_DELIVER_SECONDS = 5
_DIGEST_SECONDS = 30
_INBOX_SECONDS = 10
_REMIND_SECONDS = 600
_RELOAD_SECONDS = 2
_NOTES_SECONDS = 5
_PRUNE_SECONDS = 24 * 3600
_M_ARENA_MAX = -8  # of malloc.h


class _Executor(BasePoolExecutor):  # type: ignore[misc]
    """Runs jobs in a pool that this service waits for itself."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__(pool)


class Service:
    """The jobs of one running watch. `start` returns at once; `stop` does within seconds."""

    def __init__(
        self, settings: WatchFile, reload: Callable[[], WatchFile], alive_file: Path | None = None
    ) -> None:
        self._steps = Steps(settings, reload, Unchanged(), alive_file)
        self._message_in_hand = threading.Lock()
        self._set_back = SetBack(utc_now)
        self._pool = ThreadPoolExecutor(_THREADS)
        self._scheduler: BaseScheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": _Executor(self._pool)},
            # A missed run is made once, however late: a laptop may have slept for days.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Schedule everything and begin; sources never checked or overdue are checked at once."""
        self._schedule_sources()
        self._every("deliver", self._deliver, _DELIVER_SECONDS)
        self._every("digests", self._steps.digests, _DIGEST_SECONDS)
        self._every("inbox", self._steps.take_inbox, _INBOX_SECONDS)
        self._every("reminders", self._steps.remind, _REMIND_SECONDS)
        self._every("reload", self._reload_if_changed, _RELOAD_SECONDS)
        self._every("notes", self._write_notes, _NOTES_SECONDS)
        self._every("prune", self._steps.prune, _PRUNE_SECONDS)
        # What is overdue at the start is checked first.
        self._every("heartbeat", self._steps.beat, BEAT_SECONDS, wait=timedelta(seconds=BEAT_SECONDS))
        self._steps.start()
        self._scheduler.start()

    def stop(self) -> bool:
        """Start nothing more, let running jobs end, close the database; return whether all of them ended.

        A job that has not ended waits for a site's answer. It is abandoned, and nothing of it is recorded.
        """
        self._steps.stop()
        # What falls due at this very moment would find no pool any more.
        self._scheduler.remove_all_jobs()
        # The scheduler would wait with its lock held, and a check that schedules a delivery needs that lock.
        self._scheduler.shutdown(wait=False)
        with self._message_in_hand:  # abandoned now, it might be sent twice
            ending = Ending(self._pool)
        if ended := ending.is_over():
            self._steps.watch.close()
        log.info(Line("stopped", leaving=None if ended else "requests_without_an_answer"))
        return ended

    def mind_the_clock(self) -> None:
        """Reschedule everything if the clock was set back: the scheduler would wait for the old time."""
        if not (back := self._set_back.seconds()):
            return
        log.warning(Line("clock_set_back", seconds=round(back)))
        self._steps.tried("reschedule", self._reschedule)

    def lost_database(self) -> StoreError | None:
        """Return why nothing more can be recorded; None while the database's file is the one opened."""
        try:
            self._steps.watch.database.refuse_replaced()
        except StoreError as error:
            return error
        return None

    def _reschedule(self) -> None:
        now = utc_now()
        for job in self._scheduler.get_jobs():
            if not job.id.startswith("check:"):
                job.modify(next_run_time=now)
        self._schedule_sources()

    def _every(
        self, name: str, step: Callable[[], None], seconds: int, wait: timedelta = timedelta(0)
    ) -> None:
        self._scheduler.add_job(
            self._steps.tried,
            "interval",
            args=[name, step],
            id=name,
            seconds=seconds,
            next_run_time=utc_now() + wait,
        )

    def _schedule_sources(self) -> None:
        watch = self._steps.watch
        with watch.database.read() as session:
            last = {source.key: source.last_checked_at for source in source_health(session)}
        for key, source in watch.settings.sources.items():
            if source.is_scheduled:
                self._scheduler.add_job(
                    self._check,
                    trigger(source, watch.settings.time_zone),
                    args=[key],
                    id=f"check:{key}",
                    replace_existing=True,
                    next_run_time=next_due(source, watch.settings.time_zone, last.get(key), utc_now()),
                )

    def _check(self, key: str) -> None:
        checked = self._steps.check(key)
        with suppress(JobLookupError):  # a scheduler that stops has no jobs any more
            if checked.again:
                self._scheduler.add_job(
                    self._check,
                    "date",
                    args=[key],
                    id=f"retry:{key}",
                    replace_existing=True,
                    run_date=checked.again,
                )
            if checked.news:
                self._scheduler.modify_job("deliver", next_run_time=utc_now())

    def _deliver(self) -> None:
        with self._message_in_hand:
            self._steps.deliver()

    def _write_notes(self) -> None:
        sign_of_life(self._steps.watch.database, utc_now())
        self._steps.watch.write_notes()  # of the watch as it is now: a reload replaces it

    def _reload_if_changed(self) -> None:
        if not self._steps.reload_if_changed():
            return
        watched = {key for key, source in self._steps.watch.settings.sources.items() if source.is_scheduled}
        for job in self._scheduler.get_jobs():
            kind, _, key = job.id.partition(":")
            if kind in ("check", "retry") and key not in watched:
                job.remove()
        try:
            self._schedule_sources()
        except StoreAway:
            self._steps.reload_again()
            raise


def _keep_memory_together() -> None:
    """Let all threads share two heaps: with one each, the C library keeps some 30 MB more than is needed."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def run(
    settings: WatchFile,
    reload: Callable[[], WatchFile],
    started: Callable[[], None] = lambda: None,
    alive_file: Path | None = None,
) -> None:
    """Run the service until a signal asks it to stop; call `started` once everything is scheduled.

    `alive_file` is touched every minute while the service works. Ends with code 3 where the database is
    removed or replaced.
    """
    _keep_memory_together()
    asked_to_stop = threading.Event()

    def _stop(number: int, _frame: Any) -> None:
        log.info(Line("stopping", signal=signal.Signals(number).name))
        asked_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    service = Service(settings, reload, alive_file)
    service.start()
    started()
    lost: StoreError | None = None
    # A signal that arrives just before a wait is noticed when the wait ends, so waits are short.
    while lost is None and not asked_to_stop.wait(timeout=1.0):
        service.mind_the_clock()
        lost = service.lost_database()
    if lost:
        log.error(Line("database_replaced", reason=lost))
    if not service.stop():
        leave(3 if lost else 0)
    if lost:
        sys.exit(3)
