"""What happened, said in the words of the field: who, did what, to which report or recommendation. Pure.

A headline never says more than the page does: what left an open list is not called closed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from alerts.wording import counted, listed, plain, shortened
from monitor.queries import ChangeView
from monitor.types import ChangeKind, RecordKind, Status

LABELS: Mapping[str, str] = {
    "report_number": "report number",
    "title": "title",
    "abstract": "abstract",
    "issue_date": "issue date",
    "fiscal_year": "fiscal year",
    "agency": "agency",
    "url": "address",
    "report_title": "report title",
    "recommendation_number": "recommendation number",
    "recommendation": "recommendation",
    "status": "status",
    "status_text": "publisher’s wording of the status",
    "status_comment": "comment",
    "priority": "priority mark",
    "listed": "on the list",
}

STATUSES: Mapping[str, str] = {
    Status.OPEN: "open",
    Status.OPEN_PARTIALLY_ADDRESSED: "open, partially addressed",
    Status.CLOSED_IMPLEMENTED: "closed, implemented",
    Status.CLOSED_NOT_IMPLEMENTED: "closed, not implemented",
    Status.CLOSED_NO_LONGER_VALID: "closed, no longer valid",
    Status.CLOSED: "closed",
    Status.UNKNOWN: "not known",
}

_HOW_CLOSED: Mapping[str, str] = {
    Status.CLOSED_IMPLEMENTED: " as implemented",
    Status.CLOSED_NOT_IMPLEMENTED: " as not implemented",
    Status.CLOSED_NO_LONGER_VALID: " as no longer valid",
    Status.CLOSED: "",
}
_LONGEST_SUBJECT = 180


@dataclass(frozen=True, slots=True)
class Headline:
    """One sentence about one change: what happened, and the title or text it happened to."""

    what: str
    about: str = ""

    @property
    def text(self) -> str:
        """The whole sentence in one line."""
        return f"{self.what}: {self.about}" if self.about else self.what


def publisher(fields: Mapping[str, object], kind: RecordKind, source: str) -> str:
    """Name who published a record, by its number; a source that says nothing of it is named by its key."""
    number = plain(fields.get("report_number")).upper()
    if number.startswith("OIG-"):
        return "DHS OIG"
    if number.startswith("GAO-") or kind is RecordKind.RECOMMENDATION:
        return "GAO"
    return plain(source)


def publisher_of(change: ChangeView) -> str:
    """Name the publisher of a change's record."""
    return publisher(change.fields, change.record_kind, change.source)


def label(fields: Mapping[str, object], kind: RecordKind) -> str:
    """Call a record what its readers call it: OIG-26-18, GAO-24-106148 rec 4; without a number its title."""
    title = plain(fields.get("title") or fields.get("report_title"))
    name = plain(fields.get("report_number")) or shortened(title, 100)
    number = plain(fields.get("recommendation_number"))
    if kind is RecordKind.RECOMMENDATION and number:
        return f"{name} rec {number}".strip()
    return name


def label_of(change: ChangeView) -> str:
    """Call a change's record what its readers call it; its key where the page gives nothing better."""
    return label(change.fields, change.record_kind) or plain(change.record_key)


def title_of(fields: Mapping[str, object], called: str) -> str:
    """Give a record's title, or "" where the label already says it."""
    title = plain(fields.get("title") or fields.get("report_title"))
    return "" if called.startswith(shortened(title, 100)) else title


def said_status(status: object, text: object = None) -> str:
    """Say a status in plain words; one nobody has seen before in the publisher's own."""
    if status in (None, Status.UNKNOWN) and text:
        return f"“{plain(text)}”"
    return STATUSES.get(str(status), plain(status) or "not known")


_SENTENCES: Mapping[ChangeKind, str] = {
    ChangeKind.COMMENT_UPDATED: "{who} {comment} on {what}",
    ChangeKind.TITLE_REVISED: "{who} revised the title of {what}",
    ChangeKind.DETAILS_REVISED: "{who} revised the {details} of {what}",
    ChangeKind.LEFT_LIST: "{what} left the open list, status not yet known",
    ChangeKind.WITHDRAWN: "{who} no longer lists {what}",
    ChangeKind.REAPPEARED: "{who} lists {what} again",
}


def headline(change: ChangeView) -> Headline:
    """Say what happened."""
    who, what = publisher_of(change), label_of(change)
    about = title_of(change.fields, what)
    if change.kind is ChangeKind.NEW_REPORT:
        return _new_report(change, who, what)
    if change.kind is ChangeKind.NEW_RECOMMENDATION:
        text = plain(change.fields.get("recommendation"))
        return Headline(f"New {who} recommendation{_to_agency(change)}, {what}", text or about)
    if change.kind is ChangeKind.STATUS_CHANGED:
        return _status_changed(change, who, f"{what}, {about}" if about else what)
    sentence = _SENTENCES[change.kind].format(
        who=who, what=what, comment=_comment_verb(change), details=_revised(change)
    )
    return Headline(sentence, about)


def headline_of_known(change: ChangeView) -> str:
    """Say that one more site lists what another was told of."""
    word = "report" if change.record_kind is RecordKind.REPORT else "recommendation"
    return f"One more site lists {publisher_of(change)} {word} {label_of(change)}"


def _new_report(change: ChangeView, who: str, what: str) -> Headline:
    if change.fields.get("report_number"):
        return Headline(f"New {who} report {what}", title_of(change.fields, what))
    return Headline(f"New {who} report", what)


def _status_changed(change: ChangeView, who: str, about: str) -> Headline:
    old, new = change.before.get("status"), change.after.get("status")
    to = _to_agency(change)
    if new in _HOW_CLOSED:
        return Headline(f"{who} closed a recommendation{to}{_HOW_CLOSED[str(new)]}", about)
    if old in _HOW_CLOSED:
        return Headline(f"{who} reopened a recommendation{to}", about)
    if new == Status.OPEN_PARTIALLY_ADDRESSED:
        return Headline(f"{who} calls a recommendation{to} partially addressed", about)
    if new == Status.OPEN and old == Status.UNKNOWN:
        return Headline(f"{who} shows a recommendation{to} as open", about)
    said = said_status(new, change.after.get("status_text"))
    return Headline(f"{who} changed the status of a recommendation{to} to {said}", about)


def _to_agency(change: ChangeView) -> str:
    agency = plain(change.fields.get("agency"))
    return f" to {agency}" if agency else ""


def _comment_verb(change: ChangeView) -> str:
    if not change.before.get("status_comment"):
        return "added a comment"
    return "updated its comment" if change.after.get("status_comment") else "removed its comment"


def _revised(change: ChangeView) -> str:
    names = [LABELS.get(name, name) for name in changed_fields(change)]
    return listed(names) if 0 < len(names) <= 3 else "details"


def changed_fields(change: ChangeView) -> tuple[str, ...]:
    """Name the fields whose values differ, in the order in which they are shown."""
    names = [*LABELS, *sorted({*change.before, *change.after} - LABELS.keys())]
    return tuple(name for name in names if change.before.get(name) != change.after.get(name))


# ---- several changes at once

_COUNTED: Mapping[str, tuple[str, str]] = {
    "new_reports": ("new report", "new reports"),
    "new_recommendations": ("new recommendation", "new recommendations"),
    "closed_implemented": ("closed as implemented", "closed as implemented"),
    "closed_otherwise": ("closed otherwise", "closed otherwise"),
    "reopened": ("reopened", "reopened"),
    "other_status": ("other status change", "other status changes"),
    "comments": ("updated comment", "updated comments"),
    "titles": ("revised title", "revised titles"),
    "details": ("record with revised details", "records with revised details"),
    "left_list": ("left the open list", "left the open list"),
    "withdrawn": ("no longer listed", "no longer listed"),
    "reappeared": ("listed again", "listed again"),
}
_SORTS: Mapping[ChangeKind, str] = {
    ChangeKind.NEW_REPORT: "new_reports",
    ChangeKind.NEW_RECOMMENDATION: "new_recommendations",
    ChangeKind.COMMENT_UPDATED: "comments",
    ChangeKind.TITLE_REVISED: "titles",
    ChangeKind.DETAILS_REVISED: "details",
    ChangeKind.LEFT_LIST: "left_list",
    ChangeKind.WITHDRAWN: "withdrawn",
    ChangeKind.REAPPEARED: "reappeared",
}
_RANKS = (
    ChangeKind.NEW_REPORT,
    ChangeKind.NEW_RECOMMENDATION,
    ChangeKind.STATUS_CHANGED,
    ChangeKind.LEFT_LIST,
    ChangeKind.COMMENT_UPDATED,
    ChangeKind.TITLE_REVISED,
    ChangeKind.DETAILS_REVISED,
    ChangeKind.WITHDRAWN,
    ChangeKind.REAPPEARED,
)


class Counted(Protocol):
    """As much of a change as decides what it is counted as: a ChangeView is one."""

    @property
    def kind(self) -> ChangeKind:
        """What happened."""

    @property
    def before(self) -> Mapping[str, Any]:
        """The values before; of a moved status at least that."""

    @property
    def after(self) -> Mapping[str, Any]:
        """The values after."""


def sort_of(change: Counted) -> str:
    """Name the pile a change is counted in: closings are told apart from other moves of a status."""
    if change.kind in _SORTS:
        return _SORTS[change.kind]
    old, new = change.before.get("status"), change.after.get("status")
    if new == Status.CLOSED_IMPLEMENTED:
        return "closed_implemented"
    if new in _HOW_CLOSED:
        return "closed_otherwise"
    return "reopened" if old in _HOW_CLOSED else "other_status"


def rank(kind: str) -> int:
    """Say where changes of a kind stand among others: new things first, then what became of old ones."""
    return _RANKS.index(kind) if kind in _RANKS else len(_RANKS)


def numbers(changes: Sequence[Counted]) -> dict[str, int]:
    """Count changes by pile; every pile is there, empty ones with 0."""
    found = Counter(map(sort_of, changes))
    return {name: found[name] for name in _COUNTED}


def said_number(name: str, count: int) -> str:
    """Say one pile: 2 new reports, 1 closed as implemented."""
    return counted(count, *_COUNTED[name])


def subject(changes: Sequence[ChangeView]) -> str:
    """Say one change whole; of several how many there are of each sort, and of which record if of one."""
    if len(changes) == 1:
        return shortened(headline(changes[0]).text, _LONGEST_SUBJECT)
    to = f" to {label_of(changes[0])}" if len({change.record_id for change in changes}) == 1 else ""
    found = numbers(changes)
    piles = [_short_pile(name, count, found) for name, count in found.items() if count]
    return shortened(f"{len(changes)} changes{to}: {', '.join(filter(None, piles))}", _LONGEST_SUBJECT)


def _short_pile(name: str, count: int, found: Mapping[str, int]) -> str:
    """In a subject all closings are one number; how each was closed stands in its own entry."""
    if name == "closed_otherwise" and found["closed_implemented"]:
        return ""
    if name in ("closed_implemented", "closed_otherwise"):
        return f"{found['closed_implemented'] + found['closed_otherwise']} closed"
    return said_number(name, count)
