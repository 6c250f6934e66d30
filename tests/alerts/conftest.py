"""A fresh database with every table for each test of the outbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.database import Database, open_database
from tests.alerts.outbox_world import World
from tests.clock import FrozenClock


@pytest.fixture
def outbox_database(tmp_path: Path) -> Iterator[Database]:
    """Give an empty, migrated database."""
    database = open_database(f"sqlite:///{tmp_path / 'outbox.db'}")
    yield database
    database.close()


@pytest.fixture
def world(outbox_database: Database, clock: FrozenClock) -> World:
    """Give a world without channels; a test adds its own."""
    return World(outbox_database, clock, {})
