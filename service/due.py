"""Which sources are due, from the watch file, their last checks and the time. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.hosts import host_name
from monitor.queries import Looked
from monitor.schedule import is_look, next_due
from monitor.settings import SourceSettings
from service.settings import WatchFile

_NEVER = Looked(None, None)
_FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Due:
    """A source to be checked now. Of the checks in one `lane` only one runs at a time."""

    source: str
    lane: str


def due_checks(settings: WatchFile, looked: Mapping[str, Looked], now: datetime) -> list[Due]:
    """Give the sources that are due, the one that was left alone for longest first."""
    due = [
        key
        for key, source in settings.sources.items()
        if not source.paused
        and next_due(source, settings.time_zone, looked.get(key, _NEVER).checked_at, now) <= now
    ]
    due.sort(key=lambda key: looked.get(key, _NEVER).checked_at or _FIRST)
    return [Due(key, lane(key, settings.sources[key], looked.get(key, _NEVER), now)) for key in due]


def lane(key: str, source: SourceSettings, looked: Looked, now: datetime) -> str:
    """Give what a check shares with others: its host, where a quick look need not wait for a sweep to end."""
    if not source.is_web:
        return f"files of {key}"
    return f"{host_name(source.url)} {'looks' if is_look(source, looked.swept_at, now) else 'sweeps'}"
