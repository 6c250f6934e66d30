"""Show the outbox, one message, deliveries and digests in a terminal."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from alerts.digests.stored import zone_of
from alerts.domain.errors import AlertError
from alerts.domain.messages import Face
from alerts.domain.models import Delivery, OutboxItem
from alerts.domain.types import DeliveryOutcome, OutboxState
from alerts.language.text import counted, moment, plain
from alerts.outbox.deliver import Delivered
from alerts.rendering.render import render_digest, render_item
from service.terminal.console import paragraph as _paragraph
from service.terminal.console import say as _say
from service.terminal.text import harmless

if TYPE_CHECKING:
    from service.runtime.app import Watch


_STATES: dict[str, str] = {
    OutboxState.SENT: "green",
    DeliveryOutcome.ACCEPTED: "green",
    OutboxState.DEAD: "red",
    DeliveryOutcome.FAILED: "yellow",
    DeliveryOutcome.REFUSED: "red",
}


def show_delivered(delivered: Sequence[Delivered], time_zone: str) -> None:
    """Show what became of messages that were tried."""
    zone = ZoneInfo(time_zone)
    for one in delivered:
        to = f"{plain(one.channel)} ({plain(one.recipient)})"
        if one.outcome == DeliveryOutcome.ACCEPTED:
            _say(("sent", "green"), f" message {one.item_id} to {to}")
            continue
        again = f"; next try {moment(one.next_try, zone)}" if one.next_try else ""
        said = f"not sent: message {one.item_id} to {to}: {one.detail}{again}"
        _paragraph(said, "", _STATES.get(one.outcome, "yellow"))


# ---- messages


def show_outbox(items: Sequence[OutboxItem], time_zone: str) -> None:
    """Show messages, newest first, with what stands in the way of those not sent."""
    zone = ZoneInfo(time_zone)
    for item in items:
        time = f"{'sent' if item.sent_at else 'made'} {moment(item.sent_at or item.created_at, zone)}"
        _say(
            f"{item.id:>5}  ",
            (f"{item.state:<7}", _STATES.get(item.state, "")),
            f"  {plain(item.channel)} ({plain(item.recipient)})  {item.kind}",
        )
        _say(" " * 7, time)
        if item.state in (OutboxState.PENDING, OutboxState.DEAD) and item.attempts:
            again = f"; next try {moment(item.not_before, zone)}" if item.state == OutboxState.PENDING else ""
            _paragraph(f"{counted(item.attempts, 'attempt')}: {item.error}{again}", " " * 7, "yellow")
    if not items:
        _say("There is no such message.")


def show_message(session: Session, watch: "Watch", number: int) -> None:
    """Show one message as its reader gets it, and every attempt. Raises AlertError where there is none."""
    item = session.get(OutboxItem, number)
    if item is None:
        raise AlertError(f"there is no message {number} in the outbox; `outbox list` shows the numbers")
    known = watch.recipients.targets.get(item.channel, ())
    face: Face = next((target.face for target in known if target.recipient == item.recipient), "text")
    message = render_item(session, item, face, watch.templates, watch.zone)
    _say(f"to        {plain(item.channel)} ({plain(item.recipient)})")
    _say("subject   ", (plain(message.subject), "bold"))
    _say(f"state     {item.state}")
    _say(f"identity  {item.identity}")
    _say()
    _say(harmless(message.markdown or message.text))
    _show_attempts(session, number, watch.zone)


def _show_attempts(session: Session, number: int, zone: tzinfo) -> None:
    attempts = select(Delivery).where(Delivery.outbox_id == number).order_by(col(Delivery.id))
    for attempt in session.exec(attempts):
        first = f"attempt {attempt.attempt}  {moment(attempt.finished_at, zone)}  {attempt.outcome}  "
        _say(first) if not attempt.detail else _paragraph(attempt.detail, first)


def show_digest(watch: "Watch", content: Mapping[str, Any]) -> None:
    """Show a digest as its text face."""
    zone = zone_of(content)
    message = render_digest(content, face="text", identity="", templates=watch.templates, time_zone=zone)
    _say((plain(message.subject), "bold"))
    _say()
    _say(harmless(message.text))
