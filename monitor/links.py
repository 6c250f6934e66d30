"""Keeps which records of different sources are one thing, on the caller's session. Never commits.

Candidates are found by index: by number, by link, and for titles among what was issued in the same days or,
where a day is not known, in the same fiscal year. So a new record costs the same whatever the table holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite takes its form too
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from monitor.linking import DAYS, RULES, By, Marks, Sameness, contradict, marks_of, sameness
from monitor.models import Link, Record, Source
from monitor.types import RecordKind

Item = TypeVar("Item")
_AT_ONCE = 400  # values in one statement


@dataclass(frozen=True, slots=True)
class Linkable:
    """A record as linking sees it."""

    record_id: int
    source_id: int
    marks: Marks


def link_records(session: Session, found: Sequence[Linkable]) -> None:
    """Link records that are new, or whose number, link, title or date is, with those of other sources.

    1. Take what they were one with apart, and decide on all of it anew.
    2. Find what they may be one with.
    3. Join each with what it surely is one with, the surest first.
    """
    fresh = {one.record_id: one for one in found}
    fresh |= {one.record_id: one for one in _same_things(session, fresh) if one.record_id not in fresh}
    for part in _parts(list(fresh.values())):
        statement = upsert(Link)
        rows = statement.excluded
        names = ("thing_id", "number", "link", "issued", "fiscal_year")
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["record_id"], set_={name: rows[name] for name in names}
            ),
            [_row(one) for one in part],
        )
    # With one source there is nothing to be one with.
    if session.exec(select(func.count()).select_from(Source)).one() < 2:
        return
    near = {one.record_id: one for one in _candidates(session, list(fresh.values()))}
    things = _Things(session, {**near, **fresh})
    for record_id in sorted(fresh):
        things.join(fresh[record_id])
    if things.moved:
        session.execute(
            update(Link),
            [{"record_id": id_, "thing_id": thing} for id_, thing in sorted(things.moved.items())],
        )


def link_waiting(session: Session) -> None:
    """Link the records of sources that were read before there were links, or under other rules."""
    waiting = select(Source).where(col(Source.linked_by).is_(None) | (col(Source.linked_by) != RULES))
    for source in session.exec(waiting).all():
        ids = session.exec(
            select(Record.id).where(Record.source_id == source.id).order_by(col(Record.id))
        ).all()
        for part in _parts(ids):
            link_records(session, _linkables(session, col(Record.id).in_(part)))
        source.linked_by = RULES
        session.add(source)
        session.flush()


def is_waiting(session: Session) -> bool:
    """Whether `link_waiting` has anything to do."""
    waiting = select(Source.id).where(col(Source.linked_by).is_(None) | (col(Source.linked_by) != RULES))
    return session.exec(waiting).first() is not None


class _Things:
    """Which records are one thing, while some are being joined."""

    def __init__(self, session: Session, known: Mapping[int, Linkable]) -> None:
        self._known = dict(known)
        self._thing: dict[int, int] = {}
        self._members: dict[int, set[int]] = defaultdict(set)
        self.moved: dict[int, int] = {}
        ids = list(known)
        things = {thing for part in _parts(ids) for thing in session.exec(_things_of(part))}
        for part in _parts(sorted(things)):
            for record_id, thing_id in session.exec(
                select(Link.record_id, Link.thing_id).where(col(Link.thing_id).in_(part))
            ):
                self._thing[record_id] = thing_id
                self._members[thing_id].add(record_id)
        beyond = [record_id for record_id in self._thing if record_id not in self._known]
        for part in _parts(beyond):
            self._known |= {one.record_id: one for one in _linkables(session, col(Record.id).in_(part))}
        self._near = _Near(self._known.values())

    def join(self, one: Linkable) -> None:
        """Make one record's thing one with those that it surely is."""
        proofs: dict[int, Sameness] = {}
        for other in self._near.of(one):
            found = sameness(one.marks, other.marks)
            thing = self._thing[other.record_id]
            if found and (thing not in proofs or proofs[thing].strength < found.strength):
                proofs[thing] = found
        surest = sorted(proofs, key=lambda thing: (proofs[thing].strength, -thing), reverse=True)
        for thing in surest:
            if not self._ambiguous(thing, proofs) and self._fit(thing, self._thing[one.record_id]):
                self._unite(thing, self._thing[one.record_id])

    def _ambiguous(self, thing: int, proofs: Mapping[int, Sameness]) -> bool:
        """Whether another record of the same source could as well be the one."""
        return any(
            other != thing
            and proofs[other].strength == proofs[thing].strength
            and self._sources(other) & self._sources(thing)
            for other in proofs
        )

    def _fit(self, one: int, other: int) -> bool:
        """Whether all records of two things may be one: of different sources, and none against another."""
        if one == other or self._sources(one) & self._sources(other):
            return False
        return not any(
            contradict(self._known[here].marks, self._known[there].marks)
            for here in self._members[one]
            for there in self._members[other]
        )

    def _unite(self, one: int, other: int) -> None:
        kept, gone = min(one, other), max(one, other)
        for record_id in self._members.pop(gone):
            self._thing[record_id] = self.moved[record_id] = kept
            self._members[kept].add(record_id)

    def _sources(self, thing: int) -> set[int]:
        return {self._known[record_id].source_id for record_id in self._members[thing]}


class _Near:
    """Records by what they can be found by, so that few pairs are compared."""

    def __init__(self, known: Iterable[Linkable]) -> None:
        self._by: dict[tuple[str, Any], list[Linkable]] = defaultdict(list)
        for one in known:
            for mark in _found_by(one.marks):
                self._by[mark].append(one)

    def of(self, one: Linkable) -> Iterator[Linkable]:
        """Give the records of other sources that may be the same thing."""
        seen = set()
        for mark in _sought_by(one.marks):
            for other in self._by.get(mark, ()):
                if other.source_id != one.source_id and other.record_id not in seen:
                    seen.add(other.record_id)
                    yield other


def _found_by(marks: Marks) -> Iterator[tuple[str, Any]]:
    yield from _exact(marks)
    # Two numbers are compared as such; a title speaks only for a record without one.
    if marks.words:
        numbered = "numbered" if marks.number else "unnumbered"
        yield f"{numbered} issued", marks.issued or marks.fiscal_year


def _sought_by(marks: Marks) -> Iterator[tuple[str, Any]]:
    yield from _exact(marks)
    if not marks.words:
        return
    for numbered in ("unnumbered",) if marks.number else ("unnumbered", "numbered"):
        for day in _days_around(marks):
            yield f"{numbered} issued", day
        if marks.fiscal_year is not None:
            yield f"{numbered} issued", marks.fiscal_year


def _exact(marks: Marks) -> Iterator[tuple[str, Any]]:
    if marks.number:
        yield "number", marks.number
    if marks.link:
        yield "link", marks.link


def _days_around(marks: Marks) -> Iterator[date]:
    """Give the days on which the same report may be dated elsewhere."""
    if marks.first and marks.last:
        day, last = _moved(marks.first, -DAYS), _moved(marks.last, DAYS)
        while day <= last:
            yield day
            day += timedelta(days=1)
    elif marks.fiscal_year is not None:
        day = date(marks.fiscal_year - 1, 10, 1)
        while day <= date(marks.fiscal_year, 9, 30):
            yield day
            day += timedelta(days=1)


def _moved(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal() - 1))


def _row(one: Linkable) -> dict[str, Any]:
    return {
        "record_id": one.record_id,
        "thing_id": one.record_id,
        "number": one.marks.number,
        "link": one.marks.link,
        "issued": one.marks.issued.isoformat() if one.marks.issued else None,
        "fiscal_year": one.marks.fiscal_year,
    }


def _same_things(session: Session, fresh: Mapping[int, Linkable]) -> list[Linkable]:
    """Give all records that are one thing with any of these."""
    things = {thing for part in _parts(list(fresh)) for thing in session.exec(_things_of(part))}
    return [
        one
        for part in _parts(sorted(things))
        for one in _linkables(
            session, col(Record.id).in_(select(Link.record_id).where(col(Link.thing_id).in_(part)))
        )
    ]


def _things_of(record_ids: Sequence[int]) -> Any:
    return select(Link.thing_id).where(col(Link.record_id).in_(record_ids))


def _candidates(session: Session, fresh: Sequence[Linkable]) -> Iterator[Linkable]:
    """Give every stored record that an index finds for one of these."""
    for name in ("number", "link"):
        values = sorted({value for one in fresh if (value := getattr(one.marks, name))})
        for part in _parts(values):
            yield from _linked(session, col(getattr(Link, name)).in_(part))
    # A numbered record is one by its title only with one without a number.
    for numbered in (True, False):
        titled = [one.marks for one in fresh if one.marks.words and bool(one.marks.number) is numbered]
        only = col(Link.number).is_(None) if numbered else True
        days = sorted({day.isoformat() for marks in titled for day in _days_around(marks)})
        for part in _parts(days):
            yield from _linked(session, col(Link.issued).in_(part) & only)
        years = sorted({marks.fiscal_year for marks in titled if marks.fiscal_year is not None})
        for few in _parts(years):
            yield from _linked(session, col(Link.issued).is_(None) & col(Link.fiscal_year).in_(few) & only)


def _linked(session: Session, where: Any) -> list[Linkable]:
    return _linkables(session, col(Record.id).in_(select(Link.record_id).where(where)))


def _linkables(session: Session, where: Any) -> list[Linkable]:
    columns = (Record.id, Record.source_id, Record.kind, Record.fields)
    rows = session.execute(select(*columns).where(where))
    return [Linkable(row[0], row[1], marks_of(RecordKind(row[2]), row[3])) for row in rows]


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for begin in range(0, len(items), _AT_ONCE):
        yield items[begin : begin + _AT_ONCE]


# ---- what readers ask


def others_of(session: Session, record_ids: Sequence[int]) -> dict[int, list[int]]:
    """Give, for each record that has any, the ids of the records of other sources that are the same thing."""
    other = aliased(Link)
    found: dict[int, list[int]] = defaultdict(list)
    for part in _parts(record_ids):
        statement = (
            select(Link.record_id, other.record_id)
            .join(other, col(other.thing_id) == col(Link.thing_id))
            .where(col(Link.record_id).in_(part), col(other.record_id) != col(Link.record_id))
            .order_by(col(other.record_id))
        )
        for record_id, other_id in session.exec(statement):
            found[record_id].append(other_id)
    return dict(found)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A record of another source that is the same thing; `by` is None where a third site ties the two."""

    source: str
    address: str  # of the source
    record: Record
    by: By | None


def elsewhere(session: Session, record_ids: Sequence[int]) -> dict[int, tuple[Elsewhere, ...]]:
    """Give, for each record that has any, the records of other sources that are the same thing."""
    mine = dict(
        session.exec(select(Link.record_id, Link.thing_id).where(col(Link.record_id).in_(record_ids))).all()
    )
    statement = (
        select(Link.thing_id, Source.key, Source.reading, Record)
        .join(Record, col(Record.id) == Link.record_id)
        .join(Source, col(Source.id) == Record.source_id)
        .where(col(Link.thing_id).in_(set(mine.values())))
        .order_by(col(Record.first_seen_at), col(Record.id))
    )
    things: dict[int, list[tuple[str, str, Record]]] = defaultdict(list)
    for thing, key, reading, record in session.exec(statement):
        things[thing].append((key, reading.rpartition(" ")[2], record))
    found = {}
    for record_id, thing in mine.items():
        own = next(record for _, _, record in things[thing] if record.id == record_id)
        others = [one for one in things[thing] if one[2].id != record_id]
        if others:
            found[record_id] = tuple(
                Elsewhere(key, address, record, _by(own, record)) for key, address, record in others
            )
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """What two sources list now: what only one of them has, and what both have with how it was linked."""

    only_one: tuple[Record, ...]
    only_other: tuple[Record, ...]
    both: tuple[tuple[Record, Record, By | None], ...]


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
