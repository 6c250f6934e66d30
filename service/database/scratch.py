"""A database for work that is thrown away."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory

from sqlmodel import SQLModel

import monitor.store.models  # noqa: F401 - importing both fills the metadata
from service.database.database import Database


@contextmanager
def scratch_database() -> Iterator[Database]:
    """Return an empty database that is gone at the end."""
    with (
        TemporaryDirectory(prefix="oversight-watch-") as folder,
        closing(Database(f"sqlite:///{folder}/replay.db")) as database,
    ):
        with database.write() as session:
            SQLModel.metadata.create_all(session.connection())
        yield database
