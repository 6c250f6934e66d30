"""Write and read corrections: what a replay read otherwise than was recorded. Never commits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from monitor.domain.types import CALENDAR_KINDS, DOCUMENT_KINDS, ChangeKind
from monitor.store.batches import in_parts
from monitor.store.models import Change, Correction, Record, RecordVersion
from monitor.store.seals import renewed

_CHANGE = (
    *map(col, (Change.id, Change.record_id, Record.key, Change.kind)),
    *map(col, (Change.before, Change.after, Change.check_id, Change.seen_at)),
)
_NEW = (ChangeKind.NEW_REPORT.value, ChangeKind.NEW_RECOMMENDATION.value)
_VERSION = tuple(map(col, (Record.key, Record.id, RecordVersion.fields, RecordVersion.listed)))


class Finding(StrEnum):
    """How what a replay reads differs from what was recorded."""

    MISSING = "missing"  # recorded, and not read by the replay
    ADDED = "added"  # read by the replay, and not recorded
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `kind` is that of a change, None for a record; its values are those that differ."""

    found: Finding
    record_key: str
    kind: str | None
    recorded: Mapping[str, Any]
    replayed: Mapping[str, Any]
    seen_at: datetime | None = None
    record_id: int | None = None
    change_id: int | None = None
    check_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeFact:
    """A change as far as a replay is compared with it."""

    id: int
    record_id: int
    record_key: str
    kind: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    check_id: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class RecordFact:
    """A record as it was left by some check."""

    id: int
    fields: Mapping[str, Any]
    listed: bool


def change_facts(session: Session, source_id: int, up_to: int) -> list[ChangeFact]:
    """Return a source's changes up to a check, in their order, of the kinds that its pages show.

    What was reported as new before older pages were imported that show it is left out: it was new then.
    """
    statement = (
        sqlalchemy.select(*_CHANGE)
        .join(Record, col(Record.id) == col(Change.record_id))
        .where(col(Change.source_id) == source_id, col(Change.check_id) <= up_to)
        .where(col(Change.kind).not_in([kind.value for kind in CALENDAR_KINDS | DOCUMENT_KINDS]))
        .where(~col(Change.kind).in_(_NEW) | (col(Change.seen_at) <= col(Record.first_seen_at)))
        .order_by(col(Change.id))
    )
    return [ChangeFact(*row) for row in session.execute(statement)]


def record_facts(session: Session, source_id: int, up_to: int) -> dict[str, RecordFact]:
    """Return a source's records as a check left them, by key."""
    statement = (
        sqlalchemy.select(*_VERSION)
        .join(RecordVersion, col(RecordVersion.record_id) == col(Record.id))
        .where(col(Record.source_id) == source_id, col(RecordVersion.check_id) <= up_to)
        .order_by(col(RecordVersion.id))
    )
    return {row[0]: RecordFact(*row[1:]) for row in session.execute(statement)}


def write_corrections(
    session: Session, source_id: int, differences: Sequence[Difference], reading: str, now: datetime
) -> int:
    """Write new corrections, mark those that are found no more as replaced; return the number that hold."""
    held = {_mark(one): one for one in _current(session, col(Correction.source_id) == source_id)}
    found = {
        _mark(row): row
        for row in (
            Correction(
                source_id=source_id,
                record_id=one.record_id,
                change_id=one.change_id,
                check_id=one.check_id,
                record_key=one.record_key,
                found=one.found.value,
                kind=one.kind,
                recorded=dict(one.recorded),
                replayed=dict(one.replayed),
                seen_at=one.seen_at,
                reading=reading,
                made_at=now,
            )
            for one in differences
        )
    }
    written = [held[mark] for mark in held.keys() - found.keys()]
    for one in written:
        one.replaced_at = now
    written += [row for mark, row in found.items() if mark not in held]
    session.add_all(written)
    session.flush()
    renewed(session, "correction", [one.id for one in written])
    return len(found)


def corrections_of_record(session: Session, source_id: int, record_id: int, key: str) -> list[Correction]:
    """Return the corrections that hold of one record, in the order of their ids."""
    of_record = (col(Correction.record_id) == record_id) | (
        (col(Correction.source_id) == source_id) & (col(Correction.record_key) == key)
    )
    return list(_current(session, of_record))


def corrections_of_changes(session: Session, change_ids: Iterable[int]) -> dict[int, list[Correction]]:
    """Return the corrections that hold of some changes, by the change's id."""
    return _current_by(session, "change_id", change_ids)


def corrections_of_records(session: Session, record_ids: Iterable[int]) -> dict[int, list[Correction]]:
    """Return the corrections that hold of some records and their changes, by the record's id."""
    return _current_by(session, "record_id", record_ids)


def _current_by(session: Session, name: str, ids: Iterable[int]) -> dict[int, list[Correction]]:
    found: dict[int, list[Correction]] = defaultdict(list)
    for some in in_parts(ids):
        for one in _current(session, getattr(Correction, name).in_(some)):
            found[getattr(one, name)].append(one)
    return found


def _current(session: Session, where: ColumnElement[bool]) -> Iterable[Correction]:
    statement = select(Correction).where(where, col(Correction.replaced_at).is_(None))
    return session.exec(statement.order_by(col(Correction.id)))


def _mark(one: Correction) -> str:
    return repr(
        (one.record_key, one.found, one.kind, one.change_id, one.check_id, one.recorded, one.replayed)
    )
