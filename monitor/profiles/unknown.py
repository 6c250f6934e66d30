"""What to say of a page that no profile knows: its looks, the nearest profile, what to do."""

import json
import re
from collections.abc import Callable, Collection
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser

from monitor.domain.errors import ParseError
from monitor.domain.text import squeeze
from monitor.profiles.declarative.csv_file import csv_rows
from monitor.profiles.declarative.headings import folded
from monitor.profiles.html_tree import tree_of
from monitor.profiles.markup import is_markup, node_text, without_sort_words
from monitor.profiles.profile import Profile
from monitor.profiles.shown import shown_tree

_SHOWN = 60  # characters of an address, a title or a list
_FEED = re.compile(r"\s*(?:<\?xml.{0,2000}?\?>\s*|<!--.{0,2000}?-->\s*)*<(rss|feed|rdf:rdf)\b", re.I | re.S)
_XML = re.compile(r"\s*(?:<\?xml\b|<[a-z][\w:.-]{0,40}\s[^>]{0,400}\bxmlns\b)", re.I)
_MOST_READ = 100_000  # characters of JSON that are looked at
_FEWEST_CELLS = 3
_TOO_SHORT = 3  # characters of a heading that in running text may be anything


def data_kind(text: str) -> str | None:
    """Return the format of a text that is data and not a page: json, feed, xml or csv; else None."""
    start = text.lstrip("\ufeff \t\r\n")[:_SHOWN]
    if start[:1] in "[{" and start:
        return "json" if _may_be_json(text) else None
    if start.startswith("<"):
        return (
            "feed" if _FEED.match(text) else None if is_markup(text) else "xml" if _XML.match(text) else None
        )
    return "csv" if len(_headings(text)) >= _FEWEST_CELLS else None


def _may_be_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return re.match(r"\s*(?:\{\s*\"|\[\s*[\[{\"\d])", text) is not None
    return True


def _headings(text: str) -> list[str]:
    """Return the cells of the first line of a text, where the line after it has as many."""
    lines = [line for line in csv_rows(text[:_MOST_READ])[0][:10] if any(map(str.strip, line))]
    return next((a for a, b in pairwise(lines) if len(a) == len(b) >= _FEWEST_CELLS), [])


_NAMES = {"json": "JSON", "feed": "a feed (RSS or Atom)", "xml": "XML", "csv": "a CSV file"}


def data_name(kind: str) -> str:
    """Return a format of data in words."""
    return _NAMES[kind]


def unknown_page(text: str, url: str, profiles: Collection[Profile]) -> ParseError:
    """Return the error about a page that no profile knows, in two lines."""
    kind = data_kind(text)
    nearest = (
        _nearest(text, profiles) if kind is None else f"Write profile: {kind}. " if kind != "xml" else ""
    )
    return ParseError(
        f"No profile recognizes the page at {url[:120]}: it looks like {_looks_like(text, kind)}.\n{nearest}"
        "Draft one for it: oversight-watch sources new ADDRESS. To see all profiles: oversight-watch sources"
        " profiles"
    )


def _looks_like(text: str, kind: str | None) -> str:
    if kind == "csv":
        return f"a CSV file with the headings {', '.join(map(str.strip, _headings(text)))[:_SHOWN]}"
    if kind is not None:
        return f"{_NAMES[kind]}, not a page"
    if not is_markup(text):
        return f"text that begins with {squeeze(text[:400])[:_SHOWN]!r}"
    tree = tree_of(text)
    title = node_text(tree.css_first("title")) or node_text(tree.css_first("h1"))
    called = f" called {title[:_SHOWN]!r}" if title else " without a title"
    tables = len(tree.css("table"))
    return f"an HTML page{called} with {tables} {'table' if tables == 1 else 'tables'}"


def _nearest(text: str, profiles: Collection[Profile]) -> str:
    """Return a sentence about the profile that comes nearest to a page by its columns; "" for none."""
    has_heading = _headings_of(text)
    columns = {one.name: _columns(one) for one in profiles if one.columns and one.format == "html"}
    shown = {
        name: [first for first, column in known.items() if any(map(has_heading, column.split(" or ")))]
        for name, known in columns.items()
    }
    near = max(
        (one for one in profiles if shown.get(one.name)),
        key=lambda one: len(shown[one.name]) / len(columns[one.name]),
        default=None,
    )
    if near is None:
        return ""
    found = ", ".join(shown[near.name])[:150]
    return (
        f"The nearest is {near.name!r}, for {near.describes}: the page has {len(shown[near.name])} of its"
        f" {len(columns[near.name])} columns ({found}). If it fits, write profile: {near.name}. "
    )


def _columns(profile: Profile) -> dict[str, str]:
    """Return a profile's columns by their first name; a link in the title's column is not one."""
    columns: dict[str, str] = {}
    for column in profile.columns:
        columns.setdefault(column.partition(" or ")[0], column)
    return columns


def _headings_of(text: str) -> Callable[[str], bool]:
    """Return a test of whether a page has a heading; where it has tables, only theirs count."""
    if not is_markup(text):
        words = squeeze(text).casefold()
        return lambda name: len(name) > _TOO_SHORT and _is_word(name.casefold(), words)
    tree = shown_tree(text, grid=True)
    lines = map(node_text, tree.css("th, dt")) if tree.css_first("th, dt") else _lines(tree)
    headings = {folded(without_sort_words(line)) for line in lines}
    return lambda name: folded(name) in headings


def _is_word(name: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words) is not None


def _lines(tree: LexborHTMLParser) -> list[str]:
    return tree.body.text(separator="\n").split("\n") if tree.body else []
