"""The database: opening, migrating and the two kinds of transaction. Holds no table and no query.

A file that is damaged, or that a newer version wrote, is refused and left untouched.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from monitor.errors import StoreError
from service.db_check import Damage, damages

MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_MILLISECONDS = 30_000
_VACUUM_PATIENCE = 5_000  # milliseconds


class Database:
    """Transactions on one database. Use `open_database` to get one that is migrated."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._writer = _engine(url, "BEGIN IMMEDIATE")
        self._reader = _engine(url, "BEGIN")
        self._noter = _engine(url, "BEGIN IMMEDIATE", synchronous="NORMAL")

    @property
    def turns_folder(self) -> Path | None:
        """Give the folder for the turns at hosts of all processes on this file; None without a file."""
        path = _file_of(self.url)
        if path is None:
            return None
        file = path.resolve()  # one database is one file, whatever the way to it
        return file.with_name(f"{file.name}-turns")

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose work is committed at the end, whole or not at all.

        The write lock is taken at once, so two writers wait for each other and never fail half-way.
        Raises StoreError where the database cannot take it.
        """
        with _said_plainly(self.url), Session(self._writer, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def note(self) -> Iterator[Session]:
        """Give a session for what a power cut may undo, such as whose turn it is at a host.

        Spares waiting for the disk; nothing that anybody is told of may be written here.
        """
        with _said_plainly(self.url), Session(self._noter, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one moment of the database and holds nobody up."""
        with _said_plainly(self.url), Session(self._reader, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Close every connection."""
        self._writer.dispose()
        self._reader.dispose()
        self._noter.dispose()


def open_database(url: str, *, create: bool = True) -> Database:
    """Open a database and bring its tables up to date; with `create`, as before recording, read it through.

    Raises StoreError where the file is missing (and `create` is False), damaged, not ours, or written by
    a newer version; the file is then as it was.
    """
    path = _file_of(url)
    if not create and path is not None and not path.exists():
        raise StoreError(f"there is no database at {path} yet; run a check first")
    if path is not None and not path.parent.is_dir():
        raise StoreError(
            f"the folder {path.parent} of the database does not exist; make it, or change 'database'"
        )
    known = sorted(file.stem[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    with _said_plainly(url):
        version = _stored_version(url, path)
        if version is not None and version not in known:
            raise StoreError(
                f"{path or 'the database'} was written by a newer Oversight Watch (schema {version}, this one"
                f" knows up to {known[-1]}); upgrade the program. Nothing was changed"
            )
        if create and version is not None and path is not None:
            _refuse_damaged(path)
        if version != known[-1]:
            _migrate(url)
    return Database(url)


def _refuse_damaged(path: Path) -> None:
    """Read the whole file, a second for some hundred MB: what is written into a damaged one is lost."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        said = " ".join(found.replace("*** in database main ***", "").split())
        raise StoreError(f"the database {path} is damaged ({said}); restore a backup. Nothing was changed")


def backup(url: str, target: Path) -> None:
    """Write a copy of one moment of the database into a new file, while others go on reading and writing.

    The copy appears under its name only when it is whole and checked. Raises StoreError where there is no
    database, where `target` exists already, or where it cannot be written.
    """
    path = _file_of(url)
    if path is None or not path.exists():
        raise StoreError(f"there is no database at {path} yet, so there is nothing to copy")
    if not target.parent.is_dir():
        raise StoreError(f"the folder {target.parent} does not exist; make it, or name another")
    part = target.with_name(f"{target.name}.part")
    _refuse_existing(target)
    with _said_plainly(url):
        _refuse_damaged(path)
    try:
        with _said_plainly(f"sqlite:///{target}"):
            _copy(path, part)
        _refuse_existing(target)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def vacuum(url: str) -> tuple[int, int]:
    """Write the file anew without its gaps; give its size in bytes before and after.

    Raises StoreError while another process writes for long.
    """
    path = _file_of(url)
    if path is None or not path.exists():
        raise StoreError(f"there is no database at {path} yet")
    with _said_plainly(url), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA busy_timeout={_VACUUM_PATIENCE}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = path.stat().st_size
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before, path.stat().st_size


def damages_of(url: str) -> list[Damage]:
    """Give everything that is wrong with a database. Raises StoreError where it cannot be read at all."""
    path = _file_of(url)
    if path is None or not path.exists():
        raise StoreError(f"there is no database at {path} yet")
    with _said_plainly(url):
        return list(damages(path))


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise StoreError(f"{target} exists already and stays as it is; name another file")


def _copy(path: Path, part: Path) -> None:
    part.unlink(missing_ok=True)  # left by a copy that was killed
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
        source.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        source.backup(copy)
        # One file, not three: a copy is carried elsewhere.
        copy.execute("PRAGMA journal_mode=DELETE")
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise StoreError(f"the database {path} is damaged ({found}); the copy was not kept")


def _stored_version(url: str, path: Path | None) -> str | None:
    if path is not None and (not path.exists() or path.stat().st_size == 0):
        return None
    engine = _engine(url, "BEGIN", journal=False)
    try:
        with engine.connect() as connection:
            names = set(connection.dialect.get_table_names(connection))
            if "alembic_version" in names:
                return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if names:
                raise StoreError(
                    f"{path or url} holds another program's tables; name another file in 'database'"
                )
            return None
    finally:
        engine.dispose()


def _migrate(url: str) -> None:
    # Alembic takes long to import and is needed once in a database's life.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    engine = _engine(url, "BEGIN IMMEDIATE")
    try:
        with engine.begin() as connection:
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(MIGRATIONS))
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _engine(url: str, begin: str, *, journal: bool = True, synchronous: str = "FULL") -> Engine:
    engine = create_engine(url, json_serializer=_to_json, pool_pre_ping=False)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        # None hands BEGIN to us: the driver's own deferred BEGIN ends in "database is locked".
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA foreign_keys=ON")
        if journal:
            cursor.execute("PRAGMA journal_mode=WAL")
            # FULL where not said otherwise: a lost outbox row is a lost alert.
            cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _file_of(url: str) -> Path | None:
    name = make_url(url).database
    return Path(name) if name and name != ":memory:" else None


_SENTENCES = {
    "database or disk is full": "the disk is full; free some space, nothing committed was lost",
    "readonly database": "it cannot be written; check the owner and rights of the file and its folder",
    "unable to open": "it cannot be opened; check the path and the rights of its folder",
    "not a database": "it is no SQLite database or is damaged; restore a backup. Nothing was changed",
    "malformed": "it is damaged; restore a backup. Nothing was changed",
    "database is locked": "another program has held its lock for too long; stop that program",
    "disk I/O error": "its disk is full or failing; free some space or check it, nothing committed was lost",
}


@contextmanager
def _said_plainly(url: str) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        said = str(getattr(error, "orig", error))
        sentence = next((plain for part, plain in _SENTENCES.items() if part in said), None)
        if sentence is None:
            raise
        raise StoreError(f"the database {_file_of(url) or ''}: {sentence} ({said})") from error
