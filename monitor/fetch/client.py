"""The one HTTP client of a process: who it says it is, where it may go, a short way for plain requests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import httpx

from monitor.fetch.egress import GuardedTransport

_ACCEPT = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/feed+json,"
    " application/json;q=0.9, text/csv;q=0.9, application/xml;q=0.9, text/plain;q=0.8"
)
_NO_BODY = httpx.ByteStream(b"")
_address = lru_cache(maxsize=1024)(httpx.URL)  # a page is asked for by the same address again and again


class PageClient(httpx.Client):
    """The library's client, and a short way to ask for a page. Making one is dear, so threads share it.

    The encodings are named because others would be offered by whatever else is installed.
    """

    def __init__(self, agent: str, transport: httpx.BaseTransport) -> None:
        super().__init__(
            headers={"User-Agent": agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip"},
            follow_redirects=True,
            max_redirects=10,
            transport=transport,
            trust_env=False,  # a proxy of the environment would connect for us, and past the guard
        )
        self._direct = transport
        self._said = self.headers.raw

    @contextmanager
    def ask(
        self, url: str, conditions: Mapping[str, str], timeout: httpx.Timeout, extensions: Mapping[str, Any]
    ) -> Iterator[httpx.Response]:
        """Return the answer to a GET, its body still to be read, as `stream` does.

        The transport is asked directly, which saves a quarter of what an unchanged page costs. Redirects are
        followed by the library.
        """
        answer = self._direct_answer(url, conditions, timeout, extensions)
        try:
            if not answer.has_redirect_location:
                yield answer
                return
            url = _led_to(answer)
        finally:
            answer.close()
        with self.stream("GET", url, headers=conditions, timeout=timeout, extensions=extensions) as found:
            yield found

    def _direct_answer(
        self, url: str, conditions: Mapping[str, str], timeout: httpx.Timeout, extensions: Mapping[str, Any]
    ) -> httpx.Response:
        address = _address(url)
        conditioned = [(name.encode(), value.encode()) for name, value in conditions.items()]
        request = httpx.Request(
            "GET",
            address,
            headers=[(b"Host", address.netloc), *self._said, *conditioned],
            stream=_NO_BODY,
            extensions={**extensions, "timeout": timeout.as_dict()},
        )
        if any(self.cookies.jar):
            self.cookies.set_cookie_header(request)
        answer = self._direct.handle_request(request)
        answer.request = request
        if "set-cookie" in answer.headers:
            self.cookies.extract_cookies(answer)
        return answer


def _led_to(answer: httpx.Response) -> str:
    try:
        return str(answer.url.join(answer.headers["location"]))
    except httpx.InvalidURL as error:
        raise httpx.RemoteProtocolError(f"it redirects to no valid address: {error}") from None


def make_client(contact: str | None, version: str) -> PageClient:
    """Return the one HTTP client of a process.

    It goes to the public internet only, but for requests that are `allowing_private`.
    """
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=20)
    agent = f"OversightWatch/{version}" + (f" (+{contact})" if contact else "")
    return PageClient(agent, GuardedTransport(limits))
