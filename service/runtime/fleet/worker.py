"""One worker of a fleet: takes jobs from the shared PostgreSQL until a signal asks it to stop.

On a stop, messages being sent are finished; checks that wait for a host are due again at the next tick.
The worker waits for a database that goes away.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from monitor.domain.errors import StoreError
from monitor.domain.log import Line
from service.database.postgres import CONNECT_SECONDS
from service.runtime.app import utc_now
from service.runtime.fleet.jobs import Jobs, logged_trouble
from service.runtime.fleet.queue import ALERTS, CHECKS
from service.runtime.fleet.tables import connector, make_job_tables, trouble_of
from service.runtime.heartbeat import BEAT_SECONDS
from service.runtime.lifecycle import PATIENCE, Ending, SetBack, leave
from service.runtime.steps import Steps, log
from service.watchfile.settings import WatchFile

_CONNECTIONS = 6  # for the jobs themselves; each is asked for briefly
_ROOM = 8  # for ticks, digests and the like beside one delivery a channel
_RELOAD_SECONDS = 2
_CLOCK_SECONDS = 1
_DATABASE_SECONDS = 2  # between two tries to reach a database that is away
_MESSAGE_SECONDS = 120.0  # no send lasts longer
# At most from a signal to the end: a message in hand, its job's end and the worker's own, what waits for a
# site. Whoever starts workers gives them as much.
STOP_SECONDS = _MESSAGE_SECONDS + 2 * CONNECT_SECONDS + PATIENCE
_SIGNS_OF_LIFE = 3  # heartbeats in the time after which a worker counts as dead


def work(
    settings: WatchFile,
    reload: Callable[[], WatchFile],
    at_once: int,
    stalled_after: float = 30.0,
    alive_file: Path | None = None,
) -> None:
    """Work until SIGTERM or SIGINT, on at most `at_once` checks at a time.

    After `stalled_after` seconds without a heartbeat a worker's jobs go to other workers. `alive_file` is
    touched every minute while it works.
    """
    steps = Steps(settings, reload, alive_file=alive_file)
    make_job_tables(settings.database)  # first, so that missing rights are reported at once
    alerts = len(settings.channels) + _ROOM
    pool = ThreadPoolExecutor(at_once + alerts)
    jobs = Jobs(steps, connector(settings.database, _CONNECTIONS), pool, stalled_after)
    asyncio.run(_work(jobs, steps, {CHECKS: at_once, ALERTS: alerts}))
    if Ending(pool).is_over():
        steps.watch.close()
        log.info(Line("stopped"))
    else:
        log.info(Line("stopped", leaving="requests_without_an_answer"))
        leave()


async def _work(jobs: Jobs, steps: Steps, at_once: dict[str, int]) -> None:
    asked_to_stop = asyncio.Event()

    def _stop(number: signal.Signals) -> None:
        log.info(Line("stopping", signal=number.name))
        asked_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, number)
    steps.start()
    reloading = asyncio.create_task(reload_changes(steps, _RELOAD_SECONDS))
    beating = asyncio.create_task(beat(steps, BEAT_SECONDS))
    stopping = asyncio.create_task(asked_to_stop.wait())
    while not asked_to_stop.is_set():
        try:
            # Both again each time: tables may have been dropped meanwhile, and a pool that found its server
            # away retries less and less often.
            await asyncio.to_thread(make_job_tables, steps.watch.settings.database)
            async with jobs.app.open_async():
                await _take_until(stopping, jobs, steps, at_once)
        except Exception as error:
            _tell(steps, error)
        await asyncio.wait([stopping], timeout=_DATABASE_SECONDS)
    steps.stop()  # also where the stop came while the database was away
    reloading.cancel()
    beating.cancel()


def _tell(steps: Steps, error: BaseException) -> None:
    """Log what ended the worker's loops, which start again: an outage, the jobs' tables, or a bug."""
    trouble = error if isinstance(error, StoreError) else trouble_of(error, steps.watch.settings.database)
    if not logged_trouble(steps, trouble):
        log.error(Line("worker_crashed"), exc_info=error)


async def _take_until(
    stopping: asyncio.Task[bool], jobs: Jobs, steps: Steps, at_once: dict[str, int]
) -> None:
    """Do the jobs of all queues until asked to stop, the database is lost, or the clock is set back."""
    steps.outage.over()
    takers = [asyncio.create_task(_take(jobs, queue, most)) for queue, most in at_once.items()]
    set_back = asyncio.create_task(_until_set_back())
    await asyncio.wait([stopping, set_back, *takers], return_when=asyncio.FIRST_COMPLETED)
    set_back.cancel()
    if stopping.done():
        steps.stop()
    # Logged at once, for the others may take long to end. A queue's loop may also end without an error.
    lost = [error for taker in takers if taker.done() and (error := taker.exception())]
    for error in lost:
        _tell(steps, error)
    for taker in takers:
        taker.cancel()
    for ended in await asyncio.gather(*takers, return_exceptions=True):
        if isinstance(ended, Exception) and not lost:
            raise ended


async def _until_set_back() -> None:
    """Wait until the clock is set back: the engine's ticks would stay away until it is as late again."""
    clock = SetBack(utc_now)
    while not (back := clock.seconds()):
        await asyncio.sleep(_CLOCK_SECONDS)
    log.warning(Line("clock_set_back", seconds=round(back)))


async def _take(jobs: Jobs, queue: str, at_once: int) -> None:
    """Do the jobs of one queue, `at_once` at a time; when cancelled, finish the running ones."""
    await jobs.app.run_worker_async(
        queues=[queue],
        name=f"{queue}@{os.uname().nodename}:{os.getpid()}",
        concurrency=at_once,
        # A check that has not ended by then waits for a site; a message in hand is sent to its end.
        shutdown_graceful_timeout=PATIENCE if queue == CHECKS else _MESSAGE_SECONDS,
        delete_jobs="always",
        install_signal_handlers=False,
        update_heartbeat_interval=jobs.stalled_after / _SIGNS_OF_LIFE,
        stalled_worker_timeout=jobs.stalled_after,
    )


async def reload_changes(steps: Steps, seconds: float) -> None:
    """Reload a changed watch file every `seconds`, until cancelled; trouble with one look does not end it."""
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(steps.tried, "reload", steps.reload_if_changed)


async def beat(steps: Steps, seconds: float) -> None:
    """Ping the heartbeat every `seconds`, until cancelled; without the job engine, which may be away."""
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(steps.tried, "heartbeat", steps.beat)
