"""Assignments, notes and snoozes of records as plain data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from alerts.domain.models import Care
from alerts.language.text import plain
from alerts.triage.annotations import care_as_data, standing, standings
from monitor.linkage.things import each_once
from monitor.store.models import Record, Source


def cared_as_data(said: Sequence[Care], at: datetime) -> dict[str, Any]:
    """Return what stood at a time, and all that had been said of one thing by then."""
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
    """Return what is somebody's, or one person's, by name and then by key; a thing on several lists once."""
    cares = {
        id_: one
        for id_, one in standings(session, now).items()
        if one.assigned and (name is None or alike(one.assigned.text, name))
    }
    statement = (
        select(Source.key, Record)
        .join(Record, col(Record.source_id) == Source.id)
        .where(col(Record.id).in_(cares))
        # If one list still has the record, it is shown as that list has it.
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


def alike(one: str, other: str) -> bool:
    """Whether two names are of one person."""
    return plain(one).casefold() == plain(other).casefold()
