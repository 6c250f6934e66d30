"""The threads of one process write in turns; none is told that the database is locked by the others."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.store.models import Host
from service.database import engines as database_engines
from service.database import sqlite
from service.database.database import open_database

THREADS, WRITES = 16, 20


def test_threads_wait_for_each_other_however_impatient_the_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_MILLISECONDS", 0)
    database = open_database(f"sqlite:///{tmp_path / 'watch.db'}")

    def write(number: int) -> None:
        with database.note() if number % 2 else database.write() as session:
            session.add(Host(name=f"{number}.example", day="2026-03-02"))

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(write, range(THREADS * WRITES)))
    with database.read() as session:
        assert len(session.exec(select(Host)).all()) == THREADS * WRITES
    database.close()


def test_who_has_waited_for_long_enough_asks_the_database_itself() -> None:
    queue = database_engines.Queue(0.0)
    with queue.turn(), queue.turn():
        pass
    with queue.turn():
        pass
