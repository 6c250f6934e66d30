"""Records as they were at a moment of the past, from their versions alone.

A list of them is read in parts, each from a bounded number of records, so that a part costs the same however
long the history is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from monitor.store.batches import in_parts
from monitor.store.models import Record, RecordVersion, Source

_FEW = 2_000  # records that are sorted faster than all of their source's are looked through
_WINDOW = 20_000  # records that one part looks through

Place = tuple[str, str]  # a source and a key


@dataclass(frozen=True, slots=True)
class PastRecord:
    """A record and the version of it that was the last one at a moment."""

    source: str
    record: Record
    version: RecordVersion

    @property
    def place(self) -> Place:
        """Return where it is in the order of source and key."""
        return self.source, self.record.key


@dataclass(frozen=True, slots=True)
class PastPart:
    """Some records of one source, and the place to go on from; None where the source has no more."""

    found: Sequence[PastRecord]
    next: Place | None


def parts_as_of(
    session: Session,
    until: datetime,
    conditions: Sequence[ColumnElement[bool]],
    *,
    source: str | None,
    after: Place,
    most: int,
) -> Iterator[PastPart]:
    """Yield the records that were known before a moment, by source and key, at most `most` in a part.

    `conditions` are on Record and on RecordVersion, which is the last one then.
    """
    sources = select(Source.id, Source.key).where(Source.key >= after[0]).order_by(Source.key)
    if source is not None:
        sources = sources.where(Source.key == source)
    for source_id, key in session.exec(sources).all():
        candidates = _candidates(session, source_id, until)
        place: Place | None = (key, after[1] if key == after[0] else "")
        while candidates is not None and place is not None:
            left = candidates.where(col(Record.key) > place[1])
            end = session.execute(left.order_by(col(Record.key)).offset(_WINDOW - 1).limit(1)).scalar()
            window = left if end is None else left.where(col(Record.key) <= end)
            rows = session.execute(_as_they_were(window, until).where(*conditions).limit(most))
            found = [PastRecord(key, *row) for row in rows]
            after_window = None if end is None else (key, end)
            place = found[-1].place if len(found) == most else after_window
            yield PastPart(found, place)


def _candidates(session: Session, source_id: int, until: datetime) -> Any | None:
    """Select the keys of a source's records; where few were known by then, only theirs; None without any."""
    of_source = col(Record.source_id) == source_id
    early = sqlalchemy.select(col(Record.id)).where(of_source, col(Record.first_seen_at) < until)
    known = session.execute(early.limit(_FEW + 1)).scalars().all()
    if not known:
        return None
    few = len(known) <= _FEW
    return sqlalchemy.select(col(Record.key)).where(col(Record.id).in_(known) if few else of_source)


def _as_they_were(keys: Any, until: datetime) -> Any:
    """Select with their last versions the records whose keys a statement selects, in the order of keys."""
    records = keys.with_only_columns(Record, RecordVersion).order_by(col(Record.key))
    return records.join(RecordVersion, col(RecordVersion.id) == _last_version(until))


def _last_version(until: datetime) -> Any:
    return (
        select(RecordVersion.id)
        .where(col(RecordVersion.record_id) == col(Record.id), col(RecordVersion.seen_at) < until)
        .order_by(col(RecordVersion.seen_at).desc(), col(RecordVersion.id).desc())
        .limit(1)
        .correlate(Record)
        .scalar_subquery()
    )


def records_between(
    session: Session, begin: datetime, end: datetime, source: str | None = None
) -> Iterator[tuple[PastRecord | None, PastRecord]]:
    """Yield each record that got a version from `begin` to before `end`: before and after, by source and key.

    What was before is None for a record that was not known then.
    """
    seen = (col(RecordVersion.seen_at) >= begin, col(RecordVersion.seen_at) < end)
    touched = sqlalchemy.select(col(RecordVersion.record_id)).where(*seen).distinct()
    statement = (
        sqlalchemy.select(col(Record.id))
        .join(Source, col(Source.id) == col(Record.source_id))
        .where(col(Record.id).in_(touched))
        .order_by(col(Source.key), col(Record.key))
    )
    if source is not None:
        statement = statement.where(col(Source.key) == source)
    for some in in_parts(session.execute(statement).scalars().all()):
        then, now = (_as_of(session, some, moment) for moment in (begin, end))
        yield from ((then.get(id_), now[id_]) for id_ in some)


def _as_of(session: Session, record_ids: Sequence[int], until: datetime) -> dict[int, PastRecord]:
    statement = (
        sqlalchemy.select(col(Source.key), Record, RecordVersion)
        .join(Source, col(Source.id) == col(Record.source_id))
        .join(RecordVersion, col(RecordVersion.id) == _last_version(until))
        .where(col(Record.id).in_(record_ids))
    )
    found = session.execute(statement)
    return {record.id: PastRecord(key, record, version) for key, record, version in found}
