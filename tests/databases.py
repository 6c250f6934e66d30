"""A database of either kind for runs of real processes, and the one way in which these runs read it."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from sqlalchemy import Connection, text

from service.database.database import backup, damages_of, open_database, store_of
from tests.postgres_server import Server, server

Kind = Literal["sqlite", "postgres"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@cache
def migrated() -> bytes:
    """Return a SQLite file with every table, for fresh ones to be copies of: making the tables takes long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.db"
        open_database(f"sqlite:///{path}").close()
        return path.read_bytes()


@dataclass(frozen=True, slots=True)
class RunDatabase:
    """A database that a run's processes work on. Only PostgreSQL has a server, which can be stopped."""

    url: str
    server: Server | None = None

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Give a connection that sees one moment and changes nothing."""
        engine = store_of(self.url).looker(self.url)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()

    def count(self, what: str) -> int:
        """Count rows: the table, and which of them."""
        with self.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())

    def damages(self) -> list[str]:
        """Give all that is wrong with it, on SQLite with the file too; a server looks after its files."""
        return [str(damage) for damage in damages_of(self.url)]

    def damages_of_copy(self, copy: Path) -> list[str]:
        """Back it up while others write to it, read the copy in as after a loss, and give what is wrong."""
        backup(self.url, copy)
        if self.server is None:
            found = damages_of(f"sqlite:///{copy}")
        else:
            with self.server.fresh(migrated=False) as other:
                into = f"--dbname={other.replace('+psycopg', '')}"
                subprocess.run(
                    [self.server.bin / "pg_restore", into, str(copy)], check=True, capture_output=True
                )
                found = damages_of(other)
        copy.unlink()
        return [f"{copy.name}: {damage}" for damage in found]


@contextmanager
def run_database(kind: Kind, folder: Path) -> Iterator[RunDatabase]:
    """Give a database without any table: a file in the folder, or one of a server of its own."""
    if kind == "sqlite":
        yield RunDatabase(f"sqlite:///{folder / 'watch.db'}")
        return
    with server() as running, running.fresh(migrated=False) as url:
        yield RunDatabase(url, running)
