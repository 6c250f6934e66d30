"""The one HTTP client of a process: its name, the terms of a request, redirects, and one more try."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Literal

import httpx

from monitor.fetch.egress import GuardedTransport, allowing_private
from monitor.fetch.exchange import Exchange, exchange
from monitor.fetch.routes import routes

# What the profiles read, and all else at a low weight: some servers have their own name for a CSV file.
_ACCEPT = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/feed+json,"
    " application/json;q=0.9, text/csv;q=0.9, application/csv;q=0.9, text/xml;q=0.9, application/xml;q=0.9,"
    " text/plain;q=0.8, */*;q=0.1"
)
_NO_BODY = httpx.ByteStream(b"")
_MOST_HOPS = 10
_MOST_STALE = 3  # kept connections that may turn out closed before a new one is opened
_STEP = 20.0  # seconds that a server may be silent
_PORTS = {"http": 80, "https": 443}
_address = lru_cache(maxsize=1024)(httpx.URL)  # a page is asked for by the same address again and again
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a request: seconds in all, places that may be private, cookies of the check.

    `site` is the host that redirects must not leave, None where they may lead anywhere.
    """

    seconds: float
    private: frozenset[Place] = frozenset()
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    method: Literal["GET", "HEAD"] = "GET"
    site: str | None = None


def places_of(url: str) -> frozenset[Place]:
    """Return the host and port of an address; the usual ports of http and https count as one place."""
    return _places(_address(url))


def _places(url: httpx.URL) -> frozenset[Place]:
    port = url.port or _PORTS.get(url.scheme, 0)
    ports = _PORTS.values() if port == _PORTS.get(url.scheme) else (port,)
    return frozenset((url.host, one) for one in ports)


class PageClient(httpx.Client):
    """The library's client, with its own way to ask for a page. Making one is slow, so threads share it.

    It keeps no cookies: those of a check belong to its terms. The encodings are named, because the library
    would offer all that are installed.
    """

    def __init__(
        self, agent: str, transport: httpx.BaseTransport, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(
            headers={"User-Agent": agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=True,
            max_redirects=_MOST_HOPS,
            transport=transport,
            trust_env=False,  # proxies are the transport's own matter
        )
        self.monotonic = monotonic
        self._direct = transport
        self._own_headers = self.headers.raw

    @contextmanager
    def ask(self, url: str, conditions: Mapping[str, str], terms: Terms) -> Iterator[httpx.Response]:
        """Yield the answer to a request after all redirects, its body still to be read within the same time.

        The transport is asked directly, which saves a quarter of the cost of an unchanged page.
        """
        with exchange(terms.seconds, self.monotonic) as now:
            answer = self._after_redirects(url, conditions, terms, now)
            try:
                yield answer
            finally:
                answer.close()

    def _after_redirects(
        self, url: str, conditions: Mapping[str, str], terms: Terms, now: Exchange
    ) -> httpx.Response:
        for _ in range(_MOST_HOPS + 1):
            answer = self._answer(url, conditions, terms, now)
            if not answer.has_redirect_location:
                return answer
            answer.close()
            url = _led_to(answer, terms.site)
        raise httpx.TooManyRedirects("it redirects in a circle", request=answer.request)

    def _answer(self, url: str, conditions: Mapping[str, str], terms: Terms, now: Exchange) -> httpx.Response:
        """Return the answer of one address; ask once more where a kept connection was closed unanswered."""
        request = self._request(_address(url), conditions, terms)
        for stale in range(_MOST_STALE):
            now.connected, now.received, now.has_head = False, 0, False
            try:
                answer = self._direct.handle_request(request)
                break
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # A server may close a kept connection just as a request is sent on it (RFC 9110, 9.2.2).
                if now.connected or now.received or stale + 1 == _MOST_STALE:
                    raise
        now.has_head = True
        answer.request = request
        if "set-cookie" in answer.headers:
            terms.cookies.extract_cookies(answer)
        return answer

    def _request(self, address: httpx.URL, conditions: Mapping[str, str], terms: Terms) -> httpx.Request:
        conditioned = [(name.encode(), value.encode()) for name, value in conditions.items()]
        own = [pair for pair in self._own_headers if pair[0].decode() not in conditions]
        may_be_private = bool(terms.private) and not terms.private.isdisjoint(_places(address))
        request = httpx.Request(
            terms.method,
            address,
            headers=[(b"Host", address.netloc), *own, *conditioned],
            stream=_NO_BODY,
            extensions={
                **allowing_private(may_be_private),
                "timeout": httpx.Timeout(min(terms.seconds, _STEP)).as_dict(),
            },
        )
        if any(terms.cookies.jar):
            terms.cookies.set_cookie_header(request)
        return request


def _led_to(answer: httpx.Response, site: str | None) -> str:
    try:
        url = answer.url.join(answer.headers["location"])
    except httpx.InvalidURL as error:
        raise httpx.RemoteProtocolError(f"it redirects to an invalid address: {error}") from None
    if site is not None and not is_of_site(url.host, site):
        raise httpx.RemoteProtocolError(f"it redirects to {url.host}, which is not of the site {site}")
    return str(url)


def is_of_site(host: str, site: str) -> bool:
    """Return whether a host is that of a site or one below it; www. makes no difference."""
    site = site.removeprefix("www.")
    return host == site or host.endswith(f".{site}")


def make_client(
    contact: str | None, version: str, proxy: str | None = None, ca_file: Path | None = None
) -> PageClient:
    """Return the one HTTP client of a process; proxy and certificates are the environment's by default.

    It only connects to the public internet, apart from places that a request's terms allow. Raises
    SourceError for a proxy or certificates that cannot be used.
    """
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=20)
    agent = f"OversightWatch/{version}" + (f" (+{contact})" if contact else "")
    return PageClient(agent, GuardedTransport(limits, ways=routes(proxy, ca_file)))
