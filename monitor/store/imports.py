"""What is particular to rows that are imported: their ids, and the mark they have. Never commits.

Imported rows have ids below zero, in the order of their times, so that they come before all that was watched:
whatever goes on from the last id it knows, as digests do, does not meet them.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, update
from sqlmodel import Session, SQLModel, col, select

from monitor.store.models import Change, Check, RecordVersion, Snapshot, Source, table_of

_BEGIN = -1_000_000_000  # with as much room below as above
_LOWEST = -2_000_000_000
_IMPORTING = "importing"
_TABLES: tuple[type[SQLModel], ...] = (Check, Snapshot, RecordVersion, Change)
# The tables that hold a row which was not imported, so that nobody need ask again.
_SETTLED: WeakKeyDictionary[Engine, set[type[SQLModel]]] = WeakKeyDictionary()


def begin_import(session: Session) -> None:
    """Assign to the rows that are added on this session the ids of imported ones."""
    session.info[_IMPORTING] = True


def numbered(
    session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]] | Sequence[Mapping[str, Any]]:
    """Return rows with their ids where an import is under way, or left only its own; else as they are."""
    if not rows or not (_IMPORTING in session.info or _begins_with_one(session, table)):
        return rows
    first = first_id(session, table) if _IMPORTING in session.info else 1
    return [{"id": number, **row} for number, row in enumerate(rows, first)]


def _begins_with_one(session: Session, table: type[SQLModel]) -> bool:
    """Return whether a table holds imported rows only: SQLite would number the next one after those."""
    engine = session.get_bind().engine
    if engine.dialect.name != "sqlite":
        return False
    settled = _SETTLED.setdefault(engine, set())
    if table in settled:
        return False
    newest = session.connection().execute(select(func.max(table_of(table).c.id))).scalar()
    if newest is not None and newest > 0:
        settled.add(table)  # it stays so
    return newest is not None and newest < 0


def first_id(session: Session, table: type[SQLModel], *, before: int | None = None) -> int:
    """Return the id after the last imported row, or, of `before` rows, the one of the first before all."""
    id_ = table_of(table).c.id
    edge = func.max(id_) if before is None else func.min(id_)
    found = session.connection().execute(select(edge).where(id_ < 0)).scalar()
    if found is None:
        return _BEGIN if before is None else _BEGIN - before
    return int(found) + 1 if before is None else int(found) - before


def next_ids(session: Session) -> dict[str, tuple[int, int]]:
    """Return, by table, the ids that rows imported next will have: the first, and the first above them."""
    return {table_of(table).name: (first_id(session, table), 0) for table in _TABLES}


def ids_before(session: Session) -> dict[str, tuple[int, int]]:
    """Return, by table, the ids below all imported rows, as `next_ids` does."""
    return {table_of(table).name: (_LOWEST, first_id(session, table, before=0)) for table in _TABLES}


def mark_imported(session: Session, check_id: int | None, change_ids: Sequence[int]) -> None:
    """Mark a check and changes as imported."""
    if check_id is not None:
        session.exec(update(Check).where(col(Check.id) == check_id).values(imported=True))
    if change_ids:
        session.exec(update(Change).where(col(Change.id).in_(change_ids)).values(imported=True))


def is_first_after_import(session: Session, key: str, check_id: int | None) -> bool:
    """Return whether a check is the first one made of its source; an unchanged one has no id."""
    unchanged = select(Source.unchanged_checks).where(Source.key == key)
    if check_id is None and session.exec(unchanged).one() > 1:
        return False
    of_source = col(Check.source_id) == select(Source.id).where(Source.key == key).scalar_subquery()
    for imported in (False, True):
        other = select(Check.id).where(
            of_source, col(Check.imported) == imported, Check.id != (check_id or 0)
        )
        found = session.exec(other.limit(1)).first()
        if (found is None) is imported:
            return False
    return True
