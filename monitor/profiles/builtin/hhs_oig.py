"""Read the recommendation tracker of the HHS Office of Inspector General.

Its words are known from saved pages, its markup is not, so the page is read as the lines it shows. Every
recommendation begins with its id, `25-E-05-040.01`, and has a status; any other page yields sentences and no
records.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from monitor.domain.identity import identify, shorten
from monitor.domain.status import Status, agreement_of
from monitor.domain.text import comparable_title, squeeze
from monitor.domain.types import FIELDS, Parse, ParsedRecord, RecordKind
from monitor.profiles.markup import split_address, split_url
from monitor.profiles.profile import Profile
from monitor.profiles.text_lines import Labelled, Lines, labelled, page_lines

NAME = "hhs-oig-tracker"
SITE = "https://oig.hhs.gov/"
_PATH = "/reports/recommendations/tracker"
_ID = re.compile(r"(\d\d-[AE]-\d\d-\d{3})\.(\d{2,3})(?!\d)\s*[:–-]?\s*(.*)", re.S)
_LABELS = (
    "Status",
    "Response",
    "Responsible Agency",
    "Potential Savings",
    "Last Update Received",
    "Next Update Expected",
    "Closed Date",
    "Legislative Related",
)
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
    records: list[ParsedRecord] = []
    problems = list(page.problems)
    for chunk, title in _chunks(page):
        found = _record(chunk, title)
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


def _chunks(page: Lines) -> Iterator[tuple[Sequence[str], str | None]]:
    """Yield the lines of each recommendation, and the heading of its report where one precedes it."""
    lines = page.lines
    starts = [at for at, line in enumerate(lines) if _ID.match(line)]
    for start, end in pairwise([*starts, len(lines)]):
        above = [at for at in page.headings if at < start and not _ID.match(lines[at])]
        yield lines[start:end], lines[max(above)] if above else None


def _record(lines: Sequence[str], title: str | None) -> ParsedRecord | str:
    found = _ID.match(lines[0])
    report, number, rest = found.groups() if found else ("", "0", "")
    read = labelled([rest, *lines[1:]], _LABELS)
    called = f"{report}.{number}"
    text = squeeze(" ".join(read.text))
    status, words = _status(read)
    if not text:
        return f"Recommendation {called} was not read: it has no text."
    if words is None:
        return f"Recommendation {called} was not read: it has no status ({shorten(text)!r})."
    fields = dict.fromkeys(FIELDS[RecordKind.RECOMMENDATION]) | {
        "report_number": report,
        "report_title": title,
        "recommendation_number": int(number),
        "agency": _first(read, "Responsible Agency"),
        "recommendation": text,
        "status": status.value,
        "status_text": words,
        "status_comment": "\n\n".join(f"{name}: {said}" for name in _COMMENT if (said := _first(read, name)))
        or None,
        "agreement": agreement_of(_first(read, "Response")),
        "priority": False,
    }
    key, aliases = identify(RecordKind.RECOMMENDATION, fields)
    return ParsedRecord(RecordKind.RECOMMENDATION, key, fields, aliases)


def _first(read: Labelled, label: str) -> str | None:
    # Text after a value without a label, such as the next report's title, is not part of the value.
    return next(iter(read.values.get(label, ())), None)


def _status(read: Labelled) -> tuple[Status, str | None]:
    words = _first(read, "Status")
    return _STATUSES.get(comparable_title(words or ""), Status.UNKNOWN), words


PROFILE = Profile(
    name=NAME,
    version=2,
    kind=RecordKind.RECOMMENDATION,
    describes="the recommendation tracker of the HHS Office of Inspector General",
    recognizes=recognizes,
    parse=parse,
    columns=(),
    required=("report_number", "recommendation"),
    is_of=is_of,
    habits={"every": timedelta(days=1), "delay": timedelta(seconds=5)},
)
