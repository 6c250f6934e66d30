"""Records by filter, in any order, a page at a time; and how many they are.

A page goes on from the last record of the one before, so that none is missed or shown twice. It looks through
a bounded number of records, so a rare match costs no more than a common one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, and_, case, func, true, tuple_
from sqlmodel import Session, col, select

from alerts.triage.annotations import Standing, standings
from monitor.domain.status import Status
from monitor.domain.types import RecordKind
from monitor.store.models import OPEN_IN_ORDER, OPEN_NOW, Record, Source
from service.database.engines import to_json
from service.readmodel.agencies import agencies_named
from service.readmodel.corrections import said_by_record
from service.readmodel.record_sort import RecordSort
from service.readmodel.records import record_as_data
from service.readmodel.triage import alike

_LOOKED_THROUGH, _COUNTED = 20_000, 5_000  # records, by one page
_LOOKED_THROUGH_INDEX = 50_000  # where all that is asked for is in one index


_SORTED: Mapping[RecordSort, Any] = {
    RecordSort.AGE: col(Record.dated),
    RecordSort.CHANGED: col(Record.changed_at),
    RecordSort.AGENCY: col(Record.agency),
    RecordSort.KEY: col(Record.key),
    RecordSort.DUE: col(Record.due),
}
_INDEXED_WHOLE = (RecordSort.AGE, RecordSort.AGENCY)


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records are asked for; None asks for all.

    `open_only` are the open recommendations that are listed now; `agency` is a name, part of one, or a short
    name; `owner` is whose they are; `subject` is one of the publisher's.
    """

    source: str | None = None
    status: Status | None = None
    open_only: bool = False
    kind: RecordKind | None = None
    agency: str | None = None
    priority: bool | None = None
    owner: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many match, have priority, and are past their target date; `whole` where all were counted."""

    records: int
    priority: int
    overdue: int
    whole: bool


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some records in order. `next` is what to go on from (`after`), None at the end.

    `cut` is True where the page ended after a bounded number of records, not with its last row.
    """

    rows: tuple[dict[str, Any], ...]
    next: str | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """What a list of records asks for, ready to be made into statements. Make it with `asked`.

    Without `sort` it is by source and key; no page of that can be asked for.
    """

    wanted: RecordFilter
    sort: RecordSort | None
    descending: bool
    agencies: tuple[str, ...] | None
    owned: tuple[int, ...] | None
    cares: Mapping[int, Standing]

    @property
    def is_indexed(self) -> bool:
        """Whether all that is asked for is in the index that gives the order."""
        return self.wanted.open_only and self.sort in _INDEXED_WHOLE and self.wanted.subject is None

    @property
    def window(self) -> int:
        """Return how many records one page looks through."""
        return _LOOKED_THROUGH_INDEX if self.is_indexed else _LOOKED_THROUGH

    @property
    def column(self) -> Any:
        """Return what is sorted by."""
        return _SORTED[self.sort] if self.sort else col(Source.key)

    def order(self, column: Any, next_: Any) -> tuple[Any, Any]:
        """Return the order by a column, and where that is the same by the next."""
        return (column.desc(), next_.desc()) if self.descending else (column.asc(), next_.asc())

    def conditions(self, of: Any) -> list[ColumnElement[bool]]:
        """Return the conditions on the table, or on a part of it."""
        wanted, found = self.wanted, list[ColumnElement[bool]]()
        if wanted.source is not None:
            found.append(of.source_id == _source_id(wanted.source))
        if wanted.status is not None:
            found.append(of.status == wanted.status.value)
        if wanted.kind is not None and not wanted.open_only:
            found.append(of.kind == wanted.kind.value)
        if self.agencies is not None:
            found.append(of.agency.in_(self.agencies))
        if wanted.priority is not None:
            found.append(of.priority.is_(wanted.priority))
        if self.owned is not None:
            found.append(of.id.in_(self.owned))
        if wanted.subject is not None:
            # With the quotes of JSON, so that no subject is found in a longer one.
            subjects = func.lower(of.fields["topics"].as_string())
            found.append(subjects.contains(to_json(wanted.subject).lower(), autoescape=True))
        return found


def asked(
    session: Session, wanted: RecordFilter, sort: RecordSort | None, *, descending: bool, now: datetime
) -> RecordQuery:
    """Return a query with the names in it looked up."""
    cares = standings(session, now)
    owned = None
    if wanted.owner is not None:
        owned = tuple(
            id_ for id_, one in cares.items() if one.assigned and alike(one.assigned.text, wanted.owner)
        )
    agencies = None if wanted.agency is None else tuple(agencies_named(session, wanted.agency))
    return RecordQuery(wanted, sort, descending, agencies, owned, cares)


def records_page(session: Session, query: RecordQuery, *, after: str | None, limit: int) -> RecordPage:
    """Return up to `limit` matching records after a place in the list."""
    part = _window(query, after).limit(query.window).subquery("part")
    matching = sqlalchemy.select(part.c.id, part.c.place).where(*query.conditions(part.c))
    # In the order of the part, which both databases keep: to be sorted once more, all of it would be read.
    found = session.execute(matching.limit(limit + 1)).all()
    rows = _rows(session, query, [one.id for one in found[:limit]])
    if len(found) > limit:
        return RecordPage(rows, _place(found[limit - 1]))
    ends = session.execute(_window(query, after).offset(query.window - 1).limit(2)).all()
    return RecordPage(rows, _place(ends[0]), cut=True) if len(ends) == 2 else RecordPage(rows)


def records_counted(session: Session, query: RecordQuery, today: date) -> Counts:
    """Return how many of the first records match: of as many as a page can look through in little time."""
    most = query.window if query.is_indexed else _COUNTED
    part = _window(query, None).limit(most).subquery("part")
    matches = and_(true(), *query.conditions(part.c))
    looked_at, records, priority, overdue = session.execute(
        select(
            func.count(),
            _how_many(matches),
            _how_many(and_(matches, part.c.priority)),
            _how_many(and_(matches, part.c.due < today.isoformat())),
        ).select_from(part)
    ).one()
    return Counts(records, priority, overdue, whole=looked_at < most)


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def records_as_data(session: Session, query: RecordQuery) -> list[dict[str, Any]]:
    """Return all records that match."""
    statement = matching(query)
    if query.sort is RecordSort.DUE:
        statement = statement.where(col(Record.due).is_not(None))
    order = query.order(query.column, col(Record.id) if query.sort else col(Record.key))
    found = session.exec(statement.order_by(*order)).all()
    corrected = said_by_record(session, [record.id for _, record in found])
    return [
        {**row_of(source, record, query), "corrections": corrected.get(record.id, [])}
        for source, record in found
    ]


# ---- statements


def matching(query: RecordQuery) -> Any:
    """Return the statement that selects (source key, record) of all that match, in no order."""
    statement = select(Source.key, Record).join(Record, col(Record.source_id) == Source.id)
    if query.wanted.open_only:
        statement = statement.where(OPEN_NOW)
    return statement.where(*query.conditions(Record))


def _window(query: RecordQuery, after: str | None) -> Any:
    """Return the records after a place, in order, with what is asked of them; read from an index."""
    wanted = query.wanted
    columns: list[Any] = [
        *(col(Record.id), query.column.label("place"), col(Record.source_id), col(Record.status)),
        *(col(Record.agency), col(Record.priority), col(Record.due)),
        *(() if wanted.open_only else (col(Record.kind),)),
        *((col(Record.fields),) if wanted.subject is not None else ()),
    ]
    statement = sqlalchemy.select(*columns).order_by(*query.order(query.column, col(Record.id)))
    if wanted.open_only:
        statement = statement.where(OPEN_NOW if query.sort in _INDEXED_WHOLE else OPEN_IN_ORDER)
    elif wanted.source is not None and query.sort is RecordSort.KEY:  # there is an index for it
        statement = statement.where(col(Record.source_id) == _source_id(wanted.source))
    if query.sort is RecordSort.DUE:
        statement = statement.where(col(Record.due).is_not(None))
    if query.owned is not None:
        statement = statement.where(col(Record.id).in_(query.owned))
    return statement if after is None else statement.where(_beyond(query, after))


def _source_id(key: str) -> Any:
    return select(Source.id).where(Source.key == key).scalar_subquery()


def _beyond(query: RecordQuery, after: str) -> ColumnElement[bool]:
    """Return the condition that a record comes after a place."""
    text, _, number = after.rpartition("~")
    value = datetime.fromisoformat(text) if query.sort is RecordSort.CHANGED else text
    here = tuple_(query.column, col(Record.id))
    place = tuple_(value, int(number))
    return here < place if query.descending else here > place


def is_place(sort: RecordSort, text: str) -> bool:
    """Whether a text is a place in a list sorted so, as `RecordPage.next` gives it."""
    value, _, number = text.rpartition("~")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return False
    try:
        return sort is not RecordSort.CHANGED or datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _place(row: Any) -> str:
    """Return where a row is in the order."""
    at = row.place
    return f"{at.astimezone(UTC).isoformat() if isinstance(at, datetime) else at}~{row.id}"


def _rows(session: Session, query: RecordQuery, ids: Sequence[int]) -> tuple[dict[str, Any], ...]:
    statement = select(Source.key, Record).join(Record, col(Record.source_id) == Source.id)
    found = {one.id: (key, one) for key, one in session.exec(statement.where(col(Record.id).in_(ids)))}
    return tuple(row_of(*found[id_], query) for id_ in ids)


def row_of(source: str, record: Record, query: RecordQuery) -> dict[str, Any]:
    """Return one record as it was last seen, with its owner."""
    care = query.cares.get(record.id)
    assigned = care.assigned.text if care and care.assigned else None
    return {**record_as_data(source, record), "assigned_to": assigned}
