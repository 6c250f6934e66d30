"""Write and count checks, on the caller's session. Never commits.

The statements that every changed check needs are built once and run on the session's connection: building one
per check, and making objects of its rows, costs several times what the database takes.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func, insert, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from monitor.domain.types import UNREAD_OUTCOMES, Outcome
from monitor.store.batches import in_parts
from monitor.store.imports import numbered
from monitor.store.models import Check, Source

_LAST_CHECK = (
    sqlalchemy.select(col(Check.finished_at))
    .where(col(Check.source_id) == bindparam("source_id"))
    .order_by(col(Check.id).desc())
    .limit(1)
)
_ADD_CHECK = insert(Check).returning(col(Check.id))
_SET_OUTCOME = update(Check).where(col(Check.id) == bindparam("check_id"))


def write_check(session: Session, source: Source, check: Mapping[str, Any]) -> int:
    """Write a check's row and return its id; the unchanged checks before it become one row of their own."""
    _write_run(session, source)
    row = {"source_id": source.id, "times": 1, **check}
    return session.connection().execute(_ADD_CHECK, numbered(session, Check, [row])[0]).scalar_one()


def end_unchanged_run(session: Session, source: Source) -> None:
    """Write the unchanged checks since the last row as one of their own, as the next check would."""
    _write_run(session, source)
    session.exec(update(Source).where(col(Source.id) == source.id).values(unchanged_checks=0))


def _write_run(session: Session, source: Source) -> None:
    if source.unchanged_checks and source.last_checked_at is not None:
        run = _unchanged_run(session, source, source.last_checked_at)
        session.connection().execute(_ADD_CHECK, numbered(session, Check, [run])[0])


def _unchanged_run(session: Session, source: Source, ended_at: datetime) -> dict[str, Any]:
    before = session.connection().execute(_LAST_CHECK, {"source_id": source.id}).scalar()
    return {
        "source_id": source.id,
        "started_at": before or source.created_at,
        "finished_at": ended_at,
        "outcome": Outcome.UNCHANGED.value,
        "times": source.unchanged_checks,
        "pages": 0,
        "rows": source.rows,
        "declared_total": source.declared_total,
        "complete": source.complete,
        "reasons": [],
    }


def write_outcome(session: Session, check_id: int, outcome: Outcome) -> None:
    """Write a check's outcome, which is known only after its records are compared."""
    session.connection().execute(_SET_OUTCOME, {"check_id": check_id, "outcome": outcome.value})


def last_reasons(session: Session, source_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return, by source id, the reasons of its last check."""
    last = select(Check.reasons).where(Check.source_id == Source.id)
    newest = last.order_by(col(Check.finished_at).desc(), col(Check.id).desc()).limit(1).scalar_subquery()
    found = (
        session.exec(select(Source.id, newest).where(col(Source.id).in_(some)))
        for some in in_parts(source_ids)
    )
    return {source_id: tuple(reasons or ()) for part in found for source_id, reasons in part}


def troubled_checks(session: Session, since: datetime) -> dict[int, int]:
    """Return, by source id, how many checks failed or were quarantined since a time."""
    statement = (
        select(Check.source_id, func.count())
        .where(col(Check.outcome).in_(UNREAD_OUTCOMES))
        .where(col(Check.finished_at) >= since)
        .group_by(col(Check.source_id))
    )
    return dict(session.exec(statement).all())


def check_mark(session: Session) -> dict[str, Any]:
    """Return a mark for `checks_since` to count from: the newest check, and the unchanged ones after it."""
    newest = session.exec(select(func.max(Check.id))).one() or 0
    unchanged = session.exec(select(Source.key, Source.unchanged_checks)).all()
    return {"check": newest, "unchanged": {key: count for key, count in unchanged if count}}


def checks_since(session: Session, mark: Mapping[str, Any]) -> dict[str, int]:
    """Return by source key the number of checks after a mark; an empty mark counts all."""
    statement = (
        select(Source.key, Source.unchanged_checks, func.sum(Check.times))
        .join(
            Check, (col(Check.source_id) == Source.id) & (col(Check.id) > mark.get("check", 0)), isouter=True
        )
        .group_by(Source.key, col(Source.unchanged_checks))
    )
    # A run of unchanged checks is written as one row when it ends, with those from before the mark.
    before = mark.get("unchanged", {})
    return {key: (times or 0) + now - before.get(key, 0) for key, now, times in session.exec(statement)}


def last_looks_before(session: Session, check_ids: Collection[int]) -> dict[int, datetime]:
    """Return, for each of these checks, when the last one before it that could read its source ended."""
    before = aliased(Check)
    ended = (
        select(func.max(before.finished_at))
        .where(
            before.source_id == Check.source_id,
            before.id < Check.id,
            col(before.outcome).not_in(UNREAD_OUTCOMES),
        )
        .scalar_subquery()
    )
    found = [
        session.exec(select(Check.id, ended).where(col(Check.id).in_(some))) for some in in_parts(check_ids)
    ]
    return {check_id: time for part in found for check_id, time in part if time}
