"""Readers who have unsubscribed from a channel, and what that does to their messages. Never commits."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, not_, update
from sqlmodel import Session, col, func, select

from alerts.domain.models import OptOut, OutboxItem
from alerts.domain.types import MessageKind, OutboxState
from alerts.outbox.leases import WAITING

REASON = "unsubscribed by its reader"


def opt_outs(session: Session) -> Sequence[OptOut]:
    """Return who has unsubscribed, by channel and recipient."""
    return session.exec(select(OptOut).order_by(col(OptOut.channel), col(OptOut.recipient))).all()


def opt_out_of(session: Session, channel: str, recipient: str) -> OptOut | None:
    """Return since when a reader is unsubscribed; None where messages go out."""
    return session.exec(select(OptOut).where(OptOut.channel == channel, _is(recipient))).first()


def opt_out(session: Session, channel: str, recipient: str, now: datetime) -> bool:
    """Send a reader nothing more through this channel; return False where that was so already."""
    if opt_out_of(session, channel, recipient):
        return False
    session.add(OptOut(channel=channel, recipient=recipient, since=now))
    return True


def opt_in(session: Session, recipient: str, channel: str | None = None) -> list[str]:
    """Undo it for one channel or for all; return the channels from which the reader was unsubscribed."""
    wanted = select(OptOut).where(_is(recipient))
    found = session.exec(wanted if channel is None else wanted.where(OptOut.channel == channel)).all()
    for one in found:
        session.delete(one)
    return sorted(one.channel for one in found)


def drop_unsubscribed(session: Session, now: datetime) -> None:
    """Drop what waits for readers who have unsubscribed; notices to the operator still go out."""
    on_its_way = and_(col(OutboxItem.state) == OutboxState.LEASED, col(OutboxItem.leased_until) > now)
    unsubscribed = exists().where(
        col(OptOut.channel) == OutboxItem.channel,
        func.lower(OptOut.recipient) == func.lower(OutboxItem.recipient),
    )
    session.exec(
        update(OutboxItem)
        .where(WAITING, not_(on_its_way), col(OutboxItem.kind) != MessageKind.OPERATOR, unsubscribed)
        .values(state=OutboxState.DROPPED, lease=None, error=REASON)
        .execution_options(synchronize_session=False)
    )


def _is(recipient: str) -> ColumnElement[bool]:
    """Whether a row is about this address, in whatever case it was written."""
    return func.lower(OptOut.recipient) == func.lower(recipient)
