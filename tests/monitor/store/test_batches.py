"""A list of any length can be asked for, though a database takes only so many values in a statement."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlmodel import Session

from alerts.routing.decisions import decisions
from monitor.linkage.queries import elsewhere
from monitor.linkage.things import others_of
from monitor.store.batches import in_parts
from monitor.store.changes import change_views, fresh_changes
from monitor.store.records import known_keys, still_open
from service.database.database import Database

MORE_THAN_ANY = range(1, 70_000)  # PostgreSQL takes 65,535
_FEWEST = 32_766  # SQLite as its makers build it; some builds take more
ASKED: dict[str, Callable[[Session, Sequence[int]], Any]] = {
    "known_keys": lambda session, ids: known_keys(session, "any", list(map(str, ids))),
    "change_views": change_views,
    "fresh_changes": fresh_changes,
    "still_open": still_open,
    "others_of": others_of,
    "elsewhere": elsewhere,
    "decisions": decisions,
}


@pytest.mark.sqlite  # it takes the fewest
@pytest.mark.parametrize("name", ASKED)
def test_more_values_than_a_statement_takes_are_asked_for_in_parts(database: Database, name: str) -> None:
    with database.read() as session:
        driver = session.connection().connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, _FEWEST)
        assert not ASKED[name](session, MORE_THAN_ANY)


def test_parts_hold_every_value_once_in_its_order() -> None:
    parts = list(in_parts(MORE_THAN_ANY))
    assert [one for part in parts for one in part] == list(MORE_THAN_ANY)
    assert max(map(len, parts)) * 6 < _FEWEST
    assert list(in_parts([])) == []
