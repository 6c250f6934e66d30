"""Writes what a check found to be new, changed, gone or back, on the caller's session. Never commits.

The statements are built once and run on the session's connection: to build one for every check, and to make
objects of its rows, costs several times what the database takes.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import Session, col

from monitor.changes.diff import Difference
from monitor.commitments.listing import dated, sorted_by
from monitor.domain.status import OPEN_STATUSES, Status
from monitor.domain.types import FoundChange, ParsedRecord, RecordKind, StoredRecord
from monitor.linkage.links import Linkable, link_records
from monitor.linkage.rules import marks_of
from monitor.store.change_rows import write_changes
from monitor.store.imports import numbered
from monitor.store.models import Record, RecordVersion

# What returns something is inserted many rows a statement. SQLite writes its search index once a statement.
_ADD_RECORDS = insert(Record).returning(col(Record.key), col(Record.id))
_RENEW_RECORDS = update(Record).where(col(Record.id) == bindparam("record_id"))
# Without a date of its own a record keeps the day of our first sight.
_RENEW_FIELDS = _RENEW_RECORDS.values(dated=func.coalesce(bindparam("dated_anew"), col(Record.dated)))
_ADD_VERSIONS = insert(RecordVersion).returning(col(RecordVersion.id))
_UNRESOLVED = select(func.count()).where(
    col(Record.source_id) == bindparam("source_id"),
    col(Record.kind) == RecordKind.RECOMMENDATION.value,
    ~col(Record.listed),
    col(Record.status).in_((*OPEN_STATUSES, Status.UNKNOWN.value)),
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """The check in which differences were found, and the snapshots that show them.

    `evidence` maps a parsed record's key to the snapshot that shows it; `page_sha256` and
    `previous_sha256` are those that show a record's absence, after and before. `not_before` is the last
    look at the first page, `swept_before` the last at all of them; `top_sha256` is the first page now.
    """

    source_id: int
    check_id: int
    now: datetime
    not_before: datetime | None
    evidence: Mapping[str, str]
    page_sha256: str
    previous_sha256: str | None
    swept_before: datetime | None = None
    top_sha256: str | None = None

    def since(self, difference: Difference) -> datetime | None:
        """Return the last time at which the place that shows a difference was looked at."""
        on_top = difference.parsed is not None and self.shown_by(difference) == self.top_sha256
        return self.not_before if on_top or self.swept_before is None else self.swept_before

    def shown_by(self, difference: Difference) -> str:
        """Return the snapshot that shows a difference."""
        key = difference.parsed.key if difference.parsed else ""
        return self.evidence.get(key, self.page_sha256)


def record_differences(
    session: Session, occasion: Occasion, differences: Sequence[Difference], *, tell: bool
) -> list[int]:
    """Write new and changed records and a version of each; where `tell`, their changes too.

    Returns the ids of the changes.
    """
    if not differences:
        return []
    ids = _write_records(session, occasion, differences)
    pairs = list(zip(ids, differences, strict=True))
    versions = [_version_row(id_, d, occasion) for id_, d in pairs]
    session.connection().execute(_ADD_VERSIONS, numbered(session, RecordVersion, versions))
    link_records(session, [one for id_, d in pairs if (one := _linkable(id_, d, occasion)) is not None])
    if not tell:
        return []
    rows = [_change_row(id_, d, change, occasion) for id_, d in pairs for change in d.changes]
    return write_changes(session, rows)


def _linkable(record_id: int, d: Difference, occasion: Occasion) -> Linkable | None:
    """Return what is to be linked: a record that is new, or can be known by something new."""
    if d.stored is None:
        return (
            Linkable(record_id, occasion.source_id, marks_of(d.parsed.kind, d.fields)) if d.parsed else None
        )
    marks = marks_of(d.stored.kind, d.fields)
    same = marks == marks_of(d.stored.kind, d.stored.fields)
    return None if same else Linkable(record_id, occasion.source_id, marks)


def _write_records(session: Session, occasion: Occasion, differences: Sequence[Difference]) -> list[int]:
    """Insert the new records, update the known ones; give their ids in the order of `differences`."""
    new = [_new_row(d, d.parsed, occasion) for d in differences if d.stored is None and d.parsed is not None]
    known = [_known_row(d, d.stored, occasion) for d in differences if d.stored is not None]
    # Records that exchange their keys leave both free first.
    if moved := [d.stored.id for d in differences if d.stored is not None and d.key != d.stored.key]:
        parked = [{"record_id": id_, "key": f"moved {id_}"} for id_ in moved]
        session.connection().execute(_RENEW_RECORDS, parked)
    ids = dict(session.connection().execute(_ADD_RECORDS, new).all() if new else ())
    if known:
        session.connection().execute(_RENEW_FIELDS, known)
    return [ids[d.key] if d.stored is None else d.stored.id for d in differences]


def _new_row(d: Difference, parsed: ParsedRecord, occasion: Occasion) -> dict[str, Any]:
    return {
        "source_id": occasion.source_id,
        "kind": parsed.kind.value,
        "first_seen_at": occasion.now,
        "unlisted_at": None,
        "dated": dated(d.fields) or occasion.now.date().isoformat(),
        **_standing(d, occasion),
    }


def _known_row(d: Difference, stored: StoredRecord, occasion: Occasion) -> dict[str, Any]:
    return {
        "record_id": stored.id,
        "unlisted_at": None if d.listed else occasion.now,
        "dated_anew": dated(d.fields),
        **_standing(d, occasion),
    }


def _standing(d: Difference, occasion: Occasion) -> dict[str, Any]:
    return {
        "key": d.key,
        "status": d.fields.get("status"),
        "fields": dict(d.fields),
        "fingerprint": d.fingerprint,
        "listed": d.listed,
        "snapshot_sha256": occasion.shown_by(d),
        "changed_at": occasion.now,
        **sorted_by(d.fields),
    }


def _version_row(record_id: int, d: Difference, occasion: Occasion) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "check_id": occasion.check_id,
        "seen_at": occasion.now,
        "listed": d.listed,
        "snapshot_sha256": occasion.shown_by(d),
        "fields": dict(d.fields),
    }


def record_unshown(
    session: Session,
    stored: Sequence[StoredRecord],
    shown: Set[int],
    swept_before: datetime | None,
) -> None:
    """Note which listed records a sweep does not show, and when they were last seen; and which are back.

    `shown` holds the ids of the records that it shows.
    Where the list is not complete that is all that can be said of them.
    """
    gone = [r.id for r in stored if r.listed and r.last_seen_at is None and r.id not in shown]
    back = [r.id for r in stored if r.last_seen_at is not None and r.id in shown]
    rows = [{"record_id": id_, "last_seen_at": swept_before} for id_ in gone if swept_before]
    if rows := rows + [{"record_id": id_, "last_seen_at": None} for id_ in back]:
        session.connection().execute(_RENEW_RECORDS, rows)


def _change_row(record_id: int, d: Difference, change: FoundChange, occasion: Occasion) -> dict[str, Any]:
    return {
        "source_id": occasion.source_id,
        "record_id": record_id,
        "check_id": occasion.check_id,
        "kind": change.kind.value,
        "before": dict(change.before),
        "after": dict(change.after),
        "not_before": _not_before(d, occasion),
        "seen_at": occasion.now,
        "before_sha256": d.stored.snapshot_sha256 if d.stored else occasion.previous_sha256,
        "after_sha256": occasion.shown_by(d),
    }


def _not_before(d: Difference, occasion: Occasion) -> datetime | None:
    """Return the last time at which a record was seen as it was."""
    unseen = d.stored.last_seen_at if d.stored and d.stored.listed else None
    return unseen or occasion.since(d)


def count_unresolved(session: Session, source_id: int) -> int:
    """Count the recommendations that left the list without a closing status."""
    return session.connection().execute(_UNRESOLVED, {"source_id": source_id}).scalar_one()
