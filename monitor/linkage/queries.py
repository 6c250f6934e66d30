"""Where else a record is listed, and how two sources compare."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from monitor.domain.types import RecordKind
from monitor.linkage.rules import By, marks_of, sameness
from monitor.linkage.things import OTHER
from monitor.store.batches import in_parts
from monitor.store.models import Link, Record, Source


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A record of another source that is the same thing; `by` is None where a third site ties the two."""

    source: str
    address: str  # of the source
    record: Record
    by: By | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What two sources list now: what only one of them has, and what both have with how it was linked."""

    only_one: tuple[Record, ...]
    only_other: tuple[Record, ...]
    both: tuple[tuple[Record, Record, By | None], ...]


def elsewhere(session: Session, record_ids: Sequence[int]) -> dict[int, tuple[Elsewhere, ...]]:
    """Return, for each record with any, the records of other sources that are the same thing."""
    listed: dict[int, list[tuple[str, str, Record]]] = defaultdict(list)
    statement = (
        select(Link.record_id, Source.key, Source.reading, Record)
        .join(OTHER, col(OTHER.thing_id) == Link.thing_id)
        .join(Record, col(Record.id) == OTHER.record_id)
        .join(Source, col(Source.id) == Record.source_id)
        .order_by(col(Record.first_seen_at), col(Record.id))
    )
    for some in in_parts(record_ids):
        for record_id, key, reading, record in session.exec(statement.where(col(Link.record_id).in_(some))):
            listed[record_id].append((key, reading.rpartition(" ")[2], record))
    found = {}
    for record_id, things in listed.items():
        own = next(record for _, _, record in things if record.id == record_id)
        others = [one for one in things if one[2].id != record_id]
        if others:
            found[record_id] = tuple(
                Elsewhere(key, address, record, _by(own, record)) for key, address, record in others
            )
    return found


def compared(session: Session, one: str, other: str) -> Compared:
    """Hold two sources' lists against each other, in the order of their keys."""
    here, there = _listed_things(session, one), _listed_things(session, other)
    return Compared(
        tuple(record for thing, record in here.items() if thing not in there),
        tuple(record for thing, record in there.items() if thing not in here),
        tuple(
            (mine, there[thing], _by(mine, there[thing])) for thing, mine in here.items() if thing in there
        ),
    )


def _listed_things(session: Session, source: str) -> dict[int, Record]:
    statement = (
        select(Link.thing_id, Record)
        .join(Record, col(Record.id) == Link.record_id)
        .join(Source, col(Source.id) == Record.source_id)
        .where(Source.key == source, col(Record.listed))
        .order_by(col(Record.key))
    )
    return dict(session.exec(statement).all())


def _by(one: Record, other: Record) -> By | None:
    found = sameness(
        marks_of(RecordKind(one.kind), one.fields), marks_of(RecordKind(other.kind), other.fields)
    )
    return found.by if found else None
