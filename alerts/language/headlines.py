"""Headlines: who did what to which report or recommendation. Pure.

A headline never says more than the page does: what left an open list is not called closed.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from alerts.domain.brief import Counted
from alerts.domain.change_kinds import KINDS, STATUS_PILES, Pile
from alerts.domain.display import NAMES_ALONE, Display
from alerts.language.text import counted, listed, plain, shortened, shown_date, span, web_address
from monitor.domain.agencies import short_name
from monitor.domain.identity import is_matter, number_of
from monitor.domain.status import Agreement, Status
from monitor.domain.types import ChangeKind, RecordKind
from monitor.store.changes import ChangeView

LABELS: Mapping[str, str] = {
    "report_number": "report number",
    "title": "title",
    "abstract": "abstract",
    "issue_date": "issue date",
    "fiscal_year": "fiscal year",
    "agency": "agency",
    "url": "web address",
    "report_title": "report title",
    "recommendation_number": "recommendation number",
    "matter_number": "number of the matter for Congress",
    "recommendation": "recommendation",
    "status": "status",
    "status_text": "publisher’s wording of the status",
    "status_comment": "comment",
    "agreement": "agreement",
    "priority": "priority",
    "topics": "topics",
    "director": "director",
    "listed": "on the list",
    "file_text": "text of the file",
    "file_size": "size of the file",
    "file_date": "date of the file",
    "file_sha256": "hash of the file",
}

STATUSES: Mapping[str, str] = {
    Status.OPEN: "open",
    Status.OPEN_PARTIALLY_ADDRESSED: "open, partially addressed",
    Status.CLOSED_IMPLEMENTED: "closed, implemented",
    Status.CLOSED_NOT_IMPLEMENTED: "closed, not implemented",
    Status.CLOSED_NO_LONGER_VALID: "closed, no longer valid",
    Status.CLOSED: "closed",
    Status.UNKNOWN: "unknown",
}

_HOW_CLOSED: Mapping[str, str] = {
    Status.CLOSED_IMPLEMENTED: " as implemented",
    Status.CLOSED_NOT_IMPLEMENTED: " as not implemented",
    Status.CLOSED_NO_LONGER_VALID: " as no longer valid",
    Status.CLOSED: "",
}
_LONGEST_SUBJECT = 180
_LONG_SILENCE = timedelta(days=60)
_READ_AS_WORDS = frozenset({"FEMA", "FLETC", "HUD", "NASA"})


@dataclass(frozen=True, slots=True)
class Headline:
    """One sentence about one change: what happened, and the title or text it concerns."""

    what: str
    about: str = ""

    @property
    def text(self) -> str:
        """The whole sentence in one line."""
        return f"{self.what}: {self.about}" if self.about else self.what


def publisher(fields: Mapping[str, object], kind: RecordKind, source: str) -> str:
    """Return the publisher of a record by its number, or else the key of its source."""
    number = plain(fields.get("report_number")).upper()
    host = urlsplit(web_address(fields.get("url")) or "").hostname or ""
    # Other offices use the same number formats.
    elsewhere = host.endswith((".gov", ".mil")) and not f".{host}".endswith((".gao.gov", ".oig.dhs.gov"))
    if number.startswith("GAO-"):
        return "GAO"
    if number.startswith("OIG-") and not elsewhere:
        return "DHS OIG"
    if kind is RecordKind.RECOMMENDATION and not (number or elsewhere):
        return "GAO"  # its agency pages have neither number nor address when saved as text
    return plain(source)


def publisher_of(change: ChangeView, display: Display = NAMES_ALONE) -> str:
    """Return the publisher of a change's record."""
    return publisher(change.fields, change.record_kind, display.source(change.source))


def label(fields: Mapping[str, object], kind: RecordKind) -> str:
    """Return the name of a record: OIG-26-18, GAO-24-106148 rec 4 or matter 1, or its title."""
    title = plain(fields.get("title") or fields.get("report_title"))
    name = plain(fields.get("report_number")) or shortened(title, 100)
    number = plain(number_of(fields))
    if kind is RecordKind.RECOMMENDATION and number:
        return f"{name} {'matter' if is_matter(fields) else 'rec'} {number}".strip()
    return name


def label_of(change: ChangeView) -> str:
    """Return the name of a change's record, or its key if the page has nothing better."""
    return label(change.fields, change.record_kind) or plain(change.record_key)


def title_of(fields: Mapping[str, object], called: str) -> str:
    """Return a record's title, or "" if the label already says it."""
    title = plain(fields.get("title") or fields.get("report_title"))
    return "" if called.startswith(shortened(title, 100)) else title


def said_status(status: object, text: object = None) -> str:
    """Return a status in plain words; an unfamiliar one in the publisher's own words."""
    if status in (None, Status.UNKNOWN) and text:
        return f"“{plain(text)}”"
    return STATUSES.get(str(status), plain(status) or "unknown")


def said_agreement(value: object) -> str:
    """Return whether the agency agreed, in plain words or else in the publisher's own."""
    said = plain(value)
    return said.replace("_", " ") if said in list(Agreement) else said


def said_value(name: str, value: object) -> str:
    """Return the value of a field in words: yes, 1,204 bytes, March 2, 2026, or as the publisher has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "file_size" and isinstance(value, int):
        return f"{value:,} bytes"
    return shown_date(value) if name in ("issue_date", "file_date") else plain(value)


def headline(change: ChangeView, display: Display = NAMES_ALONE) -> Headline:
    """Return what happened, by the sentence of its kind."""
    who, what = publisher_of(change, display), label_of(change)
    if change.kind is ChangeKind.NEW_REPORT and not change.fields.get("report_number"):
        return Headline(f"New {who} report", what)
    sentence = KINDS[change.kind].sentence.format(
        who=who,
        whose=f"{who}’" if who.endswith("s") else f"{who}’s",
        what=what,
        old=label({**change.fields, **change.before}, change.record_kind),
        to=_to_agency(change),
        moved=_moved(change),
        commented=_commented(change),
        first_in=_first_in(change),
        details=_revised(change),
        marked=_marked(change, what),
        whose_date=_whose_date(change),
        promise=plain(change.after.get("promise")),
        months=plain(change.after.get("months")),
    )
    return Headline(sentence, _about(change, what))


def headline_of_known(change: ChangeView) -> str:
    """Return that another site lists a record that was already reported."""
    word = "report" if change.record_kind is RecordKind.REPORT else "recommendation"
    return f"Another site now lists {publisher_of(change)} {word} {label_of(change)}"


def _about(change: ChangeView, what: str) -> str:
    title = title_of(change.fields, what)
    if change.kind is ChangeKind.NEW_RECOMMENDATION:
        return plain(change.fields.get("recommendation")) or title
    if change.kind is ChangeKind.STATUS_CHANGED:
        return f"{what}, {title}" if title else what
    return title


def _moved(change: ChangeView) -> str:
    """Return how a status changed: closed a CBP recommendation as implemented."""
    old, new = change.before.get("status"), change.after.get("status")
    which = _which_recommendation(change)
    if new in _HOW_CLOSED:
        return f"closed {which}{_HOW_CLOSED[str(new)]}"
    if old in _HOW_CLOSED:
        return f"reopened {which}"
    if new == Status.OPEN_PARTIALLY_ADDRESSED:
        return f"marked {which} as partially addressed"
    if new == Status.OPEN and old == Status.UNKNOWN:
        return f"shows {which} as open"
    said = said_status(new, change.after.get("status_text"))
    return f"changed the status of {which} to {said}"


def _which_recommendation(change: ChangeView) -> str:
    """Return the recommendation with its agency: a CBP recommendation, or with the agency's full name."""
    short = short_name(plain(change.fields.get("agency")))
    if short and short != "Congress":  # what is for Congress is not Congress's own
        return f"{_article(short)} {short} recommendation"
    return f"a recommendation{_to_agency(change)}"


def _to_agency(change: ChangeView) -> str:
    agency = plain(change.fields.get("agency"))
    return f" to {short_name(agency) or agency}" if agency else ""


def _article(short: str) -> str:
    """Return the article of a short name as it is spoken: letter by letter, or as a word."""
    return "an" if short[0] in "AEFHILMNORSX" and short not in _READ_AS_WORDS else "a"


def _commented(change: ChangeView) -> str:
    if not change.before.get("status_comment"):
        return "added a comment"
    return "updated its comment" if change.after.get("status_comment") else "removed its comment"


def _marked(change: ChangeView, what: str) -> str:
    raised = f"made {what} a priority recommendation"
    return raised if change.after.get("priority") else f"no longer marks {what} as a priority recommendation"


def _whose_date(change: ChangeView) -> str:
    agency = plain(change.fields.get("agency"))
    return f"{short_name(agency) or agency}’s promised date" if agency else "The promised date"


def _first_in(change: ChangeView) -> str:
    """Return a note that the comment was unchanged for a long time, or ""."""
    since = change.standing_since
    if since is None or change.seen_at - since < _LONG_SILENCE or not change.before.get("status_comment"):
        return ""
    return f" (first change in {span(since, change.seen_at)})"


def _revised(change: ChangeView) -> str:
    names = [label_of_field(name, change) for name in changed_fields(change)]
    return listed(names) if 0 < len(names) <= 3 else "details"


def label_of_field(name: str, change: ChangeView) -> str:
    """Return a field's name for readers."""
    dated = any(change.fields.get(known) for known in ("report_number", "issue_date", "fiscal_year"))
    # A page that is watched as a whole has text, not an abstract.
    return "text" if name == "abstract" and not dated else LABELS.get(name, name)


def changed_fields(change: ChangeView) -> tuple[str, ...]:
    """Return the names of the fields whose values differ, in the order of display."""
    names = [*LABELS, *sorted({*change.before, *change.after} - LABELS.keys())]
    return tuple(name for name in names if change.before.get(name) != change.after.get(name))


# ---- several changes at once

# In the order of the table; changes of status have piles of their own.
_PILES: Mapping[str, Pile] = {
    pile.name: pile for kind in KINDS.values() for pile in ((kind.pile,) if kind.pile else STATUS_PILES)
}
_RANKS = tuple(KINDS)


def sort_of(change: ChangeView | Counted) -> str:
    """Return the pile of a change; closings are counted separately from other changes of status."""
    pile = KINDS[change.kind].pile
    if pile is not None:
        return pile.name
    old, new = change.before.get("status"), change.after.get("status")
    if new == Status.CLOSED_IMPLEMENTED:
        return "closed_implemented"
    if new in _HOW_CLOSED:
        return "closed_otherwise"
    return "reopened" if old in _HOW_CLOSED else "other_status"


def rank(kind: str) -> int:
    """Return the position of a kind of change in a message: new things first."""
    return _RANKS.index(kind) if kind in _RANKS else len(_RANKS)


def numbers(changes: Sequence[ChangeView | Counted]) -> dict[str, int]:
    """Return the number of changes by pile; empty piles are 0."""
    found = Counter(map(sort_of, changes))
    return {name: found[name] for name in _PILES}


def said_number(name: str, count: int) -> str:
    """Return one pile in words: 2 new reports, 1 closed as implemented."""
    return counted(count, _PILES[name].one, _PILES[name].many)


def subject(changes: Sequence[ChangeView], topics: Sequence[str] = (), display: Display = NAMES_ALONE) -> str:
    """Return the headline of one change, or how many of each kind; then agencies and topics in brackets."""
    said = headline(changes[0], display).text if len(changes) == 1 else counts_in_words(changes)
    agencies = [name for name in _agencies(changes) if name not in re.findall(r"[\w&.-]+", said)]
    named = [_some(agencies, 2), _some([plain(topic) for topic in topics], 2)]
    end = f" [{' · '.join(filter(None, named))}]" if any(named) else ""
    return f"{shortened(said, _LONGEST_SUBJECT - len(end))}{end}"


def counts_in_words(changes: Sequence[ChangeView]) -> str:
    """Return how many changes of each kind there are, and the record if they share it."""
    to = f" to {label_of(changes[0])}" if len({change.record_id for change in changes}) == 1 else ""
    found = numbers(changes)
    piles = [_short_pile(name, count, found) for name, count in found.items() if count]
    return f"{len(changes)} changes{to}: {', '.join(filter(None, piles))}"


def _agencies(changes: Sequence[ChangeView]) -> list[str]:
    """Return the agencies of changes by the names that readers use, the most frequent first."""
    names = (plain(change.fields.get("agency")) for change in changes)
    return [name for name, _ in Counter(short_name(name) or name for name in names if name).most_common()]


def _some(names: Sequence[str], most: int) -> str:
    """Return the first names shortened, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shortened(name, 40) for name in names[:most]) + more


def _short_pile(name: str, count: int, found: Mapping[str, int]) -> str:
    """Return one pile for a subject, where all closings are one number: the entries have the details."""
    if name == "closed_otherwise" and found["closed_implemented"]:
        return ""
    if name in ("closed_implemented", "closed_otherwise"):
        return f"{found['closed_implemented'] + found['closed_otherwise']} closed"
    return said_number(name, count)
