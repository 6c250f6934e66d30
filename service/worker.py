"""One worker of a fleet: takes jobs from the shared PostgreSQL until a signal asks it to stop.

A stop lets messages in hand go out; checks that wait for a host are left and taken up by the next tick. A
database that goes away is waited for.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from monitor.errors import StoreAway
from service.job_tables import connector, make_job_tables
from service.jobs import ALERTS, CHECKS, Jobs
from service.settings import WatchFile
from service.steps import Steps, log

_CONNECTIONS = 6  # for the jobs themselves; each is asked for briefly
_ROOM = 8  # for ticks, digests and the like beside one delivery a channel
_RELOAD_SECONDS = 2
_DATABASE_SECONDS = 2  # between two tries to reach a database that is away
_PATIENCE = 5.0  # seconds; what is recording needs less
MESSAGE_SECONDS = 120.0  # no send lasts longer
_SIGNS_OF_LIFE = 3  # a worker gives in the time after which it counts as gone


def work(
    settings: WatchFile, reload: Callable[[], WatchFile], at_once: int, stalled_after: float = 30.0
) -> None:
    """Work until SIGTERM or SIGINT, on at most so many checks at once.

    After so many seconds without a sign of life other workers take this one's jobs, and this one theirs.
    """
    steps = Steps(settings, reload)
    make_job_tables(settings.database)  # where it may not be done, nobody need wait to be told
    alerts = len(settings.channels) + _ROOM
    pool = ThreadPoolExecutor(at_once + alerts)
    jobs = Jobs(steps, connector(settings.database, _CONNECTIONS), pool, stalled_after)
    asyncio.run(_work(jobs, steps, {CHECKS: at_once, ALERTS: alerts}))
    if _has_ended(pool):
        steps.watch.close()
        log.info("stopped")
    else:
        # The interpreter would wait for its threads, and nothing can tell one that waits for an answer.
        log.info("stopped leaving=requests_without_an_answer")
        logging.shutdown()
        os._exit(0)


async def _work(jobs: Jobs, steps: Steps, at_once: dict[str, int]) -> None:
    asked_to_stop = asyncio.Event()

    def _stop(number: signal.Signals) -> None:
        log.info("stopping signal=%s", number.name)
        asked_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, number)
    steps.start()
    reloading = asyncio.create_task(reload_changes(steps, _RELOAD_SECONDS))
    stopping = asyncio.create_task(asked_to_stop.wait())
    while not asked_to_stop.is_set():
        try:
            # Both anew each time: tables may have been thrown away meanwhile, and a pool that met a server
            # away tries again ever more rarely.
            await asyncio.to_thread(make_job_tables, steps.watch.settings.database)
            async with jobs.app.open_async():
                await _take_until(stopping, jobs, steps, at_once)
        except Exception as error:
            steps.outage.met(StoreAway(" ".join(str(error.__cause__ or error).split())))
        await asyncio.wait([stopping], timeout=_DATABASE_SECONDS)
    steps.stop()  # also where the stop came while the database was away
    reloading.cancel()


async def _take_until(
    stopping: asyncio.Task[bool], jobs: Jobs, steps: Steps, at_once: dict[str, int]
) -> None:
    """Do the jobs of all queues until asked to stop, or until the database is lost to one of them."""
    steps.outage.over()
    takers = [asyncio.create_task(_take(jobs, queue, most)) for queue, most in at_once.items()]
    await asyncio.wait([stopping, *takers], return_when=asyncio.FIRST_COMPLETED)
    if stopping.done():
        steps.stop()
    for taker in takers:
        taker.cancel()
    for ended in await asyncio.gather(*takers, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


async def _take(jobs: Jobs, queue: str, at_once: int) -> None:
    """Do the jobs of one queue, so many at once; cancelled, end what is in hand."""
    await jobs.app.run_worker_async(
        queues=[queue],
        name=f"{queue}@{os.uname().nodename}:{os.getpid()}",
        concurrency=at_once,
        # A check that has not ended by then waits for a site; a message in hand is sent to its end.
        shutdown_graceful_timeout=_PATIENCE if queue == CHECKS else MESSAGE_SECONDS,
        delete_jobs="always",
        install_signal_handlers=False,
        update_heartbeat_interval=jobs.stalled_after / _SIGNS_OF_LIFE,
        stalled_worker_timeout=jobs.stalled_after,
    )


async def reload_changes(steps: Steps, seconds: float) -> None:
    """Look for a changed watch file so often, until cancelled; trouble with one look does not end it."""
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(steps.tried, "reload", steps.reload_if_changed)


def _has_ended(pool: ThreadPoolExecutor) -> bool:
    ending = threading.Thread(target=pool.shutdown, daemon=True)
    ending.start()
    ending.join(_PATIENCE)
    return not ending.is_alive()
