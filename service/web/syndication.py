"""Feeds as Atom (RFC 4287) and as JSON Feed 1.1. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

_ATOM = "http://www.w3.org/2005/Atom"
# Whatever a page shows: these characters would make the whole feed unreadable.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `html` is a whole fragment; categories are pairs of a term and its words."""

    id: str
    title: str
    url: str
    publisher_url: str | None
    author: str
    updated: datetime
    html: str
    categories: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """Some changes, newest first. `url` is the feed's own address, `home` that of its page."""

    id: str
    title: str
    url: str
    home: str
    updated: datetime
    entries: tuple[Entry, ...]
    next: str | None = None


def atom(feed: Feed) -> bytes:
    """Return a feed as Atom."""
    root = ET.Element("feed", xmlns=_ATOM)
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", _time(feed.updated))
    _add(ET.SubElement(root, "author"), "name", "Oversight Watch")
    _link(root, "self", feed.url, "application/atom+xml")
    _link(root, "alternate", feed.home, "text/html")
    if feed.next:
        _link(root, "next", feed.next, "application/atom+xml")
    for one in feed.entries:
        _add_entry(root, one)
    whole: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return whole


def _add_entry(root: ET.Element, one: Entry) -> None:
    entry = ET.SubElement(root, "entry")
    _add(entry, "id", one.id)
    _add(entry, "title", one.title)
    _add(entry, "updated", _time(one.updated))
    _add(entry, "published", _time(one.updated))
    _add(ET.SubElement(entry, "author"), "name", one.author)
    _link(entry, "alternate", one.url, "text/html")
    if one.publisher_url:
        _link(entry, "related", one.publisher_url)
    for term, label in one.categories:
        ET.SubElement(entry, "category", term=fit(term), label=fit(label))
    _add(entry, "content", one.html, type="html")


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = fit(text)


def _link(parent: ET.Element, rel: str, href: str, kind: str | None = None) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "href": fit(href)} | ({"type": kind} if kind else {}))


def fit(text: str) -> str:
    """Return text that XML can hold."""
    return _NOT_XML.sub("\ufffd", text)


def json_feed(feed: Feed) -> dict[str, Any]:
    """Return a feed as JSON Feed."""
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url,
        "next_url": feed.next,
        "items": [_item(one) for one in feed.entries],
    }
    return {name: value for name, value in whole.items() if value is not None}


def _item(one: Entry) -> dict[str, Any]:
    item = {
        "id": one.id,
        "url": one.url,
        "external_url": one.publisher_url,
        "title": one.title,
        "content_html": one.html,
        "date_published": _time(one.updated),
        "authors": [{"name": one.author}],
        "tags": [term for term, _ in one.categories],
    }
    return {name: value for name, value in item.items() if value is not None}


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
