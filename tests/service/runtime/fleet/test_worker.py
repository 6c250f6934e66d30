"""Several workers as real processes on one PostgreSQL: killed, paused or cut off, they lose nothing."""

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg import sql
from psycopg_pool import PoolTimeout

import service.runtime.fleet.worker
from monitor.domain.errors import StoreError
from service.cli.options import settings_of
from service.database.database import open_database
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite, slow_drip
from service.runtime.fleet.tables import connector, make_job_tables
from service.runtime.lifecycle import last_sign_of_life
from tests.faults.apart import Machine, can_be_apart, machines
from tests.forked import Forked
from tests.postgres_server import Server
from tests.service.commands import run
from tests.worker_of_fleet import main

ROOT = Path(__file__).resolve().parents[4]
WATCH_FILE = """\
database: {database}
sources:
  audits: {{url: "{site}", every: 1s, delay: 1s, allow_private: true, announce_baseline: true}}
channels:
  desk: {{to: "mailto://{mail}?from=watch@example.org&to=desk@example.org"}}
topics:
  ajo: {{match: {{any: [Ajo]}}, send: {{immediately: desk}}}}
"""
SAVED = f'  audits: {{url: "{ROOT / "seeds" / "dhs-oig-audits-cbp.txt"}", profile: dhs-oig, every: 1s}}'
CHECKED = re.compile(r"checked source=(\S+) outcome=(\S+)")


class Fleet:
    """Workers on one watch file, and what each of them said."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.watch_file = folder / "watch.yaml"
        self.watch_file.write_text(text)
        self.processes: list[Forked] = []

    def start(self, faults: str = "", machine: Machine | None = None) -> int:
        """Start one more worker and wait until it works; give its number."""
        number = len(self.processes)
        asked = {"OVERSIGHT_WATCH_FAULTS": faults}
        with self._log(number).open("wb") as log:
            process = Forked(
                main, str(self.watch_file), stderr=log.fileno(), environment=asked, machine=machine
            )
        self.processes.append(process)
        self.wait_until(lambda: "started sources=" in self.said(number), "a worker started")
        return number

    def _log(self, number: int) -> Path:
        return self.folder / f"worker{number}.log"

    def said(self, number: int | None = None) -> str:
        """Give what one worker said, or all of them one after the other."""
        asked = range(len(self.processes)) if number is None else [number]
        return "".join(self._log(one).read_text() for one in asked)

    def checks(self, number: int | None = None) -> int:
        return len(CHECKED.findall(self.said(number)))

    def send(self, number: int, asked: signal.Signals) -> None:
        self.processes[number].send_signal(asked)

    def ended(self, number: int, seconds: float = 300.0) -> int:
        return self.processes[number].wait(seconds)

    def wait_until(self, seen: Callable[[], bool], what: str, seconds: float = 300.0) -> None:
        until = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < until, f"never: {what}\n{self.said()}"
            time.sleep(0.05)

    def wait_for_checks(self, count: int, number: int | None = None) -> None:
        """Wait for so many checks from now on."""
        wanted = self.checks(number) + count
        self.wait_until(lambda: self.checks(number) >= wanted, f"{count} more checks")


def put_job(url: str, task: str, given: str, state: str = "todo", *, attempts: int = 0) -> None:
    """Write a job as another version of the program may have left it."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        schema = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'jobs%'").fetchone()
        assert schema is not None
        connection.execute("SELECT set_config('search_path', %s, false)", schema)
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)"
            " VALUES ('checks', %s, %s, %s, %s)",
            [task, given, state, attempts],
        )


def caused(error: Exception) -> Exception:
    """Give an error as the engine passes it on."""
    passed_on = ConnectorException()
    passed_on.__cause__ = error
    return passed_on


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    """Give a database without any table yet."""
    with postgres.fresh(migrated=False) as found:
        yield found


@pytest.fixture
def fleet(tmp_path: Path, site: ReplicaSite, mail_server: MailServer, url: str) -> Iterator[Fleet]:
    """Give a fleet without a worker yet."""
    mail = f"{mail_server.host}:{mail_server.port}"
    running = Fleet(tmp_path, WATCH_FILE.format(database=url, site=site.url(LISTING_PATH), mail=mail))
    yield running
    for process in running.processes:
        process.kill()
        process.wait()


def test_two_workers_share_the_work_tell_once_and_stop_when_asked(
    fleet: Fleet, mail_server: MailServer, url: str
) -> None:
    first, second = fleet.start(), fleet.start()
    fleet.wait_until(lambda: bool(mail_server.sent_to("desk@example.org")), "a mail")
    fleet.wait_for_checks(3)
    database = open_database(url)
    with database.read() as session:
        assert last_sign_of_life(session, database.turns_folder) is not None
    database.close()
    shown = run(fleet.folder, "status", "--json")
    assert json.loads(shown.out)["fleet"]["workers"] == 2
    assert "2 workers" in run(fleet.folder, "status").out
    for worker in (first, second):
        fleet.send(worker, signal.SIGTERM)
    assert [fleet.ended(first), fleet.ended(second)] == [0, 0]
    assert len(mail_server.sent_to("desk@example.org")) == 1
    assert "ERROR" not in fleet.said()


def test_what_a_killed_worker_had_in_hand_is_taken_up_by_another(
    fleet: Fleet, mail_server: MailServer
) -> None:
    dying = fleet.start(faults="observed=kill")
    assert fleet.ended(dying) == -signal.SIGKILL
    other = fleet.start()
    fleet.wait_until(lambda: "job_returned checks=audits" in fleet.said(other), "it is returned")
    fleet.wait_until(lambda: bool(mail_server.sent_to("desk@example.org")), "a mail")
    fleet.wait_for_checks(2, other)


def test_a_message_whose_worker_dies_after_sending_comes_again_under_its_identity_only(
    fleet: Fleet, mail_server: MailServer, url: str
) -> None:
    dying = fleet.start(faults="answered=kill")
    assert fleet.ended(dying) == -signal.SIGKILL
    # The lease lasts five minutes; the clock of the test does not run them.
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE outbox SET leased_until = now() - interval '1 second'")
    fleet.start()
    fleet.wait_until(lambda: len(mail_server.sent_to("desk@example.org")) == 2, "the mail again")
    first, again = mail_server.sent_to("desk@example.org")
    assert first.message["Message-ID"] == again.message["Message-ID"]


def test_a_worker_that_stood_still_goes_on_and_spoils_nothing(fleet: Fleet, mail_server: MailServer) -> None:
    paused, other = fleet.start(), fleet.start()
    fleet.wait_for_checks(2)
    fleet.send(paused, signal.SIGSTOP)
    fleet.wait_for_checks(3, other)
    fleet.send(paused, signal.SIGCONT)
    fleet.send(other, signal.SIGTERM)
    assert fleet.ended(other) == 0
    fleet.wait_for_checks(3, paused)
    assert len(mail_server.sent_to("desk@example.org")) == 1
    assert "Traceback" not in fleet.said()


def test_a_check_that_brings_its_workers_down_is_left_alone_for_its_interval(fleet: Fleet, url: str) -> None:
    made = fleet.start()
    fleet.wait_for_checks(1)
    fleet.send(made, signal.SIGTERM)
    assert fleet.ended(made) == 0
    check = '{"check": ["audits", "a lane", null]}'
    put_job(url, "check", check, "doing", attempts=2)  # of a worker that is no more
    other = fleet.start()
    fleet.wait_until(lambda: "check_given_up source=audits" in fleet.said(other), "it is given up")
    fleet.wait_for_checks(1, other)


def test_jobs_of_a_newer_version_and_of_another_watch_file_do_no_harm(fleet: Fleet, url: str) -> None:
    worker = fleet.start()
    fleet.wait_for_checks(1)
    put_job(url, "from_the_future", "{}")
    put_job(url, "checks", '{"checks": [["of_another_file", "a lane", null]]}')
    fleet.wait_until(lambda: "not in this worker's watch file" in fleet.said(), "the source is left")
    fleet.wait_for_checks(2)
    assert "Traceback" not in fleet.said()
    fleet.send(worker, signal.SIGTERM)
    assert fleet.ended(worker) == 0


def test_a_check_that_waits_for_a_source_which_was_paused_meanwhile_is_left(fleet: Fleet, url: str) -> None:
    text = fleet.watch_file.read_text()
    fleet.watch_file.write_text(
        text.replace("channels:", "  resting: {extends: audits, paused: true}\nchannels:")
    )
    fleet.start()
    fleet.wait_for_checks(1)
    put_job(url, "checks", '{"checks": [["resting", "a lane", null]]}')
    put_job(url, "again", '{"source": "resting"}')
    fleet.wait_until(lambda: "check_left source=resting" in fleet.said(), "the source is left")
    fleet.wait_for_checks(2)
    assert "checked source=resting" not in fleet.said()


def test_a_worker_goes_on_while_a_newer_version_has_added_to_the_tables(fleet: Fleet, url: str) -> None:
    worker = fleet.start()
    fleet.wait_for_checks(1)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "ALTER TABLE source ADD COLUMN mood text; ALTER TABLE outbox ADD COLUMN weight int"
        )
        connection.execute("CREATE TABLE mood (id int); UPDATE alembic_version SET version_num = '9999'")
    fleet.wait_for_checks(3, worker)
    assert "ERROR" not in fleet.said()


@contextmanager
def away(url: str) -> Iterator[None]:
    """Let nobody into a database while the block lasts, and cut off who is in it."""
    server, _, name = url.replace("+psycopg", "").rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        yield
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_a_worker_waits_for_a_database_that_is_away(fleet: Fleet, url: str) -> None:
    worker = fleet.start()
    fleet.wait_for_checks(1)
    with away(url):
        fleet.wait_until(lambda: "database_away" in fleet.said(worker), "it notices")
    fleet.wait_for_checks(3, worker)
    assert fleet.said().count(" ERROR ") == fleet.said().count("database_away") == 1
    assert fleet.said().count("database_back") == 1


def test_a_worker_that_is_asked_to_stop_while_the_database_is_away_stops(fleet: Fleet, url: str) -> None:
    worker = fleet.start()
    fleet.wait_for_checks(1)
    with away(url):
        fleet.wait_until(lambda: "database_away" in fleet.said(worker), "it notices")
        fleet.send(worker, signal.SIGTERM)
        assert fleet.ended(worker) == 0
    assert "Traceback" not in fleet.said()


def test_the_tables_for_jobs_can_be_thrown_away_while_a_worker_works(fleet: Fleet, url: str) -> None:
    worker = fleet.start()
    fleet.wait_for_checks(1)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'jobs%'").fetchone()
        assert found is not None
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(found[0])))
    fleet.wait_for_checks(3, worker)
    fleet.send(worker, signal.SIGTERM)
    assert fleet.ended(worker) == 0
    assert "Traceback" not in fleet.said()


def test_a_worker_that_is_frozen_after_a_statement_of_the_engine_holds_no_lock(url: str) -> None:
    async def frozen() -> None:
        async with App(connector=connector(url, 1)).open_async() as app:
            assert isinstance(app.connector, PsycopgConnector)
            async with app.connector.pool.connection() as connection:
                await connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
                with psycopg.connect(url.replace("+psycopg", "")) as other:
                    held = other.execute(
                        "SELECT count(*) FROM pg_stat_activity"
                        " WHERE application_name = 'oversight-watch jobs' AND state LIKE '%in transaction%'"
                    ).fetchone()
                assert held == (0,)

    make_job_tables(url)
    asyncio.run(frozen())


def test_a_server_that_vanishes_without_a_word_is_noticed_where_jobs_are_asked_for(url: str) -> None:
    async def asked() -> dict[str, str]:
        async with App(connector=connector(url, 1)).open_async() as app:
            assert isinstance(app.connector, PsycopgConnector)
            async with app.connector.pool.connection() as connection:
                return connection.info.get_parameters()

    make_job_tables(url)
    assert asyncio.run(asked())["tcp_user_timeout"] == "60000"


@pytest.mark.skipif(not can_be_apart(), reason="only root, and a kernel with namespaces, can pull a cable")
def test_a_worker_whose_cable_is_pulled_says_so_in_the_time_it_is_given_and_goes_on_when_it_is_back(
    fleet: Fleet, postgres: Server, url: str
) -> None:
    text = fleet.watch_file.read_text()
    with machines(1, [postgres.port]) as (here, [machine]):
        # A minute by default, which a test need not wait for.
        other = url.replace("127.0.0.1", here) + "?tcp_user_timeout=1000&connect_timeout=2"
        fleet.watch_file.write_text(re.sub("(?m)^  audits: .*$", SAVED, text.replace(url, other)))
        fleet.start(machine=machine)
        fleet.wait_for_checks(1)
        with machine.cut_off():
            fleet.wait_until(lambda: "database_away" in fleet.said(), "it notices")
        fleet.wait_for_checks(1)
        assert "database_back" in fleet.said()
        assert "Traceback" not in fleet.said()


def test_a_stop_leaves_a_check_that_waits_for_its_site_and_another_worker_takes_it_up(
    fleet: Fleet, site: ReplicaSite
) -> None:
    site.faults[LISTING_PATH] = slow_drip(pause=5)
    stopped = fleet.start()
    fleet.wait_until(lambda: bool(site.requests), "a request")
    fleet.send(stopped, signal.SIGTERM)
    assert fleet.ended(stopped) == 0


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RuntimeError("no such attribute"), "worker_crashed"),
        (ConnectorException(), "worker_crashed"),
        (caused(psycopg.errors.UndefinedTable("no table of jobs")), "jobs_failed"),
        (caused(psycopg.OperationalError("server closed the connection")), "database_away"),
        (caused(PoolTimeout("no connection after 10 s")), "database_away"),
    ],
    ids=lambda given: given if isinstance(given, str) else type(given.__cause__ or given).__name__,
)
def test_what_ends_a_workers_loop_is_told_as_what_it_is_and_the_worker_goes_on(
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    told: str,
) -> None:
    source = "{url: https://www.example.org/list, profile: dhs-oig}"
    (tmp_path / "watch.yaml").write_text(f"database: {url}\nsources:\n  a: {source}\n")
    settings = settings_of(tmp_path / "watch.yaml")
    lives: list[object] = []

    async def _loop(stopping: asyncio.Task[bool], *given: object) -> None:
        lives.append(given)
        if len(lives) == 1:
            raise error
        os.kill(os.getpid(), signal.SIGTERM)
        await stopping

    monkeypatch.setattr(service.runtime.fleet.worker, "_take_until", _loop)
    monkeypatch.setattr(service.runtime.fleet.worker, "_DATABASE_SECONDS", 0.01)
    with caplog.at_level("INFO"):
        service.runtime.fleet.worker.work(settings, lambda: settings, 1)
    assert len(lives) == 2
    (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert record.getMessage().split()[0] == told
    assert (record.exc_info is not None) is (told == "worker_crashed")


def test_a_lock_on_the_tables_for_jobs_that_is_never_given_back_is_told_with_what_to_do(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        monkeypatch.context() as patch,
        psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other,
    ):
        patch.setattr("service.runtime.fleet.tables._LOCK_SECONDS", 1)
        other.execute("SELECT pg_advisory_lock(20087, 3)")
        with pytest.raises(StoreError, match="stop it, or have the server end its connection"):
            make_job_tables(url)
    make_job_tables(url)
