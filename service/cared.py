"""What people said of records, as plain data, and in words for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from alerts.care import care_as_data, standing, standings
from alerts.care_words import said_snooze
from alerts.headlines import STATUSES
from alerts.models import Care
from alerts.standing import each_once
from alerts.wording import day, moment, plain, shortened
from monitor.models import Record, Source
from service.lines import paragraph, say


def cared_as_data(said: Sequence[Care], at: datetime) -> dict[str, Any]:
    """Give what stood at a time, and all that had been said of one thing by then."""
    known = [row for row in said if row.said_at <= at]
    return {
        "care": care_as_data(standing(known, at)),
        "said": [
            {
                "at": row.said_at.isoformat(),
                "by": row.said_by,
                "kind": row.kind,
                "text": row.text,
                "until": row.ends_at.isoformat() if row.ends_at else None,
                "change": row.change_id,
            }
            for row in known
        ],
    }


def assigned_as_data(session: Session, name: str | None, now: datetime) -> list[dict[str, Any]]:
    """Give what is somebody's, or one person's, by name and then by key; a thing on several lists once."""
    cares = {
        id_: one
        for id_, one in standings(session, now).items()
        if one.assigned and (name is None or _alike(one.assigned.text, name))
    }
    statement = (
        select(Source.key, Record)
        .join(Record, col(Record.source_id) == Source.id)
        .where(col(Record.id).in_(cares))
        # Where one list shows it still, the thing is shown as it stands there.
        .order_by(col(Record.listed).desc(), col(Record.id))
    )
    found = each_once(session, session.exec(statement).all())
    data = [
        {
            "source": source,
            "key": record.key,
            "kind": record.kind,
            "status": record.status,
            "listed": record.listed,
            "title": record.fields.get("recommendation") or record.fields.get("title"),
            "url": record.fields.get("url"),
            "care": care_as_data(cares[record.id]),
        }
        for source, record in found
    ]
    return sorted(data, key=lambda row: (row["care"]["assigned_to"].casefold(), row["key"]))


def _alike(one: str, other: str) -> bool:
    return plain(one).casefold() == plain(other).casefold()


# ---- in words


def cared_lines(life: Mapping[str, Any], zone: tzinfo) -> Iterator[tuple[str, str]]:
    """Give what each line of a life says of the care for it, then all that was said, oldest first."""
    if care := life["care"]:
        yield from _care_lines(care, zone)
    for number, one in enumerate(life["said"]):
        who = plain(one["by"]) or f"change {one['change']}"
        when = moment(datetime.fromisoformat(one["at"]), zone)
        yield "" if number else "said here", f"{when}, {who}: {_said(one, zone)}"


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
        case "assigned":
            return f"assigned to {text}" if text else "assigned to nobody"
        case "note":
            return f"note: {text}"
        case "snooze_over":
            return "no longer snoozed"
    return said_snooze(one["until"], zone)


def show_assigned(data: Sequence[Mapping[str, Any]], time_zone: str) -> None:
    """Show what is assigned, a person after the other."""
    zone, last = ZoneInfo(time_zone), None
    for one in data:
        name = plain(one["care"]["assigned_to"])
        if last is None or name.casefold() != last.casefold():
            say(("" if last is None else "\n") + name)
            last = name
        _show_one(one, zone)
    if not data:
        say("Nothing is assigned. `oversight-watch assign KEY NAME` says whose a recommendation is.")


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
