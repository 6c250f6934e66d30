"""Read a page as the lines that a reader sees, where its words are known and its markup is not. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from monitor.domain.notes import is_badge
from monitor.domain.text import comparable_title, squeeze
from monitor.profiles.markup import (
    alternative,
    is_first_page,
    is_markup,
    node_text,
    says_nothing_listed,
)
from monitor.profiles.page_end import breaks_off, ends_whole
from monitor.profiles.pager import paging
from monitor.profiles.shown import shown_tree

_UNSEEN = "script, style, template, nav, header, footer, form:not(:has(h2, h3, h4, dl)), .pager"
_HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6", "summary"))
_TERMS = frozenset(("dt", "th", "label"))
_PICTURES = ("img", "svg", "i")
# Elements within a sentence. A span or a button is one where its parent has text of its own.
_IN_SENTENCE = frozenset(
    ("a", "abbr", "b", "cite", "em", "i", "mark", "q", "s", "small", "strong", "sub", "sup", "u")
)
_MAY_BE_IN_SENTENCE = frozenset(("span", "button", "font", "ins", "del", "code", "time"))
_HEADING_CLASS = re.compile(r"(?:^|[\s_-])(?:heading|accordion__button)(?:$|\s)")
_CONTROLS = "a, button, h2 span, h3 span, h4 span, h5 span, h6 span, summary span, button span"
# What a link, a button or a part of a heading says that is not part of the text.
_CONTROL = re.compile(
    r"(?:(?:expand|collapse|toggle|show|hide)(?: (?:all|more|less|details?|section|recommendations?))?"
    r"|(?:view|read|see|download)(?: the)?(?: full| complete)?(?: (?:report|summary|pdf|details?|more|less))+"
    r"|back to top|share|print)\W*",
    re.I,
)
_MOST_TAGS = 20  # elements above a text that are looked at


@dataclass(frozen=True, slots=True)
class Lines:
    """What a page shows, line by line, and what it states about itself; `alone`: it is the only page."""

    lines: tuple[str, ...]
    headings: frozenset[int] = frozenset()  # indexes of the lines that are headings
    terms: frozenset[int] = frozenset()  # indexes of the lines that are marked as labels
    cut: bool = False  # the page breaks off: its last lines may be cut short
    next_url: str | None = None
    alone: bool = False
    says_empty: bool = False
    problems: tuple[str, ...] = ()
    title: str = ""


@dataclass(slots=True)
class Labelled:
    """The text before the first label, the values after each label, and the labels that come twice."""

    text: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)

    def value(self, label: str) -> str | None:
        """Return the value after a label, on one line."""
        return squeeze(" ".join(self.values.get(label, ()))) or None


def page_lines(text: str, url: str, base: str) -> Lines:
    """Return the lines of a page or of its saved text; a picture counts as its alternative text."""
    if not is_markup(text):
        lines = tuple(line for line in map(squeeze, text.split("\n")) if line)
        return Lines(lines, says_empty=says_nothing_listed(list(lines)), cut=True)
    tree = shown_tree(text)
    pages = paging(tree, text, url if url.startswith("http") else base)
    following = pages.next_url
    title = node_text(tree.css_first("h1"))
    for node in tree.css(_UNSEEN):
        node.decompose()
    for node in tree.css(_CONTROLS):
        if _CONTROL.fullmatch(node_text(node)):
            node.decompose()
    main = tree.css_first("main") or tree.body
    said = list(_said(main)) if main is not None else []
    lines = tuple(line.words for line in said)
    broken = breaks_off(text)
    return Lines(
        lines,
        frozenset(at for at, line in enumerate(said) if line.above & _HEADINGS),
        frozenset(at for at, line in enumerate(said) if line.above & _TERMS),
        not ends_whole(text),
        following,
        following is None and is_first_page(url) and ends_whole(text),
        says_nothing_listed(list(lines)),
        tuple(problem for problem in (broken, pages.more) if problem),
        title,
    )


@dataclass(slots=True)
class _Line:
    """One line of a page, the block that it is in, and the tags around it."""

    words: str
    block: int
    above: frozenset[str]


def _said(main: LexborNode) -> Iterator[_Line]:
    """Yield each line: the text of a block up to the next block or picture."""
    line: _Line | None = None
    with_text: dict[int, bool] = {}
    for one in main.traverse(include_text=True):
        picture = one.tag in _PICTURES and _alternative(one)
        if one.tag == "-text" and (words := one.text_content or ""):
            block, above = _block(one, with_text)
            if line is not None and line.block == block:
                line.words += words if _goes_on(line.words, words) else f" {words}"
                continue
        elif picture:
            block, words, above = 0, picture, frozenset[str]()
        elif one.tag == "br":
            block, words, above = 0, "", frozenset()
        else:
            continue
        yield from _shown(line)
        line = _Line(words, block, above)
    yield from _shown(line)


def _shown(line: _Line | None) -> Iterator[_Line]:
    if line is not None and (words := squeeze(line.words)):
        yield _Line(words, line.block, line.above)


def _goes_on(before: str, words: str) -> bool:
    """Return whether two runs of text are one; numbers and words that end an element do not go on."""
    if before[-1:].isdigit() and words[:1].isdigit():
        return False
    return not (before[-1:].islower() and words[:1].isupper())


def _alternative(node: LexborNode) -> str:
    words = squeeze(alternative(node))
    return "" if is_badge(words) else words


def _block(node: LexborNode, with_text: dict[int, bool]) -> tuple[int, frozenset[str]]:
    """Return the id of the block that shows a text on a line of its own, and the tags around it.

    `with_text` keeps, by id, which elements have text of their own: one may have 100,000 parts.
    """
    above = node.parent
    while above is not None and above.parent is not None and _is_in_sentence(above, with_text):
        above = above.parent
    tags, block = set[str](), above.mem_id if above is not None else 0
    while node.parent is not None and len(tags) < _MOST_TAGS:
        node = node.parent
        tags.add(str(node.tag))
        if node.tag in _HEADINGS or _HEADING_CLASS.search(node.attributes.get("class") or ""):
            tags.add("h6")
            block = node.mem_id  # a heading is one line, whatever is in it
    return block, frozenset(tags)


def _is_in_sentence(node: LexborNode, with_text: dict[int, bool]) -> bool:
    if node.tag in _IN_SENTENCE:
        return True
    if node.tag not in _MAY_BE_IN_SENTENCE or node.parent is None:
        return False
    around = node.parent
    if around.mem_id not in with_text:
        beside = around.iter(include_text=True)
        with_text[around.mem_id] = any(
            one.tag == "-text" and (one.text_content or "").strip() for one in beside
        )
    return with_text[around.mem_id]


def labelled(
    lines: Sequence[str], labels: Mapping[str, str], terms: Collection[int] | None = None
) -> Labelled:
    """Split lines at their labels: `Status: Open`, `Status Open`, or the label on its own line.

    `labels` gives, by label, the pattern of a value that may follow it without a colon. `terms` are the
    places of the lines that the page itself marks as labels; where it marks some, no other line is one.
    """
    known = {comparable_title(label): (label, value) for label, value in labels.items()}
    terms = terms or ()
    marked = {at for at in terms if at < len(lines) and _bare(lines[at]) in known}
    found = Labelled()
    into = found.text
    for at, line in enumerate(lines):
        label, rest = _label(line, known) if not marked or at in marked else (None, line)
        if label is None and marked and line and at in terms:
            label, rest = line, ""  # the page marks it as a label that nobody knows
        if label is not None:
            found.twice += [label] if label in found.values else []
            into = found.values.setdefault(label, [])
        if rest:
            into.append(rest)
    return found


def _bare(line: str) -> str:
    return comparable_title(line).strip(" :")


def _label(line: str, known: Mapping[str, tuple[str, str]]) -> tuple[str | None, str]:
    folded = comparable_title(line)
    for words, (label, value) in known.items():
        rest = line[len(words) :].strip(" :")
        if folded in (words, f"{words}:") or folded.startswith(f"{words}:"):
            return label, rest
        # A sentence may begin with the word of a label: without a colon its value must be a usual one.
        if folded.startswith(f"{words} ") and re.fullmatch(value, rest, re.I):
            return label, rest
    return None, line
