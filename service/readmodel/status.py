"""Checks and `status` as plain data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import JSON, type_coerce
from sqlmodel import Session, col, func, select

from alerts.domain.types import OutboxState
from alerts.outbox.totals import Total
from monitor.domain.schedule import cron_after, is_overdue, next_due
from monitor.domain.settings import spelled
from monitor.fetch.politeness.leases import host_name, loads
from monitor.store.models import Check, Source, SourcePage, SourceUsual
from service.database.database import turns_folder
from service.readmodel.outbox import unsubscribed_as_data
from service.readmodel.records import iso
from service.runtime.fleet.status import fleet_state
from service.runtime.health import ChannelTrouble, Work, health, work
from service.runtime.lifecycle import last_sign_of_life
from service.watchfile.settings import WatchFile

if TYPE_CHECKING:
    from monitor.changes.apply import Settled


def settled_as_data(settled: Iterable["Settled"]) -> list[dict[str, Any]]:
    """Return the result of each check."""
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
    """Return the state of every source, the outbox, the hosts and every digest."""
    now = now or datetime.now(UTC)
    found = health(session, settings, now, whole=True)
    return {
        **_sources(session, settings, found, now),
        "outbox": _outbox(found.totals),
        "failing": [_failing(one) for one in found.channels],
        "unsubscribed": unsubscribed_as_data(session),
        "digests": [_digest(name, settings, found) for name in settings.digests],
        "fleet": fleet_state(session),
    }


def sources_as_data(session: Session, settings: WatchFile) -> dict[str, Any]:
    """Return the state of every source and host, and whether the service runs."""
    now = datetime.now(UTC)
    return _sources(session, settings, work(session, settings, now), now)


def _sources(session: Session, settings: WatchFile, found: Work, now: datetime) -> dict[str, Any]:
    known, looks = found.sources, _last_looks(session)
    keys = [*settings.sources, *(key for key in known if key not in settings.sources)]
    return {
        "time_zone": settings.time_zone,
        "sources": [
            {
                **_source(key, settings, known.get(key), looks, now),
                "sweep_pages_read": found.times.pages_read.get(key, 0),
                "overdue": key in found.overdue,
            }
            for key in keys
        ],
        "hosts": _hosts(session, settings, now),
        "service": _service(session, settings, known, now),
    }


def _service(
    session: Session, settings: WatchFile, known: Mapping[str, Source], now: datetime
) -> dict[str, Any]:
    """Return when the service last ran, and whether nothing was checked for two intervals of a source."""
    checks = [source.last_checked_at for source in known.values() if source.last_checked_at is not None]
    last = max(checks, default=None)
    stopped = last is not None and any(
        is_overdue(one, settings.time_zone, last, now)
        for key, one in settings.sources.items()
        if key in known and one.is_scheduled
    )
    sign = last_sign_of_life(session, turns_folder(settings.database))
    times = [one for one in (sign, last) if one is not None]
    return {"last_ran": iso(max(times, default=None)), "stopped": stopped}


@dataclass(frozen=True, slots=True)
class _LastLook:
    """What the last sweep and check of a source left: pages, the day the publisher states, and reasons."""

    pages: int = 0
    as_of: str | None = None
    reasons: Sequence[str] = ()


def _last_looks(session: Session) -> dict[int, _LastLook]:
    """Return what the last check left of each source, by its id, in one query for all."""
    pages = select(func.count()).where(SourcePage.source_id == Source.id)
    stated = type_coerce(SourceUsual.usual, JSON)["as_of"].as_string()
    as_of = select(stated).where(SourceUsual.source_id == Source.id)
    reasons = (
        select(Check.reasons).where(Check.source_id == Source.id).order_by(col(Check.id).desc()).limit(1)
    )
    parts = [one.scalar_subquery() for one in (pages, as_of, reasons)]
    rows = cast(Iterable[Any], session.connection().execute(select(Source.id, *parts)))
    return {id_: _LastLook(count, day[:10] if day else None, why or ()) for id_, count, day, why in rows}


def _source(
    key: str, settings: WatchFile, source: Source | None, looks: Mapping[int, _LastLook], now: datetime
) -> dict[str, Any]:
    written = settings.sources.get(key)
    look = looks.get(source.id, _LastLook()) if source else _LastLook()
    due = None
    if written is not None and written.is_scheduled:
        due = next_due(written, settings.time_zone, source.last_checked_at if source else None, now)
    found: dict[str, Any] = {
        "source": key,
        "watched": written is not None,
        "paused": written.paused if written else False,
        "from_profile": {
            name: spelled(value) if isinstance(value := getattr(written, name), timedelta) else value
            for name in settings.habits.get(key, ())
        },
        "next_due": iso(due),
        "last_checked": iso(source.last_checked_at) if source else None,
        "outcome": source.last_outcome if source else None,
        "read": source is not None and source.last_accepted_at is not None,
        "rows": source.rows if source else 0,
        "declared_total": source.declared_total if source else None,
        "complete": source.complete if source else False,
        "pages": look.pages,
        "as_of": look.as_of,
        "last_swept": iso(source.last_swept_at) if source else None,
        "swept_ago_seconds": _seconds(now - source.last_swept_at)
        if source and source.last_swept_at
        else None,
        "unresolved": source.unresolved if source else 0,
        "troubles_in_a_row": source.troubles if source else 0,
        "trouble": source.trouble if source else None,
        "trouble_since": iso(source.trouble_since) if source else None,
    }
    # The reasons of a check that was followed by one without news are no longer news either.
    is_settled = source is None or (source.unchanged_checks and not source.troubles)
    return {**found, "reasons": [] if is_settled else list(look.reasons)}


def _seconds(since: timedelta) -> int:
    return max(0, int(since.total_seconds()))


def _hosts(session: Session, settings: WatchFile, now: datetime) -> list[dict[str, Any]]:
    """Return how often each watched host was asked today, in the order of the watch file."""
    web = [source.url for source in settings.sources.values() if source.is_web]
    names = list(dict.fromkeys(map(host_name, web)))
    return [
        {
            "host": load.host,
            "requests_today": load.requests,
            "requests_per_day": load.limit,
            "left_alone_until": iso(load.away_until),
        }
        for load in loads(session, names, settings.requests_per_day, now)
    ]


def _outbox(totals: Iterable[Total]) -> dict[str, int]:
    counted = Counter[str]()
    for one in totals:
        counted[one.state] += one.messages
    return {state: counted[state] for state in OutboxState}


def _failing(one: ChannelTrouble) -> dict[str, Any]:
    """Return a channel whose messages fail: `stuck` if for long, `dead` if it gave up its last message."""
    return {
        "channel": one.channel,
        "recipient": one.recipient,
        "attempts": one.attempts,
        "since": iso(one.since),
        "reason": one.reason,
        "stuck": one.stuck,
        "dead": one.dead,
    }


def _digest(name: str, settings: WatchFile, found: Work) -> dict[str, Any]:
    last = found.times.digests.get(name)
    began = last or min((source.created_at for source in found.sources.values()), default=None)
    due = cron_after(settings.digests[name].cron, settings.time_zone, began) if began else None
    return {"digest": name, "last_made": iso(last), "next_due": iso(due)}
