"""A world on a fresh database for each test of the outbox."""

import pytest

from service.database.database import Database
from tests.alerts.outbox_world import World
from tests.clock import FrozenClock


@pytest.fixture
def world(database: Database, clock: FrozenClock) -> World:
    """Give a world without channels; a test adds its own."""
    return World(database, clock, {})
