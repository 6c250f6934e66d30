"""The database: opening, migrating and the kinds of transaction. Holds no table and no query.

What differs between SQLite and PostgreSQL is in service.database.sqlite and service.database.postgres. A
database that is damaged, another program's, or written by a newer version is refused and left untouched.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from monitor.domain.errors import StoreAway, StoreError
from monitor.store.seals import is_to_be_sealed, never_sealed, seal
from service.database import postgres, sqlite
from service.database.integrity import Damage, damages
from service.database.seals import Verified, verified

MIGRATIONS = Path(__file__).parent / "migrations"
# A table that exists while a history is being copied into a database; dropped when the copy is complete.
UNFINISHED = "unfinished_copy"


class Database:
    """Transactions on one database. Use `open_database` to get one that is migrated."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engines = store_of(url).engines(url)
        self._file = store_of(url).file_mark(url)

    @property
    def turns_folder(self) -> Path | None:
        """Return the folder for the turns at hosts of all processes on this file; None without a file."""
        return turns_folder(self.url)

    def refuse_replaced(self) -> None:
        """Raise StoreError where the file was removed or replaced since: what is written to it is lost."""
        store = store_of(self.url)
        if store.file_mark(self.url) != self._file:
            raise StoreError(
                f"the database {store.called(self.url)} was removed or replaced while the program used it, so"
                " it ends here; put the right file in its place and start again"
            )

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Return a session whose work is committed at the end, whole or not at all.

        The write lock is taken at once, so two writers wait for each other and never fail half-way.
        Raises StoreError where the database cannot take it.
        """
        with self._session(self._engines.writer) as session:
            yield session
            if is_to_be_sealed(session):
                seal(session)
            session.commit()

    @contextmanager
    def note(self) -> Iterator[Session]:
        """Return a session for what a power cut may undo: only who is next at a host.

        Spares waiting for the disk; nothing that is ever reported may be written here. On PostgreSQL each
        statement stands alone and nobody waits for anybody, so no table may be written by both.
        """
        with self._session(self._engines.noter) as session:
            yield session
            session.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Return a session that sees one moment of the database and holds nobody up."""
        with said_plainly(self.url), Session(self._engines.reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        with said_plainly(self.url), self._engines.turn(), Session(engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Close every connection."""
        self._engines.dispose()


def turns_folder(url: str) -> Path | None:
    """Return the folder that all processes on this database share; None where it is not a file."""
    folder: Path | None = store_of(url).turns_folder(url)
    return folder


def store_of(url: str) -> ModuleType:
    """Return the module that knows this kind of database: service.database.sqlite or
    service.database.postgres."""
    return postgres if url.startswith(postgres.SCHEME) else sqlite


def open_database(url: str, *, create: bool = True, copying: bool = False) -> Database:
    """Open a database and bring its tables up to date; with `create`, as before recording, read it through.

    Raises StoreError where it is missing (and `create` is False), damaged, not ours, written by a newer
    version, or half of a copy (unless `copying`); it is then as it was.
    """
    store, known = store_of(url), known_versions()
    with said_plainly(url):
        if not create:
            store.refuse_missing(url)
        store.refuse_unusable(url)
        if create:
            store.create(url)
            store.refuse_read_only(url)
        if create and not store.is_new(url):
            store.refuse_damaged(url)  # before anything is read from it, so that damage is reported as damage
        version = stored_version(url, copying=copying)
        if version is None and not create:
            raise StoreError(
                f"there is no history in the database {store.called(url)} yet; run a check first"
            )
        if version != known[-1]:
            store.refuse_read_only(url)
            _migrate(url)
        elif create:
            store.keep_search(url)
    return Database(url)


def known_versions() -> list[str]:
    """Return the number of every migration, the newest last."""
    return sorted(file.stem[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def backup(url: str, target: Path) -> None:
    """Write a copy of one moment of the database into a new file, while others go on reading and writing.

    The copy appears under its name only when it is whole and checked. Raises StoreError where there is no
    database, where `target` exists already, or where it cannot be written.
    """
    store = store_of(url)
    if store.is_new(url):
        raise StoreError(f"there is no database at {store.called(url)} yet, so there is nothing to copy")
    if not target.parent.is_dir():
        raise StoreError(f"the folder {target.parent} does not exist; make it, or name another")
    refuse_existing(target)  # before its name is used: "/" and "." have none
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)  # left by a copy that was killed
        with said_plainly(url):
            store.refuse_unusable(url)
            store.refuse_damaged(url)
        sqlite.make_private(part)
        with said_plainly(f"sqlite:///{target}"):
            store.copy_file(url, part)
        refuse_existing(target)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def vacuum(url: str) -> tuple[int, int]:
    """Write the file again without its gaps; give its size in bytes before and after.

    Raises StoreError while another process writes for long, and where the server does this by itself.
    """
    store = store_of(url)
    with said_plainly(url):
        store.refuse_missing(url)
        sizes: tuple[int, int] = store.vacuum(url)
    return sizes


def damages_of(url: str) -> list[Damage]:
    """Return everything that is wrong with a database. Raises StoreError where it cannot be read at all."""
    store = store_of(url)
    with said_plainly(url):
        store.refuse_missing(url)
        with _looking(url) as engine:
            return list(damages(engine))


def refuse_existing(target: Path) -> None:
    """Raise StoreError where a file is already there."""
    if target.exists():
        raise StoreError(f"{target} exists already and stays as it is; name another file")


def verified_of(url: str) -> Verified:
    """Return whether stored history is what was recorded. Raises StoreError where it cannot be read."""
    store = store_of(url)
    with said_plainly(url):
        store.refuse_missing(url)
        with _looking(url) as engine, engine.connect() as connection:
            return verified(connection)


@contextmanager
def _looking(url: str) -> Iterator[Engine]:
    engine = store_of(url).looker(url)
    try:
        yield engine
    finally:
        engine.dispose()


def stored_version(url: str, *, copying: bool = False) -> str | None:
    """Return the newest migration a database has seen, None for an empty one.

    Raises StoreError where it is not ours to use.
    """
    store, known = store_of(url), known_versions()
    if store.is_new(url):
        return None
    with said_plainly(url), _looking(url) as engine, engine.connect() as connection:
        names = set(connection.dialect.get_table_names(connection))
        if not names:
            return None
        if "alembic_version" not in names or "outbox_entry" not in names:
            raise StoreError(
                f"{store.called(url)} holds another program's tables; name another one in 'database'"
            )
        if UNFINISHED in names and not copying:
            raise StoreError(
                f"{store.called(url)} holds half of a copy; run the same 'db copy' again to finish it"
            )
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version not in known:
        raise StoreError(
            f"{store.called(url)} was written by a newer Oversight Watch (schema {version}, this one"
            f" knows up to {known[-1]}); upgrade the program. Nothing was changed"
        )
    return str(version)


def _migrate(url: str) -> None:
    # Alembic takes long to import and is needed once in a database's life.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    engines = store_of(url).engines(url)
    try:
        # Under the write lock: of two programs that start at once, the second finds it done.
        with engines.writer.begin() as connection:
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(MIGRATIONS))
            command.upgrade(config, "head")
            with Session(connection) as session:  # what was recorded before there were seals of it
                never_sealed(session)
                seal(session)
    finally:
        engines.dispose()
    store_of(url).keep_search(url)


@contextmanager
def said_plainly(url: str) -> Iterator[None]:
    """Turn trouble of the database into a StoreError for the person who can act; let other errors pass."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        store, cause = store_of(url), getattr(error, "orig", None) or error
        sentence = store.sentence_of(cause, url)
        if sentence is None:
            raise
        kind = StoreAway if store.is_away(cause) else StoreError
        raise kind(f"the database {store.called(url)}: {sentence}") from error
    except PoolTimeout as error:
        called = store_of(url).called(url)
        raise StoreError(f"the database {called}: all connections of this program are in use") from error
