"""Read the rows of CSV files, JSON files and feeds (RSS, Atom, JSON Feed). Pure."""

import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from html import escape
from html.entities import html5
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from monitor.domain.identity import shorten
from monitor.domain.notes import is_total
from monitor.domain.text import blank_to_none, squeeze
from monitor.profiles.days import day_of
from monitor.profiles.declarative.csv_file import csv_rows, formula_in, separator_of, shown_cell
from monitor.profiles.declarative.headings import TARGET_DATE, folded
from monitor.profiles.declarative.settings import FieldPlace, ProfileSettings, found
from monitor.profiles.declarative.table import (
    LISTS,
    PARAGRAPHS,
    Row,
    Sheet,
    count_in,
    missing_columns,
)
from monitor.profiles.markup import absolute, block_text, is_first_page, is_markup, is_web

_FEW_COLUMNS = 2
_HEAD_ROWS = 10  # an export may begin with a few lines about the file
_MOST_ENTRIES = 5_000  # publishers list some tens; the reader takes milliseconds for each
_ENTRY_BEGINS = ("<item>", "<item ", "<entry>", "<entry ")
_DEEPEST_FEED = 500  # elements; the reader's time grows with the square of their depth
# A reference to U+D800 to U+DFFF, which is not a character; feedparser raises an error on it.
_HALF_A_PAIR = re.compile(r"&#(?:[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2}|0*5(?:529[6-9]|5[3-9]\d\d|[67]\d{3}));")
_NAMES_ALONE = re.compile(r"\s*{0}(?:\.{0})*(?:\s*\|\|\s*{0}(?:\.{0})*)*\s*".format(r"[A-Za-z_]\w*+"), re.A)
_FEED = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf|channel)\b", re.I)
# What holds markup as text, or else an ampersand with what it begins.
_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    r"|&(?:(?P<xml>#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);|(?P<name>[A-Za-z]\w{1,31};))?",
    re.S,
)
_NOT_IN_XML = dict.fromkeys(code for code in range(32) if chr(code) not in "\t\n\r")
_SPOILED = re.compile(
    r"\s*(?:\d(?:[.,]\d+)?E\+\d+|(?:\d{1,2}-)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?:-\d\d)?)\s*"
)
_DAY = re.compile(r"\s*(?P<one>\d{1,2})(?P<mark>[./])(?P<two>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d)\s*")
_MONTHS = 12
# How interfaces say that there are further rows, and how many there are in all.
_MORE = re.compile(r"next(?:_?page)?(?:_?(?:url|link|token|cursor))?|has_?(?:more|next(?:_?page)?)", re.I)
_OF_ALL = re.compile(
    r"count|total(?:_?(?:count|results?|records?|items|rows|hits))?|num_?found|records_?total", re.I
)
# Where an object of an interface has its words.
_NAMED = (("name",), ("title",), ("label",), ("rendered",), ("value",))
_DEEPEST_SIGN = 3  # objects inside each other
_XML_TAG = re.compile(r"<(?:!\[CDATA\[.*?\]\]>|!--.*?-->|(/?[A-Za-z_][^\s/>]*+)[^>]*?(/?)>)", re.S)


def csv_sheet(settings: ProfileSettings, text: str, url: str) -> Sheet:
    """Return the rows of a CSV file; separators other than the comma are detected."""
    if is_markup(text):
        return Sheet((), url, problems=("This profile reads CSV, and this is an HTML page.",))
    lines, broken = csv_rows(text)
    # The head is the first row with all required columns; without one, the missing columns are named.
    heads = [{folded(cell): at for at, cell in reversed(list(enumerate(row)))} for row in lines[:_HEAD_ROWS]]
    at = next((at for at, head in enumerate(heads) if not missing_columns(settings, head)), 0)
    columns = heads[at] if heads else {}
    missing = missing_columns(settings, columns)
    body, width = lines[at + 1 :], len(lines[at]) if lines else 0
    if broken is None and (cut := _cut_row(heads[at] if heads else {}, body, text)):
        body, broken = body[:-1], cut
    places = {
        header: [columns[one] for one in map(folded, header) if one in columns]
        for header in (*(place.header for place in settings.fields.values()), TARGET_DATE)
    }
    at_field = {name: places[place.header] for name, place in settings.fields.items()}
    days = [*at_field.get("issue_date", []), *places[TARGET_DATE]]
    _put_months_first(body, days, separator_of(text))
    numbers = at_field.get("report_number", [])
    rows = tuple(
        Row(
            partial(_cell, cells=cells, places=places),
            partial(" ".join, cells),
            missing,
            refused=_too_long(cells, width) or _spoiled(cells, numbers) or formula_in(cells),
            cells=partial(len, cells),
            headings=width,
        )
        for cells in body
        if any(cell.strip() for cell in cells) and not _is_notice(cells, columns) and cells != lines[at]
    )
    empty = bool(lines) and not rows and not missing and broken is None
    return Sheet(rows, url, says_empty=empty, alone=broken is None, problems=(broken,) if broken else ())


def _cut_row(columns: Mapping[str, int], body: Sequence[Sequence[str]], text: str) -> str | None:
    """Return a sentence where the file ends within a row: too few cells in it, and no line end after them."""
    if not body or text.endswith("\n") or len(body[-1]) >= min(map(len, body[:-1]), default=len(columns)):
        return None
    return f"The file breaks off in its last row, after {len(body[-1])} cells: what follows was not seen."


def _too_long(cells: Sequence[str], width: int) -> str:
    """Return a sentence where a row has more cells than the heading: which of them is which is not known."""
    long = any(cell.strip() for cell in cells[width:])
    return (
        f"it has {len(cells)} cells where the heading has {width}; a comma in a cell needs quotes"
        if long
        else ""
    )


def _spoiled(cells: Sequence[str], numbers: Sequence[int]) -> str:
    """Return a sentence where a spreadsheet has rounded a report number, or taken it for a day."""
    shown = next(
        (cells[at].strip() for at in numbers if at < len(cells) and _SPOILED.fullmatch(cells[at])), ""
    )
    return f"{shown!r} is what a spreadsheet makes of a report number; export the file again" if shown else ""


def _put_months_first(body: Sequence[list[str]], days: Sequence[int], separator: str) -> None:
    """Write the days of a file as ISO where a spreadsheet put the day before the month, as those abroad do.

    A first number above 12 shows it, and so do dots between numbers in a file with semicolons.
    """
    for at in days:
        found = {
            row: day
            for row, cells in enumerate(body)
            if at < len(cells) and (day := _DAY.fullmatch(cells[at]))
        }
        first, second = (any(int(day[name]) > _MONTHS for day in found.values()) for name in ("one", "two"))
        dotted = separator == ";" and all(day["mark"] == "." for day in found.values())
        if (first or dotted) and not second:
            for row, day in found.items():
                body[row][at] = f"{day['year']}-{int(day['two']):02}-{int(day['one']):02}"


def _is_notice(cells: Sequence[str], columns: Mapping[str, int]) -> bool:
    """Return whether a row is plainly not a record: one cell alone where others have several, or totals."""
    return len(columns) > _FEW_COLUMNS and (len(cells) == 1 or is_total(cells))


def _cell(
    place: FieldPlace, field: str, *, cells: Sequence[str], places: Mapping[tuple[str, ...], list[int]]
) -> str | None:
    if place.value:
        return place.value
    for at in places[place.header]:  # of several headings the first with a value counts
        if at < len(cells) and (text := _kept(place, cells[at], field)):
            return text
    return None


def _kept(place: FieldPlace, text: str, field: str) -> str | None:
    text = shown_cell(text, "url" if field == "url" else "text")
    if field in LISTS and "<" not in text:
        shown = "\n".join(map(squeeze, text.split("\n")))
    else:
        shown = block_text(text) if field in PARAGRAPHS + LISTS else squeeze(text)
    return blank_to_none(found(place.pattern, shown) or "" if place.pattern else shown)


def json_of(text: str) -> Any:
    r"""Return the value of a JSON text, with U+FFFD for half a surrogate pair (a lone \ud83d)."""
    data = json.loads(text)
    if "\\ud" in text.lower():
        whole = json.dumps(data, ensure_ascii=False).encode("utf-16", "surrogatepass")
        data = json.loads(whole.decode("utf-16", "replace"))
    return data


def json_sheet(settings: ProfileSettings, text: str, url: str) -> Sheet:
    """Return the rows of a JSON file."""
    try:
        data = json_of(text)
    except (ValueError, RecursionError) as error:
        return Sheet((), url, problems=(f"The page is not valid JSON: {error}.",))
    rows = _at(settings.rows or "@", data)
    if not isinstance(rows, list):
        return Sheet((), url, problems=(f"{settings.rows or 'The whole file'} is not a list of rows.",))
    total = _at(settings.total, data) if settings.total else None
    following = absolute(_words(_at(settings.next, data)), url) if settings.next else None
    more = None if settings.next or settings.total else _stated_more(data, len(rows), _DEEPEST_SIGN)
    return Sheet(
        rows=_object_rows(rows),
        base=url,
        total=count_in(_words(total)),
        next_url=following,
        says_empty=not rows,
        alone=following is None and is_first_page(url),
        problems=(f"The file says {more!r}: write in the profile where its next page or total is.",)
        if more
        else (),
    )


def _stated_more(part: Any, rows: int, levels: int) -> str | None:
    """Return the words by which a JSON file says that it shows only some rows, such as "total: 57"."""
    if not isinstance(part, Mapping) or not levels:
        return None
    for name, value in part.items():
        counted = isinstance(value, int) and value > rows and _OF_ALL.fullmatch(name)
        if counted or (value and _MORE.fullmatch(name)):
            return shorten(f"{name}: {value}", 100)
    return next(filter(None, (_stated_more(value, rows, levels - 1) for value in part.values())), None)


def _object_rows(rows: Sequence[Any]) -> tuple[Row, ...]:
    return tuple(Row(partial(_value, row=row), partial(json.dumps, row, ensure_ascii=False)) for row in rows)


def _entry_rows(entries: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
    """Return the entries of a feed as rows; a guid that no other entry has identifies its entry."""
    guids = [_words(entry["id"]) for entry in entries]
    met = Counter(guids)
    rows = zip(_object_rows(entries), guids, strict=True)
    return tuple(replace(row, identity=guid if met[guid] == 1 else None) for row, guid in rows)


def _value(place: FieldPlace, field: str, *, row: Any) -> str | None:
    if place.value:
        return place.value
    text = _words(_at(place.path or "@", row), "\n" if field in LISTS else ", ")
    return None if text is None else _kept(place, text, field)


@lru_cache(maxsize=256)
def _plain(path: str) -> tuple[tuple[str, ...], ...]:
    """Return the names of a path of names alone, such as `a.b || c`; nothing for any other path."""
    if _NAMES_ALONE.fullmatch(path) is None:
        return ()
    return tuple(tuple(map(str.strip, way.split("."))) for way in path.split("||"))


def _first(ways: Sequence[Sequence[str]], data: Any) -> Any:
    """Return the value of the first way that has one, as JMESPath does."""
    value = None
    for names in ways:
        value = data
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        if value not in (None, "", [], {}) and value is not False:
            break
    return value


def _at(path: str, data: Any) -> Any:
    if ways := _plain(path):  # the library takes ten times as long
        return _first(ways, data)
    try:
        return jmespath.search(path, data)
    except (JMESPathError, RecursionError, TypeError, ValueError):
        return None  # the path does not fit this row; a required field is then reported as missing


def _words(value: Any, mark: str = ", ") -> str | None:
    if isinstance(value, list):
        return mark.join(filter(None, map(_words, value))) or None
    if isinstance(value, Mapping):
        value = _first(_NAMED, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int | float) else None


def feed_sheet(_: ProfileSettings, text: str, url: str) -> Sheet:
    """Return the entries of a feed as rows with title, link, id, published, summary, author and tags."""
    if text.lstrip().startswith("{"):
        return _json_feed(text, url)
    if _FEED.search(text) is None:
        return Sheet((), url, problems=("The page is not an RSS or Atom feed.",))
    if _depth(text) > _DEEPEST_FEED:
        problem = f"The feed nests elements more than {_DEEPEST_FEED} deep; it was not read."
        return Sheet((), url, problems=(problem,))
    entries = sum(map(text.count, _ENTRY_BEGINS))
    if entries > _MOST_ENTRIES:
        problem = f"The feed has {entries:,} entries; one of more than {_MOST_ENTRIES:,} is not read."
        return Sheet((), url, problems=(problem,))
    import feedparser  # noqa: PLC0415 - takes long to load, and few pages are feeds

    # Bytes in a file object: feedparser would fetch a string that looks like an address. It is given no base,
    # because it would make an address of every guid.
    read = feedparser.parse(
        io.BytesIO(_HALF_A_PAIR.sub("\ufffd", _mended(text)).encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
    )
    problems = []
    if not read.get("version"):
        problems.append("The page is not an RSS or Atom feed.")
    elif read.bozo and not isinstance(read.get("bozo_exception"), feedparser.CharacterEncodingOverride):
        problems.append(
            f"The feed is malformed, and the part after the error was not read: {read.bozo_exception}."
        )
    # The entry in which a feed breaks off may have lost a part of its title or its link.
    begun = max(map(text.rfind, _ENTRY_BEGINS)) > max(map(text.rfind, ("</item>", "</entry>")))
    whole = read.entries[:-1] if problems and begun else read.entries
    rows = _entry_rows([_entry(entry) for entry in whole])
    title = squeeze(read.feed.get("title", ""))
    return Sheet(rows, url, says_empty=not rows and not problems, problems=tuple(problems), title=title)


def _mended(text: str) -> str:
    """Return a feed without the usual slips: blanks before it, bare ampersands, HTML's names of characters.

    A feed that defines names of its own stays as it is.
    """
    text = text.lstrip("\ufeff \t\r\n").translate(_NOT_IN_XML)
    return text if "<!ENTITY" in text else _AMPERSAND.sub(_meant, text)


def _meant(found: re.Match[str]) -> str:
    if not found[0].startswith("&") or found["xml"]:
        return found[0]
    named = html5.get(found["name"] or "", "")
    return escape(named) if named else f"&amp;{found[0][1:]}"


def _depth(text: str) -> int:
    """Return how deep the elements of an XML text are nested."""
    depth = deepest = 0
    for tag in _XML_TAG.finditer(text):
        name, closed_at_once = tag.groups()
        if name:
            depth += -1 if name[0] == "/" else not closed_at_once
            deepest = max(deepest, depth)
    return deepest


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": squeeze(block_text(entry.get("title", ""))),
        "link": _link(entry),
        "id": entry.get("id"),
        "published": _publishers_day(entry, "published") or _publishers_day(entry, "updated"),
        "summary": entry.get("summary"),
        "author": entry.get("author"),
        "tags": [tag.get("term") for tag in entry.get("tags", [])],
    }


def _link(entry: Mapping[str, Any]) -> str | None:
    """Return an entry's own link; where it has none, a guid counts if it is an address."""
    link, guid = entry.get("link"), entry.get("id")
    return None if link == guid and not is_web(guid or "") else link


def _publishers_day(entry: Mapping[str, Any], name: str) -> str | None:
    """Return the day in the publisher's own time zone, which may be the next day in UTC."""
    # Asking for a name that is not there, feedparser answers with another one's value.
    given = dict(entry)
    said, parsed = given.get(name), given.get(f"{name}_parsed")
    if not said:
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return day_of(read(said).date().isoformat())
        except (ValueError, TypeError):
            continue
    # What nobody can read stays as it is, so that it is reported.
    return day_of(said) or (day_of(date(*parsed[:3]).isoformat()) if parsed else str(said))


def _json_feed(text: str, url: str) -> Sheet:
    try:
        data = json_of(text)
    except (ValueError, RecursionError) as error:
        return Sheet((), url, problems=(f"The page is not a JSON Feed: {error}.",))
    if "jsonfeed.org" not in str(data.get("version")) or not isinstance(data.get("items"), list):
        return Sheet((), url, problems=("The page is not a JSON Feed: it has no version or no items.",))
    entries = [
        {
            "title": item.get("title"),
            "link": item.get("url") or item.get("external_url"),
            "id": item.get("id"),
            "published": item.get("date_published") or item.get("date_modified"),
            "summary": item.get("summary") or item.get("content_text") or item.get("content_html"),
            "author": None,
            "tags": item.get("tags"),
        }
        for item in data["items"]
        if isinstance(item, dict)
    ]
    return Sheet(_entry_rows(entries), url, says_empty=not entries, title=squeeze(str(data.get("title", ""))))
