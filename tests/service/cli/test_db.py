"""Looking after a SQLite database from the command line (PostgreSQL: test_bad_postgres.py)."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from monitor.domain.errors import StoreError
from service.database.database import vacuum
from service.demo.fakes.replica import ReplicaSite
from tests.service.commands import Ran, run

WATCH = """\
database: sqlite:///watch.db
sources:
  audits:
    url: "{site}/reports/audits-inspections-and-evaluations"
    profile: dhs-oig
    delay: 1s
    allow_private: true
channels:
  desk: {{to: "mailto://mail.example.org?from=a@example.org&to=b@example.org"}}
topics:
  everything: {{send: {{immediately: [desk]}}}}
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a watch file and a database that holds a change and its evidence."""
    from service.demo.fakes.replica import seed_reports

    folder = tmp_path_factory.mktemp("recorded")
    with ReplicaSite(seed_reports(), ()) as site:
        (folder / "watch.yaml").write_text(WATCH.format(site=site.url("").rstrip("/")))
        assert run(folder, "check").code == 0
        site.reports[0]["title"] = "Another Title"
        run(folder, "check")
    return folder


@pytest.fixture
def folder(recorded: Path, tmp_path: Path) -> Path:
    """Give a copy of it that a test may damage."""
    return Path(shutil.copytree(recorded, tmp_path / "copy"))


@pytest.fixture
def damaged(folder: Path) -> Callable[[str], Ran]:
    """Give what damages the database by a statement and then checks it."""

    def damage(statement: str) -> Ran:
        with closing(sqlite3.connect(folder / "watch.db", isolation_level=None)) as connection:
            connection.execute(statement)
        return run(folder, "db", "check")

    return damage


def test_a_whole_database_is_said_to_be_whole(folder: Path) -> None:
    done = run(folder, "db", "check")
    assert (done.code, done.out) == (0, "the database is intact\n")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE snapshot_body SET body = x'00' WHERE rowid = 1", "its content cannot be unpacked"),
        (
            "UPDATE snapshot_body SET (size, body, base_sha256) = "
            "(SELECT size, body, base_sha256 FROM snapshot_body WHERE rowid = 1) WHERE rowid = 2",
            "its content is not what its hash says",
        ),
        ("DELETE FROM routing", "nothing records whether it should be reported, or why not"),
        ("DELETE FROM outbox_entry", "it should be reported, but no message contains it"),
        ("UPDATE change SET after_sha256 = 'feed'", "its evidence feed is not stored"),
        ("DELETE FROM record", "points at a row of record that is not there"),
    ],
)
def test_damage_is_named_with_its_row(damaged: Callable[[str], Ran], statement: str, said: str) -> None:
    done = damaged(statement)
    assert done.code == 1
    assert said in done.out
    assert done.out.splitlines()[-1].endswith(" damaged")


def test_damage_to_one_page_leaves_the_others_readable(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "watch.db", isolation_level=None)) as connection:
        connection.execute("UPDATE snapshot_body SET body = x'00' WHERE rowid = 2")
    found = json.loads(run(folder, "db", "check", "--json").out)
    assert [damage["table"] for damage in found] == ["snapshot_body"]
    assert len(json.loads(run(folder, "records", "--json", "-n", "1000").out)) == 50
    assert run(folder, "changes").code == 0


def test_vacuum_tells_both_sizes_and_keeps_everything(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "watch.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE waste AS SELECT randomblob(3000000) AS w")
        connection.execute("DROP TABLE waste")
    done = run(folder, "db", "vacuum")
    before, after = (float(word) for word in done.out.replace(",", "").split() if word[0].isdigit())
    assert before - after > 2.5
    assert run(folder, "db", "check").code == 0
    assert len(json.loads(run(folder, "records", "--json", "-n", "1000").out)) == 50


def test_vacuum_waits_for_nobody_for_long(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.database.sqlite._VACUUM_PATIENCE", 50)
    with closing(sqlite3.connect(folder / "watch.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program has held its lock for too long"):
            vacuum(f"sqlite:///{folder}/watch.db")


def test_prune_says_what_would_go_and_what_went(folder: Path) -> None:
    would = run(folder, "db", "prune", "--dry-run")
    assert would.out.splitlines()[0] == "would be deleted:"
    assert json.loads(run(folder, "db", "prune", "--json").out) == {
        "snapshots": 0,
        "bodies": 0,
        "checks": 0,
        "attempts": 0,
    }
