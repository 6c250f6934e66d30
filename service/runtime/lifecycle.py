"""How a service ends, and what it notices about its surroundings: outages, the clock, signs of life."""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from sqlmodel import Session

from monitor.domain.errors import StoreAway
from monitor.domain.log import Line
from monitor.fetch.politeness.leases import ALIVE, last_alive, note_alive
from service.database.database import Database

_LEAST_STEP = 2.0  # seconds; less is a clock that is being corrected, and delays nothing for long
_LATE = timedelta(seconds=5)
PATIENCE = 5.0  # seconds; recording a check takes less


class Ending:
    """A pool of threads that accepts no more work."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._waiting = threading.Thread(target=pool.shutdown, daemon=True)
        self._waiting.start()

    def is_over(self) -> bool:
        """Wait up to PATIENCE seconds; return whether all its threads have ended."""
        self._waiting.join(PATIENCE)
        return not self._waiting.is_alive()


log = logging.getLogger("oversight_watch")


class Outage:
    """Logs once that the database server is away, and once that it is back. Thread-safe."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._since: datetime | None = None
        self._over_at: datetime | None = None
        self._lock = threading.Lock()

    def met(self, error: StoreAway) -> None:
        """Log that the server is away, unless that was logged, or it has only just come back.

        Work that had begun before may notice its broken connection a little later than the rest.
        """
        with self._lock:
            now = self._clock()
            if self._since is None and not (self._over_at and now - self._over_at < _LATE):
                self._since = now
                log.error(Line("database_away", reason=error))

    def over(self) -> None:
        """Log that the server is back, if it was away."""
        with self._lock:
            if self._since is not None:
                self._over_at = self._clock()
                away, self._since = self._over_at - self._since, None
                log.info(Line("database_back", after=f"{away.total_seconds():.0f}s"))


class SetBack:
    """Detects that the wall clock was set back, by a monotonic clock. For one thread."""

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


def sign_of_life(database: Database, now: datetime) -> None:
    """Note that a service is running: in a file beside SQLite's, in a row of the hosts on a server."""
    folder = database.turns_folder
    if folder is None:
        with database.note() as session:
            note_alive(session, now)
        return
    with suppress(OSError):  # a full disk; whoever records something says so
        folder.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(folder / ALIVE, os.O_CREAT | os.O_WRONLY, 0o600))
        os.utime(folder / ALIVE)


def last_sign_of_life(session: Session, folder: Path | None) -> datetime | None:
    """Return when a service was last running on this database, as far as it noted that."""
    if folder is None:
        return last_alive(session)
    with suppress(OSError):
        return datetime.fromtimestamp((folder / ALIVE).stat().st_mtime, UTC)
    return None


def leave(code: int = 0) -> NoReturn:
    """End the process without waiting for its threads, as the interpreter would."""
    logging.shutdown()
    os._exit(code)
