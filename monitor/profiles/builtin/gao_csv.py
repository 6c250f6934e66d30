"""Read the export of GAO's recommendations database: every open recommendation and matter for Congress.

One row is a recommendation to one agency. Nothing in the file shows a gap, and its last row has no line end:
a file that ends in one, or within quotes, was cut.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain, islice
from zoneinfo import ZoneInfo

from monitor.domain.identity import identify, number_at_end, report_id
from monitor.domain.notes import shown_number, shown_title
from monitor.domain.settings import Expectations
from monitor.domain.status import status_of
from monitor.domain.text import squeeze, without_entities
from monitor.domain.types import FIELDS, Parse, ParsedRecord, ReadRow, RecordKind
from monitor.profiles.builtin import gao
from monitor.profiles.builtin.gao_fields import SITE, is_ours
from monitor.profiles.days import day_of
from monitor.profiles.declarative.cells import person_of, topics_of
from monitor.profiles.declarative.csv_file import CsvRows, formula_in, shown_cell
from monitor.profiles.declarative.headings import folded
from monitor.profiles.markup import IN_VALUE, block_text, is_markup, is_web, split_address, split_url
from monitor.profiles.profile import Profile

NAME = "gao-csv"
_PATH = "/open-recs2-csv"
_HEADINGS: Mapping[str, str] = {
    "report_title": "Publication Name",
    "report_number": "Publication Number",
    "issue_date": "Date Publication Issued",
    "director": "Director Name",
    "agency": "Agency",
    "recommendation": "Recommendation",
    "status_text": "Status",
    "priority": "Priority",
    "status_comment": "Comments",
    "topics": "Topics",
}
_PREAMBLE = 10  # lines in which the heading is looked for
_STAMP = re.compile(r"status as of ([A-Za-z]{3,9} \d{1,2}, \d{4})(?: at (\d{1,2}:\d\d [AP]M))?")
# The stamp says EST all year and means the time on GAO's clocks.
_ZONE = ZoneInfo("America/New_York")
_KNOWN_BY = ("Download of GAO Recommendation Results", "Publication Name,Publication  Number,")
_WITH_PAGE = re.compile(r"GAO-\d\d-\d{3,}[A-Z]{0,4}")
_CUT = "so it was cut; fetch or save it again"


def parse(text: str, url: str) -> Parse:
    """Return what the export shows; of a recommendation's own page what that page shows."""
    text, url = split_address(text, url)
    if is_markup(text):
        return _of_page(text, url)
    file = CsvRows(text)
    lines = iter(file)
    preamble = list(islice(lines, _PREAMBLE))
    at, head = _heading(preamble)
    missing = tuple(name for name in _HEADINGS.values() if folded(name) not in head)
    if missing:
        return Parse(NAME, (), missing_columns=missing)
    places = {field: head.index(folded(name)) for field, name in _HEADINGS.items()}
    scheme, host, *_ = split_url(url)
    site = f"{scheme}://{host}" if is_web(url) and not is_ours(url) else SITE  # a copy has its own pages
    rows, width = [], 0
    for number, cells in enumerate(chain(preamble[at + 1 :], lines), 1):
        width = len(cells)
        if any(map(str.strip, cells)):
            rows.append(_row(number, cells, len(head), places, site))
    return _parsed(rows, preamble[:at], file.broken or _end_of(text, width, len(head)))


def _of_page(text: str, url: str) -> Parse:
    if not split_url(url)[2].startswith("/products/"):
        return Parse(NAME, (), problems=("This profile reads GAO's CSV export, and this is an HTML page.",))
    return gao.parse(text, url)


def _heading(lines: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """Return the heading's line and its names; of the first lines the one that has most of them."""
    names = set(map(folded, _HEADINGS.values()))
    heads = [[folded(cell) for cell in cells] for cells in lines[:_PREAMBLE]]
    at = max(range(len(heads)), key=lambda at: len(names.intersection(heads[at])), default=0)
    return at, heads[at] if heads else []


def _parsed(rows: Sequence[ReadRow], preamble: Sequence[Sequence[str]], broken: str | None) -> Parse:
    records = tuple(row.record for row in rows if row.record)
    problems = tuple(f"Row {row.number}: {said}." for row in rows for said in row.problems)
    return Parse(
        NAME,
        records,
        complete=bool(records) and not (problems or broken),
        problems=problems,
        rows=tuple(rows),
        as_of=_as_of(preamble),
        broken=broken,
    )


def _end_of(text: str, last: int, width: int) -> str | None:
    """Return why the end of the file is not that of the whole file, or None."""
    if text.endswith("\n"):
        return f"The file ends in a line end, which GAO's export never has after its last row, {_CUT}."
    if last < width:
        return f"The file ends in a row with {last} of {width} cells, {_CUT}."
    return None


def _as_of(preamble: Sequence[Sequence[str]]) -> datetime | None:
    """Return the time of which the preamble says that the file speaks."""
    found = next(filter(None, map(_STAMP.search, chain.from_iterable(preamble))), None)
    day = day_of(found[1]) if found else None
    if found is None or day is None:
        return None
    written = f"{day} {found[2] or '12:00 AM'}"
    try:
        return datetime.strptime(written, "%Y-%m-%d %I:%M %p").replace(tzinfo=_ZONE)
    except ValueError:
        return datetime.fromisoformat(day).replace(tzinfo=_ZONE)


def _row(number: int, cells: Sequence[str], width: int, places: Mapping[str, int], site: str) -> ReadRow:
    if len(cells) != width:
        said = f"it has {len(cells)} cells where the heading has {width}"
    elif not (said := formula_in(cells)):
        found = _record({field: _READ.get(field, _shown)(cells[at]) for field, at in places.items()}, site)
        if isinstance(found, ParsedRecord):
            return ReadRow(number, found)
        said = found
    return ReadRow(number, None, (said,), squeeze(" ".join(cells))[:120])


def _record(cells: Mapping[str, str], site: str) -> ParsedRecord | str:
    """Return the record of a row, or what was wrong with it."""
    title, text = shown_title(cells["report_title"]), cells["recommendation"]
    report, day = report_id(_number(cells["report_number"])), _day(cells["issue_date"])
    if not title or not text:
        return f"it has no {'recommendation' if title else 'publication name'}"
    if "\ufffd" in title + text + cells["report_number"] + cells["agency"]:
        return "characters of the words that identify it were lost"
    if cells["issue_date"] and day is None:
        return f"its date {cells['issue_date'][:40]!r} was not understood"
    if cells["priority"].casefold() not in ("yes", "no", ""):
        return f"its priority {cells['priority'][:40]!r} is neither Yes nor No"
    number, matter = number_at_end(text)
    status = _status(cells["status_text"])
    fields = dict.fromkeys(FIELDS[RecordKind.RECOMMENDATION]) | {
        "report_number": report,
        "report_title": title,
        "recommendation_number": number,
        "matter_number": matter,
        "agency": cells["agency"] or None,
        "recommendation": text,
        "status": status.value if status else None,
        "status_text": cells["status_text"] or None,
        "status_comment": cells["status_comment"] or None,
        "priority": cells["priority"].casefold() == "yes",
        "issue_date": day,
        "topics": _topics(cells["topics"]) or [],
        "director": _director(cells["director"]),
        "url": f"{site}/products/{report.lower()}" if report and _WITH_PAGE.fullmatch(report) else None,
    }
    key, aliases = identify(RecordKind.RECOMMENDATION, fields)
    return ParsedRecord(RecordKind.RECOMMENDATION, key, fields, aliases)


@lru_cache(maxsize=1_000)  # rows of one report follow each other, and most comments are one sentence
def _shown(cell: str) -> str:
    cell = shown_cell(cell) if cell[:1] == "=" else cell
    if "<" in cell and IN_VALUE.search(cell):
        cell = block_text(cell)
    return squeeze(without_entities(cell) if "&" in cell else cell).strip("\u200b")


_remembered = lru_cache(maxsize=1_000)
_day, _director, _topics = _remembered(day_of), _remembered(person_of), _remembered(topics_of)
_status, _number = _remembered(status_of), _remembered(shown_number)
# Texts are not read twice.
_READ = {"recommendation": _shown.__wrapped__}


def is_of(url: str) -> bool:
    """Return whether an address is that of the export."""
    return is_ours(url) and split_url(url)[2].startswith(_PATH)


def recognizes(text: str, url: str) -> bool:
    """Return whether a file is the export, by its address or its first lines."""
    text, url = split_address(text, url)
    return is_of(url) or any(words in text[:2_000] for words in _KNOWN_BY)


PROFILE = Profile(
    name=NAME,
    version=7,
    kind=RecordKind.RECOMMENDATION,
    describes="the export of GAO's recommendations database: all open recommendations in one CSV file",
    recognizes=recognizes,
    parse=parse,
    follow_up_url=gao.follow_up_url,
    columns=tuple(_HEADINGS.values()),
    required=("report_title", "recommendation"),
    is_of=is_of,
    habits={"every": timedelta(days=1)},
    format="csv",
    expect=Expectations.model_validate(
        {
            "filled": {"report_number": "90%", "agency": "90%", "status": "90%", "issue_date": "90%"},
            "why": "The export has them in every row.",
        }
    ),
)
