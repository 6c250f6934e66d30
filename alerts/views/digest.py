"""A digest in sentences, the same for every format. Pure."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from alerts.digests.schema import ChangeData, DigestContent, PagesData
from alerts.language.change import Difference, why
from alerts.language.headlines import said_number
from alerts.language.text import Segment, counted, day, listed, moment, plain, shortened, web_address
from alerts.views.numbers import Tally, tally
from alerts.views.open_items import (
    AgencyRow,
    Ages,
    OpenRow,
    SourceRow,
    agencies,
    ages,
    columns,
    open_lead,
    open_row,
    rest_agencies,
    said_report,
    source_row,
    sources_lead,
    unread,
)
from alerts.views.target_dates import PromiseList, promise_lists, said_of_promises

_HEARTBEAT = "This digest was sent anyway because heartbeat is on in the watch file."
_ALL = 1_000_000  # more changes than any period has
_NO_PAGES: PagesData = {"listed": [], "rest": 0}


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
    report: str
    why: str


@dataclass(frozen=True, slots=True)
class TopicSection:
    """The changes listed under one topic; a change of several topics is listed under its first."""

    name: str
    entries: tuple[DigestEntry, ...]


@dataclass(frozen=True, slots=True)
class PageToOpen:
    """A page to open by hand, and the recommendations that it would settle."""

    url: str
    labels: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole digest as its templates use it."""

    title: str
    heading: str
    period: str
    lead: str
    tally: Tally
    sections: tuple[TopicSection, ...]
    more: str
    snoozed: str
    other: str
    promises: tuple[PromiseList, ...]
    to_open: tuple[PageToOpen, ...]
    to_open_rest: str
    open_lead: str
    ages: tuple[Ages, ...]
    columns: tuple[str, ...]
    agencies: tuple[AgencyRow, ...]
    rest_agencies: str
    listed: tuple[OpenRow, ...]
    rest: str
    sources_lead: str
    sources: tuple[SourceRow, ...]


def reading(content: DigestContent, zone: tzinfo) -> Reading:
    """Return a digest in sentences."""
    since, until = (datetime.fromisoformat(content[name]) for name in ("since", "until"))
    heading = f"{plain(content['name']).capitalize()} digest"
    heartbeat = _HEARTBEAT if content["heartbeat"] else ""
    open_, before = content["open"], content["before"]
    to_open = content.get("to_open", _NO_PAGES)
    counts = tally(content, since, until, zone)
    promised = said_of_promises(content["promises"])
    return Reading(
        title=shortened(f"{heading}, {day(until, zone)}: {_short(content)}", 180),
        heading=heading,
        period=f"{moment(since, zone)} – {moment(until, zone)}",
        lead=" ".join(filter(None, (counts.lead, promised, unread(content["sources"]), heartbeat))),
        tally=counts,
        sections=_sections(content, zone),
        more=_more(content, since, until),
        snoozed=_snoozed(content),
        other=_other(content),
        promises=promise_lists(content, until, zone),
        to_open=tuple(PageToOpen(page["url"], ", ".join(page["labels"])) for page in to_open["listed"]),
        to_open_rest=f"and {counted(to_open['rest'], 'more page')}" if to_open["rest"] else "",
        open_lead=open_lead(open_, before),
        ages=ages(open_, before),
        columns=columns(open_["agencies"]),
        agencies=agencies(open_["agencies"]),
        rest_agencies=rest_agencies(open_),
        listed=tuple(open_row(row, until, zone) for row in open_["listed"]),
        rest=f"and {counted(open_['rest'], 'more open recommendation')}" if open_["rest"] else "",
        sources_lead=sources_lead(content["sources"]),
        sources=tuple(source_row(source, zone) for source in content["sources"]),
    )


def _short(content: DigestContent) -> str:
    parts = [said_number(name, count) for name, count in content["numbers"].items() if count]
    passed = content["promises"]["numbers"]["passed"]
    # If a topic asks for passed promises, they are among the changes.
    if passed and not content["numbers"].get("promises_passed"):
        parts.append(f"{counted(passed, 'promised date')} passed")
    return ", ".join(parts) or "nothing changed"


def _more(content: DigestContent, since: datetime, until: datetime) -> str:
    if not content["more"]:
        return ""
    said = f"{counted(content['more'], 'more change')} in these topics"
    if content["file"]:
        return f"{said}; the full list is in the file {plain(content['file'])}"
    return f"{said}: oversight-watch changes --days {(until - since).days + 1} --limit {_ALL}"


def _sections(content: DigestContent, zone: tzinfo) -> tuple[TopicSection, ...]:
    sections: dict[str, list[DigestEntry]] = {}
    for change in content["changes"]:
        sections.setdefault(change["topics"][0]["topic"], []).append(_entry(change, zone))
    return tuple(TopicSection(plain(name), tuple(entries)) for name, entries in sections.items())


def _entry(change: ChangeData, zone: tzinfo) -> DigestEntry:
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
        report=said_report(change.get("report"), dated=True),
        why=why(topics, words),
    )


def _also(change: ChangeData, zone: tzinfo) -> str:
    """Return where else a record is listed, and when it was first reported."""
    sites = change["also"]
    said = f"also on {listed(map(plain, sites))}" if sites else ""
    if change["told_before"] is None:
        return said
    reported = f"first reported {day(datetime.fromisoformat(change['told_before']), zone)}"
    return f"{said}; {reported}" if said else reported


def _snoozed(content: DigestContent) -> str:
    count = content["snoozed"]
    return f"{counted(count, 'change')} to snoozed recommendations not listed" if count else ""


def _other(content: DigestContent) -> str:
    which = "any topic" if content["topics"] == "all" else f"{listed(map(plain, content['topics']))}"
    count = content["other"]
    return f"{counted(count, 'other change')} not in {which}" if count else ""
