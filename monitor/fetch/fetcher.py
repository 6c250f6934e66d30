"""One page as it is out there: over HTTP, or from a saved file. Parses nothing and writes nothing."""

import hashlib
import time
import zlib
from collections.abc import Callable
from datetime import datetime

import httpx

from monitor.domain.errors import FetchError, Refused
from monitor.domain.network import retry_after_seconds
from monitor.domain.settings import SourceSettings
from monitor.domain.types import NotModified, Page, Validators
from monitor.fetch.charset import charset_of
from monitor.fetch.client import PageClient
from monitor.fetch.egress import AddressRefused, allowing_private
from monitor.fetch.politeness.turns import ELSE_WORKS, Politeness, Turn
from monitor.fetch.stream import decoded, within

_PAGE_TYPES = (
    "text/html",
    "text/plain",
    "text/csv",
    "text/xml",
    "text/json",
    "application/csv",
    "application/xml",
    "application/json",
    "application/vnd.ms-excel",  # as which some servers send their CSV files
)


class Fetcher:
    """Fetches pages with one client, one clock and one memory of when each host was last asked."""

    def __init__(
        self,
        client: PageClient,
        clock: Callable[[], datetime],
        politeness: Politeness,
    ) -> None:
        self._client = client
        self._clock = clock
        self.politeness = politeness

    def close(self) -> None:
        """Close the connections that are kept open for the next page."""
        self._client.close()

    def fetch(self, url: str, validators: Validators, settings: SourceSettings) -> Page | NotModified:
        """Get one page, waiting for its host's turn.

        Raises FetchError for anything but a whole page of text: no answer, a status other than 200, a
        body that is empty, cut short or over `max_bytes`, a type that is no page, an address that is not
        on the public internet where the source does not allow that. Raises Stopping where its turn does not
        come any more.
        """
        delay, timeout = settings.delay.total_seconds(), settings.timeout.total_seconds()
        private = settings.allow_private
        try:
            with self.politeness.turn(
                self._client, url, delay, allow_private=private, timeout=timeout
            ) as turn:
                if settings.fetcher == "browser":
                    return self._rendered(url, settings, turn)
                return self._fetch(url, validators, settings)
        except AddressRefused as refused:
            raise AddressRefused(refused.host, refused.address, url) from None
        except httpx.TooManyRedirects:
            raise FetchError(f"{url} redirects in a circle", retryable=False) from None
        except httpx.TimeoutException:
            raise FetchError(f"{url} did not answer in time", retryable=True) from None
        except httpx.InvalidURL as error:
            raise FetchError(f"{url} is no valid address: {error}", retryable=False) from None
        except (httpx.HTTPError, zlib.error) as error:
            raise FetchError(f"{url} could not be read: {error}", retryable=True) from None

    def _fetch(self, url: str, validators: Validators, settings: SourceSettings) -> Page | NotModified:
        seconds = settings.timeout.total_seconds()
        deadline = time.monotonic() + seconds
        asked = _conditions(validators)
        timeout = httpx.Timeout(min(seconds, 20.0))
        private = allowing_private(settings.allow_private)
        with self._client.ask(url, asked, timeout, private) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED and asked:
                response.read()  # nothing, but only what was read to its end keeps its connection
                return NotModified(url, self._clock())
            require_page(url, response, self._clock)
            body = b"".join(within(decoded(response), url, deadline, settings.max_bytes))
        if not body.strip():
            raise FetchError(f"{url} answered with an empty page", retryable=True, status=200)
        kind = response.headers.get("content-type", "text/html")
        return Page(
            url=url,
            final_url=str(response.url),
            body=body,
            sha256=hashlib.sha256(body).hexdigest(),
            fetched_at=self._clock(),
            content_type=kind.partition(";")[0].strip().lower(),
            charset=charset_of(body, kind, settings.charset),
            validators=Validators(response.headers.get("etag"), response.headers.get("last-modified")),
        )

    def _rendered(self, url: str, settings: SourceSettings, turn: Turn) -> Page:
        # The browser is an extra: who does without it need not load it.
        from monitor.fetch.browser import rendered  # noqa: PLC0415

        seen = rendered(
            self._client, url, settings, lambda response: require_page(url, response, self._clock)
        )
        turn.more += seen.requests - 1
        return Page(
            url=url,
            final_url=seen.final_url,
            body=seen.body,
            sha256=hashlib.sha256(seen.body).hexdigest(),
            fetched_at=self._clock(),
        )


def _conditions(validators: Validators) -> dict[str, str]:
    pairs = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in pairs.items() if value}


def require_page(url: str, response: httpx.Response, clock: Callable[[], datetime]) -> None:
    """Raise FetchError for an answer that is no page of text: another status than 200, or another type."""
    status = response.status_code
    if status != httpx.codes.OK:
        retryable = status in (408, 425, 429) or status >= 500
        wait = retry_after_seconds(response.headers.get("retry-after"), clock())
        said = f"{url} answered {status} {response.reason_phrase}".rstrip()
        if status in (401, 403):
            raise Refused(f"{said}: it refuses programs; what else works: {ELSE_WORKS}", status=status)
        raise FetchError(
            said,
            retryable=retryable,
            status=status,
            retry_after=wait,
        )
    kind = response.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    if kind not in _PAGE_TYPES and not kind.endswith(("+xml", "+json")):
        raise FetchError(f"{url} sent {kind} where a page of text was expected", retryable=False, status=200)
