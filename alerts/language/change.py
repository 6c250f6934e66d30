"""A change in sentences, with changed words marked and nothing escaped yet. Pure."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from alerts.domain.change_kinds import KINDS
from alerts.domain.display import NAMES_ALONE, Display
from alerts.language.headlines import (
    Headline,
    changed_fields,
    headline,
    label_of,
    label_of_field,
    publisher_of,
    said_agreement,
    said_status,
    said_value,
    title_of,
)
from alerts.language.hero import Badge, badges, status_badge
from alerts.language.text import (
    Segment,
    changed_words,
    condensed,
    day,
    moment,
    plain,
    rewritten,
    shortened,
    shown_date,
    span,
    web_address,
    window,
)
from monitor.commitments.queries import promise_move
from monitor.domain.agencies import short_name
from monitor.domain.identity import is_matter, number_of
from monitor.domain.status import Status
from monitor.domain.types import ChangeKind, RecordKind
from monitor.store.changes import ChangeView

_CONTEXT = 25  # unchanged words shown beside changed ones
LONGEST_ABOUT = 300
_LONGEST_FACT = 1_500
# Short values, which are replaced as a whole: a date is another date.
_WHOLE = frozenset(
    {
        "agency",
        "fiscal_year",
        "issue_date",
        "priority",
        "report_number",
        "recommendation_number",
        "matter_number",
        "file_size",
        "file_date",
        "file_sha256",
    }
)
_SHA = 12  # enough of a hash to find the snapshot by


@dataclass(frozen=True, slots=True)
class Difference:
    """One field with its changed words marked; `long` text gets a paragraph of its own."""

    label: str
    segments: tuple[Segment, ...]
    long: bool

    @property
    def is_rewritten(self) -> bool:
        """Whether marked words would be hard to read: a long text of which over half the words changed."""
        return rewritten(self.segments)

    @property
    def before(self) -> str:
        """The text before, shortened where much is the same."""
        return " ".join(one.text for one in self.segments if one.kind != "added")

    @property
    def after(self) -> str:
        """The text now, shortened alike."""
        return " ".join(one.text for one in self.segments if one.kind != "removed")


def differences(change: ChangeView, context: int = _CONTEXT) -> tuple[Difference, ...]:
    """Return every changed field with removed and added words; new and vanished records have none."""
    if not KINDS[change.kind].compared:
        return ()
    names = changed_fields(change)
    return tuple(
        _difference(change, name, context) for name in names if name != "status_text" or "status" not in names
    )


def why(topics: tuple[str, ...], words: tuple[str, ...]) -> str:
    """Return which topics match a change, and on which words."""
    if not topics:
        return ""
    said = f"{'topics' if len(topics) > 1 else 'topic'} {', '.join(map(plain, topics))}"
    quoted = ", ".join(f"“{plain(word)}”" for word in dict.fromkeys(words))
    return f"{said} (matched {quoted})" if quoted else said


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry of a message. All text is the page's own or a whole sentence; `url` is safe to link.

    `words` are the words that matched, for marking. What `badges` and `heading` say is not repeated in
    `deck`, `text`, `comment`, `others` (differences) and `details` (facts); `line` has the facts in short.
    """

    kind: str
    kind_words: str
    what: str
    about: str
    lead: str
    publisher: str
    label: str
    url: str | None
    address: str
    facts: tuple[tuple[str, str], ...]
    differences: tuple[Difference, ...]
    why: str
    words: tuple[str, ...]
    badges: tuple[Badge, ...]
    heading: str
    deck: str
    text: str
    comment: str
    line: str
    others: tuple[Difference, ...]
    details: tuple[tuple[str, str], ...]
    record: str
    permalink: str | None
    standing: str
    noticed: str
    command: str
    snapshots: str
    fields: Mapping[str, str]


def shown(
    change: ChangeView,
    topics: tuple[str, ...],
    words: tuple[str, ...],
    zone: tzinfo,
    display: Display = NAMES_ALONE,
) -> Shown:
    """Return everything about one change that a reader may want to know."""
    sentence, compared = headline(change, display), differences(change)
    url, address = link_of(change)
    facts = _facts(change, sentence.text, compared=bool(compared))
    return Shown(
        kind=change.kind.value,
        kind_words=KINDS[change.kind].words,
        what=sentence.what,
        about=shortened(sentence.about, LONGEST_ABOUT),
        lead=lead_of(change),
        publisher=publisher_of(change, display),
        label=label_of(change),
        url=url,
        address=address,
        facts=facts,
        differences=compared,
        why=why(display.all_topics(topics), words),
        words=words,
        badges=badges(change),
        heading=_heading(change, sentence),
        deck=_deck(change, sentence),
        text=_text(change, dict(facts)),
        comment=dict(facts).get(f"{publisher_of(change)}’s comment", ""),
        line=_line(change),
        others=tuple(one for one in compared if one.label != "Status"),
        details=_details(facts),
        record=_record(change),
        permalink=display.room(f"/changes/{change.id}"),
        standing=_standing(change, zone),
        noticed=_noticed(change, zone, display),
        command=f"oversight-watch show {shlex.quote(plain(change.record_key))}",
        snapshots=_snapshots(change),
        fields={name: plain(value) for name, value in change.fields.items() if name != "url"},
    )


def _heading(change: ChangeView, sentence: Headline) -> str:
    """Return the headline; a report's own title is the news of a new report."""
    return sentence.about if change.kind is ChangeKind.NEW_REPORT and sentence.about else sentence.what


def _deck(change: ChangeView, sentence: Headline) -> str:
    """Return the line below the headline: the title or text that it concerns."""
    if (change.kind is ChangeKind.NEW_REPORT and sentence.about) or change.kind is ChangeKind.TITLE_REVISED:
        return ""
    if change.kind is ChangeKind.STATUS_CHANGED:
        return title_of(change.fields, label_of(change))
    return sentence.about


def _text(change: ChangeView, facts: Mapping[str, str]) -> str:
    """Return the recommendation, or the abstract of a report unless values of it are compared."""
    if change.record_kind is RecordKind.REPORT and KINDS[change.kind].compared:
        return ""
    return facts.get("Text") or facts.get("Abstract", "")


def _line(change: ChangeView) -> str:
    """Return the facts of a short entry in one line: Agency: CBP · issued Feb. 27, 2026 · priority."""
    agency, issued = plain(change.fields.get("agency")), shown_date(change.fields.get("issue_date"))
    parts = [
        f"Agency: {short_name(agency) or agency}" if agency else "",
        f"issued {issued}" if issued else "",
        "priority" if change.fields.get("priority") else "",
    ]
    return " · ".join(filter(None, parts))


def _details(facts: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return the facts that the rest of a mail does not show, an agency with its short name."""
    shown_above = ("Report", "Recommendation", "Matter for Congress", "Text", "Abstract")
    return tuple(
        (name, _known_as(value) if name == "Agency" else value)
        for name, value in facts
        if name not in shown_above and not name.endswith("’s comment")
    )


def _known_as(agency: str) -> str:
    short = short_name(agency)
    return f"{agency} ({short})" if short and short not in agency else agency


def _record(change: ChangeView) -> str:
    kept = "the pages before and after are" if change.before_sha256 else "the page is"
    return f"change {change.id}; {kept} on file"


def _difference(change: ChangeView, name: str, context: int) -> Difference:
    if name == "status":
        old, new = (
            said_status(side.get("status"), side.get("status_text")) for side in (change.before, change.after)
        )
        return Difference("Status", (Segment("removed", old), Segment("added", new)), long=False)
    old, new = (_said_value(name, side.get(name)) for side in (change.before, change.after))
    if name in _WHOLE:
        whole = (Segment("removed", old), Segment("added", new))
        return Difference(_label(name, change), tuple(side for side in whole if side.text), long=False)
    segments = condensed(changed_words(old, new), context)
    return Difference(_label(name, change), segments, long=len(old) + len(new) > 120)


def _label(name: str, change: ChangeView) -> str:
    said = label_of_field(name, change).replace("_", " ")
    return said[:1].upper() + said[1:]


def _said_value(name: str, value: Any) -> str:
    if name == "agreement":
        return said_agreement(value)
    return plain(value)[:_SHA] if name == "file_sha256" else said_value(name, value)


_FACTS = (
    "report_title",
    "recommendation",
    "agency",
    "status",
    "status_comment",
    "agreement",
    "priority",
    "issue_date",
    "fiscal_year",
    "topics",
    "director",
    "abstract",
)


def _facts(change: ChangeView, sentence: str, *, compared: bool) -> tuple[tuple[str, str], ...]:
    """Return what else the page says about the record, without what headline and differences already say."""
    told = {*changed_fields(change)} if compared else {"title"}
    if change.kind is ChangeKind.LEFT_LIST:
        told |= {"status", "status_comment"}
    facts = [(_fact_of_what(change.fields), label_of(change))]
    if change.kind is ChangeKind.TITLE_REVISED:
        told |= {"title", "report_title"}
    for name in _FACTS:
        value = _fact(change, name)
        if name not in told and value and value not in sentence:
            facts.append((_fact_label(name, change), shortened(value, _LONGEST_FACT)))
    return tuple(facts)


def _fact_of_what(fields: Mapping[str, Any]) -> str:
    if number_of(fields) is None:
        return "Report"
    return "Matter for Congress" if is_matter(fields) else "Recommendation"


def _fact(change: ChangeView, name: str) -> str:
    value = change.fields.get(name)
    if name == "priority":
        return "yes" if value else ""
    if name == "status":
        text = change.fields.get("status_text")
        return status_badge(value, text).words if value or text else ""
    return _said_value(name, value)


def _fact_label(name: str, change: ChangeView) -> str:
    known = {"recommendation": "Text", "status_comment": f"{publisher_of(change)}’s comment"}
    return known.get(name) or _label(name, change)


def link_of(change: ChangeView) -> tuple[str | None, str]:
    """Return the record's address as a link if that is safe, else as text."""
    url = web_address(change.fields.get("url"))
    return url, "" if url else plain(change.fields.get("url"))


def lead_of(change: ChangeView) -> str:
    """Return what the reader has to know in addition to the headline, or ""."""
    if change.kind is ChangeKind.LEFT_LIST and change.fields.get("status") != Status.UNKNOWN:
        return "It is no longer on the list of open recommendations, but its own page still shows it as open."
    if change.kind in (ChangeKind.COMMENT_UPDATED, ChangeKind.STATUS_CHANGED):
        return said_of_promise(change)
    return said_of_lapse(change) or KINDS[change.kind].lead


def _standing(change: ChangeView, zone: tzinfo) -> str:
    since = change.standing_since
    if since is None or not change.before:
        return ""
    return f"in place since at least {day(since, zone)} ({span(since, change.seen_at)})"


def _noticed(change: ChangeView, zone: tzinfo, display: Display) -> str:
    said = moment(change.seen_at, zone)
    if change.not_before is not None and change.not_before < change.seen_at:
        said = f"{said}; changed {window(change.not_before, change.seen_at, zone)}"
    # The day as the publisher states it, in the publisher's own time zone.
    stated = (
        f"; {publisher_of(change, display)}’s list as of {shown_date(str(change.as_of.date()))}"
        if change.as_of
        else ""
    )
    return f"{said}{stated}"


def _snapshots(change: ChangeView) -> str:
    after = plain(change.after_sha256)[:_SHA]
    if not change.before_sha256:
        return f"snapshot {after}"
    return f"snapshots {plain(change.before_sha256)[:_SHA]} before, {after} after"


def said_of_promise(change: ChangeView) -> str:
    """Return what a rewritten comment does to the promised date, or "" if nothing."""
    move = promise_move(change)
    if move is None:
        return ""
    if move.before and move.after:
        return f"The promised date moved from {plain(move.before.named)} to {plain(move.after.named)}."
    if move.after:
        return f"The comment now promises a date: “{plain(move.after.words)}”."
    if move.before:
        return f"The comment no longer promises a date. Before, it said “{plain(move.before.words)}”."
    return ""


def said_of_lapse(change: ChangeView) -> str:
    """Return since when a passed date was known, or how old the last update is; "" for other changes."""
    since = shown_date(change.after.get("since"))
    if change.kind is ChangeKind.PROMISE_PASSED:
        due = shown_date(change.after.get("due"))
        return (
            f"The comment has given this date since at least {since}. The work was due by {due}; "
            "the recommendation is still open, and no later date is promised."
        )
    if change.kind is ChangeKind.NO_UPDATE:
        return f"Its status and comment have not changed since {since}."
    return ""
