"""Being a good guest: one request at a time per host, a pause between two, and what robots.txt asks for."""

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
from protego import Protego

from monitor.address import allowing_private
from monitor.body import beginning, decoded
from monitor.errors import FetchError

_ROBOTS_SECONDS = 24 * 3600.0
_ROBOTS_BYTES = 500_000
_ROBOTS_TIMEOUT = 20.0  # seconds


@dataclass
class _Host:
    lock: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0
    robots: Protego | None = None
    robots_until: float = 0.0


class Politeness:
    """Remembers, per host, when it was last asked and what its robots.txt says. One per process."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(
        self, client: httpx.Client, url: str, delay: float, *, allow_private: bool = False
    ) -> Iterator[None]:
        """Wait for the host's turn, hold it for one request, and keep it free for `delay` seconds after.

        Raises FetchError where robots.txt asks us to keep away.
        """
        with self._lock:
            host = self._hosts.setdefault(_origin(url), _Host())
        with host.lock:
            self._wait(host)
            try:
                delay = max(delay, self._robots_delay(client, host, url, allow_private))
                self._wait(host)
                yield
            finally:
                host.free_at = self._monotonic() + delay

    def _wait(self, host: _Host) -> None:
        left = host.free_at - self._monotonic()
        if left > 0:
            self._sleep(left)

    def _robots_delay(self, client: httpx.Client, host: _Host, url: str, allow_private: bool) -> float:
        """Give the pause robots.txt asks for, in seconds."""
        origin = _origin(url)
        if self._monotonic() >= host.robots_until:
            host.robots = _robots(client, origin, allow_private)
            host.robots_until = self._monotonic() + _ROBOTS_SECONDS
        if host.robots is None:
            return 0.0
        agent = client.headers["User-Agent"]
        if not host.robots.can_fetch(url, agent):
            raise FetchError(
                f"robots.txt of {origin} asks programs to keep away from {url}; watch its feed, or a folder"
                " of pages saved by hand, instead",
                retryable=False,
            )
        return float(host.robots.crawl_delay(agent) or 0.0)


def _origin(url: str) -> str:
    return "://".join(urlsplit(url)[:2])


def _robots(client: httpx.Client, origin: str, allow_private: bool) -> Protego | None:
    """Read robots.txt; None where the site has none (any 4xx, as RFC 9309 says)."""
    url, deadline = f"{origin}/robots.txt", time.monotonic() + _ROBOTS_TIMEOUT
    try:
        private = allowing_private(allow_private)
        with client.stream("GET", url, timeout=_ROBOTS_TIMEOUT, extensions=private) as response:
            status = response.status_code
            body = b"" if status != httpx.codes.OK else beginning(decoded(response), _ROBOTS_BYTES, deadline)
    except (httpx.HTTPError, zlib.error) as error:
        raise FetchError(f"{origin} could not be reached: {error}", retryable=True) from None
    if status >= 500:
        raise FetchError(f"{url} answered {status}", retryable=True, status=status)
    return Protego.parse(body.decode("utf-8", "replace")) if status == httpx.codes.OK else None
