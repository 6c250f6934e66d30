"""Dates as officials write them (a day, a month, a quarter, a fiscal year) to the days they cover. Pure.

A period ends on the last day of its widest reading: early 2025 ends with the year, and the fourth quarter
of 2024 with December, for it may be the calendar's. A text without a year is not a date.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.domain.dates import months_of

_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_YEAR = r"(?:19|20)\d\d(?!\d)"
_NTH = r"(?:first|second|third|fourth|last|1st|2nd|3rd|4th)"
_KIND = r"(?:(?:the\s+)?(?:fiscal|calendar)\s+year\s+|(?:FY|CY)\s?)"
_TO = r"\s*(?:,?\s*\b(?:to|through|or|and|and/or)\b\s*|[-–—/]\s*)"
# A bare year is one only where it ends a phrase: 2000 employees are not a date.
_PHRASE_ENDS = r"(?=\s*(?:$|[.,;:)]|(?:and|or|to|but|for|with|as|when)\b))"


class Precision(StrEnum):
    """How exact a date is."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    SEASON = "season"
    FISCAL_YEAR = "fiscal_year"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, and the words that say so."""

    words: str
    precision: Precision
    first: date
    last: date


def _day(year: str, month: str, day: str) -> tuple[Precision, date, date]:
    one = date(_full(year), _number(month), int(day))
    return Precision.DAY, one, one


def _month(year: str, month: str) -> tuple[Precision, date, date]:
    return Precision.MONTH, *months_of(int(year), _number(month), 1)


def _quarter(year: str, nth: str, kind: str) -> tuple[Precision, date, date]:
    number = {"f": 1, "s": 2, "t": 3, "l": 4}.get(nth[0].lower(), 0) or int(nth[0])
    number = 4 if nth.lower() == "fourth" else number
    fiscal, calendars = months_of(_full(year), 3 * number - 5, 3), months_of(_full(year), 3 * number - 2, 3)
    if kind[:1].lower() == "f":
        return Precision.QUARTER, *fiscal
    return Precision.QUARTER, calendars[0] if kind else fiscal[0], calendars[1]


def _season(year: str, name: str) -> tuple[Precision, date, date]:
    begin, count = {"sp": (3, 4), "su": (6, 4), "fa": (9, 4), "au": (9, 4), "wi": (1, 15)}[name[:2].lower()]
    return Precision.SEASON, *months_of(int(year), begin, count)


def _fiscal_year(year: str | None, short: str | None = None) -> tuple[Precision, date, date]:
    return Precision.FISCAL_YEAR, *months_of(_full(year or short or ""), -2, 12)


def _full(year: str) -> int:
    """Return a year of which the century may be missing, as in FY27."""
    return int(year if len(year) == 4 else f"20{year}")


def _year(year: str) -> tuple[Precision, date, date]:
    return Precision.YEAR, *months_of(int(year), 1, 12)


def _number(month: str) -> int:
    return int(month) if month.isdigit() else _MONTHS[month[:3].capitalize()]


# Each form with the groups its reader takes, the longest forms first. Only names of months keep their case.
_FORMS: tuple[tuple[str, Callable[..., tuple[Precision, date, date]]], ...] = (
    (rf"(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>{_YEAR})", _day),
    (rf"(?P<day>\d{{1,2}})\s+(?P<month>{_MONTH}),?\s+(?P<year>{_YEAR})", _day),
    (rf"(?P<month>{_MONTH}),?\s+(?:of\s+)?(?P<year>{_YEAR})", _month),
    (rf"(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/(?P<year>{_YEAR}|\d\d(?![\d/]))", _day),
    (rf"(?P<year>{_YEAR})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)", _day),
    (
        rf"(?P<nth>(?i:{_NTH}))\s+(?i:quarter)(?i:\s+of|,)?\s+(?P<kind>(?i:{_KIND})?)(?P<year>{_YEAR})",
        _quarter,
    ),
    (rf"[Qq](?P<nth>[1-4])(?i:\s+of|,)?\s+(?P<kind>(?i:{_KIND})?)(?P<year>{_YEAR})", _quarter),
    (
        rf"(?:[Qq](?=[1-4])|(?={_NTH}\s))(?P<nth>[1-4]|{_NTH})(?:\s+quarter)?(?:\s+of|,)?"
        r"\s+(?P<kind>FY|CY)\s?[’']?(?P<year>\d\d)(?!\d)",
        _quarter,
    ),
    (rf"(?P<kind>FY|CY)\s?(?P<year>{_YEAR}|\d\d(?!\d))\s?[Qq](?P<nth>[1-4])", _quarter),
    # Of several, such as fiscal years 2027 and 2028 or FY 2026-27, the last.
    (
        rf"(?i:fiscal\s+years?|FYs?)\s*{_YEAR}(?:{_TO}(?:FY\s?)?(?P<year>{_YEAR})|[-–/](?P<short>\d\d)(?!\d))",
        _fiscal_year,
    ),
    (rf"(?i:fiscal\s+year|FY)\s*(?P<year>{_YEAR})", _fiscal_year),
    (r"FY\s?[’']?(?P<year>\d\d)(?!\d)", _fiscal_year),
    (rf"(?i:calendar\s+year|CY)\s*(?P<year>{_YEAR})", _year),
    (
        rf"(?P<name>(?i:spring|summer|fall|autumn|winter))(?:\s+of)?\s+(?P<year>{_YEAR})(?:[-–/](?:20)?\d\d(?!\d))?",
        _season,
    ),
    (rf"(?P<year>{_YEAR}){_PHRASE_ENDS}", _year),
)
_READERS = tuple((re.compile(form), reader) for form, reader in _FORMS)
_PART = (
    r"(?i:(?:the\s+)?(?:end|beginning|start|middle|close|(?:first|second|latter)\s+half)\s+of\s+(?:the\s+)?"
    r"|(?:early|mid|late)(?:[\s-]+to[\s-]+(?:mid|late))?[\s-]+(?:in\s+)?(?:the\s+)?|the\s+)?"
)
_PLAIN = "|".join(re.sub(r"\?P<\w+>", "?:", form) for form, _ in _FORMS)
_LEFT_OPEN = rf"{_MONTH}(?:\s+\d{{1,2}})?|(?i:{_NTH}(?:\s+quarter)?|[Qq][1-4])"
_DATE = re.compile(rf"\b{_PART}(?:{_PLAIN})")

# Nearly all words fail here, before all forms are tried.
_MAY_BEGIN = (
    r"(?=\d|[A-Z]|(?i:the|end|begin|start|mid|close|first|second|latter|early|late|third|fourth|last|fiscal"
    r"|calendar|spring|summer|fall|autumn|winter|q[1-4]))"
)
# What `period` reads, to be built into other patterns. It has no groups; of a range, all of it.
WHEN = rf"(?<!\w){_MAY_BEGIN}(?:{_PART}(?:{_PLAIN}|{_LEFT_OPEN}){_TO})?{_PART}(?:{_PLAIN})"


def period(words: str) -> Period | None:
    """Read the words that WHEN found, of a range its later end; None where the calendar has no such day."""
    found = [one for match in _DATE.finditer(words) if (one := _read(match[0])) is not None]
    if not found:
        return None
    precision, first, last = max(found, key=lambda one: one[2])
    return Period(" ".join(words.split()), precision, first, last)


def _read(words: str) -> tuple[Precision, date, date] | None:
    for form, reader in _READERS:
        if match := form.search(words):
            try:
                return reader(**match.groupdict())
            except ValueError:
                return None
    return None
