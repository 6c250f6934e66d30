"""Read and write sources: their state, current pages and baseline, on the caller's session. Never commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, select

from monitor.domain.identity import RULES
from monitor.domain.types import Validators
from monitor.store.models import Source, SourcePage, SourceUsual, SweepPage, table_of
from monitor.store.seals import renewed
from monitor.store.upsert import renewing

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
    unchanged_checks: int = 0  # in a row


@dataclass(frozen=True, slots=True)
class Looked:
    """When a source was last checked, and when last read to its end."""

    checked_at: datetime | None
    swept_at: datetime | None


def source_health(session: Session) -> list[Source]:
    """Return every source ever checked, by key."""
    return list(session.exec(select(Source).order_by(Source.key)).all())


def last_looked(session: Session) -> dict[str, Looked]:
    """Return when each source ever checked was looked at, by key."""
    found = session.exec(select(Source.key, Source.last_checked_at, Source.last_swept_at))
    return {key: Looked(checked_at, swept_at) for key, checked_at, swept_at in found}


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
        row.unchanged_checks,
    )


def write_usual(session: Session, source_id: int, usual: Mapping[str, Any]) -> None:
    """Remember what is usual of a source."""
    session.connection().execute(
        renewing(SourceUsual, ("source_id",), ("usual",)), {"source_id": source_id, "usual": dict(usual)}
    )


def find_source(session: Session, key: str) -> Source | None:
    """Return the source of this key, None where it was never checked; `write_source` writes its state."""
    row = session.connection().execute(_SOURCE, {"wanted": key}).one_or_none()
    return None if row is None else Source(**row._mapping)


def add_source(session: Session, key: str, reading: str, now: datetime) -> Source:
    """Return a new source."""
    source = Source(key=key, reading=reading, created_at=now, linked_by=RULES)
    source.id = session.connection().scalar(_ADD_SOURCE, source.model_dump(exclude={"id"}))
    renewed(session, "source", [source.id])
    return source


def write_source(session: Session, source: Source) -> None:
    """Write the state of a source: one UPDATE of one row, once a check."""
    state = {name: getattr(source, name) for name in _STATE}
    session.connection().execute(_SET_STATE, {"source_id": source.id, **state})


def rename_source(session: Session, old: str, new: str) -> None:
    """Let a source's history go on under its new name; nothing happens if that name has a history already."""
    if find_source(session, new) is None:
        if source := find_source(session, old):
            renewed(session, "source", [source.id])
        for table, key in ((Source, col(Source.key)), (SweepPage, col(SweepPage.source_key))):
            session.exec(update(table).where(key == old).values({key: new}))
