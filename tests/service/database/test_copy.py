"""A history moves to another database whole: compared row by row, gone on with when cut off, never mixed."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Row, Table, create_engine, text
from sqlmodel import Session

from monitor.domain.errors import StoreError
from service.database.copy import copy_history
from service.database.database import backup, damages_of, open_database
from service.database.search_index import drop_index
from service.demo.fakes.receivers import MailServer, WebhookServer
from service.runtime.checks import check_source
from service.runtime.digests import send_digest
from tests.clock import FrozenClock
from tests.monitor.store.test_page_bodies import keep, listing, readable
from tests.postgres_server import PASSWORD, Server
from tests.schemas.build import add_report, live_through, opened_watch, small_site
from tests.service.commands import run


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a SQLite history with something in every table."""
    folder = tmp_path_factory.mktemp("lived")
    live_through(folder, folder / "watch.db")
    return folder / "watch.db"


@pytest.fixture
def history(lived: Path, tmp_path: Path) -> str:
    """Give the URL of a copy of it, which a test may change."""
    backup(f"sqlite:///{lived}", tmp_path / "old.db")
    return f"sqlite:///{tmp_path / 'old.db'}"


@pytest.fixture
def empty(postgres: Server) -> Iterator[str]:
    """Give the URL of a PostgreSQL database without a table."""
    with postgres.fresh(migrated=False) as url:
        yield url


def silently(_done: int, _total: int) -> None:
    """Show no bar."""


def test_a_history_moved_to_postgresql_and_back_is_the_same_to_the_last_byte(
    history: str, empty: str, tmp_path: Path
) -> None:
    before = Path(history.removeprefix("sqlite:///")).read_bytes()
    there = copy_history(history, empty, silently)
    back = copy_history(empty, f"sqlite:///{tmp_path / 'back.db'}", silently)
    assert there == back
    assert sum(one.rows for one in there) > 70
    assert damages_of(empty) == damages_of(f"sqlite:///{tmp_path / 'back.db'}") == []
    assert Path(history.removeprefix("sqlite:///")).read_bytes() == before
    with (
        closing(sqlite3.connect(tmp_path / "old.db")) as old,
        closing(sqlite3.connect(tmp_path / "back.db")) as new,
    ):
        for one in there:
            rows = [c.execute(f'SELECT * FROM "{one.table}" ORDER BY 1, 2').fetchall() for c in (old, new)]
            assert rows[0] == rows[1], one.table


def test_the_service_goes_on_in_the_new_database_with_new_numbers_and_repeats_nothing(
    history: str, empty: str, tmp_path: Path, mail_server: MailServer, webhook_server: WebhookServer
) -> None:
    clock = FrozenClock()
    clock.advance(timedelta(hours=6))
    with small_site(clock) as site:
        path = history.removeprefix("sqlite:///")
        engine = create_engine(history)
        with engine.begin() as writing:
            drop_index(writing)  # Python's dump cannot take it along
        engine.dispose()
        with closing(sqlite3.connect(path)) as old:  # the site has another port by now
            (reading,) = old.execute("SELECT reading FROM source WHERE key = 'audits'").fetchone()
            base = reading.rpartition(" ")[2].partition("/reports")[0]
            dump = "\n".join(old.iterdump()).replace(base, site.url("").rstrip("/"))
        Path(path).unlink()
        with closing(sqlite3.connect(path)) as moved:
            moved.executescript(dump)
        copy_history(history, empty, silently)
        database = open_database(empty, create=False)
        with opened_watch(tmp_path, database, clock, (site, mail_server, webhook_server)) as watch:
            assert [check_source(watch, key).change_ids for key in ("audits", "gao")] == [(), ()]
            watch.deliver()
            mail_server.messages.clear()
            add_report(site, "OIG-26-91", "Drones at Ports")
            clock.advance(timedelta(hours=2))
            assert len(check_source(watch, "audits").change_ids) == 1
            assert {done.outcome for done in watch.deliver()} == {"accepted"}
            digest = send_digest(watch, "weekly")
            assert (digest.after_change_id, digest.up_to_change_id) == (1, 2)
        subjects = [str(mail.message["Subject"]) for mail in mail_server.sent_to("desk@example.org")]
        assert ["OIG-26-91" in subject for subject in subjects] == [True]
        database.close()


def test_pages_kept_as_differences_are_copied_after_what_they_rest_on_also_when_cut_off(
    history: str, empty: str
) -> None:
    database = open_database(history)
    hashes = keep(database, [listing(version) for version in range(40)])
    database.close()
    killed_after(25, history, empty)
    copied = {one.table: one.rows for one in copy_history(history, empty, silently, batch=3)}
    assert copied["snapshot_body"] > len(hashes)
    there = open_database(empty)
    assert all(readable(there, hashes))
    there.close()
    assert damages_of(empty) == []


_COPYING = """\
import os, signal, sys
from service.database.copy import copy_history
def tell(done, total):
    if done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
copy_history(sys.argv[1], sys.argv[2], tell, batch=7)
"""


def killed_after(rows: int, source: str, target: str) -> None:
    command = [sys.executable, "-c", _COPYING, source, target, str(rows)]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], env=os.environ, check=False, timeout=600)
    assert done.returncode == -signal.SIGKILL


def test_a_copy_that_is_killed_again_and_again_is_finished_by_running_it_again(
    history: str, empty: str
) -> None:
    for rows in (1, 30, 60):
        killed_after(rows, history, empty)
        with pytest.raises(StoreError, match="holds half of a copy; run the same 'db copy' again"):
            open_database(empty)
    told: list[tuple[int, int]] = []
    copied = copy_history(history, empty, lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] == sum(one.rows for one in copied)
    open_database(empty).close()
    assert damages_of(empty) == []


def test_what_the_source_has_become_since_a_copy_was_cut_off_is_copied(history: str, empty: str) -> None:
    killed_after(60, history, empty)
    with closing(sqlite3.connect(history.removeprefix("sqlite:///"), isolation_level=None)) as old:
        old.execute("UPDATE record SET key = 'revised' WHERE id = 1")
    copy_history(history, empty, silently)
    with psycopg.connect(empty.replace("+psycopg", "")) as new:
        assert new.execute("SELECT key FROM record WHERE id = 1").fetchone() == ("revised",)


def test_a_target_with_a_history_of_its_own_is_refused_and_left_as_it_is(
    history: str, empty: str, tmp_path: Path
) -> None:
    copy_history(history, empty, silently)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    open_database(other).close()
    with pytest.raises(StoreError, match="holds a history already and stays as it is"):
        copy_history(other, empty, silently)
    with psycopg.connect(empty.replace("+psycopg", "")) as new:
        assert new.execute("SELECT count(*) FROM source").fetchone() == (2,)


def test_a_copy_that_is_not_the_same_is_never_called_done(
    history: str, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.database import copy as db_copy

    write = db_copy._write

    def write_something_else(session: Session, table: Table, part: Sequence[Row[Any]]) -> None:
        write(session, table, part)
        if table.name == "change":
            session.execute(text("UPDATE change SET kind = 'another'"))

    monkeypatch.setattr(db_copy, "_write", write_something_else)
    with pytest.raises(StoreError, match=r"the table change is not the same as its source \(1 of 1 rows\)"):
        copy_history(history, empty, silently)
    with pytest.raises(StoreError, match="holds half of a copy"):
        open_database(empty)


def test_the_command_takes_urls_from_the_environment_and_shows_counts(
    history: str, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW_DATABASE", empty)
    done = run(tmp_path, "db", "copy", "sqlite:///old.db", "${NEW_DATABASE}")
    assert done.code == 0, done.all
    assert "copied and compared:" in done.out
    assert "record_version" in done.out
    assert PASSWORD not in done.all
    assert run(tmp_path, "db", "copy", "sqlite:///old.db", "${NEW_DATABASE}").code == 3
    assert run(tmp_path, "db", "copy", "sqlite:///old.db", "${NOT_SET}").code == 2
    assert run(tmp_path, "db", "copy", "sqlite:///missing.db", "${NEW_DATABASE}").code == 3
