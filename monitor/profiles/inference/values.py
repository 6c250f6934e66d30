"""Guess what a publisher's words and values mean: which field a heading names, which value is a day. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import regex

from monitor.domain.types import RecordKind
from monitor.profiles.days import day_of
from monitor.profiles.declarative.headings import HEADINGS, folded

# A report number: not a span of years, not a day, not the number of a telephone, not COVID-19.
NUMBER = (
    r"(?<![\w/-])(?!FY|(?:19|20)\d\d-(?:19|20)\d\d\b|\d{4}-\d\d-\d\d\b|\d\d-\d\d-\d{4}\b"
    r"|\d{3}-\d{3}-\d{4}\b)"
    r"((?:[A-Z]{1,8}-){0,2}\d{2,4}-[A-Z0-9]{1,7}(?:-[A-Z0-9]{1,6}){0,2}|[A-Z]{1,8}-\d{4,8})(?![\w-])"
)
# A year alone, as a heading over its reports.
YEAR_ALONE = (
    r"(?i)^\s*(?:(?:fiscal|calendar) year|FY|CY)?\s*(?:19|20)\d\d"
    r"(?:\s*(?:audits?|reports?|publications?))?\s*$"
)
# A number that only the word before it shows to be one: "Number: 002610".
LABELLED = (
    r"(?i)^\W*(?:(?:report|audit|product|document|case)\s+)?(?:number|no|#|id)\W+([\w./-]*\d[\w./-]*)\W*$"
)
# Days of something else than the issue of a report, and spans of time.
OTHER_DAY = (
    r"(?i)(?<![a-z])(?:due|target|deadline|clos\w*|updat\w*|modif\w*|revis\w*|review\w*|complet\w*|expect\w*|expir\w*"
    r"|effective|range|periods?|dates|ends?|starts?)\b"
)
_DAY = r"([A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}|\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d\d-\d\d)"
ISSUED = (
    r"(?i:issued|published|posted|released|(?:issue|report|publication|release) date)"
    rf"\W{{1,3}}{_DAY}"
)
NOT_ISSUED = rf"{OTHER_DAY}[\w ]{{0,12}}\W{{1,3}}{_DAY}"
_SPAN = regex.compile(
    r"(?i)(?:\b(?:19|20)\d\d|\d/\d\d|\d-\d\d-\d\d)\s*(?:[-–—]|to|through|thru)\s*(?:\d{1,2}/\d|(?:19|20)\d\d-|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov"
    r"|dec)[a-z.]*\s+\d)"
)
_SAID = r"(?:(?:(?:[Rr]eport|[Aa]udit) )?(?:[Nn]o\.?|[Nn]umber|#):? ?)?"  # words before a number
# A title with its number after or before it; the group is the title.
_BEFORE = r"^(.+?)(?:\s*[\[(]{said}{number}[\])])?\s*$"
_BARE_END = r"^(.+?)(?:[\s,;:|–—-]+{said}{number})?\s*$"
_AFTER = r"^(?:{number}\s*[:–—-]\s*)?(.+)$"
_CAMEL = regex.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOISE = {
    "views",
    "view",
    "field",
    "fields",
    "name",
    "node",
    "item",
    "type",
    "text",
    "body",
    "value",
    "card",
    "label",
}
_REPORT_HEADINGS = {folded(one) for one in HEADINGS[RecordKind.RECOMMENDATION]["report_title"]}
_LINKS = ("url", "link", "href", "permalink", "uri")
# Words in a class or key, in addition to the publishers' headings.
_MORE: Mapping[str, tuple[str, ...]] = {
    "title": ("headline", "heading", "title"),
    "report_title": ("headline", "heading", "title"),
    "issue_date": (
        "date",
        "published",
        "pub date",
        "pubdate",
        "issued",
        "posted",
        "datetime",
        "publication date",
    ),
    "report_number": ("report number", "number", "report no", "report id", "doc number", "document number"),
    "abstract": ("abstract", "summary", "description", "teaser", "excerpt", "snippet"),
    "agency": ("agency", "component", "department", "bureau", "organization"),
    "fiscal_year": ("fiscal year", "fy"),
    "status_text": ("status",),
    "recommendation": ("recommendation", "recommendation text", "corrective action"),
}


def words_of(name: str) -> str:
    """Return the words in a class, an id or a key: "report date" for field--name-reportDate."""
    parts = regex.split(r"[^A-Za-z0-9]+", _CAMEL.sub(" ", name))
    return " ".join(part.lower() for part in parts if part and part.lower() not in _NOISE)


def field_named(words: str, kind: RecordKind) -> str | None:
    """Return the field that a heading or a key names, by its exact words or else by words in it."""
    name = _field_named(folded(regex.sub(r"[-_/]+", " ", words)), kind)
    return None if name == "issue_date" and regex.search(OTHER_DAY, words) else name


def _field_named(said: str, kind: RecordKind) -> str | None:
    if not said:
        return None
    known = {
        name: {folded(one) for one in (*headings, *(_MORE.get(name, ())))}
        for name, headings in HEADINGS[kind].items()
    }
    for name, headings in known.items():
        if said in headings:
            return name
    if said.rpartition(" ")[2] in _LINKS:
        return "url"
    head = said.partition(" of ")[0]
    held = [
        # In "report agency" and "agency of the report" it is the agency that is named.
        (head.endswith(heading), len(heading), name)
        for name, headings in known.items()
        for heading in headings
        if len(heading) > 3 and regex.search(rf"\b{regex.escape(heading)}\b", said)
    ]
    return max(held)[2] if held and len(said) < 40 else None


def kind_of(words: Iterable[str]) -> RecordKind:
    """Return what a page lists: recommendations with a status or their report, otherwise reports."""
    said = [folded(one) for one in words]
    has_text = any("recommendation" in one or "corrective action" in one for one in said)
    of_report = any(one in _REPORT_HEADINGS for one in said)
    return (
        RecordKind.RECOMMENDATION
        if has_text and (of_report or any("status" in one for one in said))
        else RecordKind.REPORT
    )


def share(values: Sequence[str], pattern: str) -> float:
    """Return the share of values in which a pattern is found."""
    return sum(regex.search(pattern, value) is not None for value in values) / len(values) if values else 0


def days(values: Sequence[str]) -> float:
    """Return the share of values that hold a day we can read, and no span of days."""
    held = [value for value in values if day_of(value) is not None and not _SPAN.search(value)]
    return len(held) / len(values) if values else 0


def length(values: Sequence[str]) -> float:
    """Return the average length of values."""
    return fmean(map(len, values)) if values else 0


def distinct(values: Sequence[str]) -> float:
    """Return the share of distinct values."""
    return len(set(values)) / len(values) if values else 0


def number_pattern(values: Sequence[str]) -> str:
    """Return the simplest pattern that fits the report numbers in these texts: OIG-\\d{2}-\\d{1,3}."""
    found = [hit[1].split("-") for value in values if (hit := regex.search(NUMBER, value))]
    if not found or len({len(parts) for parts in found}) > 1:
        return NUMBER
    *front, last = zip(*found, strict=True)
    return rf"\b({'-'.join([*(_part(same) for same in front), _part(last, counts=True)])})\b"


def without_number(titles: Sequence[str]) -> dict[str, str]:
    """Return a pattern of titles without the number that most begin with, or end with."""
    for held, kept in (
        (rf"[\[(]{_SAID}{NUMBER}[\])]\s*$", _BEFORE),
        (rf"\s{_SAID}{NUMBER}\s*$", _BARE_END),
        (rf"^\s*{NUMBER}\s*[:–—-]\s", _AFTER),
    ):
        found = [hit[1] for title in titles if (hit := regex.search(held, title))]
        number = number_pattern(found).removeprefix(r"\b(").removesuffix(r")\b")
        if len(found) >= 0.8 * len(titles) and number != NUMBER:
            return {"pattern": kept.format(said=_SAID, number=number.replace("(", "(?:"))}
    return {}


def _part(same: Sequence[str], *, counts: bool = False) -> str:
    if len(set(same)) == 1 and same[0].isalpha():
        return same[0]
    least, most = min(map(len, same)), max(map(len, same))
    if not all(part.isdigit() for part in same):
        return "[A-Z0-9]+"
    return rf"\d{{{least}}}" if least == most and not counts else rf"\d{{1,{max(most, 6)}}}"
