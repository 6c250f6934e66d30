"""Read a day as American offices write it: 09/05/2024, Sept 5 2024, 5 September 2024, 2024-09-05. Pure."""

import re
from datetime import date, timedelta
from functools import lru_cache

from monitor.domain.text import UNSEEN

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?=T|\D|$)",
        r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d\d)(?![\d/])",
        r"(?<![\d.-])(?P<month>\d{1,2})(?P<mark>[.-])(?P<day>\d{1,2})(?P=mark)(?P<year>\d{4})(?!\d)",
        rf"\b{_NAME}\s*{_DAY}(?:\s*,\s*|\s+)(?P<year>\d{{4}})(?!\d)",
        rf"(?<!\d){_DAY}[\s-]+(?:of\s+)?{_NAME}[\s,-]+(?P<year>\d{{4}})(?!\d)",
        rf"(?<![\d-])(?P<day>\d{{1,2}})(?P<mark>[-/.]){_NAME}(?P=mark)(?P<year>\d\d)(?![\d-])",
        rf"(?<!\d)(?P<year>(?:19|20)\d\d)[\s-]+{_NAME}[\s-]*{_DAY}(?!\d)",
        r"^\s*(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)\s*$",
    )
)
_WEEKDAY = re.compile(
    r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+", re.IGNORECASE
)
# A day after one of these words is not that of issue where there is another one.
_LATER = re.compile(r"\b(?:updated|revised|modified|reviewed)(?:\s+on)?\s*:?\s*$", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\b(?:as of|of|on|since|by|through|until|before|after|during|and|for|from|to|dated|end(?:ed|ing)|between"
    r"|the)$",
    re.IGNORECASE,
)
_FISCAL = re.compile(r"\b(?:fiscal year|FY)[\s’'-]*((?:19|20)\d\d|\d\d)(?!\d)", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\d.,-])(?:19|20)\d\d(?![\d]|[.,]\d)")
# 2025-26 may be one year or two.
_YEARS = re.compile(
    r"(?:(?:19|20)|\bFYs?[\s’'-]*)(?P<one>\d\d)\s*"
    r"(?:[-–—/]\s*(?:FY[\s’'-]*)?(?:19|20)?|(?:[,&]|\b(?:and|to|through)\b)\s*(?:FY[\s’'-]*)?(?:19|20))"
    r"(?P<other>\d\d)(?![\d/-])",
    re.IGNORECASE,
)
_UNSEEN = dict.fromkeys(map(ord, UNSEEN))
_SPAN = re.compile(
    rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+|[/-])(?:19|20)\d\d|\d/\d\d|\d-\d\d-\d\d|\b(?:{'|'.join(_MONTHS)})[a-z]*\.?\s+\d{{1,2}})"
    r"\s*(?:[-–—]|\b(?:to|through|thru)\b)\s*"
    rf"(?:\d{{1,2}}/\d|(?:19|20)\d\d-|(?:{'|'.join(_MONTHS)})[a-z.]*\s+\d)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:/Date\()?(?:([1-3]\d{9})|([1-3]\d{12}))(?:\.0+|[+-]\d{4})?(?:\)/)?|([34]\d{4})(?:\.\d+)?"
)
_SHEET_1970 = 25_569  # the day 1970-01-01 in spreadsheets
_CENTURY = 69  # two digits below are of this century, as the C library reads them
_FIRST, _LAST = 1900, 2099  # years that a report can have; any other is a slip of the publisher


@lru_cache(maxsize=4096)  # a list shows the same days at every check
def day_of(raw: str) -> str | None:
    """Return a day as ISO, None for what is not one, such as a span; the month comes first in numbers."""
    raw = raw.translate(_UNSEEN)
    if _SPAN.search(raw) is not None:
        return None
    found = [one for form in _FORMS for one in form.finditer(raw)]
    issued = [one for one in found if not _LATER.search(raw[: one.start()])]
    return _iso((issued or found)[0]) if found else None


def counted_day_of(raw: str) -> str | None:
    """Return a day that is a count: of seconds or milliseconds since 1970, or a spreadsheet's of days."""
    found = _COUNTED.fullmatch(raw.strip())
    if found is None:
        return None
    seconds, milliseconds, days = found.groups()
    count = int(days) - _SHEET_1970 if days else int(seconds or milliseconds[:-3]) // 86_400
    return (date(1970, 1, 1) + timedelta(days=count)).isoformat()


def is_day(raw: str) -> bool:
    """Return whether a text is a day and nothing else but the day of the week."""
    said = _WEEKDAY.sub("", raw.strip())
    return any(form.fullmatch(said) for form in _FORMS) and day_of(said) is not None


def split_day(text: str) -> tuple[str, str | None]:
    """Return the words before the day that ends a text, and that day; None where it ends in none.

    A day after a preposition, as in "as of May 5, 2026", belongs to the words.
    """
    for form in _FORMS:
        for found in form.finditer(text):
            before = text[: found.start()].rstrip(" ,(")
            if found.end() == len(text) and (day := _iso(found)) and not _GOES_ON.search(before):
                return before, day
    return text, None


def fiscal_year_of(raw: str) -> int | None:
    """Return a fiscal year as offices write it: 2026, FY 2026, FY26; None for what is not one.

    Of several years the one called fiscal counts; several others, and a span such as 2025-26, say nothing.
    """
    if any(found["one"] != found["other"] for found in _YEARS.finditer(raw)):
        return None
    named = _FISCAL.findall(raw)
    years = {int(year) if len(year) == 4 else 2000 + int(year) for year in named} or {
        int(year) for year in _YEAR.findall(raw)
    }
    year = years.pop() if len(years) == 1 else None
    return year if year is not None and _FIRST <= year <= _LAST else None


def _iso(found: re.Match[str]) -> str | None:
    parts = found.groupdict()
    named = parts.get("name")
    month = _MONTHS.index(named.lower()) + 1 if named else int(parts["month"])
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 2000 if year < _CENTURY else 1900
    if not _FIRST <= year <= _LAST:
        return None
    try:
        return date(year, month, int(parts["day"])).isoformat()
    except ValueError:
        return None
