"""Moves a whole history from one database to another, such as from SQLite to PostgreSQL, with nothing lost.

The source is read in one transaction and never written. The target is filled a batch a transaction, in the
order of each table's key, so that a copy which was cut off is a beginning of the source and is gone on with.
Until counts and hashes of every table agree, a mark in the target keeps everything else away from it.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    MetaData,
    Row,
    Table,
    Text,
    cast,
    collate,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

import alerts.domain.models  # noqa: F401 - importing both fills the metadata
import monitor.store.models  # noqa: F401
from monitor.domain.errors import StoreError
from service.database.database import (
    UNFINISHED,
    Database,
    known_versions,
    open_database,
    said_plainly,
    store_of,
    stored_version,
)

Tell = Callable[[int, int], None]  # rows that are there, of how many
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Copied:
    """One table that is the same on both sides now: its rows, and a hash over all of them."""

    table: str
    rows: int
    sha256: str


class _OtherRowsError(Exception):
    """What is in the target is not the beginning of what is in the source."""


@dataclass(slots=True)
class _Sum:
    """The count and the hash of rows, as they pass by."""

    rows: int = 0
    hash: Any = field(default_factory=hashlib.sha256)

    def add(self, part: Sequence[Row[Any]]) -> None:
        self.rows += len(part)
        for row in part:
            self.hash.update(repr(tuple(row)).encode("utf-8", "backslashreplace"))

    def of(self, table: Table) -> Copied:
        return Copied(table.name, self.rows, self.hash.hexdigest())


def copy_history(source_url: str, target_url: str, tell: Tell, batch: int = _BATCH) -> list[Copied]:
    """Copy everything into an empty database, or go on with a copy that was cut off; give what was compared.

    Raises StoreError where the source is not of this version, the target holds anything else, or the two
    are not the same in the end.
    """
    if stored_version(source_url) != known_versions()[-1]:
        name = store_of(source_url).called(source_url)
        raise StoreError(f"{name} holds no history of this version; bring it up to date first: db upgrade")
    target = open_database(target_url, copying=True)
    looker: Engine = store_of(source_url).looker(source_url)
    try:
        _mark(target)
        with said_plainly(source_url), looker.connect() as source:
            counts = [source.execute(select(func.count()).select_from(table)) for table in _TABLES]
            total = sum(count.scalar_one() for count in counts)
            copying = _Copying(source, target, batch, lambda done: tell(done, total))
            try:
                sums = copying.run()
            except _OtherRowsError:
                _clear(target)  # the source has changed since
                sums = copying.run()
        _require_same(target, sums, batch)
        _finish(target)
    except IntegrityError as error:
        raise StoreError(f"something else writes into {store_of(target_url).called(target_url)}") from error
    finally:
        target.close()
        looker.dispose()
    return sums


@dataclass(slots=True)
class _Copying:
    """One run over all tables, from a moment of the source."""

    source: Connection
    target: Database
    batch: int
    tell: Callable[[int], None]
    done: int = 0

    def run(self) -> list[Copied]:
        self.done = 0
        return [self._copied(table) for table in _TABLES]

    def _copied(self, table: Table) -> Copied:
        """Compare what is there already, then write the rest."""
        found, rows = _Sum(), _rows(self.source, table, self.batch)
        with self.target.read() as session:
            there = _rows(session.connection(), table, self.batch)
            while part := list(islice(there, self.batch)):
                if list(islice(rows, len(part))) != part:
                    raise _OtherRowsError
                self._count(found, part)
        while part := list(islice(rows, self.batch)):
            with self.target.write() as session:
                _write(session, table, part)
            self._count(found, part)
        return found.of(table)

    def _count(self, found: _Sum, part: Sequence[Row[Any]]) -> None:
        found.add(part)
        self.done += len(part)
        self.tell(self.done)


def _as_it_lies(table: Table) -> Table:
    """Return a table whose JSON is text, to be moved as it lies."""
    columns = [
        Column(c.name, Text() if isinstance(c.type, JSON) else c.type, primary_key=c.primary_key)
        for c in table.columns
    ]
    return Table(table.name, MetaData(), *columns)


_TABLES = [_as_it_lies(table) for table in SQLModel.metadata.sorted_tables]


def _rows(connection: Connection, table: Table, batch: int) -> Iterator[Row[Any]]:
    """Return all rows in the order of the key; of texts, in that of their bytes, as it is on every database.

    Rows that point at rows of their own table come after those.
    """
    is_server = connection.dialect.name == "postgresql"
    columns = [cast(c, Text()).label(c.name) if isinstance(c.type, Text) else c for c in table.columns]
    keys = [collate(c, "C") if is_server and c.type.python_type is str else c for c in table.primary_key]
    steps = [table.c.depth] if "depth" in table.c else []
    statement = select(*columns).order_by(*steps, *keys)
    yield from connection.execution_options(yield_per=batch).execute(statement)


def _write(session: Session, table: Table, part: Sequence[Row[Any]]) -> None:
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), [dict(row._mapping) for row in part])
        return
    quoted = connection.dialect.identifier_preparer.quote
    names = ", ".join(quoted(c.name) for c in table.columns)
    # The server's own way to take in many rows, some times as quick as statements.
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {quoted(table.name)} ({names}) FROM STDIN") as copy:
        for row in part:
            copy.write_row(tuple(row))


def _mark(target: Database) -> None:
    """Mark the target as half of a copy. Raises StoreError where it holds a history of its own."""
    with target.write() as session:
        connection = session.connection()
        if UNFINISHED in connection.dialect.get_table_names(connection):
            return
        if any(session.execute(select(table).limit(1)).first() for table in _TABLES):
            name = store_of(target.url).called(target.url)
            raise StoreError(f"{name} holds a history already and stays as it is; name an empty database")
        session.execute(text(f"CREATE TABLE {UNFINISHED} (since TIMESTAMP)"))


def _clear(target: Database) -> None:
    with target.write() as session:
        for table in reversed(_TABLES):
            session.execute(delete(table))


def _require_same(target: Database, sums: Sequence[Copied], batch: int) -> None:
    """Read all of the target once more and hold it against what the source gave."""
    with target.read() as session:
        for table, of_source in zip(_TABLES, sums, strict=True):
            found, rows = _Sum(), _rows(session.connection(), table, batch)
            while part := list(islice(rows, batch)):
                found.add(part)
            if found.of(table) != of_source:
                raise StoreError(
                    f"the copy of the table {table.name} is not the same as its source"
                    f" ({found.rows:,} of {of_source.rows:,} rows); run the same again"
                )


def _finish(target: Database) -> None:
    """Let new rows be numbered after the copied ones, and take the mark away."""
    with target.write() as session:
        if session.connection().dialect.name == "postgresql":
            for table in _TABLES:
                if "id" in table.columns:
                    _number_on(session, table)
        session.execute(text(f"DROP TABLE {UNFINISHED}"))


def _number_on(session: Session, table: Table) -> None:
    newest = select(func.max(table.c.id)).where(table.c.id > 0).scalar_subquery()  # imported ones are below
    sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id")
    session.execute(select(func.setval(sequence, func.coalesce(newest, 1), newest.is_not(None))))
