"""What commands show, as plain data: the `--json` output, and what service.terminal makes readable.

Nothing is shortened or said in words here; times are UTC in ISO form, page text is the publisher's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from alerts.care import said_of
from alerts.models import DigestRun, OutboxItem
from alerts.told import Decision, decisions
from monitor.hosts import host_name, loads
from monitor.links import Compared, Elsewhere, elsewhere
from monitor.models import Check, Record, RecordVersion, Source
from monitor.queries import (
    ChangeView,
    changes_of_record,
    pages_of,
    records_with_key,
    source_health,
    versions_of_record,
)
from monitor.schedule import cron_after, next_due
from monitor.settings import spelled
from monitor.sweep import pages_noted
from service.cared import cared_as_data
from service.fleet_state import fleet_state
from service.lineage import lineage_as_data
from service.settings import WatchFile

if TYPE_CHECKING:
    from monitor.settle import Settled  # loads the whole of a check, which most commands do without

STATES = ("pending", "leased", "sent", "dead", "dropped")


def settled_as_data(settled: Iterable["Settled"]) -> list[dict[str, Any]]:
    """Give what each check came to."""
    return [
        {
            "source": one.source,
            "outcome": one.outcome.value,
            "changes": list(one.change_ids),
            "rows": one.rows,
            "declared_total": one.declared_total,
            "complete": one.complete,
            "reasons": list(one.reasons),
        }
        for one in settled
    ]


def status_as_data(session: Session, settings: WatchFile, now: datetime | None = None) -> dict[str, Any]:
    """Give how every source, the outbox and every digest stand."""
    now = now or datetime.now(UTC)
    known = {source.key: source for source in source_health(session)}
    watched = [_source(session, key, settings, known.get(key), now) for key in settings.sources]
    left = [
        _source(session, key, settings, source, now)
        for key, source in known.items()
        if key not in settings.sources
    ]
    return {
        "time_zone": settings.time_zone,
        "sources": watched + left,
        "outbox": _outbox(session),
        "hosts": _hosts(session, settings, now),
        "digests": [_digest(session, name, settings) for name in settings.digests],
        "fleet": fleet_state(session),
    }


def _source(
    session: Session, key: str, settings: WatchFile, source: Source | None, now: datetime
) -> dict[str, Any]:
    written = settings.sources.get(key)
    due = None
    if written is not None and not written.paused:
        due = next_due(written, settings.time_zone, source.last_checked_at if source else None, now)
    found: dict[str, Any] = {
        "source": key,
        "watched": written is not None,
        "paused": written.paused if written else False,
        "from_profile": {
            name: spelled(value) if isinstance(value := getattr(written, name), timedelta) else value
            for name in settings.habits.get(key, ())
        },
        "next_due": _iso(due),
        "last_checked": _iso(source.last_checked_at) if source else None,
        "outcome": source.last_outcome if source else None,
        "read": source is not None and source.last_accepted_at is not None,
        "rows": source.rows if source else 0,
        "declared_total": source.declared_total if source else None,
        "complete": source.complete if source else False,
        "pages": pages_of(session, source.id) if source else 0,
        "last_swept": _iso(source.last_swept_at) if source else None,
        "swept_ago_seconds": _seconds(now - source.last_swept_at)
        if source and source.last_swept_at
        else None,
        "sweep_pages_read": pages_noted(session, key),
        "unresolved": source.unresolved if source else 0,
        "troubles_in_a_row": source.troubles if source else 0,
        "trouble": source.trouble if source else None,
        "trouble_since": _iso(source.trouble_since) if source else None,
    }
    return {**found, "reasons": _reasons(session, source)}


def _seconds(since: timedelta) -> int:
    return max(0, int(since.total_seconds()))


def _hosts(session: Session, settings: WatchFile, now: datetime) -> list[dict[str, Any]]:
    """Give how often each watched host was asked today, in the order of the watch file."""
    web = [source.url for source in settings.sources.values() if source.is_web]
    names = list(dict.fromkeys(map(host_name, web)))
    return [
        {
            "host": load.host,
            "requests_today": load.requests,
            "requests_per_day": load.limit,
            "left_alone_until": _iso(load.away_until),
        }
        for load in loads(session, names, settings.requests_per_day, now)
    ]


def _reasons(session: Session, source: Source | None) -> list[str]:
    """Give what the last check had to say; nothing where the source was found unchanged since."""
    if source is None or (source.unchanged_checks and not source.troubles):
        return []
    statement = (
        select(Check.reasons).where(Check.source_id == source.id).order_by(col(Check.id).desc()).limit(1)
    )
    return list(session.exec(statement).one_or_none() or ())


def _outbox(session: Session) -> dict[str, int]:
    counted = dict(session.exec(select(OutboxItem.state, func.count()).group_by(OutboxItem.state)).all())
    return {state: counted.get(state, 0) for state in STATES}


def _digest(session: Session, name: str, settings: WatchFile) -> dict[str, Any]:
    last = session.exec(select(func.max(DigestRun.made_at)).where(DigestRun.name == name)).one()
    began = last or session.exec(select(func.min(Source.created_at))).one()
    due = cron_after(settings.digests[name].cron, settings.time_zone, began) if began else None
    return {"digest": name, "last_made": _iso(last), "next_due": _iso(due)}


def change_as_data(change: ChangeView) -> dict[str, Any]:
    """Give one change with the snapshots that prove it."""
    return {
        "id": change.id,
        "kind": change.kind.value,
        "source": change.source,
        "record": change.record_key,
        "record_kind": change.record_kind.value,
        "seen": _iso(change.seen_at),
        "not_before": _iso(change.not_before),
        "before": dict(change.before),
        "after": dict(change.after),
        "before_sha256": change.before_sha256,
        "after_sha256": change.after_sha256,
        "fields": dict(change.fields),
    }


def record_as_data(source_key: str, record: Record) -> dict[str, Any]:
    """Give one record as it was last seen."""
    return {
        "source": source_key,
        "kind": record.kind,
        "key": record.key,
        **record.fields,
        "listed": record.listed,
        "first_seen": _iso(record.first_seen_at),
        "changed": _iso(record.changed_at),
        "unlisted": _iso(record.unlisted_at),
        "snapshot_sha256": record.snapshot_sha256,
    }


def lives_as_data(
    session: Session, key: str, on: datetime | None, time_zone: str, now: datetime | None = None
) -> list[dict[str, Any]]:
    """Give the life of every source's record of this key, up to the end of the local day `on`.

    `fields` are None where the record was not known yet on that day.
    """
    until = _end_of_day(on, ZoneInfo(time_zone)) if on else None
    zone = ZoneInfo(time_zone)
    return [
        {
            **_life(session, source, record, until, on, zone),
            **cared_as_data(said_of(session, record.id), until or now or datetime.now(UTC)),
        }
        for source, record in records_with_key(session, key)
    ]


def _end_of_day(day: datetime, zone: ZoneInfo) -> datetime:
    """Give the first moment after a local day, which is not always 24 hours long."""
    return datetime.combine(day.date() + timedelta(days=1), time(), zone).astimezone(UTC)


def _life(
    session: Session,
    source: str,
    record: Record,
    until: datetime | None,
    on: datetime | None,
    zone: ZoneInfo,
) -> dict[str, Any]:
    lived, happened = versions_of_record(session, record.id), changes_of_record(session, record.id)
    versions = [v for v in lived if until is None or v.seen_at < until]
    changes = [c for c in happened if until is None or c.seen_at < until]
    last = versions[-1] if versions else None
    decided = decisions(session, [change.id for change in changes])
    return {
        "source": source,
        "kind": record.kind,
        "key": record.key,
        "on": on.date().isoformat() if on else None,
        "first_seen": _iso(record.first_seen_at),
        "listed": last.listed if last else None,
        "unlisted": _iso(last.seen_at) if last and not last.listed else None,
        "fields": dict(last.fields) if last else None,
        "snapshot_sha256": last.snapshot_sha256 if last else None,
        "elsewhere": [elsewhere_as_data(one) for one in elsewhere(session, [record.id]).get(record.id, ())],
        **lineage_as_data(session, record, lived, happened, until, zone),
        "versions": _versions(versions),
        "changes": [{**_what(change), **_told(decided.get(change.id))} for change in changes],
    }


def elsewhere_as_data(one: Elsewhere) -> dict[str, Any]:
    """Give where else a thing is listed; `by` is None where a third site ties the two."""
    return {
        "source": one.source,
        "key": one.record.key,
        "by": one.by.value if one.by else None,
        "listed": one.record.listed,
        "url": one.record.fields.get("url"),
    }


def compared_as_data(one: str, other: str, found: Compared) -> dict[str, Any]:
    """Give what one source lists and another does not, the reverse, and what both list."""
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
            "seen": _iso(version.seen_at),
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
        "told": [{**asdict(one), "sent_at": _iso(one.sent_at)} for one in tellings],
        "told_before": [asdict(one) for one in decided.told_before] if decided else [],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
