"""Days as people write them: 2026-10-01, Oct 1, 30d, yesterday, next Monday."""

import re
from calendar import day_abbr, day_name, month_abbr, month_name, monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

FORMS = "write 2026-03-02, Mar 2, 2026, today, yesterday, 30d, 2 weeks ago, last Monday or next month"
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
_UNITS = {"d": "day", "w": "week", "m": "month", "y": "year"}
_LENGTH = re.compile(
    r"(?P<sign>in |[+-])?(?P<count>\d{1,4}) ?(?P<unit>d|w|m|y|days?|weeks?|months?|years?)(?P<ago> ago)?"
)
_US_DAY = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})")
_NAMED_DAY = re.compile(r"(?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:,? (?P<year>\d{4}))?")
_NUMBERS = {
    name.casefold(): number for names in (month_name, month_abbr) for number, name in enumerate(names) if name
} | {"sept": 9}
_WEEKDAYS = {name.casefold(): number for names in (day_name, day_abbr) for number, name in enumerate(names)}


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it was written; which one it is depends on the time zone. `ahead`: a length is counted on."""

    written: str
    ahead: bool = False

    def of(self, time_zone: str, now: datetime | None = None) -> date:
        """Return the day in this time zone."""
        return day_of(
            self.written, (now or datetime.now(UTC)).astimezone(ZoneInfo(time_zone)).date(), ahead=self.ahead
        )


def day_of(written: str, today: date, *, ahead: bool = False) -> date:
    """Return the day that is meant. A bare 30d or Monday lies behind today, or `ahead` of it.

    Raises ValueError with a sentence.
    """
    said = " ".join(written.casefold().split())
    try:
        found = _exact(said, today, ahead) or _counted(said, today, ahead) or _relative(said, today, ahead)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise ValueError(f"{written!r} is not a day; {FORMS}")
    return found


def _exact(said: str, today: date, ahead: bool) -> date | None:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", said):
        return date.fromisoformat(said)
    if found := _US_DAY.fullmatch(said):
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    found = _NAMED_DAY.fullmatch(said)
    if not found or found["month"] not in _NUMBERS:
        return None
    month, day = _NUMBERS[found["month"]], int(found["day"])
    if found["year"]:
        return date(int(found["year"]), month, day)
    there = date(today.year, month, day)
    if ahead and there < today:
        return there.replace(year=today.year + 1)
    return there if ahead or there <= today else there.replace(year=today.year - 1)


def _counted(said: str, today: date, ahead: bool) -> date | None:
    found = _LENGTH.fullmatch(said)
    if not found or (found["sign"] and found["ago"]):
        return None
    forward = found["sign"] in ("in ", "+") or (ahead and not found["ago"] and found["sign"] != "-")
    count = int(found["count"]) if forward else -int(found["count"])
    match _UNITS[found["unit"][0]]:
        case "day":
            return today + timedelta(days=count)
        case "week":
            return today + timedelta(weeks=count)
        case "month":
            return _months_on(today, count)
    return _months_on(today, count * 12)


def _months_on(day: date, months: int) -> date:
    """Return the same day of another month, or that month's last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _relative(said: str, today: date, ahead: bool) -> date | None:
    if said in _NEAR:
        return today + timedelta(days=_NEAR[said])
    which, _, name = said.rpartition(" ")
    if which not in ("", "last", "this", "next"):
        return None
    if name in _WEEKDAYS:
        return _weekday(_WEEKDAYS[name] - today.weekday(), which or ("next" if ahead else ""), today)
    steps = {"last": -1, "this": 0, "next": 1}.get(which)
    return _first_of(name, steps, today) if steps is not None else None


def _first_of(name: str, steps: int, today: date) -> date | None:
    """Return the first day of the week, month or year that is this many steps on."""
    match name:
        case "week":
            return today - timedelta(days=today.weekday()) + timedelta(weeks=steps)
        case "month":
            return _months_on(today.replace(day=1), steps)
        case "year":
            return date(today.year + steps, 1, 1)
    return None


def _weekday(ahead: int, which: str, today: date) -> date:
    """Return the next, the last (before today), or without a word the newest such day up to today."""
    if which == "next":
        days = ahead if ahead > 0 else ahead + 7
    elif which == "this":
        days = ahead
    else:
        days = ahead - 7 if ahead > 0 or (which == "last" and ahead == 0) else ahead
    return today + timedelta(days=days)
