"""Recording that a job has ended, also where the connection breaks at that very moment.

The engine tries it once. The job would then count as running for as long as its worker lives, and its source
would not be checked any more.
"""

import asyncio
from collections.abc import Callable

from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

_FOR_SECONDS = 20.0  # a longer outage ends the worker's loops, and others return its jobs
_AGAIN_SECONDS = 1.0


class LastingManager(JobManager):
    """The engine's jobs; `is_away` says whether an error is an outage, after which another try may help."""

    def __init__(self, connector: BaseConnector, is_away: Callable[[Exception], bool]) -> None:
        super().__init__(connector)
        self._is_away = is_away

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Set a job to its final state."""
        clock = asyncio.get_running_loop().time
        until = clock() + _FOR_SECONDS
        while True:
            try:
                return await super().finish_job(job, status, delete_job)
            except ConnectorException as error:
                if not self._is_away(error) or clock() >= until:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)
