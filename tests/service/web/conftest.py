"""A watch with some history for the reading room."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.service.home import database_line, database_of, name_database
from tests.service.web.served_watch import SOURCES, make_history


@pytest.fixture(scope="module")
def made_once(shared_home: Path) -> Path:
    """A watch in which three titles were revised, for copies of it."""
    make_history(shared_home, SOURCES + database_line(shared_home))
    return shared_home


@pytest.fixture
def folder(made_once: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A watch of the test's own in which three titles were revised."""
    with ExitStack() as stack:
        shutil.copytree(made_once, tmp_path, dirs_exist_ok=True)
        if database_line(made_once):
            server = request.getfixturevalue("postgres")
            name_database(tmp_path, stack.enter_context(server.fresh(like=database_of(made_once))))
            (tmp_path / "watch.yaml").write_text(SOURCES + database_line(tmp_path))
        yield tmp_path
