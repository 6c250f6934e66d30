"""What is stored of things that several sources list: joined by the surest proof, and parted when it goes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from monitor.domain.types import RecordKind
from monitor.linkage.links import Linkable, is_waiting, link_records, link_waiting
from monitor.linkage.queries import elsewhere
from monitor.linkage.rules import By, marks_of
from monitor.store.models import Link, Record, Source
from service.database.database import Database
from tests.clock import FrozenClock

TITLE = "CBP Did Not Effectively Manage Its Facial Recognition Cameras at Land Ports of Entry"


class Sites:
    """Records of several sources in one database, linked as they come."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        self.database, self.clock = database, clock

    def lists(self, source: str, number: str | None = None, title: str = TITLE, **fields: Any) -> int:
        """Let a source list a report; give its record's id."""
        fields = {"report_number": number, "title": title, "issue_date": "2026-03-02", **fields}
        with self.database.write() as session:
            found = session.exec(select(Source).where(Source.key == source)).first()
            if found is None:
                found = Source(key=source, reading=f"table 1 https://{source}/", created_at=self.clock())
                session.add(found)
                session.flush()
            record = Record(
                source_id=found.id,
                key=f"{number} {title} {fields}",
                kind="report",
                fields=fields,
                fingerprint="",
                snapshot_sha256="",
                first_seen_at=self.clock.advance(timedelta(minutes=1)),
                changed_at=self.clock(),
            )
            session.add(record)
            session.flush()
            link_records(session, [Linkable(record.id, found.id, marks_of(RecordKind.REPORT, fields))])
            return record.id

    def revises(self, record_id: int, **fields: Any) -> None:
        with self.database.write() as session:
            record = session.get_one(Record, record_id)
            record.fields = {**record.fields, **fields}
            session.add(record)
            session.flush()
            marks = marks_of(RecordKind.REPORT, record.fields)
            link_records(session, [Linkable(record_id, record.source_id, marks)])

    def elsewhere(self, record_id: int) -> list[tuple[str, By | None]]:
        with self.database.read() as session:
            return [(one.source, one.by) for one in elsewhere(session, [record_id]).get(record_id, ())]


@pytest.fixture
def sites(database: Database, clock: FrozenClock) -> Sites:
    return Sites(database, clock)


def test_three_sites_list_one_report_and_each_is_known_by_what_shows_it(sites: Sites) -> None:
    here = sites.lists("oig.example", "OIG-26-90", url="https://oig.example/26-90")
    sites.lists("gao.example", None, "Cameras at Land Ports", url="https://www.oig.example/26-90/")
    sites.lists("oversight.example", None, issue_date="2026-03-04")
    assert sites.elsewhere(here) == [("gao.example", By.LINK), ("oversight.example", By.TITLE)]


def test_two_sites_that_only_a_third_ties_are_one_thing_and_say_so(sites: Sites) -> None:
    left = sites.lists("a.example", None, "Cameras", url="https://oig.example/26-90")
    right = sites.lists("b.example", "OIG-26-90", issue_date=None)
    assert sites.elsewhere(left) == []
    sites.lists("c.example", "OIG-26-90", url="https://oig.example/26-90")
    assert sites.elsewhere(left) == [("b.example", None), ("c.example", By.LINK)]
    assert sites.elsewhere(right) == [("a.example", None), ("c.example", By.NUMBER)]


def test_two_numbers_are_never_tied_by_a_third_site_without_one(sites: Sites) -> None:
    first = sites.lists("a.example", "OIG-26-90")
    sites.lists("b.example", None)
    second = sites.lists("c.example", "OIG-26-91")
    assert sites.elsewhere(first) == [("b.example", By.TITLE)]
    assert sites.elsewhere(second) == []


def test_two_reports_of_one_site_are_never_one_and_which_of_them_is_meant_is_not_guessed(
    sites: Sites,
) -> None:
    sites.lists("a.example", "OIG-26-90")
    sites.lists("a.example", "OIG-26-91")
    assert sites.elsewhere(sites.lists("b.example", None)) == []


def test_of_two_reports_with_one_title_the_one_of_the_same_day_is_meant(sites: Sites) -> None:
    sites.lists("a.example", "OIG-26-90", issue_date="2026-03-01")
    meant = sites.lists("a.example", "OIG-26-91")
    sites.lists("b.example", None)
    assert sites.elsewhere(meant) == [("b.example", By.TITLE)]


def test_a_number_that_appears_later_parts_what_a_title_had_joined(sites: Sites) -> None:
    first = sites.lists("a.example", "OIG-26-90")
    second = sites.lists("b.example", None)
    third = sites.lists("c.example", "OIG-26-90")
    assert len(sites.elsewhere(first)) == 2
    sites.revises(second, report_number="OIG-26-91")
    assert sites.elsewhere(second) == []
    assert sites.elsewhere(first) == [("c.example", By.NUMBER)]
    sites.revises(first, report_number="OIG-26-91")
    assert sites.elsewhere(first) == [("b.example", By.NUMBER)]
    assert sites.elsewhere(third) == []


def test_a_number_that_appears_later_joins(sites: Sites) -> None:
    first = sites.lists("a.example", "OIG-26-90")
    second = sites.lists("b.example", None, "Cameras at Ports")
    assert sites.elsewhere(first) == []
    sites.revises(second, report_number="OIG-26-90")
    assert sites.elsewhere(first) == [("b.example", By.NUMBER)]


def test_what_was_stored_before_there_were_links_is_linked_once(sites: Sites) -> None:
    first, second = sites.lists("a.example", "OIG-26-90"), sites.lists("b.example", "OIG-26-90")
    with sites.database.write() as session:
        for link in session.exec(select(Link)):
            session.delete(link)
    with sites.database.write() as session:
        assert is_waiting(session)
        link_waiting(session)
    assert sites.elsewhere(first) == [("b.example", By.NUMBER)]
    assert sites.elsewhere(second) == [("a.example", By.NUMBER)]
    with sites.database.read() as session:
        assert not is_waiting(session)


@pytest.mark.sqlite  # reads the plan as SQLite shows it
def test_what_a_new_record_may_be_one_with_is_found_by_index_and_never_by_reading_a_table_through(
    sites: Sites, database: Database
) -> None:
    sites.lists("a.example", "OIG-26-90")
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        sites.lists("b.example", None, url="https://b.example/cameras")
        sites.lists("b.example", "OIG-26-91", issue_date=None, fiscal_year=2026)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert sum("UNION" in statement for statement, _ in asked) == 2
    with database.read() as session:
        plans = [
            str(step[-1])
            for statement, parameters in asked
            for step in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    read_through = [step for step in plans if step.startswith(("SCAN record", "SCAN link"))]
    assert read_through == []
