"""One turn at a host for all processes on one machine: a lock on a file with the time when it is free.

The operating system releases the lock of a process that dies, and a turn writes only the time of a
file, where a database would need two commits. A waiting process holds the lock through the pause, ahead of
the one that has just sent a request. Requests are counted here and written together.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from sqlmodel import Session

from monitor.domain.errors import StoreError
from monitor.fetch.politeness.leases import (
    FURTHEST_FREE,
    POLL,
    Transaction,
    add_requests,
    day_of,
    keep_away,
    requests_of,
    require_budget,
    require_welcome,
)


@dataclass(slots=True)
class _Count:
    """A host's requests of one UTC day: those the database holds, and those not written yet."""

    day: str
    written: int
    more: int = 0


class FileTurns:
    """The turns at hosts, kept in a folder of small files; the requests of the day are in the database.

    It takes turns with everything that uses the same folder. Threads may share it, each for another host.
    """

    def __init__(
        self,
        folder: Path,
        read: Transaction,
        write: Transaction,
        clock: Callable[[], datetime],
        limits: Mapping[str, int],
    ) -> None:
        self._folder = folder
        self._read = read
        self._write = write
        self.clock = clock
        self.limits = limits
        self._held: dict[str, int] = {}  # host -> the descriptor that holds its lock
        self._counts: dict[str, _Count] = {}
        self._lock = threading.Lock()

    @property
    def asked(self) -> bool:
        """Return whether any host has received a request, so that there are counts to write."""
        return bool(self._counts)

    def take(self, host: str, seconds: float) -> float:
        """Return 0 once the host is taken, or the seconds to wait before the next try.

        During the pause after a request the next turn is claimed: the lock is held, and the wait is the rest
        of the pause. Raises HostWaits where the host must be left alone for longer. A folder that cannot be
        used does not stop a request: recording reports what is wrong with it.
        """
        del seconds  # a lock needs no time limit
        now = self.clock()
        with self._lock:
            claimed = self._held.pop(host, None)
        count = self._count(host, day_of(now))
        try:
            descriptor = self._opened(host) if claimed is None else claimed
        except OSError:
            count.more += 1
            return 0.0
        try:
            require_budget(host, count.written + count.more, self.limits, now)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            pause = self._pause(host, descriptor, now)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                return POLL
            raise
        with self._lock:
            self._held[host] = descriptor
            count.more += pause <= 0
        return max(pause, 0.0)

    def give_back(self, host: str, delay: float, *, more: int = 0, away: float | None = None) -> None:
        """Release a host: no request goes to it for `delay` seconds, or for `away` where it asked for that.

        `more` counts the requests made in addition to the one the turn was taken for.
        """
        now = self.clock()
        with self._lock:
            descriptor = self._held.pop(host, None)
            self._counts[host].more += more
        if descriptor is None:
            return
        if away:
            until = now + timedelta(seconds=away)
            with suppress(OSError):  # a full disk
                os.pwrite(descriptor, until.astimezone(UTC).isoformat().encode(), 0)
            with suppress(StoreError), self._write() as session:
                keep_away(session, host, until, day_of(now))
        free = int((now.timestamp() + delay) * 1e9)
        with suppress(OSError):  # another user's file
            os.utime(descriptor, ns=(free, free))
        os.close(descriptor)

    def write_counts(self, session: Session) -> None:
        """Write the requests that the database does not hold yet, and read those of other processes."""
        with self._lock:
            for host, count in self._counts.items():
                if count.more:
                    add_requests(session, host, count.day, count.more)
                    count.more = 0
            stored = requests_of(session, list(self._counts))
            for host, count in self._counts.items():
                count.written = stored.get((host, count.day), count.written)

    def _count(self, host: str, day: str) -> _Count:
        with self._lock:
            count = self._counts.get(host)
        if count is None or count.day != day:
            with suppress(StoreError), self._write() as session:
                # Requests of yesterday that are not written yet belong to yesterday.
                self.write_counts(session)
                count = _Count(day, requests_of(session, [host]).get((host, day), 0))
            count = count if count and count.day == day else _Count(day, 0)
            with self._lock:
                self._counts[host] = count
        return count

    def _opened(self, host: str) -> int:
        path = self._folder / quote(host, safe="[]:.")
        with suppress(FileNotFoundError):
            return os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileExistsError):  # created by another process a moment ago
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_CREAT | os.O_EXCL, 0o600)
            os.utime(descriptor, (0, 0))  # free from the start, not from its creation on
            return descriptor
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def _pause(self, host: str, descriptor: int, now: datetime) -> float:
        """Return how much longer a host must be left alone. Raises HostWaits where it has asked for more."""
        found = os.fstat(descriptor)
        if found.st_size:
            require_welcome(host, _moment(os.pread(descriptor, 64, 0)), now)
            os.ftruncate(descriptor, 0)
        left = found.st_mtime_ns / 1e9 - now.timestamp()
        return left if left <= FURTHEST_FREE.total_seconds() else 0.0


def _moment(written: bytes) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(written.decode("ascii", "replace"))
    return None
