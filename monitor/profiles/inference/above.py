"""Find what is before rows and holds for them: a day, a year, an agency or a section. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.types import RecordKind
from monitor.profiles.declarative.html import Above
from monitor.profiles.html_tree import ancestors
from monitor.profiles.inference.rows import Rows, selector_of, steady_classes
from monitor.profiles.inference.values import (
    NUMBER,
    YEAR_ALONE,
    days,
    length,
    number_pattern,
    share,
    without_number,
)
from monitor.profiles.markup import node_text

_HEADINGS = ("h6", "h5", "h4", "h3", "h2")
_OVER_ROWS = ("tr th[colspan]:only-child", "tr td[colspan]:only-child")
_LOOKED_AT = 40  # rows
_LEVELS = 3  # elements around a row that may have something before them
_TITLE = 20  # characters of a report's title
_LONGEST = 100  # characters of what holds for several rows
_LONGEST_TITLE = 200
_MONTH_ALONE = (
    r"(?i)^\W*(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?,?(?:\s+(?:19|20)\d\d)?\W*$"
)
_AGENCY = regex.compile(
    r"(?i)\b(?:department|agency|administration|bureau|office|commission|service|authority|division|board)\b"
)


def fields_above(
    tree: LexborHTMLParser, rows: Rows, known: Mapping[str, Any], kind: RecordKind = RecordKind.REPORT
) -> dict[str, Any]:
    """Return the fields that are not in the rows themselves and that elements before the rows give."""
    nodes = rows.nodes[:_LOOKED_AT]
    tried = list(dict.fromkeys(_candidates(tree, rows)))
    above = Above(tree, tried)
    ids = {row.mem_id for row in rows.nodes}
    found: dict[str, Any] = {}
    for css in tried:
        hits = [hit for row in nodes if (hit := above.nearest((css,), row)) and not _is_in_row(hit, ids)]
        values = [text for hit in hits if (text := node_text(hit))]
        if len(values) < 0.9 * len(nodes) or length(values) > _LONGEST_TITLE:
            continue
        is_heading = css.rpartition(" ")[2] in _HEADINGS or css in _OVER_ROWS
        if kind is RecordKind.RECOMMENDATION and is_heading and _are_reports(values, hits):
            held = {**known, **found}
            if "report_number" not in held and share(values, NUMBER) > 0.9:
                found["report_number"] = {"before": css, "pattern": number_pattern(values)}
            if "url" not in held and all(hit.css_first("a[href]") for hit in hits):
                found["url"] = {"before": css, "attribute": "href"}
            if "report_title" not in held:
                found["report_title"] = {"before": css, **without_number(values)}
                continue
        beside = kind is RecordKind.RECOMMENDATION and share(values, NUMBER) > 0.9
        if beside and length(values) <= _LONGEST and "report_number" not in {**known, **found}:
            found["report_number"] = {"before": css, "pattern": number_pattern(values)}
        field = _meaning(values, is_heading=is_heading)
        if length(values) > _LONGEST:
            continue
        if field == "topics" and any(hit.css_first("a[href]") for hit in hits):
            continue  # a title, not a section
        if field and field not in known and field not in found:
            found[field] = {"before": css}
    return found


def _are_reports(values: list[str], hits: list[LexborNode]) -> bool:
    """Return whether headings name the reports that the recommendations under them are of."""
    linked = all(hit.css_first("a[href]") is not None for hit in hits)
    return length(values) > _TITLE and (linked or share(values, NUMBER) > 0.9)


def _is_in_row(node: LexborNode, rows: set[int]) -> bool:
    return node.mem_id in rows or any(one.mem_id in rows for one in ancestors(node))


def _candidates(tree: LexborHTMLParser, rows: Rows) -> Iterator[str]:
    """Yield selectors of what may hold for rows, the nearest to them first."""
    for row in (rows.nodes[0], rows.nodes[-1]):
        node: LexborNode | None = row
        for _ in range(_LEVELS):
            if node is None or node.parent is None or node.tag in ("main", "body"):
                break
            if (before := _element_before(node)) is not None:
                classes = steady_classes(before)
                own = f"{before.tag}.{classes[0]}" if classes else f"{before.tag}:not([class])"
                if before.tag == "dt":
                    own = "dt"
                if before.tag not in _HEADINGS:
                    yield f"{selector_of(tree, node.parent)} > {own}"
            node = node.parent
    if rows.nodes[0].tag == "tr":
        yield from (css for css in _OVER_ROWS if tree.css_first(css) is not None)
    yield from (heading for heading in _HEADINGS if tree.css_first(heading) is not None)


def _element_before(node: LexborNode) -> LexborNode | None:
    """Return the element right before another one; of several values of a term, the term."""
    before = node.prev
    while before is not None and (
        str(before.tag).startswith("-") or (node.tag == "dd" and before.tag == "dd")
    ):
        before = before.prev
    return before


def _meaning(values: list[str], *, is_heading: bool) -> str | None:
    """Return the field that values before rows are of; sections are topics."""
    if days(values) > 0.9:
        return "issue_date"
    if share(values, YEAR_ALONE) > 0.9:
        return "fiscal_year"
    if share(values, _MONTH_ALONE) > 0.9:
        return None
    several = 1 < len(set(values)) < len(values)
    if several and share(values, _AGENCY.pattern) > 0.8:
        return "agency"
    return "topics" if several and is_heading else None
