"""What became of promised dates in a digest's time, in sentences. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from alerts.digests.schema import DigestContent, ListName, PromiseData, PromisedRowData, PromisesData
from alerts.digests.target_dates import SOON
from alerts.language.text import counted, day, listed, plain, shown_date
from alerts.views.open_items import OpenRow, open_row
from monitor.commitments.queries import Way
from monitor.domain.dates import months_after

# Of one date, and of several.
_SAID: Mapping[Literal[Way, "passed", "soon"], tuple[str, str]] = {
    "passed": ("passed with its recommendation still open", "passed with their recommendations still open"),
    "later": ("was moved to a later day", "were moved to a later day"),
    "earlier": ("was moved to an earlier day", "were moved to an earlier day"),
    "made": ("is new", "are new"),
    "taken_back": ("was taken back", "were taken back"),
    "soon": (f"falls due in the next {SOON.days} days", f"fall due in the next {SOON.days} days"),
}


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One open recommendation, and what became of the date it is promised for."""

    open: OpenRow
    said: str


@dataclass(frozen=True, slots=True)
class PromiseList:
    """Promised dates that passed, that moved, or that fall due; `rest` says how many more there are."""

    name: str
    rows: tuple[PromiseRow, ...]
    rest: str


def said_of_promises(promises: PromisesData) -> str:
    """Sum up what became of promised dates in one sentence; "" where nothing did."""
    numbers = promises["numbers"]
    parts = [
        f"{numbers[name]:,} {words[numbers[name] > 1]}" for name, words in _SAID.items() if numbers[name]
    ]
    return f"Of the promised dates, {listed(parts)}." if parts else ""


def promise_lists(content: DigestContent, until: datetime, zone: tzinfo) -> tuple[PromiseList, ...]:
    """Say the promised dates of a digest, list by list; empty ones are left out."""
    promises = content["promises"]
    soon = date.fromisoformat(promises["soon_until"])
    heads: tuple[tuple[ListName, str, str], ...] = (
        ("passed", "Passed, and still open", "promises --passed"),
        ("moved", "Moved, made or taken back", "changes"),
        ("soon", f"Due by {shown_date(soon)}", f"promises --before {soon + timedelta(days=1)}"),
    )
    return tuple(
        PromiseList(
            name=head,
            rows=tuple(_row(row, until, zone) for row in promises[name]["listed"]),
            rest=_rest(promises[name]["rest"], content["file"], command),
        )
        for name, head, command in heads
        if promises[name]["listed"] or promises[name]["rest"]
    )


def _rest(count: int, file: str | None, command: str) -> str:
    if not count:
        return ""
    where = f"; all of them are in the file {plain(file)}" if file else f": oversight-watch {command}"
    return f"and {count:,} more{where}"


def _row(row: PromisedRowData, until: datetime, zone: tzinfo) -> PromiseRow:
    promise = row["promise"]
    if promise is None or row["moved"]:
        return PromiseRow(open_row(row, until, zone), _moved(row))
    return PromiseRow(open_row(row, until, zone), _due(promise, row["seen"], until, zone))


def _due(promise: PromiseData, seen: str | None, until: datetime, zone: tzinfo) -> str:
    """Say when a date is or was over: Promised for May 2024; its last day was 31 May 2024, 2 days ago."""
    due = date.fromisoformat(promise["due"])
    days = (due - until.astimezone(zone).date()).days
    is_, away = "was" if days < 0 else "is", counted(abs(days), "day")
    when = f"{away} ago" if days < 0 else f"in {away}" if days else "today"
    last = f", which {is_}" if promise["precision"] == "day" else f"; its last day {is_} {shown_date(due)},"
    return f"Promised for {_said(promise)}{last} {when}.{_unseen(seen, due, zone) if days < 0 else ''}"


def _unseen(seen: str | None, due: date, zone: tzinfo) -> str:
    """Say where we have not looked since a date was over: what came since, nobody here can know."""
    last = datetime.fromisoformat(seen) if seen else None
    if last is None or last.astimezone(zone).date() > due:
        return ""
    return f" We saw it last on {day(last, zone)}: what became of it since is not known here."


def _moved(row: PromisedRowData) -> str:
    """Say from which date to which one moved: Moved from May 2024 to March 2026, 22 months later."""
    promise, before = row["promise"], row["before"]
    if promise is None:
        return f"No date is promised any more; it had been {_said(before)}." if before else ""
    if before is None:
        return f"Promised now for {_said(promise)}."
    ends = sorted(date.fromisoformat(one["due"]) for one in (promise, before))
    return f"Moved from {_said(before)} to {_said(promise)}, {_length(*ends)} {row['moved']}."


def _length(begin: date, end: date) -> str:
    """Say how far a date moved: in full months, so that nobody reads two years where it is nearly three."""
    months = 12 * (end.year - begin.year) + end.month - begin.month
    months -= months_after(begin, months) > end
    return counted(months, "month") if months else counted((end - begin).days, "day")


def _said(promise: PromiseData) -> str:
    """Say a date as its comment does; a day, however it was written, as we say days."""
    return shown_date(promise["due"]) if promise["precision"] == "day" else plain(promise["date"])
