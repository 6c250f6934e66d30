"""Show stored pages in a terminal, and one of them in a browser.

Page text is hostile here too: see service.terminal.status.
"""

import tempfile
import webbrowser
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from alerts.language.headlines import LABELS
from alerts.language.text import counted, day, moment, plain, shortened
from monitor.domain.types import PDF, Page
from monitor.domain.us_dates import clock_words
from service.readmodel.sandboxed import sandboxed
from service.terminal.console import console, paragraph, say, width
from service.terminal.status import said_time
from service.terminal.text import changed_text, marked_text

_MOST = 30  # records or passages of one kind that a comparison shows
_UNKNOWN = "not kept: it was stored by an earlier version, or not fetched over HTTP"


def show_snapshots(pages: Sequence[Mapping[str, Any]], source: str, limit: int, time_zone: str) -> None:
    """Show the stored pages of a source by day."""
    zone, last = ZoneInfo(time_zone), ""
    for page in pages[:limit]:
        fetched = datetime.fromisoformat(page["fetched"])
        if (today := day(fetched, zone)) != last:
            say(("\n" if last else "") + today)
            last = today
        _show_page(page, f"  {clock_words(fetched.astimezone(zone)):>10}  ")
    if len(pages) > limit:
        say("\n… and earlier ones; --limit shows more")
    if not pages:
        say(f"No page of {source} is stored for that time.")


def _show_page(page: Mapping[str, Any], first: str) -> None:
    changes = f", {counted(page['changes'], 'change')}" if page["changes"] else ""
    paragraph(f"{_kind_of(page)}, {page['content_type']}, {page['size']:,} bytes{changes}", first)
    say(" " * len(first), (page["sha256"], "bold"))
    say(" " * len(first), plain(page["url"]))


def _kind_of(page: Mapping[str, Any]) -> str:
    if page["set_aside"]:
        return "set aside"
    if page["page"]:
        return f"page {page['page']} of the list"
    return "a document" if page["content_type"] == PDF else "a page"


def show_pages_of_day(pages: Sequence[Mapping[str, Any]], as_of: str, time_zone: str) -> None:
    """Show which pages were there on a day, and how to open the first one."""
    say()
    if not pages:
        paragraph(f"No page of it was stored by {as_of}.")
        return
    zone = ZoneInfo(time_zone)
    many = "" if len(pages) == 1 else f" (the first of {len(pages):,} pages)"
    paragraph(f"The page on that day{many}, read {said_time(pages[0]['fetched'], zone)}:")
    say(f"  {pages[0]['sha256']}")
    paragraph(f"To open it: oversight-watch snapshot {pages[0]['sha256'][:12]} --open")


def show_snapshot(data: Mapping[str, Any], time_zone: str) -> None:
    """Show how a stored page was asked for and answered, and what read it."""
    say((data["sha256"], "bold"))
    moved = data["final_url"] if data["final_url"] != data["url"] else None
    facts = {
        "source": data["source"],
        "address": data["url"],
        "led to": moved,
        "fetched": said_time(data["fetched"], ZoneInfo(time_zone)),
        "content": f"{data['content_type']}, {data['charset']}, {data['size']:,} bytes",
        "read by": f"Oversight Watch {data['read_by']}" if data["read_by"] else _UNKNOWN,
        "answer": _answered(data),
    }
    for name, value in facts.items():
        if value:
            paragraph(value, f"  {name:<9}  ")
    for title, name in (("asked with", "request_headers"), ("answered with", "response_headers")):
        if data[name]:
            say(f"\n  {title}")
        for header, value in data[name] or ():
            paragraph(f"{plain(header)}: {plain(value)}", "    ")
    short = data["sha256"][:12]
    say(f"\nTo write it: oversight-watch snapshot {short} -o FILE")
    say(f"To see it:   oversight-watch snapshot {short} --open")


def _answered(data: Mapping[str, Any]) -> str:
    if data["status"] is None:
        return _UNKNOWN
    return (
        f"{data['status']}, from which a browser made this page" if data["rendered"] else str(data["status"])
    )


def show_page_diff(data: Mapping[str, Any], time_zone: str) -> None:
    """Show what differs between two pages: first by record, then by words."""
    zone = ZoneInfo(time_zone)
    for name in ("before", "after"):
        one = data[name]
        say(
            f"{name:<6}  ",
            (one["sha256"][:12], "bold"),
            f"  {one['source']}, {said_time(one['fetched'], zone)}",
        )
    say()
    _show_records(data["records"])
    say()
    say(("By words" if data["words"] else "No word of their text differs.", "bold" if data["words"] else ""))
    for passage in data["words"][:_MOST]:
        _show_marked(marked_text((one["kind"], one["text"]) for one in passage))
    _rest(len(data["words"]), "passage")


def _show_records(found: Mapping[str, Any] | None) -> None:
    if found is None:
        paragraph("No profile reads both pages, so they are compared by words only.")
        return
    same = f", {counted(found['same'], 'record')} the same" if found["same"] else ""
    differing = any(found[name] for name in ("added", "removed", "changed"))
    say(("By record" if differing else "No record differs", "bold"), same)
    for name in ("added", "removed"):
        for one in found[name][:_MOST]:
            paragraph(f"{plain(one['key'])}  {shortened(plain(one['title']), 160)}", f"  {name:<8}  ")
        _rest(len(found[name]), f"{name} record")
    for one in found["changed"][:_MOST]:
        paragraph(plain(one["key"]), "  changed   ", "bold")
        for field, values in one["fields"].items():
            say(f"    {LABELS.get(field, field)}:")
            _show_marked(changed_text(_said(values["before"]), _said(values["after"])))
    _rest(len(found["changed"]), "changed record")


def _said(value: Any) -> str:
    return ", ".join(map(plain, value)) if isinstance(value, list) else plain(value)


def _show_marked(text: Text) -> None:
    for line in text.wrap(console(), max(width() - 4, 24), overflow="fold"):
        line.rstrip()
        console().print(Text("    ") + line, soft_wrap=True)


def _rest(count: int, what: str) -> None:
    if count > _MOST:
        say(f"  … and {counted(count - _MOST, f'more {what}')}; --json has them all")


def opened_in_browser(page: Page, time_zone: str) -> str:
    """Open a page in a browser, from a file in which nothing runs; return a sentence about it."""
    about = f"{page.url}, {moment(page.fetched_at, ZoneInfo(time_zone))}, SHA-256 {page.sha256}"
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix=f"page-{page.sha256[:12]}-", suffix=".html", delete=False
    ) as file:
        file.write(sandboxed(page, about))
    path = Path(file.name)
    opened = webbrowser.open(path.as_uri())
    return f"opened: {path}" if opened else f"no browser could be started; open this file in one: {path}"
