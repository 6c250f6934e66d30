"""What a message is made of: faces, cards, recipients, and where a message goes. Loads no channel library."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import SecretStr

Card = Mapping[str, Any]
Face = Literal["email", "slack", "teams", "discord", "markdown", "text"]


@dataclass(frozen=True, slots=True)
class ReaderLinks:
    """Makes the addresses with which one reader unsubscribes, or snoozes a record (its source, its key)."""

    unsubscribe: Callable[[], str]
    snooze: Callable[[str, str], str]


LinksOf = Callable[[str, str], ReaderLinks]  # of a channel and a recipient


@dataclass(frozen=True, slots=True)
class Target:
    """One recipient of a channel: a mail address, or a name made from another service's URL.

    `limit` is the most characters that a body (of a mail its HTML) or a card may have, its title included.
    `unsubscribe` is where a reader of a mail asks to be left out. `room` is what a service's URL reaches. A
    program that gets events has a `secret`, with which they are signed. `links` are in mails to readers only.
    """

    channel: str
    recipient: str
    url: SecretStr
    face: Face
    limit: int | None = None
    allow_private: bool = False
    unsubscribe: str | None = None
    room: str = ""
    secret: SecretStr | None = None
    links: ReaderLinks | None = None

    @property
    def person(self) -> str:
        """Who reads it, whichever channel it goes through; mail servers ignore the case of letters."""
        return self.room or self.recipient.casefold()


@dataclass(frozen=True, slots=True)
class Message:
    """One message in every form a channel may need.

    `identity` stays the same over all attempts; `references` are identities of earlier messages it belongs
    to. `markdown` is the body in the face's own markup: Slack's for slack, Markdown for markdown. No body
    repeats the subject. `card` is the same body as a service's own structure (alerts.rendering.cards).
    `unsubscribe` is an address to which a mail program may post its reader's wish (RFC 8058).
    """

    identity: str
    subject: str
    text: str
    html: str | None = None
    markdown: str | None = None
    card: Mapping[str, Any] | None = None
    references: tuple[str, ...] = ()
    list_id: str | None = None
    unsubscribe: str | None = None
    date: datetime | None = None  # of this attempt


@dataclass(frozen=True, slots=True)
class Recipients:
    """Every channel's targets, and how long each channel is tried before a message is dead."""

    targets: Mapping[str, tuple[Target, ...]]
    give_up_after: Mapping[str, timedelta]
