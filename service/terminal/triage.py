"""Assignments, notes and snoozes as lines of text."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from alerts.domain.types import TriageKind
from alerts.language.headlines import STATUSES
from alerts.language.text import day, moment, plain, shortened
from alerts.views.triage import said_snooze
from service.terminal.console import paragraph, say


def cared_lines(life: Mapping[str, Any], zone: tzinfo) -> Iterator[tuple[str, str]]:
    """Return the assignment, note and snooze, then the whole activity, oldest first."""
    if care := life["care"]:
        yield from _care_lines(care, zone)
    for number, one in enumerate(life["said"]):
        who = plain(one["by"]) or f"change {one['change']}"
        when = moment(datetime.fromisoformat(one["at"]), zone)
        yield "" if number else "activity", f"{when}, {who}: {_said(one, zone)}"


def _care_lines(care: Mapping[str, Any], zone: tzinfo) -> Iterator[tuple[str, str]]:
    if care["assigned_to"]:
        since = day(datetime.fromisoformat(care["assigned_since"]), zone)
        yield "assigned to", f"{plain(care['assigned_to'])}, since {since}"
    if care["note"]:
        yield "note", plain(care["note"])
    if care["snoozed"]:
        yield "snoozed", said_snooze(care["snoozed_until"], zone).removeprefix("snoozed ")


def _said(one: Mapping[str, Any], zone: tzinfo) -> str:
    text = plain(one["text"])
    match one["kind"]:
        case TriageKind.ASSIGNED:
            return f"assigned to {text}" if text else "assigned to nobody"
        case TriageKind.NOTE:
            return f"note: {text}"
        case TriageKind.SNOOZE_OVER:
            return "no longer snoozed"
    return said_snooze(one["until"], zone)


def show_assigned(data: Sequence[Mapping[str, Any]], time_zone: str, *, nothing: str) -> None:
    """Show assigned records, person by person; `nothing` is what an empty list means."""
    zone, last = ZoneInfo(time_zone), None
    for one in data:
        name = plain(one["care"]["assigned_to"])
        if last is None or name.casefold() != last.casefold():
            say(("" if last is None else "\n") + name)
            last = name
        _show_one(one, zone)
    if not data:
        paragraph(nothing)


def _show_one(one: Mapping[str, Any], zone: tzinfo) -> None:
    since = day(datetime.fromisoformat(one["care"]["assigned_since"]), zone)
    status = STATUSES.get(str(one["status"]), "")
    gone = "" if one["listed"] else "no longer listed"
    facts = ", ".join(filter(None, (one["source"], status, gone, f"since {since}")))
    paragraph(f"{plain(one['key'])}  ({facts})", "  ", "bold")
    if title := plain(one["title"]):
        paragraph(shortened(title, 150), "      ")
    for name, said in _care_lines({**one["care"], "assigned_to": None}, zone):
        paragraph(f"{name}: {said}" if name == "note" else f"{name} {said}", "      ")
