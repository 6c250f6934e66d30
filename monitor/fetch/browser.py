"""Read a page as a browser shows it, for sites that are empty without JavaScript. Needs the extra `browser`.

Every request of the page goes through our own client, so its guard against private addresses, its limits and
its name apply here too. A proxy that does not exist stops everything else that the browser would send.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import httpx

from monitor.domain.errors import FetchError, SourceError
from monitor.domain.extras import install_command
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Headers
from monitor.fetch.client import PageClient, Terms
from monitor.fetch.headers import headers_of
from monitor.fetch.stream import decoded, end_is_proved, within

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab
    from playwright.sync_api import Playwright, Route

_NOWHERE = "http://127.0.0.1:9"
_NOT_LOADED = ("image", "media", "font")
_MOST_REQUESTS = 200
_QUIET_MS = 10_000  # a page that never becomes idle is read after this time
_KEPT_HEADERS = ("content-type", "access-control-allow-origin", "content-security-policy")

Require = Callable[[httpx.Response], None]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the browser shows as HTML in UTF-8, its address, and the number of requests."""

    final_url: str
    body: bytes
    requests: int
    end_proved: bool
    headers: Headers | None


def rendered(
    client: PageClient, url: str, settings: SourceSettings, terms: Terms, require: Require
) -> Rendered:
    """Return what headless Chromium shows of a page once its requests have ended.

    `require` raises FetchError for an answer that is not a page. Raises SourceError where the extra or a
    browser is not installed, and FetchError where the page does not arrive.
    """
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415
    except ImportError:
        raise SourceError(
            f"'fetcher: browser' needs a Chromium and a package; install it: {install_command('browser')}"
        ) from None
    loads = _Loads(client, url, settings, terms, require)
    try:
        with sync_playwright() as playwright:
            return _shown(_tab(playwright, client, loads), loads)
    except Error as error:
        if loads.trouble:
            raise loads.trouble from None
        said = str(error).partition("\n")[0]
        if "Executable doesn't exist" in said:
            raise SourceError(
                "'fetcher: browser' found no Chromium; install the system's, or: playwright install chromium"
            ) from None
        raise FetchError(f"{url} could not be shown by the browser: {said}", retryable=True) from None


def _tab(playwright: "Playwright", client: PageClient, loads: "_Loads") -> "Tab":
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
        proxy={"server": _NOWHERE, "bypass": "<-loopback>"},
        # Chromium cannot use its sandbox when it runs as root.
        chromium_sandbox=os.geteuid() != 0,
        timeout=loads.left_ms(),
    )
    context = browser.new_context(
        user_agent=client.headers["User-Agent"], service_workers="block", accept_downloads=False
    )
    tab = context.new_page()
    tab.route("**/*", loads.answer)
    tab.route_web_socket("**/*", lambda socket: socket.close())
    return tab


def _shown(tab: "Tab", loads: "_Loads") -> Rendered:
    from playwright.sync_api import TimeoutError as TookTooLong  # noqa: PLC0415

    tab.goto(loads.url, wait_until="load", timeout=loads.left_ms())
    if loads.led_to != loads.url:
        # Links on the page are relative to its final address, and the browser only knows the first one.
        tab.goto(loads.led_to, wait_until="load", timeout=loads.left_ms())
    try:
        tab.wait_for_load_state("networkidle", timeout=min(_QUIET_MS, loads.left_ms()))
    except TookTooLong:
        if loads.left_ms() <= 1:
            raise
    if loads.trouble:
        raise loads.trouble  # a script led to an address without a page for us
    body = tab.content().encode("utf-8", "replace")
    if len(body) > loads.settings.max_bytes:
        raise FetchError(
            f"{loads.url} is larger than max_bytes ({loads.settings.max_bytes:,} bytes)", retryable=False
        )
    return Rendered(loads.led_to, body, loads.requests, loads.end_proved, loads.headers)


class _Loads:
    """Answers the requests of one page."""

    def __init__(
        self, client: PageClient, url: str, settings: SourceSettings, terms: Terms, require: Require
    ) -> None:
        self.url = self.led_to = url
        self.settings = settings
        self.requests = 0
        self.end_proved = True  # of the page itself
        self.headers: Headers | None = None  # of the page itself
        self.trouble: FetchError | None = None  # why the page itself did not arrive
        self._client = client
        self._require = require
        self._terms = terms
        self._deadline = client.monotonic() + terms.seconds

    def left_ms(self) -> float:
        """Return the milliseconds left, at least one: zero would mean no limit."""
        return max(1.0, (self._deadline - self._client.monotonic()) * 1000)

    def answer(self, route: "Route") -> None:
        """Answer a request of the page, or stop it: only GET is allowed, and pictures hold no records."""
        request = route.request
        itself = request.is_navigation_request() and request.frame.parent_frame is None
        if request.method != "GET" or request.resource_type in _NOT_LOADED or self.requests >= _MOST_REQUESTS:
            route.abort()
            return
        self.requests += 1
        try:
            response, body = self._got(request.url, itself)
        except (FetchError, httpx.HTTPError, httpx.InvalidURL) as error:
            if itself:
                self.trouble = (
                    error
                    if isinstance(error, FetchError)
                    else FetchError(f"{self.url} could not be read: {error}", retryable=True)
                )
            route.abort()
            return
        if itself:
            self.led_to = str(response.url)
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        route.fulfill(status=response.status_code, headers=headers, body=body)

    def _got(self, url: str, itself: bool) -> tuple[httpx.Response, bytes]:
        """Return what the page asked for; private places are allowed only where they are the site itself."""
        terms = replace(self._terms, seconds=self.left_ms() / 1000)
        with self._client.ask(url, {}, terms) as response:
            if itself:
                self._require(response)
            body = b"".join(within(decoded(response), url, self.settings.max_bytes))
        if itself:
            self.end_proved = end_is_proved(response, body)
            self.headers = headers_of(response, rendered=True)
        return response, body
