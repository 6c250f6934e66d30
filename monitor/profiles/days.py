"""Read a day as American offices write it: 09/05/2024, Sept 5 2024, 5 September 2024, 2024-09-05. Pure."""

from datetime import date

import regex

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    regex.compile(form, regex.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?=T|\D|$)",
        r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d\d)(?![\d/])",
        r"(?<![\d.-])(?P<month>\d{1,2})(?P<mark>[.-])(?P<day>\d{1,2})(?P=mark)(?P<year>\d{4})(?!\d)",
        rf"\b{_NAME}\s*{_DAY}(?:\s*,\s*|\s+)(?P<year>\d{{4}})(?!\d)",
        rf"(?<!\d){_DAY}[\s-]+(?:of\s+)?{_NAME}[\s,-]+(?P<year>\d{{4}})(?!\d)",
    )
)
_CENTURY = 69  # two digits below are of this century, as the C library reads them
_FIRST, _LAST = 1900, 2099  # years that a report can have; any other is a slip of the publisher


def day_of(raw: str) -> str | None:
    """Return a day as ISO, None for what is not one; the month comes first in numbers."""
    for form in _FORMS:
        if found := form.search(raw):
            return _iso(found)
    return None


def _iso(found: regex.Match[str]) -> str | None:
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
