"""What is kept and for how long. What proves a change, and what is listed now, is kept forever."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Select, delete, inspect, select, union
from sqlmodel import Session, SQLModel, col, func

from alerts.domain.models import Delivery, OutboxItem
from alerts.domain.types import DeliveryOutcome, OutboxState
from monitor.crawl.checkpoint import forget_old_sweeps
from monitor.store.models import (
    Change,
    Check,
    Document,
    Record,
    RecordVersion,
    Snapshot,
    SnapshotBody,
    SourcePage,
    SweepPage,
)
from service.watchfile.settings import KeepSettings

Selected = Select[Any]
Transaction = Callable[[], AbstractContextManager[Session]]
# Rows deleted in one transaction: a check that waits for the lock waits for a blink only.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went, or would go."""

    snapshots: int = 0
    bodies: int = 0
    checks: int = 0
    attempts: int = 0

    def __bool__(self) -> bool:
        return any(astuple(self))


def prune(write: Transaction, keep: KeepSettings, now: datetime, batch: int = _BATCH) -> Pruned:
    """Delete what is older than it is to be kept and proves nothing, a batch a transaction.

    Never touched: records, versions and changes; a snapshot that one of them, or a source's page as it
    stands, points at; a message, its entries and the attempt that was accepted.
    """
    with write() as session:
        forget_old_sweeps(session, now)
    gone = {name: _emptied(write, query, table, batch) for name, table, query in _queries(keep, now)}
    return Pruned(**gone)


def prunable(session: Session, keep: KeepSettings, now: datetime) -> Pruned:
    """Return what `prune` would delete, without the bodies and checks that would become free by it."""
    counts = {
        name: session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        for name, _, query in _queries(keep, now)
    }
    return Pruned(**counts)


def _queries(keep: KeepSettings, now: datetime) -> list[tuple[str, type[SQLModel], Selected]]:
    """Return what may go, in the order in which one deletion frees the next."""
    asked: list[tuple[str, type[SQLModel], Selected | None]] = [
        ("snapshots", Snapshot, old_snapshots(now - keep.snapshots) if keep.snapshots else None),
        ("bodies", SnapshotBody, unused_bodies()),
        ("attempts", Delivery, old_attempts(now - keep.attempts) if keep.attempts else None),
        ("checks", Check, old_checks(now - keep.checks) if keep.checks else None),
    ]
    return [(name, table, query) for name, table, query in asked if query is not None]


def evidence() -> Selected:
    """Select the hashes of every snapshot that something points at."""
    hashes = (
        select(col(Change.before_sha256)).where(col(Change.before_sha256).is_not(None)),
        select(col(Change.after_sha256)),
        select(col(Record.snapshot_sha256)),
        select(col(RecordVersion.snapshot_sha256)),
        select(col(SourcePage.sha256)),
        select(col(Document.sha256)).where(col(Document.sha256).is_not(None)),
        select(col(Document.text_sha256)).where(col(Document.text_sha256).is_not(None)),
        select(col(SweepPage.sha256)),  # proves nothing, but a sweep still needs it
    )
    return select(union(*hashes).subquery().c[0])


def old_snapshots(before: datetime) -> Selected:
    """Select the snapshots from before a time that prove nothing.

    The newest one stays: SQLite would give its number again, and that is sealed.
    """
    return select(col(Snapshot.id)).where(
        col(Snapshot.fetched_at) < before,
        col(Snapshot.sha256).not_in(evidence()),
        col(Snapshot.id) < select(func.max(Snapshot.id)).scalar_subquery(),
    )


def unused_bodies() -> Selected:
    """Select the contents that no snapshot has any more and nothing that is kept is a difference from.

    What rests on another comes before it, so that any beginning of the list can go.
    """
    columns = (col(SnapshotBody.sha256), col(SnapshotBody.base_sha256))
    shown = columns[0].in_(select(col(Snapshot.sha256))) | columns[0].in_(evidence())
    used = select(*columns).where(shown).cte("used", recursive=True)
    used = used.union(select(*columns).join(used, columns[0] == used.c.base_sha256))
    unused = select(columns[0]).where(columns[0].not_in(select(used.c.sha256)))
    return unused.order_by(col(SnapshotBody.depth).desc(), columns[0])


def old_attempts(before: datetime) -> Selected:
    """Select the attempts from before a time that failed, of messages that are settled."""
    return (
        select(col(Delivery.id))
        .join(OutboxItem, col(OutboxItem.id) == col(Delivery.outbox_id))
        .where(
            col(Delivery.finished_at) < before,
            col(Delivery.outcome) != DeliveryOutcome.ACCEPTED,
            col(OutboxItem.state).in_((OutboxState.SENT, OutboxState.DROPPED)),
        )
    )


def old_checks(before: datetime) -> Selected:
    """Select the checks from before a time at which nothing was recorded that is still there."""
    used = union(
        select(col(Snapshot.check_id)),
        select(col(Change.check_id)),
        select(col(RecordVersion.check_id)),
        select(col(OutboxItem.check_id)).where(col(OutboxItem.check_id).is_not(None)),
    ).subquery()
    newest = select(func.max(Check.id)).group_by(col(Check.source_id))
    return select(col(Check.id)).where(
        col(Check.finished_at) < before,
        col(Check.id).not_in(select(used.c[0])),
        col(Check.id).not_in(newest),
    )


def _emptied(write: Transaction, query: Selected, table: type[SQLModel], batch: int) -> int:
    key = next(iter(inspect(table).primary_key))
    gone = 0
    while True:
        with write() as session:
            result = cast(
                "CursorResult[Any]", session.execute(delete(table).where(key.in_(query.limit(batch))))
            )
            gone += result.rowcount
        if result.rowcount < batch:
            return gone
