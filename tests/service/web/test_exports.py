"""Exported lists, read back by other programs: the same values, and no cell that is a formula."""

import csv
import io
import json
import os
import re
import stat
import threading
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from alerts.domain.models import Routing
from service.readmodel.exports import CHANGE_COLUMNS, RECORD_COLUMNS
from tests.alerts.stories import Story
from tests.event_schema import EVENT
from tests.service.commands import run, run_process
from tests.service.history import NOW, usual_history, write_history, write_watch_file
from tests.service.web.served_watch import reading

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "'=1",
    "''-1",
    '=HYPERLINK("http://evil.example")',
    "=cmd|' /C calc'!A0",
]
TEXTS = ["'Tis", 'a,b;"c"\nd', "_x0041_", "https://evil.example", "0012", "1e5", "“Ünï”", "x" * 40_000]


def odd_history(story: Story) -> None:
    source = story.source("cbp-gao")
    for number, text in enumerate([*FORMULAS, *TEXTS], 1):
        record = story.record(
            source, f"GAO-24-{number} rec 1", NOW, recommendation=text, topics=["a", text[:99]]
        )
        change = story.change(
            record, at=NOW, before={"status_comment": text}, after={"status_comment": f"{text}!"}
        )
        story.session.add(Routing(change_id=change.id, decision="digest", topics=["ports"]))


@pytest.fixture(scope="module")
def odd(shared_home: Path) -> Path:
    write_watch_file(shared_home)
    write_history(shared_home, odd_history)
    return shared_home


def from_csv(content: bytes) -> list[dict[str, str]]:
    """Read as docs/feeds.md says: one apostrophe is taken away from what would be a formula without it."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return [{name: re.sub(r"^'(?='*[=+\-@\t\r])", "", text) for name, text in row.items()} for row in rows]


def from_xlsx(content: bytes) -> list[dict[str, Any]]:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    heads, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    # Excel shows _x005F_ as an underscore; openpyxl leaves it.
    rows = [[cell.replace("_x005F_", "_") if isinstance(cell, str) else cell for cell in row] for row in rows]
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_texts_of_changes_read_back_as_they_were_from_every_kind_of_file(odd: Path) -> None:
    expected = [(text, f"{text}!") for text in reversed([*FORMULAS, *TEXTS])]
    with reading(odd) as client:
        as_csv = from_csv(client.get("/changes.csv").content)
        as_xlsx = from_xlsx(client.get("/changes.xlsx").content)
        as_lines = [json.loads(line) for line in client.get("/changes.jsonl").text.splitlines()]
    assert [(one["comment_before"], one["comment_after"]) for one in as_csv] == expected
    fitting = [pair for pair in expected if len(pair[0]) < 32_767]
    assert [(one["comment_before"], one["comment_after"]) for one in as_xlsx][1:] == fitting
    assert as_xlsx[0]["comment_after"] == "x" * 32_766 + "…"
    for line in as_lines:
        EVENT.validate(line)
    assert [one["after"]["status_comment"] for one in as_lines] == [after for _, after in expected]
    assert (
        [one["id"] for one in as_xlsx]
        == [int(one["id"]) for one in as_csv]
        == [one["id"] for one in as_lines]
    )
    assert json.loads(as_csv[1]["after"]) == {"status_comment": "“Ünï”!"}
    assert as_csv[0]["topics"] == "ports"


def test_no_cell_begins_like_a_formula(odd: Path) -> None:
    with reading(odd) as client:
        for path in ("/changes.csv", "/records.csv"):
            text = client.get(path).content.decode("utf-8-sig")
            cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
            assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
        book = openpyxl.load_workbook(io.BytesIO(client.get("/changes.xlsx").content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "inlineStr"}
    assert not [cell for cell in cells if cell.hyperlink]


def test_records_read_back_with_every_field_and_type(odd: Path) -> None:
    with reading(odd) as client:
        as_csv = from_csv(client.get("/records.csv").content)
        as_xlsx = from_xlsx(client.get("/records.xlsx").content)
        as_lines = [json.loads(line) for line in client.get("/records.jsonl").text.splitlines()]
    printed = json.loads(run(odd, "records", "--json").out)
    assert sorted(as_lines, key=lambda one: one["key"]) == sorted(printed, key=lambda one: one["key"])
    assert [one["recommendation"] for one in as_csv] == [*FORMULAS, *TEXTS]
    assert as_xlsx[0]["listed"] is True
    assert (as_csv[0]["listed"], as_csv[0]["priority"]) == ("true", "")
    assert as_csv[0]["topics"] == "a; =1+1"


def test_the_columns_are_fixed(odd: Path) -> None:
    with reading(odd) as client:
        changes, records = (
            next(csv.reader(io.StringIO(client.get(path).content.decode("utf-8-sig"))))
            for path in ("/changes.csv", "/records.csv")
        )
    assert changes == [
        *("id", "seen", "not_before", "kind", "headline", "source", "publisher", "record", "record_kind"),
        *("agency", "title", "recommendation", "status", "status_before", "status_after", "comment_before"),
        *("comment_after", "before", "after", "topics", "words", "url", "before_sha256", "after_sha256"),
        "corrections",
    ]
    assert records == [
        *(
            "source",
            "kind",
            "key",
            "report_number",
            "title",
            "abstract",
            "issue_date",
            "fiscal_year",
            "agency",
        ),
        *(
            "topics",
            "url",
            "report_title",
            "recommendation_number",
            "matter_number",
            "recommendation",
            "status",
        ),
        *("status_text", "status_comment", "agreement", "priority", "director"),
        *("listed", "first_seen", "changed", "unlisted", "snapshot_sha256"),
        *("dated", "due", "assigned_to", "corrections"),
    ]
    page = (Path(__file__).parents[3] / "docs" / "feeds.md").read_text()
    assert all(f"`{column.name}`" in page for column in (*CHANGE_COLUMNS, *RECORD_COLUMNS))


@pytest.fixture
def usual(home: Path) -> Path:
    write_watch_file(home)
    write_history(home, usual_history)
    return home


def test_an_export_has_the_filters_of_its_page_and_is_a_file_with_a_name(usual: Path) -> None:
    with reading(usual) as client:
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
    usual: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.readmodel.exports._PART", 2)
    monkeypatch.setattr("service.readmodel.export_files._PART", 2)
    with reading(usual) as client:
        ids = [one["id"] for one in from_csv(client.get("/changes.csv").content)]
        keys = [one["key"] for one in from_csv(client.get("/records.csv").content)]
    assert (len(ids), len(set(ids)), len(keys), len(set(keys))) == (3, 3, 2, 2)


def test_a_workbook_that_has_not_all_rows_says_so(usual: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.readmodel.export_files.MOST_SHEET_ROWS", 2)
    with reading(usual) as client:
        *rows, last = from_xlsx(client.get("/changes.xlsx").content)
    assert len(rows) == 2
    assert str(last["id"]).startswith("Cut after 100,000 rows.")
    ran = run(usual, "export", "changes", "--format", "xlsx", "-o", "out.xlsx")
    assert (ran.code, ran.out) == (0, "2 rows written to out.xlsx.\n")
    assert ran.err.startswith("Cut after")


def test_records_have_the_filters_of_their_page_in_the_address_and_on_the_command_line(usual: Path) -> None:
    assert run(usual, "assign", "GAO-24-1 rec 1", "Ana").code == 0
    ran = run(usual, "export", "records", "--open", "--owner", "ana", "--output", "x.csv")
    assert (ran.code, ran.out) == (0, "1 row written to x.csv.\n")
    with reading(usual) as client:
        served = client.get("/records.csv?open=true&owner=ana").content
        page = client.get("/records?owner=ana&agency=CBP").text
    assert served == (usual / "x.csv").read_bytes()
    assert [(one["key"], one["assigned_to"]) for one in from_csv(served)] == [("GAO-24-1 rec 1", "Ana")]
    assert 'href="/target-dates.ics?agency=CBP"' in page
    assert 'href="/records.jsonl?' in page


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("name", ["changes", "records"])
def test_the_command_writes_what_is_served(usual: Path, name: str, form: str) -> None:
    ran = run(usual, "export", name, "--format", form, "--output", "out", "--source", "cbp-gao")
    assert (ran.code, ran.err) == (0, "")
    with reading(usual) as client:
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
