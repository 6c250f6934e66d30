"""Read the rows of an HTML page, found by CSS or by the headings of a table. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import islice, takewhile
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.text import blank_to_none, is_blank, squeeze
from monitor.profiles.declarative.headings import folded
from monitor.profiles.declarative.settings import FieldPlace, ProfileSettings, found
from monitor.profiles.declarative.table import (
    LISTS,
    PARAGRAPHS,
    Row,
    Sheet,
    count_in,
    missing_columns,
)
from monitor.profiles.html_tree import cells_of, rows_of
from monitor.profiles.markup import (
    absolute,
    base_url,
    block_text,
    is_first_page,
    is_markup,
    joined,
    node_text,
    said_otherwise,
    says_nothing_listed,
    without_sort_words,
)
from monitor.profiles.page_end import breaks_off, ends_whole, has_end, open_nodes
from monitor.profiles.pager import Paging, paging
from monitor.profiles.shown import NOTICE, shown_tree

_ROWS = "table tr"
_MOST_HEAD_ROWS = 3
_SIGNS = ("status_text", "priority")  # what a picture or a colored dot may stand for


def html_sheet(settings: ProfileSettings, text: str, url: str) -> Sheet:
    """Return the rows of an HTML page."""
    if not is_markup(text):
        return Sheet((), url, problems=("This profile reads HTML, and this is text.",))
    tree = shown_tree(text, grid=_by_header(settings))
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
    rows = tuple(_rows(settings, tree, nodes, text))
    pages = _paging(settings, tree, text, base, len(rows))
    following = pages.next_url
    total = count_in(_searched(settings.total, words, problems))
    if rows and pages.more and total is None:
        problems.append(pages.more)
    says_empty = _searched(settings.empty, words, problems) is not None or _says_empty(body)
    if not (rows or says_empty or problems):
        problems.append(_unknown(settings))
    return Sheet(
        rows=rows,
        base=base,
        total=total,
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


def _paging(settings: ProfileSettings, tree: LexborHTMLParser, text: str, base: str, rows: int) -> Paging:
    if settings.identity == "page":
        return Paging()
    if settings.next is None:
        return paging(tree, text, base, rows)
    link = tree.css_first(settings.next)
    return Paging(absolute(link.attributes.get("href"), base) if link else None)


def _by_header(settings: ProfileSettings) -> bool:
    return any(place.header for place in settings.fields.values())


def _is_blank(row: LexborNode) -> bool:
    return is_blank(row.text()) and row.css_first("a, img") is None


def _count_cells(row: LexborNode) -> int:
    return len(cells_of(row))


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
    cut = open_nodes(tree, text)
    row_ids = {node.mem_id for node in nodes}
    detail_ids = {node.mem_id for node in tree.css(settings.details)} if settings.details else set()
    by_header = _by_header(settings)
    headed: dict[int, tuple[dict[str, int], frozenset[str]]] = {}
    all_missing = missing_columns(settings, {})
    of_page = cache(partial(_of_page, tree))  # all rows share it, and it may be all of a large page
    heads = set[int]()
    above = Above(tree, {css for place in settings.fields.values() for css in place.before})
    for node in nodes:
        columns, missing = dict[str, int](), all_missing
        if by_header and NOTICE in node.attributes:
            continue  # it is plainly not a record
        if by_header:
            table = _table(node)
            if table is None or not node.css_first("td"):
                continue
            if table.mem_id not in headed:
                found_columns = _columns(table)
                heads.update(row.mem_id for row in head_rows(table))
                headed[table.mem_id] = found_columns, missing_columns(settings, found_columns)
            columns, missing = headed[table.mem_id]
            if node.mem_id in heads or _is_blank(node):
                continue
            if missing == all_missing:
                continue  # another table of the page
        # Of a cut page the details of the last row may be what was cut.
        if settings.identity == "page" and not has_end(text):
            continue  # without an end tag nothing proves that all of it is there
        if node.mem_id not in cut and not (cut and detail_ids and node is nodes[-1]):
            details = following(node, detail_ids, row_ids) if detail_ids else []
            around = _Around(of_page, [node, *details], columns, above)
            read = partial(_raw, around=around)
            width = max(columns.values(), default=-1) + 1
            yield Row(
                read, partial(node_text, node), missing, cells=partial(_count_cells, node), headings=width
            )


class Above:
    """The elements that hold for the rows after them, by their places in the page."""

    def __init__(self, tree: LexborHTMLParser, wanted: Collection[str]) -> None:
        order = tree.root.traverse() if wanted and tree.root else iter(())
        self._at = {node.mem_id: at for at, node in enumerate(order)}
        self._found = {css: tree.css(css) for css in wanted}
        self._places = {
            css: [self._at.get(one.mem_id, 0) for one in hits] for css, hits in self._found.items()
        }

    def nearest(self, selectors: Sequence[str], row: LexborNode) -> LexborNode | None:
        """Return the last element before a row that fits one of the selectors and does not hold the row."""
        here = self._at.get(row.mem_id, 0)
        around = {node.mem_id for node in _above(row)}
        for css in selectors:
            for at in range(bisect_left(self._places[css], here) - 1, -1, -1):
                if (hit := self._found[css][at]).mem_id not in around:
                    return hit
        return None


class _Around(NamedTuple):
    """A row with its details, and where its fields may be."""

    of_page: Callable[[FieldPlace, str], str | None]
    parts: Sequence[LexborNode]
    columns: Mapping[str, int]
    above: Above

    def hits(self, selectors: Sequence[str]) -> Iterator[LexborNode]:
        """Yield what each selector finds first in the row or its details."""
        for css in selectors:
            for part in self.parts:
                if (hit := part.css_first(css)) is not None:
                    yield hit
                    break

    def node(self, place: FieldPlace) -> LexborNode | None:
        """Return the element of a field."""
        if place.before:
            return self.above.nearest(place.before, self.parts[0])
        if place.css:
            return next(self.hits(place.css), None)
        at = next((self.columns[one] for one in map(folded, place.header) if one in self.columns), None)
        cells = cells_of(self.parts[0])
        return cells[at] if at is not None and at < len(cells) else None


def _raw(place: FieldPlace, field: str, *, around: _Around) -> str | None:
    if place.value:
        return place.value
    if place.page:
        return around.of_page(place, field)
    return _words(place, around.node(place), field, around.hits(place.css))


def _of_page(tree: LexborHTMLParser, place: FieldPlace, field: str) -> str | None:
    at = next((hit for css in place.page if (hit := tree.css_first(css)) is not None), None)
    return _words(place, at, field, ())


def _words(place: FieldPlace, at: LexborNode | None, field: str, hits: Iterable[LexborNode]) -> str | None:
    if at is None:
        return None
    if place.attribute:
        # The field is the cell; the attribute belongs to an element inside it.
        holder = at if place.attribute in at.attributes else at.css_first(f"[{place.attribute}]")
        text = (holder.attributes.get(place.attribute) or "") if holder else ""
        if holder is None and place.attribute == "datetime":
            text = squeeze(at.text())  # the day is shown where it is not in the markup
    elif place.join is not None:
        text = joined([squeeze(hit.text()) for hit in hits], place.join)
    else:
        text = block_text(at.html or "") if field in PARAGRAPHS + LISTS else squeeze(at.text())
        if not text and field in _SIGNS:
            text = said_otherwise(at)
    return blank_to_none(found(place.pattern, text) or "" if place.pattern else text)


def _table(node: LexborNode) -> LexborNode | None:
    return next((above for above in _above(node) if above.tag == "table"), None)


def head_rows(table: LexborNode) -> list[LexborNode]:
    """Return the rows that name a table's columns: the first ones of head cells only, or the first row."""
    rows = rows_of(table)
    first = next((at for at, row in enumerate(rows) if row.css_first("th")), 0)
    only = takewhile(lambda row: row.css_first("th") and not row.css_first("td"), rows[first:])
    heads: list[LexborNode] = []
    for row in islice(only, _MOST_HEAD_ROWS):
        if heads and _count_cells(heads[-1]) > 1 == _count_cells(row):
            break  # a single cell below the head is over its rows
        heads.append(row)
    return heads or rows[first : first + 1]


def column_words(table: LexborNode) -> list[str]:
    """Return the words over each column of a table: of its lowest head row that has some there."""
    words: list[str] = []
    for row in head_rows(table):
        for at, cell in enumerate(cells_of(row)):
            said = without_sort_words(cell.text())
            if at >= len(words):
                words.append(said)
            elif said:
                words[at] = said
    return words


def _columns(table: LexborNode) -> dict[str, int]:
    """Return the place of each column by the words over it."""
    columns: dict[str, int] = {}
    for at, words in enumerate(column_words(table)):
        columns.setdefault(folded(words), at)
    return columns


def following(row: LexborNode, details: set[int], rows: set[int]) -> list[LexborNode]:
    """Return the details that follow a row before the next row begins."""
    found: list[LexborNode] = []
    node = row.next
    while node is not None and node.mem_id not in rows:
        if node.mem_id in details:
            found.append(node)
        node = node.next
    return found
