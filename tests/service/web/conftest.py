"""A watch with some history for the reading room."""

from pathlib import Path

import pytest

from tests.service.commands import run
from tests.service.home import database_line
from tests.service.web.served_watch import SOURCES, write_pages


@pytest.fixture
def folder(home: Path) -> Path:
    """A watch in which three titles were revised."""
    (home / "watch.yaml").write_text(SOURCES + database_line(home))
    for revised in ("", " in a new survey"):
        write_pages(home, revised)
        run(home, "check")
    return home
