"""Changes, records and record histories as plain data.

Nothing is shortened or translated here: times are UTC in ISO form, page text is the publisher's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.routing.decisions import Decision, decisions
from alerts.triage.annotations import said_of
from monitor.domain.errors import OversightError
from monitor.domain.identity import type_of
from monitor.domain.types import FIELDS, RecordKind
from monitor.linkage.queries import Elsewhere, compared, elsewhere
from monitor.store.changes import ChangeView, changes_of_record
from monitor.store.models import Record, RecordVersion, Source
from monitor.store.records import records_with_key, versions_of_record
from service.readmodel.corrections import corrections_as_data
from service.readmodel.documents import document_as_data
from service.readmodel.lineage import lineage_as_data
from service.readmodel.triage import cared_as_data


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


def lives_as_data(
    session: Session, key: str, on: date | None, time_zone: str, now: datetime | None = None
) -> list[dict[str, Any]]:
    """Return the life of every source's record of this key, up to the end of the local day `on`.

    `fields` are None where the record was not known yet on that day.
    """
    until = end_of_day(usable_day(on), ZoneInfo(time_zone)) if on else None
    zone = ZoneInfo(time_zone)
    return [
        {
            **_life(session, source, record, until, on, zone),
            **cared_as_data(said_of(session, record.id), until or now or datetime.now(UTC)),
        }
        for source, record in records_with_key(session, key)
    ]


def between(first: date | None, last: date | None, time_zone: str) -> tuple[datetime | None, datetime | None]:
    """Return the moments in which a first local day begins and a last one ends. Raises OversightError."""
    if first and last and first > last:
        raise OversightError(f"{first:%Y-%m-%d} is after {last:%Y-%m-%d}; give the earlier day first")
    zone = ZoneInfo(time_zone)
    begin = end_of_day(usable_day(first) - timedelta(days=1), zone) if first else None
    return begin, end_of_day(usable_day(last), zone) if last else None


def usable_day(day: date) -> date:
    """Return a day with which one can count. Raises OversightError."""
    if not 1900 <= day.year <= 2999:
        raise OversightError(f"{day} is too far away; give a day from 1900 to 2999")
    return day


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment after a local day, which is not always 24 hours long."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def _life(
    session: Session,
    source: Source,
    record: Record,
    until: datetime | None,
    on: date | None,
    zone: ZoneInfo,
) -> dict[str, Any]:
    lived = versions_of_record(session, record.id)
    happened = changes_of_record(session, record.id, lived)
    versions = [v for v in lived if until is None or v.seen_at < until]
    changes = [c for c in happened if until is None or c.seen_at < until]
    last = versions[-1] if versions else None
    decided = decisions(session, [change.id for change in changes])
    return {
        "source": source.key,
        "kind": record.kind,
        "key": record.key,
        **type_of(record.kind, last.fields if last else record.fields),
        "on": on.isoformat() if on else None,
        "first_seen": iso(record.first_seen_at),
        "listed": last.listed if last else None,
        "unlisted": iso(last.seen_at) if last and not last.listed else None,
        "fields": whole_fields(record.kind, last.fields) if last else None,
        "snapshot_sha256": last.snapshot_sha256 if last else None,
        "elsewhere": [elsewhere_as_data(one) for one in elsewhere(session, [record.id]).get(record.id, ())],
        **lineage_as_data(session, source, record, lived, happened, until, zone),
        "versions": _versions(versions),
        "changes": [{**_what(change), **_told(decided.get(change.id))} for change in changes],
        "corrections": corrections_as_data(session, record),
        "document": document_as_data(session, record) if until is None else None,
    }


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


def elsewhere_as_data(one: Elsewhere) -> dict[str, Any]:
    """Return where else a thing is listed; `by` is None where a third site ties the two."""
    return {
        "source": one.source,
        "key": one.record.key,
        "by": one.by.value if one.by else None,
        "listed": one.record.listed,
        "url": one.record.fields.get("url"),
    }


def compared_as_data(session: Session, one: str, other: str) -> dict[str, Any]:
    """Return what one source lists and another does not, the reverse, and what both list."""
    found = compared(session, one, other)
    return {
        "sources": [one, other],
        "only": {
            one: [record_as_data(one, record) for record in found.only_one],
            other: [record_as_data(other, record) for record in found.only_other],
        },
        "both": [
            {
                "records": {one: record_as_data(one, mine), other: record_as_data(other, theirs)},
                "by": by.value if by else None,
            }
            for mine, theirs, by in found.both
        ],
    }


def _versions(versions: Sequence[RecordVersion]) -> list[dict[str, Any]]:
    return [
        {
            "seen": iso(version.seen_at),
            "listed": version.listed,
            "snapshot_sha256": version.snapshot_sha256,
            "fields": dict(version.fields),
        }
        for version in versions
    ]


def _what(change: ChangeView) -> dict[str, Any]:
    said = change_as_data(change)
    return {name: said[name] for name in said if name not in ("source", "record", "record_kind", "fields")}


def _told(decided: Decision | None) -> dict[str, Any]:
    tellings = decided.tellings if decided else ()
    return {
        "decision": decided.decision if decided else None,
        "topics": list(decided.topics) if decided else [],
        "told": [{**asdict(one), "sent_at": iso(one.sent_at)} for one in tellings],
        "told_before": [asdict(one) for one in decided.told_before] if decided else [],
    }


def iso(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601, or None."""
    return moment.isoformat() if moment else None
