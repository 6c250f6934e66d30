"""The outbox as an operator handles it, and notices to the operator. On the caller's session, no commit."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, and_, exists, true, type_coerce, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from alerts.domain.errors import AlertError
from alerts.domain.messages import Target
from alerts.domain.models import USUAL_PATIENCE, OptOut, OutboxEntry, OutboxItem, Reminder
from alerts.domain.types import GIVEN_UP, MessageKind, OutboxState

_UNIQUE: Mapping[type, tuple[str, ...]] = {
    OutboxEntry: ("change_id", "topic", "channel", "recipient"),
    Reminder: ("record_id", "topic", "channel", "recipient", "number"),
    OptOut: ("channel", "recipient"),
}
_MADE_OF_URL = re.compile(r".+-[0-9a-f]{8}")  # the name of a chat or webhook (alerts.channels.identity)
REMEMBERED = timedelta(days=365)  # a name in an older notice may be named again


def stable_identity(*parts: str) -> str:
    """Return one identity for the same parts, forever: 32 hexadecimal digits."""
    # Each part with its length: ("a", "bc") and ("ab", "c") are not the same.
    spelled = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def add_notice(
    session: Session,
    targets: Iterable[Target],
    subject: str,
    lines: Sequence[str],
    now: datetime,
    key: str,
    *,
    give_up_after: timedelta = USUAL_PATIENCE,
    wait: timedelta = timedelta(0),
    about: Mapping[str, Any] | None = None,
) -> int:
    """Put a notice to the operator into the outbox, one row a recipient; return the number of rows written.

    A recipient gets one notice for one key, however often this is called. It is sent after `wait`.
    """
    return sum(
        _added(
            session,
            OutboxItem(
                identity=stable_identity(MessageKind.OPERATOR, key, target.channel, target.recipient),
                kind=MessageKind.OPERATOR,
                channel=target.channel,
                recipient=target.recipient,
                content={"title": subject, "lines": list(lines), **(about or {})},
                created_at=now,
                not_before=now + wait,
                give_up_at=now + wait + give_up_after,
            ),
        )
        for target in targets
    )


def add_list_notice(
    session: Session,
    targets: Sequence[Target],
    occasion: str,
    names: Iterable[str],
    write: Callable[[Sequence[str]], tuple[str, Sequence[str]]],
    now: datetime,
) -> int:
    """Put one notice about all `names` into the outbox that no notice on this occasion has named yet."""
    if not targets:
        return 0
    earlier = select(OutboxItem.content).where(
        col(OutboxItem.created_at) > now - REMEMBERED,  # by index
        OutboxItem.kind == MessageKind.OPERATOR,
        type_coerce(OutboxItem.content, JSON)["occasion"].as_string() == occasion,
    )
    known = {name for content in session.exec(earlier) for name in (content or {}).get("names", ())}
    new = sorted(set(names) - known)
    if not new:
        return 0
    title, lines = write(new)
    about = {"occasion": occasion, "names": new}
    return add_notice(session, targets, title, lines, now, f"{occasion} {new}", about=about)


def list_outbox(
    session: Session, state: OutboxState | None = None, limit: int = 100, before: int | None = None
) -> list[OutboxItem]:
    """Return the newest messages, of one state or of all; with `before`, only those with lower numbers."""
    query = select(OutboxItem).order_by(col(OutboxItem.id).desc()).limit(limit)
    if state is not None:
        query = query.where(OutboxItem.state == state)
    if before is not None:
        query = query.where(OutboxItem.id < before)
    return list(session.exec(query))


def retry(
    session: Session, item_id: int, now: datetime, give_up_after: timedelta = USUAL_PATIENCE
) -> OutboxItem:
    """Let a dead or dropped message be tried again, at once and with new patience; its identity stays.

    Raises AlertError for an unknown number or a message in another state.
    """
    item = _found(session, item_id)
    if item.state not in GIVEN_UP:
        raise AlertError(f"message {item_id} is {item.state}: only a dead or dropped one can be tried again")
    item.state, item.lease, item.leased_until = OutboxState.PENDING, None, None
    item.not_before, item.give_up_at = now, now + give_up_after
    session.add(item)
    return item


def drop(session: Session, item_id: int) -> OutboxItem:
    """Mark a message as given up by hand; it stays listed as dropped.

    Raises AlertError for an unknown number or a message that is sent, dropped or on its way.
    """
    item = _found(session, item_id)
    if item.state == OutboxState.LEASED:
        raise AlertError(f"message {item_id} is being sent at this moment; look again in a few minutes")
    if item.state not in (OutboxState.PENDING, OutboxState.DEAD):
        raise AlertError(f"message {item_id} is already {item.state}; there is nothing to drop")
    item.state = OutboxState.DROPPED
    session.add(item)
    return item


def rename_channel(session: Session, old: str, new: str) -> None:
    """Let everything that belongs to a channel belong to its new name."""
    for table in (OutboxItem, OutboxEntry, Reminder, OptOut):
        session.exec(
            update(table).where(col(table.channel) == old, _is_free(table, channel=new)).values(channel=new)
        )


def rename_recipient(session: Session, channel: str, old: str, new: str) -> None:
    """Let everything that belongs to a recipient of a channel belong to its new name."""
    for table in (OutboxItem, OutboxEntry, Reminder, OptOut):
        of_old = and_(col(table.channel) == channel, col(table.recipient) == old)
        session.exec(update(table).where(of_old, _is_free(table, recipient=new)).values(recipient=new))


def rename_topic(session: Session, old: str, new: str) -> None:
    """Let what was sent for a topic count as sent for its new name."""
    for table in (OutboxEntry, Reminder):
        session.exec(
            update(table).where(col(table.topic) == old, _is_free(table, topic=new)).values(topic=new)
        )


def _is_free(table: type[OutboxItem | OutboxEntry | Reminder | OptOut], **new: str) -> ColumnElement[bool]:
    """Whether the new name holds no such row yet: no change is sent twice, so its key is unique."""
    key = _UNIQUE.get(table)
    if key is None:
        return true()
    twin = aliased(table)
    return ~exists().where(*(getattr(twin, name) == new.get(name, getattr(table, name)) for name in key))


def waiting(session: Session) -> list[OutboxItem]:
    """Return the messages that wait or are on their way, oldest first."""
    states = (OutboxState.PENDING, OutboxState.LEASED)
    return list(
        session.exec(select(OutboxItem).where(col(OutboxItem.state).in_(states)).order_by(col(OutboxItem.id)))
    )


def recipient_now(session: Session, item: OutboxItem, channel: str, recipients: Iterable[str]) -> str | None:
    """Return which of a channel's recipients gets a message: its own, or the chat or webhook in its place.

    One that was there before has its own copy, and what was for one person's address is for nobody else.
    """
    known = set(recipients)
    if item.recipient in known:
        return item.recipient
    if not _MADE_OF_URL.fullmatch(item.recipient):
        return None
    others = set(filter(_MADE_OF_URL.fullmatch, known))
    served = set(
        session.exec(
            select(OutboxItem.recipient).where(
                col(OutboxItem.channel).in_((item.channel, channel)),
                col(OutboxItem.recipient).in_(others),
                OutboxItem.created_at <= item.created_at,
            )
        )
    )
    fresh = others - served
    return fresh.pop() if len(fresh) == 1 else None


def waiting_digests(session: Session) -> int:
    """Return how many messages with a digest wait."""
    waiting = col(OutboxItem.state).in_((OutboxState.PENDING, OutboxState.LEASED))
    statement = select(func.count()).select_from(OutboxItem)
    return session.exec(statement.where(waiting, OutboxItem.kind == MessageKind.DIGEST)).one()


def _found(session: Session, item_id: int) -> OutboxItem:
    item = session.get(OutboxItem, item_id)
    if item is None:
        raise AlertError(f"there is no message {item_id} in the outbox; 'outbox list' shows the numbers")
    return item


def _added(session: Session, item: OutboxItem) -> bool:
    if session.exec(select(OutboxItem.id).where(OutboxItem.identity == item.identity)).first() is not None:
        return False
    try:
        # Another process may write the same notice between our look and our row.
        with session.begin_nested():
            session.add(item)
            session.flush()
    except IntegrityError:
        return False
    return True
