"""Which differences must wait until a second look agrees, because this one may be an older or torn copy.

A cache that serves yesterday's page, or two servers that disagree, would take back what was just recorded
and bring it again. So where a look brings a record back to a state that it had before, all that it says of
known records is held; what it shows for the first time is not.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import Session, col

from monitor.changes.diff import Difference, same_value
from monitor.crawl.outcomes import Compared
from monitor.domain.identity import number_core, number_of
from monitor.domain.renumbering import find_doubles
from monitor.domain.status import Status
from monitor.domain.types import ChangeKind, ParsedRecord, StoredRecord
from monitor.guard.baseline import is_garbled
from monitor.store.batches import in_parts
from monitor.store.models import Change, Record, RecordVersion

Version = tuple[datetime, bool, Mapping[str, Any]]  # seen at, listed, fields
Name = tuple[str, int | str | None]  # of a report, and of a recommendation in it


# Built once: that costs more than to run it.
_RENUMBERED = (
    select(col(Record.fields), col(Change.before))
    .join(Record, col(Record.id) == col(Change.record_id))
    .where(col(Change.source_id) == bindparam("source_id"), col(Change.kind) == ChangeKind.RENUMBERED.value)
)


@dataclass(frozen=True, slots=True)
class Held:
    """The differences to write now; the marks of those that wait, and sentences that say why."""

    now: list[Difference]
    marks: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def hold_back(session: Session, source_id: int, seen: Compared, differences: Sequence[Difference]) -> Held:
    """Divide differences into those that can be written and those that wait for the next check to agree."""
    differences = [d for d in differences if not _is_excused(d, seen)]
    known = [d for d in differences if d.stored is not None]
    older = _newest_gone(seen, differences) or _returning(session, source_id, known)
    new = {d.key: d.parsed for d in differences if d.stored is None and d.parsed}
    doubles = _doubles(seen, list(new.values()))
    doubted = {
        _mark(d): d
        for d in differences
        if _takes_back(d, seen)
        or _shares_number(d)
        or d.key in doubles
        or _is_doubtful(d, seen)
        or _is_garbled(d)
    }
    replaced = _replaced_names(session, source_id) if new else frozenset[Name]()
    older += [d for d in differences if d.key in new and _name(d.fields) in replaced]
    if older:  # the rest of the look may be too
        doubted |= {_mark(d): d for d in (*known, *older)}
    if new and (older or seen.unsure or seen.partial):
        former = _former_names(session, source_id)
        doubted |= {_mark(d): d for d in differences if d.key in new and _name(d.fields) in former}
    waiting = {mark: d for mark, d in doubted.items() if mark not in seen.look.held}
    if not waiting:
        return Held(list(differences))
    said = f"{len(waiting)} of the differences wait until the next check shows the same: {_why(older)}"
    return Held([d for d in differences if _mark(d) not in waiting], tuple(sorted(waiting)), (said,))


def without_taken_keys(differences: Sequence[Difference], stored: Sequence[StoredRecord]) -> list[Difference]:
    """Return the differences that can be written: a key that a record keeps is not given to another one.

    That happens where one of the records that exchange their numbers waits for the next check.
    """
    found = list(differences)
    while True:
        moving = {d.stored.id for d in found if d.stored is not None and d.key != d.stored.key}
        kept = {one.key for one in stored if one.id not in moving}
        fitting = [d for d in found if d.key not in kept or (d.stored is not None and d.key == d.stored.key)]
        if len(fitting) == len(found):
            return found
        found = fitting


def _why(older: Sequence[Difference]) -> str:
    if older:
        return "some records are as they were before their last change, so this may be an older copy"
    return "rows moved between the pages while they were read, or nothing proves that a page came whole"


def _is_excused(d: Difference, seen: Compared) -> bool:
    """Whether a record that is not shown may be a row that could not be read."""
    return d.stored is not None and d.parsed is None and _is_among(d, d.stored, seen.unread)


def _takes_back(d: Difference, seen: Compared) -> bool:
    return d.stored is not None and d.stored.listed and not d.listed and _is_among(d, d.stored, seen.unsure)


def _is_among(d: Difference, known: StoredRecord, missing: Set[str]) -> bool:
    """Whether a record is one of those whose keys are missing, or left its key to one that moved up."""
    return known.key in missing or (bool(missing) and d.key != known.key)


def _is_doubtful(d: Difference, seen: Compared) -> bool:
    return d.parsed is not None and d.parsed.key in seen.doubtful


def _shares_number(d: Difference) -> bool:
    """Whether a record is new because two rows of one look have its number: torn pages show one row so."""
    plain = d.parsed.aliases[0] if d.stored is None and d.parsed and d.parsed.aliases else None
    return plain is not None and d.key.startswith((f"{plain} [", f"{plain} #"))


def _is_garbled(d: Difference) -> bool:
    """Whether what is new was decoded wrongly: a row of a short list is not enough to judge its page by.

    A character that was lost alone is the publisher's slip, and stays, but not where it takes one back.
    """
    if d.stored is None:
        values = list(d.parsed.fields.values() if d.parsed else ())
        return any(is_garbled(str(value).replace("\ufffd", "")) for value in values if value)
    return any(is_garbled(str(value)) for change in d.changes for value in change.after.values() if value)


def _doubles(seen: Compared, new: Sequence[ParsedRecord]) -> Set[str]:
    """Return the keys of new rows that may be known records; two rows of one page are two records."""
    page = seen.evidence
    pages = {page.get(record.key) for record in new}
    found = find_doubles([one for one in seen.stored if {page.get(one.key)} != pages], new) if new else {}
    return {key for key, ones in found.items() if any(page.get(one.key) != page.get(key) for one in ones)}


def _newest_gone(seen: Compared, differences: Sequence[Difference]) -> list[Difference]:
    """Return what is gone, where the list's newest date went back with it: that is how a stale copy looks."""
    gone = [d for d in differences if d.stored and d.stored.listed and not d.listed]
    shown = max((str(r.fields.get("issue_date") or "") for r in seen.records), default="")
    went_back = any(str(d.fields.get("issue_date") or "") > shown > "" for d in gone)
    return gone if went_back and len(gone) == len(differences) else []


def _mark(d: Difference) -> str:
    key = d.stored.key if d.stored else d.parsed.key if d.parsed else ""
    text = f"{key}\x1f{d.listed}\x1f{d.fingerprint}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _returning(session: Session, source_id: int, known: Sequence[Difference]) -> list[Difference]:
    """Return the differences that give a record values that it had before, all at one time."""
    if not known:
        return []
    began = session.execute(
        select(func.min(col(Record.first_seen_at))).where(col(Record.source_id) == source_id)
    ).scalar()
    versions: dict[int, list[Version]] = defaultdict(list)
    for some in in_parts([_id(d) for d in known]):
        rows = session.execute(
            select(
                col(RecordVersion.record_id),
                col(RecordVersion.seen_at),
                col(RecordVersion.listed),
                col(RecordVersion.fields),
            )
            .where(col(RecordVersion.record_id).in_(some))
            .order_by(col(RecordVersion.record_id), col(RecordVersion.id))
        )
        for id_, seen_at, listed, fields in rows:
            versions[id_].append((seen_at, listed, fields))
    return [d for d in known if _has_been_so(d, versions[_id(d)], began)]


def _former_names(session: Session, source_id: int) -> Set[Name]:
    """Return the numbers under which the records that have changed were listed at any time."""
    rows = session.execute(
        select(col(RecordVersion.fields))
        .join(Record, col(Record.id) == col(RecordVersion.record_id))
        .where(col(Record.source_id) == source_id, col(Record.changed_at) > col(Record.first_seen_at))
    )
    return {_name(fields) for (fields,) in rows}


def _replaced_names(session: Session, source_id: int) -> Set[Name]:
    """Return the numbers that were replaced: of an old short list, one may be all that shows."""
    rows = session.connection().execute(_RENUMBERED, {"source_id": source_id})
    return {_name({**fields, **before}) for fields, before in rows}


def _name(fields: Mapping[str, Any]) -> Name:
    return number_core(fields.get("report_number")), number_of(fields)


def _has_been_so(d: Difference, versions: Sequence[Version], began: datetime | None) -> bool:
    if d.stored is None or not versions or not d.changes:
        return False
    closed = d.parsed is not None and str(d.fields.get("status")).startswith(Status.CLOSED.value)
    if d.stored.listed and not (d.listed or closed) and versions[0][0] != began:
        return True  # the list was read before the record was on it
    if d.parsed is None:
        return any(listed == d.listed for _, listed, _ in versions[:-1])
    after = {name: value for change in d.changes for name, value in change.after.items()}
    if len(after) > 1:
        after.pop("listed", None)  # a page of its own says nothing of the list
    return bool(after) and any(
        all(same_value(name, {**fields, "listed": listed}.get(name), value) for name, value in after.items())
        for _, listed, fields in versions[:-1]
    )


def _id(d: Difference) -> int:
    return d.stored.id if d.stored else 0
