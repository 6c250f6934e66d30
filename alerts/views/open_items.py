"""What is open and how the sources are, in words and in the lengths of bars. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from alerts.digests.open_items import BANDS
from alerts.digests.schema import (
    AgencyData,
    OpenData,
    OpenRowData,
    SourceData,
    SourceState,
    TotalsData,
)
from alerts.language.text import counted, listed, moment, plain, span, web_address
from alerts.views.triage import said_care

_HERE = "no date known"
_DATED_BY: Mapping[Literal["ages", "ages_here"], str] = {
    "ages": "By the date of the report",
    "ages_here": "No date known: since first seen here",
}


@dataclass(frozen=True, slots=True)
class Band:
    """How many open recommendations are of one age, with the bar's length in percent of the longest."""

    label: str
    count: int
    percent: int
    moved: str


@dataclass(frozen=True, slots=True)
class Ages:
    """The ages that are counted from one kind of date."""

    name: str
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an agency's bar; `shade` is the age band's number, one above the last where none is known."""

    shade: int
    label: str
    count: int
    percent: float
    begin: float


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """One agency's open recommendations by age band."""

    agency: str
    total: int
    counts: tuple[int, ...]
    parts: tuple[Part, ...]
    percent: int
    said: str


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One open recommendation among the oldest and priority ones."""

    label: str
    text: str
    agency: str
    url: str | None
    age: str
    priority: bool
    care: str  # whose it is, a note, until when it is snoozed
    snoozed: bool


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source's health in words."""

    key: str
    well: bool
    said: str
    trouble: str


# ---- what is open


def open_lead(open_: OpenData, before: TotalsData | None) -> str:
    """Say how many are open, and what moved between the age bands since the digest before."""
    total = open_["total"]
    said = f"{counted(total, 'recommendation is', 'recommendations are')} open"
    if before is None:
        return f"{said}."
    moved = total - before["total"]
    how = f"{abs(moved):,} {'more' if moved > 0 else 'fewer'} than" if moved else "as many as"
    return f"{said}, {how} in the digest before.{_moves(open_['ages'], before['ages'])}"


def _moves(now: Sequence[int], before: Sequence[int]) -> str:
    moves = [
        f"{abs(count - was):,} {'more' if count > was else 'fewer'} {label}"
        for label, count, was in zip(BANDS, now, before, strict=True)
        if count != was
    ]
    return f" By age: {listed(moves)}." if moves else ""


def ages(open_: OpenData, before: TotalsData | None) -> tuple[Ages, ...]:
    """Give the age bands by the date of the report, and apart from them those since we saw it first."""
    longest = max(*open_["ages"], *open_["ages_here"], 1)
    return tuple(
        Ages(name, _bands(open_[key], (before or open_)[key], longest))
        for key, name in _DATED_BY.items()
        if any(open_[key])
    )


def _bands(counts: Sequence[int], before: Sequence[int], longest: int) -> tuple[Band, ...]:
    found = zip(BANDS, counts, before, strict=True)
    return tuple(
        Band(label, count, _length(count, longest), _moved(count - was)) for label, count, was in found
    )


def _length(count: int, longest: int) -> int:
    """Give a bar's length in percent; the smallest count still shows."""
    return max(round(100 * count / longest), 2) if count else 0


def _moved(by: int) -> str:
    return f"{by:+,}".replace("-", "−") if by else ""


def agencies(rows: Sequence[AgencyData]) -> tuple[AgencyRow, ...]:
    """Give each agency's line of the table, and its bar."""
    longest = max((row["total"] for row in rows), default=1)
    return tuple(_agency_row(row, longest) for row in rows)


def _agency_row(row: AgencyData, longest: int) -> AgencyRow:
    total, counts = row["total"], (*row["ages"], sum(row["ages_here"]))
    labels = (*BANDS, _HERE)
    said = "; ".join(f"{label}: {count:,}" for label, count in zip(labels, counts, strict=True) if count)
    parts, begin = [], 0.0
    for shade, (label, count) in enumerate(zip(labels, counts, strict=True)):
        if count:
            percent = 100 * count / longest
            parts.append(Part(shade, label, count, round(percent, 2), round(begin, 2)))
            begin += percent
    name = plain(row["agency"])
    return AgencyRow(
        name, total, counts, tuple(parts), _length(total, longest), f"{name}: {total:,} open ({said})"
    )


def rest_agencies(open_: OpenData) -> str:
    """Count the agencies that are not in the table."""
    count, listed_ = open_["agencies_rest"], sum(row["total"] for row in open_["agencies"])
    said = f"and {counted(count, 'more agency', 'more agencies')} with {open_['total'] - listed_:,} open"
    return said if count else ""


def columns(rows: Sequence[AgencyData]) -> tuple[str, ...]:
    """Head the columns of the agencies' table."""
    return (*BANDS, _HERE) if rows else ()


def open_row(row: OpenRowData, until: datetime, zone: tzinfo) -> OpenRow:
    """Say one open recommendation."""
    care = row.get("care")  # a message from before an upgrade has none
    lasted = span(datetime.fromisoformat(row["since"]), until)
    return OpenRow(
        label=row["label"],
        text=row["text"],
        agency=row["agency"],
        url=web_address(row["url"]),
        age=f"open {lasted}" if row["dated"] else f"first seen {lasted} ago",
        priority=row["priority"],
        care=said_care(care, zone),
        snoozed=bool(care and care["snoozed"]),
    )


# ---- how the sources are


def sources_lead(sources: Sequence[SourceData]) -> str:
    """Say whether what stands above can be relied on: a quiet week is not a broken one."""
    if not sources:
        return "No source has been checked yet, so this says nothing about the publishers."
    bad = unread(sources)
    recovered = [plain(source["key"]) for source in sources if source["state"] == "recovered"]
    if bad:
        said = bad
    elif recovered:
        said = f"{_all(len(sources))} read in the end; {listed(recovered)} had trouble on the way."
    else:
        said = f"{_all(len(sources))} read without trouble."
    partly = sum(source["read"] and (source["declared"] or 0) > source["rows"] for source in sources)
    if partly:
        said += f" {_of(partly, len(sources))} shows us only part of its list."
    return said


def unread(sources: Sequence[SourceData]) -> str:
    """Say that something may be missing; nothing where every source was read."""
    bad = sum(source["state"] not in ("ok", "recovered") for source in sources)
    if not bad:
        return ""
    which = f"{bad} of {len(sources)} sources" if len(sources) > 1 else "The one source"
    said = f"{which} could not be read without trouble"
    return f"{said}: what changed there may be missing."


def _all(count: int) -> str:
    return "The one source was" if count == 1 else f"Each of the {count} sources was"


def _of(part: int, count: int) -> str:
    return "It" if count == 1 else "One" if part == 1 else f"Each of {part}"


def source_row(source: SourceData, zone: tzinfo) -> SourceRow:
    """Say how one source is: 25 of 25 declared, complete; checked 84 times, none in trouble."""
    state = source["state"]
    return SourceRow(
        key=plain(source["key"]),
        well=state in ("ok", "recovered"),
        said="; ".join(filter(None, (_completeness(source), _checked(source)))),
        trouble=_trouble(source, state, zone),
    )


def _completeness(source: SourceData) -> str:
    """Say how much of a list was seen: 50 rows; 10 of 25 declared; 25 of 25 declared, complete."""
    if not source["read"]:
        return "not read yet"
    rows = f"{source['rows']:,}"
    said = f"{rows} of {source['declared']:,} declared" if source["declared"] is not None else f"{rows} rows"
    return f"{said}, complete" if source["complete"] else said


def _checked(source: SourceData) -> str:
    checks, troubled = source["checks"], source["troubled_checks"]
    if not checks:
        return ""
    times = "once" if checks == 1 else f"{checks:,} times"
    return f"checked {times}, {f'{troubled:,}' if troubled else 'none'} in trouble"


def _trouble(source: SourceData, state: SourceState, zone: tzinfo) -> str:
    if state == "silent":
        last = source["last_checked"]
        return "not checked in this time" + (f", last {_when(last, zone)}" if last else "")
    if state == "partial":
        return "its last look could not read every page"
    if state == "recovered":
        return f"readable again after {counted(source['troubled_checks'], 'check')} in trouble"
    if state == "ok":
        return ""
    since = f" since {_when(source['trouble_since'], zone)}" if source["trouble_since"] else ""
    reason = f": {source['trouble']}" if source["trouble"] else ""
    return f"{state}{since}{reason}"


def _when(time: str, zone: tzinfo) -> str:
    return moment(datetime.fromisoformat(time), zone)
