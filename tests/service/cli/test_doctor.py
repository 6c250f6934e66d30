"""`doctor` finds what is wrong here, and says how to fix it."""

import json
from pathlib import Path

import pytest

from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite
from service.dryrun.doctor import _clock as clock
from service.dryrun.doctor import _offset
from tests.service.commands import run

WATCH_FILE = """\
contact: watch@example.org
sources:
  audits: {{url: "{url}", allow_private: true}}
channels:
  desk: {{to: "mailto://127.0.0.1:{port}?from=w@a.org&to=b@a.org", purpose: operator}}
topics: {{all: {{send: {{immediately: desk}}}}}}
"""


def states(folder: Path) -> dict[str, tuple[str, str | None]]:
    ran = run(folder, "doctor", "--json")
    found = json.loads(ran.out)
    assert (ran.code == 1) == any(one["state"] == "wrong" for one in found), ran.err
    return {one["check"]: (one["state"], one["fix"]) for one in found}


def test_a_sound_installation_is_found_sound_and_nothing_is_sent(
    tmp_path: Path, site: ReplicaSite, mail_server: MailServer
) -> None:
    (tmp_path / "watch.yaml").write_text(WATCH_FILE.format(url=site.url(LISTING_PATH), port=mail_server.port))
    found = states(tmp_path)
    assert {state for state, _ in found.values()} == {"ok"}
    assert {"versions", "permissions", "disk", "database", "proxy", "site", "channel"} <= set(found)
    assert {request.path for request in site.requests} == {"/robots.txt"}
    assert mail_server.messages == []
    shown = run(tmp_path, "doctor")
    assert shown.out.endswith("Everything needed works.\n")
    assert [line for line in shown.out.splitlines() if len(line) > 80] == []


def test_each_trouble_is_named_with_its_fix(
    tmp_path: Path, site: ReplicaSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("SECRET=1")
    (tmp_path / ".env").chmod(0o644)
    (tmp_path / "watch.yaml").write_text(
        WATCH_FILE.format(url="https://www.nowhere.invalid/reports", port=1) + "database: sqlite:///here.db\n"
    )
    (tmp_path / "here.db").write_text("no database")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1_000}))
    found = states(tmp_path)
    assert {name for name, (state, _) in found.items() if state == "wrong"} == {
        "disk",
        "database",
        "DNS",
        "channel",
    }
    assert all(fix for state, fix in found.values() if state == "wrong")


def test_a_clock_is_held_against_what_the_sites_say() -> None:
    assert [one.state.value for one in clock([_offset("Mon, 02 Mar 2026 12:00:00 GMT")])] == ["wrong"]
    assert [one.state.value for one in clock([5_000.0, 1.0])] == ["ok"]
    assert list(clock([])) == []
