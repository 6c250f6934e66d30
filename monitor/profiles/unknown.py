"""What to say of a page that no profile knows: its looks, the nearest profile, what to do."""

import json
import re
from collections.abc import Collection
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser

from monitor.domain.errors import ParseError
from monitor.domain.text import squeeze
from monitor.profiles.declarative.csv_file import csv_rows
from monitor.profiles.html_tree import tree_of
from monitor.profiles.markup import is_markup, node_text
from monitor.profiles.profile import Profile

_SHOWN = 60  # characters of an address, a title or a list
_FEED = re.compile(r"\s*(?:<\?xml.{0,2000}?\?>\s*|<!--.{0,2000}?-->\s*)*<(rss|feed|rdf:rdf)\b", re.I | re.S)
_XML = re.compile(r"\s*(?:<\?xml\b|<[a-z][\w:.-]{0,40}\s[^>]{0,400}\bxmlns\b)", re.I)
_MOST_READ = 100_000  # characters of JSON that are looked at
_FEWEST_CELLS = 3


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
    words = _words(text)
    shown = {
        one.name: [column for column in one.columns if _names_one(column, words)]
        for one in profiles
        if one.columns and one.format == "html"
    }
    near = max(
        (one for one in profiles if shown.get(one.name)),
        key=lambda one: len(shown[one.name]) / len(one.columns),
        default=None,
    )
    if near is None:
        return ""
    found = ", ".join(dict.fromkeys(column.partition(" or ")[0] for column in shown[near.name]))
    return (
        f"The nearest is {near.name!r}, for {near.describes}: the page has {len(shown[near.name])} of its"
        f" {len(near.columns)} columns ({found[:150]}). If it fits, write profile: {near.name}. "
    )


def _words(text: str) -> str:
    if not is_markup(text):
        return text.casefold()
    tree: LexborHTMLParser = tree_of(text)
    return squeeze(tree.body.text(separator=" ")).casefold() if tree.body else ""


def _names_one(column: str, words: str) -> bool:
    return any(name.strip().casefold() in words for name in column.split(" or ") if len(name.strip()) > 3)
