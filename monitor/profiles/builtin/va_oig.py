"""Read the recommendations on the report listing of the VA Office of Inspector General.

Its words are known from saved pages, its markup is not, so the page is read as the lines it shows. A report
has its number, `22-01836-12`, and `No. 1` and so on, each with an icon whose words give the status. A legend
at each report repeats all three; a recommendation without exactly one status is reported, not recorded.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import takewhile

from monitor.domain.identity import identify, shorten
from monitor.domain.notes import shown_title
from monitor.domain.settings import Expectations
from monitor.domain.status import Status
from monitor.domain.text import squeeze
from monitor.domain.types import FIELDS, Parse, ParsedRecord, RecordKind
from monitor.profiles.days import day_of
from monitor.profiles.markup import is_markup, split_address, split_url
from monitor.profiles.profile import Profile
from monitor.profiles.text_lines import Lines, page_lines

NAME = "va-oig"
SITE = "https://www.vaoig.gov/"
_PATH = "/reports"
_NUMBER = r"(\d\d-\d{5}-\d{1,4}(?:-?[A-Z]{1,8})?)"
_REPORT = re.compile(rf"(?:^|[|(–—,]\s*|(?:#|No\.|Number):?\s*){_NUMBER}\)?\s*$", re.I)
# Outside a heading only a line of its own: a recommendation may cite another report.
_REPORT_LINE = re.compile(
    rf"(?:(?:[a-z]+ ){{0,3}}(?:#|No\.|Number):?\s*)?{_NUMBER}(?:\s*[|•·].{{0,60}})?", re.I
)
_ITEM_BEGINS = re.compile(r"(?:Recommendation )?No\.\s*(\d{1,3})\b[\s:]*(.*)", re.S)
_ITEM = re.compile(r"(?:Recommendation )?No\.\s*(\d{1,3})\s*[:.]?\s*((?:to |-|–).*)?", re.S)
_ICON_WORDS = (
    r"(?:open|closed (?:and|but) (?:not )?implemented) recommendation image(?:, (?:square|checkmark|x)\b)?"
)
_ICON = re.compile(_ICON_WORDS, re.I)
_ICON_APART = re.compile(f"({_ICON_WORDS})", re.I)
# Three in a row, with no more than their names between them.
_LEGEND = re.compile(rf"{_ICON_WORDS}(?:.{{0,40}}?{_ICON_WORDS}){{2}}", re.I)
_AFTER = re.compile(r"(?:Total )?Monetary (?:Impact|Benefits?)\b.*", re.I)  # it is of all of a report
_CLOSURE = re.compile(r"Closure Date\s*:?\s*(.*)", re.I)
_STATUSES: Mapping[str, Status] = {
    "open": Status.OPEN,
    "closed and implemented": Status.CLOSED_IMPLEMENTED,
    "closed but not implemented": Status.CLOSED_NOT_IMPLEMENTED,
    "closed and not implemented": Status.CLOSED_NOT_IMPLEMENTED,
}


_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class _Item:
    """The lines of one recommendation and of the report above it."""

    report: str | None
    title: str | None
    number: int
    lines: tuple[str, ...]


def is_of(url: str) -> bool:
    """Return whether an address is the listing's."""
    _, host, path, _ = split_url(url)
    return host in ("vaoig.gov", "www.vaoig.gov") and path.startswith(_PATH)


def recognizes(text: str, url: str) -> bool:
    """Return whether a page is the listing, by its address or by the words of its icons."""
    text, url = split_address(text, url)
    return is_of(url) or _ICON.search(text) is not None


def parse(text: str, url: str) -> Parse:
    """Return every recommendation of a page; never raises."""
    text, url = split_address(text, url)
    if not is_markup(text):
        # Saved text does not show where a recommendation ends.
        return Parse(NAME, (), problems=("This profile reads HTML, and this is text.",))
    page = _with_icons_apart(page_lines(text, url, SITE))
    records: list[ParsedRecord] = []
    problems = list(page.problems)
    items = list(_items(page))
    if page.cut and items:
        last = items.pop()
        problems.append(f"No. {last.number} of report {last.report} was not read: the page breaks off in it.")
    for item in items:
        found = _record(item)
        if isinstance(found, str):
            problems.append(f"No. {item.number} of report {item.report} was not read: {found}.")
        else:
            records.append(found)
    if not (records or problems or page.says_empty):
        problems.append(
            "No recommendation is on the page: no line begins with No. 1 and has the word for its status."
        )
    return Parse(
        profile=NAME,
        records=tuple(records),
        complete=page.alone and bool(records) and not problems,
        next_url=page.next_url,
        problems=tuple(problems),
        says_empty=page.says_empty and not records and not problems,
        title=page.title,
    )


def _with_icons_apart(page: Lines) -> Lines:
    """Return the lines with the words of an icon on a line of their own, as where it is a picture."""
    lines: list[str] = []
    headings: set[int] = set()
    for at, line in enumerate(page.lines):
        headings |= {len(lines)} if at in page.headings else set()
        lines += [line] if at in page.headings else filter(None, map(squeeze, _ICON_APART.split(line)))
    return replace(page, lines=tuple(lines), headings=frozenset(headings))


def _items(page: Lines) -> Iterator[_Item]:
    """Yield the recommendations; one ends where the next one, a heading or another report begins."""
    report: str | None = None
    title: str | None = None
    number, begun = 0, list[str]()
    for at, line in enumerate(page.lines):
        heading = (_REPORT.search if at in page.headings else _REPORT_LINE.fullmatch)(line)
        item = _ITEM.fullmatch(line) or _next_item(line, number)
        if not (heading or item or at in page.headings):
            begun.append(line)
            continue
        if number:
            yield _Item(report, title, number, tuple(begun))
        number, begun = (int(item[1]), [item[2] or ""]) if item else (0, [])
        if heading:
            report, title = heading[1], _title(page, at)
    if number:
        yield _Item(report, title, number, tuple(begun))


def _next_item(line: str, number: int) -> re.Match[str] | None:
    """Return a line that only its number shows to be the next recommendation; it may lack its status."""
    found = _ITEM_BEGINS.fullmatch(line) if len(line) < _LONGEST_NAME else None
    return found if found and int(found[1]) == number + 1 else None


def _title(page: Lines, number_at: int) -> str | None:
    above = [at for at in page.headings if at <= number_at]
    return _REPORT.sub("", page.lines[max(above)]).strip(" :|-") or None if above else None


def _record(item: _Item) -> ParsedRecord | str:
    words = _LEGEND.sub(" ", squeeze(" ".join(item.lines)))
    icons = [icon.lower().partition(" recommendation")[0] for icon in _ICON.findall(words)]
    if item.report is None:
        return "there is no report number above it"
    if len(icons) != 1:
        return f"it has {'no' if not icons else 'more than one'} status ({shorten(words)!r})"
    closed, rest = _closure(list(takewhile(lambda line: not _AFTER.fullmatch(line), item.lines)))
    said = [line for line in rest if line and not _ICON.fullmatch(line)]
    to = list(takewhile(_is_addressed, said))
    text = squeeze(_ICON.sub(" ", _LEGEND.sub(" ", squeeze(" ".join(said[len(to) :])))))
    if not text:
        return "it has no text"
    fields = dict.fromkeys(FIELDS[RecordKind.RECOMMENDATION]) | {
        "report_number": item.report,
        "report_title": item.title and shown_title(item.title),
        "recommendation_number": item.number,
        "agency": "; ".join(line[3:] for line in to) or None,
        "recommendation": text,
        "status": _STATUSES.get(icons[0], Status.UNKNOWN).value,
        "status_text": icons[0].capitalize(),
        "status_comment": f"Closure Date: {closed}" if closed else None,
        "priority": False,
    }
    key, aliases = identify(RecordKind.RECOMMENDATION, fields)
    return ParsedRecord(RecordKind.RECOMMENDATION, key, fields, aliases)


def _is_addressed(line: str) -> bool:
    """Return whether a line names who is to act: to Veterans Health Administration (VHA)."""
    return line.startswith("to ") and line[3:4].isupper() and len(line) < _LONGEST_NAME


def _closure(lines: Sequence[str]) -> tuple[str, list[str]]:
    """Return the closure date in the words of the page, and the lines without it."""
    at = next((at for at, line in enumerate(lines) if _CLOSURE.match(line)), None)
    if at is None:
        return "", list(lines)
    found = _CLOSURE.match(lines[at])
    if found and found[1]:
        return found[1], [*lines[:at], *lines[at + 1 :]]
    below = lines[at + 1] if at + 1 < len(lines) and day_of(lines[at + 1]) else ""
    return below, [*lines[:at], *lines[at + (2 if below else 1) :]]


PROFILE = Profile(
    name=NAME,
    version=6,
    kind=RecordKind.RECOMMENDATION,
    describes="report listings of the VA Office of Inspector General with their recommendations",
    recognizes=recognizes,
    parse=parse,
    columns=(),
    required=("report_number", "recommendation"),
    is_of=is_of,
    habits={"every": timedelta(days=1), "delay": timedelta(seconds=5)},
    expect=Expectations.model_validate(
        {
            "filled": {"report_title": "50%", "agency": "50%"},
            "why": "the listing names the report and who is to act",
        }
    ),
)
