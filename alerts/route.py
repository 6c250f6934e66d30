"""Changes to outbox rows: who is told of what, on the caller's session. Never commits, never sends.

Every change gets an answer to "why was I told, or not?": its entries, or its routing row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from alerts.channels import Target
from alerts.match import Candidate, TopicIndex, TopicMatch
from alerts.models import OutboxEntry, OutboxItem, Routing
from alerts.outbox import stable_identity
from alerts.settings import IMMEDIATELY, TopicSettings
from alerts.volume import Told, divided, new_summary, tell_owner, waiting_summary
from monitor.queries import ChangeView, change_views


@dataclass(frozen=True, slots=True)
class Recipients:
    """Every channel's targets, and how long each channel is tried before a message is dead."""

    targets: Mapping[str, tuple[Target, ...]]
    give_up_after: Mapping[str, timedelta]


def route(
    session: Session,
    change_ids: Sequence[int],
    *,
    index: TopicIndex,
    topics: Mapping[str, TopicSettings],
    recipients: Recipients,
    now: datetime,
    operators: Sequence[Target] = (),
) -> int:
    """Write one message per recipient for the changes of one check; give the number of recipients.

    What a topic wants above its rate goes into the recipient's summary; the operators hear of that once.

    Running it twice for the same changes writes nothing the second time: it fails on the unique key.
    """
    if not change_ids:
        return 0
    views = change_views(session, change_ids)
    matches = {view.id: index.matches(_candidate(view)) for view in views}
    session.add_all(_routing(view, matches[view.id], topics) for view in views)
    messages: dict[Target, list[tuple[ChangeView, TopicMatch]]] = {}
    for view in views:
        for match in matches[view.id]:
            for target in _immediate(topics[match.topic], recipients):
                messages.setdefault(target, []).append((view, match))
    for target, told in messages.items():
        patience = recipients.give_up_after[target.channel]
        at_once, gathered, flooding = divided(session, target, told, topics, now)
        if at_once:
            _write_message(session, _item(target, at_once, patience, now), at_once)
        if gathered:
            summary = waiting_summary(session, target) or new_summary(target, gathered, patience, now)
            _write_message(session, summary, gathered)
            tell_owner(session, operators, target, flooding, topics, now)
    return len(messages)


def _candidate(view: ChangeView) -> Candidate:
    return Candidate(view.kind, view.source, view.fields, view.before)


def _immediate(topic: TopicSettings, recipients: Recipients) -> Iterable[Target]:
    for channel in topic.send.get(IMMEDIATELY, ()):
        yield from recipients.targets[channel]


def _routing(view: ChangeView, matches: Sequence[TopicMatch], topics: Mapping[str, TopicSettings]) -> Routing:
    names = [match.topic for match in matches]
    if any(topics[name].send.get(IMMEDIATELY) for name in names):
        decision = "sent"
    elif any(topics[name].send for name in names):
        decision = "digest"
    else:
        decision = "not_sent" if names else "no_topic"
    return Routing(change_id=view.id, decision=decision, topics=names)


def _item(target: Target, told: Told, give_up_after: timedelta, now: datetime) -> OutboxItem:
    check_id = told[0][0].check_id
    numbers = sorted({view.id for view, _ in told})
    return OutboxItem(
        identity=stable_identity(
            "changes",
            told[0][0].source,
            str(check_id),
            str(numbers),
            target.channel,
            target.recipient,
            str(now),
        ),
        kind="changes",
        channel=target.channel,
        recipient=target.recipient,
        check_id=check_id,
        created_at=now,
        not_before=now,
        give_up_at=now + give_up_after,
    )


def _write_message(session: Session, item: OutboxItem, told: Told) -> None:
    session.add(item)
    session.flush()
    session.add_all(
        OutboxEntry(
            outbox_id=item.id,
            change_id=view.id,
            topic=match.topic,
            channel=item.channel,
            recipient=item.recipient,
            words=list(match.words),
        )
        for view, match in told
    )
