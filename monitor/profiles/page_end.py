"""Whether an HTML page came to its end, and what its end may have cut short. Pure."""

import re
from collections import Counter
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.text import lowered

_HEAD = 50_000
_SCRIPT_OR_COMMENT = r"<!--.*?(?:-->|(\Z))|<script\b.*?(?:</script\s*>|(\Z))"
_AFTER_END = re.compile(rf"{_SCRIPT_OR_COMMENT}|</?(?:html|body)\s*>", re.S)
_UNSHOWN = re.compile(_SCRIPT_OR_COMMENT, re.S)
# Elements that have no end tag, or whose end tag the HTML standard lets authors leave out.
_MAY_STAY_OPEN = re.compile(
    r"html|head|body|li|d[td]|p|r[tp]|optgroup|option|colgroup|caption|thead|tbody|tfoot|t[rdh]|area|base|br|col"
    r"|embed|hr|img|input|link|meta|param|source|track|wbr"
)
_RAW = "script|style|textarea|title"
_ANY_TAG = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(?:{_RAW})\b[^>]*+(?:>.*?(?:</(?:{_RAW})\s*>|\Z)|\Z)"
    r"|<(/?)([a-z][^\s/>]*+)((?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^>\"'])*+)(?:>|\Z)",
    re.S,
)
_MARK = "data-cut"  # of the element that is put where a page breaks off


@lru_cache(maxsize=4)  # it is asked several times of one page
def ends_whole(text: str) -> bool:
    """Return whether an HTML page came to its end and was not cut on the way.

    It did if its last closing tag ends the body or the root element, with only comments and scripts after
    it, or if no element is open at its end except those whose end tag the standard lets authors leave out.
    """
    folded = lowered(text)
    at, name = max((folded.rfind(f"</{name}>"), name) for name in ("html", "body"))
    if at < 0 or _AFTER_END.sub(_unended, folded[at + len(name) + 3 :]).strip():
        return _is_closed(text)
    # A page may hold whole documents of its own: the end of one of them is not the end of the page.
    return _closes_all(folded, name) or _closes_all(_UNSHOWN.sub(_unended, folded), name) or _is_closed(text)


def _unended(found: re.Match[str]) -> str:
    """Return what stays of a comment or script: a sign of one that does not end."""
    return "" if found.lastindex is None else "<"


def has_end(text: str) -> bool:
    """Return whether a page that begins its body or root element also ends it."""
    folded = lowered(text)
    return not ("<html" in folded or "<body" in folded) or "</html" in folded or "</body" in folded


def _closes_all(folded: str, name: str) -> bool:
    closed = folded.count(f"</{name}>")
    if folded.count(f"<{name}") <= closed:  # nearly every page
        return True
    return sum(folded.count(f"<{name}{end}") for end in "> \n") <= closed


def _is_closed(text: str) -> bool:
    """Return whether every element is closed whose end tag may not be left out, and no tag is begun."""
    if not text.rstrip().endswith(">"):
        return False
    opened: Counter[str] = Counter()
    for tag in _ANY_TAG.finditer(lowered(text)):
        closing, name, alone = tag[1], tag[2], (tag[3] or "").endswith("/")
        if name and not _MAY_STAY_OPEN.fullmatch(name) and not alone:
            opened[name] += -1 if closing else 1
    rest = text.rpartition("<")[2]
    return ">" in rest and all(count <= 0 for count in opened.values())


def breaks_off(text: str) -> str | None:
    """Return a sentence where an HTML page was cut on the way; None for a whole one."""
    if ends_whole(text) or "<html" not in text[:_HEAD].lower():
        return None
    return f"The page breaks off after {len(text):,} characters: what follows was not seen."


def with_end_marked(text: str) -> str:
    """Return a page with an empty element where it breaks off, so that its tree shows what is open there."""
    if ends_whole(text):
        return text
    begun = text.rfind("<")
    whole = text if text.find(">", begun) > 0 else text[:begun]
    return f"{whole}<wbr {_MARK}>"


def open_nodes(tree: LexborHTMLParser, text: str) -> frozenset[int]:
    """Return the ids of the elements that the end of a cut page falls into; none of a whole page."""
    if ends_whole(text):
        return frozenset()
    marked = tree.css(f"[{_MARK}]")
    node = marked[-1] if marked else _last(tree)
    found = set[int]()
    while node is not None:
        found.add(node.mem_id)
        node = node.parent
    # What follows the cells of a row directly is put before their table: of the row only its tag tells.
    begun = text.rfind("<tr")
    if begun > text.rfind("</tr") and text.find(">", begun) > 0 and (rows := tree.css("tr")):
        found.add(rows[-1].mem_id)
    return frozenset(found)


def _last(tree: LexborHTMLParser) -> LexborNode | None:
    """Return the innermost last element of a page."""
    node = tree.body
    while node is not None and (inner := list(node.iter())):
        node = inner[-1]
    return node
