"""Build the tree of an HTML page; refuse a page whose markup would take too long to parse.

The parser compares each tag with the elements that are open, so its time grows with the square of their
depth, and nothing can interrupt it.
"""

import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.errors import ParseError
from monitor.domain.text import lowered

_MOST_TAGS = 400_000  # opening and closing; to read the rows that they make takes seconds
_HARMLESS = 4_000  # opening tags that take no time, whatever their order
_DEEPEST = 500  # browsers show everything below 512 levels as one level
_LONGEST_TAG = 20_000  # characters; the parser compares each attribute of a tag with those before it
_MOST_OPTIONS = 10_000  # of one list; the parser counts them again at each
_VALUE = r"(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"']++)"
_ATTRIBUTES = rf"(?:[\s/]++[^\s=>\"'/]++(?:\s*+=\s*+{_VALUE})?+)*+[\s/]*+"
_WELL_FORMED = re.compile(rf"[a-z!/?][^\s>\"'/]*+{_ATTRIBUTES}>", re.I)
_BEGUN = re.compile(r"</?[A-Za-z]")
_RAW = "script|style|textarea|title|xmp|iframe|noembed|noframes"  # what is in these is text
_TAG = re.compile(
    rf"<(?:!--(?:-?>|.*?(?:--!?>|\Z))|[!?][^>]*+(?:>|\Z)|(?:{_RAW})\b.*?(?:</(?:{_RAW})|\Z)"
    rf"|(/?)([a-z][^\s/>]*+){_ATTRIBUTES}>|(/?[a-z]))",
    re.S,
)
CELLS = ("td", "th")
_EMPTY = frozenset(("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"))
_TRIAL = """
import signal, sys
from selectolax.lexbor import LexborHTMLParser
text = sys.stdin.buffer.read().decode("utf-8", "replace")
if text.lower().count("<template") > 1_000:
    sys.exit(1)  # what is in a template is not a child of it
signal.setitimer(signal.ITIMER_VIRTUAL, 0.5)  # the system ends this process after so much CPU time
node, depth = LexborHTMLParser(text).root, 1
while node is not None:
    if node.child is not None:
        node, depth = node.child, depth + 1
        if depth > 4_000:
            sys.exit(1)
        continue
    while node is not None and node.next is None:
        node, depth = node.parent, depth - 1
    node = None if node is None else node.next
"""


def tree_of(text: str) -> LexborHTMLParser:
    """Return the tree of a page. Raises ParseError if its markup would take too long to read."""
    if _has_too_many(text) or (not _is_shallow(text) and not _ends_in_time(text)):
        raise ParseError(
            "The page's markup is nested or repeated so heavily that parsing it would take too long; "
            "it was not read."
        )
    return LexborHTMLParser(text)


def rows_of(table: LexborNode) -> list[LexborNode]:
    """Return the rows of a table, without those of tables in its cells."""
    groups = [part for part in table.iter() if part.tag in ("thead", "tbody", "tfoot")]
    return [row for group in groups for row in group.iter() if row.tag == "tr"]


def cells_of(row: LexborNode) -> list[LexborNode]:
    """Return the cells of a row, without those of tables in them."""
    return [cell for cell in row.iter() if cell.tag in CELLS]


def heads_of(table: LexborNode) -> list[LexborNode]:
    """Return the cells over a table's columns, without those of tables in its cells."""
    rows = list(map(cells_of, rows_of(table)))
    return [cell for row in rows if {cell.tag for cell in row} == {"th"} for cell in row] or [
        cell for row in rows[:1] for cell in row if cell.tag == "th"
    ]


def has_cell(table: LexborNode, name: str) -> bool:
    """Return whether a cell of a table itself, not of one in its cells, has a class."""
    cells = (cell for row in rows_of(table) for cell in cells_of(row))
    return any(name in (cell.attributes.get("class") or "").split() for cell in cells)


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """Yield the elements around another one, the innermost first."""
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def is_within(node: LexborNode, outer: Collection[int]) -> bool:
    """Return whether a node is in one of the elements with these ids."""
    return bool(outer) and any(above.mem_id in outer for above in ancestors(node))


def _has_too_many(text: str) -> bool:
    long = len(text) > 2 * _MOST_TAGS  # each begins with two characters
    return long and text.count("<") > _MOST_TAGS and len(_BEGUN.findall(text)) > _MOST_TAGS


def _is_shallow(text: str) -> bool:
    """Return whether counting tags proves that a page is parsed quickly."""
    half = _LONGEST_TAG // 2
    # A long tag leaves one of these pieces without a `<`, and looking at each text between two takes longer.
    far = any(text.find("<", at, at + half) < 0 for at in range(0, len(text) - half, half))
    if far and not all(map(_has_short_tag, text.split("<")[1:])):
        return False
    tags = text.count("<")
    if tags <= _HARMLESS or tags - text.count("</") <= _HARMLESS:
        return True
    small = lowered(text)
    if "<svg" in small or "<math" in small:
        return False  # other rules hold in these
    opened: list[str] = []
    misplaced = options = 0
    for tag in _TAG.finditer(small):
        closing, name, odd = tag.groups()
        if odd:
            return False  # browsers and we may disagree where this tag ends
        options += name == "option"
        if not closing:
            if name and name not in _EMPTY:
                opened.append(name)
        elif opened and opened[-1] == name:
            opened.pop()
        else:
            misplaced += 1
        if len(opened) + misplaced > _DEEPEST or options > _MOST_OPTIONS:
            return False
    return True


def _has_short_tag(piece: str) -> bool:
    """Return whether long text after a `<` is text, and not one tag with thousands of attributes."""
    tag = _WELL_FORMED.match(piece) if len(piece) > _LONGEST_TAG else None
    return len(piece) <= _LONGEST_TAG or (tag is not None and tag.end() <= _LONGEST_TAG)


@lru_cache(maxsize=4)  # several profiles look at one page
def _ends_in_time(text: str) -> bool:
    """Return whether a trial in another process ends within its limits of CPU time and depth."""
    command = [sys.executable, "-c", _TRIAL]
    trial = subprocess.run(command, input=text.encode("utf-8", "replace"), check=False)  # noqa: S603 - our own text
    return trial.returncode == 0
