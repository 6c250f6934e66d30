"""Read and write the documents that reports link to, on the caller's session. Never commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from monitor.domain.types import ChangeKind, DocumentState, RecordKind
from monitor.store.batches import in_parts
from monitor.store.models import Change, Document, Record, Snapshot, Source, table_of
from monitor.store.seals import SEALED, renewed
from monitor.store.upsert import renewing

_TABLE = table_of(Document)
_SEALED = SEALED["document"].split()
_LINKED = col(Record.fields)["url"].as_string() == col(Document.url)  # others are not asked for any more


@dataclass(frozen=True, slots=True)
class Linked:
    """A report and the address that it links to; `dated` is its day as ISO text."""

    key: str
    url: str
    dated: str


def due_documents(session: Session, key: str, now: datetime, limit: int) -> list[tuple[Document, Linked]]:
    """Return the documents of a source that it is time to ask for.

    First what a second look has to confirm, then the newest that were never read, then those that have
    waited longest.
    """
    statement = (
        select(Document, Record.key, Record.dated)
        .join(Source, col(Source.id) == Document.source_id)
        .join(Record, col(Record.id) == Document.record_id)
        .where(
            Source.key == key,
            col(Document.due_at) <= now,
            _LINKED,
        )
        .order_by(
            col(Document.doubt).is_(None),
            col(Document.asked_at).is_not(None),
            col(Document.asked_at),
            col(Record.dated).desc(),
            col(Document.id),
        )
        .limit(limit)
    )
    return [(one, Linked(record, one.url, dated)) for one, record, dated in session.exec(statement)]


def known_addresses(session: Session, key: str) -> dict[str, str]:
    """Return the addresses of all documents of a source, each with the key of its report."""
    statement = (
        select(Document.url, Record.key)
        .join(Source, col(Source.id) == Document.source_id)
        .join(Record, col(Record.id) == Document.record_id)
    )
    return dict(session.exec(statement.where(Source.key == key)).all())


def has_documents(session: Session, key: str) -> bool:
    """Return whether the documents of a source are known."""
    of_source = select(Document.id).join(Source, col(Source.id) == Document.source_id)
    return session.exec(of_source.where(Source.key == key).limit(1)).first() is not None


def add_documents(session: Session, source_id: int, linked: Sequence[Linked], now: datetime) -> None:
    """Add documents that are not known, due now; watch those that are known for these reports."""
    keys = {one.key: one for one in linked}
    for some in in_parts(keys):
        wanted = select(Record.id, Record.key).where(
            col(Record.source_id) == source_id,
            col(Record.key).in_(some),
            col(Record.kind) == RecordKind.REPORT.value,
        )
        rows: list[dict[str, Any]] = [
            {
                "source_id": source_id,
                "record_id": id_,
                "url": keys[key].url,
                "state": DocumentState.WAITING.value,
                "due_at": now,
            }
            for id_, key in session.exec(wanted)
        ]
        if rows:
            session.connection().execute(renewing(_TABLE, ("source_id", "url"), ("record_id",)), rows)
            urls = [row["url"] for row in rows]
            renewed(session, "document", [one.id for one in documents_at(session, source_id, urls).values()])


def documents_at(session: Session, source_id: int, urls: Iterable[str]) -> dict[str, Document]:
    """Return the documents of a source at these addresses."""
    found: dict[str, Document] = {}
    for some in in_parts(urls):
        of_urls = select(Document).where(Document.source_id == source_id, col(Document.url).in_(some))
        found.update((one.url, one) for one in session.exec(of_urls))
    return found


def is_walled(session: Session, one: Document) -> bool:
    """Return whether no other watched file was found since something else is in a file's place.

    It is False where nothing is, or no other file is watched.
    """
    others = (
        select(func.max(Document.seen_at))
        .join(Record, col(Record.id) == Document.record_id)
        .where(
            Document.source_id == one.source_id,
            Document.id != one.id,
            Document.state == DocumentState.WATCHED.value,
            _LINKED,
        )
    )
    if one.other_since is None or (latest := session.exec(others).one()) is None:
        return False
    return bool(latest <= one.other_since)


def write_document(session: Session, known: Document, values: Mapping[str, Any]) -> None:
    """Write what a look found of a document."""
    if any(name in values and values[name] != getattr(known, name) for name in _SEALED):
        renewed(session, "document", [known.id])
    session.connection().execute(update(_TABLE).where(_TABLE.c.id == known.id).values(**values))


def was_there_before(session: Session, source_id: int, url: str, sha256: str) -> bool:
    """Return whether an address has shown these bytes at an earlier time."""
    of_page = select(Snapshot.id).where(
        Snapshot.sha256 == sha256, Snapshot.source_id == source_id, Snapshot.url == url
    )
    return session.exec(of_page.limit(1)).first() is not None


def was_announced(session: Session, record_id: int, now: datetime) -> bool:
    """Return whether a report was recorded as new by an earlier check, as a change that was not imported."""
    new = select(Change.id).where(
        Change.record_id == record_id,
        Change.kind == ChangeKind.NEW_REPORT.value,
        Change.seen_at < now,
        col(Change.imported).is_(False),
    )
    return session.exec(new.limit(1)).first() is not None


def document_of(session: Session, record: Record) -> Document | None:
    """Return the document that a report links to, None where it is not watched."""
    at_address = select(Document).where(
        Document.source_id == record.source_id, Document.url == str(record.fields.get("url"))
    )
    return session.exec(at_address).first()


def facts_of(known: Document) -> dict[str, Any]:
    """Return what is known of a file, as changes show it."""
    return file_facts(known.length, known.last_modified, known.sha256)


def file_facts(length: int | None, last_modified: str | None, sha256: str | None) -> dict[str, Any]:
    """Return what an answer says of a file, as changes show it: its bytes, day of last change, and hash."""
    return {"file_size": length, "file_date": _day_of(last_modified), "file_sha256": sha256}


def _day_of(last_modified: str | None) -> str | None:
    try:
        return parsedate_to_datetime(last_modified or "").astimezone(UTC).date().isoformat()
    except (ValueError, TypeError, OverflowError):
        return None
