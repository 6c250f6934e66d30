"""`changes` with filters: each finds what it names and nothing else, alone and with others."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

import service.readmodel.changes
from tests.service.commands import run
from tests.service.home import connected, database_line

WATCH_FILE = """\
time_zone: America/New_York
sources:
  oig: {profile: table, url: oig.html}
  other: {profile: table, url: other.html}
channels:
  desk: {to: "mailto://127.0.0.1:1?from=watch@example.org&to=desk@example.org"}
topics:
  camera: {match: {any: [cameras]}}
  cameras: {match: {any: [kiosks]}}
"""
CBP, TSA = "U.S. Customs and Border Protection", "Transportation Security Administration"
ROWS = {
    "oig": [("OIG-26-90", "Cameras at ports", CBP), ("OIG-26-91", "Drones", TSA)],
    "other": [("X-26-1", "Kiosks", "CBP")],
}


def write_pages(folder: Path, revised: str = "") -> None:
    for source, rows in ROWS.items():
        heads = "<tr><th>Report Number</th><th>Title</th><th>Agency</th><th>Issue Date</th></tr>"
        cells = "".join(
            f"<tr><td>{number}</td><td>{title}{revised}</td><td>{agency}</td><td>March 2, 2026</td></tr>"
            for number, title, agency in rows
        )
        (folder / f"{source}.html").write_text(f"<html><body><table>{heads}{cells}</table></body></html>")


@pytest.fixture
def folder(home: Path) -> Path:
    """A watch in which three titles were revised."""
    (home / "watch.yaml").write_text(WATCH_FILE + database_line(home))
    for revised in ("", " in a new survey"):
        write_pages(home, revised)
        assert run(home, "check").code == 0
    return home


def found(folder: Path, *options: str) -> list[str]:
    ran = run(folder, "changes", "--json", *options)
    assert ran.code == 0, ran.err
    return sorted(change["record"] for change in json.loads(ran.out))


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ((), ["OIG-26-90", "OIG-26-91", "X-26-1"]),
        (("--agency", "CBP"), ["OIG-26-90", "X-26-1"]),
        (("--agency", "customs and border"), ["OIG-26-90"]),
        (("--agency", "BP"), []),
        (("--topic", "camera"), ["OIG-26-90"]),
        (("--topic", "cameras"), ["X-26-1"]),
        (("--kind", "title_revised", "--source", "oig"), ["OIG-26-90", "OIG-26-91"]),
        (("--kind", "new_report"), []),
        (("--status", "open"), []),
        (("--agency", "TSA", "--topic", "camera"), []),
    ],
)
def test_each_filter_finds_what_it_names(folder: Path, options: tuple[str, ...], keys: list[str]) -> None:
    assert found(folder, *options) == keys


def test_days_are_those_of_the_watch_files_zone(folder: Path) -> None:
    with connected(folder) as connection:  # 23:30 on 1 March in New York
        connection.execute(text("UPDATE change SET seen_at = '2026-03-02 04:30:00+00:00'"))
    assert len(found(folder, "--since", "2026-03-01", "--until", "2026-03-01")) == 3
    assert found(folder, "--since", "2026-03-02") == found(folder, "--until", "2026-02-28") == []
    assert "The newest one is of March 2, 2026" in run(folder, "changes", "--since", "2026-03-02").out


def test_a_rare_match_is_found_however_far_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.readmodel.changes, "_LOOKED_THROUGH", 1)
    assert found(folder, "--topic", "camera") == ["OIG-26-90"]
    assert found(folder) == ["OIG-26-90", "OIG-26-91", "X-26-1"]


def test_what_finds_nothing_says_so_and_an_unknown_name_is_refused(folder: Path) -> None:
    assert "No recorded change matches all of these." in run(folder, "changes", "--agency", "NASA").out
    refused = run(folder, "changes", "--topic", "camra")
    assert (refused.code, "did you mean 'camera'?" in refused.err) == (2, True)
    for option in ("--until=9999-12-31", "--since=0001-01-01"):
        far = run(folder, "changes", option)
        assert (far.code, "give a day from 1900 to 2999" in far.err) == (2, True)
    assert run(folder, "outbox", "show", "99999999999999999999").code == 2
    assert "not text in UTF-8" in run(folder, "show", "\udcff").err
    both = run(folder, "changes", "--days", "3", "--since", "2026-03-02")
    assert (both.code, "not both" in both.err) == (2, True)
