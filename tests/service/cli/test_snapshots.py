"""Stored pages by command: listed, as they were received, how they came, opened, and compared."""

import hashlib
import json
import os
import socket
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text

from monitor.domain.types import Headers
from monitor.store.headers import packed, unpacked
from service.terminal import snapshots
from tests.monitor.fetch.sites import WireSite
from tests.service.commands import Ran, run
from tests.service.home import connected, database_line

ROW = "<tr><td>{}</td><td>{}</td><td>March 2, 2026</td></tr>"
HEAD = "<tr><th>Report Number</th><th>Title</th><th>Issue Date</th></tr>"
SCRIPT = "<script>document.title = 'ran'</script>"
FIRST = [("OIG-26-1", "Cameras at ports"), ("OIG-26-2", "Kiosks")]
SECOND = [("OIG-26-1", "Cameras at all ports"), ("OIG-26-2", "Kiosks"), ("OIG-26-3", "Drones")]


def page(rows: list[tuple[str, str]]) -> bytes:
    cells = "".join(ROW.format(*row) for row in rows)
    return f"<html><body>{SCRIPT}<table>{HEAD}{cells}</table></body></html>".encode()


class Lived:
    """A source that was read over HTTP twice; its site sends secrets of the session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = FIRST
        site = WireSite(self._answer)
        (folder / "watch.yaml").write_text(
            f"{database_line(folder)}time_zone: America/New_York\ncontact: watch@example.org\nsources:\n"
            f"  oig: {{profile: table, allow_private: true, delay: 1s, url: '{site.url('/list')}'}}\n"
        )
        for self.rows in (FIRST, SECOND):
            assert self.run("check").code == 0
        site.stop()
        self.after, self.before = self.json("snapshots", "oig")

    def _answer(self, connection: socket.socket, _path: str) -> None:
        body = page(self.rows)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: made-up/1\r\n"
            b"Set-Cookie: sid=hidden-1\r\nX-Session-Token: hidden-2\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )

    def run(self, *arguments: str) -> Ran:
        return run(self.folder, *arguments)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").out)


@pytest.fixture(scope="module")
def lived(shared_home: Path) -> Lived:
    return Lived(shared_home)


def test_the_pages_of_a_source_are_listed_with_what_refers_to_them(lived: Lived) -> None:
    assert [one["size"] for one in (lived.before, lived.after)] == [len(page(FIRST)), len(page(SECOND))]
    assert (lived.before["changes"], lived.after["changes"], lived.after["page"]) == (2, 2, 1)
    shown = lived.run("snapshots", "oig").out
    assert f"page 1 of the list, text/html, {len(page(SECOND))} bytes, 2 changes" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "earlier ones" in lived.run("snapshots", "oig", "-n", "1").out
    assert "no source is called 'oigg'; did you mean 'oig'?" in lived.run("snapshots", "oigg").err


def test_a_page_is_written_as_it_was_received_and_replaces_no_device(lived: Lived, tmp_path: Path) -> None:
    file, link = tmp_path / "page.html", tmp_path / "link"
    link.symlink_to(file)
    for given, target in ((lived.before, file), (lived.after, link)):
        assert lived.run("snapshot", given["sha256"][:12], "-o", str(target)).code == 0
        assert hashlib.sha256(file.read_bytes()).hexdigest() == given["sha256"]
    assert link.is_symlink()
    assert lived.run("snapshot", lived.after["sha256"], "-o", os.devnull).code == 0
    assert not Path(os.devnull).is_file()


def test_how_a_page_came_is_kept_without_secrets(lived: Lived) -> None:
    data = lived.json("snapshot", "--source", "oig", "--as-of", "today")
    assert data == lived.json("snapshot", lived.after["sha256"])
    answered, asked = dict(data["response_headers"]), dict(data["request_headers"])
    assert (data["status"], answered["server"], data["rendered"]) == (200, "made-up/1", False)
    assert "watch@example.org" in asked["user-agent"]
    assert data["read_by"].split()[1].startswith("table@")
    shown = lived.run("snapshot", lived.after["sha256"][:8]).out
    assert "server: made-up/1" in shown
    assert "hidden" not in shown + json.dumps(data)
    with connected(lived.folder) as connection:  # one as an earlier version stored it
        connection.execute(
            text("UPDATE snapshot SET headers = NULL, read_by = NULL WHERE sha256 = :sha256"),
            {"sha256": lived.before["sha256"]},
        )
    assert (
        "not kept: it was stored by an earlier version" in lived.run("snapshot", lived.before["sha256"]).out
    )


def test_headers_take_little_room_and_damaged_ones_are_none() -> None:
    headers = Headers(200, (("host", "a.example"),), (("content-type", "text/html; charset=UTF-8"),) * 3)
    stored = packed(headers) or b""
    assert len(stored) < 60
    assert unpacked(stored) == headers
    assert [unpacked(one) for one in (None, b"", stored[:-3], b"2" + stored[1:])] == [None] * 4


def test_two_pages_are_compared_by_record_and_by_words(lived: Lived) -> None:
    data = lived.json("snapshot", lived.before["sha256"], "--diff", lived.after["sha256"])
    assert data["records"]["added"] == [{"key": "OIG-26-3", "title": "Drones"}]
    assert data["records"]["same"] == 1
    [changed] = data["records"]["changed"]
    assert changed["fields"]["title"] == {"before": "Cameras at ports", "after": "Cameras at all ports"}
    shown = lived.run("snapshot", lived.before["sha256"][:9], "--diff", lived.after["sha256"][:9]).out
    assert "Cameras at {+all+} ports" in shown
    assert "ran" not in shown  # a script is no text of the page
    same = lived.run("snapshot", lived.after["sha256"], "--diff", lived.after["sha256"]).out
    assert "No record differs, 3 records the same" in same


def test_a_page_is_opened_where_nothing_in_it_runs(lived: Lived) -> None:
    with patch.object(snapshots.webbrowser, "open", return_value=False) as browser:
        shown = lived.run("snapshot", lived.after["sha256"], "--open").out
    path = Path(shown.rpartition(" ")[2].strip())
    assert browser.call_args[0][0] == path.as_uri()
    assert shown.startswith("no browser could be started; open this file in one: ")
    opened = path.read_text()
    path.unlink()
    assert "<iframe sandbox title" in opened
    assert "<script" not in opened


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["abc"], "'abc' is not a hash of a page: give at least its first 4 digits"),
        (["xyz1"], "'xyz1' is not a hash of a page"),
        (["0000000000"], "no stored page has the hash 0000000000"),
        ([], "give the hash of a page, or --source and --as-of"),
        (["--source", "oig"], "--source and --as-of belong together"),
        (["--source", "oig", "--as-of", "2020-01-01"], "no page of oig was stored by 2020-01-01; the oldest"),
    ],
)
def test_a_wrong_question_is_answered_with_a_sentence(lived: Lived, arguments: list[str], said: str) -> None:
    ran = lived.run("snapshot", *arguments)
    assert ran.code == 2
    assert said in " ".join(ran.err.split())


def test_digits_that_several_pages_share_are_not_enough(lived: Lived) -> None:
    shared = "feed"
    with connected(lived.folder) as connection:
        for last in "ab":
            sha256 = shared.ljust(63, "0") + last
            connection.execute(
                text(
                    "INSERT INTO snapshot_body (sha256, size, encoding, depth, body)"
                    " SELECT :sha256, size, encoding, 0, body FROM snapshot_body"
                    " WHERE base_sha256 IS NULL LIMIT 1"
                ),
                {"sha256": sha256},
            )
            connection.execute(
                text(
                    "INSERT INTO snapshot"
                    " (source_id, check_id, url, final_url, fetched_at, sha256, content_type, charset)"
                    " SELECT source_id, check_id, url, final_url, fetched_at, :sha256, content_type, charset"
                    " FROM snapshot LIMIT 1"
                ),
                {"sha256": sha256},
            )
    ran = lived.run("snapshot", shared)
    assert ran.code == 2
    assert "several stored pages begin with feed: feed00000000, feed00000000; give more digits" in ran.err
