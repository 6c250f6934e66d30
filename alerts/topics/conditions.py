"""What a topic asks of a record besides words: its fiscal year, its age, the publisher's priority mark. Pure.

A condition holds only where the record surely meets it. What a page leaves open is never guessed: of a
date that is known to the year only, every day it may mean is considered.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from alerts.language.text import counted, plain
from alerts.topics.candidate import Candidate
from monitor.domain import dates
from monitor.domain.dates import days_of, midnight

_YEARS = re.compile(r"(?:FY *)?(\d{4}|\d{2})(?:-(?:FY *)?(\d{4}|\d{2}))?", re.IGNORECASE)
_FROM_YEAR = re.compile(r"(>=|<=|>|<) *(?:FY *)?(\d{4}|\d{2})", re.IGNORECASE)
_AGE = re.compile(r"(>=|<=|>|<) *(\d{1,5}) *(d|w|y)", re.IGNORECASE)
_UNIT_DAYS: Mapping[str, tuple[str, float]] = {"d": ("day", 1), "w": ("week", 7), "y": ("year", 365.25)}
_SAID: Mapping[str, str] = {">": "over", ">=": "at least", "<": "under", "<=": "at most"}
_NUMBERED_YEAR = re.compile(r"(?:GAO|OIG)-(\d\d)-", re.IGNORECASE)


def fiscal_year_of(fields: Mapping[str, Any]) -> int | None:
    """Return the federal fiscal year: as stated, else by the issue date, else by the number's own year.

    GAO and the DHS OIG put the fiscal year into a report's number: OIG-24-01, GAO-24-106148.
    """
    stated = re.search(r"\d{4}", plain(fields.get("fiscal_year")))
    if stated:
        return int(stated[0])
    if days := days_of(fields.get("issue_date")):
        return dates.fiscal_year_of(days)
    numbered = _NUMBERED_YEAR.match(plain(fields.get("report_number")))
    return _year(numbered[1]) if numbered else None


def issued_between(fields: Mapping[str, Any]) -> tuple[datetime, datetime] | None:
    """Return the first and the last day on which a record can have been issued, if anything says so."""
    days = days_of(fields.get("issue_date"))
    year = None if days else fiscal_year_of(fields)
    if year is not None and 1900 < year < 2200:
        days = date(year - 1, 10, 1), date(year, 9, 30)
    return (midnight(days[0]), midnight(days[1])) if days else None


@dataclass(frozen=True, slots=True)
class FiscalYears:
    """The record's fiscal year lies between two, both included."""

    first: int
    last: int

    def met(self, subject: Candidate) -> str | None:
        """Return the fiscal year where it is one of these."""
        year = fiscal_year_of(subject.fields)
        return f"fiscal year {year}" if year is not None and self.first <= year <= self.last else None


@dataclass(frozen=True, slots=True)
class Age:
    """The record's report is older or younger than a number of days, at the time of the change."""

    sign: str
    count: int
    unit: str

    def met(self, subject: Candidate) -> str | None:
        """Return the age where it surely matches; without any date, our first sight is its lower bound."""
        if subject.seen_at is None:
            return None
        issued = issued_between(subject.fields)
        limit = self.count * _UNIT_DAYS[self.unit][1]
        if self.sign in (">", ">="):
            latest = [day for day in (issued and issued[1], subject.first_seen_at) if day]
            days = max(((subject.seen_at - day).days for day in latest), default=-1)
            sure = days > limit or (self.sign == ">=" and days >= limit)
        else:
            # First seen of late says nothing: the page may have listed it for years before we looked.
            days = (subject.seen_at - issued[0]).days if issued else -1
            sure = issued is not None and (days < limit or (self.sign == "<=" and days <= limit))
        return f"{_SAID[self.sign]} {counted(self.count, _UNIT_DAYS[self.unit][0])} old" if sure else None


@dataclass(frozen=True, slots=True)
class Priority:
    """The publisher marked the recommendation as priority."""

    def met(self, subject: Candidate) -> str | None:
        """Return "priority" where it is marked."""
        return "priority" if subject.fields.get("priority") else None


Condition = FiscalYears | Age | Priority


def fiscal_years(text: str) -> Condition:
    """Read 2024, 2020-2024, >=2022 or <2020. Raises ValueError with the forms."""
    if found := _YEARS.fullmatch(text):
        first, last = _year(found[1]), _year(found[2] or found[1])
        if first > last:
            raise ValueError(f"fy:{text} ends before it begins; write fy:{last}-{first}")
        return FiscalYears(first, last)
    if found := _FROM_YEAR.fullmatch(text):
        sign, year = found[1], _year(found[2])
        ends = {">=": (year, 9999), ">": (year + 1, 9999), "<=": (0, year), "<": (0, year - 1)}
        return FiscalYears(*ends[sign])
    raise ValueError(f"fy:{text} names no fiscal year; write fy:2024, fy:2020-2024, fy:>=2022 or fy:<2020")


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else int(text) + (2000 if int(text) < 80 else 1900)


def age(text: str) -> Condition:
    """Read >2y, >=26w, <90d. Raises ValueError with the forms."""
    found = _AGE.fullmatch(text)
    if not found:
        raise ValueError(
            f"age:{text} is not an age; write age:>2y, age:>=26w or age:<90d (d days, w weeks, y years)"
        )
    return Age(found[1], int(found[2]), found[3].lower())


def priority(text: str) -> Condition:
    """Read yes. Raises ValueError: what carries no mark may only not have been told, so there is no "no"."""
    if text.casefold() not in ("yes", "true"):
        raise ValueError(f"priority:{text} cannot be asked; write priority:yes, or put that under 'none'")
    return Priority()
