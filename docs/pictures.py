"""Make the pictures of the documentation from the demo's history: `make pictures`. Needs a Chromium.

Each is what a reader sees: a mail as the demo's mail server got it, its digest, and the reading room.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent / "images"
_PROGRAM = (sys.executable, "-m", "service.cli.main")
_WIDTH, _HEIGHT = 900, 900


def make(folder: Path = FOLDER) -> None:
    """Play the demo and write all pictures into `folder`."""
    with TemporaryDirectory() as made, sync_playwright() as playwright:
        demo = Path(made) / "demo"
        subprocess.run([*_PROGRAM, "demo", "--folder", str(demo)], check=True, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            chromium_sandbox=os.geteuid() != 0,  # Chromium cannot use it as root
        )
        page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
        _take(page, _mail(demo).as_uri(), folder / "alert.png", 700)
        _take(page, next(demo.glob("digest-weekly-*.html")).as_uri(), folder / "digest.png", 700)
        with _reading_room(demo) as address:
            _take(page, f"{address}/changes", folder / "reading-room.png", 1100)
        browser.close()


def _take(page: Page, address: str, picture: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": _HEIGHT})
    page.goto(address)
    page.screenshot(path=picture)


def _mail(demo: Path) -> Path:
    """Return the page of the mail about the recommendation that was closed."""
    for path in sorted((demo / "mails").glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        page = mail.get_body(("html",))
        if page and "as implemented" in str(mail["Subject"]):
            written = path.with_suffix(".html")
            written.write_text(page.get_content(), "utf-8")
            return written
    raise SystemExit("the demo sent no mail about a recommendation that was closed as implemented")


@contextmanager
def _reading_room(demo: Path) -> Iterator[str]:
    """Serve the demo's history on a free port, and return the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (demo / "watch.yaml").open("a", encoding="utf-8") as file:
        file.write(f'\nreading_room: {{listen: "127.0.0.1:{port}"}}\n')
    served = subprocess.Popen([*_PROGRAM, "serve", "-w", str(demo / "watch.yaml")])
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/healthz")
        yield address
    finally:
        served.terminate()
        served.wait()


def _wait_for(address: str, tries: int = 600) -> None:
    for _ in range(tries):
        try:
            with urlopen(address):
                return
        except URLError:
            time.sleep(0.1)
    raise SystemExit(f"{address} does not answer")


if __name__ == "__main__":
    make()
