"""Read GAO's recommendations from live HTML: product pages, agency and topic pages, the database.

A product page names its report once; on the others a heading with a link precedes each table.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.identity import report_id, shorten
from monitor.domain.status import Status, status_of
from monitor.domain.text import comparable_title, squeeze
from monitor.domain.types import Parse, ParsedRecord
from monitor.profiles.builtin.gao_fields import (
    NO_TITLE,
    REPORT_NUMBER,
    SITE,
    Row,
    is_priority,
    on_site,
    priority_in,
    product_number,
    record_of,
    total_in,
    without_definition,
    without_priority,
)
from monitor.profiles.declarative.headings import folded
from monitor.profiles.html_tree import ancestors, cells_of, has_cell, heads_of, is_within, rows_of
from monitor.profiles.markup import (
    absolute,
    base_url,
    block_text,
    canonical_url,
    is_first_page,
    is_web,
    joined,
    node_text,
    says_nothing_listed,
    split_url,
    without_sort_words,
)
from monitor.profiles.page_end import breaks_off, ends_whole, open_nodes
from monitor.profiles.pager import Paging, paging
from monitor.profiles.shown import NOTICE, shown_tree

COLUMNS = ("Agency", "Recommendation", "Status")
_BY_CLASS = {
    "views-field-name": "Agency",
    "views-field-field-recommendation": "Recommendation",
    "views-field-field-status-code": "Status",
}
_BY_WORD = {
    "agency": "Agency",
    "agency affected": "Agency",
    "agencies": "Agency",
    "agencies affected": "Agency",
    "agency(ies) affected": "Agency",
    "recommendation": "Recommendation",
    "recommendations": "Recommendation",
    "matter": "Recommendation",
    "status": "Status",
    "recommendation status": "Status",
    "status and comments": "Status",
    "priority": "Priority",
    "priority rec.": "Priority",
    "comment": "Comments",
    "comments": "Comments",
}
_LANDMARKS = "h1,h2,h3,h4,h5,h6,a[href*='/products/'],table"
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_FURNITURE = (
    "recommendation",
    "matter for congressional",
    "matters for congressional",
    "jump to",
    "highlights",
)

# What a link to a product says where it is not the product's title.
_LINK_WORDS = re.compile(
    r"(?:view|read|see|show|download|open|go to|get)(?: the)?(?: full| whole| entire| gao)*"
    r"(?: report| product| page| details?| pdf| highlights| summary| recommendations?| more| all| less)*"
    r"(?: \(?pdf\)?.*)?"
    r"|(?:the )?(?:full |gao )?(?:report|product|details?|pdf|html|text|highlights|fast facts|summary|link"
    r"|here|more|accessible (?:pdf|version))(?: \(?pdf.*)?"
    r"|(?:learn|read|show|see) (?:more|less)|\d+ .{0,20}recommendations?|\W*",
    re.I,
)

# A status and its comment in one line; "Open – Under review" may be a status of its own.
_STATUS_BEGINS = re.compile(
    r"(?P<status>open(?: ?[–—-]+ ?partially addressed)?"
    r"|closed(?: ?[–—-]+ ?(?:(?:not )?implemented|no longer valid))?)"
    r"(?P<mark>[.:]| [–—-]+)? (?P<comment>(?-i:[^a-z–—-]).*\.)",
    re.I | re.S,
)
_YES = ("yes", "true", "priority")
_SHORT = "The page's headings count {} recommendations, and {} could be read."
_MAKES_NONE = re.compile(
    r"(?:(?:is|are) not making|(?:makes?|made|has|have|there are)) (?:any |no )(?:new )?recommendations?",
    re.I,
)
# A heading of a product page with its count: Recommendations (5), Matters for Congress (1).
_COUNTED = re.compile(
    r"(?:(?P<all>recommendations?)|(?:recommendations? for executive action|matters? for congress\w*"
    r"(?: consideration)?))\s*\(\s*(?P<count>\d{1,3})(?: total| in total)?\s*\)",
    re.I,
)

Cells = dict[str, LexborNode]


@dataclass(frozen=True, slots=True)
class _Report:
    """The report of the next table, as far as the page has named it."""

    title: str | None = None
    number: str | None = None
    url: str | None = None
    for_congress: bool = False
    first_half: str | None = None  # of a title in two elements


def parse_html(profile: str, text: str, url: str) -> Parse:
    """Return every recommendation of a page's tables; a page without a table names its missing columns."""
    tree = shown_tree(text)
    base = base_url(tree, text, url, SITE)
    head = node_text(tree.css_first("h1"))
    product = _product(tree, text, url, base, head)
    agency = head if product is None and "Open Recommendations" in text else None
    records, problems, seen = _read(_tables(tree, base, product), agency, open_nodes(tree, text))
    broken = breaks_off(text)
    problems = [broken, *problems] if broken else problems
    total = _stated_total(tree, text, product)
    if product is not None and (short := _short_of(tree, len(records))):
        total, problems = short, [*problems, _SHORT.format(short, len(records))]
    if product is None and (ignored := _ignored_filter(url, records, tree, text)):
        # Rows of another list are not records of this one.
        records, problems = [], [ignored, *problems]
    pages = Paging() if product is not None else paging(tree, text, base, len(records))
    following = pages.next_url
    if records and pages.more and total != len(records):
        problems = [*problems, pages.more]
    nothing = not records and not problems
    empty = nothing and (
        total == 0 or _says_empty(tree) or (product is not None and _has_none_yet(tree, text))
    )
    proved = total == len(records) and is_first_page(url) if product is None else bool(records)
    return Parse(
        profile=profile,
        records=tuple(records),
        declared_total=total,
        complete=proved and following is None and not problems and ends_whole(text),
        next_url=following,
        problems=tuple(problems),
        says_empty=empty,
        missing_columns=() if empty else _missing(seen, product),
        title=head,
    )


def _read(
    tables: Iterable[tuple[_Report, LexborNode, list[str]]], agency: str | None, cut: frozenset[int]
) -> tuple[list[ParsedRecord], list[str], set[str]]:
    """Return the records of all tables, what could not be read, and the columns seen."""
    records: list[ParsedRecord] = []
    problems: list[str] = []
    seen: set[str] = set()
    for report, table, order in tables:
        seen.update(order)
        for number, cells in _rows(table, order, cut):
            seen.update(cells)
            found = record_of(_row(cells, report, agency, columns=order))
            if isinstance(found, str):
                what = shorten(" ".join(node_text(cell) for cell in cells.values()))
                where = f"Row {number} of {report.title or 'a table'}"
                problems.append(f"{where} was not read: {found} ({what!r}).")
            else:
                records.append(found)
    return records, problems, seen


def _missing(seen: set[str], product: _Report | None) -> tuple[str, ...]:
    # Matters for Congress have no agency column.
    needed = COLUMNS if product is None or not seen else COLUMNS[1:]
    return tuple(name for name in needed if name not in seen)


def _product(tree: LexborHTMLParser, text: str, url: str, base: str, head: str) -> _Report | None:
    """Return the report of a product page, or None for a page of another kind."""
    address = url if product_number(url) else canonical_url(tree, text)
    known = product_number(address)
    if known is None and ("view--recommendations--block" not in text or "Open Recommendations (" in text):
        return None
    strong = tree.css_first("span.d-block.text-small strong")
    stated = REPORT_NUMBER.search(node_text(strong))
    number = report_id(stated[0] if stated else known)
    own = address if known and is_web(address or "") else None
    link = own or (f"/products/{number.lower()}" if number else None)
    return _Report(_page_title(tree) or head, number, on_site(absolute(link, base)))


def _page_title(tree: LexborHTMLParser) -> str:
    node = tree.css_first('meta[property="og:title"]')
    stated = squeeze(node.attributes.get("content") or "") if node else ""
    return stated.removeprefix("U.S. GAO - ").removesuffix("| U.S. GAO").strip()


def _tables(
    tree: LexborHTMLParser, base: str, product: _Report | None
) -> Iterator[tuple[_Report, LexborNode, list[str]]]:
    """Yield each recommendation table with its report and its columns, in the order of the page."""
    report = product or _Report()
    listed: set[int] = set()
    for node in tree.css(_LANDMARKS):
        if is_within(node, listed):
            continue  # it is part of what a row says
        if node.tag == "table":
            order = [_column(cell) for cell in heads_of(node)]
            if "Recommendation" in order or has_cell(node, "views-field-field-recommendation"):
                listed.update(row.mem_id for row in rows_of(node) if NOTICE not in row.attributes)
                yield report, node, order
                # A table without its own heading must not be assigned to the report before it.
                report = report if product else _Report()
        elif product is None:
            report = _headed(report, node, base)
        elif node.tag in _HEADINGS:
            report = replace(product, for_congress=node_text(node).lower().startswith("matter"))


def _headed(report: _Report, node: LexborNode, base: str) -> _Report:
    """Return the report after one more landmark: a heading or a link to a product."""
    if node.tag == "h1":
        return report
    title = node_text(node)
    if node.tag == "a":
        link = on_site(absolute(node.attributes.get("href"), base))
        number = product_number(link)
        if number is None or not title or report.number == number:
            return report
        # "View report" under a heading names nothing; a real title does, in a heading or not.
        names = not _LINK_WORDS.fullmatch(title) and product_number(f"/products/{title}") is None
        first = title if names and node.attributes.get("rel") == "bookmark" else None
        return _Report(title if names else report.title, number, link, first_half=first)
    around = (above for above in ancestors(node) if above.tag == "a")
    inner = node.css_first("a[href*='/products/']") or next(around, None)
    link = on_site(absolute(inner.attributes.get("href"), base)) if inner else None
    number = product_number(link)
    furniture = title.lower().startswith(_FURNITURE) or "open recommendations" in title.lower()
    furniture = furniture or NO_TITLE.fullmatch(title) is not None
    if REPORT_NUMBER.fullmatch(title):
        return report if number in (None, report.number) else replace(report, number=number, url=link)
    if not title or (furniture and number is None):
        return report
    if number and number == report.number and report.first_half:
        title = joined([report.first_half, title], ": ")
    return _Report(title, number, link if number else None)


def _column(head: LexborNode) -> str:
    for name in (head.attributes.get("class") or "").split():
        if name in _BY_CLASS:
            return _BY_CLASS[name]
    return _BY_WORD.get(folded(without_sort_words(head.text())), "")


def _rows(table: LexborNode, order: list[str], cut: frozenset[int]) -> Iterator[tuple[int, Cells]]:
    number = 0
    for row in rows_of(table):
        if row.mem_id in cut or NOTICE in row.attributes:
            continue
        cells: Cells = {}
        own = cells_of(row)
        for place, cell in enumerate(own if any(cell.tag == "td" for cell in own) else ()):
            name = _cell_name(cell, place, order)
            if name:
                cells.setdefault(name, cell)
        if cells:
            number += 1
            yield number, cells


def _cell_name(cell: LexborNode, place: int, order: list[str]) -> str:
    classes = cell.attributes.get("class") or ""
    for name in classes.split():
        if name in _BY_CLASS:
            return _BY_CLASS[name]
    return "" if "views-field" in classes or place >= len(order) else order[place]


def _row(cells: Cells, report: _Report, page_agency: str | None, columns: Sequence[str]) -> Row:
    agency, flagged = without_priority(_cell_text(cells.get("Agency")))
    text, marked = without_priority(_cell_text(cells.get("Recommendation")))
    flags = (_cell_text(cells.get("Status")), _cell_text(cells.get("Priority")))
    noted = any(is_priority(line) for line in flags[0].split("\n")) or flags[1].casefold() in _YES
    status, comment = _status(cells.get("Status"))
    if "Comments" in cells:
        comment = _cell_text(cells["Comments"]) or comment
    fallback = "Congress" if report.for_congress else page_agency
    return Row(
        title=report.title,
        text=text,
        agency=agency if "Agency" in cells else fallback,
        report_number=report.number,
        status_text=status,
        comment=comment,
        # The mark is in the agency cell: a row that has lost this cell says nothing of it.
        priority=flagged
        or marked
        or noted
        or (None if "Agency" in columns and "Agency" not in cells else False),
        url=report.url,
    )


def _status(cell: LexborNode | None) -> tuple[str | None, str | None]:
    """Return status wording and comment of a status cell; without hooks its first line is the status."""
    if cell is None:
        return None, None
    code, comment = cell.css_first(".code"), cell.css_first(".comment")
    if code is not None:
        return _code(code), _cell_text(comment)
    lines = [line for line in _cell_text(cell).split("\n\n") if not is_priority(line)]
    first, rest = "".join(lines[:1]), "\n\n".join(lines[1:])
    begun = _STATUS_BEGINS.fullmatch(first) if status_of(first) == Status.UNKNOWN else None
    if begun and (begun["mark"] or begun["status"] in map(node_text, cell.iter())):
        first, rest = begun["status"], f"{begun['comment']}\n\n{rest}".strip()
    if comment is not None:
        rest = _cell_text(comment)
        first = first if first != rest.partition("\n\n")[0] else ""
    # A long unknown wording is a comment that has lost its status, not a status.
    if first and len(first) > 60 and status_of(first) == Status.UNKNOWN:
        return None, f"{first}\n\n{rest}".strip()
    return first or None, rest


def _code(node: LexborNode) -> str:
    """Return the words of a status: an icon may stand for them, and their definition is not one of them."""
    words = squeeze(node.text(separator=" "))
    icon = None if words else node.css_first("img[alt]")
    if icon is not None:
        return icon.attributes.get("alt") or ""
    begun = _STATUS_BEGINS.fullmatch(words) if status_of(words) == Status.UNKNOWN else None
    return begun["status"] if begun and not without_definition(begun["comment"]) else words


def _cell_text(cell: LexborNode | None) -> str:
    return block_text(cell.inner_html or "") if cell is not None else ""


def _ignored_filter(url: str, records: list[ParsedRecord], tree: LexborHTMLParser, text: str) -> str | None:
    """Return a sentence where the database shows another list than its address asks for."""
    asked = dict(parse_qsl(split_url(url)[3]))
    counts = (
        priority_in(squeeze(tree.body.text(separator=" "))) if "including" in text and tree.body else None
    )
    if asked.get("priority") == "1" and counts is not None and counts[0] != counts[1]:
        return (
            f"The page ignores the filter priority=1: only {counts[1]} of its {counts[0]} rows have priority."
        )
    agency = comparable_title(asked.get("agency", "all"))
    rows = [name for one in records if (name := comparable_title(one.fields["agency"] or ""))]
    others = sorted({name for name in rows if not (name in agency or agency in name)})
    if agency in ("", "all") or sum(name in others for name in rows) * 2 <= len(rows):
        return None
    shown = "; ".join(others[:3])
    return f"The page ignores the filter agency={asked['agency']}: most of its rows are for others ({shown})."


def _stated_total(tree: LexborHTMLParser, text: str, product: _Report | None) -> int | None:
    if product is not None or not ("total)" in text or "including" in text or "total of" in text):
        return None
    return total_in(squeeze(tree.body.text(separator=" "))) if tree.body is not None else None


def _short_of(tree: LexborHTMLParser, read: int) -> int | None:
    """Return how many recommendations the headings of a product page count, where fewer were read.

    More rows than counted are not a fault: a recommendation to several agencies has a row for each.
    """
    headings = (_COUNTED.fullmatch(node_text(node)) for node in tree.css("h2,h3,h4,h5,h6"))
    found = [one for one in headings if one is not None]
    parts = sum({one[0].casefold(): int(one["count"]) for one in found if not one["all"]}.values())
    counted = max([parts, *(int(one["count"]) for one in found if one["all"])], default=0)
    return counted if counted > read else None


def _has_none_yet(tree: LexborHTMLParser, text: str) -> bool:
    """Return whether a product page is whole and has no recommendations, as those of new reports."""
    if not ends_whole(text) or "view--recommendations--block" in text or not node_text(tree.css_first("h1")):
        return False
    headings = [node_text(node).lower() for node in tree.css("main h2, main h3, section h2, section h3, h2")]
    listed = any(words.startswith(("recommendation", "matter")) for words in headings)
    main = tree.css_first("main") or tree.body
    none_made = main is not None and _MAKES_NONE.search(main.text(separator=" ")) is not None
    return not listed or none_made


def _says_empty(tree: LexborHTMLParser) -> bool:
    if tree.css_first(".view-empty") is not None:
        return True
    main = tree.css_first("main") or tree.body
    return main is not None and says_nothing_listed(main.text(separator="\n").split("\n"))
