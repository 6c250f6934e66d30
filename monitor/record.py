"""Writes a check and its pages on the caller's session, and reads what a check must know. Never commits.

Unchanged checks cost one UPDATE. What every changed check does is few statements, built once and run on the
session's connection: to build one for every check, and to make objects of its rows, costs several times what
the database takes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite takes its form too
from sqlmodel import Session, col, delete, select

from monitor.bodies import keep_body, stored_body, versions_before
from monitor.linking import RULES
from monitor.models import Check, Record, Snapshot, Source, SourcePage, SourceUsual, table_of
from monitor.parts import in_parts
from monitor.types import Outcome, Page, RecordKind, StoredRecord, Validators

_TABLE = table_of(Source)
_SOURCE = sqlalchemy.select(*_TABLE.c).where(_TABLE.c.key == bindparam("wanted"))
_ADD_SOURCE = insert(_TABLE).returning(_TABLE.c.id)
# Which rules its records were linked by is written where they are linked.
_STATE = [one.name for one in _TABLE.c if one.name not in ("id", "key", "created_at", "linked_by")]
_SET_STATE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("source_id"))
    .values({name: bindparam(name, type_=_TABLE.c[name].type) for name in _STATE})
)
_ADD_USUAL = upsert(SourceUsual)
_SET_USUAL = _ADD_USUAL.on_conflict_do_update(
    index_elements=["source_id"], set_={"usual": _ADD_USUAL.excluded.usual}
)
_KNOWN = (
    sqlalchemy.select(*_TABLE.c, col(SourceUsual.usual))
    .outerjoin(SourceUsual, col(SourceUsual.source_id) == _TABLE.c.id)
    .where(_TABLE.c.key.in_(bindparam("keys", expanding=True)))
)
_PAGES = (
    sqlalchemy.select(
        col(SourcePage.source_id),
        col(SourcePage.url),
        col(SourcePage.sha256),
        col(SourcePage.etag),
        col(SourcePage.last_modified),
        col(SourcePage.next_url),
    )
    .where(col(SourcePage.source_id).in_(bindparam("ids", expanding=True)))
    .order_by(col(SourcePage.source_id), col(SourcePage.position))
)
_RECORDS = (
    sqlalchemy.select(
        col(Record.id),
        col(Record.kind),
        col(Record.key),
        col(Record.fields),
        col(Record.fingerprint),
        col(Record.listed),
        col(Record.snapshot_sha256),
        col(Record.last_seen_at),
    )
    .join(Source, col(Source.id) == col(Record.source_id))
    .where(col(Source.key) == bindparam("key"))
)
_KEYS = (
    sqlalchemy.select(col(Record.key))
    .join(Source, col(Source.id) == col(Record.source_id))
    .where(col(Source.key) == bindparam("key"), col(Record.key).in_(bindparam("keys", expanding=True)))
)
_LAST_CHECK = (
    sqlalchemy.select(col(Check.finished_at))
    .where(col(Check.source_id) == bindparam("source_id"))
    .order_by(col(Check.id).desc())
    .limit(1)
)
_ADD_CHECK = insert(Check).returning(col(Check.id))
_SET_OUTCOME = update(Check).where(col(Check.id) == bindparam("check_id"))
_ADD_SNAPSHOTS = insert(Snapshot)
_FORGET_PAGES = delete(SourcePage).where(
    col(SourcePage.source_id) == bindparam("source_id"),
    col(SourcePage.url).in_(bindparam("urls", expanding=True)),
)
_ADD_PAGES = upsert(SourcePage)
_KEEP_PAGES = _ADD_PAGES.on_conflict_do_update(
    index_elements=["source_id", "url"],
    set_={
        name: _ADD_PAGES.excluded[name]
        for name in ("position", "sha256", "etag", "last_modified", "next_url")
    },
)


@dataclass(frozen=True, slots=True)
class KnownPage:
    """The last accepted snapshot of one page, and what to ask for it with."""

    url: str
    sha256: str
    validators: Validators
    next_url: str | None


@dataclass(frozen=True, slots=True)
class KnownSource:
    """What a check must know of its source before it goes out. `reading` is None before the baseline."""

    reading: str | None = None
    pages: tuple[KnownPage, ...] = ()
    usual: Mapping[str, Any] | None = None
    last_swept_at: datetime | None = None
    unresolved: int = 0  # recommendations off the list whose real status is still to be found
    checked_at: datetime | None = None  # when the last check ended, whatever came of it
    troubles: int = 0
    rows: int = 0
    declared_total: int | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page of an accepted look: the fresh page, or None where the stored one still holds."""

    url: str
    sha256: str
    page: Page | None
    next_url: str | None


def known_source(session: Session, key: str) -> KnownSource:
    """Read what is known of a source; an empty KnownSource where it was never checked."""
    return known_sources(session, [key])[key]


def known_sources(session: Session, keys: Sequence[str]) -> dict[str, KnownSource]:
    """Read what is known of several sources, by key; an empty KnownSource for one that was never checked."""
    rows = session.connection().execute(_KNOWN, {"keys": keys}).all()
    pages: dict[int, list[KnownPage]] = {row.id: [] for row in rows if row.last_accepted_at is not None}
    if pages:
        for page in session.connection().execute(_PAGES, {"ids": list(pages)}):
            validators = Validators(page.etag, page.last_modified)
            pages[page.source_id].append(KnownPage(page.url, page.sha256, validators, page.next_url))
    found = {row.key: _known(row, pages.get(row.id)) for row in rows}
    return {key: found.get(key, KnownSource()) for key in keys}


def _known(row: Any, pages: Iterable[KnownPage] | None) -> KnownSource:
    if pages is None:
        return KnownSource(checked_at=row.last_checked_at)
    return KnownSource(
        row.reading,
        tuple(pages),
        row.usual or {},
        row.last_swept_at,
        row.unresolved,
        row.last_checked_at,
        row.troubles,
        row.rows,
        row.declared_total,
        row.complete,
    )


def record_usual(session: Session, source_id: int, usual: Mapping[str, Any]) -> None:
    """Remember what is usual of a source."""
    session.connection().execute(_SET_USUAL, {"source_id": source_id, "usual": dict(usual)})


def find_source(session: Session, key: str) -> Source | None:
    """Give the source of this key, None where it was never checked; `record_source` writes its state."""
    row = session.connection().execute(_SOURCE, {"wanted": key}).one_or_none()
    return None if row is None else Source(**row._mapping)


def ensure_source(session: Session, key: str, reading: str, now: datetime) -> Source:
    """Give the source of this key, made where it is new."""
    source = find_source(session, key)
    if source is None:
        source = Source(key=key, reading=reading, created_at=now, linked_by=RULES)
        source.id = session.connection().scalar(_ADD_SOURCE, source.model_dump(exclude={"id"}))
    return source


def record_source(session: Session, source: Source) -> None:
    """Write the state of a source: one UPDATE of one row, once a check."""
    state = {name: getattr(source, name) for name in _STATE}
    session.connection().execute(_SET_STATE, {"source_id": source.id, **state})


def stored_records(session: Session, key: str) -> list[StoredRecord]:
    """Give every record of a source as it was last seen, listed or not."""
    rows = session.connection().execute(_RECORDS, {"key": key})
    return [StoredRecord(row[0], RecordKind(row[1]), *row[2:]) for row in rows]


def known_keys(session: Session, key: str, keys: Sequence[str]) -> set[str]:
    """Give those of `keys` under which the source has a record already."""
    connection = session.connection()
    return {one for some in in_parts(keys) for one in connection.scalars(_KEYS, {"key": key, "keys": some})}


def stored_page(session: Session, key: str, known: KnownPage) -> Page:
    """Give a source's last accepted snapshot of one page, as it was fetched."""
    statement = (
        select(Snapshot)
        .join(Source, col(Source.id) == Snapshot.source_id)
        .where(Source.key == key, Snapshot.url == known.url, Snapshot.sha256 == known.sha256)
        .order_by(col(Snapshot.id).desc())
        .limit(1)
    )
    snapshot = session.exec(statement).one()
    return Page(
        url=snapshot.url,
        final_url=snapshot.final_url,
        body=stored_body(session, snapshot.sha256),
        sha256=snapshot.sha256,
        fetched_at=snapshot.fetched_at,
        content_type=snapshot.content_type,
        charset=snapshot.charset,
        validators=known.validators,
    )


def record_check(session: Session, source: Source, check: Mapping[str, Any]) -> int:
    """Write a check's row and give its id; the unchanged checks before it become one row of their own."""
    connection = session.connection()
    if source.unchanged_checks and source.last_checked_at is not None:
        connection.execute(_ADD_CHECK, _unchanged_run(session, source, source.last_checked_at))
    return connection.execute(_ADD_CHECK, {"source_id": source.id, "times": 1, **check}).scalar_one()


def _unchanged_run(session: Session, source: Source, ended_at: datetime) -> dict[str, Any]:
    before = session.connection().execute(_LAST_CHECK, {"source_id": source.id}).scalar()
    return {
        "source_id": source.id,
        "started_at": before or source.created_at,
        "finished_at": ended_at,
        "outcome": Outcome.UNCHANGED.value,
        "times": source.unchanged_checks,
        "pages": 0,
        "rows": source.rows,
        "declared_total": source.declared_total,
        "complete": source.complete,
        "reasons": [],
    }


def set_outcome(session: Session, check_id: int, outcome: Outcome) -> None:
    """Write what came of a check, which is known only when its records are compared."""
    session.connection().execute(_SET_OUTCOME, {"check_id": check_id, "outcome": outcome.value})


def record_snapshots(session: Session, source_id: int, check_id: int, pages: Sequence[Page]) -> None:
    """Keep pages as evidence: the bytes once per distinct content, the looking each time."""
    for page in pages:
        keep_body(session, page, versions_before(session, source_id, page.url))
    rows = [
        {
            "source_id": source_id,
            "check_id": check_id,
            "url": page.url,
            "final_url": page.final_url,
            "fetched_at": page.fetched_at,
            "sha256": page.sha256,
            "content_type": page.content_type,
            "charset": page.charset,
            "etag": page.validators.etag,
            "last_modified": page.validators.last_modified,
        }
        for page in pages
    ]
    if rows:
        session.connection().execute(_ADD_SNAPSHOTS, rows)


def record_pages(
    session: Session, source_id: int, pages: Sequence[ReadPage], known: Iterable[KnownPage], *, swept: bool
) -> None:
    """Remember what to ask for each page with next time; a sweep forgets pages that are no more."""
    gone = {page.url for page in known} - {page.url for page in pages} if swept else None
    if gone:
        session.connection().execute(_FORGET_PAGES, {"source_id": source_id, "urls": sorted(gone)})
    rows = [
        {
            "source_id": source_id,
            "url": read.url,
            "position": position,
            "sha256": read.sha256,
            "etag": read.page.validators.etag,
            "last_modified": read.page.validators.last_modified,
            "next_url": read.next_url,
        }
        for position, read in enumerate(pages)
        if read.page is not None
    ]
    if rows:
        session.connection().execute(_KEEP_PAGES, rows)
