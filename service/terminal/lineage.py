"""A record's history as lines of text."""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from alerts.language.headlines import said_status
from alerts.language.text import day, plain, shortened, shown_date
from monitor.domain.status import Status, is_open_status
from monitor.domain.types import ChangeKind

_LONGEST_COMMENT = 120


def lineage_lines(life: Mapping[str, Any], zone: tzinfo) -> Iterator[tuple[str, str]]:
    """Return a label and a text for each line of a record's history."""
    for number, one in enumerate(life.get("statuses", ())):
        status = said_status(one["status"], one["text"])
        again = ", reopened" if one["reopened"] else ""
        yield "" if number else "status history", f"{status}{again}: {_said_times(one, zone)}"
    for number, one in enumerate(life.get("comments", ())):
        said = f"“{shortened(plain(one['comment']), _LONGEST_COMMENT)}”" if one["comment"] else "no comment"
        yield "" if number else "comments", f"{_said_times(one, zone)}: {said}"
    if promise := life.get("promise"):
        yield "target date", said_promise(promise, zone)


def said_promise(promise: Mapping[str, Any], zone: tzinfo) -> str:
    """Return a target date in its own words, with its last day, its first reading and the earlier date."""
    ends = "passed" if promise["passed"] else "ahead"
    read = day(datetime.fromisoformat(promise["since"]), zone)
    moved = f", moved from {plain(promise['moved_from'])}" if promise["moved_from"] else ""
    last = shown_date(promise["due"])
    return f"“{plain(promise['words'])}”{moved}: last day {last}, {ends}; first read {read}"


def _said_times(one: Mapping[str, Any], zone: tzinfo) -> str:
    first, last = (day(datetime.fromisoformat(one[name]), zone) for name in ("first_seen", "last_seen"))
    if one["stands"]:
        return f"from {first}, last seen {last}" if last != first else f"from {first}"
    return f"from {first} until {last}" if last != first else f"on {first}"


def said_change(change: Mapping[str, Any]) -> str:
    """Return what a change did: closed, reopened, partially addressed, priority raised."""
    kind = change["kind"]
    if kind == ChangeKind.PRIORITY_CHANGED.value:
        return "priority mark raised" if change["after"].get("priority") else "priority mark dropped"
    if kind != ChangeKind.STATUS_CHANGED.value:
        return str(kind).replace("_", " ")
    old, new = (str(change[side].get("status")) for side in ("before", "after"))
    if new.startswith(Status.CLOSED.value):
        return "status changed: closed"
    if old.startswith(Status.CLOSED.value) and is_open_status(new):
        return "status changed: reopened"
    return (
        "status changed: partially addressed" if new == Status.OPEN_PARTIALLY_ADDRESSED else "status changed"
    )
