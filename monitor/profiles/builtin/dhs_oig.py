"""Read the report listings of the DHS Office of Inspector General, as live HTML or as saved text.

One row is one report. A row that cannot be read becomes a sentence and never affects another row. The agency
of a report is not on the page: it comes from the filter in the address, and a report may be in several.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from html import unescape
from urllib.parse import parse_qsl

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.identity import identify, shorten
from monitor.domain.notes import is_placeholder, shown_number, shown_title
from monitor.domain.settings import Expectations
from monitor.domain.text import blank_to_none, comparable_title, is_blank, squeeze
from monitor.domain.types import Parse, ParsedRecord, RecordKind
from monitor.profiles.builtin.dhs_oig_text import is_number, parse_text
from monitor.profiles.days import day_of, fiscal_year_of
from monitor.profiles.html_tree import cells_of, has_cell, heads_of, is_within, rows_of, tree_of
from monitor.profiles.markup import (
    absolute,
    base_url,
    block_text,
    is_first_page,
    is_markup,
    is_web,
    joined,
    node_text,
    says_nothing_listed,
    split_address,
    split_url,
    without_sort_words,
)
from monitor.profiles.page_end import breaks_off, ends_whole, open_nodes
from monitor.profiles.pager import paging
from monitor.profiles.profile import Profile
from monitor.profiles.shown import NOTICE, shown_tree

NAME = "dhs-oig"
SITE = "https://www.oig.dhs.gov/"
COLUMNS: Mapping[str, str] = {
    "views-field-field-report-number": "Report Number",
    "views-field-title": "Title",
    "views-field-field-issue-date": "Issue Date",
    "views-field-field-fy": "Fiscal Year",
}
_BY_WORDS: Mapping[str, str] = {
    **{name.casefold(): name for name in COLUMNS.values()},
    **dict.fromkeys(("report no.", "report no", "report #"), "Report Number"),
    **dict.fromkeys(("report title",), "Title"),
    **dict.fromkeys(("date issued", "issued", "date", "release date"), "Issue Date"),
    **dict.fromkeys(("fy",), "Fiscal Year"),
}
# The site before 2021 had neither classes nor a table header: number, title, date.
_OLD_LAYOUT = ["Report Number", "Title", "Issue Date"]
_VIEW_LINK = re.compile(r"^\s*view the .* pdf\s*$", re.I | re.S)
_AGENCY_FILTER = "field_dhs_agency_target_id"
_ONE_VIEW = f"The page shows {_AGENCY_FILTER}={{}}, and its address is that of the whole list."
_SHOWN_FILTER = re.compile(rf"<select\b[^>]*\bname=[\"']?{_AGENCY_FILTER}\b.{{0,5000}}?</select", re.I | re.S)
# By the filter's option; 9 is "Others", which names no agency.
AGENCIES: Mapping[str, str] = {
    "1": "Customs and Border Protection (CBP)",
    "2": "Federal Emergency Management Agency (FEMA)",
    "3": "Immigration and Customs Enforcement (ICE)",
    "4": "DHS Management",
    "5": "Transportation Security Administration (TSA)",
    "6": "Citizenship and Immigration Services (USCIS)",
    "7": "Coast Guard (USCG)",
    "8": "Secret Service (USSS)",
    "2632": "Cybersecurity and Infrastructure Security Agency (CISA)",
}
_GATHERED = frozenset({"agency"})
_LABELED = re.compile(r"\b(?:updated|revised|modified|issued|published)\b", re.I)
_OWN_NUMBER = re.compile(r"(?<![\w-])OIG-\d\d-\d{1,4}(?:-[A-Z]{1,6})?(?![\w-])")
_LISTINGS = ("/reports/", "/reports")

Cells = dict[str, LexborNode]


@dataclass(slots=True)
class _Source:
    """The source of a page. Rows come in its order, so each search begins where the last one ended."""

    text: str
    at: int = 0

    def find(self, words: str) -> int:
        found = self.text.find(words, self.at)
        found = self.text.find(words) if found < 0 else found
        self.at = found + len(words) if found >= 0 else self.at
        return found


def is_of(url: str) -> bool:
    """Return whether an address is that of a DHS OIG listing."""
    _, host, path, _ = split_url(url)
    return host.rstrip(".") in ("oig.dhs.gov", "www.oig.dhs.gov") and path.startswith(_LISTINGS)


def recognizes(text: str, url: str) -> bool:
    """Return whether a page is a DHS OIG listing, by its address or by its columns."""
    text, url = split_address(text, url)
    if is_of(url):
        return True
    if "views-field-field-report-number" in text:
        return "views-field-title" in text
    return "Report Number" in text and "Fiscal Year" in text and "OIG-" in text


def parse(text: str, url: str) -> Parse:
    """Return what a listing page shows; never raises, and returns no record for a page of another kind."""
    text, url = split_address(text, url)
    asked, has_address = _asked_for(url), is_web(url)
    # A page saved by hand has no address, but it may show what was chosen.
    shown = _shown_filter(text)
    if asked != "All" and shown not in (None, asked):
        ignored = f"The page does not show what was asked for: {_AGENCY_FILTER}={asked} was ignored."
        return Parse(NAME, (), problems=(ignored,))
    agency = AGENCIES.get(asked if has_address else shown or "")
    if is_markup(text):
        # A browser that notes no address leaves the publisher's own, which names no filter.
        part = has_address and shown not in (None, asked)
        return _parse_html(text, url, agency, [_ONE_VIEW.format(shown)] if part else [])
    found = parse_text(NAME, text)
    return replace(found, records=tuple(_of_agency(record, agency) for record in found.records))


def _asked_for(url: str) -> str:
    return dict(parse_qsl(split_url(url)[3])).get(_AGENCY_FILTER, "All")


def _shown_filter(text: str) -> str | None:
    """Return the option that the filter's form shows as selected, None where it shows none."""
    form = _SHOWN_FILTER.search(text) if _AGENCY_FILTER in text else None
    option = tree_of(form[0]).css_first("option[selected]") if form else None
    return option.attributes.get("value") if option else None


def _of_agency(record: ParsedRecord, agency: str | None) -> ParsedRecord:
    return replace(record, fields={**record.fields, "agency": agency}, gathered=_GATHERED)


def _parse_html(text: str, url: str, agency: str | None, said: list[str]) -> Parse:
    tree = shown_tree(text)
    base = base_url(tree, text, url, SITE)
    records: list[ParsedRecord] = []
    broken = breaks_off(text)
    problems: list[str] = [*said, *([broken] if broken else [])]
    cut = open_nodes(tree, text)
    source = _Source(text)
    seen: set[str] = set()
    unclear: list[str] = []
    tables = 0
    for table, order in _tables(tree):
        tables += 1
        seen.update(COLUMNS.values() if order is _OLD_LAYOUT else order)
        for number, cells in _rows(table, order, cut):
            seen.update(cells)
            found = _record(cells, source, base, agency)
            if isinstance(found, str):
                problems.append(f"Row {number} was not read: {found}.")
            else:
                records.append(found)
                unclear += _not_understood(number, found, cells)
    pages = paging(tree, text, base, len(records))
    following = pages.next_url
    if records and pages.more:
        problems.append(pages.more)
    empty = not records and not problems and _says_empty(tree, text)
    whole = bool(tables) and following is None and is_first_page(url) and ends_whole(text)
    return Parse(
        profile=NAME,
        records=tuple(records),
        complete=not problems and (whole or (empty and is_first_page(url))),
        next_url=following,
        problems=(*problems, *unclear),
        unclear=len(unclear),
        says_empty=empty,
        missing_columns=() if empty else _missing(seen, url),
        title=node_text(tree.css_first("h1")),
    )


def _missing(seen: set[str], url: str) -> tuple[str, ...]:
    # Whistleblower reports have no numbers: their link identifies them.
    unnumbered = "whistleblower" in url and "Title" in seen
    return tuple(
        name for name in COLUMNS.values() if name not in seen and not (unnumbered and name == "Report Number")
    )


def _tables(tree: LexborHTMLParser) -> Iterator[tuple[LexborNode, list[str]]]:
    """Yield each table that lists reports, with its columns in order ("" for one that is not needed)."""
    listed: set[int] = set()
    for table in tree.css("table"):
        if is_within(table, listed):
            continue  # it is part of what a row says
        order = [_column(head) for head in heads_of(table)]
        if {"Report Number", "Title"} & set(order) or has_cell(table, "views-field-title"):
            listed.update(row.mem_id for row in rows_of(table) if NOTICE not in row.attributes)
            yield table, order
        elif not order and _in_old_layout(table):
            yield table, _OLD_LAYOUT


def _column(head: LexborNode) -> str:
    name = _named(head.attributes.get("class") or "")
    if name:
        return name
    return _BY_WORDS.get(without_sort_words(head.text()).casefold(), "")


def _in_old_layout(table: LexborNode) -> bool:
    node: LexborNode | None = table
    while node is not None:
        if node.id == "content-area":
            return True
        node = node.parent
    return False


def _rows(table: LexborNode, order: list[str], cut: frozenset[int]) -> Iterator[tuple[int, Cells]]:
    """Yield each row of cells with its number, counted from one; not the row in which a cut page ends."""
    number = 0
    for row in rows_of(table):
        if row.mem_id in cut or NOTICE in row.attributes:
            continue
        cells: Cells = {}
        own = cells_of(row)
        for place, cell in enumerate(own if any(cell.tag == "td" for cell in own) else ()):
            classes = cell.attrs.get("class") or ""
            if name := _named(classes) or _name_by_place(classes, place, order):
                cells.setdefault(name, cell)
        if cells:
            number += 1
            yield number, cells


def _name_by_place(classes: str, place: int, order: list[str]) -> str:
    # A cell with another class may be in any place: only cells without one go by their place.
    return "" if "views-field" in classes or place >= len(order) else order[place]


@lru_cache(maxsize=64)  # all cells of a column have the same classes
def _named(classes: str) -> str:
    """Return the column that a cell's classes name, "" for none."""
    return next((COLUMNS[name] for name in classes.split() if name in COLUMNS), "")


def _record(cells: Cells, source: _Source, base: str, agency: str | None) -> ParsedRecord | str:
    """Return the record of a row, or what was wrong with it."""
    shown = _number(node_text(cells.get("Report Number")))
    title, abstract, url = _title_cell(cells.get("Title"), source, base)
    number = shown if is_number(shown) else None
    # "N/A" means no number; digits that are not a report number are a damaged one.
    damaged = number is None and (not url or any(sign.isdigit() for sign in shown))
    if "\ufffd" in shown or (shown and damaged):
        return f"{shorten(shown)!r} is not a report number"
    if not title or is_placeholder(title):
        return f"it has no title (number {shown!r})" if shown else "it has neither number nor title"
    if not (number or url or "Fiscal Year" in cells or "Issue Date" in cells):
        return f"it has neither number nor link nor date ({shorten(title)!r})"
    fields = {
        "report_number": number,
        "title": title,
        "abstract": abstract,
        "issue_date": _issue_date(cells.get("Issue Date")),
        "fiscal_year": _year(node_text(cells.get("Fiscal Year"))),
        "agency": agency,
        "topics": None,
        "url": url,
    }
    key, aliases = identify(RecordKind.REPORT, fields)
    return ParsedRecord(RecordKind.REPORT, key, fields, aliases, gathered=_GATHERED)


def _number(shown: str) -> str:
    """Return the number that a cell shows; of a number of this office beside those of others, that one."""
    number = shown_number(shown)
    own = [] if is_number(number) else _OWN_NUMBER.findall(number)
    return own[0] if len(own) == 1 else number


def _title_cell(cell: LexborNode | None, source: _Source, base: str) -> tuple[str, str | None, str | None]:
    """Return title, abstract and link of a title cell."""
    if cell is None:
        return "", None, None
    link = _child(cell, "a")
    if link is None:
        return squeeze(shown_title(cell.text())), None, None
    attributes = link.attributes
    href = attributes.get("href")
    shown = link.text()
    if is_blank(shown):  # an icon or a button that says Download
        named = next((one for one in cell.css("a") if not is_blank(one.text())), cell)
        shown, href = named.text(), named.attributes.get("href") or href
    title, abstract = shown, None
    if halves := _other_links(cell, href):
        title = joined([shown, *halves], " ")
    if _is_broken(attributes, shown):
        title, abstract = _mended(shown, source, href)
    # A link to the same page sorts or folds it; it is not a document.
    leads_on = href is not None and not href.startswith(("?", "#"))
    return squeeze(shown_title(title)), abstract, _document(absolute(href, base)) if leads_on else None


def _other_links(cell: LexborNode, href: str | None) -> list[str]:
    """Return the words of further links of a cell to the same document: a title may be in two elements."""
    links = [one for one in cell.traverse() if one.tag == "a"] if href else []
    return [one.text() for one in links[1:] if one.attributes.get("href") == href]


def _child(cell: LexborNode, tag: str) -> LexborNode | None:
    # Nearly always it is the first child, otherwise another child: looking there first saves a search of
    # the tree.
    first = cell.first_child
    if first is not None and first.tag == tag:
        return first
    return next((node for node in cell.iter() if node.tag == tag), None) or cell.css_first(tag)


def _document(url: str | None) -> str | None:
    """Return one address for both hosts of the office."""
    if url is None or url.startswith(SITE) or "oig.dhs.gov" not in url.lower():
        return url
    scheme, host, _, _ = split_url(url)
    if host.rstrip(".") in ("oig.dhs.gov", "www.oig.dhs.gov"):
        return SITE + url[len(scheme) + 3 + len(host) :].lstrip("/")
    return url


def _is_broken(attributes: Mapping[str, str | None], shown: str) -> bool:
    """Return whether the link's title attribute has spilled over into its text."""
    if "\n>" in shown or shown.lstrip().startswith(">"):
        return True
    if '">' not in shown:
        return False
    spilled = any('"' in name or "<" in name for name in attributes)
    return spilled or (attributes.get("title") or "").startswith("<")


def _mended(shown: str, source: _Source, href: str | None) -> tuple[str, str | None]:
    """Return the title, and the abstract that an unquoted or unescaped title attribute spilled.

    The tag ended at the first `>` of the abstract's own markup, so the abstract became link text and
    the true end of the tag, a `>` or `">`, comes before the title.
    """
    before, _, title = shown.lstrip().rpartition("\n>")
    if not title or (not before and not shown.lstrip().startswith(">")):
        before, _, title = shown.rpartition('">')
    if not before and shown.lstrip().startswith(">"):
        title = shown.lstrip()[1:]
    return title, _spilled_abstract(source, href) or blank_to_none(squeeze(before)) if before else None


def _spilled_abstract(source: _Source, href: str | None) -> str | None:
    """Return the abstract from the source of a broken link, where it still has its paragraphs."""
    text, start = source.text, source.find(href) if href else -1
    end = text.find("</a>", start)
    opening = text.find("title=", start, end)
    if start < 0 or end < 0 or opening < 0:
        return None
    begun = opening + len("title=")
    ended = text.rfind("\n>", begun, end)
    spilled = text[begun:ended]
    if ended < 0:
        ended = text.rfind('">', begun, end)
        spilled = text[begun:ended].removeprefix('"')
    if ended < 0 or (not spilled.startswith("<") and _VIEW_LINK.match(unescape(spilled))):
        return None
    return blank_to_none(block_text(spilled))


def _issue_date(cell: LexborNode | None) -> str | None:
    """Return the day as ISO: the attribute has noon UTC for a day, so only its date part counts."""
    if cell is None:
        return None
    stamp = _child(cell, "time")
    machine = (stamp.attrs.get("datetime") or "").strip() if stamp else ""
    shown = cell.text()
    # Of several days the words beside them say which is that of issue.
    return day_of(shown) or day_of(machine) if _LABELED.search(shown) else day_of(machine) or day_of(shown)


@lru_cache(maxsize=64)  # a page shows few different years
def _year(shown: str) -> int | None:
    return fiscal_year_of(shown) if shown else None


def _not_understood(number: int, record: ParsedRecord, cells: Cells) -> Iterator[str]:
    """Yield a sentence for each day or year of a row that is there and could not be read."""
    for column, field in (("Issue Date", "issue_date"), ("Fiscal Year", "fiscal_year")):
        if record.fields[field] is not None:
            continue
        shown = node_text(cells.get(column))
        if any(map(str.isalnum, shown)) and shown.casefold() not in ("n/a", "none", "tbd"):
            yield f"Row {number} ({record.key}): {column.lower()} {shorten(shown)!r} was not understood."


def _says_empty(tree: LexborHTMLParser, text: str) -> bool:
    if "view-empty" in text and tree.css_first(".view-empty") is not None:
        return True
    main = tree.css_first("main") or tree.body
    lines = main.text(separator="\n").split("\n") if main is not None else []
    return says_nothing_listed([line for line in lines if comparable_title(line)])


PROFILE = Profile(
    name=NAME,
    version=8,
    kind=RecordKind.REPORT,
    describes="report listings of the DHS Office of Inspector General",
    recognizes=recognizes,
    parse=parse,
    columns=tuple(COLUMNS.values()),
    required=("report_number", "title"),
    is_of=is_of,
    expect=Expectations.model_validate(
        {"filled": {"title": "100%"}, "why": "a row without a title is not a report of this office"}
    ),
)
