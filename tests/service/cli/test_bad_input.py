"""What is wrong outside the program ends in a sentence that says what to do: no traceback, nothing lost.

The databases here are SQLite files: damaged, full, another program's. A server's are in test_bad_postgres.py.
"""

import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.demo.fakes.replica import LISTING_PATH, ReplicaSite, challenge
from tests.service.commands import ROOT, Ran, run, run_process

SEED = ROOT / "seeds" / "dhs-oig-audits-cbp.txt"


def watch_file(folder: Path, rest: str = "", source: str = "page.txt") -> Path:
    path = folder / "watch.yaml"
    path.write_text(f'sources:\n  audits: {{url: "{source}"}}\n{rest}')
    if not (folder / "page.txt").exists():
        shutil.copy(SEED, folder / "page.txt")
    return path


def no_file(folder: Path) -> list[str]:
    return ["check"]


def broken_yaml(folder: Path) -> list[str]:
    watch_file(folder, "channels: [\n")
    return ["config", "check"]


def unknown_profile(folder: Path) -> list[str]:
    watch_file(folder).write_text("sources:\n  audits: {url: page.txt, profile: dhs-oigg}\n")
    return ["check"]


def wrong_channel(folder: Path) -> list[str]:
    watch_file(folder, 'channels:\n  desk: {to: "slak://secret-token/a/b"}\n')
    return ["run"]


def missing_secret(folder: Path) -> list[str]:
    watch_file(folder, 'channels:\n  desk: {to: "${OVERSIGHT_TEST_UNSET}"}\n')
    return ["check"]


def nothing_to_try(folder: Path) -> list[str]:
    return ["sources", "try", "no-such-page.html"]


def profile_to_try(folder: Path) -> list[str]:
    return ["sources", "try", str(SEED), "--profile", "gao-recomendations"]


def host_to_try(folder: Path) -> list[str]:
    return ["sources", "try", "http://127.0.0.1:9/listing"]


def scheme_to_try(folder: Path) -> list[str]:
    return ["sources", "try", "ftp://example.org/listing"]


def unknown_page(folder: Path) -> list[str]:
    (folder / "other.html").write_text(
        "<html><title>Cooking</title><body><p>Soup of the day</p></body></html>"
    )
    return ["sources", "try", "other.html"]


def empty_folder(folder: Path) -> list[str]:
    (folder / "pages").mkdir()
    return ["sources", "try", "pages"]


def empty_page(folder: Path) -> list[str]:
    (folder / "empty.html").write_text(" \n")
    return ["sources", "try", "empty.html"]


def second_init(folder: Path) -> list[str]:
    watch_file(folder)
    return ["init"]


def init_without_folder(folder: Path) -> list[str]:
    return ["init", "no/such/folder/watch.yaml"]


def no_such_state(folder: Path) -> list[str]:
    return ["outbox", "list", "--state", "ded"]


def words_as_a_number(folder: Path) -> list[str]:
    return ["changes", "--limit", "many"]


def no_database_yet(folder: Path) -> list[str]:
    watch_file(folder)
    return ["status"]


def text_as_database(folder: Path) -> list[str]:
    watch_file(folder)
    (folder / "oversight-watch.db").write_text("These are my notes, and they are dear to me.\n" * 50)
    return ["check"]


def foreign_database(folder: Path) -> list[str]:
    watch_file(folder, "database: sqlite:///other.db\n")
    with sqlite3.connect(folder / "other.db") as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    return ["check"]


def newer_database(folder: Path) -> list[str]:
    watch_file(folder)
    assert run(folder, "check").code == 0
    with sqlite3.connect(folder / "oversight-watch.db") as found:
        found.execute("UPDATE alembic_version SET version_num = '9999'")
    found.close()
    return ["check"]


def no_folder_for_database(folder: Path) -> list[str]:
    watch_file(folder, "database: sqlite:///no/such/folder/watch.db\n")
    return ["check"]


def recorded(folder: Path) -> Path:
    """Give the file of a database with a baseline in it."""
    watch_file(folder)
    assert run(folder, "check").code == 0
    return folder / "oversight-watch.db"


def cut_in_half(folder: Path) -> list[str]:
    path = recorded(folder)
    os.truncate(path, path.stat().st_size // 2)
    return ["check"]


def cut_after_the_first_page(folder: Path) -> list[str]:
    os.truncate(recorded(folder), 4096)
    return ["run"]


def zeros_in_the_middle(folder: Path) -> list[str]:
    path = recorded(folder)
    overwrite(path, path.stat().st_size // 2 // 4096 * 4096, bytes(8192))
    return ["check"]


def zeros_in_the_middle_of_a_service(folder: Path) -> list[str]:
    return ["run", *zeros_in_the_middle(folder)[1:]]


def zeros_at_the_beginning(folder: Path) -> list[str]:
    overwrite(recorded(folder), 0, bytes(100))
    return ["run"]


def backup_of_a_damaged_one(folder: Path) -> list[str]:
    zeros_in_the_middle(folder)
    return ["db", "backup", "copy.db"]


def overwrite(path: Path, place: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(data)


BAD: list[tuple[Callable[[Path], list[str]], int, list[str]]] = [
    (no_file, 2, ["watch.yaml", "oversight-watch init"]),
    (broken_yaml, 2, ["watch.yaml:3:12", "a bracket is not closed"]),
    (unknown_profile, 2, ["watch.yaml:2:", "did you mean 'dhs-oig'"]),
    (wrong_channel, 2, ["watch.yaml:4:", "did you mean slack://"]),
    (missing_secret, 2, ["OVERSIGHT_TEST_UNSET is not set"]),
    (nothing_to_try, 2, ["there is no file or folder no-such-page.html"]),
    (profile_to_try, 2, ["did you mean 'gao-recommendations'"]),
    (host_to_try, 2, ["127.0.0.1:9", "refused"]),
    (scheme_to_try, 2, ["only http, https, files and folders"]),
    (unknown_page, 2, ["No profile recognizes"]),
    (empty_folder, 2, ["holds no saved page"]),
    (empty_page, 2, ["is empty"]),
    (second_init, 2, ["exists already and stays as it is"]),
    (init_without_folder, 2, ["cannot be written"]),
    (no_such_state, 2, ["'--state': 'ded' is not one of"]),
    (words_as_a_number, 2, ["'--limit' / '-n': it should be a valid integer"]),
    (no_database_yet, 3, ["there is no database", "run a check first"]),
    (text_as_database, 3, ["not an SQLite database or is damaged"]),
    (foreign_database, 3, ["holds another program's tables"]),
    (newer_database, 3, ["newer Oversight Watch", "upgrade the program"]),
    (cut_in_half, 3, ["oversight-watch.db", "damaged", "restore a backup"]),
    (cut_after_the_first_page, 3, ["damaged", "restore a backup"]),
    (zeros_in_the_middle, 3, ["oversight-watch.db is damaged", "restore a backup"]),
    (zeros_in_the_middle_of_a_service, 3, ["oversight-watch.db is damaged", "restore a backup"]),
    (zeros_at_the_beginning, 3, ["damaged", "restore a backup"]),
    (backup_of_a_damaged_one, 3, ["oversight-watch.db is damaged", "restore a backup"]),
    (no_folder_for_database, 3, ["does not exist; make it"]),
]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def assert_said_plainly(ran: Ran, code: int, said: list[str]) -> None:
    assert ran.code == code, ran.all
    assert "Traceback" not in ran.all
    assert all(words in ran.err for words in said), ran.err


@pytest.mark.parametrize(("bad", "code", "said"), BAD, ids=[case[0].__name__ for case in BAD])
def test_bad_input_ends_in_a_sentence_and_changes_nothing(
    bad: Callable[[Path], list[str]], code: int, said: list[str], tmp_path: Path
) -> None:
    command = bad(tmp_path)
    before = contents(tmp_path)
    assert_said_plainly(run(tmp_path, *command), code, said)
    assert contents(tmp_path) == before


def test_a_wrong_channel_is_told_without_its_secret(tmp_path: Path) -> None:
    assert "secret-token" not in run(tmp_path, *wrong_channel(tmp_path)).all


def test_the_exit_code_is_the_processes_own(tmp_path: Path) -> None:
    assert_said_plainly(run_process(tmp_path, "check"), 2, ["oversight-watch init"])
    assert_said_plainly(run_process(tmp_path, *text_as_database(tmp_path)), 3, ["not an SQLite database"])


def test_an_unreachable_host_is_the_sources_trouble_and_stops_no_other(tmp_path: Path) -> None:
    watch_file(tmp_path, "  gone: {url: 'http://127.0.0.1:9/listing', allow_private: true}\n")
    checked = run(tmp_path, "check")
    assert_said_plainly(checked, 1, [])
    assert "audits  baseline" in checked.out
    assert "gone    failed" in checked.out
    assert "refused" in checked.out


def test_a_challenge_page_is_no_page(site: ReplicaSite, tmp_path: Path) -> None:
    site.faults[LISTING_PATH] = challenge()
    tried = run(tmp_path, "sources", "try", site.url(LISTING_PATH))
    assert_said_plainly(tried, 2, ["is not the real page", "Just a moment"])


def fill(file: Path) -> None:
    """Write until the disk is full to the last byte."""
    filler = os.open(file, os.O_CREAT | os.O_WRONLY)
    try:
        with pytest.raises(OSError, match="No space left"):
            while True:
                os.write(filler, b"x" * 4096)
    finally:
        os.close(filler)


def test_a_full_disk_loses_nothing_and_is_over_when_there_is_room(small_disk: Path) -> None:
    watch_file(small_disk)
    assert run(small_disk, "check").code == 0
    page = (small_disk / "page.txt").read_text()
    (small_disk / "page.txt").write_text(page.replace("CBP", "The CBP"))
    fill(small_disk / "filler")
    assert_said_plainly(
        run(small_disk, "check"), 3, ["disk is full", "free some space", "nothing committed was lost"]
    )
    (small_disk / "filler").unlink()
    assert_still_whole(small_disk)
    again = run(small_disk, "check")
    assert again.code == 0, again.all
    assert "changed" in again.out


def test_a_file_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    watch_file(tmp_path)
    assert run(tmp_path, "check").code == 0
    page = (tmp_path / "page.txt").read_text()
    (tmp_path / "page.txt").write_text(page.replace("CBP", "The CBP"))

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    refused = run_process(tmp_path, "check", preexec_fn=limited, env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert_said_plainly(refused, 3, ["nothing committed was lost"])
    assert_still_whole(tmp_path)


def assert_still_whole(folder: Path) -> None:
    with sqlite3.connect(folder / "oversight-watch.db") as found:
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert found.execute("SELECT count(*) FROM record").fetchone() == (50,)
        assert found.execute('SELECT count(*) FROM "change"').fetchone() == (0,)
    found.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of a megabyte and a half, where this system lets us have one."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no small disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_database_that_may_not_be_written_is_told_and_stays(small_disk: Path) -> None:
    watch_file(small_disk)
    assert run(small_disk, "check").code == 0
    before = contents(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    refused = run(small_disk, "check")
    assert_said_plainly(refused, 3, ["it cannot be", "check the"])
    assert contents(small_disk) == before
