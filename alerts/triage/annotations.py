"""Who cares for a record: its assignee, its note, and until when it is snoozed.

What was said is a history that is only added to; the current state is derived from it. What is said of one
record counts for the thing, whichever sites list it. On the caller's session, never commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

import sqlalchemy
from sqlalchemy import Row, or_
from sqlmodel import Session, col, select

from alerts.domain.models import Care
from alerts.domain.types import TriageKind
from monitor.linkage.things import others_of, same_thing
from monitor.store.models import table_of

# Built once, and read without objects of its rows: every check with news does.
_ALL = sqlalchemy.select(*table_of(Care).c).order_by(col(Care.id))


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that stands: a name, a note or a snooze, by whom and since when."""

    text: str
    by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Snooze:
    """A snooze in force; `until` is None where it lasts until the next change."""

    until: datetime | None
    by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The current state, from all that was said of a thing."""

    assigned: Said | None = None
    note: Said | None = None
    snooze: Snooze | None = None


class CareData(TypedDict):
    """The triage of a record as plain data, with times as ISO 8601 strings."""

    assigned_to: str | None
    assigned_by: str | None
    assigned_since: str | None
    note: str | None
    note_by: str | None
    note_since: str | None
    snoozed: bool
    snoozed_by: str | None
    snoozed_since: str | None
    snoozed_until: str | None


def say(
    session: Session,
    record_id: int,
    kind: TriageKind,
    *,
    by: str,
    now: datetime,
    text: str | None = None,
    until: datetime | None = None,
) -> None:
    """Add one thing to what was said of a record."""
    session.add(Care(record_id=record_id, kind=kind, said_by=by, said_at=now, text=text, ends_at=until))


def said_of(session: Session, record_id: int) -> list[Care]:
    """Return all that was said of a record and of what other sites list as the same, oldest first."""
    is_of_it = or_(col(Care.record_id) == record_id, col(Care.record_id).in_(same_thing(record_id)))
    return list(session.exec(select(Care).where(is_of_it).order_by(col(Care.id))))


def standings(session: Session, now: datetime) -> dict[int, Standing]:
    """Return the state of every record of which something was said, and of the same on other sites.

    People say little beside what sites publish, so all of it is read.
    """
    said: dict[int, list[Row[Any]]] = {}
    for row in session.connection().execute(_ALL):
        said.setdefault(row.record_id, []).append(row)
    others = others_of(session, list(said)) if said else {}
    of_thing: dict[int, list[Row[Any]]] = {}
    for record_id, rows in said.items():
        for one in (record_id, *others.get(record_id, ())):
            of_thing.setdefault(one, []).extend(rows)
    return {one: standing(sorted(rows, key=lambda row: row.id), now) for one, rows in of_thing.items()}


def standing(said: Sequence[Care | Row[Any]], now: datetime) -> Standing:
    """Return the state at a time from what was said of one thing, oldest first."""
    assigned = note = None
    snooze: Snooze | None = None
    for row in said:
        by = row.said_by or ""
        if row.kind == TriageKind.ASSIGNED:
            assigned = Said(row.text, by, row.said_at) if row.text else None
        elif row.kind == TriageKind.NOTE:
            note = Said(row.text, by, row.said_at) if row.text else None
        else:
            snooze = None if row.kind == TriageKind.SNOOZE_OVER else Snooze(row.ends_at, by, row.said_at)
    over = snooze is not None and snooze.until is not None and snooze.until <= now
    return Standing(assigned, note, None if over else snooze)


def care_as_data(found: Standing | None) -> CareData | None:
    """Return the current state as plain data; None where it is empty."""
    if found is None or found == Standing():
        return None
    assigned, note, snooze = found.assigned, found.note, found.snooze
    return {
        "assigned_to": assigned.text if assigned else None,
        "assigned_by": assigned.by if assigned else None,
        "assigned_since": assigned.since.isoformat() if assigned else None,
        "note": note.text if note else None,
        "note_by": note.by if note else None,
        "note_since": note.since.isoformat() if note else None,
        "snoozed": snooze is not None,
        "snoozed_by": snooze.by if snooze else None,
        "snoozed_since": snooze.since.isoformat() if snooze else None,
        "snoozed_until": snooze.until.isoformat() if snooze and snooze.until else None,
    }
