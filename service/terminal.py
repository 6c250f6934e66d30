"""What commands show to people: text that fits 80 columns, coloured only on a terminal.

Page text is hostile: every word of it goes through `plain` or `harmless`, and none is read as markup.
What scripts read is in service.shown_data.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress, track
from rich.text import Text
from sqlmodel import Session, col, select

from alerts.channels import Face
from alerts.deliver import Delivered
from alerts.errors import AlertError
from alerts.headlines import LABELS, STATUSES, headline
from alerts.models import Delivery, OutboxItem
from alerts.reading import zone_of
from alerts.render import render_digest, render_item
from alerts.wording import counted, day, moment, plain, shortened, shown_date, window
from monitor.models import Record
from monitor.queries import ChangeView
from service.cared import cared_lines
from service.lineage import lineage_lines, said_change, said_promise
from service.lines import console as _console
from service.lines import paragraph as _paragraph
from service.lines import say as _say
from service.lines import width as _width
from service.shown_text import changed_text, harmless

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
_UNTOLD = {
    "sent": "told to nobody: no channel was left",
    "digest": "kept for the digests of topic {topics}",
    "not_sent": "told to nobody: topic {topics} has no channel",
    "no_topic": "told to nobody: no topic asks for it",
    "snoozed": "not told at once, as it was snoozed; the digests of topic {topics} count it",
}
_STATES = {"sent": "green", "accepted": "green", "dead": "red", "failed": "yellow", "refused": "red"}
_LONG_KEY = 22


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
        last = f"last {_time(one['last_made'], zone)}" if one["last_made"] else "none made yet"
        due = f", next {_time(one['next_due'], zone)}" if one["next_due"] else ""
        _paragraph(f"{one['digest']}: {last}{due}", "digest   ")
    if fleet := data["fleet"]:
        running, waiting = counted(fleet["checks_running"], "check"), fleet["checks_waiting"]
        _say("fleet    ", f"{counted(fleet['workers'], 'worker')}, {running} running, {waiting:,} waiting")


def _show_source(one: Mapping[str, Any], indent: int, zone: tzinfo) -> None:
    outcome, blank = one["outcome"] or "not checked yet", " " * indent
    checked = f"  {_time(one['last_checked'], zone)}" if one["last_checked"] else ""
    _say(f"{one['source']:<{indent}}", (f"{outcome:<11}", _OUTCOMES.get(outcome, "")), checked)
    if one["read"]:
        left = one["unresolved"]
        asked = f"; {counted(left, 'recommendation')} off the list, status not yet known" if left else ""
        _paragraph(f"{completeness(one)}{_swept(one)}{asked}", blank)
    if one["sweep_pages_read"]:
        _say(blank, f"a sweep is under way or was cut off: {counted(one['sweep_pages_read'], 'page')} read")
    if one["trouble_since"]:
        count = counted(one["troubles_in_a_row"], "check")
        since = _time(one["trouble_since"], zone)
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
        return f"{said}; left alone, as it asked, until {_time(one['left_alone_until'], zone)}"
    spent = one["requests_today"] >= one["requests_per_day"]
    return f"{said}; left alone until the next day (UTC)" if spent else said


def _next(one: Mapping[str, Any], zone: tzinfo) -> str:
    if not one["watched"]:
        return "no longer in the watch file; its history is kept"
    return "paused" if one["paused"] else f"next {_time(one['next_due'], zone)}"


def _time(iso: str, zone: tzinfo) -> str:
    return moment(datetime.fromisoformat(iso), zone)


# ---- changes and records


def show_changes(changes: Sequence[ChangeView], time_zone: str) -> None:
    """Show changes by local day, newest first."""
    zone = ZoneInfo(time_zone)
    longest = max((len(change.source) for change in changes), default=0)
    last = ""
    for change in changes:
        today = day(change.seen_at, zone)
        if today != last:
            _say(("\n" if last else "") + today)
            last = today
        first = f"  {change.seen_at.astimezone(zone):%H:%M}  {change.source:<{longest}}  "
        _paragraph(shortened(headline(change).text, 240), first)
    if not changes:
        _say("No change is recorded. The first check of a source only takes stock.")


def show_records(pairs: Sequence[tuple[str, Record]], limit: int) -> None:
    """Show records by source, one or two lines each."""
    last = None
    for source, record in pairs[:limit]:
        if source != last:
            _say(("" if last is None else "\n") + source)
            last = source
        _show_record({**record.fields, "key": record.key}, "" if record.listed else "no longer listed")
    if len(pairs) > limit:
        _say(f"\n… and {len(pairs) - limit:,} more; --limit {len(pairs)} shows them all")
    if not pairs:
        _say("There is no such record. `oversight-watch status` tells what was checked.")


def _show_record(fields: Mapping[str, Any], note: str = "") -> None:
    status = STATUSES.get(str(fields.get("status")), "") if "status" in fields else ""
    issued = shown_date(fields.get("issue_date")) or plain(fields.get("fiscal_year"))
    facts = ", ".join(filter(None, [status, "priority" if fields.get("priority") else "", issued, note]))
    key = plain(fields["key"])
    if len(key) > _LONG_KEY:  # a title that stands in for a number
        _paragraph(key, "  ", "bold")
        _say(f"      {facts}")
    else:
        _say("  ", (f"{key:<{_LONG_KEY}}", "bold"), f"  {facts}")
    about = plain(fields.get("recommendation") or fields.get("title"))
    if about and about.casefold() != key.casefold():
        _say("      ", shortened(about, _width() - 6))


def show_compared(data: Mapping[str, Any], limit: int) -> None:
    """Show what only one of two sources lists, then what both list and how that was found."""
    one, other = data["sources"]
    for here, there in ((one, other), (other, one)):
        rows = data["only"][here]
        _say((f"{counted(len(rows), 'record')} on {here} and not on {there}", "bold"))
        for row in rows[:limit]:
            _show_record(row)
        _rest(len(rows), limit)
    found = Counter(_said_how(pair) for pair in data["both"])
    how = "".join(f"; {count:,} {said}" for said, count in found.most_common())
    _say((f"{counted(len(data['both']), 'record')} on both{how}", "bold"))
    for pair in data["both"][:limit]:
        mine, theirs = pair["records"][one], pair["records"][other]
        # What number or title says is said by the first of the two already.
        again = "" if mine["key"] == theirs["key"] else f", there {plain(theirs['key'])}"
        _show_record(mine, f"{_said_how(pair)}{again}")
    _rest(len(data["both"]), limit)


def _rest(count: int, limit: int) -> None:
    if count > limit:
        _say(f"  … and {count - limit:,} more; --limit {count} shows them all")


def _said_how(found: Mapping[str, Any]) -> str:
    return f"by {found['by']}" if found["by"] else "through a third source"


# ---- a record's life


def show_lives(lives: Sequence[Mapping[str, Any]], time_zone: str) -> None:
    """Show each life: how the record stands, then every version, newest last."""
    for number, life in enumerate(lives):
        if number:
            _say()
        _show_life(life, ZoneInfo(time_zone))


def _show_life(life: Mapping[str, Any], zone: tzinfo) -> None:
    when = f" on {life['on']}" if life["on"] else ""
    _paragraph(f"{plain(life['key'])}  ({life['kind']}, {life['source']}{when})", "", "bold")
    if life["fields"] is None:
        _say(f"  not known on that day: first seen {_time(life['first_seen'], zone)}")
        return
    listed = "on the list" if life["listed"] else f"off the list since {_time(life['unlisted'], zone)}"
    _say(f"  {listed}; first seen {_time(life['first_seen'], zone)}")
    _say()
    for name, value in life["fields"].items():
        if value is not None:
            _paragraph(_value(name, value), f"  {_label(name):<15}  ")
    for other in life["elsewhere"]:
        _paragraph(_said_elsewhere(other), "  also on          ")
    for name, said in lineage_lines(life, zone):
        _paragraph(said, f"  {name:<15}  ")
    for name, said in cared_lines(life, zone):
        _paragraph(said, f"  {name:<15}  ")
    for version, told in _moments(life):
        _show_version(version, told, zone, first=version is life["versions"][0])


def _moments(life: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Give every version with its changes, and every change that made none, in the order of time."""
    # A page that is read in a new way and has changed as well makes two versions: the later one is the news.
    newest = {version["seen"]: version for version in life["versions"]}
    told: list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]] = [
        (one, [c for c in life["changes"] if c["seen"] == one["seen"] and one is newest[one["seen"]]])
        for one in life["versions"]
    ]
    shown = {change["id"] for _, changes in told for change in changes}
    alone = [change for change in life["changes"] if change["id"] not in shown]
    told += [({**change, "snapshot_sha256": change["after_sha256"]}, [change]) for change in alone]
    return sorted(told, key=lambda moment: datetime.fromisoformat(moment[0]["seen"]))


def _said_elsewhere(other: Mapping[str, Any]) -> str:
    gone = "" if other["listed"] else "; not listed now"
    return f"{plain(other['source'])} as {plain(other['key'])} ({_said_how(other)}{gone})"


def _label(name: str) -> str:
    short = {"recommendation_number": "number", "status_text": "as worded", "priority": "priority"}
    return short.get(name) or LABELS.get(name, name)


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "status":
        return STATUSES.get(str(value), plain(value))
    return shown_date(value) if name == "issue_date" else plain(value)


def _show_version(
    version: Mapping[str, Any], changes: Sequence[Mapping[str, Any]], zone: tzinfo, *, first: bool
) -> None:
    what = ", ".join(map(said_change, changes))
    _say()
    _say((_time(version["seen"], zone), "bold"), f"  {what or ('first seen' if first else 'read anew')}")
    for change in changes:
        if change["not_before"]:
            begin, end = (datetime.fromisoformat(change[name]) for name in ("not_before", "seen"))
            _say(f"  it happened {window(begin, end, zone)}")
        for name in {**change["before"], **change["after"]} if change["before"] else ():
            before, after = change["before"].get(name), change["after"].get(name)
            _paragraph_of_change(LABELS.get(name, name), _value(name, before), _value(name, after))
        _show_telling(change, zone)
    befores = dict.fromkeys(c["before_sha256"] for c in changes if c["before_sha256"])
    for sha256 in befores:
        _say(f"  proof before {sha256}")
    _say(f"  proof {'after ' if befores else '      '} {version['snapshot_sha256']}")


def _show_telling(change: Mapping[str, Any], zone: tzinfo) -> None:
    for told in change["told"]:
        words = f" ({', '.join(map(plain, told['words']))})" if told["words"] else ""
        state = f"sent {_time(told['sent_at'], zone)}" if told["sent_at"] else told["state"]
        wrong = f": {told['error']}" if told["error"] and not told["sent_at"] else ""
        said = f"{plain(told['channel'])} ({plain(told['recipient'])}), topic {plain(told['topic'])}{words}"
        _paragraph(f"{said}; message {told['message']}, {state}{wrong}", "  told to ")
    for told in change["told_before"]:
        whom = f"{plain(told['channel'])} ({plain(told['recipient'])}), topic {plain(told['topic'])}"
        same = f"the same was told on {plain(told['source'])} as {plain(told['key'])}"
        _paragraph(f"{whom}: {same}", "  not told again to ")
    if not change["told"] and not change["told_before"] and change["decision"]:
        _paragraph(_UNTOLD[change["decision"]].format(topics=", ".join(change["topics"])), "  ")


def _paragraph_of_change(label: str, before: str, after: str) -> None:
    _say(f"  {label}:")
    lines = changed_text(before, after).wrap(_console(), max(_width() - 4, 24), overflow="fold")
    for line in lines:
        line.rstrip()
        _console().print(Text("    ") + line, soft_wrap=True)


def show_promises(data: Sequence[Mapping[str, Any]], limit: int, time_zone: str) -> None:
    """Show what is promised of open recommendations, what has passed in red."""
    zone = ZoneInfo(time_zone)
    for one in data[:limit]:
        _paragraph(f"{plain(one['key'])}  ({one['source']})", "", "bold")
        _paragraph(said_promise(one["promise"], zone), "  ", "red" if one["promise"]["passed"] else "")
        _paragraph(shortened(plain(one["recommendation"]), 150), "  ")
    _rest(len(data), limit)
    if not data:
        _say("No open recommendation is promised for a date.")


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
