"""Promised dates of a digest in sentences: passed, moved, due soon. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Literal

from alerts.digests.schema import DigestContent, ListName, PromiseData, PromisedRowData, PromisesData
from alerts.digests.target_dates import SOON
from alerts.language.text import counted, day, listed, plain, shown_date
from alerts.views.open_items import OpenRow, open_row
from monitor.commitments.queries import Way
from monitor.domain.dates import months_after

# For one date, and for several.
_SAID: Mapping[Literal[Way, "passed", "soon"], tuple[str, str]] = {
    "passed": ("passed with the recommendation still open", "passed with the recommendations still open"),
    "later": ("moved to a later date", "moved to a later date"),
    "earlier": ("moved to an earlier date", "moved to an earlier date"),
    "made": ("is new", "are new"),
    "taken_back": ("was withdrawn", "were withdrawn"),
    "soon": (f"is due in the next {SOON.days} days", f"are due in the next {SOON.days} days"),
}


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One open recommendation, and what happened to its promised date."""

    open: OpenRow
    said: str


@dataclass(frozen=True, slots=True)
class PromiseList:
    """Promised dates that passed, moved, or are due soon; `rest` counts those left out."""

    name: str
    rows: tuple[PromiseRow, ...]
    rest: str


def said_of_promises(promises: PromisesData) -> str:
    """Return a summary of promised dates in one sentence, or "" if there is none."""
    numbers = promises["numbers"]
    parts = [
        f"{numbers[name]:,} {words[numbers[name] > 1]}" for name, words in _SAID.items() if numbers[name]
    ]
    return f"Promised dates: {listed(parts)}." if parts else ""


def promise_lists(content: DigestContent, until: datetime, zone: tzinfo) -> tuple[PromiseList, ...]:
    """Return the promised dates of a digest in sentences, without empty lists."""
    promises = content["promises"]
    soon = date.fromisoformat(promises["soon_until"])
    heads: tuple[tuple[ListName, str], ...] = (
        ("passed", "Passed, still open"),
        ("moved", "Moved, new or withdrawn"),
        ("soon", f"Due by {shown_date(soon)}"),
    )
    return tuple(
        PromiseList(
            name=head,
            rows=tuple(_row(row, until, zone) for row in promises[name]["listed"]),
            rest=_rest(promises[name]["rest"], content["file"]),
        )
        for name, head in heads
        if promises[name]["listed"] or promises[name]["rest"]
    )


def _rest(count: int, file: str | None) -> str:
    if not count:
        return ""
    where = f"; the full list is in the file {plain(file)}" if file else "; all are on record"
    return f"and {count:,} more{where}"


def _row(row: PromisedRowData, until: datetime, zone: tzinfo) -> PromiseRow:
    promise = row["promise"]
    if promise is None or row["moved"]:
        return PromiseRow(open_row(row, until, zone), _moved(row))
    return PromiseRow(open_row(row, until, zone), _due(promise, row["seen"], until, zone))


def _due(promise: PromiseData, seen: str | None, until: datetime, zone: tzinfo) -> str:
    """Return when a promise is or was due: Promised for May 2024, due by May 31, 2024 (2 days ago)."""
    due = date.fromisoformat(promise["due"])
    days = (due - until.astimezone(zone).date()).days
    away = counted(abs(days), "day")
    when = f"{away} ago" if days < 0 else f"in {away}" if days else "today"
    unseen = _unseen(seen, due, zone) if days < 0 else ""
    if promise["precision"] == "day":
        return f"Promised for {_said(promise)}, which {'was' if days < 0 else 'is'} {when}.{unseen}"
    return f"Promised for {_said(promise)}, due by {shown_date(due)} ({when}).{unseen}"


def _unseen(seen: str | None, due: date, zone: tzinfo) -> str:
    """Return a note that we have not seen the record since the date passed, or ""."""
    last = datetime.fromisoformat(seen) if seen else None
    if last is None or last.astimezone(zone).date() > due:
        return ""
    return f" We last saw it on {day(last, zone)} and do not know what has happened since."


def _moved(row: PromisedRowData) -> str:
    """Return how a date moved: Moved from May 2024 to March 2026, 22 months later."""
    promise, before = row["promise"], row["before"]
    if promise is None:
        return f"A date is no longer promised; it was {_said(before)}." if before else ""
    if before is None:
        return f"Newly promised for {_said(promise)}."
    ends = sorted(date.fromisoformat(one["due"]) for one in (promise, before))
    return f"Moved from {_said(before)} to {_said(promise)}, {_length(*ends)} {row['moved']}."


def _length(begin: date, end: date) -> str:
    """Return how far a date moved, in full months, so that almost three years do not read as two."""
    months = 12 * (end.year - begin.year) + end.month - begin.month
    months -= months_after(begin, months) > end
    return counted(months, "month") if months else counted((end - begin).days, "day")


def _said(promise: PromiseData) -> str:
    """Return a date in the comment's words; a day in our own format."""
    return shown_date(promise["due"]) if promise["precision"] == "day" else plain(promise["date"])
