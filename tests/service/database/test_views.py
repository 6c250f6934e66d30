"""The views that other programs read: by plain SQL, on both databases, without any of our code."""

import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from alerts.domain.models import Routing
from tests.alerts.stories import Story
from tests.service.commands import ROOT, run
from tests.service.history import NOW, write_history, write_watch_file
from tests.service.home import connected, database_of

DOCS = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
VIEWS = ("v_changes", "v_records", "v_status_history")


def history(story: Story) -> None:
    source = story.source("cbp-gao")
    begin = NOW - timedelta(days=30)
    one = story.record(source, "GAO-24-1 rec 1", begin, priority=True, topics=["Ports"])
    story.change(one, at=NOW - timedelta(days=20))  # a comment, not a status
    closed = {"status": "closed_implemented", "status_text": "Closed – Implemented"}
    change = story.change(one, at=NOW - timedelta(days=9), before={"status": "open"}, after=closed)
    one.status = "closed_implemented"
    story.session.add(Routing(change_id=change.id, decision="digest", topics=["ports"]))
    reopened = {"status": "open", "status_text": "Open"}
    story.change(one, at=NOW, before=closed, after=reopened)
    one.status = "open"
    story.record(story.source("audits"), "OIG-26-18", begin, report=True)


@pytest.fixture
def told(home: Path) -> Path:
    write_watch_file(home)
    write_history(home, history)
    return home


def rows(folder: Path, statement: str) -> list[dict[str, Any]]:
    with connected(folder) as connection:
        return [dict(row._mapping) for row in connection.execute(text(statement))]


def test_a_change_is_a_row_with_its_record_and_what_was_decided(told: Path) -> None:
    first, second, third = rows(told, "SELECT * FROM v_changes ORDER BY id")
    assert (second["source"], second["record_key"]) == ("cbp-gao", "GAO-24-1 rec 1")
    assert (second["status_before"], second["status_after"]) == ("open", "closed_implemented")
    assert (first["comment_before"], first["comment_after"]) == ("Work goes on.", "Work is done.")
    assert (second["decision"], "ports" in str(second["topics"])) == ("digest", True)
    assert third["decision"] is None
    assert third["agency"] == "U.S. Customs and Border Protection"
    assert third["status"] == "open"


def test_a_record_is_a_row_with_its_fields(told: Path) -> None:
    recommendation, report = rows(told, "SELECT * FROM v_records ORDER BY id")
    assert (recommendation["open_now"], recommendation["priority"], recommendation["listed"]) == (1, 1, 1)
    assert recommendation["title"].startswith("Facial Recognition Services")
    assert (report["title"][:5], report["open_now"], report["priority"]) == ("CBP’s", 0, 0)
    assert report["fiscal_year"] == "2026"


def test_a_status_is_a_row_from_when_it_was_first_seen_until_the_next(told: Path) -> None:
    first, second, third = rows(told, "SELECT * FROM v_status_history ORDER BY seen_at")
    assert [one["status"] for one in (first, second, third)] == ["open", "closed_implemented", "open"]
    assert (first["until_at"], second["until_at"]) == (second["seen_at"], third["seen_at"])
    assert third["until_at"] is None
    seen = third["seen_at"]  # a server gives a time in its zone, SQLite the text of one in UTC
    assert (seen if isinstance(seen, datetime) else datetime.fromisoformat(f"{seen}+00:00")) == NOW


@pytest.mark.sqlite
def test_plain_sqlite_reads_them(told: Path) -> None:
    with closing(sqlite3.connect(database_of(told).removeprefix("sqlite:///"))) as connection:
        found = [connection.execute(f"SELECT count(*) FROM {view}").fetchone()[0] for view in VIEWS]
    assert found == [3, 2, 3]


@pytest.mark.parametrize("odd", ["a\x00\x00b", "\\u0000", "\\\\\x00", '"quoted" {} ->', "\x00"])
def test_no_text_of_a_page_keeps_a_view_from_being_read(home: Path, odd: str) -> None:
    def _told(story: Story) -> None:
        record = story.record(story.source("cbp-gao"), "GAO-24-1 rec 1", recommendation=odd)
        story.change(record, before={"status_comment": odd}, after={"status_comment": "Done."})

    write_watch_file(home)
    write_history(home, _told)
    (record,) = rows(home, "SELECT * FROM v_records")
    (change,) = rows(home, "SELECT * FROM v_changes")
    assert rows(home, "SELECT count(*) AS found FROM v_status_history") == [{"found": 1}]
    # SQLite ends a text at such a character, PostgreSQL leaves it out.
    shown = (odd.partition("\x00")[0], odd.replace("\x00", ""))
    assert record["recommendation"] in shown
    assert change["comment_before"] in shown


def test_the_documented_queries_run_and_every_column_is_documented(told: Path) -> None:
    queries = re.findall(r"```sql\n(.*?)```", DOCS, re.DOTALL)
    assert len(queries) >= 3
    for query in queries:
        rows(told, query)
    for view in VIEWS:
        for column in rows(told, f"SELECT * FROM {view}")[0]:
            assert f"`{column}`" in DOCS, (view, column)


def test_a_check_finds_nothing_wrong_with_them(told: Path) -> None:
    assert "v_changes" not in run(told, "db", "check").all
