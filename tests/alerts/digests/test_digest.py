"""What a digest says of a week, and that every change is in exactly one digest of a name."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from alerts.digests.make import make_digests
from alerts.domain.destinations import channel_scopes
from alerts.domain.models import DigestRun, OutboxItem
from alerts.domain.settings import DigestSettings, MatchSettings, TopicSettings
from alerts.rendering.digest_files import write_digest_file
from alerts.rendering.environments import templates
from alerts.rendering.render import render_digest, render_item
from monitor.commitments.queries import open_promises
from monitor.domain.types import ChangeKind
from service.database.database import Database
from tests.alerts.stories import NOW, RECOMMENDATION, REPORT, Story
from tests.databases import migrated

NEW_YORK = ZoneInfo("America/New_York")
OURS = templates(None)
WEEK = timedelta(days=7)
WEEKLY = DigestSettings(send_to=("desk",))
ALL: dict[str, TopicSettings] = {"everything": TopicSettings()}


@dataclass(frozen=True)
class Reader:
    recipient: str

    @property
    def person(self) -> str:
        return self.recipient


READERS = {name: (Reader(f"{name}@example.org"),) for name in ("desk", "newsroom", "ops")}


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as opened:
        yield opened


def made(
    session: Session,
    name: str = "weekly",
    at: datetime = NOW,
    settings: DigestSettings = WEEKLY,
    topics: dict[str, TopicSettings] | None = None,
) -> DigestRun | None:
    return make_digests(
        session,
        name=name,
        settings=settings,
        topics=ALL if topics is None else topics,
        recipients=READERS,
        now=at,
        time_zone=NEW_YORK,
        promised=open_promises(session),
    )


def digest(
    session: Session,
    at: datetime = NOW,
    settings: DigestSettings = WEEKLY,
    topics: dict[str, TopicSettings] | None = None,
) -> DigestRun:
    run = made(session, "weekly", at, settings, topics)
    assert run is not None
    return run


def sent(session: Session) -> list[OutboxItem]:
    return list(session.exec(select(OutboxItem).order_by(col(OutboxItem.id))))


def said(content: dict[str, Any], face: Any = "text") -> str:
    message = render_digest(content, face=face, identity="i", templates=OURS, time_zone=NEW_YORK)
    body = message.html if face == "email" else message.markdown if face != "text" else message.text
    assert body is not None
    return " ".join(body.split())


def new_report(story: Story, source: Any, number: int, title: str = "A Report") -> None:
    record = story.record(
        source, f"OIG-26-{number}", report=True, report_number=f"OIG-26-{number}", title=title
    )
    story.change(record, ChangeKind.NEW_REPORT, before={}, after={**REPORT, **record.fields})


# ---- ranges


def test_the_first_digest_begins_with_the_first_check_and_the_first_change(session: Session) -> None:
    story = Story(session)
    new_report(story, story.source(), 1)
    run = digest(session)
    assert (run.after_change_id, run.up_to_change_id) == (0, 1)
    assert run.since < NOW - timedelta(days=6)
    assert [change["id"] for change in run.content["changes"]] == [1]


def test_a_digest_without_any_check_covers_the_last_seven_days(session: Session) -> None:
    assert digest(session).since == NOW - WEEK


def test_the_next_digest_begins_where_the_last_one_ended(session: Session) -> None:
    story = Story(session)
    source = story.source()
    new_report(story, source, 1)
    first = digest(session)
    new_report(story, source, 2)
    second = digest(session, NOW + WEEK)
    assert second.after_change_id == first.up_to_change_id
    assert second.since == first.made_at
    assert [change["id"] for change in second.content["changes"]] == [2]


def test_the_same_tick_twice_makes_one_digest(session: Session) -> None:
    digest(session)
    assert made(session) is None
    assert len(session.exec(select(DigestRun)).all()) == 1


def test_digests_of_two_names_each_have_their_own_range(session: Session) -> None:
    story = Story(session)
    new_report(story, story.source(), 1)
    digest(session)
    daily = made(session, "daily")
    assert daily is not None
    assert daily.after_change_id == 0
    assert len({item.identity for item in sent(session)}) == 2


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=6))
def test_whatever_the_cuts_every_change_is_in_exactly_one_digest(changes_before_each_cut: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.db"
        file.write_bytes(migrated())
        database = Database(f"sqlite:///{file}")
        with database.write() as session:
            story = Story(session)
            record = story.record(story.source(), "GAO-24-106148 rec 4")
            expected, told = [], []
            for week, count in enumerate(changes_before_each_cut):
                # Times are all alike on purpose: only ids may decide.
                expected += [story.change(record).id for _ in range(count)]
                content = digest(session, NOW + week * WEEK).content
                told += [change["id"] for change in content["changes"]]
                assert sum(content["numbers"].values()) == count
        database.close()
    assert told == expected


# ---- who gets what


def test_an_empty_digest_is_recorded_but_not_sent(session: Session) -> None:
    Story(session).source()
    digest(session)
    assert sent(session) == []
    assert len(session.exec(select(DigestRun)).all()) == 1


def test_a_heartbeat_is_sent_and_says_that_nothing_changed(session: Session) -> None:
    Story(session).source()
    digest(session, settings=DigestSettings(send_to=("desk",), heartbeat=True))
    digest(session, NOW + WEEK, settings=DigestSettings(send_to=("desk",), heartbeat=True))
    first, second = sent(session)
    assert first.identity != second.identity
    assert "Nothing changed in the past week." in said(second.content or {})
    assert "because heartbeat is on in the watch file" in said(second.content or {})
    assert "nothing changed" in render_item(session, first, "email", OURS, NEW_YORK).subject


def test_a_channel_that_comes_by_its_topic_gets_only_that_topic(session: Session) -> None:
    topics = {
        "faces": TopicSettings(match=MatchSettings(any=("facial",)), send={"weekly": ("newsroom",)}),
        "boats": TopicSettings(match=MatchSettings(any=("boats",))),
    }
    story = Story(session)
    source = story.source("dhs-oig")
    new_report(story, source, 1, "Facial Recognition")
    new_report(story, source, 2, "Boats")
    new_report(story, source, 3, "Nothing of Interest")
    digest(session, topics=topics)
    by_channel = {item.channel: item.content or {} for item in sent(session)}
    assert [change["id"] for change in by_channel["desk"]["changes"]] == [1, 2]
    assert [change["id"] for change in by_channel["newsroom"]["changes"]] == [1]
    assert by_channel["newsroom"]["numbers"]["new_reports"] == 1
    assert "1 other change not in any topic" in said(by_channel["desk"])
    assert "2 other changes not in faces" in said(by_channel["newsroom"])


def test_a_channel_of_the_digest_gets_the_topics_that_name_it_as_well() -> None:
    topics = {"a": TopicSettings(), "b": TopicSettings(send={"weekly": ("desk", "newsroom")})}
    only_a = DigestSettings(send_to=("desk",), topics=("a",))
    assert channel_scopes("weekly", only_a, topics) == {"desk": ("a", "b"), "newsroom": ("b",)}
    assert channel_scopes("weekly", WEEKLY, topics) == {"desk": "all", "newsroom": ("b",)}


def test_a_topics_digest_is_not_sent_when_only_others_changed(session: Session) -> None:
    topics = {"boats": TopicSettings(match=MatchSettings(any=("boats",)), send={"weekly": ("newsroom",)})}
    story = Story(session)
    new_report(story, story.source(), 1, "Trains")
    digest(session, settings=DigestSettings(), topics=topics)
    assert sent(session) == []


def test_each_recipient_of_a_channel_gets_a_row_with_an_identity_of_its_own(session: Session) -> None:
    story = Story(session)
    new_report(story, story.source(), 1)
    make_digests(
        session, name="weekly", settings=WEEKLY, topics=ALL, now=NOW, time_zone=NEW_YORK,
        recipients={"desk": (Reader("a@example.org"), Reader("b@example.org"))},
        give_up_after={"desk": timedelta(hours=5)}, promised=[],
    )  # fmt: skip
    rows = sent(session)
    assert [row.recipient for row in rows] == ["a@example.org", "b@example.org"]
    assert len({row.identity for row in rows}) == 2
    assert all(row.kind == "digest" and row.give_up_at == NOW + timedelta(hours=5) for row in rows)


# ---- what it says


def test_a_change_of_several_topics_stands_once_with_all_of_them(session: Session) -> None:
    topics = {
        "a": TopicSettings(),
        "b": TopicSettings(),
        "c": TopicSettings(match=MatchSettings(any=("CBP",))),
    }
    story = Story(session)
    new_report(story, story.source(), 1, "CBP Report")
    content = digest(session, topics=topics).content
    assert len(content["changes"]) == 1
    assert said(content).count("New DHS OIG report OIG-26-1") == 1
    assert "topics a, b, c (matched “CBP”)" in said(content)


def test_open_recommendations_are_told_by_agency_and_age(session: Session) -> None:
    story = Story(session)
    source = story.source()
    for number, days in enumerate((10, 400, 800, 1500, 2000)):
        agency = "CBP" if number < 4 else "TSA"
        story.record(
            source, f"k{number}", NOW - timedelta(days=days), recommendation_number=str(number), agency=agency
        )
    story.record(source, "shut", status="closed_implemented")
    content = digest(session).content
    assert content["open"]["ages"] == [0, 0, 0, 0]
    assert content["open"]["ages_here"] == [1, 1, 1, 2]
    assert [(row["agency"], row["total"]) for row in content["open"]["agencies"]] == [("CBP", 4), ("TSA", 1)]
    text = said(content)
    assert "5 recommendations are open." in text
    assert "CBP: 4 open (date unknown: 4)" in text
    assert "Report date unknown: by the date first seen here" in text
    assert "By report date" not in text
    assert "first seen 5 years ago" in text


def test_an_age_is_counted_from_the_reports_date_where_one_is_known(session: Session) -> None:
    story = Story(session)
    story.record(story.source(), "OIG-21-07 rec 1", report_number="OIG-21-07", recommendation_number="1")
    oig = story.source("dhs-oig")
    story.record(oig, "OIG-21-07", report=True, report_number="OIG-21-07", issue_date="2021-02")
    content = digest(session).content
    assert (content["open"]["ages"], content["open"]["ages_here"]) == ([0, 0, 0, 1], [0, 0, 0, 0])
    assert content["open"]["listed"][0]["since"].startswith("2021-02-28")
    assert "open for 5 years" in said(content)
    assert "By report date" in said(content)


def test_priority_and_oldest_come_first_and_the_rest_is_counted(session: Session) -> None:
    story = Story(session)
    source = story.source()
    for number in range(13):
        story.record(
            source, f"k{number:02}", NOW - timedelta(days=30 * number), report_number=f"GAO-{number:02}",
            priority=True if number == 5 else None,
        )  # fmt: skip
    content = digest(session).content
    labels = [row["label"] for row in content["open"]["listed"]]
    assert labels[:3] == ["GAO-05 rec 4", "GAO-12 rec 4", "GAO-11 rec 4"]
    assert len(labels) == 13
    assert "GAO-05 rec 4 (priority)" in said(content)
    assert "and 8 more open recommendations" in said(content)


def test_a_topics_digest_counts_only_the_open_recommendations_of_the_topic(session: Session) -> None:
    topics = {
        "boats": TopicSettings(
            match=MatchSettings(any=("boats",)), on=(ChangeKind.NEW_REPORT,), send={"weekly": ("newsroom",)}
        )
    }
    story = Story(session)
    source = story.source()
    story.record(source, "k1", recommendation="CBP should buy boats.")
    story.record(source, "k2", recommendation="CBP should train.")
    new_report(story, source, 1, "Boats")
    digest(session, settings=DigestSettings(), topics=topics)
    (item,) = sent(session)
    assert item.content is not None
    assert item.content["open"]["total"] == 1


def test_a_quiet_week_differs_from_a_broken_one(session: Session) -> None:
    story = Story(session)
    story.source("a-complete")
    story.source("b-feed", rows=50, declared_total=None, complete=False)
    quiet = said(digest(session).content)
    assert "Both sources were read without problems." in quiet
    assert "a-complete: 25 of 25 records, complete" in quiet
    assert "b-feed: 50 records" in quiet
    story.source("c-part", rows=10, complete=False)
    story.source("d-odd", troubles=3, last_outcome="quarantined", trouble="no rows found", trouble_since=NOW)
    story.source("e-down", troubles=9, last_outcome="failed", trouble="time-out", trouble_since=NOW)
    story.source("f-silent", last_checked_at=NOW - 3 * WEEK)
    story.source("g-half", last_outcome="partial")
    broken = said(digest(session, NOW + timedelta(hours=1)).content)
    assert "c-part: 10 of 25 records" in broken
    monday = "Mon., March 9, 2026, 8:00 a.m. EDT"
    assert f"d-odd: 25 of 25 records, complete; quarantined since {monday}:" in broken
    assert f"e-down: 25 of 25 records, complete; failing since {monday}: time-out" in broken
    assert (
        "f-silent: 25 of 25 records, complete; not checked in this period; last checked Mon., Feb. 16, 2026"
        in broken
    )
    assert "g-half: 25 of 25 records, complete; the last check could not read every page" in broken
    assert "not fully read" in broken


def test_without_any_source_it_says_so(session: Session) -> None:
    assert "No source has been checked yet" in said(digest(session).content)


def test_content_is_plain_json_and_reads_the_same_after_a_round_trip(session: Session) -> None:
    story = Story(session)
    source = story.source()
    new_report(story, source, 1, REPORT["title"])
    story.record(source, "k")
    content = digest(session).content
    again = json.loads(json.dumps(content))
    assert said(again) == said(content)


@pytest.mark.parametrize("face", ["email", "slack", "markdown", "text"])
def test_a_hostile_page_is_only_text_in_a_digest(session: Session, face: Any) -> None:
    payload = "<script>alert(1)</script> <!channel> [x](javascript:alert(1)) \x1b[31m\r\nBcc: x“§\xa01”"
    story = Story(session)
    source = story.source(trouble=payload, troubles=2, last_outcome="failed", trouble_since=NOW)
    hostile = {name: payload for name in RECOMMENDATION if name not in ("status", "url")}
    record = story.record(source, payload, **hostile, url="javascript:alert(1)")
    story.change(record, before={"status_comment": payload}, after={"status_comment": f"new {payload}"})
    body = said(digest(session).content, face)
    assert "\x1b" not in body
    if face == "email":
        assert "<script" not in body
        assert 'href="javascript' not in body
    if face == "slack":
        assert "<" not in body
    if face == "markdown":
        assert "\\[x\\](" in body
    assert "§" in body


def test_the_digest_file_needs_nothing_beside_it(session: Session, tmp_path: Path) -> None:
    story = Story(session)
    new_report(story, story.source(), 1, REPORT["title"])
    path = write_digest_file(digest(session).content, tmp_path / "digests", OURS)
    assert path.name == "digest-weekly-2026-03-09.html"
    page = path.read_text(encoding="utf-8")
    assert "<style>" in page
    assert "“Better” Oversight under 8 U.S.C. §\xa01365b" in page
    assert "<script" not in page
    assert "src=" not in page
    assert 'rel="stylesheet"' not in page


def test_a_source_that_was_in_trouble_and_is_read_again_is_not_said_to_have_been_well(
    session: Session,
) -> None:
    story = Story(session)
    source = story.source("cbp-audits")
    check = story.check(source, at=NOW - timedelta(days=2))
    check.outcome = "quarantined"
    session.flush()
    text = said(digest(session).content)
    assert "cbp-audits had problems for part of the period" in text
    assert "working again after 1 check with problems" in text
