"""What a digest says of promised dates: which passed, moved and fall due, each thing once."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from sqlmodel import Session, select

from alerts.digests.stored import Format
from alerts.domain.messages import Face
from alerts.domain.models import DigestRun, OutboxItem
from alerts.domain.settings import DigestSettings, MatchSettings, TopicSettings
from alerts.rendering.digest_files import published, whole_digest
from alerts.rendering.render import render_digest, render_item
from alerts.triage.annotations import say
from alerts.views.digest import reading
from monitor.commitments.queries import open_promises
from monitor.domain.types import ChangeKind
from monitor.store.models import Link, Record, Source
from service.database.database import Database
from tests.alerts.digest_weeks import LAST_MONDAY, MONDAY, NEW_YORK, WEEK, digest_at
from tests.alerts.digests.test_digest import said
from tests.alerts.digests.test_digest_faces import CHECK, OURS, fresh_session, mail_of
from tests.alerts.stories import Reader, Story

DAY = timedelta(days=1)
TSA = {"agency": "Transportation Security Administration"}


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as opened:
        yield opened


@pytest.fixture
def story(session: Session) -> Story:
    return Story(session)


@pytest.fixture
def source(story: Story) -> Source:
    return story.source("gao", created_at=MONDAY - 20 * WEEK)


def comment_for(promise: str) -> str:
    """Give a comment that promises this date, or none."""
    return f"CBP plans to act by {promise}." if promise else "Work goes on."


def promised(story: Story, source: Source, number: int, promise: str, **fields: Any) -> Record:
    """Write an open recommendation whose comment promises this."""
    report = f"GAO-24-{number:06}"
    return story.record(
        source, f"{report} rec 1", MONDAY - 100 * DAY, report_number=report, recommendation_number="1",
        status_comment=comment_for(promise), **fields,
    )  # fmt: skip


def moved(story: Story, record: Record, before: str, after: str, at: datetime = MONDAY - DAY) -> None:
    """Write that its comment was changed from one promise to another."""
    sides = ({"status_comment": comment_for(promise)} for promise in (before, after))
    story.change(record, ChangeKind.COMMENT_UPDATED, at, *sides)


def found(content: dict[str, Any], name: str) -> list[str]:
    """Give what one of a digest's lists says of each recommendation, after its number."""
    lists = {one.name.partition(" ")[0]: one for one in reading(content, NEW_YORK).promises}
    head = {"passed": "Passed,", "moved": "Moved,", "soon": "Due"}[name]
    return [f"{row.open.label[-7:-6]}: {row.said}" for row in lists[head].rows] if head in lists else []


def week(session: Session, **given: Any) -> dict[str, Any]:
    """Give the content of the digest of a week that chains to one before."""
    digest_at(session, LAST_MONDAY, **given)
    return digest_at(session, MONDAY, **given).content


# ---- what passed


@pytest.mark.parametrize("hour", [1, 12, 23])
def test_a_promised_date_passes_in_exactly_one_digest_of_a_chain(
    session: Session, story: Story, source: Source, hour: int
) -> None:
    for day in range(1, 10):
        promised(story, source, day, f"March {day}, 2026")
    told: list[str] = []
    for day in range(1, 13):
        at = datetime(2026, 3, day, hour, 30, tzinfo=UTC)
        passed = digest_at(session, at, name="daily").content["promises"]["passed"]["listed"]
        told += [row["promise"]["due"] for row in passed]
        assert all(
            date.fromisoformat(row["promise"]["due"]) < at.astimezone(NEW_YORK).date() for row in passed
        )
    assert told == [f"2026-03-{day:02}" for day in range(1, 10)]


def test_a_day_is_over_when_it_is_over_for_the_reader(session: Session, story: Story, source: Source) -> None:
    promised(story, source, 1, "March 8, 2026")
    at = datetime(2026, 3, 9, 3, 30, tzinfo=UTC)  # still the eighth in New York
    assert found(digest_at(session, at).content, "passed") == []
    assert len(found(digest_at(session, at, name="utc", time_zone=UTC).content, "passed")) == 1


@pytest.mark.sqlite  # it is about words
def test_what_passed_is_told_with_the_date_as_its_comment_says_it(
    session: Session, story: Story, source: Source
) -> None:
    promised(story, source, 1, "03/05/2026")
    digest_at(session, LAST_MONDAY)
    assert found(digest_at(session, MONDAY).content, "passed") == [
        "1: Promised for March 5, 2026, which was 4 days ago."
    ]
    promised(story, source, 2, "the second quarter of fiscal year 2026")
    assert found(digest_at(session, MONDAY + 4 * WEEK).content, "passed") == [
        "2: Promised for the second quarter of fiscal year 2026, due by March 31, 2026 (6 days ago)."
    ]


def test_what_was_closed_or_left_its_list_is_held_to_no_date(
    session: Session, story: Story, source: Source
) -> None:
    promised(story, source, 1, "March 5, 2026", status="closed_implemented")
    gone = promised(story, source, 2, "March 5, 2026")
    gone.listed = False
    promised(story, source, 3, "March 5, 2026", status="open_partially_addressed")
    assert [line[0] for line in found(week(session), "passed")] == ["3"]


def test_what_was_closed_while_promises_were_read_is_left_out(
    session: Session, story: Story, source: Source
) -> None:
    closed, renewed, kept = (promised(story, source, n, "March 5, 2026") for n in (1, 2, 3))
    digest_at(session, LAST_MONDAY)
    read = open_promises(session)
    closed.status = "closed_implemented"
    moved(story, renewed, "March 5, 2026", "March 2028")
    content = digest_at(session, MONDAY, promised=read).content
    assert [line[0] for line in found(content, "passed")] == ["3"]
    assert kept.status == "open"


def test_where_a_list_could_not_be_read_since_that_is_said(
    session: Session, story: Story, source: Source
) -> None:
    source.last_swept_at = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
    promised(story, source, 1, "March 4, 2026")
    promised(story, source, 2, "March 5, 2026")
    unshown = promised(story, source, 3, "March 6, 2026")  # its list shows only a part
    unshown.last_seen_at = datetime(2026, 3, 3, 4, 30, tzinfo=UTC)
    assert found(week(session), "passed") == [
        "1: Promised for March 4, 2026, which was 5 days ago.",
        "2: Promised for March 5, 2026, which was 4 days ago. We last saw it on Thurs., March 5, 2026 and"
        " do not know what has happened since.",
        "3: Promised for March 6, 2026, which was 3 days ago. We last saw it on Mon., March 2, 2026 and"
        " do not know what has happened since.",
    ]


# ---- what moved


@pytest.mark.sqlite  # it is about words
@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (("May 2024", "March 2027"), "Moved from May 2024 to March 2027, 34 months later."),
        (("March 20, 2026", "March 9, 2026"), "Moved from March 20, 2026 to March 9, 2026, 11 days earlier."),
        (("March 20, 2026", "April 2, 2026"), "Moved from March 20, 2026 to April 2, 2026, 13 days later."),
        (("March 2026", "April 2026"), "Moved from March 2026 to April 2026, 1 month later."),
        (("", "the end of fiscal year 2027"), "Newly promised for the end of fiscal year 2027."),
        (("May 2024", ""), "A date is no longer promised; it was May 2024."),
        (("May 2024", "June 2026", "July 2027"), "Moved from May 2024 to July 2027, 38 months later."),
        (("May 2024", "", "July 2027"), "Moved from May 2024 to July 2027, 38 months later."),
        (("May 2024", "June 2026", "May 2024"), None),
        (("May 2024", "May 31, 2024"), None),
        (("", "June 2026", ""), None),
    ],
)
def test_a_move_is_told_from_what_was_promised_to_what_is(
    session: Session, story: Story, source: Source, dates: tuple[str, ...], expected: str | None
) -> None:
    record = promised(story, source, 1, dates[0])
    digest_at(session, LAST_MONDAY)
    for number, (before, after) in enumerate(pairwise(dates)):
        moved(story, record, before, after, MONDAY - (3 - number) * DAY)
    content = digest_at(session, MONDAY).content
    assert found(content, "moved") == ([f"1: {expected}"] if expected else [])
    assert found(digest_at(session, MONDAY + WEEK).content, "moved") == []


def test_what_was_closed_after_its_date_moved_is_not_told_as_moved(
    session: Session, story: Story, source: Source
) -> None:
    record = promised(story, source, 1, "May 2024")
    digest_at(session, LAST_MONDAY)
    moved(story, record, "May 2024", "May 2027")
    record.status = "closed_implemented"
    assert found(digest_at(session, MONDAY).content, "moved") == []


# ---- what falls due


def test_what_falls_due_in_the_next_thirty_days_is_told_the_earliest_first(
    session: Session, story: Story, source: Source
) -> None:
    for number, promise in enumerate(
        ("April 8, 2026", "April 9, 2026", "March 9, 2026", "March 10, 2026"), 1
    ):
        promised(story, source, number, promise)
    content = week(session)
    assert content["promises"]["soon_until"] == "2026-04-08"
    assert found(content, "soon") == [
        "3: Promised for March 9, 2026, which is today.",
        "4: Promised for March 10, 2026, which is in 1 day.",
        "1: Promised for April 8, 2026, which is in 30 days.",
    ]


# ---- for whom, and how often


def test_one_thing_on_two_sites_is_one_entry(session: Session, story: Story, source: Source) -> None:
    again = story.source("gao-again", created_at=MONDAY - 20 * WEEK)
    for number, date_ in enumerate(("March 5, 2026", "March 30, 2026"), 1):
        records = [promised(story, one, number, date_) for one in (source, again)]
        session.add_all(Link(record_id=one.id, thing_id=records[0].id) for one in records)
    content = week(session)
    assert [line[0] for name in ("passed", "soon") for line in found(content, name)] == ["1", "2"]
    assert content["promises"]["numbers"]["passed"] == content["promises"]["numbers"]["soon"] == 1


def test_two_sites_that_move_one_date_move_it_once(session: Session, story: Story, source: Source) -> None:
    again = story.source("gao-again", created_at=MONDAY - 20 * WEEK)
    records = [promised(story, one, 1, "May 2024") for one in (source, again)]
    session.add_all(Link(record_id=one.id, thing_id=records[0].id) for one in records)
    digest_at(session, LAST_MONDAY)
    for record in records:
        moved(story, record, "May 2024", "May 2027")
    content = digest_at(session, MONDAY).content
    assert found(content, "moved") == ["1: Moved from May 2024 to May 2027, 36 months later."]
    assert content["promises"]["numbers"]["later"] == 1


def test_a_topics_digest_tells_only_what_the_topic_cares_for(
    session: Session, story: Story, source: Source
) -> None:
    topics = {
        "airports": TopicSettings(match=MatchSettings(any=("agency:TSA",)), on=(ChangeKind.NEW_REPORT,)),
        "everything": TopicSettings(),
    }
    for number, fields in ((1, {}), (2, TSA)):
        promised(story, source, number, "March 5, 2026", **fields)
        promised(story, source, number + 2, "March 30, 2026", **fields)
        moved(story, promised(story, source, number + 4, "May 2024", **fields), "May 2024", "May 2027")
    settings = DigestSettings(send_to=("desk",), topics=("airports",))
    content = digest_at(session, MONDAY, topics=topics, settings=settings).content
    assert {name: [line[0] for line in found(content, name)] for name in ("passed", "moved", "soon")} == {
        "passed": ["2"],
        "moved": ["6"],
        "soon": ["4"],
    }


def test_priority_ones_come_first_then_the_earliest(session: Session, story: Story, source: Source) -> None:
    for number, (day, priority) in enumerate(((6, None), (4, None), (7, True), (5, True)), 1):
        promised(story, source, number, f"March {day}, 2026", priority=priority)
    assert [line[0] for line in found(week(session), "passed")] == ["4", "3", "2", "1"]


@pytest.mark.sqlite  # it is about words
def test_a_digest_with_nothing_but_a_passed_promise_is_sent_and_says_so_first(
    session: Session, story: Story, source: Source
) -> None:
    promised(story, source, 1, "March 5, 2026")
    promised(story, source, 2, "March 30, 2026")
    digest_at(session, LAST_MONDAY)
    assert session.exec(select(OutboxItem)).all() == []  # that one falls due soon is no news
    digest_at(session, MONDAY)
    (item,) = session.exec(select(OutboxItem)).all()
    message = render_item(session, item, "text", OURS, NEW_YORK)
    assert message.subject == "Weekly digest, Mon., March 9, 2026: 1 promised date passed"
    assert (
        "Promised dates: 1 passed with the recommendation still open and 1 is due in the next 30 days."
        in " ".join(message.text.split())
    )
    assert "was sent anyway" not in message.text


@pytest.mark.sqlite  # it is about words
def test_a_passed_promise_that_a_topic_counts_as_a_change_is_not_counted_twice_in_a_subject(
    session: Session, story: Story, source: Source
) -> None:
    record = promised(story, source, 1, "March 5, 2026")
    after = {"promise": "by March 5, 2026", "promised": "March 5, 2026", "due": "2026-03-05", "since": "2025"}
    digest_at(session, LAST_MONDAY)
    story.change(record, ChangeKind.PROMISE_PASSED, MONDAY - DAY, {}, after)
    title = reading(digest_at(session, MONDAY).content, NEW_YORK).title
    assert title == "Weekly digest, Mon., March 9, 2026: 1 promised date has passed"


@pytest.mark.sqlite  # it is about words
def test_whose_it_is_and_until_when_it_is_snoozed_stands_beside_a_promise(
    session: Session, story: Story, source: Source
) -> None:
    record = promised(story, source, 1, "March 5, 2026", priority=True)
    say(session, record.id, "assigned", by="desk", now=LAST_MONDAY, text="Ana Ruiz")
    say(session, record.id, "snoozed_until", by="desk", now=LAST_MONDAY, until=MONDAY + WEEK)
    ((row,),) = (one.rows for one in reading(week(session), NEW_YORK).promises)
    assert row.open.care == "assigned to Ana Ruiz; snoozed until Mon., March 16, 2026"
    assert row.open.priority
    assert row.open.snoozed


# ---- in every face, of every size and age


@pytest.fixture(scope="module")
def full_once(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> dict[str, Any]:
    """Give a digest with each kind of promise in it."""
    with fresh_session(tmp_path_factory.mktemp("full"), migrated_file) as session:
        return with_each_kind(session)


@pytest.fixture
def full(full_once: dict[str, Any]) -> dict[str, Any]:
    """Give a copy of that digest for a test of its own."""
    return deepcopy(full_once)


def with_each_kind(session: Session) -> dict[str, Any]:
    story = Story(session)
    source = story.source("gao", created_at=MONDAY - 20 * WEEK)
    promised(story, source, 1, "March 5, 2026", priority=True)
    promised(story, source, 2, "the second quarter of fiscal year 2026")
    records = [
        promised(story, source, n, before) for n, before in ((3, "May 2024"), (4, ""), (5, "May 2026"))
    ]
    digest_at(session, LAST_MONDAY)
    for record, dates in zip(
        records, (("May 2024", "June 2027"), ("", "2028"), ("May 2026", "")), strict=True
    ):
        moved(story, record, *dates)
    return digest_at(session, MONDAY).content


SAID = (
    "Promised dates: 1 passed with the recommendation still open, 1 moved to a later date, 1 is new,"
    " 1 was withdrawn and 1 is due in the next 30 days.",
    "Promised for March 5, 2026, which was 4 days ago.",
    "Moved from May 2024 to June 2027, 37 months later.",
    "Newly promised for 2028.",
    "A date is no longer promised; it was May 2026.",
    "Promised for the second quarter of fiscal year 2026, due by March 31, 2026 (in 22 days).",
)


@pytest.mark.parametrize("face", get_args(Face))
def test_every_message_says_what_became_of_promised_dates(full: dict[str, Any], face: Face) -> None:
    message = render_digest(full, face=face, identity="i", templates=OURS, time_zone=NEW_YORK)
    bodies = [message.text, Reader(message.html).text if message.html else None, message.markdown]
    for body in filter(None, bodies):
        read = " ".join(body.replace("\\", "").replace("\u200b", "").split())
        assert all(sentence in read for sentence in SAID), read
        assert "GAO-24-000001 rec 1" in read
    if message.card:
        card = json.dumps(message.card, ensure_ascii=False).replace("\xa0", " ")
        assert all(sentence[:40] in card for sentence in SAID)


@pytest.mark.parametrize("format_", ["html", "markdown", "text"])
def test_every_file_says_what_became_of_promised_dates(full: dict[str, Any], format_: Format) -> None:
    page = whole_digest(full, format_, OURS)
    read = " ".join((Reader(page).text if format_ == "html" else page).replace("\\", "").split())
    assert all(sentence in read for sentence in SAID), read


def test_the_json_has_each_promise_as_its_schema_says(full: dict[str, Any]) -> None:
    data = json.loads(whole_digest(full, "json", OURS))
    CHECK.validate(data)
    promises = data["promises"]
    assert promises["numbers"] == {
        "passed": 1, "later": 1, "earlier": 0, "made": 1, "taken_back": 1, "soon": 1,
    }  # fmt: skip
    (row,) = promises["passed"]["listed"]
    assert row["record"] == "GAO-24-000001 rec 1"
    assert row["promise"] == {
        "words": "by March 5, 2026", "date": "March 5, 2026", "precision": "day", "due": "2026-03-05",
    }  # fmt: skip
    assert [
        (one["moved"], one["before"] and one["before"]["date"]) for one in promises["moved"]["listed"]
    ] == [
        ("later", "May 2024"),
        ("made", None),
        ("taken_back", "May 2026"),
    ]
    for broken in ({"news": 1}, {"moved": "sideways"}, {"promise": {"words": "w"}}):
        wrong = json.loads(json.dumps(data))
        wrong["promises"]["passed"]["listed"][0] |= broken
        with pytest.raises(jsonschema.ValidationError):
            CHECK.validate(wrong)


@pytest.mark.sqlite  # it is about words
def test_hundreds_of_promises_are_cut_in_a_mail_and_whole_in_a_file(
    session: Session, story: Story, source: Source
) -> None:
    for number in range(1, 301):
        promised(story, source, number, "March 5, 2026" if number <= 200 else "March 30, 2026")
    content = week(session)
    (item,) = session.exec(select(OutboxItem)).all()
    assert len(json.dumps(item.content)) < 40_000
    message = render_item(session, item, "email", OURS, NEW_YORK)
    assert message.html is not None
    assert len(message.html.encode()) <= 60_000
    assert len(mail_of(message)) < 100_000
    for body in (message.text, Reader(message.html).text):
        read = " ".join(body.split())
        assert "200 passed with the recommendations still open and 100 are due in the next 30 days" in read
        assert "and 195 more; the full list is in the file digest-weekly-2026-03-09.html" in read
        assert "and 95 more; the full list is in the file digest-weekly-2026-03-09.html" in read
    for format_ in ("html", "markdown", "text", "json"):
        page = whole_digest(content, format_, OURS).replace("\\", "")
        assert all(f"GAO-24-{number:06} rec 1" in page for number in range(1, 301))


@pytest.mark.sqlite  # it is about words
def test_a_channel_that_gets_no_file_is_told_that_the_rest_is_on_record(
    session: Session, story: Story, source: Source
) -> None:
    for number in range(1, 13):
        promised(story, source, number, "March 5, 2026" if number <= 6 else "March 30, 2026")
    week(session)
    (item,) = session.exec(select(OutboxItem)).all()
    text = said({**(item.content or {}), "file": None})
    assert text.count("and 1 more; all are on record") == 2


@pytest.mark.parametrize("name", [*get_args(Face), *get_args(Format)])
def test_a_digest_from_before_there_were_promises_in_it_can_still_be_shown(
    full: dict[str, Any], name: Any
) -> None:
    old = {key: value for key, value in full.items() if key != "promises"}
    if name in get_args(Format):
        assert "Promised dates" not in whole_digest(old, name, OURS)
    else:
        message = render_digest(old, face=name, identity="i", templates=OURS, time_zone=NEW_YORK)
        assert "PROMISED DATES" not in message.text
    CHECK.validate(json.loads(json.dumps(published(old))))


@pytest.mark.sqlite  # it is about words
def test_a_digest_without_promises_says_nothing_of_them(
    session: Session, story: Story, source: Source
) -> None:
    promised(story, source, 1, "")
    text = said(week(session))
    assert "romised" not in text
    assert session.exec(select(DigestRun)).all()
