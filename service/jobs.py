"""The jobs of a fleet: a tick finds what is due, checks and deliveries do it. Procrastinate carries them.

Nothing that counts stands in a job. What is due follows from our tables at every tick, and whatever is
done twice is harmless there: turns at hosts, one write at a time, leases and identities hold without the
engine. So a job that is lost, repeated or stalled costs seconds, never an alert.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from procrastinate import App
from procrastinate.connector import BaseConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.tasks import Task

from alerts.deliver import channels_due
from monitor.queries import Looked, last_looked
from monitor.schedule import interval
from monitor.settings import SourceSettings
from service.due import Due, due_checks, lane
from service.steps import Steps
from service.watch import utc_now

log = logging.getLogger("oversight_watch")

CHECKS, ALERTS = "checks", "alerts"  # two queues, so that checks never hold up what is to be told
# Waiting checks. What is due beyond them stays due, and the longest waiting is taken first.
_MOST_IN_LANE = 10
_MOST_WAITING = 2_000
_LAST = -1  # looked at after all others, so that many that wait for their time hold up nobody
_MOST_RETURNS = 3  # of one check: perhaps it is what brings its workers down

_AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)  # for the database's clock, which need not be ours

_EVERY_5_SECONDS = "* * * * * */5"
_EVERY_10_SECONDS = "* * * * * */10"
_EVERY_30_SECONDS = "* * * * * */30"
_EVERY_10_MINUTES = "*/10 * * * *"
_EVERY_HOUR = "23 * * * *"

Given = TypeVar("Given")
Does = Callable[..., Awaitable[None]]


class Jobs:
    """The jobs as this process does them: `app` is the engine, `pool` where work happens that waits.

    A worker that gave no sign of life for `stalled_after` seconds counts as gone; its jobs go to others.
    """

    def __init__(
        self, steps: Steps, connector: BaseConnector, pool: ThreadPoolExecutor, stalled_after: float
    ) -> None:
        self.stalled_after = stalled_after
        self.app = App(connector=connector)
        self._steps = steps
        self._pool = pool
        self._check = self._task(self._do_check, "check", CHECKS)
        self._again = self._task(self._do_again, "again", ALERTS)
        self._deliver = self._task(self._do_deliver, "deliver", ALERTS)
        self._periodic("tick", _EVERY_5_SECONDS, self._tick)
        self._periodic("return_stalled", _EVERY_10_SECONDS, self._return_stalled)
        self._periodic("digests", _EVERY_30_SECONDS, self._stepping("digests", steps.digests))
        self._periodic("reminders", _EVERY_10_MINUTES, self._stepping("reminders", steps.remind))
        self._periodic("prune", _EVERY_HOUR, self._stepping("prune", steps.prune))

    def _task(self, does: Does, name: str, queue: str) -> Task[..., Any, Any]:
        return self.app.task(name=name, queue=queue)(does)

    def _periodic(self, name: str, cron: str, does: Does) -> None:
        # No lock: a tick whose worker died must not hold up the next one. A second one at once is harmless.
        task = self.app.task(name=name, queue=ALERTS, queueing_lock=name)(does)
        self.app.periodic(cron=cron)(task)

    def _stepping(self, name: str, step: Callable[[], None]) -> Does:
        async def _step(timestamp: int) -> None:  # noqa: ARG001 - a late one does what is due now
            await self._in_thread(self._steps.tried, name, step)

        return _step

    async def _in_thread(self, does: Callable[..., Given], *given: Any) -> Given:
        return await asyncio.get_running_loop().run_in_executor(self._pool, does, *given)

    # What is due

    async def _tick(self, timestamp: int) -> None:  # noqa: ARG002 - a late one looks at what is due now
        await self._defer_checks(await self._in_thread(self._due_checks))
        await self._defer_deliveries()

    def _due_checks(self) -> list[Due]:
        watch = self._steps.watch
        with watch.database.read() as session:
            return due_checks(watch.settings, last_looked(session), utc_now())

    def _channels_due(self) -> list[str]:
        with self._steps.watch.database.read() as session:
            return channels_due(session, utc_now())

    async def _defer_checks(self, due: Sequence[Due]) -> None:
        """Put checks into the queue that are neither in it nor set aside, as far as there is room."""
        waiting = await self._waiting(CHECKS) if due else []
        known = {job.task_kwargs["source"] for job in waiting} | (await self._aside() if due else set())
        in_lane = Counter(job.lock for job in waiting)
        jobs: list[Job] = []
        for one in due:
            if one.source not in known and in_lane[one.lane] < _MOST_IN_LANE:
                in_lane[one.lane] += 1
                jobs.append(self._check_job(one))
        await self._put(jobs[: max(_MOST_WAITING - len(waiting), 0)])

    async def _aside(self) -> set[str]:
        """Give the sources that are to be left alone for now."""
        jobs = await self._waiting(ALERTS, "again")
        return {
            str(job.task_kwargs["source"])
            for job in jobs
            if job.scheduled_at and job.scheduled_at > utc_now()
        }

    async def _waiting(self, queue: str, task: str | None = None) -> list[Job]:
        found: list[Job] = []
        for status in (Status.TODO, Status.DOING):
            found += await self.app.job_manager.list_jobs_async(queue=queue, task=task, status=status.value)
        return found

    def _check_job(self, due: Due) -> Job:
        asked = {"lock": due.lane, "queueing_lock": f"check {due.source}"}
        return self._check.configure(**asked, task_kwargs={"source": due.source}).job  # type: ignore[arg-type]

    async def _put(self, jobs: Sequence[Job]) -> None:
        """Put jobs into the queue, but those of which one waits there already."""
        put = self.app.job_manager.batch_defer_jobs_async
        try:
            if jobs:
                await put(list(jobs))
        except AlreadyEnqueued:  # none is in it then
            for job in jobs:
                with suppress(AlreadyEnqueued):
                    await put([job])

    async def _defer_deliveries(self) -> None:
        channels = await self._in_thread(self._channels_due)
        await self._put(
            [
                self._deliver.configure(
                    lock=f"channel {name}", queueing_lock=f"channel {name}", task_kwargs={"channel": name}
                ).job
                for name in channels
            ]
        )

    # Doing it

    async def _do_check(self, source: str) -> None:
        settings = self._watched(source)
        if settings is None:
            log.info("check_left source=%s reason=not in this worker's watch file, or paused there", source)
            return
        checked = await self._in_thread(self._steps.check, source)
        if self._steps.stopping.is_set():
            return
        again = checked.again
        if not checked.recorded:  # the next tick would find it due again at once
            again = again or utc_now() + interval(settings)
        if again:
            await self._set_aside(source, again)
        if checked.news:
            await self._defer_deliveries()

    async def _set_aside(self, source: str, until: datetime) -> None:
        """Check a source again at a time, and not before."""
        asked = {"queueing_lock": f"again {source}", "schedule_at": until, "priority": _LAST}
        await self._put([self._again.configure(**asked, task_kwargs={"source": source}).job])  # type: ignore[arg-type]

    def _watched(self, source: str) -> SourceSettings | None:
        """Give a source's settings, unless the watch file as it is now does not want it checked."""
        settings = self._steps.watch.settings.sources.get(source)
        return None if settings is None or settings.paused else settings

    async def _do_again(self, source: str) -> None:
        settings = self._watched(source)
        if settings is not None:
            due = Due(source, lane(source, settings, Looked(None, None), utc_now()))
            await self._put([self._check_job(due)])

    async def _do_deliver(self, channel: str) -> None:
        await self._in_thread(self._steps.tried, "deliver", lambda: self._steps.deliver(channel))

    # What workers that died had in hand

    async def _return_stalled(self, timestamp: int) -> None:  # noqa: ARG002 - what is stalled now counts
        for job in await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self.stalled_after):
            try:
                if job.task_name == "check" and job.attempts >= _MOST_RETURNS:
                    await self._give_up(job)
                else:
                    await self._return(job)
            except ConnectorException as error:
                # It has ended, or another worker has returned it meanwhile.
                log.info("job_not_returned job=%s reason=%s", job.call_string, error.__cause__ or error)

    async def _return(self, job: Job) -> None:
        try:
            await self.app.job_manager.retry_job(job, retry_at=_AT_ONCE)
        except UniqueViolation:  # the next one of its kind waits already, and waits for this one
            await self.app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        log.warning("job_returned job=%s its worker is gone or stands still", job.call_string)

    async def _give_up(self, job: Job) -> None:
        """Leave a check alone for its interval: one that brings its workers down must not stop the others."""
        source = str(job.task_kwargs["source"])
        if settings := self._watched(source):
            await self._set_aside(source, utc_now() + interval(settings))
        await self.app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        log.error("check_given_up source=%s its workers died %d times in it", source, job.attempts + 1)
