"""A small made-up history: one change of every kind, and what digests make of them, for checks and previews.

It is written into a database in memory and read back the way real history is, so that a template meets here
what it will meet in service.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel

from alerts.digests.make import make_digests
from alerts.digests.reminders import due_reminders, reminder_content
from alerts.domain.messages import Recipients, Target
from alerts.domain.settings import DigestSettings, TopicSettings
from alerts.domain.types import TriageKind
from alerts.triage.annotations import say
from monitor.commitments.queries import open_promises
from monitor.domain.types import DOCUMENT_KINDS, ChangeKind, RecordKind
from monitor.store.changes import ChangeView, change_views
from monitor.store.models import Change, Check, Record, RecordVersion, Snapshot, SnapshotBody, Source

WORDS = ("biometric",)
TOPIC = "biometrics"
_SEEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
_BEFORE, _AFTER = "1b2f" * 16, "9c0d" * 16

_RECOMMENDATION: Mapping[str, Any] = {
    "report_number": "GAO-24-900001",
    "report_title": "Biometric Entry: CBP Should “Better” Measure Its Program under 8 U.S.C. §\xa01365b",
    "recommendation_number": "4",
    "agency": "U.S. Customs and Border Protection",
    "recommendation": "The Commissioner of CBP should assess the biometric program’s training needs.",
    "status": "open",
    "status_text": "Open",
    "status_comment": "As of March 2024, this recommendation remains open.",
    "priority": True,
    "url": "https://www.gao.gov/products/gao-24-900001",
}
_REPORT: Mapping[str, Any] = {
    "report_number": "OIG-26-900",
    "title": "CBP’s Biometric Exit Program Needs “Better” Oversight",
    "abstract": "We determined that CBP’s biometric exit program did not meet its goals.",
    "issue_date": "2026-02-27",
    "fiscal_year": 2026,
    "agency": "U.S. Customs and Border Protection",
    "url": "https://www.oig.dhs.gov/sites/default/files/assets/2026-02/OIG-26-900.pdf?a=1&b=2",
}
# What each kind changes; a kind that changes no field needs no line.
_CHANGED: Mapping[ChangeKind, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    ChangeKind.STATUS_CHANGED: (
        {"status": "open", "status_text": "Open", "status_comment": "This remains open."},
        {
            "status": "closed_implemented",
            "status_text": "Closed – Implemented",
            "status_comment": "CBP completed these actions in May 2025.",
        },
    ),
    ChangeKind.COMMENT_UPDATED: (
        {"status_comment": "CBP anticipates completing these actions by May 2024."},
        {"status_comment": "CBP anticipates completing these actions by March 2026."},
    ),
    ChangeKind.TITLE_REVISED: ({"title": "Biometric Exit Needs Oversight"}, {"title": _REPORT["title"]}),
    ChangeKind.DETAILS_REVISED: (
        {"issue_date": "2026-02", "agency": None},
        {"issue_date": "2026-02-27", "agency": "U.S. Customs and Border Protection"},
    ),
    ChangeKind.RENUMBERED: ({"report_number": "OIG-26-9"}, {"report_number": "OIG-26-900"}),
    ChangeKind.LEFT_LIST: (
        {"status": "open", "status_text": "Open"},
        {"status": "unknown", "status_text": None},
    ),
    ChangeKind.WITHDRAWN: ({"listed": True}, {"listed": False}),
    ChangeKind.REAPPEARED: ({"listed": False}, {"listed": True}),
    ChangeKind.DOCUMENT_REISSUED: (
        {"file_size": 1_204_331, "file_date": "2026-02-27", "file_sha256": "1b2f" * 16},
        {"file_size": 1_198_004, "file_date": "2026-03-02", "file_sha256": "9c0d" * 16},
    ),
    ChangeKind.DOCUMENT_TEXT_CHANGED: (
        {"file_text": "p. 12: CBP did not test the system before it was used."},
        {"file_text": "p. 12: CBP did not fully test the system before it was used."},
    ),
    ChangeKind.DOCUMENT_WITHDRAWN: ({"file_size": 1_198_004, "file_date": "2026-03-02"}, {}),
    ChangeKind.PRIORITY_CHANGED: ({"priority": False}, {"priority": True}),
    ChangeKind.PROMISE_PASSED: (
        {},
        {
            "promise": "by January 2026",
            "promised": "January 2026",
            "due": "2026-01-31",
            "since": "2025-01-05",
        },
    ),
    ChangeKind.NO_UPDATE: ({}, {"months": 14, "since": "2025-01-05"}),
}
_OF_REPORTS = (
    ChangeKind.NEW_REPORT,
    ChangeKind.TITLE_REVISED,
    ChangeKind.DETAILS_REVISED,
    ChangeKind.RENUMBERED,
    ChangeKind.WITHDRAWN,
    ChangeKind.REAPPEARED,
    *sorted(DOCUMENT_KINDS),
)


@dataclass(frozen=True, slots=True)
class Samples:
    """A change of every kind, and the content of a full and of an empty digest, and of a reminder."""

    changes: tuple[ChangeView, ...]
    digests: tuple[Mapping[str, Any], ...]
    reminder: Mapping[str, Any]

    def of(self, kind: ChangeKind) -> ChangeView:
        """Return the change of one kind."""
        return next(change for change in self.changes if change.kind is kind)


def samples() -> Samples:
    """Make them all; nothing is kept and only memory is used."""
    with _empty_database() as session:
        ids = [_written(session, number, kind) for number, kind in enumerate(ChangeKind, 1)]
        changes = change_views(session, ids)
        _write_care(session, changes)
        weeks = (_SEEN + timedelta(days=1), _SEEN + timedelta(days=8))
        runs = [_digest(session, now) for now in weeks]
        digests = tuple(run for run in runs if run is not None)
        return Samples(tuple(changes), digests, _reminder(session, weeks[1]))


def _write_care(session: Session, changes: Sequence[ChangeView]) -> None:
    """Assign and annotate every changed record, and snooze one."""
    for change in changes:
        say(session, change.record_id, TriageKind.ASSIGNED, by="desk", now=_SEEN, text="Ana")
        say(
            session,
            change.record_id,
            TriageKind.NOTE,
            by="desk",
            now=_SEEN,
            text="CBP asked for “two” weeks.",
        )
    snoozed = next(change for change in changes if change.kind is ChangeKind.COMMENT_UPDATED)
    say(session, snoozed.record_id, TriageKind.SNOOZED_UNTIL_CHANGE, by="desk", now=_SEEN)
    session.flush()


@contextmanager
def _empty_database() -> Iterator[Session]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        SQLModel.metadata.create_all(engine)
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def _digest(session: Session, now: datetime) -> Mapping[str, Any] | None:
    topic = TopicSettings.model_validate({"match": {"any": ["biometric*"]}})
    run = make_digests(
        session,
        name="weekly",
        settings=DigestSettings.model_validate({}),
        topics={TOPIC: topic},
        recipients={},
        now=now,
        time_zone=UTC,
        promised=open_promises(session),
    )
    return run.content if run else None


def _reminder(session: Session, now: datetime) -> Mapping[str, Any]:
    desk = Target("desk", "desk@example.org", SecretStr(""), "text")
    topic = TopicSettings.model_validate({"remind_every": "30d", "send": {"immediately": "desk"}})
    (due,) = due_reminders(session, {TOPIC: topic}, Recipients({"desk": (desk,)}, {}), now)
    return reminder_content(session, due, topic, now, UTC)


def _written(session: Session, number: int, kind: ChangeKind) -> int:
    """Write one change with its source, record, version and proof; give its id."""
    is_report = kind in _OF_REPORTS
    before, after = _CHANGED.get(kind, ({}, {}))
    earlier = {**(_REPORT if is_report else _RECOMMENDATION), **before}
    fields = {**earlier, **after}
    for extra in ("listed", "promise", "promised", "due", "since", "months"):
        earlier.pop(extra, None)
        fields.pop(extra, None)
    if number == 1:
        _write_pages(session)
    session.add(Record(
        id=number, source_id=1, key=f"sample {number}", status=fields.get("status"), fields=fields,
        kind=(RecordKind.REPORT if is_report else RecordKind.RECOMMENDATION).value,
        fingerprint="", snapshot_sha256=_AFTER, first_seen_at=_SEEN - timedelta(days=420), changed_at=_SEEN,
    ))  # fmt: skip
    session.flush()
    for check, version, seen in ((1, earlier, _SEEN - timedelta(days=420)), (2, fields, _SEEN)):
        session.add(RecordVersion(
            record_id=number, check_id=check, seen_at=seen, listed=True, snapshot_sha256=_AFTER,
            fields=version,
        ))  # fmt: skip
    change = Change(
        source_id=1, record_id=number, check_id=2, kind=kind.value, before=dict(before), after=dict(after),
        not_before=_SEEN - timedelta(hours=2), seen_at=_SEEN, after_sha256=_AFTER,
        before_sha256=None if kind.value.startswith("new_") else _BEFORE,
    )  # fmt: skip
    session.add(change)
    session.flush()
    return change.id


def _write_pages(session: Session) -> None:
    """Write the source, its two checks and the pages they saw."""
    session.add(Source(
        id=1, key="sample", reading="sample 1 https://www.gao.gov/", created_at=_SEEN, last_checked_at=_SEEN,
        last_accepted_at=_SEEN, last_outcome="changed", rows=9, declared_total=9, complete=True,
    ))  # fmt: skip
    session.flush()
    for check, seen in ((1, _SEEN - timedelta(days=420)), (2, _SEEN)):
        session.add(Check(id=check, source_id=1, started_at=seen, finished_at=seen, outcome="changed"))
    session.flush()
    for check, sha256 in ((1, _BEFORE), (2, _AFTER)):
        session.add(SnapshotBody(sha256=sha256, size=1, encoding="zstd", body=b""))
        session.flush()
        session.add(Snapshot(
            source_id=1, check_id=check, url="u", final_url="u", fetched_at=_SEEN, sha256=sha256,
            content_type="text/html", charset="utf-8",
        ))  # fmt: skip
    session.flush()
