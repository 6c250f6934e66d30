"""What people say of a record (assign, note, snooze), checked and written; commands and pages share it."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.domain.types import TriageKind
from alerts.language.text import plain
from alerts.triage.annotations import say
from monitor.domain.errors import OversightError
from monitor.domain.us_dates import day_words

LONGEST_NAME, LONGEST_NOTE = 80, 2_000
_LAST_YEAR = 2999


def record_triage(
    session: Session,
    record_id: int,
    kind: TriageKind,
    *,
    by: str,
    text: str | None = None,
    until: date | None = None,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Add one entry to a record's triage history; a snooze ends when the local day `until` begins.

    Raises OversightError for an empty or too long text, or a day that has already begun.
    """
    who = checked_text(by, "name", LONGEST_NAME)
    end = None
    if kind is TriageKind.NOTE:
        text = checked_text(text or "", "note", LONGEST_NOTE)
    elif kind is TriageKind.ASSIGNED:
        text = checked_text(text, "name", LONGEST_NAME) if text else None  # no name: nobody's any more
    else:
        text = None
    if kind is TriageKind.SNOOZED_UNTIL:
        if until is None:
            raise OversightError("a snooze needs a day on which it ends")
        if until <= now.astimezone(zone).date():
            raise OversightError(f"{day_words(until)} has already begun; choose a later day")
        if until.year > _LAST_YEAR:
            raise OversightError(f"{until} is too far away; choose a day before {_LAST_YEAR + 1}")
        end = datetime.combine(until, time(), zone).astimezone(UTC)
    say(session, record_id, kind, by=who, now=now, text=text, until=end)


def checked_text(given: str, what: str, longest: int) -> str:
    """Return a text as one plain line. Raises OversightError for one that is empty or too long."""
    said = plain(given)
    if not said:
        raise OversightError(f"the {what} is empty")
    if len(said) > longest:
        raise OversightError(f"the {what} has {len(said):,} characters; the limit is {longest:,}")
    return said
