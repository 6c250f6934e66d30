"""Propose a profile for a page that no profile reads yet, from what repeats on it. Pure.

A proposal is a guess for a person to look at and edit. It always is a sound profile and reads something.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import regex
from pydantic import ValidationError
from selectolax.lexbor import LexborHTMLParser

from monitor.domain.errors import ParseError
from monitor.domain.text import squeeze
from monitor.domain.types import Parse, RecordKind
from monitor.profiles.days import day_of
from monitor.profiles.declarative.engine import described
from monitor.profiles.declarative.settings import NEEDED, ProfileSettings
from monitor.profiles.html_tree import tree_of
from monitor.profiles.inference.above import fields_above
from monitor.profiles.inference.data import csv_fields, csv_headings, fields_of, listings, total_and_next
from monitor.profiles.inference.doubts import doubts, doubts_of_page
from monitor.profiles.inference.fields import fields_by_heading, fields_by_place, recommendations_by_place
from monitor.profiles.inference.rows import HOLDS_ROWS, next_link, repeating
from monitor.profiles.inference.values import NUMBER, kind_of, number_pattern, share
from monitor.profiles.markup import canonical_url, is_markup, is_web, node_text, split_url
from monitor.profiles.pager import next_page
from monitor.profiles.shown import shown_tree

_MOST_TRIED = 8
_OF_A_DAY = 40  # characters of a day with the words before it, at most
_MOST_TAGS, _MOST_PARTS = 90_000, 120_000  # what is tried out several times is to end in seconds
_OPEN_WORDS = ("unimplemented", "not implemented", "outstanding")
_NO_TITLE = (
    "No place was found that has the report title of each recommendation: {} read for report_title."
    " Check that each recommendation is of the right report."
)
_SEVERAL = "Each record takes {} rows of the table: check that none takes more or fewer."
_ANY_SITE = "https://www.example.gov/"  # only whether a saved page has a pager matters, not where it leads
_NOT_PLAIN = regex.compile(r"[^\w/~%-]")
_TOTALS = (
    r"(?i)(?:displaying|showing|results?|items?) [\d,]{1,9} ?(?:-|–|to|through) ?[\d,]{1,9} of ([\d,]{1,9})",
    r"(?i)[\d,]{1,9} ?(?:-|–|to) ?[\d,]{1,9} of ([\d,]{1,9})",
    r"(?i)\b([\d,]{1,9}) (?:total )?(?:results|reports|recommendations|records|documents|items)(?: found)?\b",
    r"(?i)\(([\d,]{1,9}) total\)",
)
_FEED_FIELDS: Mapping[str, Any] = {
    "title": {"path": "title"},
    "url": {"path": "link || id"},
    "issue_date": {"path": "published"},
    "abstract": {"path": "summary"},
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed profile as its file would have it, and what it reads on the page.

    `others` are what else was tried, and `doubts` sentences about what may be read wrongly.
    """

    settings: dict[str, Any]
    parse: Parse
    others: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Settings that may read a page, what their rows are, and what is to be said of them."""

    settings: dict[str, Any]
    said: str
    doubts: tuple[str, ...] = ()
    of_page: Callable[[Parse], Iterator[str]] = lambda _: iter(())


def propose(text: str, url: str) -> Proposal:
    """Return the profile that reads most of a page. Raises ParseError where none or too much repeats."""
    if text.count("<") > _MOST_TAGS or sum(map(text.count, "<,\n{")) > _MOST_PARTS:
        raise ParseError(
            f"{url} is too large to draft a profile from; save the first rows of it as a page of their own,"
            " and use the profile for the whole one"
        )
    candidates = list(_candidates(text, url))
    read = [(parse, one) for one in candidates if (parse := _read(one.settings, text, url)).records]
    if not read:
        raise ParseError(_why_nothing(text, url))
    best, chosen = max(read, key=lambda one: _worth(one[0]))
    settings = chosen.settings
    others = tuple(dict.fromkeys(one.said for _, one in read if one.said != chosen.said))
    if len({record.key for record in best.records}) < len(best.records) and "url" in settings["fields"]:
        settings = {**settings, "identity": "url"}
        best = _read(settings, text, url)
    said = (*chosen.doubts, *doubts(settings, best), *chosen.of_page(best))
    return Proposal(settings, best, others[:4], said)


def _candidates(text: str, url: str) -> Iterator[_Candidate]:
    """Return settings that may read the page, each with what its rows are."""
    start = text.lstrip("\ufeff \n\t")[:400]
    if regex.match(r"[\[{]", start):
        if "jsonfeed.org/version" in start:
            yield _Candidate(_feed(text, url), "every entry")
        yield from _json(text, url)
    elif regex.match(
        r"(?is)(?:<\?xml.*?\?>\s*|<!--.*?-->\s*)*<(?:rss|feed|rdf:rdf)\b", text.lstrip("\ufeff \n\t")[:4000]
    ):
        yield _Candidate(_feed(text, url), "every entry")
    elif is_markup(text):
        yield from _html(text, url)
    elif headings := csv_headings(text):
        kind, fields = csv_fields(headings)
        yield _Candidate({**_head(kind, "csv", url, ""), "fields": fields}, "every line")


def _head(kind: RecordKind, form: str, url: str, title: str) -> dict[str, Any]:
    _, host, path, _ = split_url(url)
    where = host if is_web(url) else "a saved page"
    said: dict[str, Any] = {
        "describes": f"{title or f'{kind}s'} ({where})"[:100],
        "kind": kind.value,
        "format": form,
    }
    if is_web(url):
        said["recognize"] = {
            "hosts": [host],
            "path": f"^{_NOT_PLAIN.sub(_escaped, path.rstrip('/'))}/?$",
        }
    return said


def _escaped(found: "regex.Match[str]") -> str:
    return f"\\{found[0]}"


def _feed(text: str, url: str) -> dict[str, Any]:
    fields = dict(_FEED_FIELDS)
    titles = regex.findall(r"(?s)<title>(.{1,300}?)</title>", text)
    if share(titles, NUMBER) >= 0.5:
        fields["report_number"] = {"path": "title", "pattern": number_pattern(titles)}
    return {**_head(RecordKind.REPORT, "feed", url, ""), "whole": False, "fields": fields}


def _json(text: str, url: str) -> Iterator[_Candidate]:
    for listing in listings(text)[:_MOST_TRIED]:
        kind, fields = fields_of(listing)
        total, following = total_and_next(listing)
        paging = {name: path for name, path in (("total", total), ("next", following)) if path}
        settings = {**_head(kind, "json", url, ""), "rows": listing.path, "fields": fields, **paging}
        yield _Candidate(settings, f"{listing.path} ({len(listing.rows)})")


def _html(text: str, url: str) -> Iterator[_Candidate]:
    tree = shown_tree(text, grid=False)
    for form in tree.css("form:has(h1, h2, h3, article, th, td a[href])"):
        form.attrs[HOLDS_ROWS] = ""
    address = url if is_web(url) else canonical_url(tree, text) or url
    title = node_text(tree.css_first("main h1") or tree.css_first("h1") or tree.css_first("title"))
    for rows in repeating(tree)[:_MOST_TRIED]:
        kind, paging = kind_of(rows.headings), _paging(tree, len(rows.nodes))
        said = f"{rows.selector} ({len(rows.nodes)})"
        head = _head(kind, "html", address, title)
        if not is_web(url) and is_web(address):
            head["site"] = f"{'://'.join(split_url(address)[:2])}/"
        by_heading = fields_by_heading(rows, kind)
        parts = [part for at in range(len(rows.nodes)) for part, _ in rows.parts(at)]
        over = (title, *rows.headings)
        of_page = partial(doubts_of_page, tree=tree, nodes=parts, words=over, url=address)
        if by_heading.keys() & NEEDED[kind]:
            by_heading |= fields_above(tree, rows, by_heading, kind)
            fields, doubtful = _with_report(by_heading, kind)
            settings = {**head, "fields": fields, **_statuses(fields), **paging}
            yield _Candidate(settings, said, doubtful, partial(of_page, settings))
            if len(by_heading.keys() - {"url"}) > 1:
                continue  # the words over the columns know better than the look of the cells
        details = {"details": rows.details} if rows.details else {}
        several = (_SEVERAL.format(len(rows.parts(0))),) if rows.details and rows.nodes[0].tag == "tr" else ()
        if fields := recommendations_by_place(rows, " ".join(over)):
            kind = RecordKind.RECOMMENDATION
        else:
            kind, fields = RecordKind.REPORT, fields_by_place(rows, RecordKind.REPORT)
        fields |= fields_above(tree, rows, fields, kind)
        fields, doubtful = _with_report(fields, kind)
        settings = {**head, "kind": kind.value, "rows": rows.selector, **details, "fields": fields, **paging}
        yield _Candidate(
            settings,
            said,
            (*several, *doubtful),
            partial(of_page, settings),
        )


def _with_report(fields: dict[str, Any], kind: RecordKind) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the fields of recommendations with a title of their report, and what is to be said of it.

    Where nothing names the report, it is called by its number, or else by the heading of the page.
    """
    if kind is RecordKind.REPORT or "report_title" in fields:
        return fields, ()
    number = fields.get("report_number")
    said = "its number, report_number, is" if number else "the page's heading is"
    return {"report_title": number or {"page": ["main h1", "h1"]}, **fields}, (_NO_TITLE.format(said),)


def _paging(tree: LexborHTMLParser, rows: int) -> dict[str, Any]:
    """Return the total that a page states, and its pager where that is not one of the usual ones."""
    body = tree.css_first("main") or tree.body
    words = squeeze(body.text(separator=" ")) if body else ""
    pattern = next((one for one in _TOTALS if _is_total(regex.search(one, words), rows)), None)
    found: dict[str, Any] = {"total": pattern} if pattern else {}
    if next_page(tree, _ANY_SITE) is None and (link := next_link(tree)):
        found["next"] = link
    return found


def _statuses(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the status that all rows have means, where it is not one of the usual words."""
    said = fields.get("status_text", {}).get("value", "").casefold()
    return {"statuses": {said: "open"}} if said in _OPEN_WORDS else {}


def _is_total(hit: regex.Match[str] | None, rows: int) -> bool:
    """Return whether a number can be the total of a list; the 2010 reports are those of a year."""
    if hit is None:
        return False
    total = int(hit[1].replace(",", "") or 0)
    is_year = "," not in hit[1] and 1900 <= total < 2100
    return total >= rows and not (is_year and total != rows)


def _read(settings: Mapping[str, Any], text: str, url: str) -> Parse:
    try:
        return described("proposed", ProfileSettings.model_validate(settings)).parse(text, url)
    except ValidationError:
        return Parse("proposed", ())  # a required field was not found


def _worth(parse: Parse) -> float:
    """Return how good a reading is: many rows with many fields, few that are not read, titles of words."""
    records = parse.records
    titles = [str(record.fields.get("title") or record.fields.get("report_title")) for record in records]
    fields = sum(value is not None for record in records for value in record.fields.values())
    distinct = len({record.key for record in records}) / len(records)
    named = sum(len(title) > _OF_A_DAY or day_of(title) is None for title in titles) / len(records)
    return min(len(records), 25) * (fields / len(records)) * distinct * named - 2 * len(parse.problems)


def _why_nothing(text: str, url: str) -> str:
    """Return a sentence about what was not found, and what may help."""
    if regex.match(r"\s*[\[{]", text):
        return f"{url} is JSON, and no list of objects with a name or title was found in it"
    if not is_markup(text):
        return f"{url} is not HTML, JSON, CSV or a feed; save the page from a browser as HTML"
    tree = tree_of(text)
    words, scripts = len(node_text(tree.body)), len(tree.css("script"))
    if words < 400 and scripts:
        return (
            f"{url} holds {words} characters of text and {scripts} scripts: its rows come by JavaScript."
            " Save the page from a browser and give the file, or look in the browser's network tab for"
            " the JSON that holds the rows, and give its address"
        )
    tables, items = len(tree.css("table")), len(tree.css("li"))
    return (
        f"nothing on {url} repeats like a list of records (tables: {tables}, list items: {items}). One"
        " text is watched by the built-in profile 'page'; for anything else write a profile by hand, as"
        " docs/profiles.md says"
    )
