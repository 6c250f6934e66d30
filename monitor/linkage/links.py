"""Store which records of different sources are one thing, on the caller's session. Never commits.

Candidates are found by index: by number, by link, and for titles among what was issued in the same days or,
where a day is not known, in the same fiscal year. So a new record costs the same whatever the table holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, Select, bindparam, update
from sqlmodel import Session, col, select

from monitor.domain.identity import RULES
from monitor.domain.types import RecordKind
from monitor.linkage.rules import DAYS, Marks, Sameness, contradict, marks_of, sameness
from monitor.linkage.things import VALUES
from monitor.store.batches import AT_ONCE, in_parts
from monitor.store.models import Link, Record, Source
from monitor.store.seals import renewed
from monitor.store.upsert import renewing


def _linkable(where: ColumnElement[bool], *, linked: bool = True) -> Select[Any]:
    """Return a statement for records as linking sees them, with their things; `linked` says they have one."""
    columns: Any = (Record.id, Record.source_id, Record.kind, Record.fields, Link.thing_id)
    found: Select[Any] = sqlalchemy.select(*columns)
    return found.join(Link, col(Link.record_id) == col(Record.id), isouter=not linked).where(where)


def _sought(name: str) -> Any:
    return bindparam(name, expanding=True)


def _elsewhere(where: ColumnElement[bool]) -> Select[Any]:
    """Return a statement for the things of other sources' records."""
    found = sqlalchemy.select(col(Link.thing_id)).join(Record, col(Record.id) == col(Link.record_id))
    return found.where(where, col(Record.source_id) != bindparam("own"))


# The statements are built once: that costs more than to run them.
_KNOWN_BY = ("thing_id", "number", "link", "issued", "fiscal_year")
_MOVE = update(Link).where(col(Link.record_id) == bindparam("moved")).values(thing_id=bindparam("thing"))
_RECORDS = _linkable(col(Record.id).in_(VALUES), linked=False)
_OF_THINGS = _linkable(col(Link.thing_id).in_(VALUES))
_SAME_THINGS = _linkable(
    col(Link.thing_id).in_(sqlalchemy.select(col(Link.thing_id)).where(col(Link.record_id).in_(VALUES)))
)
# "Other than" is said so that an index finds it.
_WAITING = sqlalchemy.select(col(Source.id)).where(
    col(Source.linked_by).is_(None) | (col(Source.linked_by) < RULES) | (col(Source.linked_by) > RULES)
)
_OTHER_SOURCES = (
    sqlalchemy.select(col(Source.id))
    .where((col(Source.id) < bindparam("own")) | (col(Source.id) > bindparam("own")))
    .limit(1)
)
_UNNUMBERED = col(Link.number).is_(None)
_DAYLESS = col(Link.issued).is_(None)
# Whatever a record may be one with, in one statement: each further one costs as much as finding.
_NEAR = sqlalchemy.union(
    *(
        _elsewhere(where)
        for where in (
            col(Link.number).in_(_sought("numbers")),
            col(Link.link).in_(_sought("links")),
            _UNNUMBERED & col(Link.issued).in_(_sought("days_of_numbered")),
            _UNNUMBERED & _DAYLESS & col(Link.fiscal_year).in_(_sought("years_of_numbered")),
            col(Link.issued).in_(_sought("days_of_unnumbered")),
            _DAYLESS & col(Link.fiscal_year).in_(_sought("years_of_unnumbered")),
        )
    )
)


@dataclass(frozen=True, slots=True)
class Linkable:
    """A record as linking sees it."""

    record_id: int
    source_id: int
    marks: Marks


def link_records(session: Session, found: Sequence[Linkable]) -> None:
    """Link records that are new, or whose number, link, title or date is, with those of other sources.

    1. Take what they were one with apart, and decide on all of it again.
    2. Find what they may be one with.
    3. Join each with what it surely is one with, the surest first.
    """
    if not found:
        return
    fresh = {one.record_id: one for one in found}
    fresh = {one.record_id: one for one, _ in _linkables(session, _SAME_THINGS, list(fresh))} | fresh
    session.connection().execute(
        renewing(Link, ("record_id",), _KNOWN_BY), [_row(one) for one in fresh.values()]
    )
    renewed(session, "link", fresh)
    sources = {one.source_id for one in fresh.values()}
    own = sources.pop() if len(sources) == 1 else 0
    # With one source there is nothing to be one with.
    if session.connection().execute(_OTHER_SOURCES, {"own": own}).first() is None:
        return
    near = _things_near(session, list(fresh.values()), own).difference(fresh)
    things = _Things(fresh.values(), _linkables(session, _OF_THINGS, sorted(near)))
    for record_id in sorted(fresh):
        things.join(fresh[record_id])
    if things.moved:
        moved = [{"moved": id_, "thing": thing} for id_, thing in sorted(things.moved.items())]
        session.connection().execute(_MOVE, moved)
        renewed(session, "link", things.moved)


def link_waiting(session: Session) -> None:
    """Link the records of sources that were read before there were links, or under other rules."""
    for source_id in session.connection().scalars(_WAITING).all():
        records = select(Record.id).where(Record.source_id == source_id).order_by(col(Record.id))
        for part in in_parts(session.exec(records).all()):
            link_records(session, [one for one, _ in _linkables(session, _RECORDS, part)])
        session.connection().execute(
            update(Source).where(col(Source.id) == source_id).values(linked_by=RULES)
        )


def is_waiting(session: Session) -> bool:
    """Whether `link_waiting` has anything to do."""
    return session.connection().scalars(_WAITING).first() is not None


class _Things:
    """Which records are one thing, while some are being joined."""

    def __init__(self, fresh: Iterable[Linkable], near: Iterable[tuple[Linkable, int]]) -> None:
        """Begin with each fresh record by itself, beside those near it and the things that they are."""
        self._known: dict[int, Linkable] = {}
        self._thing: dict[int, int] = {}
        self._members: dict[int, set[int]] = defaultdict(set)
        self.moved: dict[int, int] = {}
        for one, thing in (*((one, one.record_id) for one in fresh), *near):
            self._known[one.record_id] = one
            self._thing[one.record_id] = thing
            self._members[thing].add(one.record_id)
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
        """Return the records of other sources that may be the same thing."""
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
    """Return the days on which the same report may be dated elsewhere."""
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


def _things_near(session: Session, fresh: Sequence[Linkable], own: int) -> set[int]:
    """Return the things of all records that an index finds for these, except those of the source `own`."""

    # A numbered record is one by its title only with one without a number.
    titled = {
        kind: [one.marks for one in fresh if one.marks.words and bool(one.marks.number) is numbered]
        for kind, numbered in (("numbered", True), ("unnumbered", False))
    }
    sought: dict[str, list[Any]] = {
        "numbers": sorted({one.marks.number for one in fresh if one.marks.number}),
        "links": sorted({one.marks.link for one in fresh if one.marks.link}),
    }
    for kind, of_kind in titled.items():
        sought[f"days_of_{kind}"] = sorted({d.isoformat() for marks in of_kind for d in _days_around(marks)})
        sought[f"years_of_{kind}"] = sorted({m.fiscal_year for m in of_kind if m.fiscal_year is not None})
    near: set[int] = set()
    while any(sought.values()):
        part = {name: values[:AT_ONCE] for name, values in sought.items()}
        near.update(session.connection().scalars(_NEAR, {**part, "own": own}))
        sought = {name: values[AT_ONCE:] for name, values in sought.items()}
    return near


def _linkables(
    session: Session, statement: Select[Any], values: Sequence[int]
) -> Iterator[tuple[Linkable, int]]:
    """Return records with their things."""
    for part in in_parts(values):
        for row in session.connection().execute(statement, {"values": part}):
            yield Linkable(row[0], row[1], marks_of(RecordKind(row[2]), row[3])), row[4]
