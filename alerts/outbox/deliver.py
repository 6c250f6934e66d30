"""One message from the outbox to its channel: lease, render, send, and write what came of it.

Safe to run in any number of threads and processes, and to be killed at any instant: a row is leased by a
conditional update, and only the holder of its lease writes the result.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from alerts.channels.send import send
from alerts.domain.errors import AlertError, DeliveryError
from alerts.domain.messages import Message, Target
from alerts.domain.models import Delivery, OutboxItem
from alerts.domain.settings import ChannelSettings
from alerts.domain.types import DeliveryOutcome, MessageKind, OutboxState
from alerts.language.notice import SMALL_PRINT, STEP, TO_EVERYBODY
from alerts.language.text import moment
from alerts.outbox.leases import (
    LEASE,
    STUCK,
    Leased,
    Transaction,
    changed_a_row,
    due_heads,
    first_tried,
    lost_attempt,
    take_lease,
    taken_since,
)
from alerts.outbox.opt_outs import drop_unsubscribed
from alerts.outbox.queue import add_notice, recipient_now
from alerts.outbox.throttle import quiet_until, rate_until, rate_window, wait_after_failure
from monitor.domain.errors import StoreError
from monitor.faultpoints import reach

Render = Callable[[Session, OutboxItem, Target], Message]


@dataclass(frozen=True, slots=True)
class Sender:
    """What delivery needs of the world: transactions, channels, the renderer, a clock and chance.

    `targets` and `channels` are keyed by the channel's name; `time_zone` is that of the watch file;
    `jitter` gives a number from 0 to 1 and `token` a string nobody else has. `is_newest` says whether no
    other watch file is in use since: who has an older one leaves messages to recipients it does not know.
    `renamed` is the new name of a channel by its former one, for messages that an older file queued.
    """

    read: Transaction
    write: Transaction
    channels: Mapping[str, ChannelSettings]
    targets: Mapping[str, tuple[Target, ...]]
    render: Render
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    token: Callable[[], str]
    time_zone: tzinfo
    is_newest: Callable[[], bool] = lambda: True
    renamed: Mapping[str, str] = field(default_factory=dict)
    send: Callable[[Target, Message], None] = send

    def channel_of(self, item: OutboxItem) -> str:
        """Return the name that a message's channel has now."""
        return self.renamed.get(item.channel, item.channel)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one attempt. `overtaken` means that our lease had run out and another attempt counts."""

    item_id: int
    channel: str
    recipient: str
    attempt: int
    outcome: DeliveryOutcome
    state: OutboxState
    detail: str
    next_try: datetime | None
    seconds: float


@dataclass(frozen=True, slots=True)
class _Result:
    outcome: DeliveryOutcome
    detail: str = ""
    retry_after: float | None = None
    of_channel: bool = False


def deliver_next(sender: Sender, channel: str | None = None) -> Delivered | None:
    """Deliver the message that has waited longest; return what came of it, None when none may go now.

    With `channel`, only messages of that one are looked at.

    1. Look, without a lock, for the first waiting message of each recipient: none overtakes another.
    2. Drop what is for readers who have unsubscribed.
       Lease the first that is due, out of quiet hours and within its channel's rate. An attempt whose
       lease ran out is written down as failed: it may have arrived.
    3. Render and send with no write open.
    4. If the lease still is ours, write the attempt and the new state; a dead message tells the operator
       in the same transaction.

    A crash before 4 leaves the row leased; it comes back when the lease has run out, with its identity.
    """
    with sender.read() as session:
        if not due_heads(session, sender.clock(), channel):
            return None
    leased = _lease_next(sender, channel)
    if leased is None:
        return None
    reach("leased")
    result = _attempt(sender, leased)
    reach("answered")
    delivered = _write_result(sender, leased, result)
    reach("delivered")
    return delivered


def _lease_next(sender: Sender, channel: str | None) -> Leased | None:
    buried = False
    with sender.write() as session:
        now = sender.clock()
        drop_unsubscribed(session, now)
        for item in due_heads(session, now, channel):
            if _target_of(sender, item) is None:
                if not sender.is_newest():
                    continue
                known = [target.recipient for target in _targets_of(sender, item)]
                item.recipient = (
                    recipient_now(session, item, sender.channel_of(item), known) or item.recipient
                )
            lost = lost_attempt(item, now) if item.state == OutboxState.LEASED else None
            if lost and now >= item.give_up_at:
                buried = _bury(sender, session, item, lost, now) or buried
                continue
            wait = _wait_for_pace(sender, session, item, now)
            if wait is not None:
                take_lease(session, item, lost, state=OutboxState.PENDING, lease=None, not_before=wait)
                continue
            token, attempt = sender.token(), item.attempts + 1
            until = now + LEASE
            if take_lease(
                session,
                item,
                lost,
                state=OutboxState.LEASED,
                lease=token,
                leased_until=until,
                attempts=attempt,
            ):
                return Leased(item, token, attempt, now)
    # A burial sets the next message free, and tells the operator: look again.
    return _lease_next(sender, channel) if buried else None


def _bury(sender: Sender, session: Session, item: OutboxItem, lost: Delivery, now: datetime) -> bool:
    taken = take_lease(session, item, lost, state=OutboxState.DEAD, lease=None, error=lost.detail)
    if taken:
        _tell_operator(sender, session, item, item.attempts, lost.detail, now)
    return taken


def _wait_for_pace(sender: Sender, session: Session, item: OutboxItem, now: datetime) -> datetime | None:
    settings = sender.channels.get(sender.channel_of(item))
    if settings is None:
        return None
    quiet = quiet_until(settings, sender.time_zone, now)
    if quiet is not None:
        return quiet
    window = rate_window(settings)
    if window is None:
        return None
    return rate_until(settings, taken_since(session, item.channel, now - window, now), now)


def _attempt(sender: Sender, leased: Leased) -> _Result:
    item = leased.item
    target = _target_of(sender, item)
    if target is None:
        return _Result(
            DeliveryOutcome.REFUSED,
            f"{item.recipient} of {item.channel} is no longer in the watch file;"
            f" to read the message: oversight-watch outbox show {item.id}",
        )
    try:
        message = _rendered(sender, item, target)
    except (StoreError, SQLAlchemyError):
        raise  # the database's trouble is not the message's: it comes back when the lease has run out
    except AlertError as error:
        return _refused(f"the message could not be written: {error}")
    except Exception as error:
        return _Result(
            DeliveryOutcome.REFUSED, f"the message could not be written: {type(error).__name__}: {error}"
        )
    reach("sending")
    try:
        sender.send(target, replace(message, date=leased.started))
    except DeliveryError as error:
        return _Result(
            DeliveryOutcome.REFUSED if error.permanent else DeliveryOutcome.FAILED,
            str(error),
            error.retry_after,
            error.of_channel,
        )
    return _Result(DeliveryOutcome.ACCEPTED)


def _refused(detail: str) -> _Result:
    return _Result(DeliveryOutcome.REFUSED, detail)


def _rendered(sender: Sender, item: OutboxItem, target: Target) -> Message:
    with sender.read() as session:
        # Merged, not read again: the renderer gets the row as it was leased.
        return sender.render(session, session.merge(item, load=False), target)


def _target_of(sender: Sender, item: OutboxItem) -> Target | None:
    return next((target for target in _targets_of(sender, item) if target.recipient == item.recipient), None)


def _targets_of(sender: Sender, item: OutboxItem) -> Sequence[Target]:
    return sender.targets.get(sender.channel_of(item), ())


def _write_result(sender: Sender, leased: Leased, result: _Result) -> Delivered:
    with sender.write() as session:
        now = sender.clock()
        state, next_try = _next_state(sender, leased, result, now)
        ours = changed_a_row(
            session,
            update(OutboxItem)
            .where(
                col(OutboxItem.id) == leased.item.id,
                col(OutboxItem.state) == OutboxState.LEASED,
                col(OutboxItem.lease) == leased.token,
            )
            .values(
                state=state,
                lease=None,
                leased_until=None,
                not_before=next_try or leased.item.not_before,
                sent_at=now if state == OutboxState.SENT else None,
                error=result.detail or None,
            ),
        )
        if ours:
            _add_delivery(session, leased, result, now)
            if state == OutboxState.DEAD:
                _tell_operator(sender, session, leased.item, leased.attempt, result.detail, now)
            elif result.of_channel:
                _tell_of_channel(sender, session, leased.item, result.detail, now)
            elif state == OutboxState.PENDING:
                _tell_of_wait(sender, session, leased, result.detail, now)
        reach("noted")
    return Delivered(
        item_id=leased.item.id,
        channel=leased.item.channel,
        recipient=leased.item.recipient,
        attempt=leased.attempt,
        outcome=result.outcome if ours else DeliveryOutcome.OVERTAKEN,
        state=state if ours else OutboxState.LEASED,
        detail=result.detail,
        next_try=next_try if ours else None,
        seconds=(now - leased.started).total_seconds(),
    )


def _next_state(
    sender: Sender, leased: Leased, result: _Result, now: datetime
) -> tuple[OutboxState, datetime | None]:
    if result.outcome == DeliveryOutcome.ACCEPTED:
        return OutboxState.SENT, None
    if result.outcome == DeliveryOutcome.REFUSED or now >= leased.item.give_up_at:
        return OutboxState.DEAD, None
    return OutboxState.PENDING, now + wait_after_failure(leased.attempt, sender.jitter, result.retry_after)


def _add_delivery(session: Session, leased: Leased, result: _Result, now: datetime) -> None:
    session.add(
        Delivery(
            outbox_id=leased.item.id,
            attempt=leased.attempt,
            started_at=leased.started,
            finished_at=now,
            outcome=result.outcome,
            detail=result.detail,
        )
    )


def _tell_operator(
    sender: Sender, session: Session, item: OutboxItem, attempts: int, detail: str, now: datetime
) -> None:
    """Notify the operator of a dead message, once a day for one channel.

    A dead notice is not reported: two broken operator channels would report each other forever.
    """
    if item.kind == MessageKind.OPERATOR:
        return
    lines = [
        f"Message {item.id} ({item.kind}) to {item.recipient} was given up at attempt {attempts}.",
        f"The reason: {detail}",
        f"{STEP}When the cause is fixed: oversight-watch outbox retry {item.id}",
        f"{SMALL_PRINT}More messages of this channel that are given up today are listed by"
        " oversight-watch outbox list --state dead",
    ]
    _notify(sender, session, item, f"Channel {item.channel} did not take a message", lines, "dead", now)


def _tell_of_channel(sender: Sender, session: Session, item: OutboxItem, detail: str, now: datetime) -> None:
    """Notify the operator once a day that a channel is in trouble and its messages wait."""
    if item.kind == MessageKind.OPERATOR:
        return
    lines = [
        f"The reason: {detail}",
        "Its messages wait and are tried again; nothing is lost meanwhile.",
        f"{STEP}To try it once the cause is fixed: oversight-watch channels test {item.channel}",
    ]
    _notify(sender, session, item, f"Channel {item.channel} is not working", lines, "trouble", now)


def _tell_of_wait(sender: Sender, session: Session, leased: Leased, detail: str, now: datetime) -> None:
    """Notify the operator once a day that a message has failed for `STUCK`."""
    item = leased.item
    began = first_tried(session, item)
    if item.kind == MessageKind.OPERATOR or began is None or now - began < STUCK:
        return
    lines = [
        f"Message {item.id} ({item.kind}) to {item.recipient} has failed {leased.attempt} times so far.",
        f"The reason: {detail}",
        f"It is tried again until {moment(item.give_up_at, sender.time_zone)}.",
        f"{STEP}To try the channel once the cause is fixed: oversight-watch channels test {item.channel}",
    ]
    title = f"Channel {item.channel} has not taken a message since {moment(began, sender.time_zone)}"
    _notify(sender, session, item, title, lines, "trouble", now)


def _notify(
    sender: Sender,
    session: Session,
    item: OutboxItem,
    title: str,
    lines: list[str],
    occasion: str,
    now: datetime,
) -> None:
    """Put one notice a day for this occasion and channel into every other operator channel.

    Without an operator channel, all other channels get its title: who is named in it is not their business.
    """
    operators = {name: one for name, one in sender.channels.items() if one.purpose == "operator"}
    if not operators:
        lines = [f"{STEP}To see why: oversight-watch outbox list", TO_EVERYBODY]
    for name, settings in (operators or sender.channels).items():
        if name != item.channel:
            add_notice(
                session,
                sender.targets.get(name, ()),
                title,
                lines,
                now,
                f"{occasion} {item.channel} {now.date()}",
                give_up_after=settings.give_up_after,
            )
