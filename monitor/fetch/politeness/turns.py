"""One request at a time to each host, a pause between two, and the rules of robots.txt."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from protego import Protego

from monitor.domain.errors import FetchError, Refused, Stopping
from monitor.domain.network import retry_after_seconds
from monitor.fetch.client import PageClient, Place, Terms
from monitor.fetch.politeness.leases import Hosts, host_name
from monitor.fetch.politeness.locks import FileTurns
from monitor.fetch.stream import beginning, decoded

_ROBOTS_SECONDS = 24 * 3600.0
_ROBOTS_BYTES = 500_000
_ROBOTS_TIMEOUT = 20.0  # seconds
_SLACK = 60.0  # seconds; a lease outlasts the slowest request
_BUSY = (429, 503)
_BY_HAND = "its feed or CSV export where it has one, or pages saved by hand (fetcher: inbox)"
ELSE_WORKS = f"{_BY_HAND}, or the browser extra"
_LONG_PAUSE = 5.0  # seconds


@dataclass
class _Robots:
    rules: Protego | None
    until: float
    pause: float = 0.0


@dataclass
class _Host:
    lock: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0
    robots: dict[str, _Robots] = field(
        default_factory=dict
    )  # by scheme and host, because rules belong to both


@dataclass(slots=True)
class Turn:
    """One turn at a host. `away` is set to the seconds for which the host asks to be left alone.

    `more` counts the additional requests: robots.txt, and what a browser loads with a page.
    """

    away: float | None = None
    more: int = 0


class Politeness:
    """Remembers, per host, the time of the last request and its robots.txt. One per process.

    With `shared`, all processes on one database take turns. The threads of this process queue here first, so
    that only one of them asks the database.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        shared: Hosts | FileTurns | None = None,
    ) -> None:
        self._monotonic = monotonic
        self._stopping = threading.Event()
        self._sleep = sleep or self._stopping.wait
        self.shared = shared
        self.on_pause: Callable[[str, float], object] = lambda _host, _seconds: None  # before a long one
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Refuse all further turns: every thread that waits for one, or asks for one later, gets Stopping."""
        self._stopping.set()

    @contextmanager
    def turn(
        self,
        client: PageClient,
        url: str,
        delay: float,
        *,
        private: frozenset[Place] = frozenset(),
        timeout: float = _ROBOTS_TIMEOUT,
    ) -> Iterator[Turn]:
        """Wait for the host's turn, hold it for one request, and keep it free for `delay` seconds after.

        Raises Refused where robots.txt excludes us, HostWaits where the host must be left alone, and Stopping
        after `stop`.
        """
        name, turn = host_name(url), Turn()
        with self._lock:
            host = self._hosts.setdefault(name, _Host())
        with host.lock:
            self._wait(host, name)
            self._take(name, _ROBOTS_TIMEOUT + timeout + _SLACK)
            try:
                delay = max(delay, self._robots_delay(client, host, url, private, turn))
                self._wait(host, name)
                yield turn
            except FetchError as error:
                # What one page answers holds for the whole host.
                turn.away = error.retry_after if error.status in _BUSY else None
                raise
            finally:
                if self.shared:
                    self.shared.give_back(name, delay, more=turn.more, away=turn.away)
                # Counted from here, so that the pause is over for all processes when it is over for us.
                host.free_at = self._monotonic() + delay

    def asked_pause(self, url: str) -> float:
        """Return the pause in seconds that the robots.txt read last asks for, 0 where none was read."""
        host = self._hosts.get(host_name(url))
        robots = host.robots.get(_origin(url)) if host else None
        return robots.pause if robots else 0.0

    def _wait(self, host: _Host, name: str) -> None:
        self._pause(host.free_at - self._monotonic(), name)

    def _take(self, name: str, seconds: float) -> None:
        while self.shared and (wait := self.shared.take(name, seconds)) > 0:
            self._pause(wait, name)

    def _pause(self, seconds: float, name: str) -> None:
        if seconds >= _LONG_PAUSE:
            self.on_pause(name, seconds)
        if seconds > 0:
            self._sleep(seconds)
        if self._stopping.is_set():
            raise Stopping

    def _robots_delay(
        self, client: PageClient, host: _Host, url: str, private: frozenset[Place], turn: Turn
    ) -> float:
        """Return the pause in seconds that robots.txt asks for."""
        origin = _origin(url)
        robots = host.robots.get(origin)
        if robots is None or self._monotonic() >= robots.until:
            turn.more += 1
            rules = _robots(client, origin, private, self.shared.clock() if self.shared else None)
            robots = host.robots[origin] = _Robots(rules, self._monotonic() + _ROBOTS_SECONDS)
        if robots.rules is None:
            return 0.0
        agent = client.headers["User-Agent"]
        if not robots.rules.can_fetch(url, agent):
            raise Refused(
                f"robots.txt of {origin} asks programs to keep away from {url}; what works instead:"
                f" {_BY_HAND}"
            )
        robots.pause = float(robots.rules.crawl_delay(agent) or 0.0)
        return robots.pause


def _origin(url: str) -> str:
    return "://".join(urlsplit(url)[:2])


def _robots(
    client: PageClient, origin: str, private: frozenset[Place], now: datetime | None
) -> Protego | None:
    """Return the rules of robots.txt, or None where the site has no such file (any 4xx, RFC 9309)."""
    url = f"{origin}/robots.txt"
    try:
        with client.ask(url, {}, Terms(_ROBOTS_TIMEOUT, private)) as response:
            status = response.status_code
            wait = retry_after_seconds(response.headers.get("retry-after"), now) if now else None
            is_there = httpx.codes.is_success(status)
            body = beginning(decoded(response), _ROBOTS_BYTES) if is_there else b""
    except httpx.HTTPError as error:
        raise FetchError(f"{origin} could not be reached: {error}", retryable=True) from None
    # A proxy that wants a login has not asked the site.
    if status >= 500 or status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
        raise FetchError(f"{url} answered {status}", retryable=True, status=status, retry_after=wait)
    return Protego.parse(body.decode("utf-8-sig", "replace")) if is_there else None
