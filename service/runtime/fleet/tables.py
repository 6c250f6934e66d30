"""The tables of a fleet's jobs: the engine's own, in a schema of their own beside ours.

The schema is named after a hash of its tables. So a version of the engine with other tables creates its own,
two versions run side by side, and nothing of the engine is ever migrated: our tables say what is due.
"""

import hashlib
from contextlib import suppress
from importlib import resources

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg import AsyncConnection, sql
from sqlalchemy.engine import make_url

from monitor.domain.errors import StoreAway, StoreError
from service.database.postgres import CONNECT_SECONDS, asked_of, called, is_away, sentence_of
from service.runtime.fleet.status import JOB_SCHEMAS

_MAKING = "SELECT pg_advisory_lock(20087, 3)"
_OTHERS = f"{JOB_SCHEMAS} AND nspname <> %s"
_STILL_USED = "SELECT 1 FROM {}.procrastinate_workers WHERE last_heartbeat > now() - interval '1 day' LIMIT 1"
_LOCK_SECONDS = 30  # for another process to create the tables, which takes one second
_NAME = "oversight-watch jobs"


def connector(url: str, connections: int) -> PsycopgConnector:
    """Return the engine's connector to the existing tables, with at most this many connections."""
    schema = _schema()

    async def _configure(connection: AsyncConnection) -> None:
        # Whatever the server's settings are, the engine relies on the usual isolation.
        await connection.execute("SET default_transaction_isolation = 'read committed'")
        await connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        await connection.commit()
        # In an open transaction a frozen worker would hold its locks for good, and all others would wait.
        await connection.set_autocommit(True)

    return PsycopgConnector(
        conninfo=_conninfo(url),
        kwargs=asked_of(url, _NAME),
        configure=_configure,
        min_size=1,
        max_size=connections,
        timeout=CONNECT_SECONDS,
    )


def make_job_tables(url: str) -> None:
    """Create the engine's tables if there are none, and drop those that no worker has used for a day.

    Raise StoreError if the database does not allow it.
    """
    schema = _schema()
    try:
        with psycopg.connect(_conninfo(url), autocommit=True, **asked_of(url, _NAME)) as connection:
            connection.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
            connection.execute(_MAKING)  # given back with the connection
            if not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone():
                _make(connection, schema)
            for (name,) in connection.execute(_OTHERS, [schema]).fetchall():
                _drop_unused(connection, sql.Identifier(name))
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreError(
            "workers keep their jobs in a schema of their own, and the database's user may not make one; let"
            f" its owner run: GRANT CREATE ON DATABASE … TO … ({' '.join(str(error).split())})"
        ) from error
    except psycopg.errors.LockNotAvailable as error:
        raise StoreError(
            f"another process has held the lock on the tables for jobs in {called(url)} for {_LOCK_SECONDS}"
            " seconds; stop it, or have the server end its connection (in pg_stat_activity it is called"
            f" '{_NAME}')"
        ) from error
    except psycopg.Error as error:
        raise trouble_of(error, url) or error from error


def trouble_of(error: BaseException, url: str) -> StoreError | None:
    """Return what went wrong in the database; StoreAway if it cannot be reached, None for a bug."""
    cause = error.__cause__ if isinstance(error, ConnectorException) else error
    if not isinstance(cause, psycopg.Error):
        return None
    said = sentence_of(cause, url) or " ".join(str(cause).split())
    return (StoreAway if is_away(cause) else StoreError)(f"the jobs in the database {called(url)}: {said}")


def _drop_unused(connection: psycopg.Connection, schema: sql.Identifier) -> None:
    with suppress(psycopg.errors.LockNotAvailable):  # another process reads them now
        if not connection.execute(sql.SQL(_STILL_USED).format(schema)).fetchone():
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(schema))


def _make(connection: psycopg.Connection, schema: str) -> None:
    with connection.transaction():
        quoted = sql.Identifier(schema)
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(quoted))
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(quoted))
        connection.execute(_tables())


def _schema() -> str:
    return f"jobs_{hashlib.sha256(_tables()).hexdigest()[:8]}"


def _tables() -> bytes:
    return (resources.files("procrastinate.sql") / "schema.sql").read_bytes()


def _conninfo(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
