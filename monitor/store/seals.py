"""A chain of hashes over all that is recorded, so that a later edit of stored history shows.

A seal covers the rows that were written since the one before it: checks, snapshots, versions, changes, and
records, corrections, documents, links and sources as they were left. It keeps one hash, a leaf, for each row,
and one over these and the seal before. Rows may be pruned: their leaves stay. All seals are one chain, as all
writers take turns anyway.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, TextClause, bindparam, insert, text
from sqlmodel import Session

from monitor.store.batches import in_parts
from monitor.store.models import Seal

MOST_ROWS = 5_000  # of one table in one seal
GONE = bytes(32)  # in place of a row's hash: an import of older pages has replaced it
_ALL = 2**31 - 1
FORM = "oversight-watch seal 1"
_ITEM = struct.Struct(">Bq32s")
_TIME = "%Y-%m-%d %H:%M:%S.%f"
# The columns of each table that are sealed, its key first: what follows from others, or only says when to
# ask again, is not.
# A letter says how a column is read the same on both databases: t is a time, j is JSON, b is yes or no.
SEALED = {
    "check": "id source_id started_at/t finished_at/t outcome times pages rows declared_total complete/b"
    " reasons/j imported/b",
    "snapshot": "id source_id check_id url final_url fetched_at/t sha256 content_type charset etag"
    " last_modified headers read_by",
    "record_version": "id record_id check_id seen_at/t listed/b snapshot_sha256 fields/j",
    "change": "id source_id record_id check_id kind before/j after/j not_before/t seen_at/t before_sha256"
    " after_sha256 once imported/b",
    "record": "id source_id kind key status fields/j listed/b snapshot_sha256 first_seen_at/t changed_at/t"
    " unlisted_at/t",
    "correction": "id source_id record_id change_id check_id record_key found kind recorded/j replayed/j"
    " seen_at/t reading made_at/t replaced_at/t",
    "document": "id source_id record_id url state last_modified length sha256 text_sha256 unread",
    "link": "record_id thing_id number link issued fiscal_year",
    "source": "id key created_at/t",
}
TABLES = tuple(SEALED)
_READ = {**SEALED, "seal": "id at/t check_to snapshot_to version_to change_to leaves entry"}
MARKED = TABLES[:4]  # whose rows are only ever added
RENEWED = TABLES[4:]  # whose rows are sealed again when they change: a record with each of its versions
_RENEWED = "to be sealed"
_ON_SERVER = {
    "t": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    "j": "CAST({} AS text)",
    "b": "CAST({} AS int)",
}


class Leaf(NamedTuple):
    """The hash of one sealed row: its table, its id, and SHA-256 over what is sealed of it."""

    table: str
    id: int
    sha256: bytes


class SealRow(NamedTuple):
    """One seal as it is stored. The numbers are the highest ids that it covers."""

    id: int
    at: str
    check: int
    snapshot: int
    record_version: int
    change: int
    leaves: bytes
    entry: str

    @property
    def marks(self) -> tuple[int, ...]:
        """Return the highest id that is covered of each table whose rows are only added."""
        return self[2:6]


def renewed(session: Session, table: str, ids: Iterable[int]) -> None:
    """Let the next seal of this transaction cover rows that were added or changed, whose table is renewed."""
    session.info.setdefault(_RENEWED, {}).setdefault(table, set()).update(ids)


def is_to_be_sealed(session: Session) -> bool:
    """Return whether a transaction has renewed rows since its last seal."""
    return _RENEWED in session.info


def never_sealed(session: Session) -> None:
    """Let the next seal cover the renewed tables' rows that no seal covers."""
    connection, known = session.connection(), set[tuple[str, int]]()
    for one in seals(connection):
        with suppress(ValueError):  # `db verify` names it
            known.update(leaf[:2] for leaf in unpacked(one.leaves))
    for table in RENEWED:
        ids = connection.scalars(text(f'SELECT {key_of(table)} FROM "{table}"'))  # noqa: S608 - our own words
        if new := {id_ for id_ in ids if (table, id_) not in known}:
            renewed(session, table, new)


def seal(session: Session) -> int:
    """Seal all rows that no seal covers yet, and what was renewed; return how many seals that took.

    Belongs into the transaction that wrote them, which holds the write lock.
    """
    left = {table: sorted(ids) for table, ids in session.info.pop(_RENEWED, {}).items()}
    if left:
        session.flush()
    connection = session.connection()
    number, before, *marks = connection.execute(_STATE).one()
    newest, marks, made, now = marks[4:], marks[:4], 0, datetime.now(UTC)
    while any(mark < last for mark, last in zip(marks, newest, strict=True)) or any(left.values()):
        found = [
            rows_of(connection, table, mark, MOST_ROWS) if mark < last else ()
            for table, mark, last in zip(MARKED, marks, newest, strict=True)
        ]
        again = {table: ids[:MOST_ROWS] for table, ids in left.items()}
        left = {table: ids[MOST_ROWS:] for table, ids in left.items()}
        again["record"] = sorted({*again.get("record", ()), *(row[1] for row in found[2])})
        renewals = ((table, rows_with(connection, table, ids)) for table, ids in again.items())
        parts = [*zip(MARKED, found, strict=True), *renewals]
        leaves = packed(leaf for table, rows in parts for leaf in leaves_of(table, rows))
        marks = [rows[-1][0] if rows else mark for rows, mark in zip(found, marks, strict=True)]
        number, before = number + 1, entry_of(before, now.strftime(_TIME), marks, leaves)
        values = dict(zip(_MARKS, marks, strict=True))
        connection.execute(_ADD, {"id": number, "at": now, **values, "leaves": leaves, "entry": before})
        made += 1
    return made


def seal_imported(
    connection: Connection,
    ids: Mapping[str, tuple[int, int]],
    records: Iterable[int] = (),
    gone: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> None:
    """Seal imported rows, whose ids are below those of all others, and records that the import has touched.

    `ids` are the first id of each table and the first one above them; `gone` are the ids of the rows that
    these replace. Belongs into the same transaction.
    """
    number, before, *marks = connection.execute(_STATE).one()
    found = {
        table: [row for row in rows_of(connection, table, first - 1, _ALL) if row[0] < end]
        for table, (first, end) in ids.items()
    }
    if not any(found.values()):
        return
    touched = sorted({*(row[1] for row in found["record_version"]), *records})
    parts = [*found.items(), ("record", rows_with(connection, "record", touched))]
    replaced = [Leaf(table, id_, GONE) for table, some in gone.items() for id_ in some]
    leaves = packed([*replaced, *(leaf for table, rows in parts for leaf in leaves_of(table, rows))])
    now, values = datetime.now(UTC), dict(zip(_MARKS, marks[:4], strict=True))
    entry = entry_of(before, now.strftime(_TIME), marks[:4], leaves)
    connection.execute(_ADD, {"id": number + 1, "at": now, **values, "leaves": leaves, "entry": entry})


def entry_of(before: str, at: str, marks: Sequence[int], leaves: bytes) -> str:
    """Return a seal's own hash: over the one before, the time, the highest ids and all leaves."""
    head = json.dumps([FORM, before, at, *marks], separators=(",", ":"))
    return hashlib.sha256(head.encode() + b"\n" + leaves).hexdigest()


def leaves_of(table: str, rows: Iterable[Sequence[Any]]) -> list[Leaf]:
    """Return the leaf of each row, read by `rows_of`."""
    return [Leaf(table, row[0], hashlib.sha256(leaf_text(table, row).encode()).digest()) for row in rows]


def leaf_text(table: str, row: Sequence[Any]) -> str:
    """Return what is sealed of a row as the JSON text that is hashed."""
    values = [value.hex() if isinstance(value, bytes) else value for value in row]
    return json.dumps([table, *values], separators=(",", ":"))


def packed(leaves: Iterable[Leaf]) -> bytes:
    """Return leaves as they are stored: for each, the table's number, the id and the hash."""
    return b"".join(_ITEM.pack(TABLES.index(leaf.table), leaf.id, leaf.sha256) for leaf in leaves)


def unpacked(leaves: bytes) -> list[Leaf]:
    """Return stored leaves. Raises ValueError where they are damaged."""
    try:
        return [Leaf(TABLES[table], id_, sha256) for table, id_, sha256 in _ITEM.iter_unpack(leaves)]
    except (struct.error, IndexError) as error:
        raise ValueError(str(error)) from None


def key_of(table: str) -> str:
    """Return the name of the column by which a sealed table's rows are known."""
    return _READ[table].partition(" ")[0]


def seals(connection: Connection, after: int = 0) -> Iterator[SealRow]:
    """Yield all seals after one, in the order of the chain."""
    statement = _selected(connection.dialect.name, "seal", _NEXT)
    while rows := connection.execute(statement, {"after": after}).all():
        yield from (SealRow(*row) for row in rows)
        after = rows[-1][0]


def seals_covering(connection: Connection, table: str, ids: Sequence[int]) -> dict[int, SealRow]:
    """Return by id the seals that cover rows of a table whose rows are only added; some have none."""
    found: dict[int, SealRow] = {}
    # Imported rows are below all marks.
    begins = {_ITEM.pack(TABLES.index(table), id_, b"")[:-32]: id_ for id_ in ids if id_ < 0}
    for one in seals(connection) if begins else ():
        found.update((id_, one) for begin, id_ in begins.items() if begin in one.leaves)
    column = {"record_version": "version_to"}.get(table, f"{table}_to")
    first = _selected(connection.dialect.name, "seal", f"WHERE {column} >= :id ORDER BY id LIMIT 1")
    for id_ in ids:
        if id_ > 0 and (row := connection.execute(first, {"id": id_}).first()):
            found[id_] = SealRow(*row)
    return found


def seal_before(connection: Connection, number: int) -> SealRow | None:
    """Return the seal before one, None for the first."""
    row = connection.execute(
        _selected(connection.dialect.name, "seal", "WHERE id = :id"), {"id": number - 1}
    ).first()
    return SealRow(*row) if row else None


def rows_of(connection: Connection, table: str, after: int, most: int) -> Sequence[Sequence[Any]]:
    """Return what is sealed of rows with ids above one, in the order of ids, as on every database."""
    statement = _selected(connection.dialect.name, table, _AFTER)
    return connection.execute(statement, {"after": after, "most": most}).all()


def rows_with(connection: Connection, table: str, ids: Iterable[int]) -> list[Sequence[Any]]:
    """Return what is sealed of rows with these ids, in the order of ids."""
    statement = _selected(connection.dialect.name, table, _WITH)
    return [row for some in in_parts(ids) for row in connection.execute(statement, {"ids": some})]


_MARKS = ("check_to", "snapshot_to", "version_to", "change_to")
_MARKED = ", ".join(f"coalesce(s.{mark}, 0)" for mark in _MARKS)
_NEWEST = ", ".join(f'coalesce((SELECT max(id) FROM "{table}"), 0)' for table in MARKED)  # noqa: S608
_STATE = text(
    f"SELECT coalesce(s.id, 0), coalesce(s.entry, ''), {_MARKED}, {_NEWEST}"  # noqa: S608 - our words
    " FROM (SELECT 1) AS one"
    " LEFT JOIN seal AS s ON s.id = (SELECT max(id) FROM seal)"
)
_NEXT = "WHERE id > :after ORDER BY id LIMIT 200"
_AFTER, _WITH = "WHERE {key} > :after ORDER BY {key} LIMIT :most", "WHERE {key} IN :ids ORDER BY {key}"
_ADD = insert(Seal)


@cache
def _selected(dialect: str, table: str, where: str) -> TextClause:
    """Return the statement that reads columns as they lie: the same text on SQLite and PostgreSQL."""
    named = [column.partition("/") for column in _READ[table].split()]
    on_server = dialect != "sqlite"
    columns = [_ON_SERVER[kind].format(name) if kind and on_server else name for name, _, kind in named]
    where = where.format(key=key_of(table))
    statement = text(f'SELECT {", ".join(columns)} FROM "{table}" {where}')  # noqa: S608 - our own words
    return statement.bindparams(bindparam("ids", expanding=True)) if ":ids" in where else statement
