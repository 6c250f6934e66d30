"""When a source is due: pure over its settings, the last check and the time. Runs nothing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from cronsim import CronSim

from monitor.domain.settings import SourceSettings

DEFAULT_EVERY = timedelta(hours=6)
_MOST_JITTER = timedelta(minutes=1)
_FIRST_RETRY = timedelta(minutes=1)
_SHIFT = timedelta(hours=3)  # no clock is changed by more


def interval(settings: SourceSettings) -> timedelta:
    """Return the time between two checks of a source that has no cron line."""
    return settings.every or DEFAULT_EVERY


def trigger(settings: SourceSettings, time_zone: str) -> BaseTrigger:
    """Return the scheduler's trigger for a source; jitter keeps those with intervals from asking together."""
    if settings.cron:
        return _CronLine(settings.cron, time_zone)
    every = interval(settings)
    jitter = int(min(every * 0.05, _MOST_JITTER).total_seconds())
    return IntervalTrigger(
        seconds=int(every.total_seconds()), timezone=ZoneInfo("UTC"), jitter=jitter or None
    )


def next_due(settings: SourceSettings, time_zone: str, last: datetime | None, now: datetime) -> datetime:
    """Return when a source is to be checked next: at once where it never was, or where a check was missed.

    However many checks were missed, one makes up for all of them. A clock that was set back does not
    keep a source waiting for longer than its interval.
    """
    if last is None:
        return now
    if settings.cron:
        return max(now, cron_after(settings.cron, time_zone, min(last, now)))
    return max(now, min(last, now) + interval(settings))


def is_overdue(settings: SourceSettings, time_zone: str, last: datetime, now: datetime) -> bool:
    """Whether a source was not checked for two intervals, though its checks were due."""
    if settings.cron:
        missed = cron_after(settings.cron, time_zone, last)
        return missed <= now and cron_after(settings.cron, time_zone, missed) <= now
    return now - last >= 2 * interval(settings)


def is_look(settings: SourceSettings, swept_at: datetime | None, now: datetime) -> bool:
    """Whether a check looks at the newest pages only, as all were read not long ago."""
    sweep = settings.full_sweep
    return bool(sweep and swept_at and now - swept_at < sweep)


class _CronLine(BaseTrigger):  # type: ignore[misc]
    """A cron line as the scheduler's trigger; see `cron_after` for what the library's own would do."""

    def __init__(self, cron: str, time_zone: str) -> None:
        self.cron = cron
        self.time_zone = time_zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the first moment after the previous one, or from now on where there was none."""
        return cron_after(self.cron, self.time_zone, previous_fire_time or now - timedelta(microseconds=1))


def cron_after(cron: str, time_zone: str, last: datetime) -> datetime:
    """Return the first moment after `last` at which a cron line fires, as crontab(5) reads the line.

    The line is read on the wall clock. In the hour that autumn repeats, only lines whose minute or hour
    begins with a star fire twice; a time in the hour that spring leaves out fires an hour later.
    """
    zone = ZoneInfo(time_zone)
    repeats = any(field.startswith("*") for field in cron.split()[:2])
    found = []
    for wall in CronSim(cron, _begin(last, zone)):
        first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        # Where the wall clock skips this time, the second reading is of another one.
        if repeats and second > last and second.astimezone(zone).replace(tzinfo=None) == wall:
            found.append(second)
        if first > last:
            return min([first, *found]).astimezone(zone)
    raise ValueError(f"the cron line {cron!r} never comes")


def _begin(last: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall clock time to search from: earlier if the clock is changed at about that time."""
    around = {(last + shift).astimezone(zone).utcoffset() for shift in (-_SHIFT, _SHIFT)}
    wall = last.astimezone(zone).replace(tzinfo=None)
    return wall if len(around) == 1 else wall - _SHIFT


def retry_after(settings: SourceSettings, troubles: int, asked: float | None) -> timedelta:
    """Return the wait before a source that could not be read is tried again, outside its schedule.

    Doubles from a minute, never longer than the interval, never shorter than the server asked for.
    """
    wait: timedelta = min(_FIRST_RETRY * 2 ** min(troubles, 12), interval(settings))
    return max(wait, timedelta(seconds=asked or 0))
