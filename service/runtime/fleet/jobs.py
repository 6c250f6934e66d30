"""The jobs of a fleet: a tick finds what is due, checks and deliveries do it. Procrastinate runs them.

No state that matters is kept in a job. Each tick computes what is due from our tables, and work done twice
is harmless there: turns at hosts, one write at a time, leases and identities hold without the engine. So a
job that is lost, repeated or stalled costs seconds, never an alert.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

from procrastinate import App
from procrastinate.connector import BaseConnector

from alerts.outbox.leases import channels_due
from monitor.changes.write_behind import Unchanged
from monitor.domain.errors import StoreAway, StoreError
from monitor.domain.log import Line
from monitor.domain.schedule import interval
from monitor.domain.settings import SourceSettings
from monitor.store.sources import Looked, known_source, known_sources, last_looked
from service.runtime.app import utc_now
from service.runtime.due import Due, Words, due_checks, due_now
from service.runtime.fleet.finishing import LastingManager
from service.runtime.fleet.queue import ALERTS, CHECKS, JobQueue, log
from service.runtime.fleet.stalled import StalledJobs
from service.runtime.fleet.tables import trouble_of
from service.runtime.lifecycle import sign_of_life
from service.runtime.steps import Checked, Steps
from service.watchfile.in_use import renamed_sources

_TOGETHER = 5.0  # seconds, a tick; checks of one job wait no longer for those before them
_SOON = timedelta(seconds=5)

_EVERY_5_SECONDS = "* * * * * */5"
_EVERY_10_SECONDS = "* * * * * */10"
_EVERY_30_SECONDS = "* * * * * */30"
_EVERY_10_MINUTES = "*/10 * * * *"
_EVERY_HOUR = "23 * * * *"

Result = TypeVar("Result")
Does = Callable[..., Awaitable[None]]


class Jobs:
    """The jobs as this process does them: `app` is the engine, `pool` runs what blocks.

    A worker without a heartbeat for `stalled_after` seconds counts as dead; other workers take its jobs.
    """

    def __init__(
        self, steps: Steps, connector: BaseConnector, pool: ThreadPoolExecutor, stalled_after: float
    ) -> None:
        self.stalled_after = stalled_after
        self.app = App(connector=connector)
        self.app.job_manager = LastingManager(connector, self._is_away)
        self._steps = steps
        self._pool = pool
        self._queue = JobQueue(self.app, steps)
        self._task("checks", CHECKS, self._do_checks)
        self._task("check", CHECKS, self._do_check)
        self._task("again", ALERTS, self._do_again)
        self._task("deliver", ALERTS, self._do_deliver)
        stalled = StalledJobs(self.app.job_manager, self._queue, stalled_after)
        self._periodic("tick", _EVERY_5_SECONDS, self._tick)
        self._periodic("return_stalled", _EVERY_10_SECONDS, stalled.take_over)
        self._periodic("inbox", _EVERY_10_SECONDS, self._stepping("inbox", steps.take_inbox))
        self._periodic("digests", _EVERY_30_SECONDS, self._stepping("digests", steps.digests))
        self._periodic("reminders", _EVERY_10_MINUTES, self._stepping("reminders", steps.remind))
        self._periodic("prune", _EVERY_HOUR, self._stepping("prune", steps.prune))

    def _is_away(self, error: Exception) -> bool:
        return isinstance(trouble_of(error, self._steps.watch.settings.database), StoreAway)

    def _task(self, name: str, queue: str, does: Does) -> None:
        self.app.task(name=name, queue=queue)(self._logged(name, does))

    def _periodic(self, name: str, cron: str, does: Does) -> None:
        # No lock: a tick whose worker died must not hold up the next one. A second one at once is harmless.
        task = self.app.task(name=name, queue=ALERTS, queueing_lock=name)(self._logged(name, does))
        self.app.periodic(cron=cron)(task)

    def _logged(self, name: str, does: Does) -> Does:
        """Return a job that logs its trouble. An outage is logged once; what the job left is due again.

        A bug is logged with its traceback; the engine would say no more than that a job has failed.
        """

        async def _do(**given: Any) -> None:
            try:
                await does(**given)
            except StoreAway as error:
                self._steps.outage.met(error)
            except Exception as error:
                # The engine has connections of its own, which an outage breaks, and tables that may go.
                if not logged_trouble(self._steps, trouble_of(error, self._steps.watch.settings.database)):
                    log.exception(Line("job_crashed", job=name))
                    raise

        return _do

    def _stepping(self, name: str, step: Callable[[], None]) -> Does:
        async def _step(timestamp: int) -> None:  # noqa: ARG001 - a late one does what is due now
            await self._in_thread(self._steps.tried, name, step)

        return _step

    async def _in_thread(self, does: Callable[..., Result], *given: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, does, *given)

    # What is due

    async def _tick(self, timestamp: int) -> None:  # noqa: ARG002 - a late one looks at what is due now
        due = await self._in_thread(self._due_checks)
        postponed = await self._queue.postponed() if due else set()
        await self._queue.add_checks([one for one in due if one.source not in postponed])
        await self._add_deliveries()

    async def _add_deliveries(self) -> None:
        await self._queue.add_deliveries(await self._in_thread(self._channels_due))

    def _due_checks(self) -> list[Due]:
        watch = self._steps.watch
        sign_of_life(watch.database, utc_now())
        with watch.database.read() as session:
            return due_checks(watch.settings, last_looked(session), utc_now())

    def _channels_due(self) -> list[str]:
        with self._steps.watch.database.read() as session:
            return channels_due(session, utc_now())

    # Doing it

    async def _do_check(self, check: Words) -> None:
        await self._do_checks([check])

    async def _do_checks(self, checks: Sequence[Words]) -> None:
        """Do checks in turn; unchanged ones are written together, at the end or after some seconds."""
        clock, unchanged = asyncio.get_running_loop().time, Unchanged()
        due = await self._in_thread(self._still_due, [Due.of(words) for words in checks], unchanged)
        handed_on_at = written_at = clock() + _TOGETHER
        while due and not self._steps.stopping.is_set():
            one, *due = due
            checking = asyncio.ensure_future(self._in_thread(self._steps.check, one.source, unchanged))
            # Checks of the same lane would wait for their turn in any job.
            if due and any(other.lane != one.lane for other in due):
                await asyncio.wait([checking], timeout=handed_on_at - clock())
                if clock() >= handed_on_at:
                    await self._hand_on(due)
                    due = []
            await self._follow(one.source, await checking)
            if clock() >= written_at:
                await self._in_thread(self._steps.write_notes, unchanged)
                written_at = clock() + _TOGETHER
        await self._in_thread(self._steps.write_notes, unchanged)

    def _still_due(self, due: Sequence[Due], unchanged: Unchanged) -> list[Due]:
        """Return the checks that are still to be done here, and note what is known of their sources."""
        watched = [one for one in due if self._queue.watched(one.source)]
        left = {one.source: "not in this worker's watch file, or paused" for one in due if one not in watched}
        with self._steps.watch.database.read() as session:
            known = known_sources(session, [one.source for one in watched])
            if any(one.checked_at is None for one in known.values()):
                # Workers load a changed file within seconds of each other.
                renamed = renamed_sources(session)
                left |= {one: f"renamed to {renamed[one]}" for one in renamed.keys() & known.keys()}
        self._steps.outage.over()
        unchanged.remember(known)
        for source, reason in left.items():
            log.info(Line("check_left", source=source, reason=reason))
        return [one for one in watched if one.source not in left and known[one.source].checked_at == one.seen]

    async def _hand_on(self, due: Sequence[Due]) -> None:
        """Leave checks to others, in two jobs: what takes long here may take long there."""
        half = len(due) // 2
        await self._queue.add([self._queue.checks_job(some) for some in (due[:half], due[half:]) if some])

    async def _follow(self, source: str, checked: Checked) -> None:
        """Do what the outcome of a check asks for."""
        settings = self._queue.watched(source)
        if self._steps.stopping.is_set() or settings is None:
            return
        again = checked.again
        if not checked.recorded:  # the next tick would find it due again at once
            again = again or utc_now() + interval(settings)
        if again:
            await self._queue.postpone(source, again)
        if checked.news:
            await self._add_deliveries()

    async def _do_again(self, source: str) -> None:
        settings = self._queue.watched(source)
        if settings is None:
            return
        due = await self._in_thread(self._due_again, source, settings)
        if not await self._queue.add_checks([due]):  # its lane is in use
            await self._queue.postpone(source, utc_now() + _SOON)

    def _due_again(self, source: str, settings: SourceSettings) -> Due:
        with self._steps.watch.database.read() as session:
            known = known_source(session, source)
        return due_now(source, settings, Looked(known.checked_at, known.last_swept_at), utc_now())

    async def _do_deliver(self, channel: str) -> None:
        await self._in_thread(self._steps.tried, "deliver", lambda: self._steps.deliver(channel))


def logged_trouble(steps: Steps, trouble: StoreError | None) -> bool:
    """Log trouble with the database or the jobs' tables; return False for a bug, which is neither."""
    if isinstance(trouble, StoreAway):
        steps.outage.met(trouble)
    elif trouble is not None:
        log.error(Line("jobs_failed", reason=trouble))
    return trouble is not None
