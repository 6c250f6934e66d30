"""Write changes, on the caller's session. Never commits."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col

from monitor.store.imports import numbered
from monitor.store.models import Change

_ADD = insert(Change).returning(col(Change.id), sort_by_parameter_order=True)


def write_changes(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write rows of `change` and return their ids in the same order."""
    return list(session.connection().scalars(_ADD, numbered(session, Change, rows))) if rows else []
