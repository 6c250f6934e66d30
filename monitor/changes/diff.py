"""Compare stored records with parsed ones and return the changes. Pure: no database, no clock.

Compares keyed sets: order is never a change, nor is anything that only normalization would see, nor
what a page leaves unsaid. Only a complete look may call a record gone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from monitor.domain.agencies import agency_key
from monitor.domain.identity import added_up, link_core, number_core, number_of, own_title, statement_core
from monitor.domain.notes import comment_core, title_key
from monitor.domain.renumbering import (
    Series,
    agree,
    find_series,
    is_another,
    marked_key,
    pair_by_content,
    pair_by_text,
    text_key,
)
from monitor.domain.status import Status, agreement_in, is_open_status
from monitor.domain.text import comparable, comparable_title
from monitor.domain.types import FIELDS, ChangeKind, FoundChange, ParsedRecord, RecordKind, StoredRecord

_TITLES = ("title", "report_title")
NUMBERS = ("report_number", "recommendation_number", "matter_number")
_LATER: Mapping[RecordKind, Set[str]] = {
    RecordKind.REPORT: {"topics"},
    RecordKind.RECOMMENDATION: {"agreement", "matter_number", "issue_date", "topics", "director"},
}
# Recorded when they change, and no news: they say nothing of what was done.
_QUIET: Mapping[RecordKind, Set[str]] = {
    RecordKind.REPORT: {"topics"},
    RecordKind.RECOMMENDATION: {"issue_date", "topics", "director"},
}
_STATUS = ("status", "status_text", "status_comment")
# How texts are compared where it is not as they are written.
_FORMS: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys((*_TITLES, "status_text"), title_key),
    **dict.fromkeys(("agreement", "director"), comparable_title),
    "agency": agency_key,
    "report_number": number_core,
    "recommendation": statement_core,
    "status_comment": comment_core,
    "url": link_core,
}
_NEW = {
    RecordKind.REPORT: ChangeKind.NEW_REPORT,
    RecordKind.RECOMMENDATION: ChangeKind.NEW_RECOMMENDATION,
}


def fingerprint(kind: RecordKind, fields: Mapping[str, Any]) -> str:
    """Return a short hash of a record's normalized fields: equal hashes mean that nothing changed."""
    # A field added later counts only where it is filled: an upgrade alone rewrites no record for it.
    names = [name for name in FIELDS[kind] if name not in _LATER[kind] or fields.get(name) is not None]
    parts = [repr(_comparable_value(name, fields.get(name))) for name in names]
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Difference:
    """What one record needs written: its fields from now on, and the changes to tell.

    `stored` is None for a record not known before; `parsed` is None for one that is not shown. There is
    nothing to tell where only a gathered field has grown, or the key is another's now.
    """

    stored: StoredRecord | None
    parsed: ParsedRecord | None
    fields: Mapping[str, Any]
    fingerprint: str
    listed: bool
    changes: tuple[FoundChange, ...]
    key: str  # the record's from now on


def diff(
    stored: Iterable[StoredRecord],
    parsed: Sequence[ParsedRecord],
    *,
    complete: bool,
    followed: Mapping[str, ParsedRecord] | None = None,
) -> list[Difference]:
    """Return one Difference per record that is new, changed, gone or back; unchanged records have none.

    `followed` holds, by stored key, what a record's own page says of a recommendation that is not on the
    list any more. `parsed` must have distinct keys.
    """
    known = list(stored)
    matches = match_records(known, parsed, complete=complete)
    return diff_matches(known, matches, complete=complete, followed=followed)


class Match(NamedTuple):
    """A parsed record, the stored one it is (None where it is new), and its key from now on.

    `joined` are others that it takes in; `is_part` of a stored one that it was split from.
    """

    parsed: ParsedRecord
    stored: StoredRecord | None
    key: str
    joined: tuple[StoredRecord, ...] = ()
    is_part: bool = False


def diff_matches(
    stored: Iterable[StoredRecord],
    found: Sequence[Match],
    *,
    complete: bool,
    followed: Mapping[str, ParsedRecord] | None = None,
) -> list[Difference]:
    """Return the differences, as `diff` does, of records that are paired already."""
    differences = [
        difference
        for one in found
        if (difference := _new(one) if one.stored is None else _seen_again(one.stored, one.parsed, one.key))
        is not None
    ]
    seen = _ids_with_row(found)
    keys = {one.key for one in found}
    for part in (part for one in found for part in one.joined):
        key = f"{part.key} joined {part.id}"  # its own one is another's if the row is split again
        differences.append(Difference(part, None, part.fields, part.fingerprint, False, (), key))
    for known in stored:
        if known.id in seen:
            continue
        difference = _missing(known, (followed or {}).get(known.key), complete)
        if known.key in keys:
            kept = Difference(known, None, known.fields, known.fingerprint, known.listed, (), known.key)
            difference = replace(difference or kept, key=text_key(known))
        if difference is not None:
            differences.append(difference)
    return differences


def match_records(
    stored: Iterable[StoredRecord], parsed: Sequence[ParsedRecord], *, complete: bool
) -> list[Match]:
    """Pair each parsed record with the stored one it is: by key, by an unclaimed alias, or by content."""
    by_key = {record.key: record for record in stored}
    series = find_series(by_key.values(), parsed)
    taken = {record.key for record in parsed if record.key in by_key}
    found: list[Match] = []
    for record in parsed:
        known, key = by_key.get(record.key), record.key
        if known is not None and is_another(known, record, series):
            taken.discard(key)
            key = marked_key(record)
            known = by_key.get(key)
        elif known is None:
            alias = next((a for a in record.aliases if a in by_key and a not in taken), None)
            if alias is not None and _may_be_same(by_key[alias], record, series):
                known, key = by_key[alias], alias
        if known is not None:
            taken.add(key)
        found.append(Match(record, known, key))
    found = _with_joint(_with_texts(found, by_key, complete=complete), by_key)
    return _with_pairs(found, by_key, complete=complete)


def _with_joint(found: list[Match], by_key: Mapping[str, StoredRecord]) -> list[Match]:
    """Pair a recommendation's row for several agencies with the rows that it had for each, or the reverse.

    Of several the one whose status differs is paired, so that this is a change.
    """
    fresh, missing = defaultdict[Any, list[Match]](list), defaultdict[Any, list[StoredRecord]](list)
    for one in found:
        if one.stored is None and one.parsed.kind is RecordKind.RECOMMENDATION:
            fresh[_said_by(one.parsed.fields)].append(one)
    for known in _without_row(found, by_key) if fresh else ():
        if known.listed:
            missing[_said_by(known.fields)].append(known)
    pairs: dict[int, Match] = {}
    for said in fresh.keys() & missing.keys():
        rows, records = fresh[said], missing[said]
        shown = set[str]().union(*(_agencies(one.parsed.fields) for one in rows))
        before = set[str]().union(*(_agencies(one.fields) for one in records))
        if shown != before or len(rows) == len(records) or min(len(rows), len(records)) > 1:
            continue
        rows.sort(key=lambda one: one.parsed.fields.get("status") == records[0].fields.get("status"))
        records.sort(key=lambda one: one.fields.get("status") == rows[0].parsed.fields.get("status"))
        pairs[id(rows[0])] = _rejoined(rows[0], records[0])._replace(joined=tuple(records[1:]))
        for one in rows[1:]:
            same = one.parsed.fields.get("status") == records[0].fields.get("status")
            pairs[id(one)] = one._replace(is_part=same)
    return [pairs.get(id(one), one) for one in found]


def _said_by(fields: Mapping[str, Any]) -> Any:
    """Return what a recommendation says, whoever it is addressed to."""
    report = number_core(fields.get("report_number")) or own_title(fields, "report_title")
    return report, str(number_of(fields)), statement_core(fields.get("recommendation"))


def _rejoined(one: Match, known: StoredRecord) -> Match:
    """Return a row with the record it is, whose agencies are the same."""
    fields = {**known.fields, "agency": one.parsed.fields["agency"]}
    return one._replace(stored=replace(known, fields=fields))


def _with_texts(found: Sequence[Match], by_key: Mapping[str, StoredRecord], *, complete: bool) -> list[Match]:
    """Pair records by their texts where their keys are another's now."""
    rows = [(one.parsed, one.stored or by_key.get(one.parsed.key)) for one in found]
    pairs = pair_by_text(rows, _without_row(found, by_key), complete=complete)
    moved = {known.id for known in pairs.values()}
    return [
        one._replace(stored=pairs.get(one.parsed.key), key=one.parsed.key)
        if one.parsed.key in pairs or (one.stored is not None and one.stored.id in moved)
        else one
        for one in found
    ]


def _with_pairs(found: Sequence[Match], by_key: Mapping[str, StoredRecord], *, complete: bool) -> list[Match]:
    """Pair what is left on both sides by content; most looks have nothing left."""
    fresh = {id(one.parsed): one for one in found if one.stored is None and not one.is_part}
    if not fresh:
        return list(found)
    missing = _without_row(found, by_key)
    if not missing:
        return list(found)
    rows = [one.parsed for one in fresh.values()]
    pairs = pair_by_content(missing, rows, complete=complete, renamed=_are_renamed(found, by_key))
    return [
        _paired(one, pairs[one.parsed.key]) if id(one.parsed) in fresh and one.parsed.key in pairs else one
        for one in found
    ]


def _are_renamed(
    found: Sequence[Match], by_key: Mapping[str, StoredRecord]
) -> Callable[[StoredRecord, ParsedRecord], bool]:
    """Return whether the agency of a record is on no row any more, and that of a row was on no record."""
    shown = {name for one in found for name in _agencies(one.parsed.fields)}
    before = {name for known in by_key.values() for name in _agencies(known.fields)}

    def are_renamed(known: StoredRecord, record: ParsedRecord) -> bool:
        old, new = _agencies(known.fields), _agencies(record.fields)
        return bool(old and new) and not (old & shown or new & before)

    return are_renamed


def _agencies(fields: Mapping[str, Any]) -> Set[str]:
    return set(agency_key(fields.get("agency") or "").split("; ")) - {""}


def _ids_with_row(found: Sequence[Match]) -> Set[int]:
    """Return the ids of the stored records that a row is, or takes in."""
    return {known.id for one in found for known in (one.stored, *one.joined) if known is not None}


def _without_row(found: Sequence[Match], by_key: Mapping[str, StoredRecord]) -> list[StoredRecord]:
    """Return the stored records that are paired with no row."""
    seen = _ids_with_row(found)
    return [known for known in by_key.values() if known.id not in seen]


def _paired(one: Match, known: StoredRecord) -> Match:
    """Return a row with the record it is; a row that has lost its number does not take the record's key."""
    lost = known.fields.get("report_number") and not one.parsed.fields.get("report_number")
    return one._replace(stored=known, key=known.key if lost else one.key)


def _may_be_same(known: StoredRecord, record: ParsedRecord, series: Set[Series]) -> bool:
    """An alias alone is weak: titles (and for recommendations the agencies) must not contradict it."""
    if is_another(known, record, series):
        return False
    return all(agree(name, known, record) for name in {"title", "report_title", "agency"} - record.gathered)


def _new(one: Match) -> Difference:
    record, key = one.parsed, one.key
    change = FoundChange(_NEW[record.kind], key, before={}, after=dict(record.fields))
    hashed = fingerprint(record.kind, record.fields)
    return Difference(None, record, record.fields, hashed, True, () if one.is_part else (change,), key)


def _seen_again(known: StoredRecord, record: ParsedRecord, key: str) -> Difference | None:
    # Most rows are as they were to the letter; comparing that is far cheaper than normalizing.
    rewritten = (
        _is_moved(known.fields.get("url"), record.fields.get("url"))
        or _is_noted(known, record)
        or _is_renamed(known.fields.get("agency"), record.fields.get("agency"))
    )
    same = not rewritten and (
        _is_to_the_letter(known.fields, record.fields)
        or fingerprint(record.kind, record.fields) == known.fingerprint
    )
    if known.listed and same and key == known.key:
        return None
    fields = _merged(known, record)
    changed = [
        name for name in FIELDS[known.kind] if not same_value(name, known.fields.get(name), fields.get(name))
    ]
    silent = record.gathered | record.quiet | _QUIET[known.kind]
    changes = _changes(known, fields, [name for name in changed if name not in silent])
    if not known.listed and not any(change.kind is ChangeKind.STATUS_CHANGED for change in changes):
        back = FoundChange(ChangeKind.REAPPEARED, known.key, {"listed": False}, {"listed": True})
        changes = (back, *changes)
    if not (changes or rewritten or key != known.key or silent.intersection(changed)):
        return None
    return Difference(known, record, fields, fingerprint(known.kind, fields), True, changes, key)


def _is_to_the_letter(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether all values are equal; fields that an older version did not know are missing in `old`."""
    return old == new or (len(old) < len(new) and all(old.get(n) == value for n, value in new.items()))


def _merged(known: StoredRecord, record: ParsedRecord) -> dict[str, Any]:
    """Return the record's fields from now on: what a page leaves unsaid or cuts short stays as it was."""
    fields = dict(known.fields)
    for name, value in record.fields.items():
        if value is None:
            continue
        old = known.fields.get(name)
        if name in record.cut and old and comparable(str(old)).startswith(comparable(str(value))):
            continue
        if name == "title" and old and _is_abstract(value, known.fields.get("abstract")):
            continue  # broken markup has let the abstract take the place of a title that is missing
        fields[name] = added_up((old, value)) if name in record.gathered else value
    if record.fields.get("matter_number") is not None:
        fields["recommendation_number"] = None  # earlier versions kept a matter's number there
    return fields


def _is_abstract(title: Any, abstract: Any) -> bool:
    shown = comparable_title(str(title)).rstrip("<> ")
    return bool(abstract and shown) and comparable_title(str(abstract)).startswith(shown)


def _changes(
    known: StoredRecord, fields: Mapping[str, Any], changed: Sequence[str]
) -> tuple[FoundChange, ...]:
    """Sort the changed fields into facts: at most one of status and comment, title, priority, details."""
    # Another wording of the same status is not news; of a status nobody has seen before it is.
    reworded = "status_text" in changed and fields.get("status") == Status.UNKNOWN
    status = "status" in changed or reworded
    # What the new status says of agreement is not a second fact.
    said = {"agreement": agreement_in(fields.get("status_text"))} if status else {}
    # A correction of a number is one fact, with the link that goes with it.
    numbers = [n for n in changed if n in NUMBERS and known.fields.get(n) is not None]
    renumbered = [n for n in changed if n in numbers or n == "url"] if numbers else []
    if any(n in NUMBERS for n in changed):  # a title that holds the number goes with it
        changed = [
            n for n in changed if n not in _TITLES or own_title(known.fields, n) != own_title(fields, n)
        ]
    names = {
        ChangeKind.RENUMBERED: renumbered,
        ChangeKind.STATUS_CHANGED: [n for n in _STATUS if status and (n in changed or n != "status_comment")],
        ChangeKind.COMMENT_UPDATED: [n for n in changed if n == "status_comment" and not status],
        ChangeKind.TITLE_REVISED: [n for n in changed if n in _TITLES],
        ChangeKind.PRIORITY_CHANGED: [n for n in changed if n == "priority"],
        ChangeKind.DETAILS_REVISED: [
            n
            for n in changed
            if n not in (*_TITLES, *_STATUS, *renumbered, "priority")
            and (n, fields.get(n)) not in said.items()
        ],
    }
    return tuple(
        FoundChange(
            kind,
            known.key,
            before={name: known.fields.get(name) for name in of_kind},
            after={name: fields.get(name) for name in of_kind},
        )
        for kind, of_kind in names.items()
        if of_kind
    )


def _missing(known: StoredRecord, followed: ParsedRecord | None, complete: bool) -> Difference | None:
    """Decide about a record that this look did not show."""
    if followed is not None:
        return _followed(known, followed, complete)
    if not (complete and known.listed):
        return None
    if known.kind is RecordKind.RECOMMENDATION and is_open_status(known.fields.get("status")):
        fields = {**known.fields, "status": Status.UNKNOWN.value, "status_text": None}
        before = {name: known.fields.get(name) for name in ("status", "status_text")}
        after = {name: fields[name] for name in ("status", "status_text")}
        change = FoundChange(ChangeKind.LEFT_LIST, known.key, before, after)
    else:
        fields = dict(known.fields)
        change = FoundChange(ChangeKind.WITHDRAWN, known.key, {"listed": True}, {"listed": False})
    return Difference(known, None, fields, fingerprint(known.kind, fields), False, (change,), known.key)


def _followed(known: StoredRecord, followed: ParsedRecord, complete: bool) -> Difference | None:
    """Take a missing recommendation's status from its own page; that page may prove it without the list."""
    fields = {
        **known.fields,
        **{n: followed.fields[n] for n in _STATUS if followed.fields.get(n) is not None},
    }
    changed = [name for name in _STATUS if not same_value(name, known.fields.get(name), fields.get(name))]
    changes = _changes(known, fields, changed)
    listed = known.listed and not complete and is_open_status(fields.get("status"))
    if not changes and listed == known.listed:
        return None
    if known.listed and not listed and not str(fields.get("status")).startswith(Status.CLOSED.value):
        # Its own page does not call it closed: that it left the list is news beside what that page says.
        left = FoundChange(ChangeKind.LEFT_LIST, known.key, {"listed": True}, {"listed": False})
        changes = (left, *changes)
    return Difference(known, followed, fields, fingerprint(known.kind, fields), listed, changes, known.key)


def same_value(name: str, old: Any, new: Any) -> bool:
    """Return whether two values of a field are one to a reader."""
    if name == "priority":  # a page that knows no such mark says as much as one that does not set it
        return bool(old) == bool(new)
    return bool(_comparable_value(name, old) == _comparable_value(name, new))


def _comparable_value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return _comparable_other(name, value)
    return _FORMS.get(name, comparable)(value)


def _comparable_other(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return sorted({comparable_title(str(one)) for one in value})
    # Numbers with parts are text, and so are those of a publisher that has both.
    return value if value is None or name not in NUMBERS else str(value)


def _is_noted(known: StoredRecord, record: ParsedRecord) -> bool:
    """Whether a stored title has a note at its end that the row has lost: written, and no news."""
    pairs = ((str(known.fields.get(name) or ""), str(record.fields.get(name) or "")) for name in _TITLES)
    return any(
        len(new) < len(old) and old.startswith(new) and same_value("title", old, new)
        for old, new in pairs
        if new
    )


def _is_renamed(old: Any, new: Any) -> bool:
    """Whether an agency has another of its names: written, and no news."""
    return bool(old and new) and comparable_title(str(old)) != comparable_title(str(new))


def _is_moved(old: Any, new: Any) -> bool:
    """Whether a document's address changed so that the old one may stop working: more than its query."""
    return bool(old and new) and str(old).partition("?")[0] != str(new).partition("?")[0]
