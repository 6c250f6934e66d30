"""The outbox as plain data: messages, one message as its reader gets it, and the attempts to deliver it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from sqlmodel import Session, col, select

from alerts.domain.errors import AlertError
from alerts.domain.messages import Target
from alerts.domain.models import Delivery, OutboxItem
from alerts.domain.types import OutboxState
from alerts.outbox.opt_outs import opt_outs
from alerts.outbox.queue import list_outbox
from service.readmodel.records import iso

if TYPE_CHECKING:
    from service.runtime.app import Watch

_TIMES = ("created_at", "not_before", "give_up_at", "leased_until", "sent_at")


def outbox_as_data(
    session: Session, state: OutboxState | None, limit: int, before: int | None = None
) -> list[dict[str, Any]]:
    """Return the newest messages, of one state or of all; with `before`, only those with lower numbers."""
    return [_item(item) for item in list_outbox(session, state, limit, before)]


def dead_messages(session: Session, channel: str | None) -> list[int]:
    """Return the numbers of the dead messages, oldest first, of one channel or of all."""
    query = select(OutboxItem.id).where(OutboxItem.state == "dead").order_by(col(OutboxItem.id))
    return list(session.exec(query if channel is None else query.where(OutboxItem.channel == channel)))


def unsubscribed_as_data(session: Session) -> list[dict[str, Any]]:
    """Return who has unsubscribed from which channel, and since when."""
    return [
        {"channel": one.channel, "recipient": one.recipient, "since": iso(one.since)}
        for one in opt_outs(session)
    ]


def _item(item: OutboxItem) -> dict[str, Any]:
    data = item.model_dump(exclude={"lease"})
    return {name: iso(value) if name in _TIMES else value for name, value in data.items()}


def message_as_data(session: Session, watch: "Watch", number: int) -> dict[str, Any]:
    """Return one message with its subject and text as its reader gets them, and every attempt to deliver it.

    Raises AlertError for an unknown number.
    """
    item = session.get(OutboxItem, number)
    if item is None:
        raise AlertError(f"there is no message {number} in the outbox; `outbox list` shows the numbers")
    known = watch.recipients.targets.get(item.channel, ())
    gone = Target(item.channel, item.recipient, SecretStr(""), "text")
    target = next((one for one in known if one.recipient == item.recipient), gone)
    # Whatever the channel's limit is: here there is room for all of it. The links are for the reader alone.
    message = watch.render(session, item, replace(target, limit=None, links=None))
    attempts = select(Delivery).where(Delivery.outbox_id == number).order_by(col(Delivery.id))
    return {
        **_item(item),
        "subject": message.subject,
        "text": message.markdown or message.text,
        "tries": [
            {
                "attempt": one.attempt,
                "finished": iso(one.finished_at),
                "outcome": one.outcome,
                "detail": one.detail,
            }
            for one in session.exec(attempts)
        ],
    }
