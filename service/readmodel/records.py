"""Changes, records and record histories as plain data.

Nothing is shortened or translated here: times are UTC in ISO form, page text is the publisher's own.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor.domain.errors import OversightError
from monitor.domain.identity import type_of
from monitor.domain.types import FIELDS, RecordKind
from monitor.store.changes import ChangeView
from monitor.store.models import Record
from service.readmodel.days import Day


def change_as_data(change: ChangeView) -> dict[str, Any]:
    """Return one change with the snapshots that prove it."""
    return {
        "id": change.id,
        "kind": change.kind.value,
        "source": change.source,
        "record": change.record_key,
        "record_kind": change.record_kind.value,
        "seen": iso(change.seen_at),
        "not_before": iso(change.not_before),
        "as_of": change.as_of.date().isoformat() if change.as_of else None,
        "before": dict(change.before),
        "after": dict(change.after),
        "before_sha256": change.before_sha256,
        "after_sha256": change.after_sha256,
        "imported": change.imported,
        "fields": dict(change.fields),
    }


def record_as_data(source_key: str, record: Record) -> dict[str, Any]:
    """Return one record as it was last seen."""
    return {
        "source": source_key,
        "kind": record.kind,
        "key": record.key,
        **type_of(record.kind, record.fields),
        **whole_fields(record.kind, record.fields),
        "listed": record.listed,
        "first_seen": iso(record.first_seen_at),
        "changed": iso(record.changed_at),
        "dated": record.dated,
        "due": record.due,
        "unlisted": iso(record.unlisted_at),
        "snapshot_sha256": record.snapshot_sha256,
    }


def whole_fields(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return all fields of a kind; those that an older version did not read yet are None."""
    return {**dict.fromkeys(FIELDS[RecordKind(kind)]), **fields}


def between(first: date | None, last: date | None, time_zone: str) -> tuple[datetime | None, datetime | None]:
    """Return the moments in which a first local day begins and a last one ends. Raises OversightError."""
    if first and last and first > last:
        raise OversightError(f"{first:%Y-%m-%d} is after {last:%Y-%m-%d}; give the earlier day first")
    zone = ZoneInfo(time_zone)
    begin = end_of_day(usable_day(first) - timedelta(days=1), zone) if first else None
    return begin, end_of_day(usable_day(last), zone) if last else None


def known_day(day: Day, time_zone: str, now: datetime | None = None) -> date:
    """Return which day is meant. Raises OversightError for one that has not begun: nothing is known of it."""
    found, today = day.of(time_zone, now), Day("today").of(time_zone, now)
    if found > today:
        raise OversightError(
            f"{found:%Y-%m-%d} has not come yet; give a day of the past, or today, which is {today:%Y-%m-%d}"
        )
    return usable_day(found)


def two_days(first: date, second: date, time_zone: str) -> tuple[datetime, datetime]:
    """Return the moments in which two local days end. Raises OversightError where they are not in order."""
    begin, end = between(None, first, time_zone)[1], between(None, second, time_zone)[1]
    if begin is None or end is None or begin >= end:
        raise OversightError(f"{first:%Y-%m-%d} is not before {second:%Y-%m-%d}; give the earlier day first")
    return begin, end


def usable_day(day: date) -> date:
    """Return a day with which one can count. Raises OversightError."""
    if not 1900 <= day.year <= 2999:
        raise OversightError(f"{day} is too far away; give a day from 1900 to 2999")
    return day


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment after a local day, which is not always 24 hours long."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def moments(life: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Return every version with its changes, and every change without a version, oldest first."""
    # A page that changed and is also read in a new way makes two versions: the later one is the change.
    newest = {version["seen"]: version for version in life["versions"]}
    told: list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]] = [
        (one, [c for c in life["changes"] if c["seen"] == one["seen"] and one is newest[one["seen"]]])
        for one in life["versions"]
    ]
    shown = {change["id"] for _, changes in told for change in changes}
    alone = [change for change in life["changes"] if change["id"] not in shown]
    told += [({**change, "snapshot_sha256": change["after_sha256"]}, [change]) for change in alone]
    return sorted(told, key=lambda moment: datetime.fromisoformat(moment[0]["seen"]))


def iso(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601, or None."""
    return moment.isoformat() if moment else None
