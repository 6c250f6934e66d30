"""Is the stored history whole? Reads only; names every damaged row, so that the rest can be trusted."""

import hashlib
import sqlite3
from collections.abc import Iterator
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


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it should be: the table, the row, and what is wrong in words."""

    table: str
    row: str
    what: str


def damages(path: Path) -> Iterator[Damage]:
    """Give everything that is wrong with a database file, as it is found."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        for (said,) in connection.execute("PRAGMA integrity_check"):
            if said != "ok":
                yield Damage("file", "", str(said))
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            yield Damage(table, str(row), f"points at a row of {parent} that is not there")
        yield from _damaged_bodies(connection)
        for column in ("before_sha256", "after_sha256"):
            for row, sha256 in connection.execute(_MISSING_EVIDENCE.format(column=column)):
                yield Damage("change", str(row), f"its evidence {sha256[:12]} is not stored")
        for (row,) in connection.execute(_UNDECIDED):
            yield Damage("change", str(row), "nothing says whether it was to be told, or why not")
        for (row,) in connection.execute(_UNTOLD):
            yield Damage("change", str(row), "it was to be told, and no message holds it")


def _damaged_bodies(connection: sqlite3.Connection) -> Iterator[Damage]:
    unpack = zstandard.ZstdDecompressor()
    for sha256, size, body in connection.execute("SELECT sha256, size, body FROM snapshot_body"):
        try:
            whole = unpack.decompress(body, max_output_size=max(size, 1))
        except zstandard.ZstdError as error:
            yield Damage("snapshot_body", sha256[:12], f"its content cannot be unpacked: {error}")
            continue
        if hashlib.sha256(whole).hexdigest() != sha256:
            yield Damage("snapshot_body", sha256[:12], "its content is not what its hash says")
