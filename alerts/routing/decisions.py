"""Who was notified of a change, by which message, and why: the answer to "why did I get this, or not?"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.domain.models import OutboxEntry, OutboxItem, Routing
from monitor.store.batches import in_parts
from monitor.store.models import Change, Record, Source


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
class ToldBefore:
    """A recipient who was not told again, as the same thing had been told from another source."""

    topic: str
    channel: str
    recipient: str
    source: str
    key: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a change, for which topics, and the messages.

    `decision` is sent, digest, not_sent, no_topic or told_before.
    """

    decision: str
    topics: tuple[str, ...]
    tellings: tuple[Telling, ...] = ()
    told_before: tuple[ToldBefore, ...] = ()


def decisions(session: Session, change_ids: Sequence[int]) -> dict[int, Decision]:
    """Return the decision on each of these changes, by their number; messages in the order they were made."""
    told: dict[int, list[Telling]] = {}
    routed: list[Routing] = []
    statement = (
        select(Routing, OutboxEntry, OutboxItem)
        .join(OutboxEntry, col(OutboxEntry.change_id) == Routing.change_id, isouter=True)
        .join(OutboxItem, col(OutboxItem.id) == OutboxEntry.outbox_id, isouter=True)
        .order_by(col(Routing.change_id), col(OutboxEntry.id))
    )
    for some in in_parts(change_ids):
        for one, entry, item in session.exec(statement.where(col(Routing.change_id).in_(some))):
            if not routed or routed[-1] is not one:
                routed.append(one)
            if item is not None:
                told.setdefault(one.change_id, []).append(_telling(entry, item))
    before = _told_before(session, routed)
    return {
        one.change_id: Decision(
            one.decision,
            tuple(one.topics),
            tuple(told.get(one.change_id, ())),
            tuple(before.get(one.change_id, ())),
        )
        for one in routed
    }


def _telling(entry: OutboxEntry, item: OutboxItem) -> Telling:
    return Telling(
        message=item.id,
        channel=item.channel,
        recipient=item.recipient,
        topic=entry.topic,
        words=tuple(entry.words),
        state=item.state,
        sent_at=item.sent_at,
        error=item.error,
    )


def _told_before(session: Session, routed: Sequence[Routing]) -> dict[int, list[ToldBefore]]:
    earlier = {again["change_id"] for one in routed for again in one.told_before or ()}
    statement = (
        select(Change.id, Source.key, Record.key)
        .join(Record, col(Record.id) == col(Change.record_id))
        .join(Source, col(Source.id) == col(Change.source_id))
    )
    named = {
        id_: (source, key)
        for some in in_parts(earlier)
        for id_, source, key in session.exec(statement.where(col(Change.id).in_(some)))
    }
    return {
        one.change_id: [
            ToldBefore(again["topic"], again["channel"], again["recipient"], *named[again["change_id"]])
            for again in one.told_before or ()
        ]
        for one in routed
    }
