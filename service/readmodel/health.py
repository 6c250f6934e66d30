"""Whether the service is alive and ready, as plain data for /healthz, /readyz and `health`."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from monitor.domain.errors import StoreError
from monitor.domain.program import program_version
from monitor.domain.us_dates import moment_words
from service.database.database import Database, turns_folder
from service.readmodel.records import iso
from service.runtime.health import Health, health
from service.runtime.lifecycle import last_sign_of_life
from service.watchfile.settings import WatchFile

ALIVE_FOR = timedelta(minutes=2)  # a service gives a sign of life every five seconds


def liveness() -> dict[str, Any]:
    """Return what a process says that answers at all; the database is not asked."""
    return {"alive": True, "version": program_version()}


def readiness_of(database: Database, settings: WatchFile, now: datetime) -> dict[str, Any]:
    """Return whether the service is ready; a database that cannot be used is a reason, not an error."""
    try:
        with database.read() as session:
            return readiness(session, settings, now)
    except StoreError as error:
        return {
            "ready": False,
            "reasons": [str(error)],
            "database": False,
            "service": None,
            "sources": [],
            "channels": [],
        }


def readiness(session: Session, settings: WatchFile, now: datetime) -> dict[str, Any]:
    """Return whether a service runs, every source is fresh and every channel delivers, and what is not so."""
    found = health(session, settings, now)
    last = last_sign_of_life(session, turns_folder(settings.database))
    running = last is not None and now - last <= ALIVE_FOR
    asleep = [] if running else [_asleep(last)]
    reasons = [*asleep, *found.reasons]
    return {
        "ready": not reasons,
        "reasons": reasons,
        "database": True,
        "service": {"running": running, "last_ran": iso(last)},
        "sources": [_source(key, settings, found) for key in settings.sources],
        "channels": [
            {"channel": one.channel, "state": _state(one.dead, one.stuck), "since": iso(one.since)}
            for one in found.channels
        ],
    }


def _source(key: str, settings: WatchFile, found: Health) -> dict[str, Any]:
    source = found.sources.get(key)
    checked = source.last_checked_at if source else None
    state = "stale" if key in found.overdue else "fresh" if checked else "new"
    if not settings.sources[key].is_scheduled:
        state = "paused" if settings.sources[key].paused else "inbox"
    return {"source": key, "state": state, "last_checked": iso(checked)}


def _state(dead: bool, stuck: bool) -> str:
    return "dead" if dead else "stuck" if stuck else "retrying"


def _asleep(last: datetime | None) -> str:
    since = f" since {moment_words(last)}" if last else ""
    return f"no service is running{since}: start oversight-watch run, or workers"
