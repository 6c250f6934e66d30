"""PostgreSQL as a store: its transactions, how its errors are said, and what is left to its own tools.

Writers take one lock before they look at anything, so that one writes at a time, as on SQLite. The code rests
on that: ids of changes come in the order in which they become visible, and what a writer has read still holds
when it writes. READ COMMITTED is meant: a stricter level would look at the moment before the lock was given.
"""

import os
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlmodel import Session

from monitor.domain.errors import StoreError
from monitor.domain.extras import install_command
from service.database.engines import Engines, to_json

SCHEME = "postgresql+psycopg"
_WRITING = "20087, 1"  # an advisory lock is a number; the first of the pair says that it is ours
# A writer that is stopped or cut off in the middle is undone by the server before those who wait give up.
# By default a session sees what others commit meanwhile, whatever the server's settings are.
_ON_CONNECT = (
    "SET idle_in_transaction_session_timeout = '60s'; SET lock_timeout = '90s';"
    " SET default_transaction_isolation = 'read committed'"
)
CONNECT_SECONDS = 10  # to come to the server
_POOL_SECONDS = 90  # as long as one waits for the lock that those hold who have the connections
_CONNECTIONS, _NOTING_CONNECTIONS = 12, 3  # at most; one that is thrown away and made again costs a check
_FRESH = 1.0  # seconds; a connection that was used within them is not asked whether it still stands
# A server that has vanished without a word is noticed within a minute or so; by default it takes hours.
_ALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}

_BY_CODE = {
    "53100": "its disk is full; free some space, nothing committed was lost",
    "53300": "it has no connection to spare; raise its max_connections, or run fewer processes",
    "55P03": "another program has held its lock for too long; stop that program",
    "25P03": "this program was held up for too long in the middle, and the server undid that part",
    "25006": "it takes no writing at present; name the server that does (the primary)",
    "42501": "its user may not do this; it needs the right to create and write tables (GRANT)",
    "57P01": "the server was stopped meanwhile; nothing committed was lost",
    "57P02": "the server has crashed meanwhile; nothing committed was lost",
    "57P03": "the server is starting or stopping; try again in a moment",
    "58030": "its disk is failing; check it, nothing committed was lost",
    "XX001": "it is damaged; restore a backup",
    "XX002": "it is damaged; restore a backup",
}
_OPTIONS = "an option after the ? in 'database' is not one that libpq knows, or its value is not valid"
_BY_WORDS = {
    "password authentication failed": "the server refuses this user and password; check both in 'database'",
    "no password supplied": "the server asks for a password; write it into the URL, best as ${ENV}",
    '" does not exist': "the server knows no such user or database; make it first (createuser, createdb)",
    "too many clients": _BY_CODE["53300"],
    "connection slots": _BY_CODE["53300"],
    "too many connections": _BY_CODE["53300"],
    "not currently accepting": "the server lets nobody into it at present (ALLOW_CONNECTIONS)",
    "does not support SSL": "the server offers no encryption; set sslmode in 'database' to what it does",
    "invalid port number": "its port is not a number from 1 to 65535; correct it in 'database'",
    "invalid connection option": _OPTIONS,
    "connection is bad: invalid": _OPTIONS,
    "starting up": _BY_CODE["57P03"],
    "shutting down": _BY_CODE["57P03"],
    "pg_hba.conf": "the server lets nobody in from here; its pg_hba.conf says who may",
    "server closed the connection": "the server went away meanwhile; nothing committed was lost",
    "terminating connection": "the server ended the connection; nothing committed was lost",
    "connection is closed": "the server ended the connection; nothing committed was lost",
    "NUL": "a text holds a NUL character, which PostgreSQL cannot store",
}
_UNREACHABLE = "it cannot be reached; check host and port in 'database', and that the server runs"
# What a server says that is restarted, or that a cable was pulled out of: the next try may find it back.
_AWAY = {"57P01", "57P02", "57P03", "53300"}
_NOT_AWAY = ("password", '" does not exist', "pg_hba.conf")


def asked_of(url: str, name: str) -> dict[str, Any]:
    """Return what libpq is asked for beside the address, by whom; what the address itself says wins."""
    asked = {"connect_timeout": CONNECT_SECONDS, "application_name": name, **_ALIVE}
    return {option: value for option, value in asked.items() if option not in make_url(url).query}


def file_mark(_url: str) -> None:
    """Return None: a database on a server is not a file that could be replaced."""


def turns_folder(_url: str) -> None:
    """Return no folder: processes of several machines take turns in the database."""


def called(url: str) -> str:
    """Return what a message calls the database: host and name, never user or password."""
    parsed = make_url(url)
    host = parsed.host or "localhost"
    return (
        f"{parsed.database or ''} at {host}:{parsed.port}" if parsed.port else f"{parsed.database} at {host}"
    )


def keep_search(_url: str) -> None:
    """Do nothing: the server keeps the index for searching as a column."""


def engines(url: str) -> Engines:
    """Return connections of three kinds: writers and readers from one pool, and some for notes."""
    pool = _engine(url)
    writer = pool.execution_options(isolation_level="READ COMMITTED")
    reader = pool.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    _begin_with(writer, f"SELECT pg_advisory_xact_lock({_WRITING})")
    # A note is one statement and a transaction of its own. A crash may undo it, so nobody waits for the disk.
    noter = _engine(url, _NOTING_CONNECTIONS, "off", isolation_level="AUTOCOMMIT")
    return Engines(writer, reader, noter)


def looker(url: str) -> Engine:
    """Return connections that change nothing."""
    return _engine(url).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def is_new(_url: str) -> bool:
    """Whether there is nothing to look into; a server always has something."""
    return False


def create(_url: str) -> None:
    """Leave it to createdb."""


def refuse_missing(_url: str) -> None:
    """Leave it to the first connection to say that a database is not there."""


def refuse_read_only(_url: str) -> None:
    """Leave it to the first write to say that this user may only read."""


def refuse_unusable(url: str) -> None:
    """Raise StoreError where the database cannot hold every text."""
    engine = looker(url)
    try:
        with engine.connect() as connection:
            encoding = connection.execute(text("SHOW server_encoding")).scalar()
    finally:
        engine.dispose()
    if encoding != "UTF8":
        raise StoreError(
            f"the database {called(url)} stores text as {encoding} and cannot hold every title;"
            " make one with: createdb --encoding UTF8 --template template0"
        )


def refuse_damaged(_url: str) -> None:
    """Leave it to the server: it checks what it reads, and refuses to give out what is damaged."""


def vacuum(url: str) -> tuple[int, int]:
    """Raise StoreError with what to do: the server looks after its space by itself."""
    raise StoreError(
        f"the database {called(url)} uses freed space again by itself (autovacuum);"
        " to give it back to the disk, stop the service and let the owner run VACUUM FULL"
    )


def copy_file(url: str, part: Path) -> None:
    """Write one moment of the database into a file by pg_dump, and look whether the file is whole."""
    parsed = make_url(url)
    _refuse_empty(url)
    asked = ["--format=custom", "--no-password", f"--file={part}", *_connection_words(parsed)]
    if shutil.which("pg_dump") is None:
        raise StoreError(
            "pg_dump, which copies a PostgreSQL database, is not installed here; where it is:"
            f" pg_dump --format=custom --file=FILE {' '.join(_connection_words(parsed))}"
        )
    _run(["pg_dump", *asked], parsed)
    _run(["pg_restore", "--list", str(part)], parsed)


def _refuse_empty(url: str) -> None:
    engine = looker(url)
    try:
        with engine.connect() as connection:
            names = connection.dialect.get_table_names(connection)
    finally:
        engine.dispose()
    if not names:
        raise StoreError(f"the database {called(url)} is empty, so there is nothing to copy")


def _run(command: list[str], url: URL) -> None:
    # The environment, not the command line: anybody can list the latter.
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = " ".join(_hidden(done.stderr, url).split())
        raise StoreError(f"{command[0]} could not copy the database: {said}")


def _connection_words(url: URL) -> list[str]:
    named = {"host": url.host, "port": url.port, "username": url.username, "dbname": url.database}
    return [f"--{name}={value}" for name, value in named.items() if value]


def size(session: Session, _url: str) -> int:
    """Return the bytes that the database takes on its server."""
    asked = "SELECT pg_database_size(current_database())"
    return int(session.connection().exec_driver_sql(asked).scalar_one())


def sentence_of(error: BaseException, url: str) -> str | None:
    """Return a driver error in words for the person who can act; None if it is not a database problem."""
    said, code = str(error), getattr(error, "sqlstate", None)
    sentence = _BY_CODE.get(code or "")
    if sentence is None and code is None:  # a server that does not let us in gives none
        sentence = next((s for words, s in _BY_WORDS.items() if words in said), None)
    if sentence is None and code is None and _is_operational(error):
        sentence = _UNREACHABLE
    return f"{sentence} ({_hidden(' '.join(said.split()), make_url(url))})" if sentence else None


def is_away(error: BaseException) -> bool:
    """Whether an error says that the server does not answer at present, so that trying again may help."""
    code = getattr(error, "sqlstate", None)
    if code is None and _is_operational(error):
        return not any(words in str(error) for words in _NOT_AWAY)
    return code in _AWAY


def _is_operational(error: BaseException) -> bool:
    """Whether the driver calls it trouble of connection or server, for which it has several kinds."""
    return any(kind.__name__ == "OperationalError" for kind in type(error).__mro__)


def _hidden(said: str, url: URL) -> str:
    return said.replace(str(url.password), "…") if url.password else said


def _begin_with(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def _engine(url: str, most: int = _CONNECTIONS, disk: str = "on", **asked: Any) -> Engine:
    """Return a pool of at most `most` connections. Raises StoreError if the driver is not installed."""
    if find_spec("psycopg") is None:
        raise StoreError(f"PostgreSQL needs further packages; install them: {install_command('postgres')}")
    engine = create_engine(
        url,
        json_serializer=to_json,
        pool_size=most,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        connect_args=asked_of(url, "oversight-watch"),
        **asked,
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.execute(_ON_CONNECT)
        # Whatever the server's settings are, a writer waits for the disk: a lost outbox row is a lost alert.
        if (connection.execute("SHOW synchronous_commit").fetchone()[0] == "off") != (disk == "off"):
            connection.execute(f"SET synchronous_commit = {disk}")
        connection.commit()

    _replace_broken(engine)
    return engine


def _replace_broken(engine: Engine) -> None:
    """Find out a connection from before its server was restarted, and have it replaced."""

    @event.listens_for(engine, "connect")
    @event.listens_for(engine, "checkin")
    def _on_use(_connection: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info["used"] < _FRESH:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
