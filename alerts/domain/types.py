"""The closed lists of alerts: states, kinds, decisions and outcomes, as they are stored. Loads nothing."""

from enum import StrEnum


class OutboxState(StrEnum):
    """Where a message is between its creation and its end."""

    PENDING = "pending"
    LEASED = "leased"  # one sender is sending it
    SENT = "sent"
    DEAD = "dead"  # given up
    DROPPED = "dropped"  # given up by hand, or unsubscribed by its reader


class MessageKind(StrEnum):
    """What a message consists of."""

    CHANGES = "changes"
    SUMMARY = "summary"
    DIGEST = "digest"
    REMINDER = "reminder"
    OPERATOR = "operator"


class RoutingDecision(StrEnum):
    """What was decided about a change."""

    SENT = "sent"
    DIGEST = "digest"
    NOT_SENT = "not_sent"  # its topics have no channel
    NO_TOPIC = "no_topic"
    TOLD_BEFORE = "told_before"  # sent from another source already
    SNOOZED = "snoozed"
    IMPORTED = "imported"  # from an archive, or found by the first check after an import


class DeliveryOutcome(StrEnum):
    """What came of one attempt to deliver."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good
    FAILED = "failed"  # worth another try
    OVERTAKEN = "overtaken"  # the lease had expired and another attempt counts


class TriageKind(StrEnum):
    """What somebody decided about a record."""

    ASSIGNED = "assigned"
    NOTE = "note"
    SNOOZED_UNTIL = "snoozed_until"
    SNOOZED_UNTIL_CHANGE = "snoozed_until_change"
    SNOOZE_OVER = "snooze_over"


GIVEN_UP = (OutboxState.DEAD, OutboxState.DROPPED)
