"""Exports of filtered lists: over HTTP and by the command, whole, and never half a file."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service.commands import run, run_process
from tests.service.history import usual_history, write_history, write_watch_file
from tests.service.web.served_watch import reading
from tests.service.web.test_exports import from_csv, from_xlsx


@pytest.fixture(scope="module")
def usual(shared_home: Path) -> Path:
    write_watch_file(shared_home)
    write_history(shared_home, usual_history)
    return shared_home


@pytest.fixture(scope="module")
def client(usual: Path) -> Iterator[httpx.Client]:
    """The usual history, served."""
    with reading(usual) as running:
        yield running


def test_an_export_has_the_filters_of_its_page_and_is_a_file_with_a_name(client: httpx.Client) -> None:
    answer = client.get("/changes.csv?agency=CBP&until=2000-01-01")
    assert len(from_csv(answer.content)) == 0
    assert answer.headers["content-disposition"] == 'attachment; filename="oversight-changes.csv"'
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert answer.content.startswith(b"\xef\xbb\xbfid,seen,")
    assert len(from_csv(client.get("/changes.csv?agency=CBP").content)) == 3
    assert len(from_csv(client.get("/records.csv?source=cbp-gao&status=open").content)) == 2
    assert client.get("/records.csv?status=closed").text.count("\n") == 1
    assert client.get("/changes.csv?limit=1").status_code == 422
    assert client.get("/changes.ods").status_code == 422
    page = client.get("/changes?kind=comment_updated&limit=1").text
    assert '<a href="/changes.csv?kind=comment_updated">CSV</a>' in page


def test_more_rows_than_are_read_at_a_time_are_all_there_once(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.readmodel.exports._PART", 2)
    monkeypatch.setattr("service.readmodel.export_files._PART", 2)
    ids = [one["id"] for one in from_csv(client.get("/changes.csv").content)]
    keys = [one["key"] for one in from_csv(client.get("/records.csv").content)]
    assert (len(ids), len(set(ids)), len(keys), len(set(keys))) == (3, 3, 2, 2)


def test_a_workbook_that_has_not_all_rows_says_so(
    usual: Path, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.readmodel.export_files.MOST_SHEET_ROWS", 2)
    *rows, last = from_xlsx(client.get("/changes.xlsx").content)
    assert len(rows) == 2
    assert str(last["id"]).startswith("Cut after 100,000 rows.")
    ran = run(usual, "export", "changes", "--format", "xlsx", "-o", "out.xlsx")
    assert (ran.code, ran.out) == (0, "2 rows written to out.xlsx.\n")
    assert ran.err.startswith("Cut after")


def test_records_have_the_filters_of_their_page_in_the_address_and_on_the_command_line(
    usual: Path, client: httpx.Client
) -> None:
    assert run(usual, "assign", "GAO-24-1 rec 1", "Ana").code == 0
    ran = run(usual, "export", "records", "--open", "--owner", "ana", "--output", "x.csv")
    assert (ran.code, ran.out) == (0, "1 row written to x.csv.\n")
    served = client.get("/records.csv?open=true&owner=ana").content
    page = client.get("/records?owner=ana&agency=CBP").text
    assert served == (usual / "x.csv").read_bytes()
    assert [(one["key"], one["assigned_to"]) for one in from_csv(served)] == [("GAO-24-1 rec 1", "Ana")]
    assert 'href="/target-dates.ics?agency=CBP"' in page
    assert 'href="/records.jsonl?' in page


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("name", ["changes", "records"])
def test_the_command_writes_what_is_served(usual: Path, client: httpx.Client, name: str, form: str) -> None:
    ran = run(usual, "export", name, "--format", form, "--output", "out", "--source", "cbp-gao")
    assert (ran.code, ran.err) == (0, "")
    assert (usual / "out").read_bytes() == client.get(f"/{name}.{form}?source=cbp-gao").content
    assert not (usual / "out.part").exists()


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["changes"], 2, "--output"),
        (["changes", "-o", "x", "--format", "ods"], 2, "ods"),
        (["changes", "-o", "x", "--topic", "traning"], 2, "training"),
        (["records", "-o", "x", "--source", "gbp-gao"], 2, "cbp-gao"),
        (["records", "-o", "none/x"], 3, "none/x"),
    ],
)
def test_a_mistake_ends_in_a_sentence_and_the_older_file_stays(
    usual: Path, options: list[str], code: int, said: str
) -> None:
    (usual / "x").write_text("older")
    ran = run(usual, "export", *options)
    assert ran.code == code
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert (usual / "x").read_text() == "older"


def test_an_export_leaves_what_is_no_file_as_it_is_and_follows_a_link(usual: Path) -> None:
    pipe, link, kept = usual / "pipe", usual / "link.csv", usual / "real.csv.part"
    os.mkfifo(pipe)
    kept.write_text("mine")
    link.symlink_to(usual / "real.csv")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert run(usual, "export", "changes", "-o", str(pipe)).code == 0
    reader.join()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert run(usual, "export", "changes", "-o", str(link)).code == 0
    assert link.is_symlink()
    assert (usual / "real.csv").read_bytes() == read[0]
    assert kept.read_text() == "mine"
    printed = run_process(usual, "export", "changes", "-o", "-")
    assert printed.out.encode("utf-8").replace(b"\n", b"\r\n") == read[0].replace(b"\r\r\n", b"\r\n")
    assert "written to -" in printed.err
    for folder in (".", ""):
        refused = run(usual, "export", "changes", "-o", folder)
        assert (refused.code, "is a folder" in refused.err) == (2, True)
