"""Writes a check and its pages on the caller's session, and reads what a check must know. Never commits.

Unchanged checks cost one UPDATE. What every changed check does is few statements, built once and run on the
session's connection: to build one for every check, and to make objects of its rows, costs several times what
the database takes.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col

from monitor.domain.types import Outcome
from monitor.store.models import Check, Source

_LAST_CHECK = (
    sqlalchemy.select(col(Check.finished_at))
    .where(col(Check.source_id) == bindparam("source_id"))
    .order_by(col(Check.id).desc())
    .limit(1)
)
_ADD_CHECK = insert(Check).returning(col(Check.id))
_SET_OUTCOME = update(Check).where(col(Check.id) == bindparam("check_id"))


def record_check(session: Session, source: Source, check: Mapping[str, Any]) -> int:
    """Write a check's row and give its id; the unchanged checks before it become one row of their own."""
    connection = session.connection()
    if source.unchanged_checks and source.last_checked_at is not None:
        connection.execute(_ADD_CHECK, _unchanged_run(session, source, source.last_checked_at))
    return connection.execute(_ADD_CHECK, {"source_id": source.id, "times": 1, **check}).scalar_one()


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


def set_outcome(session: Session, check_id: int, outcome: Outcome) -> None:
    """Write what came of a check, which is known only when its records are compared."""
    session.connection().execute(_SET_OUTCOME, {"check_id": check_id, "outcome": outcome.value})
