"""One HTTP request to an outside service that the watch file names, past the library that logs addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

import httpx

from monitor.fetch.egress import GuardedTransport, allowing_private
from monitor.fetch.exchange import exchange
from monitor.fetch.routes import routes
from service.watchfile.settings import Basics

_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=0)


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and headers of an answer, and as much of its body as was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def answer_to(
    basics: Basics, request: httpx.Request, seconds: float, *, allow_private: bool, most_bytes: int = 0
) -> Answer:
    """Send a request and return its answer, with the body up to a part beyond `most_bytes`.

    A redirect is not followed. All of it takes at most `seconds`. Raises AddressRefused, and what httpx and
    the network raise: their words may hold the address, their kinds may not.
    """
    private = allowing_private(allow_private)
    request.extensions = {**private, "timeout": httpx.Timeout(seconds).as_dict()}
    ways = routes(basics.proxy, basics.ca_file)
    with GuardedTransport(_LIMITS, ways=ways) as transport, exchange(seconds, monotonic):
        response = transport.handle_request(request)
        body = bytearray()
        parts = response.iter_raw() if most_bytes else ()
        for part in parts:
            body += part
            if len(body) > most_bytes:
                break
        response.close()
        return Answer(response.status_code, response.headers, bytes(body))
