"""Fetch one page over HTTP. Parses nothing and writes nothing."""

import copy
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol, Self
from urllib.parse import urlsplit

import httpx

from monitor.domain.errors import FetchError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import NotModified, Page, Validators
from monitor.fetch.answers import conditions_of, media_type, require_ok
from monitor.fetch.charset import charset_of
from monitor.fetch.client import PageClient, Place, Terms, places_of
from monitor.fetch.documents import Ask, Heads, document
from monitor.fetch.egress import AddressRefused
from monitor.fetch.file_kinds import kind_of, kind_of_type, not_a_page
from monitor.fetch.headers import headers_of
from monitor.fetch.politeness.turns import Politeness, Turn
from monitor.fetch.stream import decoded, end_is_proved, within

# These types are never a page of text. Servers send pages under many other names; there the bytes decide.
_NO_PAGES = (
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/pdf",
    "application/zip",
    "application/msword",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats",
)


class Fetching(Protocol):
    """Where a check gets its pages from: the network, or a person who saved them."""

    def for_check(self) -> Self:
        """Return what one check of one source works with."""

    def fetch(self, url: str, validators: Validators, settings: SourceSettings, /) -> Page | NotModified:
        """Return one page. Raises FetchError."""

    def asked_pause(self, url: str, /) -> float:
        """Return the pause in seconds that the site asks for between two pages, as far as it is known."""


class Fetcher:
    """Fetches pages with one client, one clock and one memory of the last request to each host."""

    def __init__(self, client: PageClient, clock: Callable[[], datetime], politeness: Politeness) -> None:
        self._client = client
        self._clock = clock
        self.politeness = politeness
        self._cookies = httpx.Cookies()

    def for_check(self) -> Self:
        """Return the same fetcher for one check of one source: the cookies that it is given end with it."""
        own = copy.copy(self)
        own._cookies = httpx.Cookies()
        return own

    def asked_pause(self, url: str) -> float:
        """Return the pause in seconds that the robots.txt of a site, read last, asks for."""
        return self.politeness.asked_pause(url)

    def close(self) -> None:
        """Close the connections that are kept open for the next page."""
        self._client.close()

    def fetch(self, url: str, validators: Validators, settings: SourceSettings) -> Page | NotModified:
        """Return one page, after waiting for its host's turn.

        Raises FetchError for anything but a whole page of text: no answer within the time limit, a status
        other than 200, a body that is empty, cut short or over `max_bytes`, a file of another type, an
        address that is not on the public internet where the source does not allow that. Raises Stopping
        where its turn does not come any more.
        """
        if settings.fetcher == "inbox":
            raise FetchError(f"{url} is read only from pages that are saved by hand", retryable=False)
        terms = Terms(settings.timeout.total_seconds(), _private(settings), self._cookies)
        with _in_sentences(url, settings), self._turn(url, settings, terms) as turn:
            if settings.fetcher == "browser":
                return self._rendered(url, settings, terms, turn)
            return self._fetch(url, validators, settings, terms)

    def document(self, url: str, how: Ask, settings: SourceSettings) -> Page | Heads | NotModified:
        """Return a PDF that a report links to, or its headers, after waiting for its host's turn.

        Raises NotADocumentError for a file of another kind, and FetchError and Stopping as `fetch` does.
        """
        site = urlsplit(settings.url).hostname
        terms = Terms(settings.timeout.total_seconds(), _private(settings), self._cookies, how.method, site)
        with _in_sentences(url, settings), self._turn(url, settings, terms):
            return document(self._client, url, how, terms, settings.max_bytes, self._clock)

    @contextmanager
    def asking(self, source: SourceSettings, stated: Callable[[str], object]) -> Iterator[None]:
        """Read the robots.txt of a source's host as a check does; hand its Date header on. Asks for no page.

        Raises FetchError where it cannot be read, or where it excludes us.
        """

        def note(answer: httpx.Response) -> None:
            if "date" in answer.headers:
                stated(answer.headers["date"])

        self._client.event_hooks = {"response": [note]}
        with self.politeness.turn(self._client, source.url, 0.0, private=_private(source)):
            yield

    @contextmanager
    def _turn(self, url: str, settings: SourceSettings, terms: Terms) -> Iterator[Turn]:
        delay = settings.delay.total_seconds()
        with self.politeness.turn(
            self._client, url, delay, private=terms.private, timeout=terms.seconds
        ) as turn:
            yield turn

    def _fetch(
        self, url: str, validators: Validators, settings: SourceSettings, terms: Terms
    ) -> Page | NotModified:
        asked = conditions_of(validators)
        # A question without conditions is also for the caches in between: some would answer it for weeks.
        headers = asked or {"Cache-Control": "no-cache"}
        with self._client.ask(url, headers, terms) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED and asked:
                response.read()  # only an answer that was read to its end leaves its connection open
                return NotModified(url, self._clock())
            require_page(url, response, self._clock)
            body = b"".join(within(decoded(response), url, settings.max_bytes))
        if not body.strip():
            raise FetchError(f"{url} answered with an empty page", retryable=True, status=200)
        kind = response.headers.get("content-type", "text/html")
        charset = charset_of(body, kind, settings.charset)
        _require_text(url, body, kind, charset)
        return Page(
            url=url,
            final_url=str(response.url),
            body=body,
            sha256=hashlib.sha256(body).hexdigest(),
            fetched_at=self._clock(),
            content_type=media_type(kind),
            charset=charset,
            validators=Validators(response.headers.get("etag"), response.headers.get("last-modified")),
            end_proved=end_is_proved(response, body),
            headers=headers_of(response),
        )

    def _rendered(self, url: str, settings: SourceSettings, terms: Terms, turn: Turn) -> Page:
        # The browser is an extra that most users do not install.
        from monitor.fetch.browser import rendered  # noqa: PLC0415

        seen = rendered(
            self._client, url, settings, terms, lambda response: require_page(url, response, self._clock)
        )
        turn.more += seen.requests - 1
        return Page(
            url=url,
            final_url=seen.final_url,
            body=seen.body,
            sha256=hashlib.sha256(seen.body).hexdigest(),
            fetched_at=self._clock(),
            end_proved=seen.end_proved,
            headers=seen.headers,
        )


def _private(settings: SourceSettings) -> frozenset[Place]:
    """Return the places that may be private: the source's own host and port, where it allows that."""
    return places_of(settings.url) if settings.allow_private and settings.is_web else frozenset()


@contextmanager
def _in_sentences(url: str, settings: SourceSettings) -> Iterator[None]:
    """Turn the library's errors into a FetchError with a sentence."""
    try:
        yield
    except AddressRefused as refused:
        raise AddressRefused(refused.host, refused.address, url, own=settings.allow_private) from None
    except httpx.TooManyRedirects:
        raise FetchError(f"{url} redirects in a circle", retryable=False) from None
    except httpx.TimeoutException:
        raise FetchError(f"{url} did not answer in time", retryable=True) from None
    except httpx.InvalidURL as error:
        raise FetchError(f"{url} is not a valid address: {error}", retryable=False) from None
    except httpx.HTTPError as error:
        raise FetchError(f"{url} could not be read: {error}", retryable=True) from None


def require_page(url: str, response: httpx.Response, clock: Callable[[], datetime]) -> None:
    """Raise FetchError for an answer that is not a page of text: another status than 200, or another type."""
    require_ok(url, response, clock)
    kind = media_type(response.headers.get("content-type", "text/html"))
    if kind.startswith(_NO_PAGES):
        raise _no_page(url, kind, kind_of_type(kind))


def _require_text(url: str, body: bytes, content_type: str, charset: str) -> None:
    """Raise FetchError for a file of another kind, whatever its server calls it."""
    named_text = media_type(content_type).startswith("text/")
    what = kind_of(body, charset)
    if what == "a binary file" and named_text:
        return  # zero bytes in text are left out
    if what:
        raise _no_page(url, what, what)


def _no_page(url: str, sent: str, what: str) -> FetchError:
    sentence = f"{url} sent {sent} where a page of text was expected. {not_a_page(what)}"
    return FetchError(sentence, retryable=False, status=200)
