"""Read the recommendation tracker of the HHS Office of Inspector General.

Its words are known from saved pages, its markup is not, so the page is read as the lines it shows. Every
recommendation begins with its id, `25-E-05-040.01`, and has a status; any other page yields sentences and no
records.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise, takewhile

from monitor.domain.identity import identify, shorten
from monitor.domain.notes import shown_title
from monitor.domain.settings import Expectations
from monitor.domain.status import Status, agreement_of, status_key, status_of
from monitor.domain.text import squeeze
from monitor.domain.types import FIELDS, Parse, ParsedRecord, RecordKind
from monitor.profiles.markup import is_markup, split_address, split_url
from monitor.profiles.profile import Profile
from monitor.profiles.text_lines import Labelled, Lines, labelled, page_lines

NAME = "hhs-oig-tracker"
SITE = "https://oig.hhs.gov/"
_PATH = "/reports/recommendations/tracker"
_ID = re.compile(
    r"(?:Recommendation(?: (?:ID|No\.|Number|#))?[: ] ?)?"
    r"(\d\d-[AE]-\d\d-\d{3})\.(\d{2,3})(?!\d)\s*[:–-]?\s*(.*)",
    re.S,
)
_DAY = r"-|\d{1,2}/\d{1,2}/\d{4}|[a-z]{3,9}\.? \d{1,2}, \d{4}"
_AGENCY, _AGENCIES, _TEXT = "Responsible Agency", "Responsible Agencies", "Recommendation"
# Each label, and the values that may follow it on its line without a colon.
_LABELS: Mapping[str, str] = {
    "Status": r"(?:open|closed) (?:un)?implemented",
    "Response": r"(?:non-?)?concur|partial(?:ly)? concur|not yet due|-",
    _AGENCY: r"[A-Z]{2,10}",
    _AGENCIES: r"[A-Z]{2,10}(?:[,;/ ]+[A-Z]{2,10})*",
    _TEXT: r"(?!)",
    "Potential Savings": r"-|\$[\d,.]+",
    "Last Update Received": _DAY,
    "Next Update Expected": _DAY,
    "Closed Date": _DAY,
    "Legislative Related": r"yes|no|-",
}
_LABEL_AT_END = re.compile(rf"(.*\S)\s*[-•]\s+({'|'.join(_LABELS)}):?", re.I)
_OF_PAGE = re.compile(r"\b(?:grouped by|tracker|filters?|search results)\b", re.I)  # headings of the page
_STATUS_LINES = 3
_BULLET = re.compile(r"[-•]\s+(?=\S)")
_COMMENT = ("Last Update Received", "Next Update Expected", "Closed Date")
_STATUSES: Mapping[str, Status] = {
    "open unimplemented": Status.OPEN,
    "closed implemented": Status.CLOSED_IMPLEMENTED,
    "closed unimplemented": Status.CLOSED_NOT_IMPLEMENTED,
}


def is_of(url: str) -> bool:
    """Return whether an address is the tracker's."""
    _, host, path, _ = split_url(url)
    return host in ("oig.hhs.gov", "www.oig.hhs.gov") and path.startswith(_PATH)


def recognizes(text: str, url: str) -> bool:
    """Return whether a page is the tracker, by its address or by its ids and statuses."""
    text, url = split_address(text, url)
    return is_of(url) or (_ID.search(text) is not None and "nimplemented" in text)


def parse(text: str, url: str) -> Parse:
    """Return every recommendation of a page; never raises."""
    text, url = split_address(text, url)
    page = page_lines(text, url, SITE)
    page = page if is_markup(text) else _without_bullets(page)
    records: list[ParsedRecord] = []
    problems = list(page.problems)
    for chunk in _chunks(page):
        cut = chunk.last and is_markup(text)
        found = f"The page breaks off in {shorten(chunk.lines[0], 40)!r}." if cut else _record(chunk)
        if isinstance(found, str):
            problems.append(found)
        else:
            records.append(found)
    if not (records or problems or page.says_empty):
        problems.append("No line of the page begins with the id of a recommendation, such as 25-E-05-040.01.")
    return Parse(
        profile=NAME,
        records=tuple(records),
        complete=page.alone and bool(records) and not problems,
        next_url=page.next_url,
        problems=tuple(problems),
        says_empty=page.says_empty and not records and not problems,
        title=page.title,
    )


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The lines of one recommendation, and the title of its report; `last` where a cut page ends in it."""

    lines: tuple[str, ...]
    terms: tuple[int, ...]
    title: str | None
    last: bool


def _without_bullets(page: Lines) -> Lines:
    """Return saved text without the marks of its lists: `text- Status`, `- Open`, and `-` over a title."""
    lines: list[str] = []
    headings: set[int] = set()
    for at, line in enumerate(page.lines):
        below = page.lines[at + 1 : at + 3]
        if line in "-•" and len(below) == 2 and not _ID.match(below[0]) and _ID.match(below[1]):
            headings.add(len(lines))
        elif ended := _LABEL_AT_END.fullmatch(line):
            lines += [_BULLET.sub("", ended[1], count=1) if ended[1][0] in "-•" else ended[1], ended[2]]
        else:
            lines.append(_BULLET.sub("", line, count=1) if line[0] in "-•" else line)
    return replace(page, lines=tuple(lines), headings=frozenset(headings))


def _chunks(page: Lines) -> Iterator[_Chunk]:
    """Yield each recommendation with the heading of its report where one precedes it."""
    lines = page.lines
    starts = [at for at, line in enumerate(lines) if _ID.match(line)]
    places = [
        max((h for h in page.headings if h < at and not _ID.match(lines[h])), default=-1) for at in starts
    ]
    over: dict[int, set[str]] = {}
    for at, heading in zip(starts, places, strict=True):
        over.setdefault(heading, set()).add(lines[at].partition(".")[0])
    for (start, end), heading in zip(pairwise([*starts, len(lines)]), places, strict=True):
        # A heading over several reports is the title of none of them.
        alone = heading >= 0 and len(over[heading]) == 1
        title = lines[heading] if alone and not _OF_PAGE.search(lines[heading]) else None
        inside = next((h for h in sorted(page.headings) if start < h < end), end)
        terms = tuple(at - start for at in page.terms if start <= at < inside)
        yield _Chunk(lines[start:inside], terms, title, page.cut and end == len(lines))


def _record(chunk: _Chunk) -> ParsedRecord | str:
    found = _ID.match(chunk.lines[0])
    report, number, rest = found.groups() if found else ("", "0", "")
    read = labelled([rest, *chunk.lines[1:]], _LABELS, chunk.terms)
    called = f"{report}.{number}"
    if chunk.last:
        _without_cut_value(read)
    text = squeeze(" ".join([*read.text, *read.values.get(_TEXT, ())]))
    status, words = _status(read)
    if not text:
        return f"Recommendation {called} was not read: it has no text."
    if words is None:
        return f"Recommendation {called} was not read: it has no status ({shorten(text)!r})."
    if read.twice:
        return f"Recommendation {called} was not read: it has the label {read.twice[0]!r} more than once."
    fields = dict.fromkeys(FIELDS[RecordKind.RECOMMENDATION]) | {
        "report_number": report,
        "report_title": chunk.title and shown_title(chunk.title),
        "recommendation_number": int(number),
        "agency": _agencies(read),
        "recommendation": text,
        "status": status.value,
        "status_text": words,
        "status_comment": "\n\n".join(f"{name}: {said}" for name in _COMMENT if (said := _first(read, name)))
        or None,
        "agreement": agreement_of(_first(read, "Response")),
        "priority": False,
    }
    key, aliases = identify(RecordKind.RECOMMENDATION, fields)
    cut = frozenset({"status_comment"}) if chunk.last else frozenset[str]()
    return ParsedRecord(RecordKind.RECOMMENDATION, key, fields, aliases, cut)


def _without_cut_value(read: Labelled) -> None:
    """Take out the value in which a saved text ends, where its form does not show that it is whole."""
    label = next(reversed(read.values), None)
    values = read.values[label] if label else []
    if label and values and (label == _AGENCY or not re.fullmatch(_LABELS[label], values[-1], re.I)):
        values.pop()


def _first(read: Labelled, label: str) -> str | None:
    # Text after a value without a label, such as the next report's title, is not part of the value.
    said = next(iter(read.values.get(label, ())), None)
    return None if said == "-" else said


def _agencies(read: Labelled) -> str | None:
    """Return the agencies: the first value, and the short names that follow it on lines of their own."""
    first = _first(read, _AGENCY) or _first(read, _AGENCIES)
    others = (read.values.get(_AGENCY) or read.values.get(_AGENCIES) or [])[1:]
    short = takewhile(lambda name: re.fullmatch(_LABELS[_AGENCY], name), [first or "", *others])
    return "; ".join(short) or first


def _status(read: Labelled) -> tuple[Status, str | None]:
    """Return the status and its words; an icon may name it before, and it may be in two lines."""
    values = read.values.get("Status", [])[:_STATUS_LINES]
    said = (*values, *(" ".join(values[:most]) for most in range(2, len(values) + 1)))
    words = next((one for one in said if status_key(one) in _STATUSES), _first(read, "Status"))
    return _STATUSES.get(status_key(words or "")) or status_of(words) or Status.UNKNOWN, words


PROFILE = Profile(
    name=NAME,
    version=6,
    kind=RecordKind.RECOMMENDATION,
    describes="the recommendation tracker of the HHS Office of Inspector General",
    recognizes=recognizes,
    parse=parse,
    columns=(),
    required=("report_number", "recommendation"),
    is_of=is_of,
    habits={"every": timedelta(days=1), "delay": timedelta(seconds=5)},
    expect=Expectations.model_validate(
        {"filled": {"agency": "50%"}, "why": "the tracker names the agency of each recommendation"}
    ),
)
