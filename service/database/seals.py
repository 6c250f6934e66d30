"""Was stored history changed after it was recorded? Holds it against the chain of seals. Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from monitor.store.seals import (
    GONE,
    MARKED,
    RENEWED,
    Leaf,
    SealRow,
    entry_of,
    key_of,
    leaves_of,
    rows_with,
    seals,
    unpacked,
)
from service.database.integrity import Damage, damaged_bodies

_PRUNED = ("check", "snapshot")  # retention may delete their rows, and the leaves stay
_BATCH = 2_000
_AGAIN = "it is not what was recorded"
_UNSEALED = "no seal covers it, and each check seals what it records"
# What retention never deletes: what is wrong without it, where it is, and what refers to it.
_REFERRED = (
    (
        "no stored page has the hash of its evidence",
        "snapshot.sha256",
        "change.after_sha256 change.before_sha256 record_version.snapshot_sha256 document.sha256",
    ),
    ("its content is not stored", "snapshot_body.sha256", "snapshot.sha256 document.text_sha256"),
    ("its check is not there", "check.id", "snapshot.check_id record_version.check_id change.check_id"),
)


@dataclass(slots=True)
class Verified:
    """What holding a database against its seals has come to; all damage is named."""

    seals: int = 0
    since: str | None = None  # when the first seal was made, UTC
    rows: int = 0  # that are what was sealed
    pruned: int = 0  # sealed rows that retention has deleted
    entry: str | None = None  # the last seal's hash
    damage: list[Damage] = field(default_factory=list)


def verified(connection: Connection) -> Verified:
    """Return whether stored history is what was recorded, row by row and page by page."""
    found = Verified()
    looks = (_verify_chain, _verify_rows, _verify_renewed, _verify_references, _verify_bodies)
    for look in looks:
        try:
            look(connection, found)
        except (DBAPIError, UnicodeError) as error:
            cause = getattr(error, "orig", None) or error
            found.damage.append(Damage("file", "", f"it cannot be read: {cause}"))
    return found


def _verify_bodies(connection: Connection, found: Verified) -> None:
    found.damage += damaged_bodies(connection)


def _verify_rows(connection: Connection, found: Verified) -> None:
    for table in MARKED:
        _verify_table(connection, table, found)


def _verify_references(connection: Connection, found: Verified) -> None:
    """Find what belongs to rows that retention never deletes."""
    for what, referred, referring in _REFERRED:
        other, _, name = referred.partition(".")
        for table, _, column in (one.partition(".") for one in referring.split()):
            # By its index: PostgreSQL compares each with each for a NOT IN of many.
            lost = text(
                f'SELECT id FROM "{table}" AS one WHERE {column} IS NOT NULL'
                f' AND NOT EXISTS (SELECT 1 FROM "{other}" AS it WHERE it.{name} = one.{column})'
            )
            found.damage += [Damage(table, str(row), what) for row in connection.scalars(lost)]


def _verify_chain(connection: Connection, found: Verified) -> None:
    """Hold each seal against the one before."""
    last: SealRow | None = None
    for one in seals(connection):
        found.seals += 1
        found.since = found.since or one.at
        expected = entry_of(last.entry if last else "", one.at, one.marks, one.leaves)
        number = (last.id if last else 0) + 1
        if expected != one.entry or one.id != number:
            found.damage.append(Damage("seal", str(one.id), "it does not follow from the seal before it"))
        last = one
    found.entry = last.entry if last else None


def _verify_table(connection: Connection, table: str, found: Verified) -> None:
    expected = _expected(connection, table)
    want = next(expected, None)
    for row, leaf in _actual(connection, table):
        while want is not None and want.id < row:
            _missing(table, want, found)
            want = next(expected, None)
        if want is not None and want.id == row:
            if leaf == want:
                found.rows += 1
            else:
                found.damage.append(Damage(table, str(row), _AGAIN))
            want = next(expected, None)
        else:
            found.damage.append(Damage(table, str(row), _UNSEALED))
    while want is not None:
        _missing(table, want, found)
        want = next(expected, None)


def _missing(table: str, leaf: Leaf, found: Verified) -> None:
    if table in _PRUNED:
        found.pruned += 1
    else:
        found.damage.append(Damage(table, str(leaf.id), "it was recorded, and is not there any more"))


def _expected(connection: Connection, table: str) -> Iterator[Leaf]:
    """Yield the leaves of a table in the order of ids: those of imported rows that are left first."""
    imported = {leaf.id: leaf for leaf in _leaves_in(connection, table) if leaf.id < 0}
    yield from sorted(leaf for leaf in imported.values() if leaf.sha256 != GONE)
    yield from (leaf for leaf in _leaves_in(connection, table) if leaf.id >= 0)


def _leaves_in(connection: Connection, table: str) -> Iterator[Leaf]:
    for one in seals(connection):
        try:
            leaves = unpacked(one.leaves)
        except ValueError:
            continue  # the chain has named it
        yield from sorted(leaf for leaf in leaves if leaf.table == table)


def _actual(connection: Connection, table: str) -> Iterator[tuple[int, Leaf | None]]:
    """Yield each row's id and its leaf, None where the row cannot be read."""
    after = -(2**63)
    key = key_of(table)
    numbers = text(f'SELECT {key} FROM "{table}" WHERE {key} > :after ORDER BY {key} LIMIT {_BATCH}')
    while ids := list(connection.scalars(numbers, {"after": after})):
        for leaf, id_ in zip(_leaves(connection, table, ids), ids, strict=True):
            yield id_, leaf
        after = ids[-1]


def _leaves(connection: Connection, table: str, ids: Sequence[int]) -> list[Leaf | None]:
    try:
        return list(leaves_of(table, rows_with(connection, table, ids)))
    except (DBAPIError, UnicodeError):
        if len(ids) == 1:
            return [None]
    # One by one, so that one that cannot be read hides no other.
    return [leaf for id_ in ids for leaf in _leaves(connection, table, [id_])]


def _verify_renewed(connection: Connection, found: Verified) -> None:
    """Hold each row that is sealed again when it changes against its last leaf."""
    for table in RENEWED:
        leaves = {leaf.id: leaf for leaf in _leaves_in(connection, table)}
        there = set()
        for row, leaf in _actual(connection, table):
            there.add(row)
            if row not in leaves:
                found.damage.append(Damage(table, str(row), _UNSEALED))
            elif leaf != leaves[row]:
                found.damage.append(Damage(table, str(row), _AGAIN))
            else:
                found.rows += 1
        for id_ in sorted(leaves.keys() - there):
            _missing(table, leaves[id_], found)
