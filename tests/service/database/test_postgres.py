"""PostgreSQL where it differs from SQLite: transactions side by side, a server that goes, what it says."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import false, insert, select, text
from sqlmodel import SQLModel, col
from sqlmodel.sql.sqltypes import UTCDateTime

from alerts.channels.send import targets
from alerts.domain.models import OutboxItem
from alerts.domain.settings import ChannelSettings
from alerts.outbox.queue import add_notice
from monitor.domain.errors import StoreError
from monitor.fetch.politeness.leases import Hosts
from monitor.store.changes import changes_between, latest_change_id
from monitor.store.models import Change, Record, Source
from service.database.database import Database, backup, damages_of, open_database, vacuum
from service.database.search_index import is_of_models
from tests.alerts.stories import NOW, Story
from tests.clock import FrozenClock
from tests.postgres_server import PASSWORD, Server

Open = Callable[[], Database]
SOON = 0.3  # seconds in which a transaction that does not wait would be through


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.fresh() as fresh:
        yield fresh


@pytest.fixture
def connect(url: str) -> Iterator[Open]:
    """Give what opens the database once more, as another process would."""
    with ExitStack() as stack:

        def another() -> Database:
            database = open_database(url)
            stack.callback(database.close)
            return database

        yield another


def test_a_digest_never_skips_a_change_whose_lower_id_is_committed_later(connect: Open) -> None:
    """Ids come from a sequence, so without a lock the second transaction's change could be there first."""
    one, other = connect(), connect()
    with one.write() as session:
        story = Story(session)
        made = story.change(story.record(story.source(), "OIG-26-01"))
    row = made.model_dump(exclude={"id"})
    inserted, may_commit = threading.Event(), threading.Event()
    covered: list[tuple[int, list[int]]] = []

    def record_slowly() -> None:
        with one.write() as session:
            session.execute(insert(Change), [row])
            inserted.set()
            may_commit.wait(300)

    def record_and_make_digest() -> None:
        inserted.wait(300)
        with other.write() as session:
            session.execute(insert(Change), [row])
        with other.write() as session:
            newest = latest_change_id(session)
            covered.append((newest, [change.id for change in changes_between(session, 0, newest)]))

    threads = [threading.Thread(target=target) for target in (record_slowly, record_and_make_digest)]
    for thread in threads:
        thread.start()
    threads[1].join(SOON)
    assert threads[1].is_alive(), "the second writer did not wait for the first"
    may_commit.set()
    for thread in threads:
        thread.join(300)
    assert covered == [(3, [1, 2, 3])]


def test_a_writer_that_has_waited_sees_what_was_written_meanwhile(connect: Open) -> None:
    one, other = connect(), connect()
    seen = []
    with ThreadPoolExecutor() as threads:
        with one.write() as session:
            session.add(Source(key="audits", reading="dhs-oig 1 x", created_at=NOW))
            session.flush()

            def look() -> None:
                with other.write() as waiting:
                    seen.append(len(waiting.scalars(select(Source)).all()))

            looking = threads.submit(look)
            with pytest.raises(TimeoutError):
                looking.result(SOON)
        looking.result(10)
    assert seen == [1]


def test_a_reader_sees_one_moment_and_holds_nobody_up(connect: Open) -> None:
    one, other = connect(), connect()
    with one.read() as reading:
        assert reading.scalars(select(Source)).all() == []
        with other.write() as session:
            session.add(Source(key="audits", reading="dhs-oig 1 x", created_at=NOW))
        assert reading.scalars(select(Source)).all() == []
    with pytest.raises(StoreError, match="takes no writing"), one.read() as reading:
        assert len(reading.scalars(select(Source)).all()) == 1
        reading.execute(text("DELETE FROM source"))


def test_many_writers_who_read_and_then_write_lose_no_step(connect: Open) -> None:
    database = connect()
    with database.write() as session:
        session.add(Source(key="audits", reading="dhs-oig 1 x", created_at=NOW))

    def count_up(_: int) -> None:
        with database.write() as session:
            source = session.scalars(select(Source)).one()
            source.troubles += 1
            session.add(source)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count_up, range(80)))
    with database.read() as session:
        assert session.scalars(select(Source)).one().troubles == 80


def test_a_turn_at_a_host_does_not_wait_for_a_long_write_and_is_given_to_one_only(
    connect: Open, clock: FrozenClock
) -> None:
    one, other = connect(), connect()
    turns = [Hosts(d.note, clock, name, {}) for d, name in ((one, "one"), (other, "other"))]
    with one.write(), ThreadPoolExecutor() as threads:
        taken = list(threads.map(lambda hosts: hosts.take("gao.gov", 60), turns))
    assert sorted(wait > 0 for wait in taken) == [False, True]


def test_a_notice_that_is_there_already_spoils_nothing_else_in_its_transaction(
    connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops = targets("ops", ChannelSettings.model_validate({"to": "json://127.0.0.1:1/", "purpose": "operator"}))
    database = connect()
    for key in ("audits", "gao"):
        with database.write() as session:
            session.add(Source(key=key, reading="dhs-oig 1 x", created_at=NOW))
            add_notice(session, ops, "Trouble", ["It is."], NOW, "the same")
            # The second time it looks away, as when another writes the row between look and insert.
            monkeypatch.setattr("alerts.outbox.queue.select", lambda column: select(column).where(false()))
    with database.read() as session:
        assert len(session.scalars(select(Source)).all()) == 2
        assert len(session.scalars(select(OutboxItem)).all()) == 1


def test_two_programs_that_start_at_once_on_an_empty_database_make_its_tables_once(postgres: Server) -> None:
    code = (
        "import sys; from service.database.database import open_database; open_database(sys.argv[1]).close()"
    )
    with postgres.fresh(migrated=False) as url:
        command = [sys.executable, "-c", code, url]
        started = [subprocess.Popen(command, cwd=Path(__file__).parents[3]) for _ in range(3)]
        assert [process.wait(600) for process in started] == [0, 0, 0]
        assert damages_of(url) == []


def test_the_tables_are_those_of_the_code_and_every_time_has_its_zone(url: str, connect: Open) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with connect().read() as session:
        connection = session.connection()
        only_ours = {"include_name": is_of_models}
        context = MigrationContext.configure(connection, opts=only_ours)
        assert compare_metadata(context, SQLModel.metadata) == []
        found = session.execute(
            text(
                "SELECT data_type FROM information_schema.columns"
                " WHERE table_schema = 'public' AND data_type LIKE 'timestamp%'"
                " AND table_name NOT LIKE 'v\\_%'"  # the views
            )
        )
        columns = [column for table in SQLModel.metadata.sorted_tables for column in table.columns]
        times = [column for column in columns if isinstance(column.type, UTCDateTime)]
        assert [kind for (kind,) in found] == ["timestamp with time zone"] * len(times)


def test_a_newer_schema_and_another_programs_tables_are_refused(postgres: Server, url: str) -> None:
    address = url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="was written by a newer Oversight Watch"):
        open_database(url)
    with postgres.fresh(migrated=False) as other:
        with psycopg.connect(other.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num text)")
            connection.execute("INSERT INTO alembic_version VALUES ('0001')")
        with pytest.raises(StoreError, match="holds another program's tables"):
            open_database(other)


def test_nothing_is_made_where_only_reading_was_asked_for(postgres: Server) -> None:
    with postgres.fresh(migrated=False) as url:
        with pytest.raises(StoreError, match=r"there is no history in t.* at 127.0.0.1:.* yet; run a check"):
            open_database(url, create=False)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert connection.execute(tables).fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("127.0.0.1:", "127.0.0.1:1"), "cannot be reached; check host and port"),
        ((f":{PASSWORD}@", ":wr%40ng-secret@"), "refuses this user and password"),
        (("/t", "/no_such_t"), "knows no such user or database"),
    ],
)
def test_a_server_that_cannot_be_used_is_named_in_a_sentence_without_the_password(
    url: str, change: tuple[str, str], said: str
) -> None:
    wrong = url.replace(*change)
    if change[1].endswith(":1"):
        wrong = f"{url.rpartition(':')[0]}:1/x"
    with pytest.raises(StoreError, match=said) as raised:
        open_database(wrong)
    assert "127.0.0.1" in str(raised.value)
    assert not {PASSWORD, "wr%40ng-secret", "wr@ng-secret"} & set(str(raised.value).split())
    assert "ng-secret" not in str(raised.value)


def test_a_database_that_cannot_hold_every_text_is_refused(postgres: Server) -> None:
    with psycopg.connect(postgres.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StoreError, match="stores text as LATIN1 and cannot hold every title"):
        open_database(postgres.url("latin"))


def test_a_program_goes_on_when_the_server_has_ended_its_connections(connect: Open, url: str) -> None:
    database = connect()
    with database.write() as session:
        session.add(Source(key="audits", reading="dhs-oig 1 x", created_at=NOW))
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        with pytest.raises(StoreError, match="the server was stopped meanwhile"), database.write() as session:
            session.add(Source(key="gao", reading="gao 1 x", created_at=NOW))
            session.flush()
            other.execute(f"{end} AND pid <> pg_backend_pid()")
        other.execute(f"{end} AND pid <> pg_backend_pid()")
    with database.read() as session:
        assert [source.key for source in session.scalars(select(Source))] == ["audits"]


def test_a_writer_that_is_stopped_in_the_middle_is_undone_and_the_others_go_on(
    connect: Open, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "service.database.postgres._ON_CONNECT", "SET idle_in_transaction_session_timeout = '300ms'"
    )
    stopped = connect()
    with ThreadPoolExecutor() as threads:

        def go_on() -> int:
            with connect().write() as session:
                return len(session.scalars(select(Source)).all())

        with (
            pytest.raises(StoreError, match="was held up for too long"),
            stopped.write() as session,
        ):
            session.add(Source(key="audits", reading="dhs-oig 1 x", created_at=NOW))
            session.flush()
            assert threads.submit(go_on).result(20) == 0


def test_a_backup_is_made_by_pg_dump_and_can_be_read_back(
    connect: Open, url: str, tmp_path: Path, postgres: Server
) -> None:
    with connect().write() as session:
        session.add(Source(key="audits", reading="dhs-oig 1 x", created_at=NOW))
    backup(url, tmp_path / "copy.dump")
    with postgres.fresh(migrated=False) as other:
        words = [f"--dbname={other.replace('+psycopg', '')}", str(tmp_path / "copy.dump")]
        subprocess.run([postgres.bin / "pg_restore", *words], check=True, capture_output=True)
        restored = open_database(other, create=False)
        with restored.read() as session:
            assert session.scalars(select(col(Source.key))).all() == ["audits"]
        restored.close()
    assert list(tmp_path.iterdir()) == [tmp_path / "copy.dump"]


def test_without_pg_dump_a_backup_says_the_command_to_run_elsewhere(
    connect: Open, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match=r"pg_dump --format=custom --file=FILE --host=127.0.0.1") as raised:
        backup(url, tmp_path / "copy.dump")
    assert PASSWORD not in str(raised.value)


def test_vacuum_says_that_the_server_looks_after_its_space(connect: Open, url: str) -> None:
    connect()
    with pytest.raises(StoreError, match="by itself"):
        vacuum(url)


def test_damaged_evidence_and_lost_messages_are_named_as_on_sqlite(connect: Open, url: str) -> None:
    with connect().write() as session:
        story = Story(session)
        story.change(story.record(story.source(), "OIG-26-01"))
    said = "; ".join(f"{found.table} {found.row}: {found.what}" for found in damages_of(url))
    assert "its content cannot be unpacked" in said
    assert "nothing records whether it should be reported" in said


def test_a_big_part_of_a_history_is_one_batch_of_statements(connect: Open) -> None:
    """Ids come back in the order of the rows, whatever the server does."""
    with connect().write() as session:
        story = Story(session)
        source = story.source()
        row = {"source_id": source.id, "kind": "report", "fields": {}, "fingerprint": "x", "listed": True}
        times = {"snapshot_sha256": "x", "first_seen_at": NOW, "changed_at": NOW + timedelta(hours=1)}
        rows = [{**row, **times, "key": f"OIG-{n}"} for n in range(2_500)]
        statement = insert(Record).returning(col(Record.id), sort_by_parameter_order=True)
        ids = session.scalars(statement, rows).all()
        keys = dict(session.execute(select(col(Record.id), col(Record.key))).all())
        assert [keys[id_] for id_ in ids] == [one["key"] for one in rows]
