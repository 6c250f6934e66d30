"""Open recommendations and source health, in words and lengths of bars. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from alerts.digests.open_items import BANDS
from alerts.digests.schema import (
    AgencyData,
    OpenData,
    OpenRowData,
    ReportData,
    SourceData,
    SourceState,
    TotalsData,
)
from alerts.domain.display import NAMES_ALONE, Display
from alerts.language.text import counted, listed, moment, plain, shown_date, span, web_address
from alerts.views.triage import said_care
from monitor.domain.agencies import short_name

_HERE = "date unknown"
_DATED_BY: Mapping[Literal["ages", "ages_here"], str] = {
    "ages": "By report date",
    "ages_here": "Report date unknown: by the date first seen here",
}


@dataclass(frozen=True, slots=True)
class Band:
    """The open recommendations in one age band; `percent` is relative to the longest bar."""

    label: str
    count: int
    percent: int
    moved: str


@dataclass(frozen=True, slots=True)
class Ages:
    """The age bands counted from one kind of date."""

    name: str
    bands: tuple[Band, ...]

    @property
    def alone(self) -> str:
        """All in words if only one band has any: there is nothing to compare."""
        some = [band for band in self.bands if band.count]
        if len(some) != 1 or any(band.moved for band in self.bands if band is not some[0]):
            return ""
        moved = f" ({some[0].moved})" if some[0].moved else ""
        return f"{self.name}: all {some[0].count:,}{moved} {some[0].label}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an agency's bar; `shade` is the number of its age band, the last one means date unknown."""

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
    report: str  # the publisher's topics and the director
    care: str  # assignee, note, snooze
    snoozed: bool


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source's health in words."""

    key: str
    well: bool
    said: str
    trouble: str


# ---- open recommendations


def open_lead(open_: OpenData, before: TotalsData | None) -> str:
    """Return how many are open, and how the age bands changed since the previous digest."""
    total = open_["total"]
    said = f"{counted(total, 'recommendation is', 'recommendations are')} open"
    if before is None:
        return f"{said}."
    moved = total - before["total"]
    how = f"{abs(moved):,} {'more' if moved > 0 else 'fewer'} than" if moved else "the same as"
    return f"{said}, {how} in the previous digest.{_moves(open_['ages'], before['ages'])}"


def _moves(now: Sequence[int], before: Sequence[int]) -> str:
    moves = [
        f"{abs(count - was):,} {'more' if count > was else 'fewer'} {label}"
        for label, count, was in zip(BANDS, now, before, strict=True)
        if count != was
    ]
    return f" By age: {listed(moves)}." if moves else ""


def ages(open_: OpenData, before: TotalsData | None) -> tuple[Ages, ...]:
    """Return the age bands by report date, and separately those by the date first seen."""
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
    """Return a bar's length in percent; the smallest count is still visible."""
    return max(round(100 * count / longest), 2) if count else 0


def _moved(by: int) -> str:
    return f"{by:+,}".replace("-", "−") if by else ""


def agencies(rows: Sequence[AgencyData]) -> tuple[AgencyRow, ...]:
    """Return each agency's line of the table with its bar."""
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
    """Return how many agencies are not in the table, or ""."""
    count, listed_ = open_["agencies_rest"], sum(row["total"] for row in open_["agencies"])
    said = f"and {counted(count, 'more agency', 'more agencies')} with {open_['total'] - listed_:,} open"
    return said if count else ""


def columns(rows: Sequence[AgencyData]) -> tuple[str, ...]:
    """Return the column headings of the table of agencies."""
    return (*BANDS, _HERE) if rows else ()


def open_row(row: OpenRowData, until: datetime, zone: tzinfo) -> OpenRow:
    """Return one open recommendation in words."""
    care = row.get("care")  # missing in messages from before an upgrade
    lasted = span(datetime.fromisoformat(row["since"]), until)
    return OpenRow(
        label=row["label"],
        text=row["text"],
        agency=short_name(row["agency"]) or row["agency"],
        url=web_address(row["url"]),
        age=f"open for {lasted}" if row["dated"] else f"first seen {lasted} ago",
        priority=row["priority"],
        report=said_report(row.get("report")),
        care=said_care(care, zone),
        snoozed=bool(care and care["snoozed"]),
    )


def said_report(report: ReportData | None, *, dated: bool = False) -> str:
    """Return the topics, the director and, where `dated`, the date of issue, or ""."""
    if report is None:
        return ""
    issued, topics = shown_date(report["issue_date"]) if dated else "", report["topics"]
    parts = [
        f"issued {issued}" if issued else "",
        f"{'topics' if len(topics) > 1 else 'topic'}: {listed(topics)}" if topics else "",
        f"director: {report['director']}" if report["director"] else "",
    ]
    said = "; ".join(filter(None, parts))
    return said[:1].upper() + said[1:]


# ---- sources


def sources_lead(sources: Sequence[SourceData], display: Display = NAMES_ALONE) -> str:
    """Return whether the digest is complete: a quiet week must not look like a broken one."""
    if not sources:
        return "No source has been checked yet, so this digest cannot say what changed."
    bad = unread(sources)
    recovered = [plain(display.source(source["key"])) for source in sources if source["state"] == "recovered"]
    if bad:
        said = bad
    elif recovered:
        said = f"{_all(len(sources))} read; {listed(recovered)} had problems for part of the period."
    else:
        said = f"{_all(len(sources))} read without problems."
    partly = sum(source["read"] and (source["declared"] or 0) > source["rows"] for source in sources)
    if partly:
        said += f" {_of(partly, len(sources))}"
    return said


def unread(sources: Sequence[SourceData]) -> str:
    """Return a warning that changes may be missing, or "" if every source was read."""
    bad = sum(source["state"] not in ("ok", "recovered") for source in sources)
    if not bad:
        return ""
    which = f"{bad} of {len(sources)} sources" if len(sources) > 1 else "The source"
    return f"{which} {'was' if bad == 1 else 'were'} not fully read, so changes there may be missing."


def _all(count: int) -> str:
    return "The source was" if count == 1 else f"{'Both' if count == 2 else f'All {count}'} sources were"


def _of(part: int, count: int) -> str:
    if part == 1:
        return f"{'It' if count == 1 else 'One of them'} shows only part of its list."
    return f"{part} of them show only part of their lists."


def source_row(source: SourceData, zone: tzinfo, display: Display = NAMES_ALONE) -> SourceRow:
    """Return the health of one source: 25 of 25 records, complete; checked 84 times, no problems."""
    state = source["state"]
    return SourceRow(
        key=plain(display.source(source["key"])),
        well=state in ("ok", "recovered"),
        said="; ".join(filter(None, (_completeness(source), _checked(source)))),
        trouble=_trouble(source, state, zone),
    )


def _completeness(source: SourceData) -> str:
    """Return how much of a list was read: 50 records; 10 of 25 records; 25 of 25 records, complete."""
    if not source["read"]:
        return "not read yet"
    declared = source["declared"]
    said = (
        counted(source["rows"], "record")
        if declared is None
        else f"{source['rows']:,} of {declared:,} records"
    )
    return f"{said}, complete" if source["complete"] else said


def _checked(source: SourceData) -> str:
    checks, troubled = source["checks"], source["troubled_checks"]
    if not checks:
        return ""
    times = "once" if checks == 1 else f"{checks:,} times"
    return f"checked {times}, {f'{troubled:,} with problems' if troubled else 'no problems'}"


def _trouble(source: SourceData, state: SourceState, zone: tzinfo) -> str:
    if state == "silent":
        last = source["last_checked"]
        return "not checked in this period" + (f"; last checked {_when(last, zone)}" if last else "")
    if state == "partial":
        return "the last check could not read every page"
    if state == "recovered":
        return f"working again after {counted(source['troubled_checks'], 'check')} with problems"
    if state == "ok":
        return ""
    since = f" since {_when(source['trouble_since'], zone)}" if source["trouble_since"] else ""
    reason = f": {source['trouble']}" if source["trouble"] not in ("", state) else ""
    return f"{state}{since}{reason}"


def _when(time: str, zone: tzinfo) -> str:
    return moment(datetime.fromisoformat(time), zone)
