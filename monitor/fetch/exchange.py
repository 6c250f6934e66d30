"""One question and its answer, with one time limit by wall clock for all of it.

The library limits each single read, so a server that sends a byte a second is never too slow for it. Here
name lookup, connection, TLS, head and body share one limit. A thread has one exchange at a time.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore

Resolve = Callable[..., list[tuple[Any, ...]]]  # socket.getaddrinfo, or a test's replacement

_LONGEST_STEP = 20.0  # seconds that a server may be silent within an exchange
_MOST_HEAD = 256_000  # bytes before an answer's body begins
_CURRENT = threading.local()


@dataclass(slots=True)
class Exchange:
    """One question and its answer. `until` is a time of `monotonic`, in seconds."""

    until: float
    monotonic: Callable[[], float]
    connected: bool = False  # a new connection was opened for it
    received: int = 0  # bytes of the answer
    has_head: bool = False

    def left(self, step: float | None) -> float:
        """Return the seconds that the next step may take. Raises httpcore.ReadTimeout where time is up."""
        left = self.until - self.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time limit is over")
        return min(left, _LONGEST_STEP if step is None else step)

    def receive(self, count: int) -> None:
        """Count bytes of the answer. Raises httpcore.RemoteProtocolError for a head without end."""
        self.received += count
        if not self.has_head and self.received > _MOST_HEAD:
            raise httpcore.RemoteProtocolError("the server sends headers without end")


@contextmanager
def exchange(seconds: float, monotonic: Callable[[], float]) -> Iterator[Exchange]:
    """Limit everything that this thread asks of the network within the block to `seconds` in all."""
    before = current()
    _CURRENT.exchange = Exchange(monotonic() + seconds, monotonic)
    try:
        yield _CURRENT.exchange
    finally:
        _CURRENT.exchange = before


def current() -> Exchange | None:
    """Return the exchange that this thread is in, if any."""
    found: Exchange | None = getattr(_CURRENT, "exchange", None)
    return found


class TimedStream(httpcore.NetworkStream):
    """A connection whose every step keeps to the limit of the exchange that uses it at the time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read at most `max_bytes`. Raises httpcore.ReadTimeout where time is up."""
        now = current()
        data = self._stream.read(max_bytes, now.left(timeout) if now else timeout)
        if now:
            now.receive(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of a buffer. Raises httpcore.ReadTimeout where time is up."""
        now = current()
        self._stream.write(buffer, now.left(timeout) if now else timeout)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the same connection with TLS; the whole handshake keeps to the limit."""
        now = current()
        limit = now.left(timeout) if now else timeout
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        """Return what the connection knows of itself under a name."""
        return self._stream.get_extra_info(info)


def resolved(resolve: Resolve, host: str, port: int) -> list[tuple[Any, ...]]:
    """Return the addresses of a name; the lookup takes no longer than the exchange may.

    Raises OSError or UnicodeError as `resolve` does, httpcore.ConnectTimeout where time is up.
    """
    now = current()
    if now is None or _is_literal(host):
        return resolve(host, port, type=socket.SOCK_STREAM)
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(resolve(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    # Nothing can interrupt the system's lookup, so it is left behind in a thread of its own.
    asking = threading.Thread(target=ask, name="name lookup", daemon=True)
    asking.start()
    asking.join(now.left(None))
    if not found:
        raise httpcore.ConnectTimeout(f"the name server did not answer for {host}")
    if isinstance(found[0], Exception):
        raise found[0]
    answers: list[tuple[Any, ...]] = found[0]
    return answers


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def connect(
    backend: httpcore.NetworkBackend, address: str, port: int, timeout: float | None, *rest: Any
) -> httpcore.NetworkStream:
    """Return a new connection that keeps to the limit of each exchange that uses it."""
    now = current()
    stream = backend.connect_tcp(address, port, now.left(timeout) if now else timeout, *rest)
    if now:
        now.connected = True
    return TimedStream(stream)
