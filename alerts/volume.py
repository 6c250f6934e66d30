"""The volume guard: a topic that floods a reader is gathered into an hourly summary. On the caller's session.

Nothing is dropped: every change has its entries, in the summary instead of in a message of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from alerts.channels import Target
from alerts.match import TopicMatch
from alerts.models import OutboxEntry, OutboxItem
from alerts.outbox import add_notice, stable_identity
from alerts.settings import TopicSettings, message_rate
from monitor.models import Change
from monitor.queries import ChangeView

Told = Sequence[tuple[ChangeView, TopicMatch]]
SUMMARY = "summary"
GATHERED_FOR = timedelta(hours=1)


def divided(
    session: Session, target: Target, told: Told, topics: Mapping[str, TopicSettings], now: datetime
) -> tuple[Told, Told, set[str]]:
    """Part what a recipient is told at once from what goes into a summary; name the topics that flood.

    A change that a calm topic wants too is told at once. A record that is in the waiting summary already
    stays there, so that its changes arrive in their order.
    """
    flooding = {
        name for name in {match.topic for _, match in told} if _floods(session, name, target, topics, now)
    }
    waiting = waiting_summary(session, target)
    gathered = _records_in(session, waiting) if waiting else set()
    if not flooding and not gathered:
        return told, (), set()
    calm = {view.id for view, match in told if match.topic not in flooding and view.record_id not in gathered}
    at_once = [pair for pair in told if pair[0].id in calm]
    return at_once, [pair for pair in told if pair[0].id not in calm], flooding


def _floods(
    session: Session, topic: str, target: Target, topics: Mapping[str, TopicSettings], now: datetime
) -> bool:
    most, window = message_rate(topics[topic].at_most)
    recent = (
        select(func.count(func.distinct(OutboxItem.id)))
        .join(OutboxEntry, col(OutboxEntry.outbox_id) == OutboxItem.id)
        .where(
            OutboxItem.channel == target.channel,
            OutboxItem.recipient == target.recipient,
            col(OutboxItem.created_at) > now - window,
            OutboxEntry.topic == topic,
        )
    )
    return session.exec(recent).one() >= most


def waiting_summary(session: Session, target: Target) -> OutboxItem | None:
    """Give the recipient's summary that is still being gathered: no attempt was made to send it."""
    return session.exec(
        select(OutboxItem)
        .where(
            OutboxItem.kind == SUMMARY,
            OutboxItem.channel == target.channel,
            OutboxItem.recipient == target.recipient,
            OutboxItem.state == "pending",
            OutboxItem.attempts == 0,
        )
        .order_by(col(OutboxItem.id).desc())
        .limit(1)
    ).first()


def _records_in(session: Session, item: OutboxItem) -> set[int]:
    entries = select(OutboxEntry.change_id).where(OutboxEntry.outbox_id == item.id)
    return set(session.exec(select(Change.record_id).where(col(Change.id).in_(entries))))


def new_summary(target: Target, told: Told, give_up_after: timedelta, now: datetime) -> OutboxItem:
    """Give the row of a summary that is sent in an hour, and takes up what floods until then."""
    return OutboxItem(
        identity=stable_identity(
            SUMMARY, str(min(view.id for view, _ in told)), target.channel, target.recipient, str(now)
        ),
        kind=SUMMARY,
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
    """Tell the operator, once a day for a topic and channel, that a topic is told in summaries."""
    for topic in sorted(flooding):
        add_notice(
            session,
            operators,
            f"Topic {topic} is told in summaries",
            [
                f"It had {topics[topic].at_most} or more messages for channel {target.channel}.",
                "What comes above that is gathered, and sent as one message an hour; nothing is left out.",
                "Narrower words or fewer kinds of change would calm it: see 'match' and 'on' of the topic.",
                "If so much is wanted, raise the topic's 'at_most'.",
            ],
            now,
            f"flood {topic} {target.channel} {now.date()}",
        )
