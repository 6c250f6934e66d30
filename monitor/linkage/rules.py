"""Decide whether two records of different sources are one thing, and by what: number, link or title. Pure.

A wrong "the same" loses an alert, a wrong "another" only repeats one. So every doubt ends in "another":
two different numbers are never one report, nor are titles that differ in a number or in a word that counts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from monitor.domain.agencies import agency_key
from monitor.domain.dates import days_of, fiscal_year_of
from monitor.domain.identity import identify, number_of, report_id, title_core
from monitor.domain.text import comparable_title, squeeze
from monitor.domain.types import RecordKind

TITLE_BAR = 96.0  # of token_sort_ratio; below it two titles are two reports
_UNLIKE = 75.0  # of token_set_ratio; below it one number or one link is not proof
DAYS = 7  # publishers date one report some days apart
_SHORTEST_TITLE = 30
_FEWEST_WORDS = 3  # words that not just any office's title has
_LONGEST_ENDING = 3  # component, components; improve, improved
_SHORTEST_STEM = 5
_WORD = re.compile(r"[^\W_]+")
_DEPARTMENT = ("department of", "u.s. department of")
_SHORT_FORM = re.compile(r" \([^()]{1,10}\)")
_DIGITS = re.compile(r"\d+")
_SMALL = frozenset(("and", "at", "by", "for", "from", "in", "of", "on", "the", "to", "with"))
# What offices call their yearly reports: two offices publish one such title in one week.
_YEARLY = """
    a an act annual assessment audit auditor auditors card cards challenges charge compliance congress control
    controls department evaluation facing federal financial fiscal fy general independent information
    inspection inspector integrity internal its major management memorandum modernization most office
    oversight payment performance plan program programs purchase report reporting review risk s security
    semiannual serious statement statements summary technology top travel u year
"""
_ANY_OFFICES = frozenset(_YEARLY.split())


class By(StrEnum):
    """What shows that two records are one thing, the strongest first."""

    NUMBER = "number"
    LINK = "link"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Marks:
    """What a record can be known by on another site, in the form in which it is compared.

    `first` and `last` bound the time of issue: one day where a page gives the day.
    """

    kind: RecordKind
    number: str | None
    link: str | None
    title: str
    words: tuple[str, ...]  # of the title, sorted
    agency: str
    first: date | None
    last: date | None
    fiscal_year: int | None

    @property
    def issued(self) -> date | None:
        """The day of issue, where it is known to the day."""
        return self.first if self.first == self.last else None


@dataclass(frozen=True, slots=True)
class Sameness:
    """By what two records are one, how alike their titles are (0 to 100), and the days between them."""

    by: By
    likeness: float
    days_apart: int

    @property
    def strength(self) -> tuple[int, int, float]:
        """The greater the surer."""
        return -list(By).index(self.by), -self.days_apart, self.likeness


def marks_of(kind: RecordKind, fields: Mapping[str, Any]) -> Marks:
    """Read off a record's fields what it can be known by."""
    if kind is RecordKind.RECOMMENDATION:
        return _marks_of_recommendation(fields)
    title = title_core(fields.get("title"))
    days = days_of(fields.get("issue_date"))
    first, last = days or (None, None)
    return Marks(
        kind,
        report_id(fields.get("report_number")),
        _folded_link(fields.get("url")),
        title,
        tuple(sorted(_WORD.findall(title))),
        comparable_title(fields.get("agency") or ""),
        first,
        last,
        fields.get("fiscal_year") or fiscal_year_of(days),
    )


def _marks_of_recommendation(fields: Mapping[str, Any]) -> Marks:
    """Only report number and recommendation number together name one; its link is its report's."""
    whole = report_id(fields.get("report_number")) and number_of(fields) is not None
    number = identify(RecordKind.RECOMMENDATION, fields)[0] if whole else None
    agency = agency_key(fields.get("agency") or "")
    return Marks(RecordKind.RECOMMENDATION, number, None, "", (), agency, None, None, None)


def sameness(one: Marks, other: Marks) -> Sameness | None:
    """Return by what two records of different sources are one thing; None if that is uncertain."""
    if contradict(one, other):
        return None
    likeness = fuzz.ratio(" ".join(one.words), " ".join(other.words)) if one.words and other.words else 0.0
    apart = _days_apart(one, other)
    days = DAYS + 1 if apart is None else apart
    if one.number and one.number == other.number:
        return Sameness(By.NUMBER, likeness, days)
    if one.link and one.link == other.link:
        return Sameness(By.LINK, likeness, days)
    if likeness >= TITLE_BAR and _same_title(one, other) and _same_time(one, other):
        return Sameness(By.TITLE, likeness, days)
    return None


def contradict(one: Marks, other: Marks) -> bool:
    """Whether two records cannot be one thing, whatever else matches."""
    if one.kind is not other.kind or (one.number and other.number and one.number != other.number):
        return True
    if one.kind is RecordKind.RECOMMENDATION:
        return bool(one.agency and other.agency and one.agency != other.agency)
    # Offices use each other's numbers, and some link all their reports to one page.
    by_number = one.number is not None and one.number == other.number
    return _unlike(one, other) and not (by_number and _same_day(one, other))


def _unlike(one: Marks, other: Marks) -> bool:
    return bool(one.title and other.title) and fuzz.token_set_ratio(one.title, other.title) < _UNLIKE


def _same_day(one: Marks, other: Marks) -> bool:
    return one.issued is not None and one.issued == other.issued


def _same_title(one: Marks, other: Marks) -> bool:
    """Whether two titles above the bar differ in nothing that could tell two reports apart."""
    if _are_of_others(one.agency, other.agency):
        return False
    telling = {*one.words} & {*other.words} - _SMALL - _ANY_OFFICES
    if min(len(one.title), len(other.title)) < _SHORTEST_TITLE or len(telling) < _FEWEST_WORDS:
        return False
    if sorted(_DIGITS.findall(one.title)) != sorted(_DIGITS.findall(other.title)):
        return False
    here, there = _left_over(one.words, other.words), _left_over(other.words, one.words)
    return len(here) == len(there) and all(map(_same_word, here, there))


def _are_of_others(one: str, other: str) -> bool:
    """Whether two reports are about different agencies; a department may be named for its component."""
    if not (one and other) or one.startswith(_DEPARTMENT) != other.startswith(_DEPARTMENT):
        return False
    here, there = (_SHORT_FORM.sub("", names).split("; ") for names in (one, other))
    return not any(a in b or b in a or agency_key(a) == agency_key(b) for a in here for b in there)


def _left_over(words: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    rest = list(words)
    for word in others:
        if word in rest:
            rest.remove(word)
    return [word for word in rest if word not in _SMALL]


def _same_word(one: str, other: str) -> bool:
    """Whether two words differ in their endings only."""
    stem = 0
    while stem < min(len(one), len(other)) and one[stem] == other[stem]:
        stem += 1
    return stem >= _SHORTEST_STEM and max(len(one), len(other)) - stem <= _LONGEST_ENDING


def _same_time(one: Marks, other: Marks) -> bool:
    """Whether both were issued within days; where a day is not given, in one fiscal year."""
    apart = _days_apart(one, other)
    if apart is not None and apart > DAYS:
        return False
    if one.issued and other.issued:
        return True
    return one.fiscal_year is not None and one.fiscal_year == other.fiscal_year


def _days_apart(one: Marks, other: Marks) -> int | None:
    if not (one.first and one.last and other.first and other.last):
        return None
    return max((one.first - other.last).days, (other.first - one.last).days, 0)


def _folded_link(url: Any) -> str | None:
    """Return an address without what makes no difference to where it leads; None where it names no page."""
    try:
        parts = urlsplit(squeeze(str(url or "")))
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    if parts.scheme not in ("http", "https") or not host or not (path or parts.query):
        return None
    return f"{host}{f':{port}' if port else ''}{path}{'?' if parts.query else ''}{parts.query}"
