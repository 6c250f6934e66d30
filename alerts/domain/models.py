"""The tables of who should know. An outbox row is one message to one recipient.

The unique key of `outbox_entry` is the promise that no change is sent twice: one row per change,
topic, channel and recipient, forever.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field

from alerts.domain.types import OutboxState
from monitor.store.models import Stored, time_column

USUAL_PATIENCE = timedelta(days=3)
GATHERED_FOR = timedelta(hours=1)

# Word for word as in the index, or it is not used.
GATHERING = text("outbox.kind = 'summary' AND outbox.state = 'pending'")


class OutboxItem(Stored, table=True):
    """One message to one recipient, from its birth in a check's transaction to its receipt.

    `state` is an OutboxState. `identity` is the same over all attempts: it is
    the Message-ID of a mail and the Idempotency-Key of a webhook. `content` is filled only where the
    message does not come from changes (digests, reminders, operator notices).
    """

    __tablename__ = "outbox"
    __table_args__ = (
        # The rows still to be sent are few; this keeps looking for them cheap forever.
        Index(
            "ix_outbox_due",
            "not_before",
            sqlite_where=text("state IN ('pending', 'leased')"),
        ),
        # Every check with news asks whether a recipient gets too many messages, and for its summary.
        # By time first: an index by recipient would also be scanned whole in search of what is to be sent.
        Index("ix_outbox_recent", "created_at", "channel", "recipient"),
        Index(
            "ix_outbox_gathering",
            "channel",
            "recipient",
            sqlite_where=text("kind = 'summary' AND state = 'pending'"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    kind: str  # a MessageKind
    channel: str
    recipient: str  # a mail address or the target's number; never a URL
    check_id: int | None = Field(default=None, foreign_key="check.id", index=True)
    content: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    state: str = OutboxState.PENDING
    created_at: datetime = Field(sa_column=time_column())
    not_before: datetime = Field(sa_column=time_column())
    give_up_at: datetime = Field(sa_column=time_column())
    attempts: int = 0
    lease: str | None = None
    leased_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    sent_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    error: str | None = None


class OutboxEntry(Stored, table=True):
    """Why one change is in one message: the topic and the words that matched."""

    __tablename__ = "outbox_entry"
    __table_args__ = (UniqueConstraint("change_id", "topic", "channel", "recipient"),)

    id: int = Field(default=None, primary_key=True)
    outbox_id: int = Field(foreign_key="outbox.id", index=True)
    change_id: int = Field(foreign_key="change.id")
    topic: str
    channel: str
    recipient: str
    words: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class Delivery(Stored, table=True):
    """One attempt to hand a message to its channel, and what came of it."""

    __tablename__ = "delivery"

    id: int = Field(default=None, primary_key=True)
    outbox_id: int = Field(foreign_key="outbox.id", index=True)
    attempt: int
    started_at: datetime = Field(sa_column=time_column())
    finished_at: datetime = Field(sa_column=time_column())
    outcome: str  # an DeliveryOutcome
    detail: str = ""


class Routing(Stored, table=True):
    """What was decided about a change, so that no change is without an answer to "why was I not told?"."""

    __tablename__ = "routing"

    change_id: int = Field(foreign_key="change.id", primary_key=True)
    decision: str  # a RoutingDecision
    topics: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    # Who was not notified again, as another source had already reported the same:
    # topic, channel, recipient, change_id.
    told_before: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON, nullable=True))


class DigestRun(Stored, table=True):
    """One digest made: the changes after `after_change_id` up to and including `up_to_change_id`."""

    __tablename__ = "digest_run"
    __table_args__ = (UniqueConstraint("name", "after_change_id", "up_to_change_id", "made_at"),)

    id: int = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    after_change_id: int
    up_to_change_id: int
    since: datetime = Field(sa_column=time_column())
    made_at: datetime = Field(sa_column=time_column())
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Care(Stored, table=True):
    """One thing that somebody said of a record; added to, never rewritten. alerts.triage.annotations derives
    the current state."""

    __tablename__ = "care"

    id: int = Field(default=None, primary_key=True)
    record_id: int = Field(foreign_key="record.id", index=True)
    said_at: datetime = Field(sa_column=time_column())
    said_by: str | None = None  # None where a change ended a snooze
    kind: str  # a TriageKind
    text: str | None = None  # a name (None: nobody's any more), or a note
    ends_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    change_id: int | None = Field(default=None, foreign_key="change.id")  # that ended a snooze


class Reminder(Stored, table=True):
    """One open recommendation in one reminder: the recipient's first of it, second, and so on, each once."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("record_id", "topic", "channel", "recipient", "number"),)

    id: int = Field(default=None, primary_key=True)
    outbox_id: int = Field(foreign_key="outbox.id", index=True)
    record_id: int = Field(foreign_key="record.id")
    topic: str
    channel: str
    recipient: str
    number: int
    reminded_at: datetime = Field(sa_column=time_column())


class OptOut(Stored, table=True):
    """A reader of a channel who has unsubscribed; the row is deleted when that is undone."""

    __tablename__ = "opt_out"
    __table_args__ = (UniqueConstraint("channel", "recipient"),)

    id: int = Field(default=None, primary_key=True)
    channel: str
    recipient: str
    since: datetime = Field(sa_column=time_column())


class AppliedSettings(Stored, table=True):
    """What a watch file said about who is notified of what, from the time at which it was first used.

    No address of a channel is in it, so no secret: see service.watchfile.in_use.
    """

    __tablename__ = "applied_settings"

    id: int = Field(default=None, primary_key=True)
    applied_at: datetime = Field(sa_column=time_column())
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
