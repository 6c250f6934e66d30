"""Every page over HTTP: what it shows, what it links, and how a wrong address is answered."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.service.commands import run
from tests.service.history import place_database
from tests.service.home import connected, database_line
from tests.service.web.served_watch import SOURCES, make_history, reading


@pytest.fixture(scope="module")
def folder(shared_home: Path) -> Path:
    """A watch that all tests of the file read."""
    make_history(shared_home, SOURCES + database_line(shared_home))
    return shared_home


def test_the_newest_changes_come_first_with_words_marked_and_nothing_unescaped(folder: Path) -> None:
    with reading(folder) as client:
        page = client.get("/").text
    assert "OIG-26-90" in page
    assert "<ins>in a new survey</ins>" in page
    assert "<script>alert" not in page
    assert page.count('<article class="change">') == 3


def test_a_filter_is_in_the_address_and_an_empty_field_is_not(folder: Path) -> None:
    with reading(folder) as client:
        sent = client.get("/changes", params={"topic": "", "source": "gao", "kind": "", "limit": "10"})
        assert sent.headers["location"] == "/changes?limit=10&source=gao"
        page = client.get(sent.headers["location"]).text
        none = client.get("/changes?agency=NASA").text
    assert ("GAO-26-1" in page, "OIG-26-90" in page) == (True, False)
    assert "No recorded change matches all of this." in none


def test_older_changes_are_on_the_next_page_and_none_is_missed(folder: Path) -> None:
    seen: list[int] = []
    with reading(folder) as client:
        path: str | None = "/changes.json?limit=1"
        while path:
            found = client.get(path).json()
            seen += [change["id"] for change in found["changes"]]
            path = f"/changes.json?limit=1&before={found['next']}" if found["next"] else None
        assert seen == sorted(seen, reverse=True)
        assert len(seen) == 3
        first = client.get("/changes?limit=1").text
        assert f"before={seen[0]}" in first


def test_the_json_is_what_the_command_prints(folder: Path) -> None:
    printed = json.loads(run(folder, "changes", "--json").out)
    with reading(folder) as client:
        served = client.get("/changes.json").json()["changes"]
        assert client.get("/sources.json").json()["sources"][0]["source"] == "oig"
    assert [{name: one[name] for name in printed[0]} for one in served] == printed


def test_a_records_life_is_shown_with_two_versions_compared(folder: Path) -> None:
    with reading(folder) as client:
        page = client.get("/records/oig/OIG-26-90?old=1&new=2").text
        same = client.get("/records/oig/OIG-26-90?old=2&new=2").text
        far = client.get("/records/oig/OIG-26-90?old=1&new=7")
        life = client.get("/api/records/oig/OIG-26-90").json()
        small = client.get("/records/oig/oig-26-90")
    assert "Version 1 and version 2" in page
    assert page.count("<ins>in a new survey</ins>") >= 2
    assert "They are the same." in same
    assert far.status_code == 404
    assert life["versions"][0]["fields"]["title"] == "Cameras at ports"
    assert (small.status_code, small.headers["location"]) == (301, "/records/oig/OIG-26-90")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nope", 404, "no such page"),
        ("/records/oig/OIG-26-9", 404, "there is"),
        ("/records/gao/OIG-26-90", 404, "has no record"),
        ("/changes?kind=nope", 422, "kind must be one of new_report, "),
        ("/changes?knd=new_report", 422, "knd is not known here."),
        ("/changes?limit=many", 422, "limit must be a whole number."),
        ("/changes?limit=1000000", 422, "limit must be at most 500."),
        ("/changes?topic=camras", 404, "did you mean"),
        ("/changes?source=oigg", 404, "did you mean"),
        ("/records?source=oigg", 404, "did you mean"),
        ("/changes?source=oig", 200, ""),
        ("/changes/", 404, "no such page"),
        ("/changes?before=99999999999999999999999", 422, "before"),
        ("/changes?since=2026-13-45", 422, "since"),
        ("/changes?since=9999-12-31", 422, "since"),
        ("/changes?since=2999-12-31&until=1900-01-01", 422, "give the earlier day first"),
    ],
)
def test_a_wrong_address_is_answered_in_one_shape(folder: Path, path: str, status: int, said: str) -> None:
    with reading(folder) as client:
        page = client.get(path)
        plain = client.get(
            path.replace("/changes?", "/changes.json?"), headers={"Accept": "application/json"}
        )
    assert (page.status_code, plain.status_code) == (status, status)
    assert page.headers["content-type"].startswith("text/html")
    if status != 200:
        assert said in page.text
        assert set(plain.json()) == {"error"}
        assert set(plain.json()["error"]) == {"status", "message"}


def test_a_bug_is_answered_without_its_traceback_and_logged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def _broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("service.web.pages.sources_as_data", _broken)
    with reading(folder) as client:
        answer = client.get("/sources")
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret detail" not in answer.text
    assert "The service's log says why" in answer.text.replace("&#39;", "'")
    assert "page_crashed path=/sources" in caplog.text


def test_a_page_that_has_not_changed_is_not_sent_again(folder: Path) -> None:
    with reading(folder) as client:
        first = client.get("/changes.json")
        again = client.get("/changes.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_empty_watch_says_what_to_do_next(home: Path) -> None:
    (home / "oig.html").write_text("<html><body><table><tr><th>Report Number</th><th>Title</th></tr></table>")
    (home / "watch.yaml").write_text("sources:\n  oig: {profile: table, url: oig.html}\n")
    run(home, "check")
    with reading(home) as client:
        page = client.get("/").text
    assert "No change is recorded yet" in page
    assert "oversight-watch demo" in page


def test_no_page_loads_anything_from_elsewhere(folder: Path) -> None:
    with reading(folder) as client:
        for path in ("/", "/sources", "/records/oig/OIG-26-90", "/sign-in"):
            page = client.get(path)
            loaded = re.findall(r'(?:src|rel="stylesheet" href|rel="icon" href)="([^"]+)"', page.text)
            assert loaded
            assert all(one.startswith("/static/") for one in loaded)
            assert len(page.content) < 100_000


def test_a_changed_watch_file_is_shown_and_a_broken_one_is_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.web.room._LOOK_SECONDS", 0)
    with reading(folder) as client:
        watch_file = folder / "watch.yaml"
        text = watch_file.read_text()
        watch_file.write_text(text.replace("topics:\n", "topics:\n  kiosks: {match: {any: [kiosks]}}\n"))
        assert ">kiosks</option>" in client.get("/").text
        watch_file.write_text("sources: [")
        assert ">kiosks</option>" in client.get("/").text
        watch_file.write_text(text)


@pytest.mark.sqlite
def test_imported_changes_are_paged_through_led_to_and_packed(tmp_path: Path) -> None:
    make_history(tmp_path)
    with connected(tmp_path) as connection:
        for table, column in (("change", "id"), ("routing", "change_id"), ("outbox_entry", "change_id")):
            statement = f"UPDATE {table} SET {column} = {column} - 1000000003 WHERE {column} < 3"
            connection.execute(text(statement))
    with reading(tmp_path) as client:
        found, address = [], "/changes.json?limit=1"
        while address:
            part = client.get(address).json()
            found += [one["id"] for one in part["changes"]]
            address = part["next"] and f"/changes.json?limit=1&before={part['next']}"
        assert found == [3, -1000000001, -1000000002]
        assert client.get(f"/changes/{found[1]}").headers["location"].endswith(f"#change-{found[1]}")
        assert client.get(f"/evidence/changes/{found[1]}.zip").status_code == 200
        assert client.get("/search?q=cameras&before=-1").status_code == 200


@pytest.mark.sqlite  # a server's database is no file
def test_a_database_that_was_replaced_is_not_shown_until_the_right_one_is_back(tmp_path: Path) -> None:
    make_history(tmp_path)
    file = Path(place_database(tmp_path).removeprefix("sqlite:///"))
    aside = tmp_path / "aside.db"
    with reading(tmp_path) as client:
        assert client.get("/").status_code == 200
        file.rename(aside)
        file.write_bytes(aside.read_bytes())
        refused = client.get("/")
        assert (refused.status_code, client.get("/readyz").status_code) == (503, 503)
        assert "cannot be read" in refused.text
        aside.rename(file)
        assert client.get("/").status_code == 200
