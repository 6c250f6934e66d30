"""Thirteen weeks at three publishers' pages, the same each time: what digests are looked at with."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.digests.make import make_digests
from alerts.domain.models import DigestRun
from alerts.domain.settings import DigestSettings, MatchSettings, TopicSettings
from alerts.domain.types import TriageKind
from alerts.triage.annotations import say
from monitor.commitments.queries import open_promises
from monitor.domain.types import ChangeKind
from monitor.store.models import Source
from tests.alerts.stories import Story, closed

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)  # eight there, the day after clocks were turned
WEEK = timedelta(days=7)
LAST_MONDAY = MONDAY - WEEK + timedelta(hours=1)  # eight in the morning as well, an hour later in UTC
EARLIER = (3, 5, 0, 2, 8, 1, 4, 4, 6, 2, 11, 3)  # changes in each of the weeks before, the oldest first
TOPICS = {
    "facial-recognition": TopicSettings(match=MatchSettings(any=("facial recognition", "biometric*"))),
    "migrants-in-custody": TopicSettings(match=MatchSettings(any=("migrant*", "title:custody"))),
    "everything": TopicSettings(),
}
CBP, ICE, TSA = (
    "U.S. Customs and Border Protection",
    "U.S. Immigration and Customs Enforcement",
    "Transportation Security Administration",
)
# What is promised of those of _OPEN, by their place: in this week one date passes, two fall due after it.
_PROMISED = {
    4: "CBP anticipates completing these actions by March 6, 2026.",
    7: "CBP plans to do so by the second quarter of fiscal year 2026.",
    13: "ICE expects to finish “all” of it by the end of March 2026.",
    14: "TSA will do so by the end of fiscal year 2027.",
}
_OPEN = (  # agency, age in days, whether the report's date is known
    *((CBP, days, True) for days in (40, 200, 420, 800, 1100, 1500, 1900, 2300)),
    *((CBP, days, False) for days in (30, 60, 500)),
    *((ICE, days, True) for days in (100, 700, 1600)),
    (TSA, 390, True),
)


class Reader:
    """One reader at the desk."""

    recipient = person = "desk@example.org"


def digest_at(session: Session, at: datetime, **given: Any) -> DigestRun:
    """Make the weekly digest of these weeks."""
    values: dict[str, Any] = {
        "name": "weekly",
        "settings": DigestSettings(send_to=("desk",)),
        "topics": TOPICS,
        "recipients": {"desk": (Reader(),)},
        "time_zone": NEW_YORK,
        "promised": open_promises(session),
        **given,
    }
    run = make_digests(session, now=at, **values)
    assert run is not None
    return run


def live_through(session: Session) -> DigestRun:
    """Live through the weeks and give the digest of the last one, which chains to the one before."""
    story = Story(session)
    began = MONDAY - 15 * WEEK
    gao = story.source("cbp-gao", created_at=began, rows=15, declared_total=15)
    oig = story.source("dhs-oig", created_at=began, rows=52, declared_total=None)
    story.source("tsa-gao", created_at=began, rows=10, declared_total=25, complete=False)
    _open_recommendations(story, gao, oig)
    for weeks, count in enumerate(reversed(EARLIER), start=1):
        for number in range(count):
            _new_report(story, oig, f"OIG-25-{weeks:02}{number}", MONDAY - weeks * WEEK - timedelta(days=2))
    digest_at(session, LAST_MONDAY)
    _last_week(story, gao, oig)
    for source, times in ((gao, 84), (oig, 168)):
        source.unchanged_checks = times
    check = story.check(oig, MONDAY - timedelta(days=3))
    check.outcome = "quarantined"
    session.flush()
    return digest_at(session, MONDAY)


def _open_recommendations(story: Story, gao: Source, oig: Source) -> None:
    for number, (agency, days, dated) in enumerate(_OPEN):
        name = f"GAO-2{number % 6}-10{number:04}"
        since = MONDAY - timedelta(days=days)
        record = story.record(
            gao, f"{name} rec 1", since, report_number=name, recommendation_number="1", agency=agency,
            priority=number in (5, 12) or None, status_comment=_PROMISED.get(number, "Work goes on."),
        )  # fmt: skip
        if number == 5:
            _care(story, record.id, "assigned", text="Ana Ruiz")
            _care(story, record.id, "note", text="CBP’s liaison <wants> *two* more weeks")
        if number == 12:
            _care(story, record.id, "snoozed_until", until=MONDAY + 12 * WEEK)
        if dated:
            story.record(oig, name, since, report=True, report_number=name, issue_date=f"{since:%Y-%m-%d}")


def _care(story: Story, record_id: int, kind: TriageKind, **given: Any) -> None:
    say(story.session, record_id, kind, by="desk", now=LAST_MONDAY, **given)


def _new_report(story: Story, source: Source, number: str, at: datetime, title: str = "A Report") -> None:
    record = story.record(source, number, at, report=True, report_number=number, title=title)
    story.change(record, ChangeKind.NEW_REPORT, at, before={}, after=dict(record.fields))


def _recommendation(story: Story, source: Source, report: str, days: int) -> Any:
    since = MONDAY - timedelta(days=days)
    return story.record(source, f"{report} rec 2", since, report_number=report, recommendation_number="2")


def _last_week(story: Story, gao: Source, oig: Source) -> None:
    day = timedelta(days=1)
    title = "CBP Did Not Consistently Review “Facial Recognition” Mismatches under 8 U.S.C. §\xa01365b"
    _new_report(story, oig, "OIG-26-18", MONDAY - 5 * day, title)
    _new_report(story, oig, "OIG-26-19", MONDAY - 2 * day, "Medical Care of Migrants in CBP’s Custody")
    record = story.record(gao, "GAO-24-106148 rec 4", MONDAY - 400 * day)
    change = closed()
    story.change(record, ChangeKind.STATUS_CHANGED, MONDAY - 4 * day, dict(change.before), dict(change.after))
    record.status = "closed_implemented"
    record = story.record(
        gao,
        "GAO-23-105959 rec 2",
        MONDAY - 300 * day,
        recommendation_number="2",
        report_number="GAO-23-105959",
    )
    comments = (
        {"status_comment": f"As of {said}."}
        for said in ("2023, CBP plans to act by May 2024", "March 2026, CBP plans to act by March 2027")
    )
    story.change(record, ChangeKind.COMMENT_UPDATED, MONDAY - 3 * day, *comments)
    gone = story.record(
        gao,
        "GAO-22-104463 rec 1",
        MONDAY - 500 * day,
        recommendation_number="1",
        report_number="GAO-22-104463",
    )
    story.change(gone, ChangeKind.LEFT_LIST, MONDAY - 1 * day, {"status": "open"}, {"status": "unknown"})
    gone.status, gone.listed = "unknown", False
