"""What an answer's status means, and the conditions of a question."""

from collections.abc import Callable
from datetime import datetime

import httpx

from monitor.domain.errors import FetchError, Refused
from monitor.domain.network import retry_after_seconds
from monitor.domain.types import Validators
from monitor.fetch.politeness.turns import ELSE_WORKS


def conditions_of(validators: Validators) -> dict[str, str]:
    """Return the headers that ask for a page only if it has changed."""
    pairs = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in pairs.items() if value}


def validators_of(response: httpx.Response) -> Validators:
    """Return what an answer gives to ask again with."""
    return Validators(response.headers.get("etag"), response.headers.get("last-modified"))


def require_ok(url: str, response: httpx.Response, clock: Callable[[], datetime]) -> None:
    """Raise FetchError for another status than 200 or 203, Refused where the site refuses programs.

    203 says that a proxy in between may have changed the page, such as one that packs it.
    """
    status = response.status_code
    if status in (httpx.codes.OK, httpx.codes.NON_AUTHORITATIVE_INFORMATION):
        return
    retryable = status in (408, 425, 429) or status >= 500
    wait = retry_after_seconds(response.headers.get("retry-after"), clock())
    answered = f"{url} answered {status} {response.reason_phrase}".rstrip()
    if status in (401, 403):
        raise Refused(f"{answered}: it refuses programs; what works instead: {ELSE_WORKS}", status=status)
    raise FetchError(answered, retryable=retryable, status=status, retry_after=wait)


def media_type(content_type: str) -> str:
    """Return the type that a Content-Type header states, without its parameters: text/html."""
    return content_type.partition(";")[0].strip().lower()
