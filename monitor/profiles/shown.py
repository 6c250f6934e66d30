"""A page's tree as a browser would show its tables: no hidden parts, no badges, and cells on a grid."""

import re
from collections.abc import Collection, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.notes import is_badge, is_total
from monitor.domain.text import squeeze
from monitor.profiles.html_tree import CELLS, cells_of, tree_of
from monitor.profiles.markup import without_sort_words
from monitor.profiles.page_end import with_end_marked

_HIDDEN = 'script, style, template, [hidden], [style*="display" i], [aria-hidden="true"]'
_BREAKS = "br, td p, td div, td li, td td, td tr, td .d-block, th p, th div, th li"
_STRUCK = "del, s, strike"
# Ignoring case would take three times as long on a page without any.
_MAY_BE_BADGE = re.compile(r">[\s(\[*]{0,9}+[NnUuFfRrJj](?:ew|EW|pd|PD|ea|EA|ec|EC|us|US)[^<>]{0,25}+<")
_ALWAYS_BADGE = ("sup", "sub", "small", "mark")
_INLINE = (*_ALWAYS_BADGE, "span", "em", "i", "b", "strong", "u", "ins", "font", "abbr", "label")
_NUMBER_OR_DAY = re.compile(r"[A-Z0-9]-\d+$|\d/\d{2,4}$|[a-z.] \d{1,2}, \d{4}$")
_FOOTNOTE = re.compile(r"[(\[]?(?:\d{1,2}|[*†‡§]{1,3})[)\]]?")
_BADGE_CLASS = re.compile(r"\b(?:badge|chip|flag|label|new|pill|ribbon|tag)", re.I)
_BEFORE_VALUE = re.compile(r"(?:[:=]|\b(?:status|state|type))\s*$", re.I)
_AFTER_LABEL = re.compile(
    r"\s*(?::|(?:on )?(?:\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z.]* \d))", re.I
)
# What a link or a button beside a title says that is not part of it.
_ACTION = re.compile(
    r"(?:(?:view|read|see|download|open)(?: the)?(?: full| complete| entire)?"
    r"(?: (?:audit|report|summary|highlights|pdf|document|file|details?|more))+|view|download"
    r"|(?:full|complete) (?:report|text)"
    r"|(?:report |executive )?summary|highlights|(?:adobe )?pdf(?: (?:version|file))?|html(?: version)?"
    r"|accessible (?:version|pdf)|(?:press|news) release)(?:\s*[(\[][^()]{0,40}[)\]])?",
    re.I,
)
_TIPS = ("i", "?", "ⓘ")  # what opens a note
_SPANS = "td[rowspan], td[colspan], th[rowspan], th[colspan]"
_GROUPS = ("thead", "tbody", "tfoot")
_MOST_SPREAD = 20_000  # cells put into the grids of one page
_YEAR_OVER_ROWS = re.compile(r"(?:(?:fiscal |calendar )?year |FY ?|CY ?)?(?:19|20)\d\d", re.I)
_YEARS = ("fiscal year", "fy", "year")
_FEW = 2  # cells
_TOTAL_ENDS = ("total", "totals")
_MOST_LOOKED_AT = 40  # cells of a table
_WIDEST = 1_000  # columns, as browsers have it
NOTICE = "data-notice"  # marks a row whose only cell spans all columns of its table


def shown_tree(text: str, *, grid: bool = True) -> LexborHTMLParser:
    """Return the tree of a page as a browser would show it, spanning cells laid on a `grid` where wanted.

    Raises ParseError as `tree_of` does.
    """
    tree = tree_of(with_end_marked(text))
    for node in tree.css(_HIDDEN):
        if _is_hidden(node) and _is_in_cell(node):
            node.decompose()
    for node in tree.css(_STRUCK):
        if _is_in_cell(node) and not _is_all(node):
            node.decompose()
    _drop_repeats(tree)
    for node in tree.css("sup"):
        if _FOOTNOTE.fullmatch(node.text().strip()) and _follows_a_word(node):
            node.decompose()
    _empty_actions(tree)
    _keep_chosen(tree)
    if _MAY_BE_BADGE.search(text) is not None:
        _drop_badges(tree)
    for node in tree.css(_BREAKS):
        if node.prev is not None:
            node.insert_before(" ")
        if node.next is not None:
            node.insert_after(" ")
    if grid and tree.css_first(_SPANS) is not None:
        _spread(tree)
    return tree


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if node.tag in ("script", "style", "template") or "hidden" in attributes:
        return True
    if "display:none" in (attributes.get("style") or "").replace(" ", "").lower():
        return True
    # Programs that read aloud skip these; they are shown, but a sign without a word is decoration.
    return attributes.get("aria-hidden") == "true" and not any(map(str.isalnum, node.text()))


def _is_all(node: LexborNode) -> bool:
    """Return whether a cell shows only this node."""
    cell = node
    while cell.tag not in CELLS and cell.parent is not None:
        cell = cell.parent
    return cell.text().strip() == node.text().strip()


def _table_of(node: LexborNode) -> int:
    """Return the id of the table that is nearest around a node; 0 for none."""
    above = node.parent
    while above is not None and above.tag != "table":
        above = above.parent
    return above.mem_id if above is not None else 0


def _drop_repeats(tree: LexborHTMLParser) -> None:
    """Take out what repeats the headings of the tables that hold no other one, and their totals."""
    tables = tree.css("table")
    around = {_table_of(table) for table in tables}
    for table in tables:
        if table.mem_id not in around:
            _drop_repeats_of(table)


def _drop_repeats_of(table: LexborNode) -> None:
    heads = [_name(head.text()) for head in table.css("tr:not(:has(td)) > th")]
    names = set(heads) - {""}
    _drop_labels(table, names)
    for row in table.css("tr:has(td)") if names else ():
        cells = cells_of(row)
        if _sums_up_or_repeats(cells, names):
            row.decompose()
        elif heads[0] not in _YEARS and _is_year_over_rows(cells):
            row.attrs[NOTICE] = "yes"


def _name(words: str) -> str:
    return without_sort_words(words).casefold().rstrip(" :")


def _sums_up_or_repeats(cells: list[LexborNode], names: Collection[str]) -> bool:
    """Return whether a row is plainly not a record: totals, or the headings of the columns again."""
    first = next((said for cell in cells if (said := cell.text().strip())), "").casefold().rstrip(" :")
    if not (first.endswith(_TOTAL_ENDS) or first.startswith(tuple(names))):
        return False  # most rows are known by one cell
    words = [squeeze(cell.text()) for cell in cells]
    filled = list(filter(None, words))
    return is_total(words) or (len(filled) > 1 and all(_name(one) in names for one in filled))


def _is_year_over_rows(cells: list[LexborNode]) -> bool:
    """Return whether a row says a year in its first cell and nothing else: it is over those that follow."""
    said = len(cells) > _FEW and _YEAR_OVER_ROWS.fullmatch(cells[0].text().strip())
    return bool(said) and not any(cell.text().strip() for cell in cells[1:])


def _drop_labels(table: LexborNode, names: Collection[str]) -> None:
    """Take out what repeats a column's heading in its cells, or a cell's words, for narrow screens."""
    cells = table.css("tr > td")
    first = [cell for cell in cells[:_MOST_LOOKED_AT] if _labels(cell, names)]
    for cell in cells if first else ():
        for label in _labels(cell, names):
            label.decompose()


def _labels(cell: LexborNode, names: Collection[str]) -> list[LexborNode]:
    parts = list(cell.iter())
    if not parts:
        return []
    words = [squeeze(part.text()) for part in parts]
    if len(parts) == 1 and parts[0].tag in ("div", "p"):
        return _labels(parts[0], names)
    whole = squeeze(cell.text())
    if (
        len(parts) == 2
        and whole
        and words[0] == words[1]
        and _without_blanks(whole) == 2 * _without_blanks(words[0])
    ):
        return parts[1:]
    # Nearly every part is all of its cell, and only what is left is searched for the words of a heading.
    is_before = len(whole) > len(words[0]) and whole.startswith(words[0])
    return parts[:1] if is_before and _name(words[0]) in names else []


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def _follows_a_word(node: LexborNode) -> bool:
    """Return whether a mark stands behind a word of three letters, a report number or a day.

    Behind a unit or another number it may be a power.
    """
    before = (node.prev.text() if node.prev is not None else "").strip().rstrip('.,;:!?)"”')
    return (before[-3:].isalpha() and len(before) > 2) or _NUMBER_OR_DAY.search(before[-20:]) is not None


def _empty_actions(tree: LexborHTMLParser) -> None:
    """Take the words out of links and buttons of cells that only say what they do: Download, PDF, `?`."""
    for node in tree.css('td button, td [role="button"]'):
        if node.text().strip() in _TIPS:
            node.decompose()
    for node in tree.css("td a, td button"):
        if _ACTION.fullmatch(node.text().strip()) and _is_apart(node):
            for part in list(node.iter(include_text=True)):
                part.decompose()


def _keep_chosen(tree: LexborHTMLParser) -> None:
    """Take the options out of the lists of cells that are not the chosen one."""
    for chooser in tree.css("td select"):
        chosen = chooser.css_first("option[selected]") or chooser.css_first("option")
        for option in chooser.css("option"):
            if chosen is not None and option.mem_id != chosen.mem_id:
                option.decompose()


def _is_apart(node: LexborNode) -> bool:
    """Return whether there are other words in the cell of a link, and it is not within a sentence."""
    words, whole = node.text().strip(), node
    while whole.parent is not None and whole.parent.tag not in CELLS and whole.parent.text().strip() == words:
        whole = whole.parent
    around = [whole.prev, whole.next]
    while around[0] is not None and not _words_of(around[0]):
        around[0] = around[0].prev
    while around[1] is not None and not _words_of(around[1]):
        around[1] = around[1].next
    texts = [one.text_content or "" for one in around if one is not None and one.tag == "-text"]
    beside = any(one is not None and not _ACTION.fullmatch(_words_of(one)) for one in around)
    return beside and not any(map(str.isalnum, "".join(texts)))


def _drop_badges(tree: LexborHTMLParser) -> None:
    """Take out the marks that a site puts beside a title or a value for a while: New, Updated."""
    texts = tree.root.traverse(include_text=True) if tree.root else iter(())
    for text in [one for one in texts if one.tag == "-text" and is_badge((one.text_content or "").strip())]:
        badge = text
        while (above := badge.parent) is not None and _is_only_badge(above):
            badge = above
        if _is_beside(badge) and _is_marked(badge):
            badge.decompose()


def _is_only_badge(node: LexborNode) -> bool:
    named = node.tag in ("div", "p") and _BADGE_CLASS.search(node.attributes.get("class") or "") is not None
    return (named or node.tag in _INLINE) and is_badge(node.text().strip())


def _is_beside(badge: LexborNode) -> bool:
    """Return whether a badge is beside words that it is neither the value nor the label of."""
    around = [badge.prev, badge.next]
    while around[0] is not None and not _words_of(around[0]):
        around[0] = around[0].prev
    while around[1] is not None and not _words_of(around[1]):
        around[1] = around[1].next
    before, after = (_words_of(one) if one else "" for one in around)
    if badge.next is not None and badge.next.tag == "-text" and after[:1].islower():
        return False  # it is a word of a sentence
    return bool(before or after) and not (_BEFORE_VALUE.search(before) or _AFTER_LABEL.match(after))


def _words_of(node: LexborNode) -> str:
    return (node.text_content or "" if node.tag == "-text" else node.text()).strip()


def _is_marked(badge: LexborNode) -> bool:
    """Return whether words are set apart from those beside them: no part of a link's own sentence."""
    if badge.tag in _ALWAYS_BADGE or badge.attributes.get("class"):
        return "status" not in (badge.attributes.get("class") or "")
    above = badge.parent
    while above is not None and above.tag in _INLINE:
        above = above.parent
    return above is not None and above.tag != "a" and above.css_first("a[href]") is not None


def _is_in_cell(node: LexborNode) -> bool:
    """Return whether a node is in a cell; a script may well show other hidden parts, such as tabs."""
    above = node.parent
    while above is not None:
        if above.tag in CELLS:
            return True
        above = above.parent
    return False


def _spread(tree: LexborHTMLParser) -> None:
    """Return every row of a table with spans a cell for each of its columns."""
    empty = tree_of("<table><tr><td></td><th></th></tr></table>")
    blanks = {str(cell.tag): cell for cell in empty.css("td, th")}
    left = _MOST_SPREAD
    for table in tree.css("table"):
        if table.css_first(_SPANS) is None:
            continue
        width = max(map(_columns, _row_groups(table)), default=0)
        for group in _row_groups(table):
            left = _spread_rows(group, blanks, left, width)


def _row_groups(table: LexborNode) -> Iterator[list[LexborNode]]:
    for group in table.iter():
        if group.tag in _GROUPS:
            yield [row for row in group.iter() if row.tag == "tr"]


def _columns(rows: list[LexborNode]) -> int:
    return max((sum(_span(cell, "colspan") for cell in cells_of(row)) for row in rows), default=0)


def _spread_rows(rows: list[LexborNode], blanks: dict[str, LexborNode], left: int, width: int) -> int:
    """Lay the cells of a row group on a grid; return how many cells may still be put into the page."""
    open_: dict[int, tuple[LexborNode, int]] = {}  # by column, a cell and the rows that it still covers
    for at, row in enumerate(rows):
        cells = cells_of(row)
        if len(cells) == 1 and not open_ and 1 < width <= _span(cells[0], "colspan"):
            row.attrs[NOTICE] = "yes"
            continue
        if left <= 0:  # nothing more is put into the page
            open_.clear()
            continue
        column = 0
        last: LexborNode | None = None
        for cell in [*cells, None]:
            while column in open_ and left > 0:
                covering, more = open_.pop(column)
                if more > 1:
                    open_[column] = covering, more - 1
                last = _put(row, covering, last)
                column, left = column + 1, left - 1
            if cell is None:
                break
            last = cell
            tall = min(_span(cell, "rowspan", len(rows) - at), len(rows) - at) - 1
            for more in range(_span(cell, "colspan")):
                # What a wide cell covers besides its first column has no value of its own.
                covering = blanks[str(cell.tag)] if more else cell
                if tall > 0:
                    open_[column] = covering, tall
                if more and left > 0:
                    last = _put(row, covering, last)
                    left -= 1
                column += 1
    return left


def _put(row: LexborNode, cell: LexborNode, last: LexborNode | None) -> LexborNode | None:
    """Put a copy of a cell behind another one of a row, or first; return the copy."""
    if last is not None:
        last.insert_after(cell)
        return last.next
    first = next(iter(cells_of(row)), None)
    if first is not None:
        first.insert_before(cell)
        return first.prev
    row.insert_child(cell)
    return next(iter(cells_of(row)), None)


def _span(cell: LexborNode, name: str, all_rows: int = 1) -> int:
    """Return how many columns or rows a cell covers; 0 rows means all that follow."""
    said = (cell.attributes.get(name) or "").strip()
    if not said.isdecimal() or len(said) > 5:
        return 1
    return min(int(said), _WIDEST) or all_rows
