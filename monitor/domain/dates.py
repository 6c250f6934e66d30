"""Days and the calendar: ISO dates of any precision, fiscal years, months. Pure."""

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

Day = TypeVar("Day", bound=date)  # a datetime is one too

_ISO = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


def days_of(text: object) -> tuple[date, date] | None:
    """Return the first and last day that an ISO date of any precision may mean: 2026, 2026-07 or 2026-07-23.

    None for anything else.
    """
    written = _ISO.fullmatch(str(text or "").strip())
    if written is None:
        return None
    year, month, day = written.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        return (first, first) if day else months_of(first.year, first.month, 1 if month else 12)
    except ValueError:
        return None


def midnight(day: date) -> datetime:
    """Return the beginning of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def fiscal_year_of(days: tuple[date, date] | None) -> int | None:
    """Return the federal fiscal year, which begins in October, of these days; None where they span two."""
    years = {day.year + (day.month >= 10) for day in days or ()}
    return years.pop() if len(years) == 1 else None


def months_after(day: Day, months: int) -> Day:
    """Return the same day of a later or earlier month, or that month's last day where it is shorter."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def months_of(year: int, begin: int, count: int) -> tuple[date, date]:
    """Return the first and the last day of `count` months; a month below 1 is one of the year before."""
    first, after = (divmod(12 * year + begin - 1 + more, 12) for more in (0, count))
    return date(first[0], first[1] + 1, 1), date(after[0], after[1] + 1, 1) - timedelta(days=1)
