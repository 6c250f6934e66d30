"""Show the outbox, one message, deliveries and digests in a terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from alerts.digests.stored import zone_of
from alerts.domain.display import Display
from alerts.domain.types import DeliveryOutcome, OutboxState
from alerts.language.text import counted, moment, plain
from alerts.outbox.deliver import Delivered
from alerts.rendering.render import render_digest
from service.terminal.console import paragraph, say
from service.terminal.text import harmless

if TYPE_CHECKING:
    from alerts.rendering.environments import Templates

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
            say(("sent", "green"), f" message {one.item_id} to {to}")
            continue
        again = f"; next try {moment(one.next_try, zone)}" if one.next_try else ""
        said = f"not sent: message {one.item_id} to {to}: {one.detail}{again}"
        paragraph(said, "", _STATES.get(one.outcome, "yellow"))


def show_outbox(items: Sequence[Mapping[str, Any]], time_zone: str) -> None:
    """Show messages, newest first, with the reason why one is not sent."""
    zone = ZoneInfo(time_zone)
    for item in items:
        state = item["state"]
        time = (
            f"{'sent' if item['sent_at'] else 'made'} {_moment(item['sent_at'] or item['created_at'], zone)}"
        )
        say(
            f"{item['id']:>5}  ",
            (f"{state:<7}", _STATES.get(state, "")),
            f"  {plain(item['channel'])} ({plain(item['recipient'])})  {item['kind']}",
        )
        say(" " * 7, time)
        if state in (OutboxState.PENDING, OutboxState.DEAD) and item["attempts"]:
            again = f"; next try {_moment(item['not_before'], zone)}" if state == OutboxState.PENDING else ""
            paragraph(f"{counted(item['attempts'], 'attempt')}: {item['error']}{again}", " " * 7, "yellow")
        elif state == OutboxState.DROPPED and item["error"]:
            paragraph(item["error"], " " * 7, "yellow")
    if not items:
        say("There is no message.")


def show_unsubscribed(readers: Sequence[Mapping[str, Any]], time_zone: str) -> None:
    """Show who has unsubscribed, one a line."""
    zone = ZoneInfo(time_zone)
    for one in readers:
        said = f"{plain(one['recipient'])}, since {_moment(one['since'], zone)}"
        say(f"{plain(one['channel'])}  {said}")
    if not readers:
        say("No reader has unsubscribed.")


def show_message(message: Mapping[str, Any], time_zone: str) -> None:
    """Show one message as its reader gets it, and every attempt."""
    zone = ZoneInfo(time_zone)
    say(f"to        {plain(message['channel'])} ({plain(message['recipient'])})")
    say("subject   ", (plain(message["subject"]), "bold"))
    say(f"state     {message['state']}")
    say(f"identity  {message['identity']}")
    say()
    say(harmless(message["text"]))
    for one in message["tries"]:
        first = f"attempt {one['attempt']}  {_moment(one['finished'], zone)}  {one['outcome']}  "
        say(first) if not one["detail"] else paragraph(one["detail"], first)


def _moment(iso: str, zone: tzinfo) -> str:
    return moment(datetime.fromisoformat(iso), zone)


def show_digests(data: Sequence[Mapping[str, Any]], time_zone: str) -> None:
    """Show stored digests, newest first, one a line."""
    zone = ZoneInfo(time_zone)
    for one in data:
        how = ", made by hand" if one["by_hand"] else ""
        said = f"{_moment(one['made'], zone)}, {counted(one['changes'], 'change')}{how}"
        say(f"{one['digest']:>5}  {plain(one['name']):<12}  {said}")
    if not data:
        say("No digest was made yet. To see what the next one will contain: oversight-watch digest")


def show_digest(content: Mapping[str, Any], templates: "Templates", display: Display) -> None:
    """Show a digest as text."""
    message = render_digest(
        content, face="text", identity="", templates=templates, time_zone=zone_of(content), display=display
    )
    say((plain(message.subject), "bold"))
    say()
    say(harmless(message.text))
