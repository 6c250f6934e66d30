"""Which message of a channel is next, and the lease that lets one sender send it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, not_, text, update
from sqlmodel import Session, col, func, select

from alerts.domain.models import GATHERED_FOR, Delivery, OutboxEntry, OutboxItem
from alerts.domain.types import DeliveryOutcome, MessageKind, OutboxState
from alerts.outbox.throttle import LONGEST_BACKOFF
from monitor.store.models import Change

LEASE = timedelta(minutes=5)  # far longer than any send lasts
STUCK = timedelta(minutes=15)  # of failed attempts, after which the operator is notified
HOLDS_BACK = timedelta(minutes=2)  # order matters less than time
_GATHERED_KINDS = (MessageKind.SUMMARY, MessageKind.OPERATOR)
_LOOKED_AT = 100  # messages behind one that waits
WAITING = text("outbox.state IN ('pending', 'leased')")  # word for word as in the index, or it is not used
Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Leased:
    """A row that is ours until its lease runs out, as it was when we took it."""

    item: OutboxItem
    token: str
    attempt: int
    started: datetime


def channels_due(session: Session, now: datetime) -> list[str]:
    """Return the channels that have a message to send now."""
    return sorted({item.channel for item in due_heads(session, now)})


def due_since(session: Session, now: datetime) -> dict[str, datetime]:
    """Return since when the next message of some recipient has been due, by channel."""
    due = [head for head in _heads(session, now) if head.not_before <= now]  # the longest waiting first
    return {head.channel: head.not_before for head in reversed(due)}


def due_heads(session: Session, now: datetime, channel: str | None = None) -> list[OutboxItem]:
    """Return the next message of each recipient where it is due, by channel or of all.

    That is the first that waits, unless attempts have failed for `HOLDS_BACK`: then it holds back only
    what is about the same records.
    """
    found: list[OutboxItem] = []
    for head in _heads(session, now):
        if channel is not None and head.channel != channel:
            continue
        if _is_due(session, head, now):
            found.append(head)
        elif _lets_pass(session, head, now):
            found += _next_behind(session, head, now)
    return sorted(found, key=lambda item: (item.not_before, item.id))


def _lets_pass(session: Session, item: OutboxItem, now: datetime) -> bool:
    """Whether a message that waits for another try no longer holds back the recipient's later ones."""
    if item.attempts == 0 or item.not_before - now > LONGEST_BACKOFF:
        return False  # a longer wait than ours is one that the channel asked for: it is left alone
    began = first_tried(session, item)
    return began is not None and began + HOLDS_BACK <= now


def first_tried(session: Session, item: OutboxItem) -> datetime | None:
    """Return when the first attempt to send a message began."""
    attempts = select(Delivery.started_at).where(Delivery.outbox_id == item.id)
    began = session.exec(attempts.order_by(col(Delivery.id)).limit(1)).first()
    return item.leased_until - LEASE if began is None and item.leased_until else began


def _next_behind(session: Session, head: OutboxItem, now: datetime) -> list[OutboxItem]:
    """Return the recipient's next due message that is about other records than those that still wait."""
    held = _records(session, head)
    behind = select(OutboxItem).where(
        WAITING,
        OutboxItem.channel == head.channel,
        OutboxItem.recipient == head.recipient,
        col(OutboxItem.id) > head.id,
        not_(_gathering(now)),
    )
    for item in session.exec(behind.order_by(col(OutboxItem.id)).limit(_LOOKED_AT)):
        records = _records(session, item)
        if held.isdisjoint(records):
            if _is_due(session, item, now):
                return [item]
            if not _lets_pass(session, item, now):
                return []
        held |= records
    return []


def _records(session: Session, item: OutboxItem) -> set[int]:
    changed = select(Change.record_id).join(OutboxEntry, col(OutboxEntry.change_id) == col(Change.id))
    return set(session.exec(changed.where(OutboxEntry.outbox_id == item.id)))


def _gathering(now: datetime) -> ColumnElement[bool]:
    """Whether a message is a summary or a notice that is still being gathered."""
    return and_(
        col(OutboxItem.kind).in_(_GATHERED_KINDS),
        col(OutboxItem.state) == OutboxState.PENDING,
        col(OutboxItem.attempts) == 0,
        col(OutboxItem.not_before) > now,
        col(OutboxItem.created_at) <= now,  # else the clock was set back since
    )


def _heads(session: Session, now: datetime) -> list[OutboxItem]:
    # What is still being gathered holds up nobody.
    first = select(func.min(OutboxItem.id)).where(WAITING, not_(_gathering(now)))
    first = first.group_by(col(OutboxItem.channel), col(OutboxItem.recipient))
    query = select(OutboxItem).where(col(OutboxItem.id).in_(first))
    return list(session.exec(query.order_by(col(OutboxItem.not_before), col(OutboxItem.id))))


def _is_due(session: Session, item: OutboxItem, now: datetime) -> bool:
    if item.state == OutboxState.LEASED:
        return item.leased_until is None or item.leased_until <= now
    return item.not_before <= now or _is_of_a_later_clock(session, item, now)


def _is_of_a_later_clock(session: Session, item: OutboxItem, now: datetime) -> bool:
    """Whether a message waits only because the clock was set back: queued or last tried in its future.

    The end of quiet hours is a time of day, and counts on the clock as it is now.
    """
    if item.attempts == 0:
        wait = GATHERED_FOR if item.kind in _GATHERED_KINDS else timedelta(0)
        return item.created_at > now and item.not_before - item.created_at <= wait
    tried = select(func.max(Delivery.finished_at)).where(Delivery.outbox_id == item.id)
    last = session.exec(tried).one()
    return last is not None and last > now


def take_lease(session: Session, item: OutboxItem, lost: Delivery | None, **values: Any) -> bool:
    """Change a waiting row unless another sender has, and write down the attempt it lost, if any."""
    unchanged = (
        col(OutboxItem.id) == item.id,
        col(OutboxItem.state) == item.state,
        col(OutboxItem.attempts) == item.attempts,
    )
    taken = changed_a_row(session, update(OutboxItem).where(*unchanged).values(**values))
    if taken and lost:
        session.add(lost)
    return taken


def taken_since(session: Session, channel: str, since: datetime, now: datetime) -> list[datetime]:
    """Return when the channel took messages, and now for each that is on its way."""
    on_way = select(func.count()).where(
        WAITING, OutboxItem.channel == channel, OutboxItem.state == OutboxState.LEASED
    )
    return [*_accepted_times(session, channel, since), *[now] * session.exec(on_way).one()]


def _accepted_times(session: Session, channel: str, since: datetime) -> Iterator[datetime]:
    query = (
        select(Delivery.finished_at, Delivery.outcome, OutboxItem.channel)
        .join(OutboxItem, col(OutboxItem.id) == col(Delivery.outbox_id))
        .order_by(col(Delivery.id).desc())
    )
    # Newest first and no further back than the window: the cost does not grow with the history.
    with session.exec(query.execution_options(yield_per=100)) as rows:
        for finished, outcome, taken_by in rows:
            if finished <= since:
                return
            if outcome == DeliveryOutcome.ACCEPTED and taken_by == channel:
                yield finished


def lost_attempt(item: OutboxItem, now: datetime) -> Delivery:
    """Return the attempt of a sender whose lease ran out before it wrote a result."""
    return Delivery(
        outbox_id=item.id,
        attempt=item.attempts,
        started_at=item.leased_until - LEASE if item.leased_until else now,
        finished_at=now,
        outcome=DeliveryOutcome.FAILED,
        detail="the program ended before the answer was known; the message may have arrived",
    )


def changed_a_row(session: Session, statement: Any) -> bool:
    """Run an update and return whether it changed exactly one row."""
    # The row in our hands stays as we read it; what counts is what the database has.
    quietly = statement.execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", session.exec(quietly)).rowcount == 1
