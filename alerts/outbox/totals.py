"""The outbox in numbers: messages by channel and state, and the channels in trouble."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from alerts.domain.models import Delivery, OutboxItem
from alerts.domain.types import OutboxState
from alerts.outbox.leases import LEASE, WAITING


@dataclass(frozen=True, slots=True)
class Total:
    """The messages of one channel in one state."""

    channel: str
    state: str
    messages: int
    oldest: datetime
    newest_id: int


def totals(session: Session, latest: int | None = None) -> list[Total]:
    """Return the totals of every channel and state in one query, of all messages or of the latest."""
    by = (col(OutboxItem.channel), col(OutboxItem.state))
    statement = sqlalchemy.select(
        *by,
        func.count(),
        func.min(OutboxItem.created_at),
        func.max(OutboxItem.id),
    )
    if latest is not None:
        newest = select(func.max(OutboxItem.id)).scalar_subquery()
        statement = statement.where(col(OutboxItem.id) > newest - latest)
    return [Total(*row) for row in session.connection().execute(statement.group_by(*by).order_by(*by))]


def last_given_up(counted: Iterable[Total]) -> list[int]:
    """Return the last message of each channel that was given up, where the channel took no later one."""
    newest = {(one.channel, one.state): one.newest_id for one in counted}
    return [
        id_
        for (channel, state), id_ in newest.items()
        if state == OutboxState.DEAD and id_ > newest.get((channel, OutboxState.SENT), 0)
    ]


def in_trouble(session: Session, given_up: Collection[int] = ()) -> list[tuple[OutboxItem, datetime]]:
    """Return the first message of each channel whose attempts fail, and the given ones, by channel.

    Each comes with the time of its first attempt.
    """
    failing = select(func.min(OutboxItem.id)).where(WAITING, col(OutboxItem.error).is_not(None))
    failing = failing.group_by(col(OutboxItem.channel))
    began = select(func.min(Delivery.started_at)).where(Delivery.outbox_id == OutboxItem.id)
    statement = (
        select(OutboxItem, began.scalar_subquery())
        .where(or_(col(OutboxItem.id).in_(failing), col(OutboxItem.id).in_(given_up)))
        .order_by(OutboxItem.channel, col(OutboxItem.id))
    )
    return [
        (item, at or (item.leased_until - LEASE if item.leased_until else item.created_at))
        for item, at in session.exec(statement)
    ]
