"""A database, channels and a sender for the tests of delivery; the renderer writes the row's own title."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from alerts.channels.send import send, targets
from alerts.domain.messages import Message, Target
from alerts.domain.models import Delivery, OutboxItem
from alerts.domain.settings import ChannelSettings
from alerts.outbox.deliver import Delivered, Sender, deliver_next
from service.database.database import Database
from tests.clock import FrozenClock


def render_title(_: Session, item: OutboxItem, target: Target) -> Message:
    title = (item.content or {}).get("title", f"message {item.id}")
    return Message(item.identity, title, f"{title} for {target.face}\n")


@dataclass
class World:
    """What a test of delivery needs; `channels` maps a name to a channel's settings as a user writes them."""

    database: Database
    clock: FrozenClock
    channels: dict[str, dict[str, Any]]
    render: Callable[[Session, OutboxItem, Target], Message] = render_title
    send: Callable[[Target, Message], None] = send
    _tokens: "itertools.count[int]" = field(default_factory=itertools.count)

    def settings(self) -> dict[str, ChannelSettings]:
        return {
            name: ChannelSettings.model_validate({"allow_private": True, **written})
            for name, written in self.channels.items()
        }

    def targets(self, name: str) -> tuple[Target, ...]:
        return targets(name, self.settings()[name])

    def sender(self) -> Sender:
        return Sender(
            read=self.database.read,
            write=self.database.write,
            channels=self.settings(),
            targets={name: self.targets(name) for name in self.channels},
            render=self.render,
            clock=self.clock,
            jitter=lambda: 1.0,
            token=lambda: f"token {next(self._tokens)}",
            time_zone=ZoneInfo("America/New_York"),
            send=self.send,
        )

    def deliver(self) -> Delivered | None:
        return deliver_next(self.sender())

    def deliver_all(self) -> list[Delivered]:
        return list(iter(self.deliver, None))

    def put(self, channel: str, title: str = "A new report", **fields: Any) -> int:
        """Put one message for each recipient of a channel into the outbox; give the first one's number."""
        with self.database.write() as session:
            now = self.clock()
            items = [
                OutboxItem(
                    **{
                        "identity": f"{title} {target.channel} {target.recipient}".replace(" ", "-").replace(
                            "@", "-at-"
                        ),
                        "kind": "digest",
                        "channel": channel,
                        "recipient": target.recipient,
                        "content": {"title": title},
                        "created_at": now,
                        "not_before": now,
                        "give_up_at": now + timedelta(days=3),
                        **fields,
                    }
                )
                for target in self.targets(channel)
            ]
            session.add_all(items)
            session.flush()
            return items[0].id

    def item(self, number: int) -> OutboxItem:
        with self.database.read() as session:
            return session.exec(select(OutboxItem).where(OutboxItem.id == number)).one()

    def items(self, **fields: Any) -> list[OutboxItem]:
        with self.database.read() as session:
            return list(session.exec(select(OutboxItem).filter_by(**fields).order_by(OutboxItem.id)))  # type: ignore[arg-type]

    def deliveries(self) -> list[Delivery]:
        with self.database.read() as session:
            return list(session.exec(select(Delivery).order_by(Delivery.id)))  # type: ignore[arg-type]
