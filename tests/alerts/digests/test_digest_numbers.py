"""What a digest says of its numbers: against the time before, the usual, and when it cannot say."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlmodel import Session

from alerts.digests.stored import Format
from alerts.domain.messages import Face
from alerts.domain.models import OutboxItem, Routing
from alerts.domain.settings import DigestSettings, MatchSettings, TopicSettings
from alerts.rendering.digest_files import whole_digest
from alerts.rendering.render import render_digest
from alerts.views.digest import reading
from monitor.domain.types import ChangeKind
from monitor.store.models import Change, Link, Source
from service.database.database import Database
from tests.alerts.digest_weeks import EARLIER, LAST_MONDAY, MONDAY, NEW_YORK, WEEK, digest_at, live_through
from tests.alerts.digests.test_digest import OURS, said
from tests.alerts.stories import Story

DAY = timedelta(days=1)
EVERYTHING = {"everything": TopicSettings()}


@pytest.fixture
def session(tmp_path: Path, migrated_file: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'x.db')}")
    with database.write() as opened:
        yield opened
    database.close()


def watched_since(session: Session, began: datetime, key: str = "gao") -> tuple[Story, Source]:
    story = Story(session)
    return story, story.source(key, created_at=began)


def updates(story: Story, source: Source, count: int, at: datetime) -> list[Change]:
    """Write so many updated comments, all seen at one time."""
    found = story.record(source, f"rec {at:%Y-%m-%d} {count}", at)
    return [story.change(found, at=at) for _ in range(count)]


def lead(content: dict[str, Any]) -> str:
    return reading(content, NEW_YORK).lead


# ---- against what was


def test_numbers_stand_beside_the_week_before_and_the_usual_of_twelve(session: Session) -> None:
    content = live_through(session).content
    totals = [sum(window["numbers"].values()) for window in content["history"]]
    assert totals == list(reversed(EARLIER))
    assert content["usual"] == {"windows": 12, "median": 3.5, "least": 0, "most": 11}
    assert lead(content) == (
        "In the past week there were 5 changes: 2 new reports, 1 closed as implemented, 1 left the open list"
        " and 1 updated comment. That is 2 more than the week before (3); typical for the last 12 weeks: 3.5,"
        " ranging from 0 to 11. Promised dates: 1 passed with the recommendation still open, 1 moved to a"
        " later date and 2 are due in the next 30 days."
    )
    text = said(content)
    assert "New or reopened: 2 (week before: 3; typical: 3.5, ranging from 0 to 11)" in text
    assert "Left the list: 1 (week before: 0; typical: always 0)" in text


def test_a_first_digest_compares_with_nothing(session: Session) -> None:
    story, source = watched_since(session, MONDAY - 6 * DAY)
    story.check(source, MONDAY - 6 * DAY)
    updates(story, source, 2, MONDAY - DAY)
    assert "This is the first digest, so there is nothing to compare it with." in lead(
        digest_at(session, MONDAY).content
    )


def test_a_week_that_was_not_watched_from_its_beginning_is_no_measure(session: Session) -> None:
    story, source = watched_since(session, LAST_MONDAY - 6 * DAY)
    updates(story, source, 2, LAST_MONDAY - DAY)
    digest_at(session, LAST_MONDAY)
    updates(story, source, 1, MONDAY - DAY)
    content = digest_at(session, MONDAY).content
    assert content["history"] == []
    assert "This is the first full week, so there is nothing to compare it with." in lead(content)


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [
        (
            1,
            "the same as the week before (2); there is not enough history yet to say what is typical.",
        ),
        (2, "there is not enough history yet to say what is typical."),
        (5, "typical for the last 5 weeks: always 2."),
        (30, "typical for the last 12 weeks: always 2."),
    ],
)
def test_a_short_history_says_how_short_it_is(session: Session, weeks: int, expected: str) -> None:
    story, source = watched_since(session, LAST_MONDAY - weeks * WEEK - timedelta(hours=1))
    for week in range(weeks):
        updates(story, source, 2, LAST_MONDAY - week * WEEK - DAY)
    digest_at(session, LAST_MONDAY)
    updates(story, source, 2, MONDAY - DAY)
    assert expected in lead(digest_at(session, MONDAY).content)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (
            9,
            "4 more than the week before (5) and more than in any of the last 4 weeks (typical: 4.5, ",
        ),
        (1, "That is 4 fewer than the week before (5) and fewer than in any of the last 4 weeks"),
        (0, "Nothing changed in the past week. That is 5 fewer than the week before (5)"),
    ],
)
def test_a_week_out_of_the_ordinary_is_called_so(session: Session, now: int, expected: str) -> None:
    story, source = watched_since(session, LAST_MONDAY - 4 * WEEK)
    for week, count in enumerate((5, 4, 3, 6)):
        updates(story, source, count, LAST_MONDAY - week * WEEK - DAY)
    digest_at(session, LAST_MONDAY)
    if now:
        updates(story, source, now, MONDAY - DAY)
    assert expected in lead(digest_at(session, MONDAY).content)


def test_a_change_at_the_very_moment_of_a_digest_is_counted_in_one_window_only(session: Session) -> None:
    story, source = watched_since(session, LAST_MONDAY - 2 * WEEK)
    updates(story, source, 1, LAST_MONDAY)
    digest_at(session, LAST_MONDAY)
    content = digest_at(session, MONDAY).content
    assert [sum(window["numbers"].values()) for window in content["history"]] == [1, 0]
    assert sum(content["numbers"].values()) == 0


def test_closings_and_other_moves_of_a_status_are_counted_apart_in_the_history_too(session: Session) -> None:
    story, source = watched_since(session, LAST_MONDAY - WEEK)
    moves = (("open", "closed_implemented"), ("open", "closed"), ("closed", "open"), ("unknown", "open"))
    for number, (old, new) in enumerate(moves):
        record = story.record(source, f"k{number}", LAST_MONDAY - 5 * DAY)
        values = {"status": old}, {"status": new}
        story.change(record, ChangeKind.STATUS_CHANGED, LAST_MONDAY - DAY, *values)
    told = digest_at(session, LAST_MONDAY).content
    found = digest_at(session, MONDAY).content["history"][0]["numbers"]
    assert found == told["numbers"]
    piles = ("closed_implemented", "closed_otherwise", "reopened", "other_status")
    assert [found[pile] for pile in piles] == [1, 1, 1, 1]


def test_one_thing_on_two_sites_is_counted_once_in_the_history_too(session: Session) -> None:
    story, source = watched_since(session, LAST_MONDAY - WEEK)
    other = story.source("other", created_at=LAST_MONDAY - WEEK)
    records = []
    for where in (source, other):
        record = story.record(where, "OIG-26-18", LAST_MONDAY - DAY, report=True)
        story.change(record, ChangeKind.NEW_REPORT, LAST_MONDAY - DAY, {}, dict(record.fields))
        records.append(record)
    session.add_all([Link(record_id=one.id, thing_id=records[0].id) for one in records])
    session.flush()
    told = digest_at(session, LAST_MONDAY).content
    content = digest_at(session, MONDAY).content
    assert told["numbers"]["new_reports"] == content["history"][0]["numbers"]["new_reports"] == 1


def test_a_topics_usual_counts_what_the_topic_wanted(session: Session) -> None:
    topics = {"boats": TopicSettings(match=MatchSettings(any=("boats",)), send={"weekly": ("desk",)})}
    story, source = watched_since(session, LAST_MONDAY - 8 * WEEK)
    for week in range(5):
        for number, change in enumerate(updates(story, source, 3, LAST_MONDAY - week * WEEK - DAY)):
            session.add(
                Routing(change_id=change.id, decision="digest", topics=["boats"] if number else ["cars"])
            )
    settings = DigestSettings()
    digest_at(session, LAST_MONDAY, topics=topics, settings=settings)
    record = story.record(source, "k", MONDAY - 2 * DAY, recommendation="Buy boats.")
    story.change(record, at=MONDAY - DAY)
    digest_at(session, MONDAY, topics=topics, settings=settings)
    content = session.get_one(OutboxItem, 1).content or {}
    # The first full week after the first change that the topic wanted.
    assert [window["numbers"]["comments"] for window in content["history"]] == [2, 2, 2, 2]
    assert "1 fewer than the week before (2)" in lead(content)


def test_a_topic_that_never_wanted_anything_has_no_usual(session: Session) -> None:
    topics = {"boats": TopicSettings(match=MatchSettings(any=("boats",)), send={"weekly": ("desk",)})}
    story, source = watched_since(session, LAST_MONDAY - 8 * WEEK)
    for change in updates(story, source, 3, LAST_MONDAY - DAY):
        session.add(Routing(change_id=change.id, decision="digest", topics=["boats-and-cars"]))
    digest_at(session, LAST_MONDAY, topics=topics, settings=DigestSettings())
    record = story.record(source, "k", MONDAY - 2 * DAY, recommendation="Buy boats.")
    story.change(record, at=MONDAY - DAY)
    digest_at(session, MONDAY, topics=topics, settings=DigestSettings())
    content = session.get_one(OutboxItem, 1).content or {}
    assert content["history"] == []
    assert "nothing to compare it with" in lead(content)


# ---- rhythms


def test_a_daily_digest_speaks_of_yesterday(session: Session) -> None:
    story, source = watched_since(session, MONDAY - 30 * DAY)
    daily = DigestSettings(cron="0 8 * * *", send_to=("desk",))
    updates(story, source, 2, MONDAY - timedelta(hours=30))
    digest_at(session, MONDAY - DAY, name="daily", settings=daily)
    updates(story, source, 1, MONDAY - timedelta(hours=2))
    content = digest_at(session, MONDAY, name="daily", settings=daily).content
    assert lead(content).startswith(
        "Since yesterday there was 1 change: 1 updated comment. That is 1 fewer than"
    )
    assert "typical for the last 12 days: 0, ranging from 0 to 2" in lead(content)
    assert reading(content, NEW_YORK).title.startswith("Daily digest, Mon., March 9, 2026: 1 updated comment")


def test_a_monthly_digest_speaks_of_the_month_and_compares_months(session: Session) -> None:
    story, source = watched_since(session, datetime(2026, 5, 1, tzinfo=UTC))
    monthly = DigestSettings(cron="0 8 1 * *", send_to=("desk",))
    first = [datetime(2026, month, 1, 8, tzinfo=NEW_YORK).astimezone(UTC) for month in range(5, 12)]
    for number, begin in enumerate(first[:-2]):
        updates(story, source, number + 1, begin + 9 * DAY)
    digest_at(session, first[-2], name="monthly", settings=monthly)
    updates(story, source, 4, first[-2] + 30 * DAY)
    content = digest_at(session, first[-1], name="monthly", settings=monthly).content
    assert lead(content).startswith(
        "In October 2026 there were 4 changes: 4 updated comments. That is 1 fewer than September (5);"
        " typical for the last 5 months: 3, ranging from 1 to 5."
    )
    assert "Changed: 4 (September: 5; typical: 3, ranging from 1 to 5)" in said(content)


def test_after_a_missed_monday_it_says_what_it_covers_and_compares_with_as_long_a_time(
    session: Session,
) -> None:
    story, source = watched_since(session, LAST_MONDAY - 20 * WEEK)
    before = LAST_MONDAY - WEEK
    updates(story, source, 3, before - DAY)
    digest_at(session, before)
    updates(story, source, 4, LAST_MONDAY - DAY)
    updates(story, source, 2, MONDAY - DAY)
    content = digest_at(session, MONDAY).content
    assert content["missed"] == [LAST_MONDAY.isoformat()]
    assert lead(content).startswith(
        "6 changes between Monday, February 23, 8 a.m. and Monday, March 9, 8 a.m.: "
    )
    assert "That is 3 more than the 14 days before (3)" in lead(content)
    missed = "The digest due on Mon., March 2, 2026 was not made; this one covers that period too."
    assert missed in lead(content)


def test_a_digest_made_by_hand_in_the_middle_of_the_week_was_not_missed(session: Session) -> None:
    story, source = watched_since(session, LAST_MONDAY - 20 * WEEK)
    digest_at(session, LAST_MONDAY)
    updates(story, source, 1, LAST_MONDAY + DAY)
    content = digest_at(session, LAST_MONDAY + 2 * DAY).content
    assert content["missed"] == []
    assert lead(content).startswith("1 change between Monday, March 2, ")


def test_a_digest_that_is_only_made_by_hand_cannot_be_missed(session: Session) -> None:
    watched_since(session, LAST_MONDAY - 20 * WEEK)
    digest_at(session, LAST_MONDAY - 3 * WEEK)
    assert len(digest_at(session, LAST_MONDAY).content["missed"]) == 2
    assert digest_at(session, MONDAY + 3 * WEEK, scheduled=False).content["missed"] == []


def test_a_heartbeat_says_in_one_line_why_it_is_sent(session: Session) -> None:
    watched_since(session, LAST_MONDAY - 20 * WEEK)
    beat = DigestSettings(send_to=("desk",), heartbeat=True)
    digest_at(session, MONDAY, settings=beat)
    content = session.get_one(OutboxItem, 1).content or {}
    assert lead(content).endswith("This digest was sent anyway because heartbeat is on in the watch file.")


def test_a_digest_with_news_is_not_called_a_heartbeat(session: Session) -> None:
    story, source = watched_since(session, LAST_MONDAY - 20 * WEEK)
    updates(story, source, 1, MONDAY - DAY)
    digest_at(session, MONDAY, settings=DigestSettings(send_to=("desk",), heartbeat=True))
    assert "heartbeat" not in lead(session.get_one(OutboxItem, 1).content or {})


# ---- what is open, and the sources


def test_what_moved_between_the_ages_is_told_against_the_digest_before(session: Session) -> None:
    story, source = watched_since(session, LAST_MONDAY - 20 * WEEK)
    for days in (360, 363, 1458):
        number = f"GAO-2{days}"
        date = LAST_MONDAY - days * DAY
        story.record(source, f"{number} rec 1", date, report_number=number, recommendation_number="1")
        story.record(source, number, date, report=True, report_number=number, issue_date=f"{date:%Y-%m-%d}")
    digest_at(session, LAST_MONDAY)
    text = said(digest_at(session, MONDAY).content)
    assert "3 recommendations are open, the same as in the previous digest." in text
    assert (
        "By age: 2 fewer under 1 year, 2 more 1 to 2 years, 1 fewer 2 to 4 years and 1 more over 4 years."
        in text
    )
    assert "under 1 year 0 (−2)" in text


def test_checks_are_counted_between_digests_though_a_run_of_them_is_one_row(session: Session) -> None:
    story, source = watched_since(session, LAST_MONDAY - WEEK)
    source.unchanged_checks = 100
    assert "checked 100 times, no problems" in said(digest_at(session, LAST_MONDAY).content)
    # The run ends: its row speaks of both weeks.
    run = story.check(source, LAST_MONDAY + DAY)
    run.times, run.outcome = 120, "unchanged"
    story.check(source, LAST_MONDAY + 2 * DAY)
    source.unchanged_checks = 30
    session.flush()
    assert "checked 51 times, no problems" in said(digest_at(session, MONDAY).content)


def test_a_broken_week_says_so_in_its_first_paragraph(session: Session) -> None:
    watched_since(session, LAST_MONDAY - WEEK)
    Story(session).source("down", troubles=4, last_outcome="failed", trouble="time-out", trouble_since=MONDAY)
    content = digest_at(session, MONDAY).content
    assert "1 of 2 sources was not fully read, so changes there may be missing." in lead(content)


def test_a_message_from_before_an_upgrade_can_still_be_read(session: Session) -> None:
    new = live_through(session).content
    added = ("schema", "missed", "history", "usual", "first", "heartbeat", "file", "figures", "promises")
    old = {name: value for name, value in new.items() if name not in added}
    old["before"] = {"numbers": new["numbers"], "open": 16}
    old["open"] = {**new["open"], "ages": [3, 3, 2, 4, 3], "dated": 12, "agencies": []}
    del old["open"]["ages_here"], old["open"]["agencies_rest"]
    old["sources"] = [{k: v for k, v in source.items() if k != "checks"} for source in new["sources"]]
    old = json.loads(json.dumps(old))
    text = said(old)
    assert "5 changes: 2 new reports" in text
    assert "16 recommendations are open." in text
    for format_ in get_args(Format):
        assert "OIG-26-18" in whole_digest(old, format_, OURS)
    for face in get_args(Face):
        assert render_digest(old, face=face, identity="i", templates=OURS, time_zone=NEW_YORK).text
