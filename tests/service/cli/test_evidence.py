"""Evidence packets, checked without this program, and edits of stored history, which are found."""

import json
import random
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from warcio.archiveiterator import ArchiveIterator

from service.database.database import open_database, verified_of
from service.database.retention import prune
from service.readmodel import packet as packets
from service.watchfile.settings import KeepSettings
from tests.flips import missed_in_packet, missed_in_rows
from tests.schemas.build import FOLDER, load_dump
from tests.service.cli.test_snapshots import Lived
from tests.service.commands import run
from tests.service.home import connected, database_of
from tests.service.web.served_watch import make_history

FLIPS = 60


@pytest.fixture(scope="module")
def lived(shared_home: Path) -> Lived:
    return Lived(shared_home)


@pytest.fixture
def packet(lived: Lived, tmp_path: Path) -> Path:
    """Give the packet of all changes, with its verify.py beside it and nothing else."""
    path = tmp_path / "packet.zip"
    ran = lived.run("evidence", "1", "2", "-o", str(path), "--no-pictures")
    assert ran.code == 0, ran.err
    with zipfile.ZipFile(path) as packed:
        packed.extract("verify.py", tmp_path)
    return path


def verified(path: Path) -> tuple[int, str]:
    """Run a packet's own verify.py on a file or folder, without any package of this program."""
    script = path.parent / "verify.py"
    command = [sys.executable, "-I", "-S", str(script), str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=path.parent)
    return ran.returncode, ran.stdout + ran.stderr


def rewritten(packet: Path, name: str, content: bytes | None) -> Path:
    """Return the packet with one file replaced, added, or left out, as its maker would write it."""
    other = packet.with_name("other.zip")
    with zipfile.ZipFile(packet) as old, zipfile.ZipFile(other, "w") as new:
        files = {one: old.read(one) for one in old.namelist()}
        files.pop(name, None) if content is None else files.update({name: content})
        for each in sorted(files):
            entry = zipfile.ZipInfo(each)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            new.writestr(entry, files[each])
    return other


def test_a_packet_is_checked_by_its_own_script_and_its_archive_by_others(packet: Path) -> None:
    assert verified(packet) == (0, "This packet is whole and unchanged.\n")
    folder = packet.parent / "unpacked"
    with zipfile.ZipFile(packet) as packed:
        packed.extractall(folder)
        script = packed.read("verify.py").decode()
    assert verified(folder)[0] == 0
    assert len(script.splitlines()) <= 80
    with (folder / "pages.warc.gz").open("rb") as file:
        records = list(ArchiveIterator(file, check_digests="raise"))
    kinds = [record.rec_type for record in records]
    assert kinds == ["warcinfo", "response", "request", "response", "request"]
    assert "hidden" not in "".join(
        one.read_text(errors="replace") for one in folder.rglob("*") if one.is_file()
    )
    before, after = (
        (folder / "readable" / f"change-1-{side}.html").read_text() for side in ("before", "after")
    )
    assert ("<ins>all</ins>" in after, "<ins>" in before, "<script" in after) == (True, False, False)
    statement = (folder / "statement.txt").read_text()
    assert "the server answered 200" in statement
    assert "title after:  Cameras at all ports" in statement


def test_the_same_history_gives_the_same_packet(lived: Lived, packet: Path) -> None:
    again = packet.with_name("again.zip")
    lived.run("evidence", "2", "1", "1", "-o", str(again), "--no-pictures")
    assert again.read_bytes() == packet.read_bytes()


def test_a_records_life_is_a_packet_without_what_people_noted(lived: Lived, tmp_path: Path) -> None:
    lived.run("assign", "OIG-26-1", "Ana Secret")
    path = tmp_path / "life.zip"
    assert lived.run("evidence", "--record", "OIG-26-1", "-o", str(path), "--no-pictures").code == 0
    with zipfile.ZipFile(path) as packed:
        packed.extract("verify.py", tmp_path)
        life = packed.read("record.json").decode()
    assert verified(path)[0] == 0
    assert [one["kind"] for one in json.loads(life)["changes"]] == ["title_revised"]
    assert len(json.loads(life)["versions"]) == 2
    assert "Ana" not in life


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("statement.txt", b"Nothing happened.", "statement.txt differs"),
        ("statement.txt", None, "statement.txt is missing"),
        ("more.txt", b"More.", "more.txt is extra"),
        ("pages.warc.gz", None, "the packet cannot be read whole"),
        ("pages.warc.gz", b"\x1f\x8b" + bytes(20), "pages.warc.gz differs"),
        ("manifest.json", b"[]", "the packet cannot be read whole"),
        ("manifest.json", b"[" * 100_000, "the packet cannot be read whole"),
        ("../outside.txt", b"x", "'../outside.txt' is in it twice, lies outside of it"),
        ("/etc/outside.txt", b"x", "lies outside of it"),
    ],
)
def test_a_forged_packet_is_found_and_the_file_named(
    packet: Path, name: str, content: bytes | None, said: str
) -> None:
    code, shown = verified(rewritten(packet, name, content))
    assert code == 1
    assert said in shown
    assert "Traceback" not in shown


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_in_a_packet_twice_is_found(packet: Path) -> None:
    forged = packet.with_name("twice.zip")
    with zipfile.ZipFile(packet) as old, zipfile.ZipFile(forged, "w") as new:
        for each in old.namelist():
            contents = [b"Nothing happened."] * (each == "statement.txt") + [old.read(each)]
            for content in contents:
                entry = zipfile.ZipInfo(each)
                entry.create_system, entry.external_attr = 3, 0o644 << 16
                new.writestr(entry, content)
    code, shown = verified(forged)
    assert (code, "'statement.txt' is in it twice" in shown) == (1, True), shown


def test_a_cut_or_swollen_packet_is_a_sentence(packet: Path) -> None:
    whole = packet.read_bytes()
    packet.write_bytes(whole[: len(whole) // 2])
    assert verified(packet)[0] == 1
    with zipfile.ZipFile(packet, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("huge.txt", bytes(50_000_000))
    code, shown = verified(packet)
    assert (code, "'huge.txt' is in it twice, lies outside of it, or is larger than it" in shown) == (1, True)


@pytest.mark.sqlite
def test_every_flipped_bit_of_packet_and_database_is_found(
    lived: Lived, packet: Path, tmp_path: Path
) -> None:
    chance = random.Random(7)
    assert missed_in_packet(packet.read_bytes(), tmp_path, FLIPS, chance) == []
    database = Path(database_of(lived.folder).removeprefix("sqlite:///"))
    assert missed_in_rows(database, FLIPS, chance) == []


def test_an_edit_of_history_is_named_and_what_is_pruned_is_no_edit(lived: Lived) -> None:
    ran = lived.run("db", "verify")
    assert (ran.code, "nothing was changed since it was recorded" in ran.out) == (0, True)
    database = open_database(database_of(lived.folder))
    pruned = prune(
        database.write, KeepSettings.model_validate({"checks": "1d"}), datetime.now(UTC) + timedelta(days=9)
    )
    database.close()
    found = lived.json("db", "verify")
    assert (found["damage"], found["seals"], found["pruned"]) == ([], 2, pruned.checks + pruned.snapshots)
    with connected(lived.folder) as connection:
        connection.execute(text("UPDATE change SET seen_at = not_before WHERE id = 2"))
    ran = lived.run("db", "verify")
    assert ran.code == 1
    assert "change 2: it is not what was recorded" in ran.out
    with connected(lived.folder) as connection:
        connection.execute(text("DELETE FROM record_version WHERE id = 1"))
    assert "record_version 1: it was recorded, and is not there any more" in lived.run("db", "verify").out


@pytest.mark.sqlite
def test_what_is_taken_away_or_added_with_its_seal_is_named(tmp_path: Path) -> None:
    make_history(tmp_path)
    database = tmp_path / "oversight-watch.db"
    whole = database.read_bytes()
    unsealed = "no seal covers it, and each check seals what it records"
    evidence = "(SELECT {} FROM change WHERE id = 1)"
    for statement, said in (
        (f"DELETE FROM snapshot_body WHERE sha256 = {evidence.format('after_sha256')}", "not stored"),
        (
            f"DELETE FROM snapshot WHERE sha256 = {evidence.format('before_sha256')}",
            "change 1: no stored page has the hash of its evidence",
        ),
        (f'DELETE FROM "check" WHERE id = {evidence.format("check_id")}', "change 1: its check is not there"),
        (
            "INSERT INTO document (id, source_id, record_id, url, state, due_at, sha256)"
            " VALUES (1, 1, 1, 'x', 'watched', '2026-01-01 00:00:00.000000', 'none')",
            "document 1: no stored page has the hash of its evidence",
        ),
        ("DELETE FROM seal WHERE id = (SELECT max(id) FROM seal)", f"change 3: {unsealed}"),
        ("DELETE FROM seal", f"record 1: {unsealed}"),
        (
            "INSERT INTO \"check\" SELECT 99, source_id, started_at, '2099-01-01 00:00:00.000000', outcome,"
            ' times, pages, rows, declared_total, complete, reasons, imported FROM "check" WHERE id = 1',
            f"check 99: {unsealed}",
        ),
    ):
        database.write_bytes(whole)
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute(statement)
        ran = run(tmp_path, "db", "verify")
        assert (ran.code, said in " ".join(ran.out.split())) == (1, True), (statement, ran.all)
        assert "run a check first" not in ran.out


@pytest.mark.sqlite
def test_what_was_recorded_before_there_were_seals_is_sealed_by_the_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    load_dump((FOLDER / "0013.sql").read_text(encoding="utf-8"), path)
    open_database(f"sqlite:///{path}").close()
    found = verified_of(f"sqlite:///{path}")
    assert (found.seals, found.damage) == (1, [])
    assert found.rows > 20


def test_pages_that_are_too_much_for_verify_are_not_packed(
    lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packets, "MOST_BYTES", 600)
    ran = run(lived.folder, "evidence", "1", "2", "-o", str(tmp_path / "x.zip"))
    said = "the pages of these changes are more than one packet takes, which is 600 bytes; name fewer changes"
    assert (ran.code, said in " ".join(ran.err.split())) == (2, True), ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give numbers of changes, or --record, or --topic"),
        (["99"], "there is no change 99"),
        (["OIG-26-1"], "'OIG-26-1' is not the number of a change; `oversight-watch changes` shows"),
        (["9" * 20], "is not the number of a change"),
        (["1", "--days", "3"], "--days goes with --topic"),
        (["--record", "OIG-26-7"], "no record has the key 'OIG-26-7'"),
        (["--topic", "none"], "no topic is called 'none'"),
    ],
)
def test_a_wrong_question_is_answered_with_a_sentence(
    lived: Lived, tmp_path: Path, arguments: list[str], said: str
) -> None:
    ran = run(lived.folder, "evidence", *arguments, "-o", str(tmp_path / "x.zip"))
    assert (ran.code, said in " ".join(ran.err.split())) == (2, True), ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.sqlite
def test_a_page_that_comes_after_pruning_does_not_take_the_number_of_one_that_went(tmp_path: Path) -> None:
    make_history(tmp_path)
    keep = KeepSettings.model_validate({"snapshots": "1d", "checks": "1d"})
    for words in ("Just a moment", "One more moment"):
        database = open_database(f"sqlite:///{tmp_path / 'oversight-watch.db'}")
        prune(database.write, keep, datetime.now(UTC) + timedelta(days=9))
        database.close()
        (tmp_path / "oig.html").write_text(f"<html><body><p>{words}</p></body></html>")
        assert run(tmp_path, "check", "oig").code == 1  # set aside, so that the page proves nothing
    found = json.loads(run(tmp_path, "db", "verify", "--json").out)
    assert found["damage"] == []
