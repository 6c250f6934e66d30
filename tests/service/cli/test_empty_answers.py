"""An empty answer says what is true: nothing at all, or nothing of what was asked for."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.service.commands import Ran, run
from tests.service.home import connected, database_line

PAGE = Path(__file__).parents[3] / "seeds" / "gao-cbp-open-recommendations.txt"


@pytest.fixture
def folder(home: Path) -> Path:
    """A watch with records and without changes."""
    (home / "saved").mkdir()
    (home / "saved" / "list.txt").write_bytes(PAGE.read_bytes())
    (home / "watch.yaml").write_text(
        f"{database_line(home)}sources:\n  gao: {{profile: gao-recommendations, url: saved}}\n"
    )
    assert run(home, "check").code == 0
    return home


def said(ran: Ran) -> str:
    return " ".join(ran.all.split())


def a_key(folder: Path) -> str:
    with connected(folder) as connection:
        return str(connection.execute(text("SELECT min(key) FROM record")).scalar_one())


def test_without_any_change_it_is_said_that_a_first_check_records_none(folder: Path) -> None:
    assert "No change is recorded yet." in said(run(folder, "changes"))


def test_changes_before_the_asked_days_are_not_denied(folder: Path) -> None:
    saved = folder / "saved" / "list.txt"
    saved.write_text(saved.read_text().replace("training", "schooling"))
    run(folder, "check")
    with connected(folder) as connection:
        connection.execute(text("UPDATE change SET seen_at = '2020-01-02 03:04:05+00:00'"))
        some = connection.execute(text("SELECT count(*) FROM change")).scalar_one()
    assert some
    assert "No change in the last 7 days. The newest one is of Jan. 2, 2020." in said(
        run(folder, "changes", "--days", "7")
    )


def test_what_is_assigned_to_others_is_not_denied(folder: Path) -> None:
    assert "Nothing is assigned. To assign a record" in said(run(folder, "assigned", "Bob"))
    assert run(folder, "assign", a_key(folder), "Ana").code == 0
    assert said(run(folder, "assigned", "Bob")) == "Nothing is assigned to Bob. Records are assigned to Ana."


def test_a_status_that_no_record_has_brings_the_statuses_there_are(folder: Path) -> None:
    ran = said(run(folder, "records", "--status", "closed_implemented"))
    assert "No record has the status closed_implemented" in ran
    assert "There are: open (" in ran


def test_the_beginning_of_a_key_brings_the_keys_that_begin_so(folder: Path) -> None:
    key = a_key(folder)
    ran = run(folder, "show", key.partition(" rec ")[0])
    assert ran.code == 2
    assert repr(key) in ran.err
    assert "did you mean" not in ran.err


def test_status_ends_in_trouble_where_two_checks_were_missed(folder: Path) -> None:
    assert run(folder, "status").code == 0
    with connected(folder) as connection:
        connection.execute(text("UPDATE source SET last_checked_at = '2020-01-02 03:04:05+00:00'"))
    ran = run(folder, "status")
    assert ran.code == 1
    assert "nothing was checked for two intervals" in said(ran)


def test_a_page_from_which_nothing_is_read_is_not_accepted(folder: Path) -> None:
    (folder / "saved" / "list.txt").write_text("Recommendations\n\nThis page has moved.\n" * 40)
    ran = run(folder, "check", "gao", "--accept")
    assert ran.code == 1
    assert "quarantined" in ran.out


def test_all_dead_messages_or_none_are_sent_again(folder: Path) -> None:
    assert run(folder, "outbox", "retry").code == 2
    assert run(folder, "outbox", "retry", "1", "--all").code == 2
    assert run(folder, "outbox", "retry", "--all").out == "there is no dead message\n"
