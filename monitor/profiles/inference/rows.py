"""Find the rows and the pager of an HTML page that no profile describes yet. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.text import squeeze
from monitor.profiles.declarative.html import column_words, following
from monitor.profiles.html_tree import ancestors
from monitor.profiles.inference.values import (
    NUMBER,
    YEAR_ALONE,
    days,
    distinct,
    field_named,
    kind_of,
    length,
    share,
    words_of,
)
from monitor.profiles.markup import node_text

_DEEPEST = 20  # elements named by a selector
_FEWEST = 3  # elements that make a list
_TITLE = 12  # characters of a link that may be a title
_CHROME = {"nav", "header", "footer", "aside", "form", "select", "head", "script", "style", "svg", "noscript"}
HOLDS_ROWS = "data-holds-rows"  # marks a form that is around the page and not one of its parts
_CHROME_WORDS = regex.compile(
    r"(?i)\b(?:nav|menu|breadcrumb|pager|pagination|footer|header|sidebar|social|share)\b"
)
_COUNTED = regex.compile(r"\d|^(?:odd|even|first|last|active|selected|clearfix|row|col.*)$")
_NAME = regex.compile(r"-?[A-Za-z_][\w-]*")
# What the first of several rows of a record has and the others lack.
_SIGNS = ("a[href]", "th", "td[colspan]", "strong, b, h2, h3, h4", "td:nth-of-type(2)", "td:nth-of-type(3)")
_OVER_ROWS = "td[colspan]:only-child, th[colspan]:only-child"  # a cell that holds for the rows below it
_MOST_ROWS = 4  # of one record
_DATED = 0.4  # share of the rows below a title that have a day or a number
_TOLD = rf"{NUMBER}|(?i:\bstatus\s*:)"  # what is said of a record below its heading
_NEXT = regex.compile(r"(?i)\W*(?:next(?: page)?|older(?: posts| entries)?)\W*")


@dataclass(frozen=True, slots=True)
class Rows:
    """Repeating elements: their selector, the elements, and how likely they are the records.

    `behind` holds the details of each element; `anchor` is a short selector of the elements among them.
    """

    selector: str
    nodes: tuple[LexborNode, ...]
    score: float
    headings: tuple[str, ...] = ()
    details: str | None = None
    behind: tuple[tuple[LexborNode, ...], ...] = ()
    anchor: str = ""

    def parts(self, at: int) -> list[tuple[LexborNode, str]]:
        """Return the element at a place and its details, each with a selector of it; "" for the element."""
        parts = [(self.nodes[at], "")]
        for number, part in enumerate(self.behind[at] if self.behind else (), 1):
            parts.append((part, f"{self.anchor}{f' + {part.tag}' * number}"))
        return parts


def repeating(tree: LexborHTMLParser) -> list[Rows]:
    """Return the repeating elements of a page, the likeliest list of records first."""
    found = [*_tables(tree), *_definitions(tree), *_headed(tree), *_elements(tree)]
    return sorted(found, key=lambda rows: -rows.score)


def _tables(tree: LexborHTMLParser) -> Iterator[Rows]:
    alike: dict[str, list[LexborNode]] = {}
    tables = tree.css("table")
    layouts = _layouts(tables)
    for table in tables:
        if table.mem_id in layouts or is_chrome(table):
            continue
        rows = [row for row in table.css("tr") if row.css_first("td")]
        if not rows:
            continue
        alike.setdefault(selector_of(tree, table, by_id=False), []).append(table)
        grouped = [row for row in rows if row.css_first(_OVER_ROWS) is None]
        among = f":not(:has({_OVER_ROWS}))" if 1 < len(grouped) < len(rows) else ""
        rows = grouped if among else rows
        if len(rows) < 2:
            continue
        headings = tuple(column_words(table))
        named = sum(field_named(words, kind_of(headings)) is not None for words in headings)
        selector = f"{selector_of(tree, table)} tr:has(td){among}"
        # Known headings are a better sign than the look of the rows.
        yield Rows(selector, tuple(rows), _score(rows) + named, headings)
    for own, tables in alike.items():
        yield from _several(tree, f"{own} > tbody > tr")
        rows = [row for table in tables for row in table.css("tr:has(td)")]
        if len(tables) > 1 and all(table.css_first("th") is None for table in tables):
            yield Rows(f"{own} tr:has(td)", tuple(rows), _score(rows))


def _layouts(tables: list[LexborNode]) -> set[int]:
    """Return the tables that hold tables in tables in tables: they only place what is on a page."""
    around = ([one.mem_id for one in ancestors(table) if one.tag == "table"] for table in tables)
    return {table for one in around for table in one[2:]}


def _several(tree: LexborHTMLParser, own: str) -> Iterator[Rows]:
    """Yield the first rows of records that take several each, known by what only the first one has."""
    rows = tree.css(own)
    for sign in _SIGNS:
        first = [at for at, row in enumerate(rows) if row.css_first(sign) is not None]
        steps = {after - before for before, after in pairwise([*first, len(rows)])}
        if len(first) < 2 or first[0] != 0 or len(steps) != 1 or not 1 < steps.pop() <= _MOST_ROWS:
            continue
        heads = [rows[at] for at in first]
        texts = list(map(_spaced, heads))
        rest = [_spaced(row) for at, row in enumerate(rows) if at not in first]
        if not all(map(_has_title, heads)) and (days(texts) > 0.5 or length(texts) < _TITLE):
            continue
        if days(rest) >= _DATED or share(rest, NUMBER) >= _DATED:
            found = _with_details(tree, f"{own}:has({sign})", f"{own}:not(:has({sign}))", heads)
            yield replace(found, anchor=f"tr:has({sign})", score=_score(heads) + 2)


def _with_details(tree: LexborHTMLParser, selector: str, details: str, nodes: list[LexborNode]) -> Rows:
    """Return rows together with the elements that follow each and belong to it."""
    known, own = {node.mem_id for node in tree.css(details)}, {node.mem_id for node in nodes}
    behind = tuple(tuple(following(node, known, own)) for node in nodes)
    return Rows(selector, tuple(nodes), _score(nodes), details=details, behind=behind)


def _definitions(tree: LexborHTMLParser) -> Iterator[Rows]:
    lists: dict[str, list[LexborNode]] = {}
    for dl in tree.css("dl"):
        if not is_chrome(dl):
            lists.setdefault(selector_of(tree, dl, by_id=False), []).append(dl)
    for own, dls in lists.items():
        terms = [term for dl in dls for term in dl.css("dt")]
        values = [value for dl in dls for value in dl.css("dd")]
        said = [words_of(node_text(term)) for term in terms]
        when = [node_text(term) for term in terms]
        if terms and len(values) >= _FEWEST and (days(when) > 0.8 or share(when, YEAR_ALONE) > 0.8):
            # Days or years that hold for all that follows them.
            yield Rows(f"{own} dd", tuple(values), _score(values) + 0.5)
        elif len(terms) >= _FEWEST and len(set(said)) == len(terms):
            found = _with_details(tree, f"{own} dt", f"{own} dd", terms)
            yield replace(found, anchor="dt", score=found.score + 0.3)


def _headed(tree: LexborHTMLParser) -> Iterator[Rows]:
    """Yield headings of one parent, each with what follows it up to the next one."""
    groups: dict[tuple[str, str], list[LexborNode]] = {}
    parents: dict[int, str] = {}
    for node in tree.css("body h2, body h3, body h4, body h5"):
        if node.parent is not None and not is_chrome(node):
            if node.parent.mem_id not in parents:  # there may be thousands of headings below one
                parents[node.parent.mem_id] = selector_of(tree, node.parent)
            groups.setdefault((parents[node.parent.mem_id], str(node.tag)), []).append(node)
    for (own, tag), nodes in groups.items():
        if len(nodes) < _FEWEST:
            continue
        found = _with_details(tree, f"{own} > {tag}", f"{own} > :not({tag})", nodes)
        rest = [" ".join(map(_spaced, behind)) for behind in found.behind[:40]]
        if days(rest) + share(rest, _TOLD) >= _DATED:
            yield replace(found, anchor=tag, score=found.score + 0.3)


def _elements(tree: LexborHTMLParser) -> Iterator[Rows]:
    groups: dict[tuple[str, tuple[str, ...]], list[LexborNode]] = {}
    for node in tree.css("body *"):
        if node.tag in ("li", "div", "article", "section", "details", "p", "dl", "a", "h2", "h3", "h4"):
            groups.setdefault((node.tag, steady_classes(node)), []).append(node)
    for (tag, classes), nodes in groups.items():
        if classes:
            yield from _group(
                tree, [f"{tag}.{one}" for one in classes] + [f"{tag}.{'.'.join(classes)}"], nodes
            )
            continue
        if tag not in ("a", "h2", "h3", "h4"):
            yield from _unnamed(tree, tag, nodes)


def _unnamed(tree: LexborHTMLParser, tag: str, nodes: list[LexborNode]) -> Iterator[Rows]:
    """Yield elements without classes as rows: those of one parent, or of all parents that are alike."""
    parents: dict[int, list[LexborNode]] = {}
    for node in nodes:
        parents.setdefault(node.parent.mem_id if node.parent else 0, []).append(node)
    alike: dict[str, list[list[LexborNode]]] = {}
    for same in parents.values():
        if (parent := same[0].parent) is not None:
            for own in {selector_of(tree, parent, by_id=by_id) for by_id in (False, True)}:
                alike.setdefault(own, []).append(same)
    for own, groups in alike.items():
        plain = [node for same in groups for node in same if not node.attributes.get("class")]
        # Parts of records are alike too, but they do not all have a title.
        if len(groups) > 1 and not all(_has_title(node) for node in plain):
            continue
        yield from _group(tree, [f"{own} > {tag}", f"{own} > {tag}:not([class])"], plain)


def _group(tree: LexborHTMLParser, selectors: list[str], nodes: list[LexborNode]) -> Iterator[Rows]:
    """Yield similar elements as rows, with the first selector that selects exactly these."""
    nodes = [node for node in nodes if not is_chrome(node)]
    known = {node.mem_id for node in nodes}
    if not _are_enough(nodes) or any(above.mem_id in known for node in nodes for above in ancestors(node)):
        return
    for selector in (*selectors, *(f"main {one}" for one in selectors)):
        if {node.mem_id for node in tree.css(selector)} == known:
            yield Rows(selector, tuple(nodes), _score(nodes))
            return


def _are_enough(nodes: list[LexborNode]) -> bool:
    """Return whether elements make a list; two do where each has a link and a day or a number."""
    if len(nodes) != _FEWEST - 1:
        return len(nodes) >= _FEWEST
    texts = [node_text(node) for node in nodes]
    return all(map(_has_title, nodes)) and (days(texts) == 1 or share(texts, NUMBER) == 1)


def is_title(link: LexborNode) -> bool:
    """Return whether a link has as many words as a title."""
    return len(node_text(link)) >= _TITLE


def _has_title(node: LexborNode) -> bool:
    link = node.css_first("a[href]")
    return link is not None and is_title(link)


def _score(rows: list[LexborNode]) -> float:
    """Return how much rows look like records: many, each with its own words, a link, a day, a number."""
    texts = list(map(_spaced, rows[:40]))
    links = [row.css_first("a[href]") for row in rows[:40]]
    titled = sum(link is not None and len(node_text(link)) >= _TITLE for link in links) / len(texts)
    if distinct(texts) < 0.8 or not 12 <= length(texts) <= 4000:
        return 0
    many = min(len(rows), 20) / 20
    return many + titled + days(texts) + 0.7 * share(texts, NUMBER) + 0.2 * (length(texts) > 40)


def _spaced(row: LexborNode) -> str:
    return squeeze(row.text(separator=" "))


def is_chrome(node: LexborNode) -> bool:
    """Return whether an element belongs to the frame of a site: its menus, its pager, its footer."""
    for one in (node, *ancestors(node)):
        if one.tag in ("body", "html", "main"):
            return False
        said = f"{one.attributes.get('class') or ''} {one.attributes.get('role') or ''} {one.id or ''}"
        if one.tag == "ul" and "tabs" in said:
            return True  # the heads of tabs; their panels hold the lists
        if HOLDS_ROWS in one.attributes:
            continue
        if one.tag in _CHROME or _CHROME_WORDS.search(said.replace("-", " ").replace("_", " ")):
            return True
    return False


def steady_classes(node: LexborNode) -> tuple[str, ...]:
    """Return the classes that describe an element's kind and not its position: no counters, no columns."""
    names = (node.attributes.get("class") or "").split()
    return tuple(sorted(name for name in names if _NAME.fullmatch(name) and not _COUNTED.search(name)))


def selector_of(
    tree: LexborHTMLParser, node: LexborNode, depth: int = _DEEPEST, *, by_id: bool = True
) -> str:
    """Return a short selector of an element: by id or class if that is enough, or below its parent."""
    own = str(node.tag)
    if by_id and node.id and _NAME.fullmatch(node.id) and not _COUNTED.search(node.id):
        return f"#{node.id}"
    if classes := steady_classes(node):
        own = f"{node.tag}.{'.'.join(classes[:2])}"
    if node.tag in ("body", "main", "html") or len(tree.css(own)) == 1 or node.parent is None or depth <= 1:
        return own
    return f"{selector_of(tree, node.parent, depth - 1, by_id=by_id)} > {own}"


def next_link(tree: LexborHTMLParser) -> str | None:
    """Return a selector of the link to the next page, for a pager that is not one of the usual ones."""
    for link in tree.css("a[href]"):
        label = link.attributes.get("aria-label") or ""
        if not (_NEXT.fullmatch(node_text(link)) or _NEXT.fullmatch(label)):
            continue
        tries = [f"a.{one}" for one in steady_classes(link)]
        tries += [f'a[aria-label="{quoted(label)}"]'] if label else []
        words = link.text(deep=False).strip()
        tries += [f'a:lexbor-contains("{quoted(words)}")'] if words else []
        for css in tries:
            if {one.attributes.get("href") for one in tree.css(css)} == {link.attributes.get("href")}:
                return css
    return None


def quoted(text: str) -> str:
    """Return a text escaped for double quotes in a selector."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
