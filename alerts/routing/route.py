"""Changes to outbox rows: who is notified of what, on the caller's session. Never commits, never sends.

Every change gets an answer to "why was I notified, or not?": its entries, or its routing row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col

from alerts.domain.messages import Recipients, Target
from alerts.domain.models import OutboxEntry, OutboxItem, Routing
from alerts.domain.settings import IMMEDIATELY, TopicSettings
from alerts.domain.types import MessageKind, RoutingDecision
from alerts.outbox.queue import stable_identity
from alerts.routing.cross_source import Telling, was_told_before
from alerts.routing.flood_guard import Told, divided, new_summary, tell_owner, waiting_summary
from alerts.topics.candidate import candidate_of
from alerts.topics.index import TopicIndex, TopicMatch
from alerts.triage.annotations import standings
from alerts.triage.snoozes import end_snoozes, held_back
from monitor.store.changes import ChangeView, fresh_changes

# Built once, and run without objects of its rows: a check with news pays for this each time.
_ADD_ROUTING = insert(Routing)
_ADD_ITEM = insert(OutboxItem).returning(col(OutboxItem.id))
_ADD_ENTRIES = insert(OutboxEntry)


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
    """Write one message per recipient for the changes of one check; return the number of recipients.

    What a recipient got for the same topic from another source, as new, is not sent again.
    What a topic wants above its rate goes into the recipient's summary; the operators hear of that once.
    What a snooze holds back is sent to nobody; a digest counts it.

    Running it twice for the same changes writes nothing the second time: it fails on the unique key.
    """
    if not change_ids:
        return 0
    views = fresh_changes(session, change_ids)
    matches = {view.id: index.matches(candidate_of(view)) for view in views}
    cares = standings(session, now)
    held = held_back(views, cares)
    end_snoozes(session, views, cares, now)
    tellings = [
        one
        for view in views
        if view.id not in held
        for one in _one_message_a_person(view, matches[view.id], topics, recipients)
    ]
    before = was_told_before(session, tellings)
    session.connection().execute(
        _ADD_ROUTING,
        [
            _routing(view, matches[view.id], topics, tellings, before, snoozed=view.id in held)
            for view in views
        ],
    )
    messages: dict[Target, list[tuple[ChangeView, TopicMatch]]] = {}
    for view, match, target in tellings:
        if (view.id, match.topic, target) not in before:
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


def route_imported(session: Session, change_ids: Sequence[int], index: TopicIndex) -> None:
    """Write down for imported changes which topics match them, and that nobody is notified."""
    rows = [
        {
            "change_id": view.id,
            "decision": RoutingDecision.IMPORTED,
            "topics": [match.topic for match in index.matches(candidate_of(view))],
            "told_before": None,
        }
        for view in fresh_changes(session, change_ids)
    ]
    if rows:
        session.connection().execute(_ADD_ROUTING, rows)


def _one_message_a_person(
    view: ChangeView,
    matches: Sequence[TopicMatch],
    topics: Mapping[str, TopicSettings],
    recipients: Recipients,
) -> Iterator[tuple[ChangeView, TopicMatch, Target]]:
    """Yield who gets a change for which topic; a person whom several channels reach, through the first."""
    chosen: dict[str, Target] = {}
    for match in matches:
        targets = {
            target.person: chosen.setdefault(target.person, target)
            for target in _immediate(topics[match.topic], recipients)
        }
        yield from ((view, match, target) for target in targets.values())


def _immediate(topic: TopicSettings, recipients: Recipients) -> Iterable[Target]:
    for channel in topic.send.get(IMMEDIATELY, ()):
        yield from recipients.targets[channel]


def _routing(
    view: ChangeView,
    matches: Sequence[TopicMatch],
    topics: Mapping[str, TopicSettings],
    tellings: Sequence[tuple[ChangeView, TopicMatch, Target]],
    before: Mapping[Telling, int],
    *,
    snoozed: bool,
) -> dict[str, Any]:
    names = [match.topic for match in matches]
    again = [
        {"topic": topic, "channel": target.channel, "recipient": target.recipient, "change_id": earlier}
        for (change_id, topic, target), earlier in before.items()
        if change_id == view.id
    ]
    whole = bool(again) and len(again) == sum(told.id == view.id for told, _, _ in tellings)
    decision = RoutingDecision.TOLD_BEFORE if whole else decision_for(names, topics, snoozed=snoozed)
    return {"change_id": view.id, "decision": decision, "topics": names, "told_before": again or None}


def decision_for(
    names: Sequence[str], topics: Mapping[str, TopicSettings], *, snoozed: bool = False
) -> RoutingDecision:
    """Return what is decided about a change that these topics want: sent, digest, not_sent or no_topic.

    What a snooze holds back is snoozed, if anybody wants it.
    """
    if snoozed and names:
        return RoutingDecision.SNOOZED
    if any(topics[name].send.get(IMMEDIATELY) for name in names):
        return RoutingDecision.SENT
    if any(topics[name].send for name in names):
        return RoutingDecision.DIGEST
    return RoutingDecision.NOT_SENT if names else RoutingDecision.NO_TOPIC


def _item(target: Target, told: Told, give_up_after: timedelta, now: datetime) -> OutboxItem:
    check_id = told[0][0].check_id
    numbers = sorted({view.id for view, _ in told})
    return OutboxItem(
        identity=stable_identity(
            MessageKind.CHANGES,
            told[0][0].source,
            str(check_id),
            str(numbers),
            target.channel,
            target.recipient,
            str(now),
        ),
        kind=MessageKind.CHANGES,
        channel=target.channel,
        recipient=target.recipient,
        check_id=check_id,
        created_at=now,
        not_before=now,
        give_up_at=now + give_up_after,
    )


def _write_message(session: Session, item: OutboxItem, told: Told) -> None:
    connection = session.connection()
    # A waiting summary has its row already.
    new = item.model_dump(exclude={"id"})
    item_id = item.id or connection.execute(_ADD_ITEM, new).scalar_one()
    entries = [
        {
            "outbox_id": item_id,
            "change_id": view.id,
            "topic": match.topic,
            "channel": item.channel,
            "recipient": item.recipient,
            "words": list(match.words),
        }
        for view, match in told
    ]
    connection.execute(_ADD_ENTRIES, entries)
