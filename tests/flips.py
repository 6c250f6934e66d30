"""Flip bits of stored history and of evidence packets: `python -m tests.flips --rows 5000 --packets 5000`.

Each flip has to be found by `db verify` or by the packet's own verify.py; those that are not are printed.
"""

import argparse
import random
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError

from monitor.store.seals import SEALED
from service.database.database import open_database
from service.database.seals import verified
from service.readmodel.packet import packet_of, proof_of
from service.readmodel.packet_verify import check
from tests.service.web.served_watch import make_history

COLUMNS = {
    **{table: [one.partition("/")[0] for one in named.split()] for table, named in SEALED.items()},
    "seal": ["id", "at", "check_to", "snapshot_to", "version_to", "change_to", "leaves", "entry"],
    "snapshot_body": ["sha256", "size", "encoding", "base_sha256", "depth", "body"],
}


def flip_row(connection: Connection, chance: random.Random) -> str:
    """Flip one bit of one stored value; return where. What the database itself refuses is tried anew."""
    while True:
        table = chance.choice(sorted(COLUMNS))
        column = chance.choice(COLUMNS[table])
        statement = f'SELECT rowid, "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL ORDER BY rowid'
        if not (rows := connection.execute(text(statement)).all()):
            continue
        row, value = chance.choice(rows)
        new, cast = flipped(value, chance), "CAST(:new AS TEXT)" if isinstance(value, str) else ":new"
        with suppress(IntegrityError):
            connection.execute(
                text(f'UPDATE "{table}" SET "{column}" = {cast} WHERE rowid = :row'), {"new": new, "row": row}
            )
            return f"{table}.{column} of row {row}"


def flipped(value: Any, chance: random.Random) -> Any:
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(20))
    body = bytearray(value.encode() if isinstance(value, str) else value)
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(body)


def missed_in_rows(database: Path, flips: int, chance: random.Random) -> list[str]:
    """Return the flips of stored rows that are not found."""
    engine, missed = create_engine(f"sqlite:///{database}"), []
    with engine.connect() as connection:
        assert verified(connection).damage == []
        connection.rollback()
        for _ in range(flips):
            where = flip_row(connection, chance)
            # A few bits of compressed data mean nothing: the page is what its hash says with each.
            if not verified(connection).damage and not where.startswith("snapshot_body.body "):
                missed.append(where)
            connection.rollback()
    engine.dispose()
    return missed


def missed_in_packet(packet: bytes, folder: Path, flips: int, chance: random.Random) -> list[str]:
    """Return the flips of a packet that are not found; every byte of the file is as likely as another."""
    path, missed = folder / "flipped.zip", []
    for _ in range(flips):
        path.write_bytes(flipped(packet, chance))
        if not found_by_verify(path):
            missed.append(f"a flip in {path}")
    return missed


def found_by_verify(path: Path) -> bool:
    wrong: list[str] = []
    try:
        check(path, wrong)
    except Exception:
        return True
    return bool(wrong)


def packet_of_history(folder: Path) -> bytes:
    """Return the packet of all changes of a folder's history."""
    from zoneinfo import ZoneInfo

    database = open_database(f"sqlite:///{folder / 'oversight-watch.db'}", create=False)
    with database.read() as session:
        ids = [id_ for (id_,) in session.execute(text("SELECT id FROM change ORDER BY id"))]
        proof = proof_of(session, ids)
    database.close()
    return packet_of(proof, ZoneInfo("America/New_York"), {})


def main() -> int:
    """Run flips; return the exit code."""
    parser = argparse.ArgumentParser(prog="tests.flips", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--packets", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_history(folder)
        packet = packet_of_history(folder)
        missed = missed_in_rows(folder / "oversight-watch.db", asked.rows, chance)
        missed += missed_in_packet(packet, folder, asked.packets, chance)
    said = (*missed, f"{asked.rows + asked.packets} flips, {len(missed)} not found")
    sys.stdout.write("\n".join((*said, "")))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
