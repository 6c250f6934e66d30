"""A reminder in sentences, the same for every format. Pure."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from alerts.digests.schema import ReminderContent, ReminderRowData
from alerts.domain.display import NAMES_ALONE, Display
from alerts.language.text import counted, plain, shortened
from alerts.views.open_items import OpenRow, open_row


@dataclass(frozen=True, slots=True)
class Reminded:
    """One open recommendation, and the date its comment promises."""

    open: OpenRow
    promised: str


@dataclass(frozen=True, slots=True)
class ReminderReading:
    """A whole reminder as its templates use it."""

    title: str
    lead: str
    rows: tuple[Reminded, ...]
    rest: str
    rest_url: str | None


def reminder_reading(
    content: ReminderContent, most: int, zone: tzinfo, display: Display = NAMES_ALONE
) -> ReminderReading:
    """Return a reminder in sentences, with at most `most` recommendations one by one."""
    listed = content["listed"]
    total, until = len(listed) + content["rest"], datetime.fromisoformat(content["until"])
    one, topic = total == 1, plain(display.topic(content["topic"]))
    what = f"{listed[0]['label']} is" if one else f"{total:,} recommendations are"
    long = counted(content["days"], "day")
    return ReminderReading(
        title=shortened(f"Reminder: {what} still open ({topic})", 180),
        lead=f"No alert about {'it' if one else 'them'} for {long} or more (topic {topic})."
        f"{'' if one else ' Oldest first.'}",
        rows=tuple(Reminded(open_row(row, until, zone), _promised(row)) for row in listed[:most]),
        rest=_rest(total - min(most, len(listed))),
        rest_url=display.room("/records"),
    )


def _promised(row: ReminderRowData) -> str:
    named = plain(row["promised"])
    if not named:
        return ""
    return f"promised for {named}, which has passed" if row["passed"] else f"promised for {named}"


def _rest(count: int) -> str:
    said = f"and {counted(count, 'more open recommendation')}"
    return said if count else ""
