"""The jobs of a fleet: a tick finds what is due, checks and deliveries do it. Procrastinate carries them.

Nothing that counts stands in a job. What is due follows from our tables at every tick, and whatever is
done twice is harmless there: turns at hosts, one write at a time, leases and identities hold without the
engine. So a job that is lost, repeated or stalled costs seconds, never an alert.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from procrastinate import App
from procrastinate.connector import BaseConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.tasks import Task

from alerts.outbox.leases import channels_due
from monitor.changes.write_behind import Unchanged
from monitor.domain.errors import StoreAway
from monitor.domain.schedule import interval
from monitor.domain.settings import SourceSettings
from monitor.store.sources import Looked, known_source, known_sources, last_looked
from service.runtime.app import utc_now
from service.runtime.due import Due, Words, arranged, due_checks, due_now
from service.runtime.steps import Checked, Steps

log = logging.getLogger("oversight_watch")

CHECKS, ALERTS = "checks", "alerts"  # two queues, so that checks never hold up what is to be told
_LAST = -1  # looked at after all others, so that many that wait for their time hold up nobody
_MOST_RETURNS = 2  # of one check that stands alone: perhaps it is what brings its workers down
_TOGETHER = 5.0  # seconds, a tick; what stands in one job does not wait longer for what stands before it

_SOON = timedelta(seconds=5)
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
        self._checks = self._task(self._do_checks, "checks", CHECKS)
        self._check = self._task(self._do_check, "check", CHECKS)
        self._again = self._task(self._do_again, "again", ALERTS)
        self._deliver = self._task(self._do_deliver, "deliver", ALERTS)
        self._periodic("tick", _EVERY_5_SECONDS, self._tick)
        self._periodic("return_stalled", _EVERY_10_SECONDS, self._return_stalled)
        self._periodic("digests", _EVERY_30_SECONDS, self._stepping("digests", steps.digests))
        self._periodic("reminders", _EVERY_10_MINUTES, self._stepping("reminders", steps.remind))
        self._periodic("prune", _EVERY_HOUR, self._stepping("prune", steps.prune))

    def _task(self, does: Does, name: str, queue: str) -> Task[..., Any, Any]:
        return self.app.task(name=name, queue=queue)(self._outlasting(name, does))

    def _outlasting(self, name: str, does: Does) -> Does:
        """Let a job end where the database is away: that is said once, and what it left is due again.

        A bug is told with its traceback; the engine would say no more than that a job has failed.
        """

        async def _do(**given: Any) -> None:
            try:
                await does(**given)
            except StoreAway as error:
                self._steps.outage.met(error)
            except Exception:
                log.exception("job_crashed job=%s", name)
                raise

        return _do

    def _periodic(self, name: str, cron: str, does: Does) -> None:
        # No lock: a tick whose worker died must not hold up the next one. A second one at once is harmless.
        task = self.app.task(name=name, queue=ALERTS, queueing_lock=name)(self._outlasting(name, does))
        self.app.periodic(cron=cron)(task)

    def _stepping(self, name: str, step: Callable[[], None]) -> Does:
        async def _step(timestamp: int) -> None:  # noqa: ARG001 - a late one does what is due now
            await self._in_thread(self._steps.tried, name, step)

        return _step

    async def _in_thread(self, does: Callable[..., Given], *given: Any) -> Given:
        return await asyncio.get_running_loop().run_in_executor(self._pool, does, *given)

    # What is due

    async def _tick(self, timestamp: int) -> None:  # noqa: ARG002 - a late one looks at what is due now
        due = await self._in_thread(self._due_checks)
        aside = await self._aside() if due else set()
        await self._defer_checks([one for one in due if one.source not in aside])
        await self._defer_deliveries()

    def _due_checks(self) -> list[Due]:
        watch = self._steps.watch
        with watch.database.read() as session:
            return due_checks(watch.settings, last_looked(session), utc_now())

    def _channels_due(self) -> list[str]:
        with self._steps.watch.database.read() as session:
            return channels_due(session, utc_now())

    async def _defer_checks(self, due: Sequence[Due]) -> bool:
        """Put checks into the queue as far as there is room; say whether all of them stand in it now."""
        waiting = await self._waiting_checks() if due else []
        jobs = arranged(due, waiting)
        await self._put([self._checks_job(job) for job in jobs])
        return {one.source for one in due} <= {one.source for job in (*jobs, waiting) for one in job}

    async def _waiting_checks(self) -> list[Due]:
        return [one for job in await self._waiting(CHECKS) for one in _checks_of(job)]

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

    def _checks_job(self, due: Sequence[Due]) -> Job:
        """Give a job of some checks. Those of one lane hold it; others stand in no second job at once."""
        lanes = {one.lane for one in due}
        lock = lanes.pop() if len(lanes) == 1 else None
        given = {"checks": [one.words for one in due]}
        return self._checks.configure(lock=lock, queueing_lock=lock, task_kwargs=given).job  # type: ignore[arg-type]

    def _check_job(self, due: Due) -> Job:
        asked = {"lock": due.lane, "queueing_lock": f"check {due.source}"}
        return self._check.configure(**asked, task_kwargs={"check": due.words}).job  # type: ignore[arg-type]

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

    async def _do_check(self, check: Words) -> None:
        await self._do_checks([check])

    async def _do_checks(self, checks: Sequence[Words]) -> None:
        """Do some checks in turn; what is unchanged is written together, at the end or after some seconds."""
        clock, unchanged = asyncio.get_running_loop().time, Unchanged()
        due = await self._in_thread(self._still_due, [Due.of(words) for words in checks], unchanged)
        handed_on_at = written_at = clock() + _TOGETHER
        while due and not self._steps.stopping.is_set():
            one, *due = due
            checking = asyncio.ensure_future(self._in_thread(self._steps.check, one.source, unchanged))
            # What shares a lane waits for its turn in any job.
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
        """Give those of some checks that are to be done here, and note what is known of their sources."""
        watched = [one for one in due if self._watched(one.source)]
        for one in due:
            if one not in watched:
                log.info("check_left source=%s reason=not in this worker's watch file, or paused", one.source)
        with self._steps.watch.database.read() as session:
            known = known_sources(session, [one.source for one in watched])
        self._steps.outage.over()
        unchanged.remember(known)
        return [one for one in watched if known[one.source].checked_at == one.seen]

    async def _hand_on(self, due: Sequence[Due]) -> None:
        """Let others do some checks, in two jobs: what lasts here may last there."""
        half = len(due) // 2
        await self._put([self._checks_job(some) for some in (due[:half], due[half:]) if some])

    async def _follow(self, source: str, checked: Checked) -> None:
        """Do what a check makes necessary."""
        settings = self._watched(source)
        if self._steps.stopping.is_set() or settings is None:
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
        if settings is None:
            return
        due = await self._in_thread(self._due_again, source, settings)
        if not await self._defer_checks([due]):  # its lane is in use
            await self._set_aside(source, utc_now() + _SOON)

    def _due_again(self, source: str, settings: SourceSettings) -> Due:
        with self._steps.watch.database.read() as session:
            known = known_source(session, source)
        return due_now(source, settings, Looked(known.checked_at, known.last_swept_at), utc_now())

    async def _do_deliver(self, channel: str) -> None:
        await self._in_thread(self._steps.tried, "deliver", lambda: self._steps.deliver(channel))

    # What workers that died had in hand

    async def _return_stalled(self, timestamp: int) -> None:  # noqa: ARG002 - what is stalled now counts
        for job in await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self.stalled_after):
            try:
                if job.task_name == "checks":
                    await self._take_apart(job)
                elif job.task_name == "check" and job.attempts >= _MOST_RETURNS:
                    await self._give_up(job)
                else:
                    await self._return(job)
            except ConnectorException as error:
                # It has ended, or another worker has returned it meanwhile.
                log.info("job_not_returned job=%s reason=%s", job.call_string, error.__cause__ or error)

    async def _take_apart(self, job: Job) -> None:
        """Let each check of a job stand alone: perhaps one of them has brought its worker down."""
        due = _checks_of(job)
        await self._put([self._check_job(one) for one in due])
        await self.app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        sources = ",".join(one.source for one in due)
        log.warning("job_returned checks=%s their worker is gone or stands still", sources)

    async def _return(self, job: Job) -> None:
        try:
            await self.app.job_manager.retry_job(job, retry_at=_AT_ONCE)
        except UniqueViolation:  # the next one of its kind waits already, and waits for this one
            await self.app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        log.warning("job_returned job=%s its worker is gone or stands still", job.call_string)

    async def _give_up(self, job: Job) -> None:
        """Leave a check alone for its interval: one that brings its workers down must not stop the others."""
        (one,) = _checks_of(job)
        if settings := self._watched(one.source):
            await self._set_aside(one.source, utc_now() + interval(settings))
        await self.app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        died = job.attempts + 2  # once before it stood alone
        log.error("check_given_up source=%s its workers died %d times in it", one.source, died)


def _checks_of(job: Job) -> list[Due]:
    """Give the checks of a job; none where another version of this program has put it."""
    given: Any = job.task_kwargs
    if job.task_name == "check":
        return [Due.of(given["check"])]
    return [Due.of(words) for words in given["checks"]] if job.task_name == "checks" else []
