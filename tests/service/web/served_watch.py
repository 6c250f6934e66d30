"""A served watch: pages of two sources that changed once, read over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from service.cli.options import settings_of
from service.database.database import open_database
from service.web.serve import served
from tests.ports import unused_port
from tests.service.commands import run
from tests.service.history import place_database

READ, ADMIN = "reader-0123456789", "admin-0123456789ab"
SOURCES = """\
time_zone: America/New_York
sources:
  oig: {profile: table, url: oig.html}
  gao: {profile: table, url: gao.html}
channels:
  desk: {to: "mailto://127.0.0.1:1?from=watch@example.org&to=desk@example.org"}
topics:
  cameras: {match: {any: [cameras]}, send: {immediately: desk}}
"""
HOSTILE = "<script>alert(1)</script> Drones & “boats” \u202eevil"


def write_pages(folder: Path, revised: str = "") -> None:
    """Write the pages of both sources; `revised` is added to every title."""
    rows = {
        "oig": [("OIG-26-90", "Cameras at ports"), ("OIG-26-91", "&lt;script&gt;")],
        "gao": [("GAO-26-1", "Kiosks")],
    }
    for source, given in rows.items():
        heads = "<tr><th>Report Number</th><th>Title</th><th>Issue Date</th></tr>"
        cells = "".join(f"<tr><td>{n}</td><td>{t}{revised}</td><td>March 2, 2026</td></tr>" for n, t in given)
        (folder / f"{source}.html").write_text(f"<html><body><table>{heads}{cells}</table></body></html>")


def make_history(folder: Path, watch_file: str = SOURCES) -> None:
    """Write a watch file and two versions of its pages, and check each."""
    (folder / "watch.yaml").write_text(watch_file)
    place_database(folder)
    for revised in ("", " in a new survey"):
        write_pages(folder, revised)
        run(folder, "check")


@contextmanager
def reading(folder: Path, room: str = "", token: str | None = None) -> Iterator[httpx.Client]:
    """Serve the folder's watch file and give a client; `room` are more keys of its reading_room."""
    listen = f"127.0.0.1:{unused_port()}"
    watch_file = folder / "watch.yaml"
    text = watch_file.read_text().split("reading_room:")[0]
    watch_file.write_text(f"{text}reading_room: {{listen: '{listen}'{room}}}\n")
    settings = settings_of(watch_file)
    headers = {"Accept": "text/html"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with (
        served(settings, lambda: settings_of(watch_file), open_database(settings.database)) as address,
        # Without TLS there are no certificates to read, which takes longer than a page.
        httpx.Client(base_url=address, headers=headers, trust_env=False, verify=False, timeout=600) as client,
    ):
        yield client


TOKENS = f", read_token: {READ}, admin_token: {ADMIN}"
