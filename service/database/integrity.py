"""Is the stored history whole? Reads only; names every damaged row, so that the rest can be trusted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from monitor.store.page_bodies import DamagedBodyError, body_chain, body_of

_MISSING_EVIDENCE = """
    SELECT c.id, c.{column} FROM change c
    LEFT JOIN snapshot_body b ON b.sha256 = c.{column}
    WHERE c.{column} IS NOT NULL AND b.sha256 IS NULL ORDER BY c.id"""
_UNDECIDED = text("""
    SELECT c.id FROM change c LEFT JOIN routing r ON r.change_id = c.id
    WHERE r.change_id IS NULL ORDER BY c.id""")
_UNTOLD = text("""
    SELECT r.change_id FROM routing r LEFT JOIN outbox_entry e ON e.change_id = r.change_id
    WHERE r.decision = 'sent' AND e.id IS NULL ORDER BY r.change_id""")

_EMPTY = text("""
    SELECT o.id FROM outbox o LEFT JOIN outbox_entry e ON e.outbox_id = o.id
    WHERE o.kind = 'changes' AND e.id IS NULL ORDER BY o.id""")
_RESTING = text("""
    SELECT DISTINCT r.key FROM change c JOIN record r ON r.id = c.record_id
    WHERE :sha256 IN (c.before_sha256, c.after_sha256) ORDER BY r.key""")
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it should be: the table, the row, and what is wrong in words."""

    table: str
    row: str
    what: str


def damages(engine: Engine) -> Iterator[Damage]:
    """Return everything that is wrong with a database, as it is found; what can be read is looked at."""
    with engine.connect() as connection:
        looks = {**(_LOOKS_AT_A_FILE if connection.dialect.name == "sqlite" else {}), **_LOOKS}
        for what, look in looks.items():
            try:
                yield from look(connection)
            except DBAPIError as error:
                connection.rollback()
                yield Damage("file", "", f"{what} cannot be looked at: {error.orig}")


def _damaged_file(connection: Connection) -> Iterator[Damage]:
    for (said,) in connection.execute(text("PRAGMA integrity_check")):
        if said != "ok":
            yield Damage("file", "", " ".join(str(said).split()))


def _lost_rows(connection: Connection) -> Iterator[Damage]:
    for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")):
        yield Damage(table, str(row), f"points at a row of {parent} that is not there")


def damaged_bodies(connection: Connection) -> Iterator[Damage]:
    """Yield each stored page that is not what its hash says, with the changes that rest on it."""
    # By SQLite's own number of the row where it has one: an index may be damaged for itself.
    number = "rowid" if connection.dialect.name == "sqlite" else "sha256"
    for row, sha256 in connection.execute(text(f"SELECT {number}, sha256 FROM snapshot_body")).fetchall():
        # One by one, so that one that cannot be read hides no other.
        said = _said_of_body(connection, number, row, sha256)
        if said is not None:
            resting = [key for (key,) in connection.execute(_RESTING, {"sha256": sha256})]
            yield Damage("snapshot_body", str(sha256)[:12], f"{said}{_named(resting)}")


def _said_of_body(connection: Connection, number: str, row: int | str, sha256: str) -> str | None:
    """Return what is wrong with a page's content, None where it is what its hash says."""
    columns = "sha256, size, encoding, base_sha256, depth, body"
    try:
        found = connection.execute(
            text(f"SELECT {columns} FROM snapshot_body WHERE {number} = :row"), {"row": row}
        ).one()
        rests_on = body_chain(connection, found.base_sha256) if found.base_sha256 else ()
        body_of([found, *rests_on])
        if (found.encoding, found.depth) != ("zstd", len(rests_on)):
            return "its row does not say how it is packed"
    except DamagedBodyError as error:
        if error.sha256 == sha256:
            return str(error)
        return f"it rests on the page {error.sha256[:12]}, which is damaged: {error}"
    except DBAPIError as error:
        return f"its content cannot be unpacked: {error}"
    return None


def _named(keys: list[str]) -> str:
    if not keys:
        return "; no change rests on it"
    others = f" and {len(keys) - _MOST_NAMED} more" if len(keys) > _MOST_NAMED else ""
    return f"; changes of {', '.join(keys[:_MOST_NAMED])}{others} rest on it"


def _missing_evidence(connection: Connection) -> Iterator[Damage]:
    for column in ("before_sha256", "after_sha256"):
        for row, sha256 in connection.execute(text(_MISSING_EVIDENCE.format(column=column))):
            yield Damage("change", str(row), f"its evidence {sha256[:12]} is not stored")


def _lost_messages(connection: Connection) -> Iterator[Damage]:
    for (row,) in connection.execute(_UNDECIDED):
        yield Damage("change", str(row), "nothing records whether it should be reported, or why not")
    for (row,) in connection.execute(_UNTOLD):
        yield Damage("change", str(row), "it should be reported, but no message contains it")
    for (row,) in connection.execute(_EMPTY):
        yield Damage("outbox", str(row), "it is to tell changes, and holds none")


# A server looks after its files by itself, and lets no row point at one that is not there.
_LOOKS_AT_A_FILE: Mapping[str, Callable[[Connection], Iterator[Damage]]] = {
    "the file as a whole": _damaged_file,
    "what points at what": _lost_rows,
}
_LOOKS: Mapping[str, Callable[[Connection], Iterator[Damage]]] = {
    "the stored pages": damaged_bodies,
    "the evidence of changes": _missing_evidence,
    "the messages of changes": _lost_messages,
}
