"""The next page of a list, known by what its link is, and the signs of more that cannot be followed. Pure.

A page that speaks of more rows (a next link that leads nowhere, "1-10 of 25", "page 1 of 3") and names no
next page that can be asked for does not show a complete list.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import chain, islice
from urllib.parse import parse_qsl, urlencode

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.text import squeeze
from monitor.profiles.markup import absolute, is_first_page, split_url

_REL = 'a[rel~="next"], link[rel~="next"]'
_PREVIOUS = 'a[rel~="prev"], link[rel~="prev"], .pager__item--previous a, .pager-previous a'
_KNOWN = ".pager__item--next, .pager-next"
_CONTROLS = "a, button, input[type=submit], input[type=button], [role=button], [onclick]"
_NEXT = re.compile(
    r"\W*(?:(?:go to |view |show )?(?:the )?"
    r"next(?: page| \d+| results?| records?| reports?| entries| items| set)*(?: of .{0,40})?|forward"
    r"|older(?: posts?| entries| reports?| items| results?)?|(?:load|show|view|see) more"
    r"(?: results?| reports?| records?| items| entries| recommendations)?|more results"
    r"|(?:continue|proceed) to (?:the )?(?:next )?page(?: \d+)?|earlier (?:posts?|entries|reports?)"
    r"|(?:página )?siguiente|(?:ver|cargar) más|(?:page )?suivante?)\W*",
    re.I,
)
_ARROWS = frozenset(
    ("\u203a", "\u203a\u203a", "\u00bb", ">", ">>", "\u2192", "\u25b6", "\u25ba", "\u276f", "\u27a1")
)
_MORE = re.compile(r"more\W*", re.I)  # beside a row it leads to that row
_LOAD_MORE = re.compile(r"\W*(?:load|show|view|see) more|more results", re.I)
_PAGE = re.compile(r"[\[(]?(?:(?:go to |current )?page )?(\d{1,4})(?:\s*\(current\))?[\])]?", re.I)
_PAGER = re.compile(r"pag(?:er|inat|ing|e-?nav|e-?numbers)|wp-pagenavi|nav-links|dataTables_paginate", re.I)
_POSTED = re.compile(r"\bPage\$\w+")  # ASP.NET's pager, which has no class
# What a link's query calls a page or its first row; another name may be that of a filter or a calendar.
_PAGE_NAME = re.compile(
    r"p|pg|pn|s|o|i|from|skip|first|begin|cursor|after|.*(?:page|start|offset|index).*", re.I
)
_YEARS = range(1900, 2100)
_LINK_HEADER = re.compile(
    r"""<([^<>]{1,2000})>(?:\s*;[^,<>]{0,200})?;\s*rel\s*=\s*["']?(?:[\w-]+ )*next\b""", re.I
)
_SLIDES = re.compile(r"carousel|slide|slick|swiper|gallery|calendar|datepicker|lightbox|tour", re.I)
_AS_SCROLLED = '[data-next-url], [data-next-page], [hx-trigger~="revealed"], .infinite-scroll'
_CURRENT = re.compile(r"\b(?:active|current|is-active|is-current|usa-current|selected)\b", re.I)
_OFF = re.compile(r"\b(?:disabled|is-disabled|inactive)\b", re.I)
_NUMBER = r"(\d[\d,]{0,8})"
_THINGS = r"(?:[a-z]+ ){0,3}[a-z]*"
_RANGE = re.compile(
    rf"(?:[a-z]+ ){{0,4}}:?\s*{_NUMBER}\s*(?:-|–|—|to|through|thru)\s*{_NUMBER}\s+(?:out )?of\s+"
    rf"(?:about |over |approximately |more than |a total of )?{_NUMBER}\s*{_THINGS}\W*(?:\(.*\))?\W*",
    re.I,
)
_PART = re.compile(
    rf"(?:showing|displaying|viewing)\s+(?:the first )?{_NUMBER}\s+(?:out )?of\s+{_NUMBER}\s*{_THINGS}\W*"
    rf"|{_NUMBER}\s+of\s+{_NUMBER}\s+{_THINGS}\s(?:shown|displayed|listed)\W*",
    re.I,
)
_PAGES = re.compile(rf"(?:[a-z]+ ){{0,3}}page:?\s*{_NUMBER}\s*(?:of|/)\s*{_NUMBER}\W*", re.I)
_COUNTED = r"(?:results?|records?|matches|items|entries|reports?)"
_COUNT = re.compile(
    rf"(?:.{{0,20}}\b(?:found|returned|are) )?{_NUMBER}\s+{_COUNTED}"
    r"(?: (?:were )?found| returned| in (?:all|total))?\W*"
    rf"|(?:total )?number of {_COUNTED}\s*:?\s*{_NUMBER}\W*|{_COUNTED}(?: found)?\s?:\s*{_NUMBER}\W*"
    rf"|total(?: {_COUNTED}|:)\s*:?\s*{_NUMBER}\W*|{_NUMBER} (?:in )?total\W*"
    rf"|(?:show|see|view) all {_NUMBER} {_COUNTED}\W*",
    re.I,
)
_SHARE = re.compile(rf"{_NUMBER}\s+(?:out )?of\s+{_NUMBER}\s+{_COUNTED}\W*", re.I)
_AGED = "(?:most recent|latest|newest)"
_NEWEST = re.compile(rf".{{0,30}}\b(?:{_NUMBER} {_AGED}|{_AGED} {_NUMBER}) .{{0,40}}", re.I)
_GAP = r"(?:\s|&nbsp;|<[^<>]{0,200}>){1,9}"
# Each begins with letters that do not vary: the library then searches ten times as fast.
_OF = re.compile(rf"of(?=[\s<&]){_GAP}(?:(?:about|over|approximately|more than|a total of){_GAP})?\d")
_AGE = re.compile(rf"age(?=[:\s<&]):?{_GAP}\d{{1,4}}(?:{_GAP})?/")
_COUNT_ENDS = ("otal", "esults?", "ecords?", "atches", "tems", "ntries", "eports", "ecent", "atest", "ewest")
_HOW_MANY = tuple(re.compile(rf"{letters}\b") for letters in _COUNT_ENDS)
_ELSEWHERE = re.compile(
    r"<(?:a|button|option)\b[^<>]{0,500}>\s*(?:(?:(?:19|20)\d\d|FY ?\d\d(?:\d\d)?|archives?)\s*<"
    r"|(?:(?:view|see|show|browse) )?(?:all|older|previous|past|prior|earlier|archived)\b[^<]{0,40}<)",
    re.I,
)
_BLOCK = re.compile(
    r"</?(?:div|p|li|ul|ol|t[dhr]|table|nav|section|main|body|h\d|br|form|header|footer|option|select"
    r"|caption)\b[^<>]*>",
    re.I,
)
_TAG = re.compile(r"<[^<>]*>")
# Nearly every link is a title.
_MAY_CONTROL = re.compile(rf".{{0,4}}|{_PAGE.pattern}|{_MORE.pattern}|{_NEXT.pattern}", re.I)
_LONGEST = 60  # characters of what a control of a pager is called
_LONGEST_SIGN = 4  # characters of a sign or a number, which may say more in another attribute
_SEEN = 600  # source characters around a sign
_MOST_SIGNS = 200
_MOST_NUMBERS = 1_000  # numbers among a page's links: a calendar or an index has some hundreds


@dataclass(frozen=True, slots=True)
class Paging:
    """The address of the next page, or a sentence about more rows that cannot be followed to."""

    next_url: str | None = None
    more: str | None = None


def paging(tree: LexborHTMLParser, text: str, base: str, rows: int | None = None) -> Paging:
    """Return where a list goes on; `rows` is how many of it the page shows, where that is known."""
    if before := _before(tree, base):
        return Paging(
            None, f"The page has a page before it ({before}), and its address is that of the first."
        )
    following, unfollowed = _following(tree, base)
    if following is not None:
        return Paging(following)
    if unfollowed := unfollowed or _as_scrolled(tree):
        return Paging(None, f"The page has a control for more rows ({unfollowed!r}) that is not a link.")
    if stated := _stated_more(text, rows):
        return Paging(None, f"The page says {stated!r} and links no further page.")
    return Paging()


def _before(tree: LexborHTMLParser, base: str) -> str | None:
    """Return the page before one that has the address of the first, as one saved by its canonical link."""
    if not is_first_page(base):
        return None
    for node in tree.css(_PREVIOUS):
        url = _target(node, base)
        if url and _is_same_list(url, base) and (url == base or "page" in dict(parse_qsl(split_url(url)[3]))):
            return url
    return None


def next_page(tree: LexborHTMLParser, base: str) -> str | None:
    """Return the absolute URL of the next page of a list, or None where the page links none."""
    return _following(tree, base)[0]


def _following(tree: LexborHTMLParser, base: str) -> tuple[str | None, str | None]:
    """Return the next page's address, and the words of a control for more that leads nowhere."""
    for node in tree.css(_REL):
        if (url := _target(node, base)) and (node.tag == "a" or _is_same_list(url, base)):
            return url, None
    if (pager := tree.css_first(_KNOWN)) is not None:
        link = pager if pager.tag == "a" else pager.css_first("a")
        return (_target(link, base) if link else None), None
    return _by_label(tree, base)


def _target(link: LexborNode, base: str) -> str | None:
    href = (link.attributes.get("href") or "").strip()
    if not href or href.startswith("#") or href.lower().startswith("javascript:"):
        return None
    return absolute(with_filters(href, split_url(base)[3]) if href.startswith("?") else href, base)


def linked_next(links: str, base: str, *, page: bool) -> str | None:
    """Return the next page that an answer's Link header names; of a web `page` only one of the same list."""
    url = absolute(found[1], base) if (found := _LINK_HEADER.search(links)) else None
    return url if url and url != base and (not page or _is_same_list(url, base)) else None


def with_filters(href: str, query: str) -> str:
    """Return a pager's link with the page's own filters where it carries only the page number."""
    wanted = parse_qsl(href[1:], keep_blank_values=True)
    if {name for name, _ in wanted} != {"page"}:
        return href
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "page"]
    return "?" + urlencode(kept + wanted)


def _is_same_list(url: str, base: str) -> bool:
    """Return whether a link leads to another page of the same list, and not to the next article of a blog."""
    scheme, host, path, _ = split_url(url)
    own_scheme, own_host, own_path, _ = split_url(base)
    stem = re.compile(r"/(?:page/?)?\d+/?$")
    if (host, scheme in ("http", "https")) != (own_host, own_scheme in ("http", "https")):
        return False
    return stem.sub("", path).rstrip("/") == stem.sub("", own_path).rstrip("/")


def _by_label(tree: LexborHTMLParser, base: str) -> tuple[str | None, str | None]:
    """Look through the links and buttons for one named next, or for the number after the current page's."""
    unfollowed = None
    numbered: list[tuple[int, LexborNode]] = []
    for node in tree.css(_CONTROLS):
        words = (node.text() or (node.tag == "input" and node.attributes.get("value")) or "").strip()
        if len(words) > _LONGEST or not _MAY_CONTROL.fullmatch(words := squeeze(words)):
            continue
        if found := _PAGE.fullmatch(words):
            numbered.append((int(found[1]), node))
            continue
        attributes = node.attributes if len(words) <= _LONGEST_SIGN else {}
        picture = node.css_first("img[alt]") if not words else None
        shown = picture.attributes.get("alt") if picture else None
        label = squeeze(attributes.get("aria-label") or attributes.get("title") or shown or "")
        named = bool(_NEXT.fullmatch(words) or _NEXT.fullmatch(label))
        if not (named or words in _ARROWS or _MORE.fullmatch(words)) or _is_off(node):
            continue
        url = _target(node, base) if node.tag == "a" else None
        in_pager = _is_in_pager(node)
        if url and url != base and (in_pager or _leads_on(node, url, base, named=named)):
            return url, None
        if not url and (in_pager or _LOAD_MORE.match(words) or (named and _acts(node))):
            unfollowed = unfollowed or words or label
    return _by_number(numbered, base, unfollowed)


def _by_number(
    numbered: list[tuple[int, LexborNode]], base: str, unfollowed: str | None
) -> tuple[str | None, str | None]:
    """Find the page after the current one, which is the one that is not a link or is marked."""
    links: dict[int, LexborNode] = {}
    current = None
    for number, node in numbered[:_MOST_NUMBERS]:
        if not _is_in_pager(node) and (
            number in _YEARS or _is_in_row(node) or not _is_turn(_target(node, base) or base, base)
        ):
            continue
        if _is_marked(node) or (node.tag == "a" and _target(node, base) == base):
            current = number
        else:
            links.setdefault(number, node)
    if not links:
        return None, unfollowed
    gap = next((one for one in range(1, max(links) + 1) if one not in links), None)
    following = links.get((current or gap or 1) + 1)
    if following is None:
        return None, unfollowed
    url = _target(following, base) if following.tag == "a" else None
    is_known = _is_in_pager(following) or (url and _turns_pages(url, base))
    if not (current or gap or is_known):
        return None, unfollowed  # every number is a link: these may be regions or volumes
    return (url, None) if url and is_known else (None, unfollowed or str((current or gap or 1) + 1))


def _as_scrolled(tree: LexborHTMLParser) -> str | None:
    """Return the sign of rows that a script fetches, or of pages that a form offers by their numbers."""
    if (node := tree.css_first(_AS_SCROLLED)) is not None:
        return squeeze(node.text())[:_LONGEST] or "rows that come as the page is scrolled"
    for choice in tree.css("select"):
        words = [squeeze(option.text()).lower() for option in choice.css("option")[:3]]
        is_paged = "page" in f"{choice.attributes.get('name')} {_said(choice)}".lower()
        if words[:2] == ["page 1", "page 2"] or (words[:2] == ["1", "2"] and is_paged):
            return "1, 2, ..."
    return None


def _leads_on(node: LexborNode, url: str, base: str, *, named: bool) -> bool:
    """Return whether a link outside a pager leads to more of the list, whether or not its words say so."""
    return _is_same_list(url, base) if named else not _is_in_row(node) and _turns_pages(url, base)


def _is_turn(url: str, base: str) -> bool:
    """Return whether a link differs from the page's own address in its query alone, which has a digit."""
    *place, query = split_url(url)
    *own_place, own_query = split_url(base)
    return place == own_place and query != own_query and any(map(str.isdigit, query))


def _turns_pages(url: str, base: str) -> bool:
    """Return whether a link differs from the page's own address in what a query calls a page alone."""
    own, other = (dict(parse_qsl(split_url(one)[3], keep_blank_values=True)) for one in (base, url))
    changed = {name for name in {*own, *other} if own.get(name) != other.get(name)}
    return _is_turn(url, base) and all(map(_PAGE_NAME.fullmatch, changed))


def _acts(node: LexborNode) -> bool:
    """Return whether a control runs a script or sends a form that may bring more rows."""
    is_script = (node.attributes.get("href") or "").strip().lower().startswith("javascript:")
    return (node.tag != "a" or is_script) and not any(_SLIDES.search(_said(one)) for one in _near(node, 6))


def _is_in_row(node: LexborNode) -> bool:
    return any(one.tag in ("tr", "article") for one in _near(node, 6))


def _said(node: LexborNode) -> str:
    attributes = node.attributes
    return " ".join(filter(None, (attributes.get(name) for name in ("class", "id", "aria-label"))))


def _near(node: LexborNode, levels: int) -> Iterator[LexborNode]:
    above: LexborNode | None = node
    for _ in range(levels):
        if above is None or above.tag in ("body", "main", "html", None):
            return
        yield above
        above = above.parent


def _is_in_pager(node: LexborNode) -> bool:
    posted = _POSTED.search(node.attributes.get("href") or "")
    return bool(posted) or any(_PAGER.search(_said(one)) for one in _near(node, 6))


def _is_off(node: LexborNode) -> bool:
    return any(
        "disabled" in one.attributes
        or one.attributes.get("aria-disabled") == "true"
        or _OFF.search(one.attributes.get("class") or "")
        for one in _near(node, 2)
    )


def _is_marked(node: LexborNode) -> bool:
    return any(
        one.attributes.get("aria-current") not in (None, "false")
        or _CURRENT.search(one.attributes.get("class") or "")
        for one in _near(node, 2)
    )


def _stated_more(text: str, rows: int | None) -> str | None:
    """Return the words by which a page says that it shows only a part, such as "1-10 of 25"."""
    for sign in chain(_found((_OF, _AGE), text), _found(_HOW_MANY if rows else (), text)):
        start, end = max(0, sign.start() - _SEEN), sign.end() + _SEEN // 3
        before = _BLOCK.split(text[start : sign.start()])[-1]
        after = _BLOCK.split(text[sign.end() : end])[0]
        words = squeeze(unescape(_TAG.sub(" ", before + sign[0] + after)))
        if len(words) < 100 and _states_more(words, rows):
            return words
    return None


def _found(signs: tuple[re.Pattern[str], ...], text: str) -> Iterator[re.Match[str]]:
    return islice(chain.from_iterable(sign.finditer(text) for sign in signs), _MOST_SIGNS)


def _states_more(words: str, rows: int | None) -> bool:
    if found := _RANGE.fullmatch(words):
        _first, last, total = (int(one.replace(",", "")) for one in found.groups())
    elif found := _PART.fullmatch(words) or _PAGES.fullmatch(words):
        last, total = (int(one.replace(",", "")) for one in found.groups() if one)
        if _PAGES.fullmatch(words):
            return last < total
    elif rows and (found := _COUNT.fullmatch(words)):
        return rows < _number_in(found) not in _YEARS  # as in 2025 Reports
    elif rows and (found := _SHARE.fullmatch(words)):
        return rows == int(found[1].replace(",", "")) < int(found[2].replace(",", ""))
    elif rows and (found := _NEWEST.fullmatch(words)):
        return rows == _number_in(found)
    else:
        return False
    return last < total and (rows is None or rows < total)


def hints_at_more(text: str) -> bool:
    """Return whether a page links or offers other parts of its list: years, an archive, all of it."""
    return _ELSEWHERE.search(text) is not None


def _number_in(found: re.Match[str]) -> int:
    """Return the only number of a match, whichever of its groups has it."""
    return int(next(filter(None, found.groups())).replace(",", ""))
