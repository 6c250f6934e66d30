"""A recommendation's history as plain data: its statuses, its comments and the date it promises."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from monitor.changes.timeline import Span, comment_spans, spans_on, status_spans
from monitor.commitments.extract import Promise
from monitor.commitments.overdue import promised_since
from monitor.commitments.queries import open_promises
from monitor.domain.status import is_open_status
from monitor.domain.types import RecordKind
from monitor.store.changes import ChangeView
from monitor.store.checks import last_looks_before
from monitor.store.models import Record, RecordVersion, Source


def lineage_as_data(
    session: Session,
    source: Source,
    record: Record,
    versions: Sequence[RecordVersion],
    changes: Sequence[ChangeView],
    until: datetime | None,
    zone: tzinfo,
) -> dict[str, Any]:
    """Return the status and comment history, and the target date.

    `versions` and `changes` are the whole life; with `until` it is shown as it was known then.
    """
    if record.kind != RecordKind.RECOMMENDATION.value:
        return {}
    seen_until = _seen_until(source, record)
    last_seen = _last_seen(session, versions, changes)
    statuses = status_spans(versions, last_seen, seen_until)
    comments = comment_spans(versions, last_seen, seen_until)
    if until is not None:
        statuses, comments = spans_on(statuses, until), spans_on(comments, until)
        versions = [version for version in versions if version.seen_at < until]
    today = min(seen_until, until) if until else seen_until
    return {
        "statuses": [
            {"status": span.value, "text": span.text, "reopened": span.reopened, **_times(span)}
            for span in statuses
        ],
        "comments": [{"comment": span.value, **_times(span)} for span in comments],
        "promise": _promise(versions, today, zone),
    }


def _seen_until(source: Source, record: Record) -> datetime:
    """Return when the record was last seen as it stands."""
    seen = (
        (source.last_swept_at if record.listed else None)
        if record.last_seen_at is None
        else record.last_seen_at
    )
    return max(seen or record.changed_at, record.changed_at)


def _last_seen(
    session: Session, versions: Sequence[RecordVersion], changes: Sequence[ChangeView]
) -> dict[int, datetime]:
    """Return, by the id of each version, when the one before was last seen."""
    told = {change.check_id: change.not_before for change in changes if change.not_before}
    unsaid = {version.check_id for version in versions[1:]} - told.keys()
    known = {**told, **last_looks_before(session, unsaid)}
    return {version.id: known[version.check_id] for version in versions if version.check_id in known}


def _times(span: Span) -> dict[str, Any]:
    return {
        "first_seen": span.first_seen.isoformat(),
        "last_seen": span.last_seen.isoformat(),
        "stands": span.stands,
        "snapshot_sha256": span.snapshot_sha256,
    }


def _promise(versions: Sequence[RecordVersion], today: datetime, zone: tzinfo) -> dict[str, Any] | None:
    """Return the date that an open recommendation is promised for; None where it is closed or none is."""
    if not versions or not is_open_status(versions[-1].fields.get("status")):
        return None
    if (standing := promised_since(versions)) is None:
        return None
    passed = standing.promise.due < today.astimezone(zone).date()
    return promise_as_data(standing.promise, standing.first.seen_at, standing.before, passed=passed)


def promise_as_data(
    promise: Promise, since: datetime, before: Promise | None, *, passed: bool
) -> dict[str, Any]:
    """Return a promise, when we first read its date, and the one before it."""
    return {
        "words": promise.words,
        "date": promise.named,
        "precision": promise.precision.value,
        "due": promise.due.isoformat(),
        "since": since.isoformat(),
        "moved_from": before.named if before else None,
        "passed": passed,
    }


def promises_as_data(
    session: Session, source: str | None, now: datetime, time_zone: str
) -> list[dict[str, Any]]:
    """Return the open recommendations whose comment promises a date, of one source or of all."""
    found = open_promises(session, None if source is None else [source])
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return [
        {
            "source": one.source,
            "key": one.record.key,
            "agency": one.record.fields.get("agency"),
            "recommendation": one.record.fields.get("recommendation"),
            "url": one.record.fields.get("url"),
            "promise": promise_as_data(one.promise, one.since, one.before, passed=one.has_passed(today)),
            "snapshot_sha256": one.record.snapshot_sha256,
        }
        for one in found
    ]
