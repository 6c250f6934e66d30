"""The queue of a fleet: which jobs wait in it, and how checks, retries and deliveries are added."""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job, Status

from monitor.domain.settings import SourceSettings
from service.runtime.app import utc_now
from service.runtime.due import Due, arranged
from service.runtime.steps import Steps

log = logging.getLogger("oversight_watch")

CHECKS, ALERTS = "checks", "alerts"  # two queues, so that checks never hold up alerts
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)  # for the database's clock, which may differ from ours
_LAST = -1  # priority below all others, so that many jobs that wait for their time hold up nobody


class JobQueue:
    """The jobs in the queue. The tasks that they name must be registered with `app`."""

    def __init__(self, app: App, steps: Steps) -> None:
        self._app = app
        self._steps = steps

    async def add(self, jobs: Sequence[Job]) -> None:
        """Add jobs to the queue, except those of which one waits there already."""
        add = self._app.job_manager.batch_defer_jobs_async
        try:
            if jobs:
                await add(list(jobs))
        except AlreadyEnqueued:  # then none of them was added
            for job in jobs:
                with suppress(AlreadyEnqueued):
                    await add([job])

    async def add_checks(self, due: Sequence[Due]) -> bool:
        """Add checks as far as there is room; return whether all of them are in the queue now."""
        waiting = await self._waiting_checks() if due else []
        jobs = arranged(due, waiting)
        await self.add([self.checks_job(job) for job in jobs])
        return {one.source for one in due} <= {one.source for job in (*jobs, waiting) for one in job}

    async def add_deliveries(self, channels: Iterable[str]) -> None:
        """Add a delivery for each of these channels."""
        deliver = self._app.tasks["deliver"]
        locks = {name: f"channel {name}" for name in channels}
        await self.add(
            [
                deliver.configure(lock=lock, queueing_lock=lock, task_kwargs={"channel": name}).job
                for name, lock in locks.items()
            ]
        )

    async def postpone(self, source: str, until: datetime) -> None:
        """Check a source again at a time, and not before."""
        again = self._app.tasks["again"].configure(
            queueing_lock=f"again {source}",
            schedule_at=until,
            priority=_LAST,
            task_kwargs={"source": source},
        )
        await self.add([again.job])

    async def postponed(self) -> set[str]:
        """Return the sources that must not be checked yet."""
        jobs = await self._waiting(ALERTS, "again")
        return {
            str(job.task_kwargs["source"])
            for job in jobs
            if job.scheduled_at and job.scheduled_at > utc_now()
        }

    def checks_job(self, due: Sequence[Due]) -> Job:
        """Return a job of several checks. Checks of a single lane lock it; others are in no second job."""
        lanes = {one.lane for one in due}
        lock = lanes.pop() if len(lanes) == 1 else None
        checks = self._app.tasks["checks"]
        given: dict[str, Any] = {"checks": [one.words for one in due]}
        return checks.configure(lock=lock, queueing_lock=lock, task_kwargs=given).job

    def check_job(self, due: Due) -> Job:
        """Return a job of a single check."""
        check = self._app.tasks["check"]
        given: dict[str, Any] = {"check": due.words}
        return check.configure(lock=due.lane, queueing_lock=f"check {due.source}", task_kwargs=given).job

    def watched(self, source: str) -> SourceSettings | None:
        """Return a source's settings; None if it is paused or not in the watch file as it is now."""
        settings = self._steps.watch.settings.sources.get(source)
        return None if settings is None or not settings.is_scheduled else settings

    async def _waiting_checks(self) -> list[Due]:
        return [one for job in await self._waiting(CHECKS) for one in checks_of(job)]

    async def _waiting(self, queue: str, task: str | None = None) -> list[Job]:
        found: list[Job] = []
        for status in (Status.TODO, Status.DOING):
            found += await self._app.job_manager.list_jobs_async(queue=queue, task=task, status=status.value)
        return found


def checks_of(job: Job) -> list[Due]:
    """Return the checks of a job; an empty list if another version of this program added it."""
    given: Any = job.task_kwargs
    if job.task_name == "check":
        return [Due.of(given["check"])]
    return [Due.of(words) for words in given["checks"]] if job.task_name == "checks" else []
