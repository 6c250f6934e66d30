"""Return in sentences what a draft may read wrongly, for the person who reviews it. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.identity import shorten
from monitor.domain.status import Status
from monitor.domain.types import Parse, RecordKind
from monitor.profiles.days import day_of
from monitor.profiles.html_tree import is_within
from monitor.profiles.inference.rows import is_chrome, is_title
from monitor.profiles.inference.values import NUMBER, days, share
from monitor.profiles.markup import absolute, node_text

_TRACKED = re.compile(r"\bstatus\s*:|\A\s*recommendation\b", re.I)  # what a row says that is a recommendation
_DAY_ALONE = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?!\d|,? (?:19|20)\d\d)", re.I
)
_FEWEST_OUTSIDE = 2  # links outside the rows that may be records
_SHOWN = 60  # characters of an example


def doubts(settings: Mapping[str, Any], parse: Parse) -> Iterator[str]:
    """Yield what looks wrong in the records that a draft reads."""
    kind = RecordKind(settings["kind"])
    title = "title" if kind is RecordKind.REPORT else "report_title"
    titles = [str(record.fields[title]) for record in parse.records]
    fields = settings["fields"]
    if share(titles, rf"^{NUMBER}$") > 0.5 and fields[title] != fields.get("report_number"):
        shown = shorten(titles[0], _SHOWN)
        yield f"The field {title} reads report numbers, such as {shown!r}: name the place of the titles."
    elif days(titles) > 0.5:
        yield f"The field {title} reads days as well, such as {titles[0][-_SHOWN:]!r}: name a narrower place."
    words = {str(record.fields.get("status_text")): record.fields.get("status") for record in parse.records}
    if unknown := [said for said, status in words.items() if status == Status.UNKNOWN]:
        listed = ", ".join(repr(shorten(said, _SHOWN)) for said in unknown[:3])
        yield f"What the status {listed} means is not known: write it under 'statuses', as open or closed."


def doubts_of_page(
    settings: Mapping[str, Any],
    parse: Parse,
    *,
    tree: LexborHTMLParser,
    nodes: Sequence[LexborNode],
    words: Sequence[str],
    url: str,
) -> Iterator[str]:
    """Yield what of a page a draft leaves out: its days, its recommendations, rows like those that it reads.

    `nodes` are the rows with their details, and `words` what is written over them.
    """
    records = parse.records
    if RecordKind(settings["kind"]) is RecordKind.REPORT:
        dated = sum(record.fields["issue_date"] is not None for record in records)
        shown = sum(day_of(node.text(separator=" ")) is not None for node in nodes)
        if dated < len(records) / 2 < shown:
            yield f"{shown} rows have a day, and issue_date reads {dated}: name its place."
        undated = sum(_DAY_ALONE.search(node.text(separator=" ")) is not None for node in nodes)
        if dated + shown < len(records) / 2 < undated:
            yield "The rows have days without a year, as where a heading has it: no issue_date is read."
        tracked = sum(_TRACKED.search(node.text(separator=" ")) is not None for node in nodes)
        if tracked > len(records) / 2 or any(
            word in one.casefold() for one in words for word in ("recommendation", "status")
        ):
            yield (
                "The page speaks of recommendations or a status, and this draft reads reports. Where each row"
                " is a recommendation, write 'kind: recommendation' with the fields report_title,"
                " recommendation and status_text."
            )
    linked = sum("href" in node.attributes or node.css_first("a[href]") is not None for node in nodes)
    leading = sum(record.fields["url"] is not None for record in records)
    if leading < len(records) / 2 < linked:
        yield f"{linked} rows have a link, and url reads {leading}: name its place."
    read = {str(record.fields["url"]) for record in records}
    folders = {link.rpartition("/")[0] for link in read}
    known = {node.mem_id for node in nodes}
    outside = [
        link
        for link in tree.css("body a[href]")
        if is_title(link)
        and (address := absolute(link.attributes.get("href"), url) or "") not in read
        and address.rpartition("/")[0] in folders
        and not _is_inside(link, known)
    ]
    if len(outside) >= max(_FEWEST_OUTSIDE, len(records) / 10):
        yield (
            f"The page has {len(outside)} links outside the rows like those in them, such as"
            f" {shorten(node_text(outside[0]), _SHOWN)!r}: where they are records too, change 'rows'."
        )


def _is_inside(link: LexborNode, known: set[int]) -> bool:
    return link.mem_id in known or is_within(link, known) or is_chrome(link)
