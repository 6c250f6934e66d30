"""A check with news costs the same whatever the history: what it asks the database for is found by index."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel

from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import Watch
from service.runtime.checks import check_source
from tests.clock import FrozenClock
from tests.guarantees.test_the_other_promises import add_report

# What people say of records is little beside what sites publish, and is read whole.
_GROWING = SQLModel.metadata.tables.keys() - {"care"}


def asked_by_a_check(watch: Watch) -> list[tuple[str, Any]]:
    """Give the statements of one check, with their parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        check_source(watch, "audits")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return asked


def read_through(watch: Watch, asked: list[tuple[str, Any]]) -> list[str]:
    """Give the steps of statements that read a table from end to end."""
    with watch.database.read() as session:
        steps = [
            str(step[-1])
            for statement, parameters in asked
            for step in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    return [step for step in steps if step.startswith("SCAN ") and step.split()[1] in _GROWING]


@pytest.mark.sqlite  # how a statement is run is asked of SQLite
def test_a_check_with_news_reads_no_table_through_even_where_a_topic_floods(
    site: ReplicaSite, watch_file: Path, make_watch: Callable[[], Watch], clock: FrozenClock
) -> None:
    text = watch_file.read_text()
    watch_file.write_text(text.replace("everything: {", "everything: {at_most: 2/hour, "))
    watch = make_watch()
    check_source(watch, "audits")
    check_source(watch, "gao")
    found = []
    # The first are told at once, then a summary is begun and gathers the others.
    for number in range(100, 106):
        clock.advance(timedelta(minutes=2))
        add_report(site, f"OIG-26-{number}")
        asked = asked_by_a_check(watch)
        assert len(asked) > 15
        found += read_through(watch, asked)
    assert found == []
