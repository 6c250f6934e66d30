"""Which sources are due now, and which checks share a job. Pure: settings, last checks and time in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from monitor.domain.schedule import is_look, next_due
from monitor.domain.settings import SourceSettings
from monitor.fetch.politeness.leases import host_name
from monitor.store.sources import Looked
from service.watchfile.settings import WatchFile

_NEVER = Looked(None, None)
_FIRST = datetime.min.replace(tzinfo=UTC)
# Limits of waiting checks. More than that stays due; the longest waiting is taken first.
_MOST_IN_LANE = 10
_MOST_WAITING = 2_000
_MOST_TOGETHER = 20
_PARTS = 40  # jobs that due checks are spread over before two share a job, so that every worker gets some

Words = list[Any]  # of JSON


@dataclass(frozen=True, slots=True)
class Due:
    """A source to check now, last checked at `seen`. One check runs at a time in a `lane`."""

    source: str
    lane: str
    seen: datetime | None = None

    @property
    def words(self) -> Words:
        """Return it as JSON values for a job."""
        return [self.source, self.lane, self.seen.isoformat() if self.seen else None]

    @classmethod
    def of(cls, words: Words) -> Self:
        """Read it from a job; a newer version may have written more values."""
        source, lane, seen, *_ = words
        return cls(str(source), str(lane), datetime.fromisoformat(seen) if seen else None)


def due_checks(settings: WatchFile, looked: Mapping[str, Looked], now: datetime) -> list[Due]:
    """Return the sources that are due, the longest unchecked one first."""
    due = [
        key
        for key, source in settings.sources.items()
        if source.is_scheduled
        and next_due(source, settings.time_zone, looked.get(key, _NEVER).checked_at, now) <= now
    ]
    due.sort(key=lambda key: looked.get(key, _NEVER).checked_at or _FIRST)
    return [due_now(key, settings.sources[key], looked.get(key, _NEVER), now) for key in due]


def due_now(key: str, source: SourceSettings, looked: Looked, now: datetime) -> Due:
    """Return a source as due now, whatever its schedule says."""
    return Due(key, lane(key, source, looked, now), looked.checked_at)


def arranged(due: Sequence[Due], waiting: Collection[Due]) -> list[list[Due]]:
    """Return the checks of each next job; a lane or source that waits in a job already gets no second one.

    Checks of one lane share a job and run in turn. Single checks of other lanes share jobs only if there are
    many, because a job costs more than an unchanged check.
    """
    busy, known = {one.lane for one in waiting}, {one.source for one in waiting}
    lanes: dict[str, list[Due]] = {}
    for one in due:
        if one.lane not in busy and one.source not in known:
            lanes.setdefault(one.lane, []).append(one)
    single = [some[0] for some in lanes.values() if len(some) == 1]
    size = min(-(-len(single) // _PARTS), _MOST_TOGETHER)
    jobs = [single[n : n + size] for n in range(0, len(single), size or 1)]
    jobs += [some[:_MOST_IN_LANE] for some in lanes.values() if len(some) > 1]
    place = {one.source: n for n, one in enumerate(due)}
    jobs.sort(key=lambda job: place[job[0].source])
    return list(_as_far_as_there_is_room(jobs, _MOST_WAITING - len(waiting)))


def _as_far_as_there_is_room(jobs: Iterable[list[Due]], room: int) -> Iterable[list[Due]]:
    for job in jobs:
        room -= len(job)
        if room < 0:
            return
        yield job


def lane(key: str, source: SourceSettings, looked: Looked, now: datetime) -> str:
    """Return the lane of a check: its host, with one lane for looks so that they need not wait for sweeps."""
    if not source.is_web:
        return f"files of {key}"
    return f"{host_name(source.url)} {'looks' if is_look(source, looked.swept_at, now) else 'sweeps'}"
