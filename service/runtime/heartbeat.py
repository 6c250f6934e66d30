"""Pings an address while all is well, so that somebody else notices when this machine is silent.

The addresses are those of healthchecks.io and of what is like it: URL, URL/start and URL/fail. A ping never
delays or stops anything else: it is sent by a thread of its own, and one that fails is not repeated.
"""

import logging
import threading
from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

import httpx

from monitor.domain.log import Line
from monitor.domain.network import kind_of
from monitor.fetch.egress import AddressRefused
from service.runtime.one_request import answer_to
from service.watchfile.heartbeat import HeartbeatSettings
from service.watchfile.settings import Basics

log = logging.getLogger("oversight_watch")

BEAT_SECONDS = 60
_SECONDS = 10.0  # that a ping may take
_MOST_REASONS = 10


class Ping(StrEnum):
    """What a ping reports, as the end of its address."""

    START = "/start"
    WELL = ""
    FAIL = "/fail"


class Heartbeat:
    """Sends one ping at a time; logs once that pings fail, and once that they arrive again. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sending: threading.Thread | None = None
        self._failing = False

    def send(self, basics: Basics, ping: Ping, reasons: Sequence[str] = ()) -> None:
        """Send a ping if the watch file names an address; return at once. Never raises.

        While the ping before is still under way, this one is left out.
        """
        with self._lock:
            if basics.heartbeat is None or (self._sending and self._sending.is_alive()):
                return
            self._sending = threading.Thread(
                target=self._send,
                args=(basics, basics.heartbeat, ping, reasons),
                name="heartbeat",
                daemon=True,
            )
            self._sending.start()

    def join(self) -> None:
        """Wait for the ping under way, if any."""
        if self._sending:
            self._sending.join()

    def _send(self, basics: Basics, to: HeartbeatSettings, ping: Ping, reasons: Sequence[str]) -> None:
        trouble = _trouble(basics, to, ping, reasons)
        if trouble and not self._failing:
            log.warning(Line("heartbeat_failed", reason=trouble))
        elif self._failing and not trouble:
            log.info(Line("heartbeat_back"))
        self._failing = bool(trouble)


def _trouble(basics: Basics, to: HeartbeatSettings, ping: Ping, reasons: Sequence[str]) -> str | None:
    """Send one ping; return why it did not arrive, without its address; None if it did."""
    try:
        status = _answered(basics, to, ping, "\n".join(reasons[:_MOST_REASONS]))
    except AddressRefused as refused:
        return (
            f"its address leads to {refused.address}, {kind_of(refused.address)}; nothing was sent there."
            " If that is meant: heartbeat: {url: …, allow_private: true}"
        )
    except Exception as error:  # its words may hold the address, its kind may not
        return f"no answer ({type(error).__name__})"
    return None if 200 <= status < 300 else f"answered {status}"


def _answered(basics: Basics, to: HeartbeatSettings, ping: Ping, body: str) -> int:
    """Return the HTTP status of the answer; a redirect is not followed."""
    request = httpx.Request(
        "POST",
        _address(to.url.get_secret_value(), ping),
        content=body.encode(),
        headers={"User-Agent": "OversightWatch", "Content-Type": "text/plain; charset=utf-8"},
    )
    return answer_to(basics, request, _SECONDS, allow_private=to.allow_private).status


def _address(url: str, ping: Ping) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}{ping.value}")) if ping else url
