"""Files that hold recipients, notes or history are readable by their owner only, also under a lax umask."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from service.database.database import open_database
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite
from tests.service.commands import run

WATCH_FILE = """\
database: sqlite:///watch.db
sources:
  audits: {{url: "{url}", profile: dhs-oig, delay: 1s, allow_private: true}}
"""


@pytest.fixture(autouse=True)
def _lax_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def test_database_copies_and_turns_are_for_the_owner_only(tmp_path: Path, site: ReplicaSite) -> None:
    folder = tmp_path / "watch"
    folder.mkdir(0o755)
    path = folder / "watch.yaml"
    path.write_text(WATCH_FILE.format(url=site.url(LISTING_PATH)))
    assert run(folder, "check").code == 0
    assert run(folder, "db", "backup", "copy.db").code == 0
    assert run(folder, "db", "copy", "sqlite:///watch.db", "sqlite:///other.db").code == 0
    made = [file for file in folder.rglob("*") if file != path]
    names = {file.name for file in made}
    assert names >= {"watch.db", "copy.db", "other.db", "watch.db-turns"}
    assert {str(file.relative_to(folder)): oct(file.stat().st_mode & 0o077) for file in made} == {
        str(file.relative_to(folder)): "0o0" for file in made
    }


def test_the_log_beside_an_open_database_is_for_the_owner_only(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/watch.db")
    with database.write() as session:
        session.execute(text("CREATE TABLE something (one INTEGER)"))
        open_files = sorted(tmp_path.iterdir())
        assert [file.name for file in open_files] == ["watch.db", "watch.db-shm", "watch.db-wal"]
        assert {file.stat().st_mode & 0o777 for file in open_files} == {0o600}
    database.close()


def test_the_watch_file_of_init_is_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "watch.yaml"
    assert run(tmp_path, "init").code == 0
    assert path.stat().st_mode & 0o777 == 0o600
