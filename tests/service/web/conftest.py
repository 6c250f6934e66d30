"""A watch with some history for the reading room."""

from pathlib import Path

import pytest

from tests.service.home import database_line
from tests.service.web.served_watch import SOURCES, make_history


@pytest.fixture
def folder(home: Path) -> Path:
    """A watch of the test's own in which three titles were revised."""
    make_history(home, SOURCES + database_line(home))
    return home
