"""Folders in which commands are run, on both kinds of database."""

from pathlib import Path

import pytest

from tests.service.home import name_database


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Path:
    """Give a folder of the test's own, whose watch files name a fresh database."""
    return name_database(tmp_path, database_url)


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str | None) -> Path:
    """Give a folder that a file's tests share, whose watch files name one database."""
    folder = tmp_path_factory.mktemp("home")
    return name_database(folder, shared_database_url) if shared_database_url else folder
