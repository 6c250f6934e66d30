"""A folder in which commands are run: every watch file written into it names the same database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine

# Named in a file of its own, so that a watch file that is written anew names it again.
_NAMED = "database.yaml"


def name_database(folder: Path, url: str) -> Path:
    """Let the watch files of a folder name this database; give the folder."""
    (folder / _NAMED).write_text(f'database: "{url}"\n')
    return folder


def database_line(folder: Path) -> str:
    """Give the line that names the folder's database, for a watch file; none where the usual one is meant."""
    named = folder / _NAMED
    return named.read_text() if named.exists() else ""


def database_of(folder: Path) -> str:
    """Give the URL of the folder's database."""
    line = database_line(folder)
    return line.split('"')[1] if line else f"sqlite:///{folder / 'oversight-watch.db'}"


@contextmanager
def connected(folder: Path) -> Iterator[Connection]:
    """Give a connection to the folder's database, as another program has it; committed at the end."""
    engine = create_engine(database_of(folder))
    with engine.begin() as connection:
        yield connection
    engine.dispose()
