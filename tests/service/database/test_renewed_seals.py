"""What is sealed again when it changes: corrections, documents, links and sources, each as it was left."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.store.corrections import Difference, Finding, write_corrections
from monitor.store.sources import rename_source
from service.database.database import Database, open_database
from service.database.seals import verified
from service.demo.fakes.replica import ReplicaSite, seed_reports
from tests.checking import Checker
from tests.clock import FrozenClock
from tests.schemas.build import FOLDER, load_dump

LISTING = "/reports/audits-inspections-and-evaluations"
FILE = "/files/one.pdf"
AGAIN, MORE = "it is not what was recorded", "no seal covers it, and each check seals what it records"
GONE = "it was recorded, and is not there any more"


def damage(database: Database, *statements: str) -> list[tuple[str, str, str]]:
    """Return the damage that `db verify` names after these statements, which are undone again."""
    with database.write() as session:
        connection = session.connection()
        for statement in statements:
            connection.execute(text(statement))
        found = [(one.table, one.row, one.what) for one in verified(connection).damage]
        session.rollback()
    return found


@pytest.fixture
def lived(checker: Checker, clock: FrozenClock) -> Database:
    """Give a history with a file issued again, two corrections of which one is replaced, and a rename."""
    row = {**seed_reports()[0], "href": FILE, "issue_date": clock().date().isoformat()}
    with ReplicaSite([row], now=clock) as site:
        for content in (b"first", b"another"):
            site.documents[FILE] = b"%PDF-1.4 " + content
            checker.check(site.url(LISTING), "old", documents="bytes")
            clock.advance(timedelta(days=1))
    kept, replaced = (Difference(Finding.DIFFERS, "OIG-26-1", None, {"title": one}, {}) for one in "ab")
    for differences in ([kept, replaced], [kept]):
        with checker.database.write() as session:
            write_corrections(session, 1, differences, "dhs-oig@1", clock())
    with checker.database.write() as session:
        rename_source(session, "old", "source")
    return checker.database


def test_what_was_renewed_by_the_program_is_as_it_was_recorded(lived: Database) -> None:
    assert damage(lived) == []
    with lived.read() as session:
        count = "SELECT (SELECT count(*) FROM correction), (SELECT count(*) FROM document), key FROM source"
        assert session.connection().execute(text(count)).one() == (2, 1, "source")


def test_what_was_changed_since_is_named(lived: Database) -> None:
    names = "source_id, record_key, found, recorded, replayed, reading, made_at"
    for statement, named in (
        ("UPDATE correction SET recorded = '{}' WHERE id = 1", ("correction", "1", AGAIN)),
        ("UPDATE correction SET replaced_at = NULL WHERE id = 2", ("correction", "2", AGAIN)),
        ("DELETE FROM correction WHERE id = 1", ("correction", "1", GONE)),
        (
            f"INSERT INTO correction (id, {names}) SELECT 9, {names} FROM correction WHERE id = 1",
            ("correction", "9", MORE),
        ),
        ("UPDATE document SET length = 1", ("document", "1", AGAIN)),
        ("UPDATE document SET state = 'withdrawn'", ("document", "1", AGAIN)),
        ("DELETE FROM document", ("document", "1", GONE)),
        ("UPDATE link SET number = 'OIG-99-1'", ("link", "1", AGAIN)),
        ("DELETE FROM link", ("link", "1", GONE)),
        ("UPDATE source SET key = 'other'", ("source", "1", AGAIN)),
    ):
        assert damage(lived, statement) == [named]


def test_when_to_ask_for_a_file_again_is_not_sealed(lived: Database) -> None:
    assert damage(lived, "UPDATE document SET due_at = seen_at, trouble = 'busy', doubt = 'missing'") == []


@pytest.mark.sqlite
def test_an_older_database_is_sealed_as_it_is_when_it_is_opened_and_only_then(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    load_dump((FOLDER / "0019.sql").read_text(encoding="utf-8"), path)
    database = open_database(f"sqlite:///{path}")
    before = damage(database)  # the dump has another address of its site than was sealed
    assert {table for table, _, _ in before}.isdisjoint({"correction", "document", "link", "source"})
    for statement, named in (
        ("UPDATE source SET key = 'other' WHERE id = 1", ("source", "1", AGAIN)),
        ("UPDATE link SET thing_id = 1 WHERE record_id = 2", ("link", "2", AGAIN)),
    ):
        assert set(damage(database, statement)) - set(before) == {named}
    database.close()
