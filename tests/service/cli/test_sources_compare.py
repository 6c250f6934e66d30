"""`sources compare`: what one source lists and another does not, and how the rest was found the same."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.service.commands import run
from tests.service.home import connected, database_line

WATCH_FILE = """\
sources:
  oig: {profile: table, url: oig.html}
  oversight: {profile: table, url: oversight.html}
"""
CAMERAS = "CBP Did Not Effectively Manage Its Facial Recognition Cameras at Land Ports of Entry"
DRONES = "CBP Bought Drones for the Northern Border That It Cannot Fly at Night"


def write_page(path: Path, *rows: tuple[str, str, str]) -> None:
    heads = "<tr><th>Report Number</th><th>Title</th><th>Issue Date</th></tr>"
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    path.write_text(f"<html><body><table>{heads}{cells}</table></body></html>")


@pytest.fixture
def folder(home: Path) -> Path:
    (home / "watch.yaml").write_text(WATCH_FILE + database_line(home))
    day = "March 2, 2026"
    write_page(
        home / "oig.html",
        ("OIG-26-90", CAMERAS, day),
        ("OIG-26-91", DRONES, day),
        ("OIG-26-1", "Buses", day),
    )
    write_page(
        home / "oversight.html",
        ("OIG-26-90", CAMERAS, day),
        ("", DRONES.upper(), day),
        ("NSF-26-2", "Ice", day),
    )
    assert run(home, "check").code == 0
    return home


def test_it_lists_what_each_has_alone_and_by_what_the_others_were_found_the_same(folder: Path) -> None:
    ran = run(folder, "sources", "compare", "oig", "oversight")
    assert ran.code == 0, ran.err
    first, second, both = ran.out.split("\n1 record on oversight")[0], *ran.out.split("on both")
    assert first.startswith("1 record on oig and not on oversight")
    assert "OIG-26-1 " in first
    assert "NSF-26-2" in second
    assert "2 records on both; 1 by number; 1 by title" in ran.out
    assert "OIG-26-90" in both
    assert f"by title, there {DRONES.lower()[:20]}" in " ".join(both.split())


def test_as_json_it_gives_every_record_of_both(folder: Path) -> None:
    said = json.loads(run(folder, "sources", "compare", "oversight", "oig", "--json").out)
    assert said["sources"] == ["oversight", "oig"]
    alone = {source: [one["key"] for one in found] for source, found in said["only"].items()}
    assert alone == {"oversight": ["NSF-26-2"], "oig": ["OIG-26-1"]}
    assert [(one["by"], one["records"]["oig"]["key"]) for one in said["both"]] == [
        ("number", "OIG-26-90"),
        ("title", "OIG-26-91"),
    ]


def test_it_holds_for_what_was_stored_before_anything_was_linked(folder: Path) -> None:
    before = run(folder, "sources", "compare", "oig", "oversight").out
    with connected(folder) as connection:
        connection.execute(text("DELETE FROM link"))
        connection.execute(text("UPDATE source SET linked_by = NULL"))
    assert run(folder, "sources", "compare", "oig", "oversight").out == before


def test_an_unknown_source_and_one_source_twice_are_refused_in_a_sentence(folder: Path) -> None:
    unknown = run(folder, "sources", "compare", "oig", "oversigt")
    assert (unknown.code, "did you mean 'oversight'?" in unknown.err) == (2, True)
    twice = run(folder, "sources", "compare", "oig", "oig")
    assert (twice.code, "name two different sources" in twice.err) == (2, True)
