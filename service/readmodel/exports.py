"""Whole filtered lists as rows with fixed columns, for files that other programs open."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import col

from monitor.domain.types import FIELDS
from monitor.store.models import Record
from service.database.database import Database
from service.readmodel.changes import ChangeFilter, changes_page
from service.readmodel.corrections import said_by_record
from service.readmodel.events import events_of
from service.readmodel.record_list import RecordFilter, asked, matching, row_of
from service.watchfile.settings import WatchFile

Row = Mapping[str, Any]
_PART = 500  # rows read at a time


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name, and its value in a row."""

    name: str
    value: Callable[[Row], Any]


def _at(*path: str) -> Callable[[Row], Any]:
    def _value(row: Row) -> Any:
        found: Any = row
        for step in path:
            found = found.get(step) if found else None
        return found

    return _value


def _title(row: Row) -> Any:
    fields = row["record"]["fields"]
    return fields.get("report_title") or fields.get("title")


# Programs rely on names and order: a new column is added at the end.
CHANGE_COLUMNS = (
    Column("id", _at("id")),
    Column("seen", _at("seen")),
    Column("not_before", _at("not_before")),
    Column("kind", _at("kind")),
    Column("headline", _at("headline")),
    Column("source", _at("source", "key")),
    Column("publisher", _at("source", "publisher")),
    Column("record", _at("record", "key")),
    Column("record_kind", _at("record", "kind")),
    Column("agency", _at("record", "fields", "agency")),
    Column("title", _title),
    Column("recommendation", _at("record", "fields", "recommendation")),
    Column("status", _at("record", "fields", "status")),
    Column("status_before", _at("before", "status")),
    Column("status_after", _at("after", "status")),
    Column("comment_before", _at("before", "status_comment")),
    Column("comment_after", _at("after", "status_comment")),
    Column("before", _at("before")),
    Column("after", _at("after")),
    Column("topics", lambda row: [one["topic"] for one in row["topics"]]),
    Column("words", lambda row: list(dict.fromkeys(word for one in row["topics"] for word in one["words"]))),
    Column("url", _at("record", "fields", "url")),
    Column("before_sha256", _at("evidence", "before_sha256")),
    Column("after_sha256", _at("evidence", "after_sha256")),
    Column("corrections", _at("corrections")),
    Column("imported", _at("imported")),
)
_RECORD_FIELDS = tuple(dict.fromkeys(name for names in FIELDS.values() for name in names))
RECORD_COLUMNS = tuple(
    Column(name, _at(name))
    for name in (
        *("source", "kind", "key"),
        *_RECORD_FIELDS,
        *("listed", "first_seen", "changed", "unlisted", "snapshot_sha256"),
        *("dated", "due", "assigned_to", "corrections"),
    )
)


def change_rows(database: Database, settings: WatchFile, wanted: ChangeFilter) -> Iterator[Row]:
    """Return matching changes as events, newest first.

    Each part is read by itself, so that whoever takes the rows slowly keeps no transaction open.
    """
    before = None
    while True:
        with database.read() as session:
            page = changes_page(session, wanted, before=before, limit=_PART)
            rows = events_of(session, settings, page.changes)
        yield from rows
        if (before := page.next) is None:
            return


def record_rows(database: Database, wanted: RecordFilter) -> Iterator[Row]:
    """Return matching records as they were last seen, in the order in which they were first seen."""
    with database.read() as session:
        query = asked(session, wanted, None, descending=False, now=datetime.now(UTC))
    statement, after = matching(query).order_by(col(Record.id)).limit(_PART), 0
    while True:
        with database.read() as session:
            found = session.exec(statement.where(Record.id > after)).all()
            corrected = said_by_record(session, [record.id for _, record in found])
        yield from (
            {**row_of(source, record, query), "corrections": corrected.get(record.id, [])}
            for source, record in found
        )
        if len(found) < _PART:
            return
        after = found[-1][1].id
