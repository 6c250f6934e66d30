"""SQLite as a store: its transactions, its one file, and what only this database needs.

A file that is damaged is refused and left untouched.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from threading import Timer
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

from monitor.domain.errors import StoreError
from service.database.engines import Engines, Queue, to_json
from service.database.search_index import keep_index

_BUSY_MILLISECONDS = 30_000  # for other processes
_LONGEST_LOOK = 10.0  # seconds
_QUEUE_SECONDS = 30.0  # for threads of this one
_SWITCHES = 5  # tries; between two of them whoever was writing has ended
_VACUUM_PATIENCE = 5_000  # milliseconds

_SENTENCES = {
    "database or disk is full": "the disk is full; free some space, nothing committed was lost",
    "readonly database": "it cannot be written; check the owner and rights of the file and its folder",
    "unable to open": "it cannot be opened; check the path and the rights of its folder",
    "not a database": "it is not an SQLite database or is damaged; restore a backup. Nothing was changed",
    "malformed": "it is damaged; restore a backup. Nothing was changed",
    "database is locked": "another program has held its lock for too long; stop that program",
    "disk I/O error": "its disk is full or failing; free some space or check it, nothing committed was lost",
}


def file_of(url: str) -> Path:
    """Return where the database lies."""
    return Path(make_url(url).database or "")


def turns_folder(url: str) -> Path:
    """Return the folder for the turns at hosts of all processes on one file, whatever the way to it."""
    file = file_of(url).resolve()
    return file.with_name(f"{file.name}-turns")


def called(url: str) -> str:
    """Return what a message calls the database."""
    return str(file_of(url))


def refuse_read_only(url: str) -> None:
    """Raise StoreError where the file or its folder cannot be written."""
    if _read_only(file_of(url)):
        raise StoreError(f"the database {file_of(url)}: {_SENTENCES['readonly database']}")


def _read_only(file: Path) -> str:
    """Return how SQLite is to open a file that this user cannot write; empty for one that can be written."""
    file = file.resolve()
    if not file.exists() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        return ""
    # Without a log beside it nobody is writing, and none could be made here.
    beside = (file.with_name(f"{file.name}-{what}") for what in ("wal", "shm"))
    return "mode=ro" if any(one.exists() for one in beside) else "immutable=1"


def _connect(file: Path, **options: Any) -> sqlite3.Connection:
    how = _read_only(file)
    name = f"{file.absolute().as_uri()}?{how}" if how else str(file)
    connection: sqlite3.Connection = sqlite3.connect(name, uri=bool(how), **options)
    return connection


def engines(url: str) -> Engines:
    """Return connections of three kinds; a writer takes the file's only write lock at once."""
    return Engines(
        writer=_engine(url, "BEGIN IMMEDIATE"),
        reader=_engine(url, "BEGIN"),
        # A power cut may undo a note, so nobody waits for the disk.
        noter=_engine(url, "BEGIN IMMEDIATE", synchronous="NORMAL"),
        turn=Queue(_QUEUE_SECONDS).turn,
    )


def looker(url: str) -> Engine:
    """Return connections that change nothing about the file, not even how it is written."""
    return _engine(url, "BEGIN", journal=False)


def is_new(url: str) -> bool:
    """Whether there is nothing yet, not even an empty database."""
    path = file_of(url)
    return not path.exists() or path.stat().st_size == 0


def make_private(file: Path) -> None:
    """Create an empty file that only its owner may read; the log files beside it take over its rights."""
    with suppress(OSError):  # exists, or SQLite says better what is wrong
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def file_mark(url: str) -> tuple[int, int] | None:
    """Return what tells this file from another of its name; None where there is none."""
    with suppress(OSError):
        found = file_of(url).stat()
        return found.st_dev, found.st_ino
    return None


def create(url: str) -> None:
    """Create the file if there is none."""
    make_private(file_of(url))


def refuse_missing(url: str) -> None:
    """Raise StoreError where there is no file."""
    if not file_of(url).exists():
        raise StoreError(f"there is no database at {file_of(url)} yet; run a check first")


def refuse_unusable(url: str) -> None:
    """Raise StoreError where no file can be."""
    folder = file_of(url).parent
    if not folder.is_dir():
        raise StoreError(f"the folder {folder} of the database does not exist; make it, or change 'database'")


def refuse_damaged(url: str) -> None:
    """Raise StoreError for a damaged file: what is written into it is lost.

    It is read through, as far as that goes in ten seconds; a second is enough for some hundred MB.
    """
    path = file_of(url)
    with closing(_connect(path)) as connection:
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        until = Timer(_LONGEST_LOOK, connection.interrupt)
        until.start()
        try:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise
            return
        except sqlite3.DatabaseError as error:
            if "malformed" not in str(error):
                raise
            found = str(error)  # it depends on the page whether damage is returned or raised
        finally:
            until.cancel()
    if found != "ok":
        said = " ".join(found.replace("*** in database main ***", "").split())
        raise StoreError(f"the database {path} is damaged ({said}); restore a backup. Nothing was changed")


def keep_search(url: str) -> None:
    """Make the index for searching where it is missing; see service.database.search_index."""
    made = engines(url)
    try:
        with made.writer.begin() as connection:
            keep_index(connection)
    finally:
        made.dispose()


def copy_file(url: str, part: Path) -> None:
    """Write one moment of the database into a file. Raises StoreError where the copy is not whole."""
    path = file_of(url)
    with closing(_connect(path)) as source, closing(sqlite3.connect(part)) as copy:
        source.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        source.backup(copy)
        # One file, not three: a copy is carried elsewhere.
        copy.execute("PRAGMA journal_mode=DELETE")
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise StoreError(f"the database {path} is damaged ({found}); the copy was not kept")


def vacuum(url: str) -> tuple[int, int]:
    """Write the file again without its gaps; give its size in bytes before and after."""
    path = file_of(url)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA busy_timeout={_VACUUM_PATIENCE}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = path.stat().st_size
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before, path.stat().st_size


def size(_session: Session, url: str) -> int:
    """Return the bytes that the file and its log take."""
    file = file_of(url)
    parts = (file, file.with_name(f"{file.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def sentence_of(error: BaseException, _url: str) -> str | None:
    """Return a driver error in words for the person who can act; None if it is not a database problem."""
    said = str(error)
    sentence = next((plain for part, plain in _SENTENCES.items() if part in said), None)
    return f"{sentence} ({said})" if sentence else None


def is_away(_error: BaseException) -> bool:
    """Return False: a file has no server that could be away."""
    return False


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Have changes written to a log first. The switch does not wait for who writes, so that is done here."""
    for left in reversed(range(_SWITCHES)):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or not left:
                raise
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("COMMIT")


def _engine(url: str, begin: str, *, journal: bool = True, synchronous: str = "FULL") -> Engine:
    file = file_of(url)
    if _read_only(file):
        made: dict[str, Any] = {"creator": lambda: _connect(file, check_same_thread=False)}
        journal = False
    else:
        made = {}
    engine = create_engine(url, json_serializer=to_json, pool_pre_ping=False, **made)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        # None hands BEGIN to us: the driver's own deferred BEGIN ends in "database is locked".
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA foreign_keys=ON")
        if journal:
            _write_ahead(cursor)
            # FULL where not said otherwise: a lost outbox row is a lost alert.
            cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
