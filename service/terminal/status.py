"""Show checks and status in a terminal: 80 columns, colors only on a terminal.

Page text is hostile: all of it goes through `plain` or `harmless`, and it is never read as markup.
"""

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from rich.console import Console

from alerts.language.text import counted, moment, shown_date
from service.terminal.console import paragraph, say

Item = TypeVar("Item")

_OUTCOMES = {
    "failed": "red",
    "quarantined": "yellow",
    "waiting": "yellow",
    "partial": "yellow",
    "changed": "green",
}


def progress(items: Sequence[Item], label: str) -> Iterable[Item]:
    """Return the items one by one, with a bar on standard error where that is a terminal."""
    from rich.progress import track  # noqa: PLC0415 - loaded where there is something to wait for

    quiet = not sys.stderr.isatty() or len(items) < 2
    return track(items, description=label, console=Console(stderr=True), transient=True, disable=quiet)


def say_pause(host: str, seconds: float) -> None:
    """Report that a host is asked again only after a long pause, so that nobody takes it for a standstill."""
    until = (datetime.now() + timedelta(seconds=seconds)).strftime("%H:%M:%S")  # noqa: DTZ005 - on this clock
    said = f"{host} asks for a pause: its next page is fetched in {math.ceil(seconds)} s, at {until}"
    Console(stderr=True, highlight=False).print(said, markup=False, soft_wrap=True)


@contextmanager
def counting(label: str) -> Iterator[Callable[[int, int], None]]:
    """Return what shows how many of how many are done, with a bar where standard error is a terminal."""
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(label)
        yield lambda done, total: bar.update(task, completed=done, total=total)


# ---- checks and status


def completeness(data: Mapping[str, Any]) -> str:
    """Return how much of a list was seen: 50 rows; 10 of 25 declared, incomplete; 25 of 25, complete."""
    rows, declared = f"{data['rows']:,}", data["declared_total"]
    if declared is None:
        said = counted(data["rows"], "row")
        return f"{said}, complete" if data["complete"] else said
    said = "complete" if data["complete"] else "declared, incomplete"
    missing = declared - data["rows"]
    short = f", {missing:,} not seen" if missing > 0 and not data["complete"] else ""
    return f"{rows} of {declared:,}{',' if data['complete'] else ''} {said}{short}"


def show_settled(settled: Sequence[Mapping[str, Any]]) -> None:
    """Show what checks came to, a source a line, with what was strange below."""
    longest = max((len(one["source"]) for one in settled), default=0)
    for one in settled:
        outcome, changes = one["outcome"], len(one["changes"])
        say(
            f"{one['source']:<{longest}}  ",
            (f"{outcome:<11}", _OUTCOMES.get(outcome, "")),
            "  "
            if outcome in ("failed", "quarantined", "waiting", "superseded")
            else f"  {completeness(one)}",
            f"; {counted(changes, 'change')}" if changes else "",
        )
        for reason in one["reasons"]:
            paragraph(reason, " " * longest + "  ", _OUTCOMES.get(outcome, ""))
    if any(one["changes"] for one in settled):
        say("To see the changes: oversight-watch changes")


def show_inbox(files: Sequence[Mapping[str, Any]]) -> None:
    """Show what became of each file that was handed in."""
    for one in files:
        taken = bool(one["sources"])
        say(("taken    " if taken else "refused  ", "green" if taken else "yellow"), Path(one["file"]).name)
        if not taken:
            paragraph(one["said"], " " * 9)


def show_status(data: Mapping[str, Any]) -> None:
    """Show each source's health, then the outbox and the digests."""
    zone = ZoneInfo(data["time_zone"])
    longest = max((len(one["source"]) for one in data["sources"]), default=0)
    for one in data["sources"]:
        _show_source(one, longest + 2, zone)
    counts = [f"{count:,} {state}" for state, count in data["outbox"].items() if count]
    say()
    dead = (
        "; to send the dead ones again: oversight-watch outbox retry --all" if data["outbox"]["dead"] else ""
    )
    paragraph(f"{', '.join(counts) or 'empty'}{dead}", "outbox   ")
    for one in data["failing"]:
        paragraph(_channel(one, zone), "channel  ", "yellow")
    if gone := data["unsubscribed"]:
        who = ", ".join(f"{one['recipient']} ({one['channel']})" for one in gone)
        paragraph(f"{counted(len(gone), 'reader')} unsubscribed: {who}", "channel  ")
    for one in data["hosts"]:
        paragraph(_asked(one, zone), "host     ")
    for one in data["digests"]:
        last = f"last {said_time(one['last_made'], zone)}" if one["last_made"] else "none made yet"
        due = f", next {said_time(one['next_due'], zone)}" if one["next_due"] else ""
        paragraph(f"{one['digest']}: {last}{due}", "digest   ")
    service = data["service"]
    ran = f"last ran {said_time(service['last_ran'], zone)}" if service["last_ran"] else "never ran"
    stopped = "; nothing was checked for two intervals: is oversight-watch run still running?"
    paragraph(f"{ran}{stopped if service['stopped'] else ''}", "service  ")
    if fleet := data["fleet"]:
        running, waiting = counted(fleet["checks_running"], "check"), fleet["checks_waiting"]
        say("fleet    ", f"{counted(fleet['workers'], 'worker')}, {running} running, {waiting:,} waiting")


def _show_source(one: Mapping[str, Any], indent: int, zone: tzinfo) -> None:
    outcome, blank = one["outcome"] or "not checked yet", " " * indent
    checked = f"  {said_time(one['last_checked'], zone)}" if one["last_checked"] else ""
    say(f"{one['source']:<{indent}}", (f"{outcome:<11}", _OUTCOMES.get(outcome, "")), checked)
    if one["read"]:
        left = one["unresolved"]
        asked = f"; {counted(left, 'recommendation')} off the list, status not yet known" if left else ""
        stated = f"; list as of {shown_date(one['as_of'])}" if one["as_of"] else ""
        paragraph(f"{completeness(one)}{stated}{_swept(one)}{asked}", blank)
    if one["sweep_pages_read"]:
        say(
            blank,
            f"a full read is in progress or was interrupted: {counted(one['sweep_pages_read'], 'page')} read",
        )
    if one["trouble_since"]:
        count = counted(one["troubles_in_a_row"], "check")
        since = said_time(one["trouble_since"], zone)
        say(blank, (f"in trouble since {since}, {count} in a row", "red"))
    if one["overdue"]:
        say(blank, ("overdue: not checked for more than two intervals", "red"))
    for reason in one["reasons"]:
        paragraph(reason, blank, "yellow")
    # Of a source that is not checked by itself, how often is of no use.
    taken = ", ".join(f"{name} {value}" for name, value in one["from_profile"].items() if one["next_due"])
    say(blank, _next(one, zone), f"; from its profile: {taken}" if taken else "")


def _channel(one: Mapping[str, Any], zone: tzinfo) -> str:
    """Return what is wrong with a channel, why, and how to try it."""
    verb = "is dead; it gave up the last message, of" if one["dead"] else "has not taken a message since"
    said = f"{one['channel']} {verb} {said_time(one['since'], zone)}: {one['reason']}"
    return f"{said}; to try it: oversight-watch channels test {one['channel']}"


def _swept(one: Mapping[str, Any]) -> str:
    """Return when all pages were last read, and how many there were."""
    if one["last_swept"] is None:
        return f"; never read to the end, {counted(one['pages'], 'page')} read"
    return f"; read in full {_ago(one['swept_ago_seconds'])}, {counted(one['pages'], 'page')}"


def _ago(seconds: int) -> str:
    minutes = seconds // 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days ago"


def _asked(one: Mapping[str, Any], zone: tzinfo) -> str:
    said = f"{one['host']}: {one['requests_today']:,} of {one['requests_per_day']:,} requests today"
    if one["left_alone_until"]:
        return f"{said}; paused at the site's request until {said_time(one['left_alone_until'], zone)}"
    spent = one["requests_today"] >= one["requests_per_day"]
    return f"{said}; daily limit reached; continues the next day (UTC)" if spent else said


def _next(one: Mapping[str, Any], zone: tzinfo) -> str:
    if not one["watched"]:
        return "no longer in the watch file; its history is kept"
    if one["paused"]:
        return "paused"
    return (
        f"next {said_time(one['next_due'], zone)}" if one["next_due"] else "read when its pages are handed in"
    )


def said_time(iso: str, zone: tzinfo) -> str:
    """Return an ISO time in the reader's time zone, in words."""
    return moment(datetime.fromisoformat(iso), zone)
