"""Where a fleet's jobs stand: the engine's tables, in a schema of their own beside ours.

The schema is named after what is in it. So a version of the engine with other tables makes its own, two
versions run side by side, and nothing of the engine is ever migrated: what is due follows from our tables.
"""

import hashlib
from importlib import resources
from typing import Any

import psycopg
from procrastinate import PsycopgConnector
from psycopg import AsyncConnection, sql
from sqlalchemy.engine import make_url

from monitor.errors import StoreError
from service.postgres import ALIVE

_MAKING = "SELECT pg_advisory_lock(20087, 3)"
_OTHERS = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^jobs_[0-9a-f]{8}$' AND nspname <> %s"
_STILL_USED = "SELECT 1 FROM {}.procrastinate_workers WHERE last_heartbeat > now() - interval '1 day' LIMIT 1"
_REACH_SECONDS = 10  # to come to the server
_ASKED: dict[str, Any] = {
    "application_name": "oversight-watch jobs",
    "connect_timeout": _REACH_SECONDS,
    **ALIVE,
}


def connector(url: str, connections: int) -> PsycopgConnector:
    """Give the engine its way to the tables, with at most so many connections; they exist already."""
    schema = _schema()

    async def _configure(connection: AsyncConnection) -> None:
        # Whatever the server was told, the engine counts on the usual isolation.
        await connection.execute("SET default_transaction_isolation = 'read committed'")
        await connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        await connection.commit()

    return PsycopgConnector(
        conninfo=_conninfo(url),
        kwargs=_ASKED,
        configure=_configure,
        min_size=1,
        max_size=connections,
        timeout=_REACH_SECONDS,
    )


def make_job_tables(url: str) -> None:
    """Make the engine's tables where there are none, and drop those that no worker has used for a day.

    Raises StoreError where the database does not allow it.
    """
    schema = _schema()
    try:
        with psycopg.connect(_conninfo(url), autocommit=True, **_ASKED) as connection:
            connection.execute(_MAKING)  # given back with the connection
            if not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone():
                _make(connection, schema)
            for (name,) in connection.execute(_OTHERS, [schema]).fetchall():
                quoted = sql.Identifier(name)
                if not connection.execute(sql.SQL(_STILL_USED).format(quoted)).fetchone():
                    connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(quoted))
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreError(
            "workers keep their jobs in a schema of their own, and the database's user may not make one; let"
            f" its owner run: GRANT CREATE ON DATABASE … TO … ({' '.join(str(error).split())})"
        ) from error
    except psycopg.Error as error:
        raise StoreError(f"the tables for jobs could not be made: {' '.join(str(error).split())}") from error


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
