"""Exported lists, read back by other programs: the same values, and no cell that is a formula."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from alerts.domain.models import Routing
from service.readmodel.exports import CHANGE_COLUMNS, RECORD_COLUMNS
from tests.alerts.stories import Story
from tests.event_schema import EVENT
from tests.service.commands import run
from tests.service.history import NOW, write_history, write_watch_file
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


@pytest.fixture(scope="module")
def client(odd: Path) -> Iterator[httpx.Client]:
    """The odd texts, served."""
    with reading(odd) as running:
        yield running


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


def test_texts_of_changes_read_back_as_they_were_from_every_kind_of_file(client: httpx.Client) -> None:
    expected = [(text, f"{text}!") for text in reversed([*FORMULAS, *TEXTS])]
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


def test_no_cell_begins_like_a_formula(client: httpx.Client) -> None:
    for path in ("/changes.csv", "/records.csv"):
        text = client.get(path).content.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    book = openpyxl.load_workbook(io.BytesIO(client.get("/changes.xlsx").content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "inlineStr"}
    assert not [cell for cell in cells if cell.hyperlink]


def test_records_read_back_with_every_field_and_type(odd: Path, client: httpx.Client) -> None:
    as_csv = from_csv(client.get("/records.csv").content)
    as_xlsx = from_xlsx(client.get("/records.xlsx").content)
    as_lines = [json.loads(line) for line in client.get("/records.jsonl").text.splitlines()]
    printed = json.loads(run(odd, "records", "--json").out)
    assert sorted(as_lines, key=lambda one: one["key"]) == sorted(printed, key=lambda one: one["key"])
    assert [one["recommendation"] for one in as_csv] == [*FORMULAS, *TEXTS]
    assert as_xlsx[0]["listed"] is True
    assert (as_csv[0]["listed"], as_csv[0]["priority"]) == ("true", "")
    assert as_csv[0]["topics"] == "a; =1+1"


def test_the_columns_are_fixed(client: httpx.Client) -> None:
    changes, records = (
        next(csv.reader(io.StringIO(client.get(path).content.decode("utf-8-sig"))))
        for path in ("/changes.csv", "/records.csv")
    )
    assert changes == [
        *("id", "seen", "not_before", "kind", "headline", "source", "publisher", "record", "record_kind"),
        *("agency", "title", "recommendation", "status", "status_before", "status_after", "comment_before"),
        *("comment_after", "before", "after", "topics", "words", "url", "before_sha256", "after_sha256"),
        *("corrections", "imported"),
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
