"""Days and times as American newspapers write them: Mon., March 2, 2026 and 10:00 a.m. EST. Pure."""

import re
from datetime import UTC, date, datetime, tzinfo

# Short names of months are not shortened.
_MONTHS = (
    "Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.",
)  # fmt: skip
_FULL_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Mon.", "Tues.", "Wed.", "Thurs.", "Fri.", "Sat.", "Sun.")

_MONTH = "|".join(map(re.escape, _MONTHS))
_CLOCK = r"\d{1,2}(?::\d\d)? [ap]\.m\.(?: (?:UTC[+-][\d:]+|[A-Z]{2,5}\b))?"
# A day or a time in this form, for those who keep each on one line.
WRITTEN = "|".join(
    (
        rf"(?:(?:{'|'.join(map(re.escape, _WEEKDAYS))}), )?\b(?:{_MONTH}) \d{{1,2}}(?:, \d{{4}})?(?!\d)",
        rf"\b(?:{'|'.join(_FULL_MONTHS)}) \d{{4}}(?!\d)",
        rf"\b{_CLOCK}",
    )
)


def day_words(day: date, *, weekday: bool = False, year: bool = True) -> str:
    """Return a day: Feb. 27, 2026, or with its weekday Fri., Feb. 27, 2026."""
    said = f"{_MONTHS[day.month - 1]} {day.day}{f', {day.year}' if year else ''}"
    return f"{_WEEKDAYS[day.weekday()]}, {said}" if weekday else said


def month_words(day: date) -> str:
    """Return the month of a day: February 2026."""
    return f"{_FULL_MONTHS[day.month - 1]} {day.year}"


def clock_words(local: datetime) -> str:
    """Return a time of day as the clock there shows it: 10:00 a.m."""
    return f"{local.hour % 12 or 12}:{local:%M} {'a.m.' if local.hour < 12 else 'p.m.'}"


def zone_words(local: datetime) -> str:
    """Return the name of a time's zone, or its distance from UTC if the zone has no name."""
    name = local.tzname() or "UTC"
    return name if name[0].isalpha() else f"UTC{name}"


def moment_words(time: datetime, zone: tzinfo = UTC) -> str:
    """Return a time on the reader's clock: Mon., March 2, 2026, 10:00 a.m. EST."""
    local = time.astimezone(zone)
    return f"{day_words(local, weekday=True)}, {clock_words(local)} {zone_words(local)}"
