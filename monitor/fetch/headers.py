"""The headers of a request and its answer that are kept as evidence: all but those that may hold a secret."""

import re
from collections.abc import Iterable

import httpx

from monitor.domain.types import Headers

_SECRET = re.compile(r"cookie|auth|token|secret|session|api-?key|password|credential|signature", re.I)
_MOST = 16_000  # characters in each direction


def headers_of(response: httpx.Response, *, rendered: bool = False) -> Headers:
    """Return the status and the headers of an answer and of its request, in the order in which they came."""
    asked, answered = (_kept(one.headers.multi_items()) for one in (response.request, response))
    return Headers(response.status_code, asked, answered, rendered)


def _kept(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    kept, left = [], _MOST
    for name, value in pairs:
        left -= len(name) + len(value)
        if left < 0:
            break
        if not _SECRET.search(name):
            kept.append((name, value))
    return tuple(kept)
