"""The triage of a record in words: assignee, note, snooze. Pure; what people typed is made harmless."""

from datetime import datetime, tzinfo

from alerts.language.text import day, plain, shortened
from alerts.triage.annotations import CareData

_LONGEST_NOTE = 200


def said_care(care: CareData | None, zone: tzinfo) -> str:
    """Return assignee, note and snooze in one line, or "" if there is none."""
    if not care:
        return ""
    name, note = plain(care["assigned_to"]), shortened(plain(care["note"]), _LONGEST_NOTE)
    parts = [
        f"assigned to {name}" if name else "",
        f"note: {note}" if note else "",
        said_snooze(care["snoozed_until"], zone) if care["snoozed"] else "",
    ]
    return "; ".join(filter(None, parts))


def said_snooze(until: str | None, zone: tzinfo) -> str:
    """Return until when something is snoozed."""
    if until is None:
        return "snoozed until its next change"
    return f"snoozed until {day(datetime.fromisoformat(until), zone)}"
