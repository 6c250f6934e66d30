"""Record histories as plain data: versions, changes, promises, and where else a record is listed."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.routing.decisions import Decision, decisions
from alerts.triage.annotations import said_of
from monitor.domain.identity import type_of
from monitor.linkage.queries import Elsewhere, compared, elsewhere
from monitor.store.changes import ChangeView, changes_of_record
from monitor.store.models import Record, RecordVersion, Source
from monitor.store.records import records_with_key, versions_of_record
from service.readmodel.corrections import corrections_as_data
from service.readmodel.documents import document_as_data
from service.readmodel.lineage import lineage_as_data
from service.readmodel.records import (
    change_as_data,
    end_of_day,
    iso,
    record_as_data,
    usable_day,
    whole_fields,
)
from service.readmodel.triage import cared_as_data


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
    unlisted = last.seen_at if last and not last.listed else _gone_since(record, lived, last, until)
    return {
        "source": source.key,
        "kind": record.kind,
        "key": record.key,
        **type_of(record.kind, last.fields if last else record.fields),
        "on": on.isoformat() if on else None,
        "first_seen": iso(record.first_seen_at),
        "listed": unlisted is None if last else None,
        "unlisted": iso(unlisted),
        "fields": whole_fields(record.kind, last.fields) if last else None,
        "snapshot_sha256": last.snapshot_sha256 if last else None,
        "elsewhere": [elsewhere_as_data(one) for one in elsewhere(session, [record.id]).get(record.id, ())],
        **lineage_as_data(session, source, record, lived, happened, until, zone),
        "versions": _versions(versions),
        "changes": [{**_what(change), **_told(decided.get(change.id))} for change in changes],
        "corrections": corrections_as_data(session, record),
        "document": document_as_data(session, record) if until is None else None,
    }


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


def _gone_since(
    record: Record, lived: Sequence[RecordVersion], last: RecordVersion | None, until: datetime | None
) -> datetime | None:
    """Return since when a record is off the list whose newest version is older: it was imported."""
    gone = None if record.listed else record.unlisted_at
    is_newest = last is not None and last is lived[-1]
    return gone if gone and is_newest and (until is None or gone < until) else None


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
