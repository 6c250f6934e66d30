"""Programs that start at once on a SQLite file that is not there yet (on a server: test_postgres.py)."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from service.database.database import damages_of, open_database


def test_a_program_waits_for_another_that_is_just_making_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")  # as the other has it while it begins to write
        done = threading.Timer(0.5, other.execute, ["ROLLBACK"])
        done.start()
        open_database(f"sqlite:///{path}").close()
        done.join()
    assert damages_of(f"sqlite:///{path}") == []
