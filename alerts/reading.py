"""A digest's facts said in sentences, for all faces alike. Pure: the same content always reads the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from alerts.headlines import said_number
from alerts.shown import Difference, why
from alerts.standing import BANDS
from alerts.wording import Segment, counted, day, listed, moment, plain, shortened, span, web_address

# Piles whose emptiness is news; the others are named only where something happened.
_ALWAYS_SAID = ("new_reports", "closed_implemented", "other_status", "comments")


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """One change in a digest."""

    kind: str
    what: str
    about: str
    lead: str
    url: str | None
    address: str
    also: str
    noticed: str
    differences: tuple[Difference, ...]
    why: str


@dataclass(frozen=True, slots=True)
class TopicSection:
    """The changes told under one topic; a change of several topics stands under its first."""

    name: str
    entries: tuple[DigestEntry, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """How many open recommendations are of one age, with the bar's length in percent of the longest."""

    label: str
    count: int
    percent: int


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """One agency's open recommendations by age band."""

    agency: str
    total: int
    counts: tuple[int, ...]
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


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source's health in words."""

    key: str
    well: bool
    said: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole digest as its templates see it."""

    title: str
    heading: str
    period: str
    lead: str
    sections: tuple[TopicSection, ...]
    more: str
    other: str
    open_lead: str
    bands: tuple[Band, ...]
    agencies: tuple[AgencyRow, ...]
    listed: tuple[OpenRow, ...]
    rest: str
    ages_note: str
    sources_lead: str
    sources: tuple[SourceRow, ...]


def zone_of(content: Mapping[str, Any]) -> tzinfo:
    """Give the time zone in which a digest was made; UTC where its name is not known here."""
    try:
        return ZoneInfo(str(content.get("time_zone")))
    except (KeyError, ValueError, OSError):
        return UTC


def reading(content: Mapping[str, Any], zone: tzinfo) -> Reading:
    """Say a digest's content."""
    since, until = (datetime.fromisoformat(content[name]) for name in ("since", "until"))
    heading = f"{plain(content['name']).capitalize()} digest"
    open_ = content["open"]
    return Reading(
        title=shortened(f"{heading}, {day(until, zone)}: {_short(content)}", 180),
        heading=heading,
        period=f"{moment(since, zone)} – {moment(until, zone)}",
        lead=_lead(content),
        sections=_sections(content, zone),
        more=f"and {counted(content['more'], 'more change')} in these topics" if content["more"] else "",
        other=_other(content),
        open_lead=_open_lead(open_, content.get("before")),
        bands=_bands(open_["ages"]),
        agencies=tuple(map(_agency_row, open_["agencies"])),
        listed=tuple(_open_row(row, until) for row in open_["listed"]),
        rest=f"and {counted(open_['rest'], 'more open recommendation')}" if open_["rest"] else "",
        ages_note=_ages_note(open_),
        sources_lead=_sources_lead(content["sources"]),
        sources=tuple(_source_row(source, zone) for source in content["sources"]),
    )


def _short(content: Mapping[str, Any]) -> str:
    parts = [said_number(name, count) for name, count in content["numbers"].items() if count]
    return ", ".join(parts) or "nothing changed"


def _lead(content: Mapping[str, Any]) -> str:
    """Say the numbers, each beside that of the digest before."""
    found = content["numbers"]
    before = (content.get("before") or {}).get("numbers")
    known = content.get("told_before", 0)
    again = f" One more site lists {counted(known, 'record')} told of before." if known else ""
    if not any(found.values()):
        was = f" The digest before told of {counted(sum(before.values()), 'change')}." if before else ""
        return f"Nothing changed in this time.{was}{again}"
    parts: list[str] = []
    for name, count in found.items():
        if count or name in _ALWAYS_SAID or (before and before.get(name)):
            said = said_number(name, count)
            if before is not None:
                said += f" ({before.get(name, 0):,}{'' if parts else ' in the digest before'})"
            parts.append(said)
    return f"{counted(sum(found.values()), 'change')}: {listed(parts)}.{again}"


def _sections(content: Mapping[str, Any], zone: tzinfo) -> tuple[TopicSection, ...]:
    sections: dict[str, list[DigestEntry]] = {}
    for change in content["changes"]:
        sections.setdefault(change["topics"][0]["topic"], []).append(_entry(change, zone))
    return tuple(TopicSection(plain(name), tuple(entries)) for name, entries in sections.items())


def _entry(change: Mapping[str, Any], zone: tzinfo) -> DigestEntry:
    topics = tuple(match["topic"] for match in change["topics"])
    words = tuple(word for match in change["topics"] for word in match["words"])
    return DigestEntry(
        kind=change["kind"],
        what=change["what"],
        about=change["about"],
        lead=change["lead"],
        url=web_address(change["url"]),
        address=change["address"],
        also=_also(change, zone),
        noticed=moment(datetime.fromisoformat(change["seen"]), zone),
        differences=tuple(
            Difference(found["label"], tuple(Segment(kind, text) for kind, text in found["segments"]), False)
            for found in change["differences"]
        ),
        why=why(topics, words),
    )


def _also(change: Mapping[str, Any], zone: tzinfo) -> str:
    """Say where else a thing is listed, and when it was told from there."""
    sites = change.get("also") or ()
    said = f"also on {listed(map(plain, sites))}" if sites else ""
    if not change.get("told_before"):
        return said
    told = f"first seen {day(datetime.fromisoformat(change['told_before']), zone)}, and told then"
    return f"{said}; {told}" if said else told


def _other(content: Mapping[str, Any]) -> str:
    which = "any topic" if content["topics"] == "all" else f"{listed(map(plain, content['topics']))}"
    count = content["other"]
    return f"{counted(count, 'other change')} not in {which}" if count else ""


# ---- what is open


def _open_lead(open_: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    total = open_["total"]
    said = f"{counted(total, 'recommendation is', 'recommendations are')} open"
    if before is None:
        return f"{said}."
    moved = total - before["open"]
    how = f"{abs(moved):,} {'more' if moved > 0 else 'fewer'} than" if moved else "as many as"
    return f"{said}, {how} in the digest before."


def _bands(ages: Sequence[int]) -> tuple[Band, ...]:
    most = max(ages, default=0) or 1
    # A bar for even one in a thousand must be seen.
    return tuple(
        Band(label, count, max(round(100 * count / most), 2) if count else 0)
        for label, count in zip(BANDS, ages, strict=True)
    )


def _agency_row(agency: Mapping[str, Any]) -> AgencyRow:
    name, total, counts = agency["agency"], agency["total"], tuple(agency["ages"])
    ages = "; ".join(f"{band}: {count:,}" for band, count in zip(BANDS, counts, strict=True) if count)
    return AgencyRow(name, total, counts, f"{name}: {total:,} open ({ages})")


def _open_row(row: Mapping[str, Any], until: datetime) -> OpenRow:
    since = datetime.fromisoformat(row["since"])
    lasted = span(since, until)
    return OpenRow(
        label=row["label"],
        text=row["text"],
        agency=row["agency"],
        url=web_address(row["url"]),
        age=f"open {lasted}" if row["dated"] else f"first seen {lasted} ago",
        priority=row["priority"],
    )


def _ages_note(open_: Mapping[str, Any]) -> str:
    total, dated = open_["total"], open_["dated"]
    if not total or dated == total:
        return "Ages are counted from the date of the report." if total else ""
    if not dated:
        return "No report has a known date; an age is said where one was first seen here a year ago or more."
    return (
        f"Ages of {dated:,} are counted from the date of the report; of the other {total - dated:,} no date"
        " is known, so an age is said only where one was first seen here a year ago or more."
    )


# ---- how the sources are


def _sources_lead(sources: Sequence[Mapping[str, Any]]) -> str:
    if not sources:
        return "No source has been checked yet, so this says nothing about the publishers."
    bad = sum(source["state"] not in ("ok", "recovered") for source in sources)
    recovered = [plain(source["key"]) for source in sources if source["state"] == "recovered"]
    if bad:
        said = f"{bad} of {counted(len(sources), 'source')} could not be read without trouble: "
        said += "what changed there may be missing above."
    elif recovered:
        said = f"{_all(len(sources))} read in the end; {listed(recovered)} had trouble on the way."
    else:
        said = f"{_all(len(sources))} read without trouble."
    partly = sum(source["read"] and (source["declared"] or 0) > source["rows"] for source in sources)
    if partly:
        said += f" {_of(partly, len(sources))} shows us only part of its list."
    return said


def _all(count: int) -> str:
    return "The one source was" if count == 1 else f"Each of the {count} sources was"


def _of(part: int, count: int) -> str:
    return "It" if count == 1 else "One" if part == 1 else f"Each of {part}"


def _source_row(source: Mapping[str, Any], zone: tzinfo) -> SourceRow:
    state = source["state"]
    return SourceRow(
        key=plain(source["key"]),
        well=state in ("ok", "recovered"),
        said=_completeness(source),
        trouble=_trouble(source, state, zone),
    )


def _completeness(source: Mapping[str, Any]) -> str:
    """Say how much of a list was seen: 50 rows; 10 of 25 declared; 25 of 25 declared, complete."""
    if not source["read"]:
        return "not read yet"
    rows = f"{source['rows']:,}"
    said = f"{rows} of {source['declared']:,} declared" if source["declared"] is not None else f"{rows} rows"
    return f"{said}, complete" if source["complete"] else said


def _trouble(source: Mapping[str, Any], state: str, zone: tzinfo) -> str:
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
