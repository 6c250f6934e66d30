"""Commands that only read need no right to write and no channel that works."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from alerts.channels.send import targets
from alerts.domain.settings import ChannelSettings
from alerts.outbox.queue import add_notice
from monitor.domain.errors import StoreError
from service.database import sqlite
from service.database.database import Database, open_database
from tests.service.commands import ROOT, run
from tests.service.history import WATCH_FILE, usual_history, write_history, write_watch_file

pytestmark = pytest.mark.slow  # each runs commands over a database of its own
READING = [
    ["status"],
    ["changes"],
    ["events", "--after", "0"],
    ["records"],
    ["show", "GAO-24-1 rec 1"],
    ["promises"],
    ["assigned"],
    ["digest", "weekly"],
    ["digest", "list"],
    ["digest", "show", "1"],
    ["outbox", "list"],
    ["outbox", "show", "1"],
    ["topics", "test", "digest-only"],
    ["topics", "explain", "1"],
    ["sources", "compare", "cbp-gao", "audits"],
    ["db", "check"],
]
WRITING = [
    ["check"],
    ["assign", "GAO-24-1 rec 1", "Ana"],
    ["digest", "weekly", "--send"],
    ["outbox", "drop", "1"],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_watch_file(tmp_path)
    write_history(tmp_path, usual_history)
    assert run(tmp_path, "digest", "weekly", "--send").code == 0
    database = open_database(url_of(tmp_path))
    write_notice(database, "first")
    database.close()
    return tmp_path


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'oversight-watch.db'}"


def write_notice(database: Database, key: str) -> None:
    (target,) = targets(
        "room", ChannelSettings.model_validate({"to": "mailto://h?from=w@a.org&to=anna@a.org"})
    )
    with database.write() as session:
        add_notice(session, [target], "Title", ["Line"], datetime.now(UTC), key)


@pytest.fixture
def read_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that is another user's; root may write everywhere, so the system's answer is changed."""
    asked = os.access

    def access(path: Path, mode: int) -> bool:
        return False if mode == os.W_OK else asked(path, mode)

    monkeypatch.setattr(sqlite.os, "access", access)
    return folder


def state(folder: Path) -> dict[str, str]:
    """Return every file of the database with its hash."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.glob("oversight-watch.db*")
        if file.is_file()
    }


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_reading_command_works_on_a_database_that_cannot_be_written_and_leaves_no_trace(
    read_only: Path, command: Sequence[str]
) -> None:
    before = state(read_only)
    assert list(before) == ["oversight-watch.db"]
    ran = run(read_only, *command)
    assert ran.code in (0, 1), ran.err
    assert ran.err == "" or (command[1] == "compare" and "they are not linked yet" in ran.err)
    assert state(read_only) == before


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_a_writing_command_says_that_the_database_cannot_be_written(
    read_only: Path, command: Sequence[str]
) -> None:
    before = state(read_only)
    ran = run(read_only, *command)
    assert (ran.code, "it cannot be written; check the owner" in " ".join(ran.err.split())) == (3, True)
    assert state(read_only) == before


def test_a_backup_is_made_of_a_database_that_cannot_be_written(read_only: Path) -> None:
    assert run(read_only, "db", "backup", "copy.db").code == 0
    with closing(sqlite3.connect(read_only / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM change").fetchone() == (3,)


def test_what_a_running_service_has_just_written_is_read_too(read_only: Path) -> None:
    with patch.object(sqlite, "_read_only", lambda _file: ""):
        writer = open_database(url_of(read_only))
        write_notice(writer, "second")
    assert (read_only / "oversight-watch.db-wal").stat().st_size > 0
    assert len(json.loads(run(read_only, "outbox", "list", "--json").out)) == 2
    writer.close()


def test_a_database_of_an_earlier_version_is_not_called_ready(read_only: Path) -> None:
    with closing(sqlite3.connect(read_only / "oversight-watch.db")) as old:
        old.execute("UPDATE alembic_version SET version_num = '0001'")
        old.commit()
    with pytest.raises(StoreError, match="cannot be written"):
        open_database(url_of(read_only), create=False)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "json://127.0.0.1:9/x",
            "${{NOT_SET}}",
            "channels.desk.to: the environment variable NOT_SET is not set",
        ),
        ("any: [training]", "any: [/(/]", "topics.training.match.any:"),
        ("digest-only:", "retired:\n    sned: {{}}\n  digest-only:", "topics.retired: unknown key 'sned'"),
    ],
)
def test_reading_commands_work_beside_a_mistake_and_say_what_they_leave_out(
    folder: Path, right: str, wrong: str, said: str
) -> None:
    assert right in WATCH_FILE
    write_watch_file(folder, WATCH_FILE.replace(right, wrong))
    for command in READING:
        ran = run(folder, *command)
        assert (ran.code in (0, 1), said in ran.err) == (True, True), (command, ran.err)
        assert ran.err.startswith("Left out, as the watch file has mistakes there:"), command
    assert run(folder, "config", "check").code == 2
    assert run(folder, "check").code == 2


def test_only_commands_that_show_a_message_ask_what_the_address_of_a_channel_means(folder: Path) -> None:
    write_watch_file(folder, WATCH_FILE.replace("json://127.0.0.1:9/x", "jsn://127.0.0.1:9/x"))
    shown, listed = run(folder, "outbox", "show", "1"), run(folder, "changes")
    assert "channels.desk.to:" in shown.err
    assert (shown.code, listed.code, listed.err) == (0, 0, "")


@pytest.mark.parametrize(
    ("command", "not_loaded"),
    [
        (("changes",), ("rapidfuzz", "selectolax", "regex", "monitor.domain.periods")),
        (("records",), ("rapidfuzz", "selectolax", "regex", "monitor.domain.periods")),
        (("show", "GAO-24-1 rec 1"), ("selectolax", "regex")),
        (("status",), ("requests", "rapidfuzz", "jmespath", "monitor.domain.periods")),
        (("health",), ("requests", "rapidfuzz", "jmespath", "monitor.domain.periods")),
    ],
    ids=lambda one: one[0] if one else "",
)
def test_a_command_that_reads_does_not_load_what_only_checks_and_messages_need(
    folder: Path, command: tuple[str, ...], not_loaded: tuple[str, ...]
) -> None:
    slow = {
        "apprise",
        "httpx",
        "feedparser",
        "jinja2",
        "alembic",
        "sqlalchemy.dialects.postgresql",
        *not_loaded,
    }
    code = (
        f"import sys, service.cli.main as m; sys.argv[1:] = {list(command)!r};"
        f" import atexit; atexit.register(lambda: print(sorted({slow!r} & set(sys.modules)))); m.main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode in {0, 1}, done.stdout.splitlines()[-1]) == (True, "[]"), done.stderr
