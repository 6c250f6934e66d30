"""A recommendation's lineage as plain data, and in words for a terminal: statuses, comments, the promise."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.headlines import said_status
from alerts.wording import day, plain, shortened, shown_date
from monitor.diff import is_open_status
from monitor.lapses import promised_since
from monitor.lives import Span, comment_spans, spans_on, status_spans
from monitor.models import Record, RecordVersion, Source
from monitor.promised import Promised
from monitor.promises import Promise
from monitor.queries import ChangeView, last_look_before
from monitor.types import ChangeKind, RecordKind, Status

_LONGEST_COMMENT = 120


def lineage_as_data(
    session: Session,
    record: Record,
    versions: Sequence[RecordVersion],
    changes: Sequence[ChangeView],
    until: datetime | None,
    zone: tzinfo,
) -> dict[str, Any]:
    """Give which status and comment stood from when until when, and the date that is promised.

    `versions` and `changes` are the whole life; with `until` it is shown as it was known then.
    """
    if record.kind != RecordKind.RECOMMENDATION.value:
        return {}
    seen_until = _seen_until(session, record)
    last_seen = _last_seen(session, record, versions, changes)
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


def _seen_until(session: Session, record: Record) -> datetime:
    """Give when the record was last seen as it stands."""
    swept = session.get_one(Source, record.source_id).last_swept_at
    seen = (swept if record.listed else None) if record.last_seen_at is None else record.last_seen_at
    return max(seen or record.changed_at, record.changed_at)


def _last_seen(
    session: Session, record: Record, versions: Sequence[RecordVersion], changes: Sequence[ChangeView]
) -> dict[int, datetime]:
    """Give, by the id of each version, when the one before was last seen."""
    told = {change.check_id: change.not_before for change in changes if change.not_before}
    found = {
        version.id: told.get(version.check_id)
        or last_look_before(session, record.source_id, version.check_id)
        for version in versions
    }
    return {id_: time for id_, time in found.items() if time}


def _times(span: Span) -> dict[str, Any]:
    return {
        "first_seen": span.first_seen.isoformat(),
        "last_seen": span.last_seen.isoformat(),
        "stands": span.stands,
        "snapshot_sha256": span.snapshot_sha256,
    }


def _promise(versions: Sequence[RecordVersion], today: datetime, zone: tzinfo) -> dict[str, Any] | None:
    """Give the date that an open recommendation is promised for; None where it is closed or none is."""
    if not versions or not is_open_status(versions[-1].fields.get("status")):
        return None
    if (standing := promised_since(versions)) is None:
        return None
    passed = standing.promise.due < today.astimezone(zone).date()
    return promise_as_data(standing.promise, standing.first.seen_at, standing.before, passed=passed)


def promise_as_data(
    promise: Promise, since: datetime, before: Promise | None, *, passed: bool
) -> dict[str, Any]:
    """Give a promise, when we first read its date, and the one before it."""
    return {
        "words": promise.words,
        "date": promise.named,
        "precision": promise.precision.value,
        "due": promise.due.isoformat(),
        "since": since.isoformat(),
        "moved_from": before.named if before else None,
        "passed": passed,
    }


def promised_as_data(found: Sequence[Promised], now: datetime, time_zone: str) -> list[dict[str, Any]]:
    """Give open recommendations with the dates they are promised for."""
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


# ---- in words


def lineage_lines(life: Mapping[str, Any], zone: tzinfo) -> Iterator[tuple[str, str]]:
    """Give what each line of a life is about, and what it says."""
    for number, one in enumerate(life.get("statuses", ())):
        status = said_status(one["status"], one["text"])
        again = ", reopened" if one["reopened"] else ""
        yield "" if number else "lived as", f"{status}{again}: {_said_times(one, zone)}"
    for number, one in enumerate(life.get("comments", ())):
        said = f"“{shortened(plain(one['comment']), _LONGEST_COMMENT)}”" if one["comment"] else "none"
        yield "" if number else "comments", f"{_said_times(one, zone)}: {said}"
    if promise := life.get("promise"):
        yield "promised", said_promise(promise, zone)


def said_promise(promise: Mapping[str, Any], zone: tzinfo) -> str:
    """Say a promise as its own words, its last day, when it was first read and what it was before."""
    ends = "passed" if promise["passed"] else "to be kept"
    read = day(datetime.fromisoformat(promise["since"]), zone)
    moved = f", moved from {plain(promise['moved_from'])}" if promise["moved_from"] else ""
    last = shown_date(promise["due"])
    return f"“{plain(promise['words'])}”{moved}: last day {last}, {ends}; first read {read}"


def _said_times(one: Mapping[str, Any], zone: tzinfo) -> str:
    first, last = (day(datetime.fromisoformat(one[name]), zone) for name in ("first_seen", "last_seen"))
    if one["stands"]:
        return f"from {first}, last seen {last}" if last != first else f"from {first}"
    return f"from {first} until {last}" if last != first else f"on {first}"


def said_change(change: Mapping[str, Any]) -> str:
    """Name what a change did in a life: closed, reopened, partially addressed, priority raised."""
    kind = change["kind"]
    if kind == ChangeKind.PRIORITY_CHANGED.value:
        return "priority mark raised" if change["after"].get("priority") else "priority mark dropped"
    if kind != ChangeKind.STATUS_CHANGED.value:
        return str(kind).replace("_", " ")
    old, new = (str(change[side].get("status")) for side in ("before", "after"))
    if new.startswith(Status.CLOSED.value):
        return "status changed: closed"
    if old.startswith(Status.CLOSED.value) and is_open_status(new):
        return "status changed: reopened"
    return (
        "status changed: partially addressed" if new == Status.OPEN_PARTIALLY_ADDRESSED else "status changed"
    )
