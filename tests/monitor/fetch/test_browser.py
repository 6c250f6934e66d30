"""Pages that are empty without JavaScript, read through a real headless Chromium."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from monitor.domain.errors import FetchError, Refused, SourceError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Outcome, Page, Validators
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from service.demo.fakes.loopback import LoopbackHandler, Served
from tests.browser import find_chromium
from tests.checking import Checker
from tests.clock import FrozenClock

pytestmark = pytest.mark.browser

# A browser takes long to start on a busy machine.
_GIVEN: dict[str, Any] = {"allow_private": True, "timeout": "10m"}
HTML = "text/html; charset=utf-8"
# The rows come from a second request, as on sites that are built in the browser.
APP = """<!DOCTYPE html><html><head><title>Reports</title></head><body><h1>Reports</h1><div id="app"></div>
<img src="/picture.png"><script>
fetch("data.json").then(answer => answer.json()).then(rows => {
  const cells = row => `<tr><td>${row.number}</td><td>${row.title}</td><td>${row.date}</td></tr>`;
  const heads = "<tr><th>Report Number</th><th>Title</th><th>Date</th></tr>";
  document.getElementById("app").innerHTML = "<table>" + heads + rows.map(cells).join("") + "</table>";
});
</script></body></html>"""
ROWS = '[{"number": "A-26-07", "title": "Travel Cards – Part §1", "date": "3/5/2026"}]'


@dataclass(frozen=True, slots=True)
class Answer:
    """What a path gives."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": HTML})


class App(Served):
    """A site whose answers are a dict by path; keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {
            "/": Answer(APP),
            "/data.json": Answer(ROWS, headers={"Content-Type": "application/json"}),
        }
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        site = self

        class Handler(LoopbackHandler):
            def do_GET(self) -> None:  # noqa: N802
                site.asked.append((self.command, self.path, dict(self.headers.items())))
                found = site.answers.get(self.path, Answer("no", 404))
                body = found.body.encode()
                self.send_head(found.status, found.headers, len(body))
                self.wfile.write(body)

            def do_POST(self) -> None:  # noqa: N802
                self.read_body()
                self.do_GET()

        super().__init__(Handler)

    @property
    def paths(self) -> list[str]:
        """Give what was asked for, in order."""
        return [path for _, path, _ in self.asked]


@pytest.fixture
def app() -> Iterator[App]:
    """Give a site whose table is made by a script."""
    find_chromium()
    with App() as running:
        yield running


@pytest.fixture
def fetched(clock: FrozenClock) -> Iterator[Callable[..., Page]]:
    """Give what reads a page through the browser."""
    with make_client("watch@example.org", "1.0") as client:
        fetcher = Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))

        def fetch(url: str, **given: Any) -> Page:
            settings = SourceSettings(url=url, fetcher="browser", **{**_GIVEN, **given})
            answer = fetcher.fetch(url, Validators(), settings)
            assert isinstance(answer, Page)
            return answer

        yield fetch


@pytest.mark.sqlite  # it is about a page
def test_a_table_made_by_a_script_is_read_like_any_other(app: App, checker: Checker) -> None:
    browsing: Any = {"profile": "table", "fetcher": "browser", "timeout": _GIVEN["timeout"]}
    settled = checker.check(app.url(), **browsing)
    assert (settled.outcome, settled.rows, settled.complete) == (Outcome.BASELINE, 1, True)
    assert checker.check(app.url(), **browsing).outcome is Outcome.UNCHANGED
    more = ROWS.replace("[", '[{"number": "A-26-08", "title": "Keys", "date": "3/6/2026"}, ')
    app.answers["/data.json"] = Answer(more, headers={"Content-Type": "application/json"})
    checker.check(app.url(), **browsing)
    assert [(one.kind.value, one.record_key) for one in checker.changes()] == [("new_report", "A-26-08")]


def test_we_say_who_we_are_load_no_pictures_and_send_no_forms(app: App, fetched: Callable[..., Page]) -> None:
    app.answers["/"] = Answer(
        APP.replace(
            "fetch(",
            'fetch("/said", {method: "POST", body: "x"}).catch(() => 0);'
            "document.title = navigator.userAgent; fetch(",
            1,
        )
    )
    page = fetched(app.url())
    assert app.paths == ["/robots.txt", "/", "/data.json"]
    agents = {headers["User-Agent"] for _, _, headers in app.asked}
    assert agents == {"OversightWatch/1.0 (+watch@example.org)"}
    assert b"<title>OversightWatch/1.0 (+watch@example.org)</title>" in page.body
    assert "Travel Cards – Part §1" in page.body.decode(page.charset)


def test_a_redirect_is_followed_and_what_the_page_loads_is_sought_where_it_led(
    app: App, fetched: Callable[..., Page]
) -> None:
    app.answers["/old"] = Answer(status=302, headers={"Location": "/new/list"})
    app.answers["/new/list"] = app.answers["/"]
    app.answers["/new/data.json"] = app.answers["/data.json"]
    page = fetched(app.url("/old"))
    assert page.final_url == app.url("/new/list")
    assert b"A-26-07" in page.body


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_answer_that_is_no_page_is_told_as_without_a_browser(
    app: App, fetched: Callable[..., Page], status: int
) -> None:
    app.answers["/"] = Answer("Access Denied", status)
    with pytest.raises(FetchError, match=f"answered {status}") as raised:
        fetched(app.url())
    assert raised.value.status == status
    assert isinstance(raised.value, Refused) is (status == 403)


def test_robots_txt_holds_for_the_browser_too(app: App, fetched: Callable[..., Page]) -> None:
    app.answers["/robots.txt"] = Answer("User-agent: *\nDisallow: /", headers={"Content-Type": "text/plain"})
    with pytest.raises(Refused, match="asks programs to keep away"):
        fetched(app.url())
    assert app.paths == ["/robots.txt"]


def test_a_page_at_a_private_address_is_refused_unless_it_is_allowed(
    app: App, fetched: Callable[..., Page]
) -> None:
    with pytest.raises(FetchError, match="this machine's own address; nothing was sent there"):
        fetched(app.url(), allow_private=False)
    assert app.asked == []


def test_a_script_reaches_no_private_address_but_its_own_site(app: App, fetched: Callable[..., Page]) -> None:
    with App() as inner:
        inner.answers["/secret"] = Answer("root-key", headers={"Access-Control-Allow-Origin": "*"})
        inner.answers["/frame"] = Answer("framed")
        app.answers["/hop"] = Answer(status=302, headers={"Location": inner.url("/secret")})
        script = (
            f"fetch('{inner.url('/secret')}').then(a => a.text()).then(t => document.title = t);"
            "fetch('/hop').then(a => a.text()).then(t => document.title = t);"
            f"new WebSocket('{inner.url('/socket').replace('http', 'ws')}');"
            f"navigator.sendBeacon('{inner.url('/beacon')}', 'x');"
            f"new Worker('{inner.url('/worker.js')}');"
        )
        app.answers["/"] = Answer(
            f"<html><head><link rel=preconnect href='{inner.url()}'></head><body><h1>Page</h1>"
            f"<iframe src='{inner.url('/frame')}'></iframe><script>{script}</script></body></html>"
        )
        page = fetched(app.url())
        assert inner.asked == []
        assert "/hop" in app.paths
    assert b"<h1>Page</h1>" in page.body
    assert b"root-key" not in page.body


def test_a_page_that_leads_on_by_script_gets_no_further_than_its_own_site(
    app: App, fetched: Callable[..., Page]
) -> None:
    with App() as inner:
        app.answers["/"] = Answer(f"<html><body><script>location = '{inner.url()}'</script></body></html>")
        with pytest.raises(FetchError):
            fetched(app.url())
        assert inner.asked == []


def test_a_page_that_grows_too_large_is_refused(app: App, fetched: Callable[..., Page]) -> None:
    grow = "<script>document.body.innerHTML = 'x'.repeat(50000)</script>"
    app.answers["/"] = Answer(f"<html><body>{grow}</body></html>")
    with pytest.raises(FetchError, match=r"is larger than max_bytes \(5,000 bytes\)"):
        fetched(app.url(), max_bytes=5_000)
    app.answers["/"] = Answer("x" * 6_000)
    with pytest.raises(FetchError, match=r"is larger than max_bytes \(5,000 bytes\)"):
        fetched(app.url(), max_bytes=5_000)


def test_a_page_that_never_falls_silent_is_read_as_it_then_stands(
    app: App, fetched: Callable[..., Page]
) -> None:
    app.answers["/"] = Answer(
        "<html><body><h1>Ticker</h1><script>setInterval(() => fetch('data.json'), 50)</script></body></html>"
    )
    assert b"<h1>Ticker</h1>" in fetched(app.url()).body
    # However often it asks, it is not answered for ever.
    assert len(app.asked) <= 201


def test_a_page_that_hangs_is_given_up_in_time(app: App, fetched: Callable[..., Page]) -> None:
    app.answers["/"] = Answer("<html><body><script>while (true) {}</script></body></html>")
    with pytest.raises(FetchError) as raised:
        fetched(app.url(), timeout=timedelta(seconds=3))
    assert raised.value.retryable


def test_without_the_extra_a_sentence_says_what_to_install(
    fetched: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with App() as app, pytest.raises(SourceError, match=r"pip install 'playwright"):
        fetched(app.url())


def test_without_a_browser_a_sentence_says_what_to_install(
    app: App, fetched: Callable[..., Page], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with pytest.raises(SourceError, match="found no Chromium; install the system's"):
        fetched(app.url())
