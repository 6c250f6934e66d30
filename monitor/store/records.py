"""Read records, their keys and their versions."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from monitor.domain.identity import identify
from monitor.domain.status import OPEN_STATUSES, Status
from monitor.domain.types import ChangeKind, RecordKind, StoredRecord
from monitor.store.batches import in_parts
from monitor.store.models import Change, Record, RecordVersion, Source

_OPEN_NOW = (col(Record.status).in_(OPEN_STATUSES), col(Record.listed))
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


def versions_of_records(session: Session, record_ids: Iterable[int]) -> dict[int, list[RecordVersion]]:
    """Return several records' fields over time, oldest first, by their ids."""
    wanted = list(record_ids)
    versions: dict[int, list[RecordVersion]] = {id_: [] for id_ in wanted}
    for some in in_parts(wanted):
        statement = select(RecordVersion).where(col(RecordVersion.record_id).in_(some))
        for version in session.exec(statement.order_by(col(RecordVersion.id))):
            versions[version.record_id].append(version)
    return versions


def open_recommendations(session: Session, sources: Sequence[str] | None = None) -> list[tuple[str, Record]]:
    """Return (source key, record) for every listed recommendation that is open, oldest first seen first."""
    statement = (
        select(Source.key, Record)
        .join(Record, col(Record.source_id) == Source.id)
        .where(*_OPEN_NOW)
        .order_by(col(Record.first_seen_at), col(Record.key))
    )
    if sources is not None:
        statement = statement.where(col(Source.key).in_(sources))
    return list(session.exec(statement).all())


def unresolved_recommendations(session: Session) -> list[tuple[str, Record]]:
    """Return (source key, record) for what left its list while its status is still unknown."""
    statement = (
        select(Source.key, Record)
        .join(Record, col(Record.source_id) == Source.id)
        .where(Record.status == Status.UNKNOWN.value, col(Record.listed).is_(False))
        .order_by(col(Record.key), col(Record.id))
    )
    return list(session.exec(statement).all())


def still_open(session: Session, record_ids: Iterable[int]) -> dict[int, tuple[str, Record]]:
    """Return by id those of these records that are listed and open now, with their sources' keys."""
    found: dict[int, tuple[str, Record]] = {}
    for some in in_parts(record_ids):
        statement = (
            select(Source.key, Record)
            .join(Record, col(Record.source_id) == Source.id)
            .where(col(Record.id).in_(some), *_OPEN_NOW)
        )
        found |= {record.id: (source, record) for source, record in session.exec(statement)}
    return found


def records_with_key(session: Session, key: str) -> list[tuple[Source, Record]]:
    """Return (source, record) for every record of this key, in any case; else for those that had it."""
    statement = select(Source, Record).join(Record, col(Record.source_id) == Source.id).order_by(Source.key)
    # To look at every key takes seconds where there are a million; nearly all are asked for as they are.
    as_written = statement.where(col(Record.key).in_((key, key.upper())))
    in_any_case = statement.where(func.lower(Record.key) == key.lower())
    found = session.exec(as_written).all() or session.exec(in_any_case).all()
    return list(found) or _records_formerly(session, key)


def _records_formerly(session: Session, key: str) -> list[tuple[Source, Record]]:
    """Return (source, record) for every record that had this key before it was renumbered."""
    statement = (
        select(Source, Record, Change.before)
        .join(Record, col(Record.source_id) == Source.id)
        .join(Change, col(Change.record_id) == Record.id)
        .where(Change.kind == ChangeKind.RENUMBERED.value)
        .order_by(Source.key, col(Change.id))
    )
    found = {}
    for source, record, before in session.exec(statement):
        former, _ = identify(RecordKind(record.kind), {**record.fields, **before})
        if former.lower() == key.lower():
            found[record.id] = (source, record)
    return list(found.values())


def versions_of_record(session: Session, record_id: int) -> list[RecordVersion]:
    """Return the record's fields over time, oldest first."""
    return versions_of_records(session, [record_id])[record_id]


def records_of(
    session: Session, source: str | None = None, status: str | None = None
) -> list[tuple[str, Record]]:
    """Return (source key, record), sorted by source and key; `status` filters recommendations."""
    statement = (
        select(Source.key, Record)
        .join(Record, col(Record.source_id) == Source.id)
        .order_by(Source.key, col(Record.key))
    )
    if source is not None:
        statement = statement.where(Source.key == source)
    if status is not None:
        statement = statement.where(Record.status == status)
    return list(session.exec(statement).all())


def stored_records(
    session: Session, key: str, shown: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> list[StoredRecord]:
    """Return every record of a source as it was last seen, listed or not.

    `shown` are fields by key: a record that has equal ones shares them.
    """
    rows = session.connection().execute(_RECORDS, {"key": key})
    return [
        StoredRecord(row[0], RecordKind(row[1]), row[2], _shared(row[3], shown.get(row[2])), *row[4:])
        for row in rows
    ]


def _shared(fields: Mapping[str, Any], shown: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return shown if shown is not None and shown == fields else fields


def known_keys(session: Session, key: str, keys: Sequence[str]) -> set[str]:
    """Return those of `keys` under which the source has a record already."""
    connection = session.connection()
    return {one for some in in_parts(keys) for one in connection.scalars(_KEYS, {"key": key, "keys": some})}
