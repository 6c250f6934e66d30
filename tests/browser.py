"""A real headless Chromium: looks at a page as a reader's mail client or browser would."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from html import unescape
from pathlib import Path
from typing import Any

import pytest

# What a laptop may skip, CI must not.
STRICT = bool(os.environ.get("OVERSIGHT_WATCH_STRICT_TESTS"))
ARTIFACTS = Path(__file__).parent.parent / "test-artifacts"
_QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
# Runs in the page and leaves what it measured in the title, which --dump-dom prints.
_MEASURE = (
    "<script>document.title=JSON.stringify([document.documentElement.scrollWidth,window.innerWidth,"
    "!!window.touched])</script>"
)
# The same for the faintest text: each text's colour against the first background behind it, both blended.
_CONTRAST = """<script>(() => {
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
document.title = JSON.stringify([least, said]);
})()</script>"""
_DARK = "--blink-settings=preferredColorScheme=0"


def find_chromium() -> str:
    """Give the browser's path; skip the test where there is none, unless CI asks for strictness."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and not STRICT:
        pytest.skip("no Chromium on this machine")
    assert found is not None, "CI must have a browser; .ci/run installs one"
    return found


def look(html: str, name: str, width: int, *, dark: bool = False, height: int = 1400) -> tuple[int, bool]:
    """Give how many pixels wider than the window a page is, and whether a script of it ran.

    Leaves a screenshot in test-artifacts/.
    """
    ARTIFACTS.mkdir(exist_ok=True)
    shot = f"--screenshot={ARTIFACTS / f'{name}.png'}"
    wide, given, ran = _measured(html, _MEASURE, width, shot, dark=dark, height=height)
    return wide - given, ran


def faintest(html: str, width: int, *, dark: bool = False) -> tuple[float, str]:
    """Give the lowest contrast of any shown text to what is behind it, and that text (WCAG AA: 4.5)."""
    ratio, text = _measured(html, _CONTRAST, width, dark=dark)
    return float(ratio), text


def _measured(html: str, script: str, width: int, *options: str, dark: bool, height: int = 1400) -> list[Any]:
    """Give what a script leaves in the page's title as JSON."""
    dumped = _shown(html + script, width, height, ["--dump-dom", *options], dark=dark)
    title = re.search(r"<title>(\[.*?\])</title>", dumped, re.DOTALL)
    assert title, f"the page could not be measured: {dumped[:300]}"
    found: list[Any] = json.loads(unescape(title[1]))
    return found


def _shown(html: str, width: int, height: int, options: list[str], *, dark: bool) -> str:
    """Open a page in a frame of the wanted width: headless windows have a least width of their own."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(html, encoding="utf-8")
        frame = Path(folder) / "frame.html"
        frame.write_text(
            '<body style="margin:0"><iframe src="page.html" frameborder="0"'
            f' width="{width}" height="{height}"'
            ' onload="document.title=this.contentDocument.title"></iframe>'
        )
        return _run(
            find_chromium(),
            *_QUIET,
            f"--window-size={width},{height}",
            f"--user-data-dir={folder}/profile",
            "--allow-file-access-from-files",
            *([_DARK] if dark else []),
            *options,
            frame.as_uri(),
        )


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    return done.stdout
