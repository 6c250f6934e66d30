"""What commands show to people: text that fits 80 columns, coloured only on a terminal.

Page text is hostile: every word of it goes through `plain` or `harmless`, and none is read as markup.
What scripts read is in service.shown_data.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress, track
from sqlmodel import Session, col, select

from alerts.channels import Face
from alerts.deliver import Delivered
from alerts.errors import AlertError
from alerts.models import Delivery, OutboxItem
from alerts.reading import zone_of
from alerts.render import render_digest, render_item
from alerts.wording import counted, moment, plain
from service.lines import paragraph as _paragraph
from service.lines import say as _say
from service.shown_text import harmless

if TYPE_CHECKING:
    from monitor.settle import Settled
    from service.watch import Watch

Item = TypeVar("Item")

_OUTCOMES = {
    "failed": "red",
    "quarantined": "yellow",
    "waiting": "yellow",
    "partial": "yellow",
    "changed": "green",
}
_STATES = {"sent": "green", "accepted": "green", "dead": "red", "failed": "yellow", "refused": "red"}


def progress(items: Sequence[Item], label: str) -> Iterable[Item]:
    """Give the items one by one, with a bar on standard error where that is a terminal."""
    quiet = not sys.stderr.isatty() or len(items) < 2
    return track(items, description=label, console=Console(stderr=True), transient=True, disable=quiet)


@contextmanager
def counting(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give what shows how many of how many are done, with a bar where standard error is a terminal."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(label)
        yield lambda done, total: bar.update(task, completed=done, total=total)


# ---- checks and status


def completeness(data: Mapping[str, Any]) -> str:
    """Say how much of a list was seen: 50 rows; 10 of 25 declared, incomplete; 25 of 25, complete."""
    rows, declared = f"{data['rows']:,}", data["declared_total"]
    if declared is None:
        return f"{rows} rows, complete" if data["complete"] else f"{rows} rows"
    said = "complete" if data["complete"] else "declared, incomplete"
    missing = declared - data["rows"]
    short = f", {missing:,} not seen" if missing > 0 and not data["complete"] else ""
    return f"{rows} of {declared:,}{',' if data['complete'] else ''} {said}{short}"


def show_settled(settled: Sequence["Settled"]) -> None:
    """Show what checks came to, a source a line, with what was strange below."""
    longest = max((len(one.source) for one in settled), default=0)
    for one in settled:
        outcome = one.outcome.value
        read = completeness(
            {"rows": one.rows, "declared_total": one.declared_total, "complete": one.complete}
        )
        _say(
            f"{one.source:<{longest}}  ",
            (f"{outcome:<11}", _OUTCOMES.get(outcome, "")),
            "  " if outcome in ("failed", "quarantined", "waiting") else f"  {read}",
            f"; {counted(len(one.change_ids), 'change')}" if one.change_ids else "",
        )
        for reason in one.reasons:
            _paragraph(reason, " " * longest + "  ", _OUTCOMES.get(outcome, ""))
    if any(one.change_ids for one in settled):
        _say("`oversight-watch changes` tells of the changes.")


def show_delivered(delivered: Sequence[Delivered], time_zone: str) -> None:
    """Show what became of messages that were tried."""
    zone = ZoneInfo(time_zone)
    for one in delivered:
        to = f"{plain(one.channel)} ({plain(one.recipient)})"
        if one.outcome == "accepted":
            _say(("sent", "green"), f" message {one.item_id} to {to}")
            continue
        again = f"; next try {moment(one.next_try, zone)}" if one.next_try else ""
        said = f"not sent: message {one.item_id} to {to}: {one.detail}{again}"
        _paragraph(said, "", _STATES.get(one.outcome, "yellow"))


def show_status(data: Mapping[str, Any]) -> None:
    """Show each source's health, then the outbox and the digests."""
    zone = ZoneInfo(data["time_zone"])
    longest = max((len(one["source"]) for one in data["sources"]), default=0)
    for one in data["sources"]:
        _show_source(one, longest + 2, zone)
    counts = [f"{count:,} {state}" for state, count in data["outbox"].items() if count]
    _say()
    _say("outbox   ", ", ".join(counts) or "empty")
    for one in data["hosts"]:
        _paragraph(_asked(one, zone), "host     ")
    for one in data["digests"]:
        last = f"last {said_time(one['last_made'], zone)}" if one["last_made"] else "none made yet"
        due = f", next {said_time(one['next_due'], zone)}" if one["next_due"] else ""
        _paragraph(f"{one['digest']}: {last}{due}", "digest   ")
    if fleet := data["fleet"]:
        running, waiting = counted(fleet["checks_running"], "check"), fleet["checks_waiting"]
        _say("fleet    ", f"{counted(fleet['workers'], 'worker')}, {running} running, {waiting:,} waiting")


def _show_source(one: Mapping[str, Any], indent: int, zone: tzinfo) -> None:
    outcome, blank = one["outcome"] or "not checked yet", " " * indent
    checked = f"  {said_time(one['last_checked'], zone)}" if one["last_checked"] else ""
    _say(f"{one['source']:<{indent}}", (f"{outcome:<11}", _OUTCOMES.get(outcome, "")), checked)
    if one["read"]:
        left = one["unresolved"]
        asked = f"; {counted(left, 'recommendation')} off the list, status not yet known" if left else ""
        _paragraph(f"{completeness(one)}{_swept(one)}{asked}", blank)
    if one["sweep_pages_read"]:
        _say(blank, f"a sweep is under way or was cut off: {counted(one['sweep_pages_read'], 'page')} read")
    if one["trouble_since"]:
        count = counted(one["troubles_in_a_row"], "check")
        since = said_time(one["trouble_since"], zone)
        _say(blank, (f"in trouble since {since}, {count} in a row", "red"))
    for reason in one["reasons"]:
        _paragraph(reason, blank, "yellow")
    taken = ", ".join(f"{name} {value}" for name, value in one["from_profile"].items())
    _say(blank, _next(one, zone), f"; as its profile says: {taken}" if taken else "")


def _swept(one: Mapping[str, Any]) -> str:
    """Say when all pages were last read, and how many they were; or that they never were."""
    if one["last_swept"] is None:
        return f"; never swept to the end, {counted(one['pages'], 'page')} read"
    return f"; swept {_ago(one['swept_ago_seconds'])}, {counted(one['pages'], 'page')}"


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
        return f"{said}; left alone, as it asked, until {said_time(one['left_alone_until'], zone)}"
    spent = one["requests_today"] >= one["requests_per_day"]
    return f"{said}; left alone until the next day (UTC)" if spent else said


def _next(one: Mapping[str, Any], zone: tzinfo) -> str:
    if not one["watched"]:
        return "no longer in the watch file; its history is kept"
    return "paused" if one["paused"] else f"next {said_time(one['next_due'], zone)}"


def said_time(iso: str, zone: tzinfo) -> str:
    """Say a moment of the data for programs by the reader's clock."""
    return moment(datetime.fromisoformat(iso), zone)


# ---- messages


def show_outbox(items: Sequence[OutboxItem], time_zone: str) -> None:
    """Show messages, newest first, with what stands in the way of those not sent."""
    zone = ZoneInfo(time_zone)
    for item in items:
        time = f"{'sent' if item.sent_at else 'made'} {moment(item.sent_at or item.created_at, zone)}"
        _say(
            f"{item.id:>5}  ",
            (f"{item.state:<7}", _STATES.get(item.state, "")),
            f"  {plain(item.channel)} ({plain(item.recipient)})  {item.kind}",
        )
        _say(" " * 7, time)
        if item.state in ("pending", "dead") and item.attempts:
            again = f"; next try {moment(item.not_before, zone)}" if item.state == "pending" else ""
            _paragraph(f"{counted(item.attempts, 'attempt')}: {item.error}{again}", " " * 7, "yellow")
    if not items:
        _say("There is no such message.")


def show_message(session: Session, watch: "Watch", number: int) -> None:
    """Show one message as its reader gets it, and every attempt. Raises AlertError where there is none."""
    item = session.get(OutboxItem, number)
    if item is None:
        raise AlertError(f"there is no message {number} in the outbox; `outbox list` shows the numbers")
    known = watch.recipients.targets.get(item.channel, ())
    face: Face = next((target.face for target in known if target.recipient == item.recipient), "text")
    message = render_item(session, item, face, watch.templates, watch.zone)
    _say(f"to        {plain(item.channel)} ({plain(item.recipient)})")
    _say("subject   ", (plain(message.subject), "bold"))
    _say(f"state     {item.state}")
    _say(f"identity  {item.identity}")
    _say()
    _say(harmless(message.markdown or message.text))
    _show_attempts(session, number, watch.zone)


def _show_attempts(session: Session, number: int, zone: tzinfo) -> None:
    attempts = select(Delivery).where(Delivery.outbox_id == number).order_by(col(Delivery.id))
    for attempt in session.exec(attempts):
        first = f"attempt {attempt.attempt}  {moment(attempt.finished_at, zone)}  {attempt.outcome}  "
        _say(first) if not attempt.detail else _paragraph(attempt.detail, first)


def show_digest(watch: "Watch", content: Mapping[str, Any]) -> None:
    """Show a digest as its text face."""
    zone = zone_of(content)
    message = render_digest(content, face="text", identity="", templates=watch.templates, time_zone=zone)
    _say((plain(message.subject), "bold"))
    _say()
    _say(harmless(message.text))
