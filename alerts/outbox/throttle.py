"""When a message may go: quiet hours, rates and the wait after a failure. Pure; time and chance come in."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from alerts.domain.settings import ChannelSettings, message_rate, quiet_hours

_FIRST_WAIT = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(hours=1)
_LONGEST_ASKED = timedelta(days=1)


def quiet_until(settings: ChannelSettings, time_zone: tzinfo, now: datetime) -> datetime | None:
    """Return the end of the quiet hours that hold now, in UTC, or None when messages may go.

    Where the clock is turned forward or back, the reading with more quiet counts.
    """
    if settings.quiet is None:
        return None
    begin, end = quiet_hours(settings.quiet)
    today = now.astimezone(time_zone).date()
    for day in (today - timedelta(days=1), today):
        last_day = day if begin < end else day + timedelta(days=1)
        starts = min(_readings(datetime.combine(day, begin), time_zone))
        ends = max(_readings(datetime.combine(last_day, end), time_zone))
        if starts <= now < ends:
            return ends
    return None


def rate_until(settings: ChannelSettings, accepted: Sequence[datetime], now: datetime) -> datetime | None:
    """Return the moment at which `at_most` allows another message, or None when it does now.

    `accepted` are the times of messages that the channel took, in any order.
    """
    if settings.at_most is None:
        return None
    count, window = message_rate(settings.at_most)
    recent = sorted(taken for taken in accepted if taken > now - window)
    return recent[-count] + window if len(recent) >= count else None


def backoff(attempts: int, jitter: Callable[[], float]) -> timedelta:
    """Return the wait after failed attempts: 30 s, doubling to 1 h; `jitter` (0..1) may halve it."""
    longest = min(_FIRST_WAIT * (1 << min(max(attempts, 1) - 1, 10)), LONGEST_BACKOFF)
    return longest * (0.5 + jitter() / 2)


def wait_after_failure(attempts: int, jitter: Callable[[], float], retry_after: float | None) -> timedelta:
    """Return the wait before the next attempt; never shorter than what the channel asked for, up to a day."""
    asked = timedelta(seconds=min(retry_after or 0.0, _LONGEST_ASKED.total_seconds()))
    return max(backoff(attempts, jitter), asked)


def rate_window(settings: ChannelSettings) -> timedelta | None:
    """Return the time over which `at_most` counts, None without a rate."""
    return message_rate(settings.at_most)[1] if settings.at_most else None


def _readings(local: datetime, time_zone: tzinfo) -> tuple[datetime, datetime]:
    """Return both moments a local time can mean; they differ only where the clock is turned."""
    first, second = (local.replace(tzinfo=time_zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second
