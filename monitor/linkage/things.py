"""Which records of other sources are the same thing; apart from the rules, which load slowly."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from monitor.store.batches import in_parts
from monitor.store.models import Link, Record

VALUES: Any = bindparam("values", expanding=True)
OTHER = aliased(Link)
_OTHERS = (
    sqlalchemy.select(col(Link.record_id), col(OTHER.record_id))
    .join(OTHER, col(OTHER.thing_id) == col(Link.thing_id))
    .where(col(Link.record_id).in_(VALUES), col(OTHER.record_id) != col(Link.record_id))
    .order_by(col(OTHER.record_id))
)


def others_of(session: Session, record_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the ids of the records of other sources that are the same thing, for each record with any."""
    found: dict[int, list[int]] = defaultdict(list)
    for part in in_parts(record_ids):
        for record_id, other_id in session.connection().execute(_OTHERS, {"values": part}):
            found[record_id].append(other_id)
    return dict(found)


def same_thing(record_id: int) -> sqlalchemy.Select[int]:
    """Return the query for the ids of the records of all sources that are the same thing."""
    of_record = sqlalchemy.select(col(OTHER.record_id)).join(Link, col(OTHER.thing_id) == col(Link.thing_id))
    return of_record.where(col(Link.record_id) == record_id)


def each_once(session: Session, found: Sequence[tuple[str, Record]]) -> list[tuple[str, Record]]:
    """Return the records without those that another source also lists."""
    others = others_of(session, [record.id for _, record in found])
    kept: dict[int, tuple[str, Record]] = {}
    for source, record in found:
        if kept.keys().isdisjoint(others.get(record.id, ())):
            kept[record.id] = (source, record)
    return list(kept.values())
