"""A digest in sentences, the same for every format. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from alerts.digests.open_items import LISTED
from alerts.digests.schema import ChangeData, DigestContent, PagesData
from alerts.domain.display import NAMES_ALONE, Display
from alerts.language.change import Difference, why
from alerts.language.headlines import said_number
from alerts.language.hero import Badge
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
from monitor.domain.types import ChangeKind

_HEARTBEAT = "This digest was sent anyway because heartbeat is on in the watch file."
_NO_PAGES: PagesData = {"listed": [], "rest": 0}


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """One change in a digest; `others` are the differences that its badges do not say."""

    id: int
    kind: str
    record: str
    badges: tuple[Badge, ...]
    others: tuple[Difference, ...]
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
class TopLine:
    """One of the changes that matter most, with the number of its entry."""

    id: int
    badges: tuple[Badge, ...]
    words: str


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
    top: tuple[TopLine, ...]
    lead: str
    contents: tuple[tuple[str, str], ...]
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
    rest_url: str | None
    more_url: str | None
    sources_lead: str
    sources: tuple[SourceRow, ...]


def reading(content: DigestContent, zone: tzinfo, display: Display = NAMES_ALONE) -> Reading:
    """Return a digest in sentences."""
    since, until = (datetime.fromisoformat(content[name]) for name in ("since", "until"))
    heading = f"{plain(content['name']).capitalize()} digest"
    heartbeat = _HEARTBEAT if content["heartbeat"] else ""
    open_, before = content["open"], content["before"]
    to_open = content.get("to_open", _NO_PAGES)
    counts = tally(content, since, until, zone)
    promised = said_of_promises(content["promises"])
    sections, promises = _sections(content, zone, display), promise_lists(content, until, zone)
    return Reading(
        title=shortened(f"{heading}, {day(until, zone)}: {_short(content)}", 180),
        heading=heading,
        period=f"{moment(since, zone)} – {moment(until, zone)}",
        top=_top(sections),
        contents=_contents(content, sections, promises),
        lead=" ".join(filter(None, (counts.lead, promised, unread(content["sources"]), heartbeat))),
        tally=counts,
        sections=sections,
        more=_more(content, display),
        snoozed=_snoozed(content),
        other=_other(content, display),
        promises=promises,
        to_open=tuple(PageToOpen(page["url"], ", ".join(page["labels"])) for page in to_open["listed"]),
        to_open_rest=f"and {counted(to_open['rest'], 'more page')}" if to_open["rest"] else "",
        open_lead=open_lead(open_, before),
        ages=ages(open_, before),
        columns=columns(open_["agencies"]),
        agencies=agencies(open_["agencies"]),
        rest_agencies=rest_agencies(open_),
        listed=tuple(open_row(row, until, zone) for row in open_["listed"]),
        rest=_rest(content, display),
        rest_url=display.room("/records"),
        more_url=display.room("/changes"),
        sources_lead=sources_lead(content["sources"], display),
        sources=tuple(source_row(source, zone, display) for source in content["sources"]),
    )


def _rest(content: DigestContent, display: Display) -> str:
    """Return how many open recommendations are not listed, and where they are."""
    open_, file = content["open"], content["file"]
    if not open_["rest"]:
        return ""
    said = f"and {counted(open_['rest'], 'more open recommendation')}"
    if file is None or display.reading_room:
        return said
    which = "all" if open_["total"] <= LISTED else f"the first {LISTED}"
    return f"{said}; {which} are in the file {plain(file)}"


def _short(content: DigestContent) -> str:
    parts = [said_number(name, count) for name, count in content["numbers"].items() if count]
    passed = content["promises"]["numbers"]["passed"]
    # If a topic asks for passed promises, they are among the changes.
    if passed and not content["numbers"].get("promises_passed"):
        parts.append(f"{counted(passed, 'promised date')} passed")
    return ", ".join(parts) or "nothing changed"


def _more(content: DigestContent, display: Display) -> str:
    if not content["more"]:
        return ""
    said = f"{counted(content['more'], 'more change')} in these topics"
    if display.reading_room:
        return said
    if content["file"]:
        return f"{said}; the full list is in the file {plain(content['file'])}"
    return f"{said}; all are on record"


_MATTERS = (
    ChangeKind.STATUS_CHANGED,
    ChangeKind.NEW_REPORT,
    ChangeKind.NEW_RECOMMENDATION,
    ChangeKind.PROMISE_PASSED,
    ChangeKind.PRIORITY_CHANGED,
    ChangeKind.LEFT_LIST,
)
_TOP = 3


def _top(sections: Sequence[TopicSection]) -> tuple[TopLine, ...]:
    """Return the three changes that matter most, unless there are hardly more than these."""
    entries = [entry for section in sections for entry in section.entries]
    if len(entries) <= _TOP:
        return ()
    first = sorted(entries, key=lambda entry: _MATTERS.index(entry.kind) if entry.kind in _MATTERS else 9)
    return tuple(TopLine(entry.id, entry.badges, _in_a_line(entry)) for entry in first[:_TOP])


def _in_a_line(entry: DigestEntry) -> str:
    """Return a change in one line; a new report by its title, as its badge says that it is new."""
    if entry.kind == ChangeKind.NEW_REPORT and entry.about and entry.badges:
        return f"{entry.about} ({entry.record})"
    return f"{entry.what}: {entry.about}" if entry.about else entry.what


def _contents(
    content: DigestContent, sections: Sequence[TopicSection], promises: Sequence[PromiseList]
) -> tuple[tuple[str, str], ...]:
    """Return the name of each part of a digest with its anchor."""
    changes = sum(len(section.entries) for section in sections) + content["more"]
    dates = sum(len(one.rows) for one in promises) + sum(
        content["promises"][name]["rest"] for name in ("passed", "moved", "soon")
    )
    return tuple(
        (words, anchor)
        for words, anchor, there in (
            (counted(changes, "change"), "changes", bool(sections)),
            (counted(dates, "promised date"), "promises", bool(promises)),
            (counted(content["open"]["total"], "open recommendation"), "open", True),
            (counted(len(content["sources"]), "source"), "sources", True),
        )
        if there
    )


def _sections(content: DigestContent, zone: tzinfo, display: Display) -> tuple[TopicSection, ...]:
    sections: dict[str, list[DigestEntry]] = {}
    for change in content["changes"]:
        sections.setdefault(change["topics"][0]["topic"], []).append(_entry(change, zone, display))
    return tuple(
        TopicSection(plain(display.topic(name)), tuple(entries)) for name, entries in sections.items()
    )


def _entry(change: ChangeData, zone: tzinfo, display: Display) -> DigestEntry:
    topics = display.all_topics(match["topic"] for match in change["topics"])
    words = tuple(word for match in change["topics"] for word in match["words"])
    compared = tuple(
        Difference(found["label"], tuple(Segment(kind, text) for kind, text in found["segments"]), False)
        for found in change["differences"]
    )
    shown_badges = tuple(Badge(plain(one["words"]), one["tone"]) for one in change.get("badges", ()))
    return DigestEntry(
        id=change["id"],
        kind=change["kind"],
        record=plain(change["record"]),
        badges=shown_badges,
        # A digest that was made before there were badges says the status among the differences.
        others=tuple(one for one in compared if not (shown_badges and one.label == "Status")),
        what=change["what"],
        about=change["about"],
        lead=change["lead"],
        url=web_address(change["url"]),
        address=change["address"],
        also=_also(change, zone, display),
        noticed=moment(datetime.fromisoformat(change["seen"]), zone),
        differences=compared,
        report=said_report(change.get("report"), dated=True),
        why=why(topics, words),
    )


def _also(change: ChangeData, zone: tzinfo, display: Display) -> str:
    """Return where else a record is listed, and when it was first reported."""
    sites = [display.source(key) for key in change["also"]]
    said = f"also on {listed(map(plain, sites))}" if sites else ""
    if change["told_before"] is None:
        return said
    reported = f"first reported {day(datetime.fromisoformat(change['told_before']), zone)}"
    return f"{said}; {reported}" if said else reported


def _snoozed(content: DigestContent) -> str:
    count = content["snoozed"]
    return f"{counted(count, 'change')} to snoozed recommendations not listed" if count else ""


def _other(content: DigestContent, display: Display) -> str:
    topics = content["topics"]
    which = "any topic" if topics == "all" else listed(map(plain, display.all_topics(topics)))
    count = content["other"]
    return f"{counted(count, 'other change')} not in {which}" if count else ""
