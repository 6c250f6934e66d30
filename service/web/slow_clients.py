"""Cuts the connections of clients that send no whole request, or do not read the answer.

The server bounds how many connections are open, so silent ones would keep everybody else out.
"""

from time import monotonic
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 30.0  # until a request has to be whole, counted from the connection or the last answer
READING_SECONDS = 120.0  # that an answer may lie unread


class TimedProtocol(H11Protocol):
    """HTTP of one connection that knows since when its client has done nothing."""

    def __init__(self, *args: Any, **keys: Any) -> None:
        super().__init__(*args, **keys)
        self._requested = self._read = monotonic()
        self._unread = 0

    def on_response_complete(self) -> None:
        """Let the time for the next request begin."""
        self._requested = monotonic()
        super().on_response_complete()

    def cut_if_slow(self) -> None:
        """Close the connection where its client has taken too long."""
        now, unread = monotonic(), self.transport.get_write_buffer_size()
        if not unread or unread != self._unread:
            self._read, self._unread = now, unread
        cycle = self.cycle
        is_asking = cycle is None or cycle.response_complete or cycle.more_body
        if (is_asking and now - self._requested > REQUEST_SECONDS) or now - self._read > READING_SECONDS:
            self.transport.abort()
