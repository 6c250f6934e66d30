"""Who was told of a change, by which message, and why: the answer to "why did I get this, or not?"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.models import OutboxEntry, OutboxItem, Routing


@dataclass(frozen=True, slots=True)
class Telling:
    """One change in one message to one recipient, for the sake of one topic."""

    message: int
    channel: str
    recipient: str
    topic: str
    words: tuple[str, ...]
    state: str  # of the message: pending, leased, sent, dead, dropped
    sent_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided (sent, digest, not_sent or no_topic), for which topics, and the messages."""

    decision: str
    topics: tuple[str, ...]
    tellings: tuple[Telling, ...] = ()


def decisions(session: Session, change_ids: Sequence[int]) -> dict[int, Decision]:
    """Give the decision on each of these changes, by their number; messages in the order they were made."""
    told: dict[int, list[Telling]] = {}
    entries = (
        select(OutboxEntry, OutboxItem)
        .join(OutboxItem, col(OutboxItem.id) == OutboxEntry.outbox_id)
        .where(col(OutboxEntry.change_id).in_(change_ids))
        .order_by(col(OutboxEntry.id))
    )
    for entry, item in session.exec(entries):
        telling = Telling(
            message=item.id,
            channel=item.channel,
            recipient=item.recipient,
            topic=entry.topic,
            words=tuple(entry.words),
            state=item.state,
            sent_at=item.sent_at,
            error=item.error,
        )
        told.setdefault(entry.change_id, []).append(telling)
    routed = select(Routing).where(col(Routing.change_id).in_(change_ids))
    return {
        one.change_id: Decision(one.decision, tuple(one.topics), tuple(told.get(one.change_id, ())))
        for one in session.exec(routed)
    }
