"""A real headless Chromium: looks at a page as a reader's mail client or browser would."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

# What a laptop may skip, CI must not.
STRICT = bool(os.environ.get("OVERSIGHT_WATCH_STRICT_TESTS"))
PATIENCE = 300_000.0  # milliseconds, for a busy machine
ARTIFACTS = Path(__file__).parent.parent / "test-artifacts"
# Runs in the page and gives how wide it is, how wide the window is, and whether a script of the page ran.
_MEASURE = "[document.documentElement.scrollWidth, window.innerWidth, !!window.touched]"
# The same for the faintest text: each text's colour against the first background behind it, both blended.
_CONTRAST = """(() => {
const parse = c => { const n = c.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
const light = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255)
  .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b; };
const behind = e => { const layers = [];
  for (; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]); };
let least = 22, said = "";
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; node = walk.nextNode();) {
  const e = node.parentElement;
  if (!node.data.trim() || !e.checkVisibility() || ["SCRIPT", "STYLE"].includes(e.tagName)) continue;
  const back = behind(e), front = over(parse(getComputedStyle(e).color), back);
  const [a, b] = [light(front), light(back)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
  if (ratio < least) [least, said] = [ratio, node.data.trim().slice(0, 80)];
}
return [least, said];
})()"""


def find_chromium() -> str:
    """Give the browser's path; skip the test where there is none, unless CI asks for strictness."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and not STRICT:
        pytest.skip("no Chromium on this machine")
    assert found is not None, "CI must have a browser; .ci/run installs one"
    return found


def opened_chromium(playwright: Playwright) -> Browser:
    """Give a headless browser."""
    return playwright.chromium.launch(
        executable_path=find_chromium(),
        chromium_sandbox=os.geteuid() != 0,  # Chromium cannot use it as root
        timeout=PATIENCE,
    )


@dataclass(frozen=True, slots=True)
class Tab:
    """A browser's tab, which shows one page after the other."""

    page: Page
    file: Path

    def look(self, html: str, name: str, width: int, *, dark: bool = False) -> tuple[int, bool]:
        """Return how many pixels wider than the window a page is, and whether a script of it ran.

        Leaves a screenshot in test-artifacts/.
        """
        self._show(html, width, dark=dark)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)
        wide, given, ran = self.page.evaluate(_MEASURE)
        return wide - given, ran

    def faintest(self, html: str, width: int, *, dark: bool = False) -> tuple[float, str]:
        """Return the lowest contrast of any shown text to what is behind it, and that text (WCAG AA: 4.5)."""
        self._show(html, width, dark=dark)
        ratio, text = self.page.evaluate(_CONTRAST)
        return float(ratio), text

    def _show(self, html: str, width: int, *, dark: bool) -> None:
        self.file.write_text(html, encoding="utf-8")
        self.page.set_viewport_size({"width": width, "height": 1400})
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.goto(self.file.as_uri())


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """Give a tab that a file's tests share: to start a browser takes longer than to look at a page."""
    with sync_playwright() as playwright:
        page = opened_chromium(playwright).new_page()
        page.set_default_timeout(PATIENCE)
        yield Tab(page, tmp_path_factory.mktemp("pages") / "page.html")
