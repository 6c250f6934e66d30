"""A real headless Chromium: looks at a page as a reader's mail client or browser would."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

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


def find_chromium() -> str:
    """Give the browser's path; skip the test where there is none, unless CI asks for strictness."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and not STRICT:
        pytest.skip("no Chromium on this machine")
    assert found is not None, "CI must have a browser; .ci/run installs one"
    return found


def look(html: str, name: str, width: int, *, dark: bool = False) -> tuple[int, bool]:
    """Give how many pixels wider than the window a page is, and whether a script of it ran.

    Leaves a screenshot in test-artifacts/.
    """
    chromium = find_chromium()
    ARTIFACTS.mkdir(exist_ok=True)
    options = [*_QUIET, f"--window-size={width},1400"]
    if dark:
        options.append("--blink-settings=preferredColorScheme=0")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(html, encoding="utf-8")
        profile = f"--user-data-dir={folder}/profile"
        shot = f"--screenshot={ARTIFACTS / f'{name}.png'}"
        _run(chromium, *options, profile, shot, page.as_uri())
        # A frame of the wanted width, because headless windows have a least width of their own.
        page.write_text(html + _MEASURE, encoding="utf-8")
        frame = Path(folder) / "frame.html"
        frame.write_text(
            f'<iframe src="page.html" style="width:{width}px;height:1400px;border:0" onload="'
            'document.title=this.contentDocument.title"></iframe>'
        )
        dumped = _run(
            chromium, *options, profile, "--allow-file-access-from-files", "--dump-dom", frame.as_uri()
        )
    measured = re.search(r"<title>\[(\d+),(\d+),(true|false)\]</title>", dumped)
    assert measured, f"the page could not be measured: {dumped[:300]}"
    return int(measured[1]) - int(measured[2]), measured[3] == "true"


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout
