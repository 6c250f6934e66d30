"""One sentence when the database's server goes away, and one when it is back, whichever job meets it."""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from monitor.domain.errors import StoreAway

_LEAST_STEP = 2.0  # seconds; less is a clock that is being corrected, and delays nothing for long
_ALIVE = ".alive"  # no host is called so
PATIENCE = 5.0  # seconds; what is recording needs less


class Ending:
    """A pool of threads that takes nothing more from now on."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._waiting = threading.Thread(target=pool.shutdown, daemon=True)
        self._waiting.start()

    def is_over(self) -> bool:
        """Wait for a moment and say whether all its threads have ended."""
        self._waiting.join(PATIENCE)
        return not self._waiting.is_alive()


log = logging.getLogger("oversight_watch")


class Outage:
    """Whether the server is away, as the jobs of a service find it. Threads may share it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._since: datetime | None = None
        self._lock = threading.Lock()

    def met(self, error: StoreAway) -> None:
        """Say that the server is away, unless that was said."""
        with self._lock:
            if self._since is None:
                self._since = self._clock()
                log.error("database_away reason=%s", error)

    def over(self) -> None:
        """Say that the server is back, where it was away."""
        with self._lock:
            if self._since is not None:
                away, self._since = self._clock() - self._since, None
                log.info("database_back after=%.0fs", away.total_seconds())


class SetBack:
    """Notices that the clock was set back: the wall clock against one that nobody sets. For one thread."""

    def __init__(self, clock: Callable[[], datetime], steady: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steady = steady
        self._began = self._offset()

    def seconds(self) -> float:
        """Return by how much the clock was set back since the last call; 0.0 if it was not."""
        before, self._began = self._began, self._offset()
        return back if (back := before - self._began) > _LEAST_STEP else 0.0

    def _offset(self) -> float:
        return self._clock().timestamp() - self._steady()


def sign_of_life(folder: Path | None) -> None:
    """Note beside the database that a service is running; a server's database has no such folder."""
    if folder is not None:
        with suppress(OSError):  # a full disk; whoever records something says so
            folder.mkdir(mode=0o700, exist_ok=True)
            os.close(os.open(folder / _ALIVE, os.O_CREAT | os.O_WRONLY, 0o600))
            os.utime(folder / _ALIVE)


def last_sign_of_life(folder: Path | None) -> datetime | None:
    """Return when a service was last running on this database, as far as it noted that."""
    with suppress(OSError):
        return datetime.fromtimestamp((folder / _ALIVE).stat().st_mtime, UTC) if folder else None
    return None


def leave() -> NoReturn:
    """End the process though threads of it wait: the interpreter would wait with them."""
    logging.shutdown()
    os._exit(0)
