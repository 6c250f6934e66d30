"""The search over HTTP and on the command line: words in all texts that records ever had."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection

from service.database import search_index
from service.database.database import open_database
from service.readmodel.search_words import excerpt, for_fts5, for_postgres, read_words, spans
from tests.alerts.stories import Story
from tests.service.commands import run
from tests.service.history import NOW, write_history, write_watch_file
from tests.service.home import connected, database_of
from tests.service.web.served_watch import reading


def _history(story: Story) -> None:
    gao, audits = story.source("cbp-gao"), story.source("audits")
    first = story.record(
        gao,
        "GAO-24-1 rec 1",
        NOW - timedelta(days=30),
        report_number="GAO-24-1",
        status_comment="CBP bought body-worn cameras.",
    )
    story.change(first, at=NOW - timedelta(days=9), after={"status_comment": "CBP wrote a policy."})
    story.record(audits, "OIG-24-01", NOW - timedelta(days=5), report=True, report_number="OIG-24-01")
    story.record(
        audits, "OIG-24-017", NOW - timedelta(days=4), report=True, report_number="OIG-24-017",
        title="Cameras at <b>ports</b> and CBP’s café", abstract=None, topics=["Border Security"],
    )  # fmt: skip


def _tell(folder: Path) -> Path:
    """Write a watch with a comment that was replaced, and two reports."""
    write_watch_file(folder)
    write_history(folder, _history)
    return folder


@pytest.fixture
def told(home: Path) -> Path:
    return _tell(home)


@pytest.fixture(scope="module")
def shared(shared_home: Path) -> Path:
    return _tell(shared_home)


@pytest.fixture(scope="module")
def client(shared: Path) -> Iterator[httpx.Client]:
    """The watch, served."""
    with reading(shared) as running:
        yield running


@pytest.fixture(scope="module")
def client_without_fts5(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The watch on a file that was made and opened where SQLite cannot search for words."""
    folder = tmp_path_factory.mktemp("home")
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search_index, "_has_fts5", lambda _connection: False)
            client = stack.enter_context(reading(_tell(folder)))
        with connected(folder) as connection:
            assert not search_index.is_searchable(connection)
        yield client


CASES = [
    ("cameras", ["OIG-24-017", "GAO-24-1 rec 1"]),
    ("CAMERAS ports", ["OIG-24-017"]),
    ('"body worn cameras"', ["GAO-24-1 rec 1"]),
    ('"cameras body"', []),
    ("camera", []),
    ("camer*", ["OIG-24-017", "GAO-24-1 rec 1"]),
    ("OIG-24-01", ["OIG-24-01", "OIG-24-017"]),
    ('"OIG-24-01" biometric', ["OIG-24-01"]),
    ("oig-24-017", ["OIG-24-017"]),
    ("gao-24-1 rec 1", ["GAO-24-1 rec 1"]),
    ("cbp’s CAFÉ", ["OIG-24-017"]),
    ("border security", ["OIG-24-017"]),
]


def _keys(client: httpx.Client, typed: str) -> list[str]:
    return [one["key"] for one in client.get("/search.json", params={"q": typed}).json()["records"]]


@pytest.mark.parametrize(("typed", "keys"), CASES)
def test_words_are_found_in_every_text_that_a_record_had(
    client: httpx.Client, typed: str, keys: list[str]
) -> None:
    assert _keys(client, typed) == keys


@pytest.mark.sqlite
@pytest.mark.parametrize(("typed", "keys"), CASES)
def test_the_same_is_found_without_fts5(
    client_without_fts5: httpx.Client, typed: str, keys: list[str]
) -> None:
    assert _keys(client_without_fts5, typed) == keys


@pytest.mark.parametrize(
    "typed",
    [
        '"',
        '""',
        "***",
        "'",
        "a' OR 1=1 --",
        "NEAR(a b)",
        "title:x",
        "(((",
        "\\",
        "a & b | !c",
        "^qqq",
        "x" * 200,
        "\x00",
        "%_",
        "<->",
    ],
)
def test_nothing_that_is_typed_is_an_error(client: httpx.Client, typed: str | bytes) -> None:
    page = client.get("/search", params={"q": typed})
    assert page.status_code == 200
    assert "Every word must be found" in page.text


def test_hits_are_marked_in_the_text_with_the_time_until_which_it_stood(client: httpx.Client) -> None:
    page = client.get("/search?q=cameras").text
    found = client.get("/search.json?q=cameras").json()["records"]
    assert "<mark>Cameras</mark> at &lt;b&gt;ports" in page
    assert "In the comment until <time" in page
    (comment,) = found[1]["found"]
    assert comment["until"] == (NOW - timedelta(days=9)).isoformat()
    assert comment["since"] == (NOW - timedelta(days=30)).isoformat()
    assert [one["text"] for one in comment["text"] if one["hit"]] == ["cameras"]
    assert found[0]["found"][0]["until"] is None


def test_older_matches_are_on_the_next_page_and_no_record_comes_twice(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.readmodel.search._CANDIDATES", 1)
    keys: list[str] = []
    path: str | None = "/search.json?q=cbp"
    while path:
        found = client.get(path).json()
        keys += [one["key"] for one in found["records"]]
        path = f"/search.json?q=cbp&before={found['next']}" if found["next"] else None
    assert keys == ["OIG-24-017", "OIG-24-01", "GAO-24-1 rec 1"]


def test_the_command_prints_what_the_page_shows(shared: Path, client: httpx.Client) -> None:
    served = client.get("/search.json?q=cameras").json()["records"]
    assert json.loads(run(shared, "search", "cameras", "--json").out) == served
    shown = run(shared, "search", "body worn cameras").out
    assert "GAO-24-1 rec 1" in shown
    assert "in the comment until" in shown
    assert "Try fewer words" in run(shared, "search", "nothing-like-this").out


@pytest.mark.sqlite
def test_a_file_goes_on_where_sqlite_has_no_fts5_and_is_searched_where_it_has(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "_has_fts5", lambda _connection: False)
    write_history(
        told, lambda story: story.record(story.source("new"), "A-1", NOW, recommendation="Zeppelins.")
    )
    monkeypatch.undo()
    database = open_database(database_of(told))
    with database.read() as session:
        assert search_index.is_searchable(session.connection())
    database.close()
    with reading(told) as client:
        assert _keys(client, "zeppelins") == ["A-1"]


@pytest.mark.sqlite
def test_the_index_forgets_what_is_deleted(told: Path) -> None:
    database = open_database(database_of(told))
    with database.write() as session:
        connection: Connection = session.connection()
        connection.exec_driver_sql("DELETE FROM record_version")
        left = connection.exec_driver_sql(
            "SELECT count(*) FROM record_search WHERE record_search MATCH 'cbp'"
        )
        assert left.scalar_one() == 0
        connection.exec_driver_sql("INSERT INTO record_search(record_search) VALUES ('integrity-check')")
    database.close()


def test_words_are_read_as_they_are_typed() -> None:
    assert for_fts5(read_words('a "b-c d"* OIG-24-01 e*')) == '"a" AND "b c d" * AND "oig 24 01" AND "e" *'
    assert for_postgres(read_words("oig-24 e*")) == "('oig' <-> '24') & ('e':*)"
    assert read_words('"open quote') == read_words('"open quote"')
    assert read_words("same same") == read_words("same")


def test_a_long_text_is_cut_around_its_hits() -> None:
    text = "before " * 100 + "the Cameras here " + "after " * 100
    pieces = excerpt(text, spans(text, read_words("cameras")[0]))
    assert [piece.text for piece in pieces if piece.hit] == ["Cameras"]
    assert pieces[0].text == "… "
    assert pieces[-1].text.endswith(" …")
    assert sum(len(piece.text) for piece in pieces) < 340
