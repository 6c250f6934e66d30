"""Pictures of stored pages as a browser shows them, without scripts and without a network."""

import os
import shutil
from collections.abc import Iterable

from monitor.domain.types import Page
from monitor.profiles.markup import is_markup
from monitor.profiles.readable import shown_text

_WIDTH = 1_200
_SECONDS = 20


def pictures_of(pages: Iterable[Page]) -> dict[str, bytes]:
    """Return a PNG of each page of markup, by its hash; none where no browser is installed."""
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - an extra
    except ImportError:
        return {}
    shown: dict[str, bytes] = {}
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
                chromium_sandbox=os.geteuid() != 0,  # it cannot use its sandbox as root
                timeout=_SECONDS * 1000,
            )
            context = browser.new_context(
                java_script_enabled=False, offline=True, viewport={"width": _WIDTH, "height": 900}
            )
            context.route("**/*", lambda route: route.abort())
            for page in pages:
                text = shown_text(page)
                if is_markup(text):
                    tab = context.new_page()
                    tab.set_content(text, wait_until="domcontentloaded", timeout=_SECONDS * 1000)
                    shown[page.sha256] = tab.screenshot(full_page=True, timeout=_SECONDS * 1000)
                    tab.close()
    except Error:
        return shown  # a page that cannot be shown has no picture
    return shown
