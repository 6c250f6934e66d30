"""Is the stored history whole? Reads only; names every damaged row, so that the rest can be trusted."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import zstandard

_MISSING_EVIDENCE = """
    SELECT c.id, c.{column} FROM change c
    LEFT JOIN snapshot_body b ON b.sha256 = c.{column}
    WHERE c.{column} IS NOT NULL AND b.sha256 IS NULL ORDER BY c.id"""
_UNDECIDED = """
    SELECT c.id FROM change c LEFT JOIN routing r ON r.change_id = c.id
    WHERE r.change_id IS NULL ORDER BY c.id"""
_UNTOLD = """
    SELECT r.change_id FROM routing r LEFT JOIN outbox_entry e ON e.change_id = r.change_id
    WHERE r.decision = 'sent' AND e.id IS NULL ORDER BY r.change_id"""

_EMPTY = """
    SELECT o.id FROM outbox o LEFT JOIN outbox_entry e ON e.outbox_id = o.id
    WHERE o.kind = 'changes' AND e.id IS NULL ORDER BY o.id"""
_RESTING = """
    SELECT DISTINCT r.key FROM change c JOIN record r ON r.id = c.record_id
    WHERE :sha256 IN (c.before_sha256, c.after_sha256) ORDER BY r.key"""
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it should be: the table, the row, and what is wrong in words."""

    table: str
    row: str
    what: str


def damages(path: Path) -> Iterator[Damage]:
    """Give everything that is wrong with a database file, as it is found; what can be read is looked at."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA query_only=ON")
        for what, look in _LOOKS.items():
            try:
                yield from look(connection)
            except sqlite3.DatabaseError as error:
                yield Damage("file", "", f"{what} cannot be looked at: {error}")


def _damaged_file(connection: sqlite3.Connection) -> Iterator[Damage]:
    for (said,) in connection.execute("PRAGMA integrity_check"):
        if said != "ok":
            yield Damage("file", "", " ".join(str(said).split()))


def _lost_rows(connection: sqlite3.Connection) -> Iterator[Damage]:
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Damage(table, str(row), f"points at a row of {parent} that is not there")


def _damaged_bodies(connection: sqlite3.Connection) -> Iterator[Damage]:
    for row, sha256 in connection.execute("SELECT rowid, sha256 FROM snapshot_body").fetchall():
        # One by one, so that one that cannot be read hides no other.
        said = _said_of_body(connection, row, sha256)
        if said is not None:
            resting = [key for (key,) in connection.execute(_RESTING, {"sha256": sha256})]
            yield Damage("snapshot_body", str(sha256)[:12], f"{said}{_named(resting)}")


def _said_of_body(connection: sqlite3.Connection, row: int, sha256: str) -> str | None:
    """Say what is wrong with a page's content, None where it is what its hash says."""
    try:
        size, body = connection.execute(
            "SELECT size, body FROM snapshot_body WHERE rowid = ?", (row,)
        ).fetchone()
        whole = zstandard.ZstdDecompressor().decompress(body, max_output_size=max(int(size), 1))
    except (zstandard.ZstdError, sqlite3.DatabaseError, TypeError, ValueError, MemoryError) as error:
        return f"its content cannot be unpacked: {error}"
    return None if hashlib.sha256(whole).hexdigest() == sha256 else "its content is not what its hash says"


def _named(keys: list[str]) -> str:
    if not keys:
        return "; no change rests on it"
    others = f" and {len(keys) - _MOST_NAMED} more" if len(keys) > _MOST_NAMED else ""
    return f"; changes of {', '.join(keys[:_MOST_NAMED])}{others} rest on it"


def _missing_evidence(connection: sqlite3.Connection) -> Iterator[Damage]:
    for column in ("before_sha256", "after_sha256"):
        for row, sha256 in connection.execute(_MISSING_EVIDENCE.format(column=column)):
            yield Damage("change", str(row), f"its evidence {sha256[:12]} is not stored")


def _lost_messages(connection: sqlite3.Connection) -> Iterator[Damage]:
    for (row,) in connection.execute(_UNDECIDED):
        yield Damage("change", str(row), "nothing says whether it was to be told, or why not")
    for (row,) in connection.execute(_UNTOLD):
        yield Damage("change", str(row), "it was to be told, and no message holds it")
    for (row,) in connection.execute(_EMPTY):
        yield Damage("outbox", str(row), "it is to tell changes, and holds none")


_LOOKS: Mapping[str, Callable[[sqlite3.Connection], Iterator[Damage]]] = {
    "the file as a whole": _damaged_file,
    "what points at what": _lost_rows,
    "the stored pages": _damaged_bodies,
    "the evidence of changes": _missing_evidence,
    "the messages of changes": _lost_messages,
}
