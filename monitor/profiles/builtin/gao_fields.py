"""What every form of a GAO page shares: numbers, totals, the priority mark, and the building of a record."""

import re
from dataclasses import dataclass

from monitor.domain.identity import identify, is_matter, number_at_end, report_id
from monitor.domain.notes import is_placeholder, shown_title
from monitor.domain.status import Status, shown_status, status_of
from monitor.domain.text import blank_to_none, comparable, squeeze
from monitor.domain.types import FIELDS, ParsedRecord, RecordKind
from monitor.profiles.declarative.cells import names_of
from monitor.profiles.markup import split_url, without_query

SITE = "https://www.gao.gov"
_HOSTS = ("gao.gov", "www.gao.gov")
_NUMBER_IN_TEXT = re.compile(r"\((?:Recommendation|Matter(?: for [^()]{1,40})?|Matters?)\s+(\d{1,3})\)", re.I)
_PRODUCT_PATH = re.compile(r"/products/([a-z0-9][a-z0-9-]{0,40}\d[a-z0-9-]{0,40})/?$", re.I)
REPORT_NUMBER = re.compile(
    r"\b(?:GAO(?:/[A-Z]+)?|AIMD|HEHS|NSIAD|RCED|GGD|T|B)-[A-Z0-9-]{0,20}\d[A-Z0-9-]{0,20}\b", re.I
)
_TOTALS = (
    re.compile(r"Open Recommendations? \(([\d,]+) total\)", re.I),
    re.compile(r"\d of ([\d,]+) Recommendations?, including", re.I),
    re.compile(r"with a total of ([\d,]+) open recommendations?", re.I),
)
# What was searched for, and what a page says of its list, is not the title of a report.
NO_TITLE = re.compile(
    r"(?:[a-z]+ ){0,3}[a-z]+:\s*[\"“].*[\"”]|(?:search )?results?\b.{0,80}|\d+ results?.*|sort(?:ed)? by.*"
    r"|(?:showing |displaying )?[\d,]+ ?[-–] ?[\d,]+ of [\d,]+.*|download (?:csv|xls|pdf).*|skip to .*"
    r"|jump to:?|show|hide|[\d,]+ (?:(?:open|closed|priority) )*rec(?:ommendation)?s?\.?|[\d,]+ priority"
    r"|(?:published|publicly released|issued|released)\b.{0,40}\d{4}\.?"
    r"|recommendations database|open recommendations(?: \(.*\))?|filters?(?: by)?:?.{0,40}|clear all.*",
    re.I,
)
_WITH_PRIORITY = re.compile(r"\d of ([\d,]+) Recommendations?, including ([\d,]+) Priority", re.I)
_PRIORITY = re.compile(r"(?:priority rec(?:ommendation)?\.?|this is a priority recommendation\.?)", re.I)
_PRIORITY_AT_END = re.compile(r"(?:\s*(?:Priority Rec\.|This is a priority recommendation\.))+\s*$")
# Pages of 2021 have the definition of the status word between it and the comment: it is not a comment.
_DEFINITION = re.compile(
    r"^\s*(?:(?:actions? (?:to|that) (?:partially )?satisf\w+ the intent of the recommendation"
    r"|while the intent of the recommendation has not been satisfied)[^.]*\.\s*)+",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One recommendation in the words of a page; what the page does not state is None."""

    title: str | None
    text: str
    agency: str | None = None
    report_number: str | None = None
    status_text: str | None = None
    comment: str | None = None
    priority: bool | None = False
    url: str | None = None
    cut: frozenset[str] = frozenset()


def record_of(row: Row) -> ParsedRecord | str:
    """Return the record of a row, or what was wrong with it."""
    text, title = squeeze(row.text), squeeze(shown_title(row.title or ""))
    number = report_id(row.report_number)
    if not comparable(text) or is_placeholder(text):
        return "it has no recommendation text"
    if not comparable(title):
        return "its report has no title"
    if _is_damaged(number, title, text):
        return "the words that identify it are damaged"
    status = blank_to_none(squeeze(shown_status(row.status_text or "")))
    counted, addressed = number_in(text), {"agency": names_of(row.agency or "")}
    matter = number_at_end(text)[1] is not None or is_matter(addressed)
    fields = dict.fromkeys(FIELDS[RecordKind.RECOMMENDATION]) | {
        "report_number": number,
        "report_title": title,
        ("matter_number" if matter else "recommendation_number"): counted,
        **addressed,
        "recommendation": text,
        "status": _value(status_of(status)),
        "status_text": status,
        "status_comment": without_definition(row.comment),
        "priority": row.priority,
        "url": row.url,
    }
    key, aliases = identify(RecordKind.RECOMMENDATION, fields)
    return ParsedRecord(RecordKind.RECOMMENDATION, key, fields, aliases, row.cut)


def _is_damaged(report: str | None, title: str, text: str) -> bool:
    """Return whether characters of the key were lost: such a key would be a false record."""
    known_by = (report or title) + ("" if number_in(text) is not None else text)
    return any(sign == "\ufffd" or not sign.isprintable() for sign in known_by.replace("\u00ad", ""))


def _value(status: Status | None) -> str | None:
    return None if status is None else status.value


def number_in(text: str) -> int | str | None:
    """Return N of the last `(Recommendation N)` in a text, or the number at its end in another spelling."""
    found = _NUMBER_IN_TEXT.findall(text)
    number = found[-1] if found else next(filter(None, number_at_end(text)), None)
    return int(number) if number is not None and number.isdecimal() else number


def without_definition(comment: str | None) -> str | None:
    """Return a comment without the definition of its status word that precedes it on pages of 2021."""
    return blank_to_none(_DEFINITION.sub("", comment)) if comment else None


def total_in(text: str) -> int | None:
    """Return the count of recommendations that a text states."""
    for pattern in _TOTALS:
        found = pattern.search(text)
        if found:
            return int(found[1].replace(",", ""))
    return None


def priority_in(text: str) -> tuple[int, int] | None:
    """Return the counts of all recommendations and of those with priority that the database states."""
    found = _WITH_PRIORITY.search(text)
    return (int(found[1].replace(",", "")), int(found[2].replace(",", ""))) if found else None


def is_priority(line: str) -> bool:
    """Return whether a line is the mark of a priority recommendation and nothing else."""
    return _PRIORITY.fullmatch(squeeze(line)) is not None


def without_priority(text: str) -> tuple[str, bool]:
    """Return the lines of a cell without the priority mark, and whether there was one."""
    lines = [line for line in text.split("\n") if line.strip()]
    kept = [line for line in lines if not is_priority(line)]
    rest = [_PRIORITY_AT_END.sub("", line) for line in kept]
    return "\n".join(rest), len(kept) < len(lines) or rest != kept


def on_site(url: str | None) -> str | None:
    """Return one address for all of GAO's hosts, without query; other hosts are kept."""
    scheme, host, path, _ = split_url(url or "")
    if not url or not scheme:
        return None
    return SITE + path if host.rstrip(".") in _HOSTS else without_query(url)


def is_ours(url: str) -> bool:
    """Return whether a URL is on GAO's site."""
    return split_url(url)[1].rstrip(".") in _HOSTS


def product_number(url: str | None) -> str | None:
    """Return the report number a `/products/` address names."""
    found = _PRODUCT_PATH.search(split_url(url or "")[2])
    return found[1].upper() if found else None
