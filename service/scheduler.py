"""The long-running service in one process: APScheduler says when, `service.watch` says what.

Stops within seconds on SIGTERM and SIGINT: a message in hand is sent to its end, a check that waits for
its turn at a host is left, as a sweep cut off. Takes up a changed watch file while it runs; a broken one is
reported and the last good one keeps running.
"""

import ctypes
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from alerts.digest_file import write_digest_file
from monitor.errors import OversightError, Stopping, StoreAway
from monitor.queries import source_health
from monitor.schedule import next_due, retry_after, trigger
from monitor.settle import Settled
from monitor.unchanged import Unchanged
from service.database import open_database
from service.outage import Outage
from service.settings import WatchFile
from service.watch import Watch, utc_now

log = logging.getLogger("oversight_watch")

_THREADS = 10
_DELIVER_SECONDS = 5
_DIGEST_SECONDS = 30
_REMIND_SECONDS = 600
_RELOAD_SECONDS = 2
_NOTES_SECONDS = 5
_PRUNE_SECONDS = 24 * 3600
_AWAY = timedelta(seconds=30)  # until a check tries again that found the database's server away
_M_ARENA_MAX = -8  # of malloc.h
_PATIENCE = 5.0  # seconds; what is recording needs less


class _Executor(BasePoolExecutor):  # type: ignore[misc]
    """Runs jobs in a pool that is ours to wait for."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__(pool)


class Service:
    """The jobs of one running watch. `start` returns at once; `stop` does within seconds."""

    def __init__(self, settings: WatchFile, reload: Callable[[], WatchFile]) -> None:
        self._watch = Watch.of(settings, open_database(settings.database), unchanged=Unchanged())
        self._reload = reload
        self._stamps = _stamps(settings.files)
        self._outage = Outage(utc_now)
        self._stopping = threading.Event()
        self._message_in_hand = threading.Lock()
        self._pool = ThreadPoolExecutor(_THREADS)
        self._scheduler: BaseScheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": _Executor(self._pool)},
            # A missed run is made up for once, however late: a laptop may have slept for days.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Schedule everything and begin; sources never checked or overdue are checked at once."""
        self._watch.note_applied()
        self._schedule_sources()
        self._every("deliver", self._deliver, _DELIVER_SECONDS)
        self._every("digests", self._digests, _DIGEST_SECONDS)
        self._every("reminders", self._remind, _REMIND_SECONDS)
        self._every("reload", self._reload_if_changed, _RELOAD_SECONDS)
        self._every("notes", self._write_notes, _NOTES_SECONDS)
        self._every("prune", self._prune, _PRUNE_SECONDS)
        self._scheduler.start()
        log.info(
            "started sources=%d channels=%d",
            len(self._watch.settings.sources),
            len(self._watch.settings.channels),
        )

    def stop(self) -> bool:
        """Start nothing more, let what is running end, close the database; say whether all of it has ended.

        What has not waits for a site's answer. It is left, as by a kill: nothing of it is recorded.
        """
        self._stopping.set()
        self._watch.fetcher.politeness.stop()
        # What falls due at this very moment would find no pool any more.
        self._scheduler.remove_all_jobs()
        # The scheduler would wait with its lock held, and a check that schedules a delivery needs that lock.
        self._scheduler.shutdown(wait=False)
        ending = threading.Thread(target=self._pool.shutdown, daemon=True)
        with self._message_in_hand:  # left now, it might be told twice
            ending.start()
        ending.join(_PATIENCE)
        if ended := not ending.is_alive():
            self._watch.close()
        log.info("stopped%s", "" if ended else " leaving=requests_without_an_answer")
        return ended

    def _every(self, name: str, job: Callable[[], None], seconds: int) -> None:
        self._scheduler.add_job(
            self._tried, "interval", args=[name, job], id=name, seconds=seconds, next_run_time=utc_now()
        )

    def _tried(self, name: str, job: Callable[[], None]) -> None:
        """Do a job; a full disk or the like is told in a sentence, and the job comes round again."""
        if self._stopping.is_set():
            return
        try:
            job()
        except StoreAway as error:
            self._outage.met(error)
        except (OversightError, OSError) as error:
            log.error("%s_failed reason=%s", name, error)
        else:
            if name == "deliver":  # others need not ask the database at all
                self._outage.over()

    def _schedule_sources(self) -> None:
        settings = self._watch.settings
        with self._watch.database.read() as session:
            last = {source.key: source.last_checked_at for source in source_health(session)}
        for key, source in settings.sources.items():
            if not source.paused:
                self._scheduler.add_job(
                    self._check,
                    trigger(source, settings.time_zone),
                    args=[key],
                    id=f"check:{key}",
                    replace_existing=True,
                    next_run_time=next_due(source, settings.time_zone, last.get(key), utc_now()),
                )

    def _check(self, key: str) -> None:
        """Check one source; its trouble, even a bug, must not stop another's check."""
        if self._stopping.is_set():
            return
        try:
            settled = self._watch.check(key)
        except Stopping:
            log.info("check_left source=%s", key)
            return
        except StoreAway as error:
            self._outage.met(error)
            self._again(key, _AWAY)
            return
        except OversightError as error:
            log.error("check_failed source=%s reason=%s", key, error)
            return
        except Exception:
            log.exception("check_crashed source=%s", key)
            return
        log.info(
            "checked source=%s outcome=%s changes=%d", key, settled.outcome.value, len(settled.change_ids)
        )
        for reason in settled.reasons:
            log.warning("check_note source=%s %s", key, reason)
        if settled.retryable:
            self._retry(key, settled)
        if settled.change_ids or settled.health:
            with suppress(JobLookupError):  # a scheduler that stops has no jobs any more
                self._scheduler.modify_job("deliver", next_run_time=utc_now())

    def _retry(self, key: str, settled: Settled) -> None:
        """Try a source again before its next turn, where asking again may help."""
        source = self._watch.settings.sources.get(key)
        if source is None:
            return
        try:
            with self._watch.database.read() as session:
                troubles = next((s.troubles for s in source_health(session) if s.key == key), 0)
        except StoreAway as error:
            self._outage.met(error)
            troubles = 0
        self._again(key, retry_after(source, troubles, settled.retry_after))

    def _again(self, key: str, wait: timedelta) -> None:
        self._scheduler.add_job(
            self._check,
            "date",
            args=[key],
            id=f"retry:{key}",
            replace_existing=True,
            run_date=utc_now() + wait,
        )

    def _deliver(self) -> None:
        # Asked to stop, it finishes the message in hand; the others wait in the outbox for the next start.
        with self._message_in_hand:
            while not self._stopping.is_set() and (delivered := self._watch.deliver_one()) is not None:
                log.info("delivery %s", delivered)

    def _digests(self) -> None:
        for run in self._watch.make_due_digests():
            path = write_digest_file(run.content, self._watch.settings.digest_folder, self._watch.templates)
            log.info(
                "digest_made name=%s changes=%d-%d file=%s",
                run.name,
                run.after_change_id,
                run.up_to_change_id,
                path,
            )

    def _remind(self) -> None:
        if messages := self._watch.make_due_reminders():
            log.info("reminders_made messages=%d", messages)

    def _write_notes(self) -> None:
        self._watch.write_notes()

    def _prune(self) -> None:
        pruned = self._watch.prune()
        if pruned:
            log.info("pruned %s", pruned)

    def _reload_if_changed(self) -> None:
        stamps = _stamps(self._watch.settings.files)
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            settings = self._reload()
            for name in ("database", "contact"):
                if getattr(settings, name) != getattr(self._watch.settings, name):
                    raise OversightError(f"{name!r} cannot change while the service runs; restart it")
            # The fetcher stays: it remembers when each host was last asked.
            watch = Watch.of(
                settings, self._watch.database, self._watch.fetcher, unchanged=self._watch.unchanged
            )
        except OversightError as error:
            log.error("reload_refused the last good watch file keeps running:\n%s", error)
            return
        gone = set(self._watch.settings.sources) - {k for k, s in settings.sources.items() if not s.paused}
        self._watch = watch
        self._stamps = _stamps(settings.files)
        for job in self._scheduler.get_jobs():
            if job.id.partition(":")[2] in gone:
                job.remove()
        try:
            self._watch.note_applied()
            self._schedule_sources()
        except StoreAway:
            self._stamps = {}  # so that it is taken up again when the server is back
            raise
        log.info("reloaded sources=%d", len(settings.sources))


def _stamps(files: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Give what changes when a file is written; a missing file has a stamp of its own."""
    stamps = {}
    for file in files:
        try:
            found = file.stat()
            stamps[file] = (found.st_mtime_ns, found.st_size)
        except OSError:
            stamps[file] = (0, -1)
    return stamps


def _keep_memory_together() -> None:
    """Let all threads share two heaps: with one each, the C library keeps some 30 MB more than is needed."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def run(settings: WatchFile, reload: Callable[[], WatchFile]) -> None:
    """Run the service until a signal asks it to stop."""
    _keep_memory_together()
    asked_to_stop = threading.Event()

    def _stop(number: int, _frame: Any) -> None:
        log.info("stopping signal=%s", signal.Signals(number).name)
        asked_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    service = Service(settings, reload)
    service.start()
    # A signal that comes in the instant before a wait is heard only when the wait ends: make it a short one.
    while not asked_to_stop.wait(timeout=1.0):
        pass
    if not service.stop():
        # The interpreter would wait for its threads, and nothing can tell one that waits for an answer.
        logging.shutdown()
        os._exit(0)
