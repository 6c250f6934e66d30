"""Read the rows of an HTML page, found by CSS or by the headings of a table. Pure."""

from collections.abc import Iterator, Mapping
from functools import partial

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.text import blank_to_none, squeeze
from monitor.profiles.declarative.settings import FieldPlace, ProfileSettings, found
from monitor.profiles.declarative.table import Row, Sheet, count_in, folded, missing_columns
from monitor.profiles.html_tree import tree_of
from monitor.profiles.markup import (
    absolute,
    base_url,
    block_text,
    breaks_off,
    ends_whole,
    is_first_page,
    is_markup,
    next_page,
    node_text,
    open_row,
    says_nothing_listed,
)

_SORTING = regex.compile(r"(?i)sort (?:as|des)cending")
_ROWS = "table tr"


def html_sheet(settings: ProfileSettings, text: str, url: str) -> Sheet:
    """Return the rows of an HTML page."""
    if not is_markup(text):
        return Sheet((), url, problems=("This profile reads HTML, and this is text.",))
    tree = tree_of(text)
    base = base_url(tree, text, url, settings.site)
    broken = breaks_off(text)
    body = tree.css_first("main") or tree.body
    words = squeeze(body.text(separator=" ")) if body else ""
    nodes = tree.css(settings.rows or _ROWS)
    nested = _inside_others(nodes) if settings.rows else 0
    problems = [broken] if broken else []
    if nested:
        sentence = f"Of {len(nodes):,} rows {nested:,} lie inside another one"
        problems.append(f"{sentence}: 'rows' ({settings.rows}) fits too much.")
        nodes = []
    following = _next(settings, tree, base)
    rows = tuple(_rows(settings, tree, nodes, text))
    says_empty = _searched(settings.empty, words, problems) is not None or _says_empty(body)
    if not (rows or says_empty or problems):
        problems.append(_unknown(settings))
    return Sheet(
        rows=rows,
        base=base,
        total=count_in(_searched(settings.total, words, problems)),
        next_url=following,
        says_empty=says_empty,
        alone=following is None and is_first_page(url) and ends_whole(text),
        problems=tuple(problems),
        title=node_text(tree.css_first("h1")),
    )


def _unknown(settings: ProfileSettings) -> str:
    where = f"fits {settings.rows!r}" if settings.rows else "is a table with the headings that it looks for"
    return (
        f"Nothing on the page {where}: it is not the page that the profile knows, or its layout has changed."
    )


def _searched(pattern: str | None, words: str, problems: list[str]) -> str | None:
    try:
        # A total is above the rows or below them.
        ends = (words[:10_000], words[-10_000:])
        return (
            next((hit for part in ends if (hit := found(pattern, part)) is not None), None)
            if pattern
            else None
        )
    except TimeoutError:
        problems.append(f"The pattern {pattern!r} took too long on this page.")
        return None


def _says_empty(body: LexborNode | None) -> bool:
    return says_nothing_listed(body.text(separator="\n").split("\n") if body else [])


def _next(settings: ProfileSettings, tree: LexborHTMLParser, base: str) -> str | None:
    if settings.identity == "page":
        return None
    if settings.next is None:
        return next_page(tree, base)
    link = tree.css_first(settings.next)
    return absolute(link.attributes.get("href"), base) if link else None


def _inside_others(rows: list[LexborNode]) -> int:
    """Return how many rows are part of another row: they would be read twice."""
    known = {node.mem_id for node in rows}
    return sum(any(above.mem_id in known for above in _above(node)) for node in rows)


def _above(node: LexborNode) -> Iterator[LexborNode]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def _rows(
    settings: ProfileSettings, tree: LexborHTMLParser, nodes: list[LexborNode], text: str
) -> Iterator[Row]:
    cut = open_row(tree, text)
    row_ids = {node.mem_id for node in nodes}
    detail_ids = {node.mem_id for node in tree.css(settings.details)} if settings.details else set()
    by_header = any(place.header for place in settings.fields.values())
    headed: dict[int, tuple[dict[str, int], frozenset[str]]] = {}
    all_missing = missing_columns(settings, {})
    for node in nodes:
        columns, missing = dict[str, int](), all_missing
        if by_header:
            table = _table(node)
            if table is None or not node.css_first("td"):
                continue
            if table.mem_id not in headed:
                found_columns = _columns(table)
                headed[table.mem_id] = found_columns, missing_columns(settings, found_columns)
            columns, missing = headed[table.mem_id]
            if missing == all_missing:
                continue  # another table of the page
        if node.mem_id != cut:
            details = _following(node, detail_ids, row_ids) if detail_ids else None
            read = partial(_raw, node=node, details=details, columns=columns, tree=tree)
            yield Row(read, partial(node_text, node), missing)


def _raw(
    place: FieldPlace,
    paragraphs: bool,
    *,
    node: LexborNode,
    details: LexborNode | None,
    columns: Mapping[str, int],
    tree: LexborHTMLParser,
) -> str | None:
    if place.value:
        return place.value
    at = _node(place, node, details, columns, tree)
    if at is None:
        return None
    if place.attribute:
        # The field is the cell; the attribute belongs to an element inside it.
        holder = at if place.attribute in at.attributes else at.css_first(f"[{place.attribute}]")
        text = (holder.attributes.get(place.attribute) or "") if holder else ""
    else:
        text = block_text(at.html or "") if paragraphs else squeeze(at.text())
    return blank_to_none(found(place.pattern, text) or "" if place.pattern else text)


def _node(
    place: FieldPlace,
    node: LexborNode,
    details: LexborNode | None,
    columns: Mapping[str, int],
    tree: LexborHTMLParser,
) -> LexborNode | None:
    if place.page:
        return next((hit for css in place.page if (hit := tree.css_first(css)) is not None), None)
    if place.css:
        parts = [part for part in (node, details) if part is not None]
        hits = (part.css_first(css) for css in place.css for part in parts)
        return next((hit for hit in hits if hit is not None), None)
    at = next((columns[one] for one in map(folded, place.header) if one in columns), None)
    cells = [cell for cell in node.iter() if cell.tag in ("td", "th")]
    return cells[at] if at is not None and at < len(cells) else None


def _table(node: LexborNode) -> LexborNode | None:
    return next((above for above in _above(node) if above.tag == "table"), None)


def column_words(table: LexborNode) -> list[str]:
    """Return the words over each column of a table: of the first row that has head cells, or of the first."""
    rows = table.css("tr")
    head = next((row for row in rows if row.css_first("th")), rows[0] if rows else None)
    cells = [cell for cell in head.iter() if cell.tag in ("td", "th")] if head else []
    return [squeeze(_SORTING.sub("", cell.text())) for cell in cells]


def _columns(table: LexborNode) -> dict[str, int]:
    """Return the place of each column by the words over it."""
    columns: dict[str, int] = {}
    for at, words in enumerate(column_words(table)):
        columns.setdefault(folded(words), at)
    return columns


def _following(row: LexborNode, details: set[int], rows: set[int]) -> LexborNode | None:
    """Return the details that follow a row before the next row begins."""
    node = row.next
    while node is not None and node.mem_id not in rows:
        if node.mem_id in details:
            return node
        node = node.next
    return None
