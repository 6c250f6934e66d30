"""The period that a digest covers in words, and the periods of the same length before it. Pure.

Days, weeks and months are those of the reader's clock and calendar: a week with a change to daylight saving
time is still a week, and October is compared with September.
"""

from datetime import datetime, timedelta, tzinfo
from typing import Literal

from alerts.language.text import counted
from monitor.domain.dates import months_after

Rhythm = Literal["day", "week", "month", "other"]
Window = tuple[datetime, datetime]  # after the first moment, up to and including the second

_SLACK = timedelta(hours=3)  # a digest made by hand a little late still counts for its day
_DAYS = {"day": 1, "week": 7}


def rhythm_of(since: datetime, until: datetime, zone: tzinfo) -> Rhythm:
    """Return whether a period is a day, a week or a month on the reader's calendar, or another length."""
    begin, end = since.astimezone(zone), until.astimezone(zone)
    if abs(_wall(months_after(begin, 1)) - _wall(end)) <= _SLACK:
        return "month"
    lasted = _wall(end) - _wall(begin)
    if abs(lasted - timedelta(days=7)) <= _SLACK:
        return "week"
    return "day" if abs(lasted - timedelta(days=1)) <= _SLACK else "other"


def windows_before(since: datetime, until: datetime, zone: tzinfo, count: int) -> list[Window]:
    """Return the periods of the same length right before a period, latest first."""
    edges = [_back(since, until, zone, steps) for steps in range(count + 1)]
    return list(zip(edges[1:], edges[:-1], strict=True))


def _back(since: datetime, until: datetime, zone: tzinfo, steps: int) -> datetime:
    rhythm, local = rhythm_of(since, until, zone), since.astimezone(zone)
    if rhythm == "month":
        return months_after(local, -steps).astimezone(since.tzinfo)
    if rhythm == "other":
        return since - steps * (until - since)
    # On the wall clock: the same hour of an earlier day.
    return (local - timedelta(days=_DAYS[rhythm] * steps)).astimezone(since.tzinfo)


def _wall(time: datetime) -> datetime:
    return time.replace(tzinfo=None)


# ---- in words


def in_words(since: datetime, until: datetime, zone: tzinfo) -> str:
    """Return a period in words: since yesterday, in the past week, in October 2026, between two times."""
    match rhythm_of(since, until, zone):
        case "day":
            return "since yesterday"
        case "week":
            return "in the past week"
        case "month" if since.astimezone(zone).day == 1:
            return f"in {since.astimezone(zone):%B %Y}"
        case "month":
            return "in the past month"
        case _:
            return f"between {_said(since, until, zone)} and {_said(until, since, zone)}"


def column_words(since: datetime, until: datetime, zone: tzinfo) -> tuple[str, str]:
    """Return the headings of two columns of numbers: this period and the one before."""
    rhythm, local = rhythm_of(since, until, zone), since.astimezone(zone)
    if rhythm == "month" and local.day == 1:
        return f"{local:%B}", f"{months_after(local, -1):%B}"
    if rhythm == "day":
        return "since yesterday", "day before"
    unit = _length(since, until).removeprefix("1 ") if rhythm == "other" else rhythm
    return f"past {unit}", f"{unit} before"


def before_words(since: datetime, until: datetime, zone: tzinfo) -> str:
    """Return the name of the period before: the week before, September, the 14 days before."""
    rhythm, local = rhythm_of(since, until, zone), since.astimezone(zone)
    if rhythm == "month" and local.day == 1:
        return f"{months_after(local, -1):%B}"
    return f"the {_length(since, until).removeprefix('1 ') if rhythm == 'other' else rhythm} before"


def times_words(since: datetime, until: datetime, zone: tzinfo, count: int) -> str:
    """Return the name of several earlier periods: the last 12 weeks."""
    rhythm = rhythm_of(since, until, zone)
    if rhythm == "other":
        return f"the last {counted(count, 'period')} of this length"
    return f"the last {counted(count, rhythm)}"


def _length(since: datetime, until: datetime) -> str:
    hours = (until - since) / timedelta(hours=1)
    return counted(round(hours / 24), "day") if hours >= 36 else counted(max(round(hours), 1), "hour")


def _said(time: datetime, other: datetime, zone: tzinfo) -> str:
    """Return a time as people say it: Monday, March 2, 8 a.m.; with its year where the other has another."""
    local = time.astimezone(zone)
    year = f", {local.year}" if local.year != other.astimezone(zone).year else ""
    minutes = f":{local:%M}" if local.minute else ""
    half = "a.m." if local.hour < 12 else "p.m."
    return f"{local:%A}, {local:%B} {local.day}{year}, {local.hour % 12 or 12}{minutes} {half}"
