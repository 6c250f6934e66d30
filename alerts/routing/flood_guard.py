"""The volume guard: a topic that floods a reader is gathered into an hourly summary. On the caller's session.

Nothing is dropped: every change has its entries, in the summary instead of in a message of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import Integer, Select, bindparam, func
from sqlmodel import Session, col, select

from alerts.domain.messages import Target
from alerts.domain.models import GATHERED_FOR, GATHERING, OutboxEntry, OutboxItem
from alerts.domain.settings import TopicSettings, message_rate
from alerts.domain.types import MessageKind
from alerts.language.notice import SMALL_PRINT, STEP
from alerts.outbox.queue import add_list_notice, stable_identity
from alerts.topics.index import TopicMatch
from monitor.store.batches import in_parts
from monitor.store.changes import ChangeView
from monitor.store.models import Change, table_of

_MOST_TOPICS = 50
Told = Sequence[tuple[ChangeView, TopicMatch]]

# Built once: that costs more than to run them.
_MESSAGES: Select[Any] = (
    sqlalchemy.select(func.count())
    .select_from(OutboxItem)
    .where(
        col(OutboxItem.channel) == bindparam("channel"),
        col(OutboxItem.recipient) == bindparam("recipient"),
        col(OutboxItem.created_at) > bindparam("since"),
    )
)
_OF_TOPIC = _MESSAGES.where(
    select(OutboxEntry.id)
    .where(OutboxEntry.outbox_id == OutboxItem.id, OutboxEntry.topic == bindparam("topic"))
    .exists()
)
_SUMMARY = (
    sqlalchemy.select(*table_of(OutboxItem).c)
    .where(
        GATHERING,
        col(OutboxItem.channel) == bindparam("channel"),
        col(OutboxItem.recipient) == bindparam("recipient"),
        col(OutboxItem.attempts) == 0,
    )
    .order_by(col(OutboxItem.id).desc())
    .limit(1)
)
# Said so that the few changes of the records are read, and not the many entries of the summary.
_GATHERED = sqlalchemy.select(col(Change.record_id)).where(
    col(Change.record_id).in_(bindparam("record_ids", expanding=True)),
    bindparam("outbox_id", type_=Integer).in_(
        sqlalchemy.select(col(OutboxEntry.outbox_id)).where(col(OutboxEntry.change_id) == col(Change.id))
    ),
)


def divided(
    session: Session, target: Target, told: Told, topics: Mapping[str, TopicSettings], now: datetime
) -> tuple[Told, Told, set[str]]:
    """Separate what a recipient gets at once from what goes into a summary; name the topics that flood.

    A change that a calm topic wants too is sent at once. A record that is in the waiting summary already
    stays there, so that its changes arrive in their order.
    """
    flooding = _flooding(session, {match.topic for _, match in told}, target, topics, now)
    waiting = waiting_summary(session, target)
    gathered = _gathered(session, waiting, {view.record_id for view, _ in told}) if waiting else set()
    if not flooding and not gathered:
        return told, (), set()
    calm = {view.id for view, match in told if match.topic not in flooding and view.record_id not in gathered}
    at_once = [pair for pair in told if pair[0].id in calm]
    return at_once, [pair for pair in told if pair[0].id not in calm], flooding


def _flooding(
    session: Session,
    names: Collection[str],
    target: Target,
    topics: Mapping[str, TopicSettings],
    now: datetime,
) -> set[str]:
    """Return the topics whose messages to a recipient have reached their rate."""

    def count(statement: Select[Any], window: timedelta, **more: Any) -> int:
        to = {"channel": target.channel, "recipient": target.recipient, "since": now - window}
        return int(session.connection().execute(statement, {**to, **more}).scalar_one())

    rates = {name: message_rate(topics[name].at_most) for name in names}
    # An index alone tells the messages of all topics, which mostly are too few already.
    recent = {window: count(_MESSAGES, window) for window in {window for _, window in rates.values()}}
    return {
        name
        for name, (most, window) in rates.items()
        if recent[window] >= most and count(_OF_TOPIC, window, topic=name) >= most
    }


def waiting_summary(session: Session, target: Target) -> OutboxItem | None:
    """Return the recipient's summary that is still being gathered: no attempt was made to send it."""
    to = {"channel": target.channel, "recipient": target.recipient}
    row = session.connection().execute(_SUMMARY, to).first()
    return None if row is None else OutboxItem(**row._mapping)


def _gathered(session: Session, item: OutboxItem, record_ids: Collection[int]) -> set[int]:
    """Return those of some records that a summary holds a change of; it may hold very many."""
    connection, given = session.connection(), {"outbox_id": item.id}
    parts = ({**given, "record_ids": some} for some in in_parts(sorted(record_ids)))
    return {one for part in parts for one in connection.scalars(_GATHERED, part)}


def new_summary(target: Target, told: Told, give_up_after: timedelta, now: datetime) -> OutboxItem:
    """Return the row of a summary that is sent in an hour, and takes up what floods until then."""
    return OutboxItem(
        identity=stable_identity(
            MessageKind.SUMMARY,
            str(min(view.id for view, _ in told)),
            target.channel,
            target.recipient,
            str(now),
        ),
        kind=MessageKind.SUMMARY,
        channel=target.channel,
        recipient=target.recipient,
        check_id=told[0][0].check_id,
        created_at=now,
        not_before=now + GATHERED_FOR,
        give_up_at=now + GATHERED_FOR + give_up_after,
    )


def tell_owner(
    session: Session,
    operators: Sequence[Target],
    target: Target,
    flooding: Collection[str],
    topics: Mapping[str, TopicSettings],
    now: datetime,
) -> None:
    """Notify the operator, once a day for a topic and channel, that topics exceed their rate."""

    def write(names: Sequence[str]) -> tuple[str, list[str]]:
        many = len(names) > 1
        title = f"{len(names)} topics exceed their rates" if many else f"Topic {names[0]} exceeds its rate"
        return title, [
            *(
                f"{name} had {topics[name].at_most} or more messages for channel {target.channel}."
                for name in names[:_MOST_TOPICS]
            ),
            *([f"So had {len(names) - _MOST_TOPICS} more topics."] if len(names) > _MOST_TOPICS else []),
            "Further changes arrive as one summary an hour; nothing is left out.",
            f"{STEP}To reduce them, use narrower words or fewer kinds of change: see 'match' and 'on' of the"
            " topic.",
            f"{SMALL_PRINT}To receive them all at once, raise the topic's 'at_most'.",
        ]

    add_list_notice(session, operators, f"flood {target.channel} {now.date()}", flooding, write, now)
