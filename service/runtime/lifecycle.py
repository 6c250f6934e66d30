"""One sentence when the database's server goes away, and one when it is back, whichever job meets it."""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NoReturn

from monitor.domain.errors import StoreAway

_LEAST_STEP = 2.0  # seconds; less is a clock that is being corrected, and delays nothing for long
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


def leave() -> NoReturn:
    """End the process though threads of it wait: the interpreter would wait with them."""
    logging.shutdown()
    os._exit(0)
