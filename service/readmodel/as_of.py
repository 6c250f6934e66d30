"""Records as they were at the end of a day, and what differs between two days."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col

from monitor.changes.diff import same_value
from monitor.commitments.listing import sorted_by
from monitor.domain.identity import type_of
from monitor.domain.status import OPEN_STATUSES
from monitor.store.as_of import PastRecord, parts_as_of, records_between
from monitor.store.models import Record, RecordVersion
from service.database.engines import to_json
from service.readmodel.agencies import agencies_named
from service.readmodel.record_list import RecordFilter, RecordPage
from service.readmodel.records import iso, whole_fields

_PLACE = "~"  # no source has it in its name
_MOST_AT_ONCE = 500


def records_on(
    session: Session,
    wanted: RecordFilter,
    until: datetime,
    *,
    limit: int | None,
    after: str | None = None,
    whole: bool = True,
) -> RecordPage:
    """Return up to `limit` records as they were just before a moment; where that is None, all of them.

    Unless `whole`, the page ends after a bounded number of records looked through, as others do.
    """
    found: list[PastRecord] = []
    source, _, key = (after or "").partition(_PLACE)
    conditions = _conditions(session, wanted)
    most = _MOST_AT_ONCE if limit is None else min(limit + 1, _MOST_AT_ONCE)
    for part in parts_as_of(session, until, conditions, source=wanted.source, after=(source, key), most=most):
        found += part.found
        if limit is not None and len(found) > limit:
            return RecordPage(_rows(found[:limit]), _PLACE.join(found[limit - 1].place))
        if part.next and not whole and len(part.found) < most:
            return RecordPage(_rows(found), _PLACE.join(part.next), cut=True)
    return RecordPage(_rows(found))


def _conditions(session: Session, wanted: RecordFilter) -> list[ColumnElement[bool]]:
    """Return the conditions on records and their versions: the values are those of then."""
    found: list[ColumnElement[bool]] = []
    fields, status = col(RecordVersion.fields), col(RecordVersion.fields)["status"].as_string()
    if wanted.kind is not None:
        found.append(col(Record.kind) == wanted.kind.value)
    if wanted.status is not None:
        found.append(status == wanted.status.value)
    if wanted.open_only:
        found += [status.in_(OPEN_STATUSES), col(RecordVersion.listed).is_(True)]
    if wanted.priority is not None:
        found.append(func.coalesce(fields["priority"].as_boolean(), False).is_(wanted.priority))
    if wanted.agency is not None:
        found.append(fields["agency"].as_string().in_(agencies_named(session, wanted.agency)))
    if wanted.subject is not None:
        # With the quotes of JSON, so that no subject is found in a longer one.
        subjects = func.lower(fields["topics"].as_string())
        found.append(subjects.contains(to_json(wanted.subject).lower(), autoescape=True))
    return found


def _rows(found: Sequence[PastRecord]) -> tuple[dict[str, Any], ...]:
    return tuple(map(past_as_data, found))


def past_as_data(past: PastRecord) -> dict[str, Any]:
    """Return one record as it was, under its key of now; whose it was is not looked up."""
    record, version = past.record, past.version
    return {
        "source": past.source,
        "kind": record.kind,
        "key": record.key,
        **type_of(record.kind, version.fields),
        **whole_fields(record.kind, version.fields),
        "listed": version.listed,
        "first_seen": iso(record.first_seen_at),
        "changed": iso(version.seen_at),
        "dated": record.dated,
        "due": sorted_by(version.fields)["due"],
        "unlisted": None if version.listed else iso(version.seen_at),
        "snapshot_sha256": version.snapshot_sha256,
        "assigned_to": None,
    }


def records_side_by_side(
    session: Session, source: str | None, begin: datetime, end: datetime
) -> Iterator[dict[str, Any]]:
    """Yield each record that differs between two moments, by source and key, as it was at both.

    `before` is None for a record that was not known then; `fields` are the names of those that differ.
    """
    for before, after in records_between(session, begin, end, source):
        names = _differing(before.version.fields if before else {}, after.version.fields)
        moved = before is not None and before.version.listed != after.version.listed
        if before is None or names or moved:
            yield {
                "source": after.source,
                "key": after.record.key,
                "kind": after.record.kind,
                "fields": names,
                "before": past_as_data(before) if before else None,
                "after": past_as_data(after),
            }


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in {**before, **after} if not same_value(name, before.get(name), after.get(name))]
