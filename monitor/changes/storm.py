"""One revision of the publisher's that changes many rows in the same way: recorded, and told once. Pure.

An agency that is renamed on every row, or `?v=1` behind every link, is one event and no news of a record.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

from monitor.changes.diff import NUMBERS, Difference
from monitor.domain.dates import days_of, fiscal_year_of
from monitor.domain.identity import shorten
from monitor.domain.status import Status
from monitor.domain.text import differing
from monitor.domain.types import ChangeKind, FoundChange, ParsedRecord

_MANY = 10  # a publisher may well correct a handful of rows by hand
_FEW = 4  # of which most of a short list consists
_EVERYWHERE = 3  # rows of an agency whose former name no row has any more
_KINDS = (
    ChangeKind.DETAILS_REVISED,
    ChangeKind.TITLE_REVISED,
    ChangeKind.RENUMBERED,
    ChangeKind.PRIORITY_CHANGED,
)
_LISTED = {ChangeKind.WITHDRAWN: "are no longer on", ChangeKind.REAPPEARED: "are back on"}
_NAMED = ("agency", "status_text", "priority")  # what a publisher may give another value everywhere
_ONLY_IF_ALL = ("status_text", "priority")  # else it may be news of each row
_DIGITS = re.compile(r"\d+")
# A status that says plainly that nothing is done yet; any other may be news of each row.
_NOT_DONE = re.compile(
    r"(?:(?:remains? |still )?(?:open|pending|active|outstanding|on-?going|under ?way|unresolved|incomplete"
    r"|unimplemented|(?:in|under) (?:progress|process|review)|awaiting \w+|not (?:yet )?\w+)\W*)+",
    re.I,
)
Form = tuple[str, str, str]  # a field, what is gone from its value, and what has come


@dataclass(frozen=True, slots=True)
class Calmed:
    """Differences without the changes that a storm made, and a sentence for each storm."""

    differences: list[Difference]
    reasons: tuple[str, ...] = ()


def calmed(differences: Sequence[Difference], known: int, shown: Sequence[ParsedRecord]) -> Calmed:
    """Take out revisions that many rows share: ten and a tenth of the `known` ones, or most of a short list.

    So are three rows whose agency has another name, if no row that is `shown` has the former one. A status
    that has other words on many rows, of which some are not known, must be gone too, and both must say that
    nothing is done; so must a priority mark, of at least ten rows. And so are as many links that change in
    any way, and a field that nearly no other row had before. Fields are still written.
    """
    used = {(name, record.fields.get(name) or False) for record in shown for name in _NAMED}
    rows: dict[Form, int] = defaultdict(int)
    first: dict[str, list[Form]] = defaultdict(list)  # forms of values that were not given before
    still_used: set[Form] = set()
    for change in (change for d in differences for change in d.changes):
        for form in _forms(change):
            rows[form] += 1
            before = change.before.get(form[0])
            if before is None:
                first[form[0]].append(form)
            if form[0] in _NAMED and (form[0], before or False) in used:
                still_used.add(form)
    least = min(max(_MANY, known // 10), max(_FEW, -(-known * 3 // 4)))
    columns = {
        name: forms
        for name, forms in first.items()
        if len(forms) >= _least(name, least) and _is_column(name, forms, shown)
    }
    calm = {form for forms in columns.values() for form in forms}
    storms = {
        form: count
        for form, count in rows.items()
        if (count >= _least(form[0], least) and not (form in still_used and form[0] in _ONLY_IF_ALL))
        or (form[0] == "agency" and form not in still_used and count >= _EVERYWHERE)
    }
    # A site that gives its files new names changes each link in a way of its own.
    others = {form: count for form, count in rows.items() if form[0] == "url" and form not in storms}
    renamed = sum(others.values())
    moved = set(others) - calm if renamed >= least else set()
    said = [_said(form, count) for form, count in storms.items() if form not in calm]
    calm |= storms.keys() | moved
    if not calm:
        return Calmed(list(differences))
    quiet = [replace(d, changes=tuple(c for c in d.changes if not _is_of(c, calm))) for d in differences]
    if moved:
        said.append(f"{renamed} records changed their link: recorded, without a message for each")
    for name, forms in columns.items():
        said.append(f"{len(forms)} records now show {_named(name)}: recorded, without a message for each")
    return Calmed(quiet, tuple(said))


def _least(name: str, least: int) -> int:
    """Return how many rows are a storm; a publisher may well mark all that a short list has."""
    return max(least, _MANY) if name == "priority" else least


def _is_column(name: str, forms: Sequence[Form], shown: Sequence[ParsedRecord]) -> bool:
    """Whether nearly no row but those that have a field now had it before: the page has begun to show it."""
    return len(forms) * 10 >= 9 * sum(record.fields.get(name) is not None for record in shown)


def archived(differences: Sequence[Difference], shown: Sequence[ParsedRecord]) -> Calmed:
    """Take out that several reports left a list, or came back, which are of earlier years than all others.

    A list of this year's reports sends last year's to an archive, by the calendar or by fiscal years. Whether
    they are listed is still written.
    """
    found, said = list(differences), []
    for kind, what in _LISTED.items():
        moved = {d.key: _day(d.fields) for d in found if kind in {change.kind for change in d.changes}}
        others = [day for one in shown if one.key not in moved and (day := _day(one.fields))]
        oldest = min(others, default="")
        if len(moved) >= _FEW and all(map(_is_of_an_earlier_year, moved.values(), repeat(oldest))):
            found = [_without(d, kind) if d.key in moved else d for d in found]
            said.append(
                f"the {len(moved)} oldest reports {what} the list: recorded, without a message for each"
            )
    return Calmed(found, tuple(said))


def _without(d: Difference, kind: ChangeKind) -> Difference:
    return replace(d, changes=tuple(change for change in d.changes if change.kind is not kind))


def _is_of_an_earlier_year(day: str, other: str) -> bool:
    years, others = ((one[:4], str(fiscal_year_of(days_of(one)) or "")) for one in (day, other))
    return any("" < year < another for year, another in zip(years, others, strict=True))


def _day(fields: Mapping[str, Any]) -> str:
    return str(fields.get("issue_date") or "")


def _is_of(change: FoundChange, storms: Set[Form]) -> bool:
    forms = _forms(change)
    return bool(forms) and all(form in storms for form in forms)


def _forms(change: FoundChange) -> list[Form]:
    if change.kind is ChangeKind.STATUS_CHANGED:
        old, new = (str(values.get("status_text") or "") for values in (change.before, change.after))
        unknown = Status.UNKNOWN in (change.before.get("status"), change.after.get("status"))
        worded = unknown and old and new and "status_comment" not in change.after
        return [("status_text", old, new)] if worded and all(map(_NOT_DONE.fullmatch, (old, new))) else []
    if change.kind not in _KINDS:
        return []
    return [_form(name, change.before.get(name), value) for name, value in change.after.items()]


def _form(name: str, old: Any, new: Any) -> Form:
    """Return what is left of two values without the beginning and the end that they share."""
    if name == "priority":
        return name, "yes" if old else "no", "yes" if new else "no"
    before, after = differing(str(old or ""), str(new or ""))
    if name in NUMBERS:  # what differs in digits alone is not one form
        return name, before, after
    return name, _DIGITS.sub("9", before), _DIGITS.sub("9", after)


def _said(form: Form, count: int) -> str:
    name, before, after = form
    return (
        f"{count} records changed their {_named(name)} in the same way ({shorten(before, 60)!r} became "
        f"{shorten(after, 60)!r}): recorded, without a message for each"
    )


def _named(field: str) -> str:
    return {"url": "link", "status_text": "status"}.get(field, field.replace("_", " "))
