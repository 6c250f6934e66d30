"""What people say of records: a history that is only added to, and what stands of it at a time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from alerts.domain.types import TriageKind
from alerts.triage.annotations import care_as_data, said_of, say, standings
from alerts.triage.snoozes import held_back
from alerts.views.digest import reading
from alerts.views.triage import said_care
from monitor.domain.types import ChangeKind
from monitor.store.models import Link, Record
from service.database.database import Database
from tests.alerts.digest_weeks import NEW_YORK
from tests.alerts.digests.test_digest import WEEKLY, digest, said
from tests.alerts.stories import NOW, Story, view

DAY = timedelta(days=1)
HOSTILE = "<b>Ana</b> *bold* <!channel> \x1b[31m[x](https://evil.example)"


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as opened:
        yield opened


@pytest.fixture
def record(session: Session) -> Record:
    story = Story(session)
    return story.record(story.source(), "GAO-24-106148 rec 4", NOW - 900 * DAY)


def tell(session: Session, record: Record, kind: TriageKind, days: int = 0, **given: Any) -> None:
    say(session, record.id, kind, by="desk", now=NOW + days * DAY, **given)
    session.flush()


def stands(session: Session, record: Record, days: int = 0) -> str:
    return said_care(care_as_data(standings(session, NOW + days * DAY).get(record.id)), NEW_YORK)


def test_nothing_stands_where_nothing_was_said(session: Session, record: Record) -> None:
    assert standings(session, NOW) == {}
    assert stands(session, record) == ""


def test_the_last_word_stands_and_every_earlier_one_is_kept(session: Session, record: Record) -> None:
    tell(session, record, "assigned", text="Ana")
    tell(session, record, "note", text="Asked CBP.")
    tell(session, record, "assigned", 1, text="Bo")
    tell(session, record, "note", 2, text="CBP answered.")
    assert stands(session, record, 3) == "assigned to Bo; note: CBP answered."
    assert [(row.kind, row.text) for row in said_of(session, record.id)] == [
        ("assigned", "Ana"),
        ("note", "Asked CBP."),
        ("assigned", "Bo"),
        ("note", "CBP answered."),
    ]
    tell(session, record, "assigned", 4)
    assert stands(session, record, 4) == "note: CBP answered."


def test_a_snooze_until_a_day_is_over_on_that_day(session: Session, record: Record) -> None:
    tell(session, record, "snoozed_until", until=NOW + 2 * DAY)
    assert stands(session, record, 1) == "snoozed until Wed., March 11, 2026"
    assert stands(session, record, 2) == ""


def test_what_is_said_of_one_record_counts_for_the_same_thing_elsewhere(
    session: Session, record: Record
) -> None:
    story = Story(session)
    other = story.record(story.source("gao-again"), record.key)
    session.add_all(Link(record_id=one.id, thing_id=record.id) for one in (record, other))
    tell(session, other, "assigned", text="Ana")
    tell(session, record, "assigned", 1, text="Bo")
    assert stands(session, other, 1) == stands(session, record, 1) == "assigned to Bo"
    assert len(said_of(session, other.id)) == 2


@pytest.mark.parametrize("kind", ChangeKind)
def test_a_snooze_until_a_day_holds_back_what_may_wait_and_nothing_else(
    session: Session, record: Record, kind: ChangeKind
) -> None:
    tell(session, record, "snoozed_until", until=NOW + DAY)
    waits = {"comment_updated", "title_revised", "details_revised", "promise_passed", "no_update"}
    change = view(kind, record_id=record.id)
    assert held_back([change], standings(session, NOW)) == ({change.id} if kind.value in waits else set())


def test_what_is_seen_in_one_look_with_something_that_is_told_is_told_with_it(
    session: Session, record: Record
) -> None:
    story = Story(session)
    other = story.record(story.source("gao-again"), "GAO-24-1 rec 1")
    for one in (record, other):
        tell(session, one, "snoozed_until", until=NOW + DAY)
    look = [
        view(ChangeKind.COMMENT_UPDATED, id=1, record_id=record.id),
        view(ChangeKind.PRIORITY_CHANGED, id=2, record_id=record.id),
        view(ChangeKind.COMMENT_UPDATED, id=3, record_id=other.id),
    ]
    assert held_back(look, standings(session, NOW)) == {3}


@pytest.mark.parametrize("kind", ChangeKind)
def test_a_snooze_until_the_next_change_holds_back_only_what_comes_by_the_calendar(
    session: Session, record: Record, kind: ChangeKind
) -> None:
    tell(session, record, "snoozed_until_change")
    change = view(kind, record_id=record.id)
    held = held_back([change], standings(session, NOW))
    assert bool(held) == (kind in (ChangeKind.PROMISE_PASSED, ChangeKind.NO_UPDATE))


MARKS = {"email": "<b>Ana", "slack": "<!channel>", "markdown": "[x](https"}


@pytest.mark.parametrize("face", MARKS)
def test_a_name_or_note_is_never_mark_up_in_a_digest(session: Session, record: Record, face: str) -> None:
    tell(session, record, "assigned", text=HOSTILE)
    tell(session, record, "note", text=HOSTILE)
    body = said(digest(session, settings=WEEKLY).content, face)
    assert "assigned to" in body
    assert "\x1b" not in body
    assert MARKS[face] not in body


def test_a_digest_greys_a_snoozed_recommendation_and_still_counts_it(
    session: Session, record: Record
) -> None:
    tell(session, record, "snoozed_until_change")
    content = digest(session).content
    assert content["open"]["total"] == 1
    assert reading(content, NEW_YORK).listed[0].snoozed
    assert "snoozed until its next change" in said(content)
