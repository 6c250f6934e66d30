"""Read a page as the lines that a reader sees, where its words are known and its markup is not. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from monitor.domain.text import comparable_title, squeeze
from monitor.profiles.markup import (
    breaks_off,
    ends_whole,
    is_first_page,
    is_markup,
    node_text,
    says_nothing_listed,
)
from monitor.profiles.pager import paging
from monitor.profiles.shown import shown_tree

_UNSEEN = "script, style, template, nav, header, footer, form, .pager"
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_SAID_OTHERWISE = ("alt", "aria-label", "title")


@dataclass(frozen=True, slots=True)
class Lines:
    """What a page shows, line by line, and what it states about itself; `alone`: it is the only page."""

    lines: tuple[str, ...]
    headings: frozenset[int] = frozenset()  # indexes of the lines that are headings
    next_url: str | None = None
    alone: bool = False
    says_empty: bool = False
    problems: tuple[str, ...] = ()
    title: str = ""


@dataclass(slots=True)
class Labelled:
    """The text before the first label, and the values after each label."""

    text: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)

    def value(self, label: str) -> str | None:
        """Return the value after a label, on one line."""
        return squeeze(" ".join(self.values.get(label, ()))) or None


def page_lines(text: str, url: str, base: str) -> Lines:
    """Return the lines of a page or of its saved text; a picture counts as its alternative text."""
    if not is_markup(text):
        lines = tuple(line for line in map(squeeze, text.split("\n")) if line)
        return Lines(lines, says_empty=says_nothing_listed(list(lines)))
    tree = shown_tree(text)
    pages = paging(tree, text, url if url.startswith("http") else base)
    following = pages.next_url
    title = node_text(tree.css_first("h1"))
    for node in tree.css(_UNSEEN):
        node.decompose()
    main = tree.css_first("main") or tree.body
    said = [one for one in _said(main) if one[0]] if main is not None else []
    lines = tuple(line for line, _ in said)
    broken = breaks_off(text)
    return Lines(
        lines,
        frozenset(at for at, (_, is_heading) in enumerate(said) if is_heading),
        following,
        following is None and is_first_page(url) and ends_whole(text),
        says_nothing_listed(list(lines)),
        tuple(problem for problem in (broken, pages.more) if problem),
        title,
    )


def _said(node: LexborNode) -> Iterator[tuple[str, bool]]:
    """Yield each run of text, and whether it is a heading."""
    for one in node.traverse(include_text=True):
        if one.tag == "-text":
            above = one.parent.tag if one.parent else ""
            yield squeeze(one.text_content or ""), above in _HEADINGS
        elif one.tag in _HEADINGS and len(list(one.iter(include_text=True))) > 1:
            continue
        elif one.tag in ("img", "svg", "i"):
            said = (one.attributes.get(name) for name in _SAID_OTHERWISE)
            yield squeeze(next((words for words in said if words), "")), False


def labelled(lines: Sequence[str], labels: Sequence[str]) -> Labelled:
    """Split lines at their labels: `Status: Open`, `Status Open`, or the label on its own line."""
    known: Mapping[str, str] = {comparable_title(label): label for label in labels}
    found = Labelled()
    into = found.text
    for line in lines:
        label, rest = _label(line, known)
        if label is not None:
            into = found.values.setdefault(label, [])
        if rest:
            into.append(rest)
    return found


def _label(line: str, known: Mapping[str, str]) -> tuple[str | None, str]:
    folded = comparable_title(line)
    for words, label in known.items():
        if folded == words or folded.startswith((f"{words}:", f"{words} ")):
            return label, line[len(words) :].strip(" :")
    return None, line
