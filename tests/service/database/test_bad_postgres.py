"""A PostgreSQL database that cannot be used ends every command in a sentence, without a password."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.postgres_server import PASSWORD, Server
from tests.service.cli.test_bad_input import assert_said_plainly, watch_file
from tests.service.commands import run, run_process
from tests.service.home import name_database

LOW = "low-s3cretmark"  # the password of a user who may do little
EVERY = (["check"], ["status"], ["run"], ["changes"], ["db", "check"], ["db", "backup", "copy.dump"])
READING = (["status"], ["changes"], ["outbox", "list"], ["db", "check"], ["db", "prune"], ["db", "vacuum"])
WRITING = (["check"], ["run"], ["db", "upgrade"])


@pytest.fixture(scope="module")
def empty(postgres: Server) -> Iterator[str]:
    with postgres.fresh(migrated=False) as url:
        yield url


@pytest.fixture(scope="module")
def migrated(postgres: Server) -> Iterator[str]:
    with postgres.fresh() as url:
        yield url


@pytest.fixture(scope="module")
def low(postgres: Server) -> Iterator[str]:
    """Give the name of a user who may connect, and nothing else."""
    execute(postgres.url("postgres"), f"CREATE ROLE low LOGIN PASSWORD '{LOW}'")
    yield "low"
    execute(postgres.url("postgres"), "DROP ROLE low")


def execute(url: str, *statements: str) -> list[tuple[object, ...]]:
    with closing(psycopg.connect(url.replace("+psycopg", ""), autocommit=True)) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def refuse(folder: Path, url: str, commands: tuple[list[str], ...], *said: str) -> None:
    """Require that each command says so on one line, ends with 3, shows no password and leaves no file."""
    name_database(folder, url)
    watch_file(folder, f'database: "{url}"\n')
    before = sorted(folder.iterdir())
    for command in commands:
        ran = run(folder, *command)
        assert_said_plainly(ran, 3, list(said))
        assert (ran.out, ran.err.count("\n")) == ("", 1), command
        assert "s3cretmark" not in ran.all
        assert sorted(folder.iterdir()) == before


def no_server(url: str) -> str:
    return url.replace(f":{urlsplit(url).port}/", ":1/")


def no_host(url: str) -> str:
    return url.replace("127.0.0.1", "no-such-host.invalid")


def wrong_port(url: str) -> str:
    return url.replace(f":{urlsplit(url).port}/", ":99999/")


def wrong_password(url: str) -> str:
    return url.replace(PASSWORD, "not-s3cretmark")


def no_password(url: str) -> str:
    return url.replace(f":{PASSWORD}", "")


def unknown_user(url: str) -> str:
    return url.replace("postgres:", "nobody:")


def no_database(url: str) -> str:
    return f"{url}x"


def encryption_asked_for(url: str) -> str:
    return f"{url}?sslmode=require"


def wrong_option(url: str) -> str:
    return f"{url}?nonsense=1"


def wrong_value(url: str) -> str:
    return f"{url}?sslmode=sometimes"


UNUSABLE: list[tuple[Callable[[str], str], str]] = [
    (no_server, "it cannot be reached; check host and port in 'database', and that the server runs"),
    (no_host, "it cannot be reached; check host and port"),
    (wrong_port, "its port is not a number from 1 to 65535"),
    (wrong_password, "the server refuses this user and password; check both in 'database'"),
    (no_password, "the server asks for a password; write it into the URL, best as ${ENV}"),
    (unknown_user, "the server refuses this user and password"),
    (no_database, "the server knows no such user or database; make it first (createuser, createdb)"),
    (encryption_asked_for, "the server offers no encryption"),
    (wrong_option, "is not one that libpq knows"),
    (wrong_value, "is not one that libpq knows, or its value is not valid"),
]


@pytest.mark.parametrize(("wrong", "said"), UNUSABLE, ids=[case[0].__name__ for case in UNUSABLE])
def test_a_server_that_lets_nobody_in_is_told_by_every_command(
    empty: str, tmp_path: Path, wrong: Callable[[str], str], said: str
) -> None:
    refuse(tmp_path, wrong(empty), EVERY, said)


def test_a_database_without_a_history_is_told_by_what_only_reads(empty: str, tmp_path: Path) -> None:
    refuse(tmp_path, empty, READING, "there is no history in the database", "run a check first")
    refuse(tmp_path, empty, (["db", "backup", "copy.dump"],), "is empty, so there is nothing to copy")
    assert execute(empty, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_user_who_may_make_no_tables_is_told_what_is_needed(empty: str, low: str, tmp_path: Path) -> None:
    url = empty.replace(f"postgres:{PASSWORD}", f"{low}:{LOW}")
    refuse(
        tmp_path,
        url,
        (["check"], ["run"]),
        "its user may not do this; it needs the right to create and write",
    )


def test_a_user_who_may_not_read_the_tables_is_told_so(migrated: str, low: str, tmp_path: Path) -> None:
    url = migrated.replace(f"postgres:{PASSWORD}", f"{low}:{LOW}")
    refuse(tmp_path, url, (*READING, *WRITING), "its user may not do this")
    refuse(tmp_path, url, (["db", "backup", "copy.dump"],), "pg_dump could not copy", "permission denied")


def test_a_newer_schema_is_refused_and_only_a_backup_is_made_of_it(postgres: Server, tmp_path: Path) -> None:
    with postgres.fresh() as url:
        execute(url, "UPDATE alembic_version SET version_num = '9999'")
        refuse(
            tmp_path, url, (*READING, *WRITING), "written by a newer Oversight Watch", "upgrade the program"
        )
        assert execute(url, "SELECT version_num FROM alembic_version") == [("9999",)]
        assert run(tmp_path, "db", "backup", "copy.dump").code == 0


def test_another_programs_tables_and_half_a_copy_are_refused_untouched(
    postgres: Server, tmp_path: Path
) -> None:
    with postgres.fresh(migrated=False) as url:
        execute(url, "CREATE TABLE recipes (name text)")
        refuse(tmp_path, url, (*READING, *WRITING), "holds another program's tables")
        assert execute(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("recipes",)]
    with postgres.fresh() as url:
        execute(url, "CREATE TABLE unfinished_copy (source text)")
        refuse(tmp_path, url, (*READING, *WRITING), "holds half of a copy", "run the same 'db copy' again")


def test_a_full_server_and_one_that_lets_nobody_in_are_told(
    postgres: Server, low: str, tmp_path: Path
) -> None:
    with postgres.fresh() as url:
        execute(postgres.url("postgres"), f"ALTER ROLE {low} CONNECTION LIMIT 0")
        lowly = url.replace(f"postgres:{PASSWORD}", f"{low}:{LOW}")
        refuse(tmp_path, lowly, EVERY, "it has no connection to spare")
        name = url.rpartition("/")[2]
        execute(postgres.url("postgres"), f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        refuse(tmp_path, url, EVERY, "the server lets nobody into it at present")


def test_what_looks_after_a_file_says_who_does_that_on_a_server(postgres: Server, tmp_path: Path) -> None:
    with postgres.fresh() as url:
        watch_file(tmp_path, f'database: "{url}"\n')
        assert run(tmp_path, "check").code == 0
        refuse(tmp_path, url, (["db", "vacuum"],), "uses freed space again by itself (autovacuum)")
        assert run(tmp_path, "db", "upgrade").out == "the database is up to date\n"
        assert run(tmp_path, "db", "check").out == "the database is intact\n"
        execute(url, r"UPDATE snapshot_body SET body = '\x00'")
        damaged = run(tmp_path, "db", "check")
        assert (damaged.code, damaged.err) == (1, "")
        assert "its content cannot be unpacked" in damaged.out


@pytest.mark.parametrize("missing", ["FROM", "TO"])
def test_a_copy_from_or_to_a_database_that_is_not_there_is_told(
    migrated: str, tmp_path: Path, missing: str
) -> None:
    environment = {"FROM": migrated, "TO": f"{migrated}y"} | {missing: no_database(migrated)}
    ran = run_process(tmp_path, "db", "copy", "${FROM}", "${TO}", env=environment)
    assert_said_plainly(
        ran, 3, [f"{no_database(migrated).rpartition('/')[2]} at", "knows no such user or data"]
    )
    assert "s3cretmark" not in ran.all


def test_a_server_that_takes_a_connection_and_never_answers_is_out_of_reach(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"postgresql+psycopg://postgres:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/none"
        watch_file(tmp_path, f'database: "{url}"\n')
        ran = run(tmp_path, "status")
    assert_said_plainly(ran, 3, ["it cannot be reached; check host and port"])
    assert PASSWORD not in ran.all
