"""Reads over promised dates: what open recommendations are promised for, and where a promise moved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlmodel import Session

from monitor.commitments.extract import Promise, standing_promise
from monitor.commitments.overdue import promised_since
from monitor.domain.status import is_open_status
from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView
from monitor.store.models import Record
from monitor.store.records import open_recommendations, versions_of_records

Way = Literal["later", "earlier", "made", "taken_back"]


@dataclass(frozen=True, slots=True)
class Promised:
    """An open recommendation and the date it is promised for, read `since`; `before` was promised earlier.

    `revision` rises with every new date.
    """

    source: str
    record: Record
    promise: Promise
    since: datetime
    before: Promise | None = None
    revision: int = 0

    def has_passed(self, today: date) -> bool:
        """Whether the last day that can be meant is over."""
        return self.promise.due < today


@dataclass(frozen=True, slots=True)
class PromiseMove:
    """A change that made, moved or took back a promise; one of the two sides may be None."""

    change: ChangeView
    before: Promise | None
    after: Promise | None

    @property
    def way(self) -> Way:
        """Which way it went; a move has at least one side, and not the same day on both."""
        if self.before is None:
            return "made"
        if self.after is None:
            return "taken_back"
        return "later" if self.after.due > self.before.due else "earlier"


def open_promises(session: Session, sources: Sequence[str] | None = None) -> list[Promised]:
    """Return the open recommendations whose comment promises a date, the earliest first."""
    found = [
        (source, record)
        for source, record in open_recommendations(session, sources)
        if standing_promise(record.fields.get("status_comment")) is not None
    ]
    versions = versions_of_records(session, [record.id for _, record in found])
    promised = [
        Promised(source, record, standing.promise, standing.first.seen_at, standing.before, standing.revision)
        for source, record in found
        if (standing := promised_since(versions[record.id])) is not None
    ]
    return sorted(promised, key=lambda one: (one.promise.due, one.source, one.record.key))


def due_between(promised: Iterable[Promised], since: date, until: date) -> list[Promised]:
    """Return those whose last day is from `since` on and before `until`, in their order."""
    return [one for one in promised if since <= one.promise.due < until]


def promise_moves(changes: Iterable[ChangeView]) -> list[PromiseMove]:
    """Return how these changes, oldest first, moved promised dates in the end: one move per record.

    Its change is the last of them. What was closed is held to none, and a date that is back has not moved.
    """
    moves: dict[int, PromiseMove] = {}
    for move in filter(None, map(promise_move, changes)):
        first = moves.get(move.change.record_id, move)
        moves[move.change.record_id] = PromiseMove(move.change, first.before, move.after)
    return [move for move in moves.values() if _due(move.before) != _due(move.after)]


def promise_move(change: ChangeView) -> PromiseMove | None:
    """Return how a change moved its recommendation's promised date, or None if it did not."""
    told = change.kind in (
        ChangeKind.NEW_RECOMMENDATION,
        ChangeKind.COMMENT_UPDATED,
        ChangeKind.STATUS_CHANGED,
    )
    if not told or "status_comment" not in change.after or not is_open_status(change.fields.get("status")):
        return None
    old, new = (standing_promise(side.get("status_comment")) for side in (change.before, change.after))
    return PromiseMove(change, old, new) if _due(old) != _due(new) else None


def _due(promise: Promise | None) -> date | None:
    return promise.due if promise else None
