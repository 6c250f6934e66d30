"""What happens to the jobs of workers that died or hang: others take them over, except a check that kills."""

from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from monitor.domain.log import Line
from monitor.domain.schedule import interval
from service.runtime.app import utc_now
from service.runtime.fleet.queue import AT_ONCE, JobQueue, checks_of, log

_MOST_RETURNS = 2  # of one check alone in its job: it may be what kills its workers


class StalledJobs:
    """The jobs of workers without a heartbeat for `after` seconds."""

    def __init__(self, jobs: JobManager, queue: JobQueue, after: float) -> None:
        self._jobs = jobs
        self._queue = queue
        self._after = after

    async def take_over(self, timestamp: int) -> None:  # noqa: ARG002 - what is stalled now counts
        """Let other workers do the stalled jobs."""
        for job in await self._jobs.get_stalled_jobs(seconds_since_heartbeat=self._after):
            try:
                if job.task_name == "checks":
                    await self._take_apart(job)
                elif job.task_name == "check" and job.attempts >= _MOST_RETURNS:
                    await self._give_up(job)
                else:
                    await self._return(job)
            except ConnectorException as error:
                # It has ended, or another worker has returned it meanwhile.
                log.info(Line("job_not_returned", job=job.call_string, reason=error.__cause__ or error))

    async def _take_apart(self, job: Job) -> None:
        """Return each check of a job a job of its own: one of them may have killed the worker."""
        due = checks_of(job)
        await self._queue.add([self._queue.check_job(one) for one in due])
        await self._jobs.finish_job(job, Status.FAILED, delete_job=True)
        sources = ",".join(one.source for one in due)
        log.warning(Line("job_returned", "their worker died or hangs", checks=sources))

    async def _return(self, job: Job) -> None:
        try:
            await self._jobs.retry_job(job, retry_at=AT_ONCE)
        except UniqueViolation:  # the next one of its kind waits already, and waits for this one
            await self._jobs.finish_job(job, Status.FAILED, delete_job=True)
        log.warning(Line("job_returned", "its worker died or hangs", job=job.call_string))

    async def _give_up(self, job: Job) -> None:
        """Postpone a check by its interval: one that kills its workers must not stop the others."""
        (one,) = checks_of(job)
        if settings := self._queue.watched(one.source):
            await self._queue.postpone(one.source, utc_now() + interval(settings))
        await self._jobs.finish_job(job, Status.FAILED, delete_job=True)
        died = job.attempts + 2  # once before it had a job of its own
        log.error(Line("check_given_up", f"{died} workers died during this check", source=one.source))
