"""Reminders of open recommendations about which a topic sent no alert for `remind_every`.

A reminder is a row, written with its message in one transaction, so neither a clock nor a crash can make two.
One message covers everything that is due to a recipient. Uses the caller's session and never commits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, func, select

from alerts.digests.open_items import open_rows
from alerts.digests.schema import OpenRowData, ReminderContent, ReminderRowData
from alerts.domain.messages import Recipients, Target
from alerts.domain.models import OutboxEntry, OutboxItem, Reminder
from alerts.domain.settings import IMMEDIATELY, TopicSettings
from alerts.domain.types import GIVEN_UP, MessageKind
from alerts.outbox.queue import stable_identity
from alerts.topics.candidate import candidate_of_record
from alerts.topics.index import TopicIndex, standing_topics
from alerts.triage.annotations import standings
from monitor.commitments.extract import standing_promise
from monitor.linkage.things import each_once, others_of
from monitor.store.models import Change, Record
from monitor.store.records import open_recommendations

_MOST_OFTEN = timedelta(days=1)  # reminders that become due within a day share one message
_LISTED = 100  # recommendations listed in a message; it counts the others
_Open = tuple[str, Record]


@dataclass(frozen=True, slots=True)
class Due:
    """The reminders due to one recipient for one topic: source, record, and the number of the reminder."""

    topic: str
    target: Target
    found: tuple[tuple[str, Record, int], ...]


def due_reminders(
    session: Session, topics: Mapping[str, TopicSettings], recipients: Recipients, now: datetime
) -> list[Due]:
    """Return the reminders that are due, in the order of topics and channels. Writes nothing.

    What one person got counts for every topic and channel that reaches them. A message that was given up
    does not count as an alert. A reminder counts as soon as it is made, so that a broken channel does not
    collect a second one.
    """
    asking = {name: topic for name, topic in topics.items() if topic.remind_every is not None}
    if not asking:
        return []
    open_ = _open_by_topic(session, asking, now)
    others = others_of(session, [record.id for found in open_.values() for _, record in found])
    found: list[Due] = []
    served: set[tuple[str, int]] = set()  # by an earlier topic, in this very moment
    for name, topic in asking.items():
        for target in _one_target_a_person(topic, recipients):
            rows = [one for one in open_[name] if (target.person, one[1].id) not in served]
            due = _due(session, name, topic.remind_every or _MOST_OFTEN, target, rows, others, now)
            for _, record, _ in due.found:
                served |= {(target.person, one) for one in (record.id, *others.get(record.id, ()))}
            found += [due] if due.found else []
    return found


def _one_target_a_person(topic: TopicSettings, recipients: Recipients) -> list[Target]:
    """Return whom a topic reminds; a person whom several channels reach, through the first."""
    chosen: dict[str, Target] = {}
    for channel in topic.send.get(IMMEDIATELY, ()):
        for target in recipients.targets[channel]:
            chosen.setdefault(target.person, target)
    return list(chosen.values())


def _open_by_topic(
    session: Session, topics: Mapping[str, TopicSettings], now: datetime
) -> dict[str, list[_Open]]:
    """Return the open recommendations that each topic matches, without snoozed ones and duplicates."""
    index, cares = TopicIndex(standing_topics(topics)), standings(session, now)
    matched: dict[str, list[_Open]] = {name: [] for name in topics}
    for source, record in open_recommendations(session):
        if (care := cares.get(record.id)) is not None and care.snooze is not None:
            continue
        for match in index.matches(candidate_of_record(source, record, now)):
            matched[match.topic].append((source, record))
    return {name: each_once(session, found) for name, found in matched.items()}


def _due(
    session: Session,
    topic: str,
    every: timedelta,
    target: Target,
    open_: Sequence[_Open],
    others: Mapping[int, Sequence[int]],
    now: datetime,
) -> Due:
    reminded = _reminded(session, target)
    if any(last > now - _MOST_OFTEN for _, last in _reminded(session, target, topic).values()):
        return Due(topic, target, ())
    alerted = _alerted_since(session, target, now - every)
    found = []
    for source, record in open_:
        thing = (record.id, *others.get(record.id, ()))
        before = [reminded[one] for one in thing if one in reminded]
        quiet = alerted.isdisjoint(thing) and all(last <= now - every for _, last in before)
        if quiet and record.first_seen_at <= now - every:
            found.append((source, record, max((number for number, _ in before), default=0) + 1))
    return Due(topic, target, tuple(found))


def _reminded(session: Session, target: Target, topic: str | None = None) -> dict[int, tuple[int, datetime]]:
    """Return by record how often this person was reminded of it, for one topic or any, and when last."""
    statement = (
        select(Reminder.record_id, func.max(Reminder.number), func.max(Reminder.reminded_at))
        .where(_is_of(Reminder, target))
        .group_by(col(Reminder.record_id))
    )
    if topic is not None:
        statement = statement.where(Reminder.topic == topic)
    return {record_id: (number, last) for record_id, number, last in session.exec(statement)}


def _is_of(table: type[Reminder | OutboxEntry], target: Target) -> ColumnElement[bool]:
    """Whether a row is of this person; a name that several rooms share counts for one channel only."""
    named = func.lower(table.recipient) == target.recipient.casefold()
    return (
        named
        if target.person == target.recipient.casefold()
        else and_(named, col(table.channel) == target.channel)
    )


def _alerted_since(session: Session, target: Target, since: datetime) -> set[int]:
    """Return the records about which this person got an alert after a time."""
    statement = (
        select(Change.record_id)
        .join(OutboxEntry, col(OutboxEntry.change_id) == col(Change.id))
        .join(OutboxItem, col(OutboxItem.id) == col(OutboxEntry.outbox_id))
        .where(
            _is_of(OutboxEntry, target),
            col(OutboxItem.created_at) > since,
            col(OutboxItem.state).not_in(GIVEN_UP),
        )
    )
    return set(session.exec(statement))


def write_reminders(
    session: Session,
    topics: Mapping[str, TopicSettings],
    recipients: Recipients,
    now: datetime,
    time_zone: tzinfo,
) -> int:
    """Write the due reminders, one message for each topic and recipient, and return how many."""
    due = due_reminders(session, topics, recipients, now)
    for one in due:
        content = reminder_content(session, one, topics[one.topic], now, time_zone)
        item = _message(one, content, recipients.give_up_after[one.target.channel], now)
        session.add(item)
        session.flush()
        session.add_all(_rows(one, item.id, now))
        session.flush()
    return len(due)


def _message(due: Due, content: ReminderContent, patience: timedelta, now: datetime) -> OutboxItem:
    named = (f"{record.id} {number}" for _, record, number in due.found)
    to = (due.target.channel, due.target.recipient)
    return OutboxItem(
        identity=stable_identity(MessageKind.REMINDER, due.topic, *to, *sorted(named)),
        kind=MessageKind.REMINDER,
        channel=due.target.channel,
        recipient=due.target.recipient,
        content=dict(content),
        created_at=now,
        not_before=now,
        give_up_at=now + patience,
    )


def _rows(due: Due, outbox_id: int, now: datetime) -> Iterator[Reminder]:
    for _, record, number in due.found:
        yield Reminder(
            outbox_id=outbox_id,
            record_id=record.id,
            topic=due.topic,
            channel=due.target.channel,
            recipient=due.target.recipient,
            number=number,
            reminded_at=now,
        )


def reminder_content(
    session: Session, due: Due, topic: TopicSettings, now: datetime, time_zone: tzinfo
) -> ReminderContent:
    """Return the content of a reminder, oldest first; alerts.views.reminder puts it into sentences."""
    rows = open_rows(session, [(source, record) for source, record, _ in due.found], now)
    today = now.astimezone(time_zone).date()
    listed = [_reminder_row(row, record, today) for row, (_, record, _) in zip(rows, due.found, strict=True)]
    listed.sort(key=lambda row: (-row["years"], row["label"]))
    return {
        "topic": due.topic,
        "days": topic.remind_every.days if topic.remind_every else 0,
        "until": now.isoformat(),
        "listed": listed[:_LISTED],
        "rest": max(len(listed) - _LISTED, 0),
    }


def _reminder_row(row: OpenRowData, record: Record, today: date) -> ReminderRowData:
    promise = standing_promise(record.fields.get("status_comment"))
    passed = promise is not None and promise.due < today
    return {**row, "promised": promise.named if promise else None, "passed": passed}
