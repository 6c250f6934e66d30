"""Show changes, records, record histories and target dates in a terminal.

Page text is hostile here too: see service.terminal.status.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from alerts.language.headlines import LABELS, STATUSES, said_value
from alerts.language.text import counted, day, plain, shortened, shown_date, window
from monitor.domain.us_dates import clock_words
from service.readmodel.documents import said_document
from service.readmodel.nothing import UNTOLD
from service.readmodel.records import moments
from service.terminal.console import console, paragraph, say, width
from service.terminal.lineage import lineage_lines, said_change, said_promise
from service.terminal.status import said_time
from service.terminal.text import changed_text
from service.terminal.triage import cared_lines

_LONG_KEY = 22


def show_changes(changes: Sequence[Mapping[str, Any]], time_zone: str, *, nothing: str) -> None:
    """Show changes by local day, newest first; `nothing` is what an empty list means."""
    zone = ZoneInfo(time_zone)
    longest = max((len(change["source"]) for change in changes), default=0)
    last = ""
    for change in changes:
        seen = datetime.fromisoformat(change["seen"])
        today = day(seen, zone)
        if today != last:
            say(("\n" if last else "") + today)
            last = today
        first = f"  {clock_words(seen.astimezone(zone)):>10}  {change['source']:<{longest}}  "
        imported = ", imported" if change["imported"] else ""
        paragraph(f"{shortened(change['headline'], 240)} (change {change['id']}{imported})", first)
    if not changes:
        paragraph(nothing)


def show_records(records: Sequence[Mapping[str, Any]], limit: int, *, nothing: str) -> None:
    """Show records by source, one or two lines each; `nothing` is what an empty list means."""
    last = None
    for record in records[:limit]:
        if record["source"] != last:
            say(("" if last is None else "\n") + record["source"])
            last = record["source"]
        _show_record(record, "" if record["listed"] else "no longer listed")
    if len(records) > limit:
        say(f"\n… and {len(records) - limit:,} more; --limit {len(records)} shows them all")
    if not records:
        paragraph(nothing)


def _show_record(fields: Mapping[str, Any], note: str = "") -> None:
    status = STATUSES.get(str(fields.get("status")), "") if "status" in fields else ""
    issued = shown_date(fields.get("issue_date")) or plain(fields.get("fiscal_year"))
    facts = ", ".join(filter(None, [status, "priority" if fields.get("priority") else "", issued, note]))
    key = plain(fields["key"])
    if len(key) > _LONG_KEY:  # a title used in place of a number
        paragraph(key, "  ", "bold")
        say(f"      {facts}")
    else:
        say("  ", (f"{key:<{_LONG_KEY}}", "bold"), f"  {facts}")
    about = plain(fields.get("recommendation") or fields.get("title"))
    if about and about.casefold() != key.casefold():
        say("      ", shortened(about, width() - 6))


def show_compared(data: Mapping[str, Any], limit: int) -> None:
    """Show what only one of two sources lists, then what both list and how that was found."""
    one, other = data["sources"]
    for here, there in ((one, other), (other, one)):
        rows = data["only"][here]
        say((f"{counted(len(rows), 'record')} on {here} and not on {there}", "bold"))
        for row in rows[:limit]:
            _show_record(row)
        _rest(len(rows), limit)
    found = Counter(_said_how(pair) for pair in data["both"])
    how = "".join(f"; {count:,} {said}" for said, count in found.most_common())
    say((f"{counted(len(data['both']), 'record')} on both{how}", "bold"))
    for pair in data["both"][:limit]:
        mine, theirs = pair["records"][one], pair["records"][other]
        # The first of the two already shows the number and title.
        again = "" if mine["key"] == theirs["key"] else f", there {plain(theirs['key'])}"
        _show_record(mine, f"{_said_how(pair)}{again}")
    _rest(len(data["both"]), limit)


def _rest(count: int, limit: int) -> None:
    if count > limit:
        say(f"  … and {count - limit:,} more; --limit {count} shows them all")


def _said_how(found: Mapping[str, Any]) -> str:
    return f"by {found['by']}" if found["by"] else "through a third source"


# ---- a record's history


def show_lives(lives: Sequence[Mapping[str, Any]], time_zone: str) -> None:
    """Show each record: its current state, then every version, newest last."""
    for number, life in enumerate(lives):
        if number:
            say()
        _show_life(life, ZoneInfo(time_zone))


def _show_life(life: Mapping[str, Any], zone: tzinfo) -> None:
    when = f", as of {shown_date(life['on'])}" if life["on"] else ""
    paragraph(f"{plain(life['key'])}  ({life['kind']}, {life['source']}{when})", "", "bold")
    if life["fields"] is None:
        say(f"  not known on that day; first seen {said_time(life['first_seen'], zone)}")
        return
    listed = "on the list" if life["listed"] else f"off the list since {said_time(life['unlisted'], zone)}"
    say(f"  {listed}; first seen {said_time(life['first_seen'], zone)}")
    say()
    for name, value in life["fields"].items():
        if value is not None:
            paragraph(value_in_words(name, value), f"  {_label(name):<15}  ")
    if life["document"]:
        said = said_document(life["document"], lambda at: said_time(at, zone))
        paragraph(said, "  file             ")
    for other in life["elsewhere"]:
        paragraph(_said_elsewhere(other), "  also on          ")
    for name, said in lineage_lines(life, zone):
        paragraph(said, f"  {name:<15}  ")
    for name, said in cared_lines(life, zone):
        paragraph(said, f"  {name:<15}  ")
    for version, told in moments(life):
        _show_version(version, told, zone, first=version is life["versions"][0])
    if life["corrections"]:
        say()
        say(("corrections", "bold"), "  what a later reading of the stored pages found")
    for one in life["corrections"]:
        seen = f"{said_time(one['seen'], zone)}, " if one["seen"] else ""
        paragraph(f"{seen}{one['said']} ({one['read_with']})", "  ")


def _said_elsewhere(other: Mapping[str, Any]) -> str:
    gone = "" if other["listed"] else "; not listed now"
    return f"{plain(other['source'])} as {plain(other['key'])} ({_said_how(other)}{gone})"


def _label(name: str) -> str:
    short = {"recommendation_number": "number", "matter_number": "matter", "status_text": "wording"}
    return short.get(name) or LABELS.get(name, name)


def value_in_words(name: str, value: Any) -> str:
    """Return the value of a field as people read it."""
    return STATUSES.get(str(value), plain(value)) if name == "status" else said_value(name, value)


def _show_version(
    version: Mapping[str, Any], changes: Sequence[Mapping[str, Any]], zone: tzinfo, *, first: bool
) -> None:
    what = ", ".join(f"{said_change(one)} (change {one['id']})" for one in changes)
    say()
    what = what or ("first seen" if first else "read again")
    paragraph(what, f"{said_time(version['seen'], zone)}  ", "bold")
    for change in changes:
        if change["not_before"]:
            begin, end = (datetime.fromisoformat(change[name]) for name in ("not_before", "seen"))
            paragraph(f"changed {window(begin, end, zone)}", "  ")
        if change["as_of"]:
            say(f"  list as of {shown_date(change['as_of'])}")
        for name in {**change["before"], **change["after"]} if change["before"] else ():
            before, after = change["before"].get(name), change["after"].get(name)
            show_changed_field(
                LABELS.get(name, name), value_in_words(name, before), value_in_words(name, after)
            )
        if change["imported"]:
            say("  imported")
        _show_telling(change, zone)
    befores = dict.fromkeys(c["before_sha256"] for c in changes if c["before_sha256"])
    for sha256 in befores:
        say(f"  page before {sha256}")
    say(f"  page {'after ' if befores else '      '} {version['snapshot_sha256']}")


def _show_telling(change: Mapping[str, Any], zone: tzinfo) -> None:
    for told in change["told"]:
        words = f" ({', '.join(map(plain, told['words']))})" if told["words"] else ""
        state = f"sent {said_time(told['sent_at'], zone)}" if told["sent_at"] else told["state"]
        wrong = f": {told['error']}" if told["error"] and not told["sent_at"] else ""
        said = f"{plain(told['channel'])} ({plain(told['recipient'])}), topic {plain(told['topic'])}{words}"
        paragraph(f"{said}; message {told['message']}, {state}{wrong}", "  sent to ")
    for told in change["told_before"]:
        whom = f"{plain(told['channel'])} ({plain(told['recipient'])}), topic {plain(told['topic'])}"
        same = f"already sent for {plain(told['source'])}, {plain(told['key'])}"
        paragraph(f"{whom}: {same}", "  not sent again to ")
    if not change["told"] and not change["told_before"] and change["decision"]:
        paragraph(UNTOLD[change["decision"]].format(topics=", ".join(change["topics"])), "  ")


def show_changed_field(label: str, before: str, after: str) -> None:
    """Show a field with the words that went and came marked."""
    say(f"  {label}:")
    lines = changed_text(before, after).wrap(console(), max(width() - 4, 24), overflow="fold")
    for line in lines:
        line.rstrip()
        console().print(Text("    ") + line, soft_wrap=True)


def show_promises(data: Sequence[Mapping[str, Any]], limit: int, time_zone: str) -> None:
    """Show the target dates of open recommendations; missed ones in red."""
    zone = ZoneInfo(time_zone)
    for one in data[:limit]:
        paragraph(f"{plain(one['key'])}  ({one['source']})", "", "bold")
        paragraph(said_promise(one["promise"], zone), "  ", "red" if one["promise"]["passed"] else "")
        paragraph(shortened(plain(one["recommendation"]), 150), "  ")
    _rest(len(data), limit)
    if not data:
        say("No open recommendation has a target date.")
