"""A real browser walks every page of the demo's history: none is broken, too wide or hard to use."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine, event

from monitor.domain.types import Page as StoredPage
from service.readmodel.sandboxed import sandboxed
from tests.browser import ARTIFACTS, PATIENCE, find_chromium, opened_chromium
from tests.monitor.fetch.sites import WireSite
from tests.service.commands import run
from tests.service.web.served_watch import reading

_CANCELED = "net::ERR_ABORTED"
_MOST_PAGES = 80
_MOST_QUERIES = 8
_SHOWN = 3  # pages of one kind that are looked at closely
_STANDARD = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# Only what is wrong leaves the browser: to pass on all that is right takes as long as to find it.
_VIOLATIONS = "options => axe.run(document, options).then(found => found.violations)"
_AXE = Axe().axe_script
_LINKS = "[...document.querySelectorAll('a[href]')].map(a => a.href)"
_TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    find_chromium()
    with sync_playwright() as playwright:
        yield opened_chromium(playwright)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the demo's history."""
    folder = tmp_path_factory.mktemp("demo")
    assert run(folder, "demo", "--folder", str(folder)).code == 0
    with reading(folder) as client:
        yield str(client.base_url)


def page_of(
    chromium: Browser, width: int, scheme: str = "light", *, scripts: bool = True
) -> tuple[Page, list[str]]:
    """Return a page, and the list into which it writes all that a reader would not want."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
    )
    context.set_default_timeout(PATIENCE)
    page, wrong = context.new_page(), []
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    # The browser itself cancels what a page still loads when the next one is asked for.
    page.on(
        "requestfailed",
        lambda request: (
            wrong.append(f"{request.failure}: {request.url}") if request.failure != _CANCELED else None
        ),
    )
    return page, wrong


@contextmanager
def noted_queries() -> Iterator[list[str]]:
    """Give a list of all that databases of this process are asked while the block lasts."""
    asked: list[str] = []

    def note(*given: Any) -> None:
        if given[2] != "BEGIN":
            asked.append(given[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def pages_within(page: Page, address: str) -> Iterator[str]:
    """Open each page that links lead to from the first one, and give its path while it is shown."""
    seen, waiting, shown = {"/"}, ["/"], 0
    while waiting and shown < _MOST_PAGES:
        path = waiting.pop(0)
        with noted_queries() as asked:
            answer = page.request.get(urljoin(address, path))
        assert answer.status == 200, path
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        # A change's own address leads to its record, which asks again.
        assert len(asked) <= _MOST_QUERIES or path.startswith("/changes/"), (path, asked)
        assert len(answer.body()) < 100_000, path
        if path.startswith("/digests/"):  # a document of its own, for which mails are tested
            continue
        shown += 1
        page.goto(urljoin(address, path))
        for link in page.evaluate(_LINKS):
            parts = urlsplit(link)
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            if parts.netloc == urlsplit(address).netloc and "/snapshots/" not in target:
                waiting += {target} - seen
                seen.add(target)
        yield path


def kind_of(path: str) -> tuple[str, ...]:
    """Return what pages of one template with the same filters have in common."""
    parts = urlsplit(path)
    depth = str(parts.path.count("/"))
    return parts.path.split("/")[1], depth, *sorted(name for name, _ in parse_qsl(parts.query))


def check_page(page: Page, path: str) -> None:
    """Fail if something of the shown page is hard to use."""
    page.evaluate(_AXE)
    found = page.evaluate(_VIOLATIONS, _STANDARD)
    assert not found, (path, [(each["id"], [node["html"] for node in each["nodes"]]) for each in found])


def test_every_page_is_whole_accessible_and_fits_a_phone(chromium: Browser, address: str) -> None:
    phone, wrong = page_of(chromium, 390)
    dark, wrong_in_dark = page_of(chromium, 1200, "dark")
    paths, kinds = [], Counter[tuple[str, ...]]()
    for path in pages_within(phone, address):
        assert phone.evaluate(_TOO_WIDE) <= 0, path
        paths.append(path)
        kinds[kind_of(path)] += 1
        if kinds[kind_of(path)] > _SHOWN:
            continue
        check_page(phone, path)
        dark.goto(urljoin(address, path))
        assert dark.evaluate(_TOO_WIDE) <= 0, path
        check_page(dark, path)
    assert len(paths) > 15
    assert (wrong, wrong_in_dark) == ([], [])
    for name, path in (("changes", "/"), ("record", next(p for p in paths if p.startswith("/records/")))):
        phone.goto(urljoin(address, path))
        phone.screenshot(path=ARTIFACTS / f"reading-room-{name}.png", full_page=True)


def test_without_scripts_every_list_can_be_filtered(chromium: Browser, address: str) -> None:
    page, wrong = page_of(chromium, 1200, scripts=False)
    page.goto(address)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Kind").select_option("status_changed")
    page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/changes?kind=status_changed")
    assert "UTC" in (page.locator("time").first.get_attribute("title") or "")
    assert wrong == []


def test_the_keyboard_reaches_the_content_first(chromium: Browser, address: str) -> None:
    page, _ = page_of(chromium, 1200)
    page.goto(address)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_times_are_shown_in_the_readers_zone(chromium: Browser, address: str) -> None:
    shown = {}
    for zone in ("Asia/Tokyo", "America/Los_Angeles"):
        page = chromium.new_context(timezone_id=zone).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        shown[zone] = page.locator("time").first.inner_text()
    assert shown["Asia/Tokyo"] != shown["America/Los_Angeles"]


def test_a_stored_page_runs_nothing(chromium: Browser, address: str) -> None:
    page, _ = page_of(chromium, 1200)
    page.goto(address)
    newest = page.request.get(urljoin(address, "/changes.json")).json()["changes"][0]
    answer = page.goto(urljoin(address, f"/snapshots/{newest['after_sha256']}"))
    assert answer is not None
    assert answer.headers["content-type"].startswith("text/plain")
    assert page.evaluate("document.scripts.length") == 0


def test_a_stored_page_that_is_shown_runs_and_loads_nothing(chromium: Browser, tmp_path: Path) -> None:
    asked: list[str] = []
    site = WireSite(lambda _connection, path: asked.append(path))
    hostile = (
        "<html><body><h1>Hello</h1><script>document.body.innerHTML='ran'</script>"
        f"<img src='{site.url('/img')}' onerror='document.body.innerHTML=1'>"
        f"<link rel=stylesheet href='{site.url('/css')}'><iframe src='{site.url('/frame')}'></iframe>"
        f"<meta http-equiv=refresh content='0;{site.url('/on')}'>"
    )
    address = site.url("/list")
    page = StoredPage(address, address, hostile.encode(), "ab" * 32, datetime.now(UTC))
    file = tmp_path / "page.html"
    file.write_text(sandboxed(page, "About <it>"))
    tab = chromium.new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(file.as_uri())
    tab.wait_for_load_state("networkidle")
    assert tab.frame_locator("iframe").locator("h1").inner_text() == "Hello"
    assert tab.locator("p").first.inner_text() == "About <it>"
    site.stop()
    assert asked == []
