"""Writes what a check found on the caller's session, and reads what a check must know. Never commits.

Unchanged checks cost one UPDATE; everything else is written with few, bulk statements.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite takes its form too
from sqlmodel import Session, col, delete, select

from monitor.bodies import keep_body, stored_body, versions_before
from monitor.diff import OPEN_STATUSES, Difference
from monitor.linking import RULES, marks_of
from monitor.links import Linkable, link_records
from monitor.models import (
    Change,
    Check,
    Record,
    RecordVersion,
    Snapshot,
    Source,
    SourcePage,
    SourceUsual,
)
from monitor.types import (
    FoundChange,
    Outcome,
    Page,
    ParsedRecord,
    RecordKind,
    Status,
    StoredRecord,
    Validators,
)


@dataclass(frozen=True, slots=True)
class KnownPage:
    """The last accepted snapshot of one page, and what to ask for it with."""

    url: str
    sha256: str
    validators: Validators
    next_url: str | None


@dataclass(frozen=True, slots=True)
class KnownSource:
    """What a check must know of its source before it goes out. `reading` is None before the baseline."""

    reading: str | None = None
    pages: tuple[KnownPage, ...] = ()
    usual: Mapping[str, Any] | None = None
    last_swept_at: datetime | None = None
    unresolved: int = 0  # recommendations off the list whose real status is still to be found
    checked_at: datetime | None = None  # when the last check ended, whatever came of it
    troubles: int = 0
    rows: int = 0
    declared_total: int | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page of an accepted look: the fresh page, or None where the stored one still holds."""

    url: str
    sha256: str
    page: Page | None
    next_url: str | None


def known_source(session: Session, key: str) -> KnownSource:
    """Read what is known of a source; an empty KnownSource where it was never checked."""
    source = find_source(session, key)
    if source is None:
        return KnownSource()
    if source.last_accepted_at is None:
        return KnownSource(checked_at=source.last_checked_at)
    statement = select(SourcePage).where(SourcePage.source_id == source.id).order_by(col(SourcePage.position))
    pages = tuple(
        KnownPage(page.url, page.sha256, Validators(page.etag, page.last_modified), page.next_url)
        for page in session.exec(statement)
    )
    return KnownSource(
        source.reading,
        pages,
        _usual_of(session, source.id),
        source.last_swept_at,
        source.unresolved,
        source.last_checked_at,
        source.troubles,
        source.rows,
        source.declared_total,
        source.complete,
    )


def _usual_of(session: Session, source_id: int) -> Mapping[str, Any]:
    statement = select(SourceUsual.usual).where(SourceUsual.source_id == source_id)
    return session.exec(statement).one_or_none() or {}


def record_usual(session: Session, source_id: int, usual: Mapping[str, Any]) -> None:
    """Remember what is usual of a source."""
    statement = upsert(SourceUsual).values(source_id=source_id, usual=dict(usual))
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["source_id"], set_={"usual": statement.excluded.usual}
        )
    )


def find_source(session: Session, key: str) -> Source | None:
    """Give the source of this key, None where it was never checked."""
    return session.exec(select(Source).where(Source.key == key)).one_or_none()


def ensure_source(session: Session, key: str, reading: str, now: datetime) -> Source:
    """Give the source of this key, made where it is new."""
    source = find_source(session, key)
    if source is None:
        source = Source(key=key, reading=reading, created_at=now, linked_by=RULES)
        session.add(source)
        session.flush()
    return source


def stored_records(session: Session, source_id: int) -> list[StoredRecord]:
    """Give every record of a source as it was last seen, listed or not."""
    return _stored(session, col(Record.source_id) == source_id)


def _stored(session: Session, where: Any) -> list[StoredRecord]:
    columns = (
        Record.id,
        Record.kind,
        Record.key,
        Record.fields,
        Record.fingerprint,
        Record.listed,
        Record.snapshot_sha256,
        Record.last_seen_at,
    )
    rows = session.execute(select(*columns).where(where))  # type: ignore[call-overload]
    return [StoredRecord(row[0], RecordKind(row[1]), *row[2:]) for row in rows]


def known_keys(session: Session, key: str, keys: Sequence[str]) -> set[str]:
    """Give those of `keys` under which the source has a record already."""
    statement = (
        select(Record.key)
        .join(Source, col(Source.id) == Record.source_id)
        .where(Source.key == key, col(Record.key).in_(keys))
    )
    return set(session.exec(statement))


def stored_keys(session: Session, key: str) -> dict[str, bool]:
    """Give the keys of all records of a source, and whether each was listed at the last look."""
    statement = (
        select(Record.key, Record.listed)
        .join(Source, col(Source.id) == Record.source_id)
        .where(Source.key == key)
    )
    return dict(session.exec(statement).all())


def open_records(session: Session, key: str) -> list[StoredRecord]:
    """Give the source's recommendations whose closing is still to come: open ones, and unresolved ones."""
    source = find_source(session, key)
    if source is None:
        return []
    waiting = col(Record.status).in_((*OPEN_STATUSES, Status.UNKNOWN.value))
    return _stored(session, (col(Record.source_id) == source.id) & waiting)


def stored_page(session: Session, key: str, known: KnownPage) -> Page:
    """Give a source's last accepted snapshot of one page, as it was fetched."""
    statement = (
        select(Snapshot)
        .join(Source, col(Source.id) == Snapshot.source_id)
        .where(Source.key == key, Snapshot.url == known.url, Snapshot.sha256 == known.sha256)
        .order_by(col(Snapshot.id).desc())
        .limit(1)
    )
    snapshot = session.exec(statement).one()
    return Page(
        url=snapshot.url,
        final_url=snapshot.final_url,
        body=stored_body(session, snapshot.sha256),
        sha256=snapshot.sha256,
        fetched_at=snapshot.fetched_at,
        content_type=snapshot.content_type,
        charset=snapshot.charset,
        validators=known.validators,
    )


def record_unchanged(session: Session, source: Source, now: datetime, *, swept_at: datetime | None) -> None:
    """Write that a source is as it was: one UPDATE of one row."""
    values: dict[str, Any] = {
        "last_checked_at": now,
        "last_accepted_at": now,
        "last_outcome": Outcome.UNCHANGED.value,
        "unchanged_checks": source.unchanged_checks + 1,
    }
    if swept_at:
        values["last_swept_at"] = swept_at
    session.execute(update(Source).where(col(Source.id) == source.id).values(**values))


def record_check(session: Session, source: Source, check: Check) -> int:
    """Write a check's row and give its id; the unchanged checks before it become one row of their own."""
    if source.unchanged_checks and source.last_checked_at is not None:
        session.add(_unchanged_run(session, source, source.last_checked_at))
        source.unchanged_checks = 0
    session.add(check)
    source.last_checked_at = check.finished_at
    source.last_outcome = check.outcome
    session.add(source)
    session.flush()
    return check.id


def _unchanged_run(session: Session, source: Source, ended_at: datetime) -> Check:
    before = session.exec(
        select(Check.finished_at).where(Check.source_id == source.id).order_by(col(Check.id).desc()).limit(1)
    ).one_or_none()
    return Check(
        source_id=source.id,
        started_at=before or source.created_at,
        finished_at=ended_at,
        outcome=Outcome.UNCHANGED.value,
        times=source.unchanged_checks,
        rows=source.rows,
        declared_total=source.declared_total,
        complete=source.complete,
    )


def record_snapshots(session: Session, source_id: int, check_id: int, pages: Iterable[Page]) -> None:
    """Keep pages as evidence: the bytes once per distinct content, the looking each time."""
    for page in pages:
        keep_body(session, page, versions_before(session, source_id, page.url))
        session.add(
            Snapshot(
                source_id=source_id,
                check_id=check_id,
                url=page.url,
                final_url=page.final_url,
                fetched_at=page.fetched_at,
                sha256=page.sha256,
                content_type=page.content_type,
                charset=page.charset,
                etag=page.validators.etag,
                last_modified=page.validators.last_modified,
            )
        )
    session.flush()


def record_pages(session: Session, source_id: int, pages: Sequence[ReadPage], *, swept: bool) -> None:
    """Remember what to ask for each page with next time; a sweep forgets pages that are no more."""
    if swept:
        urls = [page.url for page in pages]
        session.execute(
            delete(SourcePage).where(col(SourcePage.source_id) == source_id, col(SourcePage.url).not_in(urls))
        )
    for position, read in enumerate(pages):
        if read.page is None:
            continue
        values = {
            "position": position,
            "sha256": read.sha256,
            "etag": read.page.validators.etag,
            "last_modified": read.page.validators.last_modified,
            "next_url": read.next_url,
        }
        statement = upsert(SourcePage).values(source_id=source_id, url=read.url, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["source_id", "url"], set_=values))


@dataclass(frozen=True, slots=True)
class Occasion:
    """The check in which differences were found, and the snapshots that show them.

    `evidence` maps a parsed record's key to the snapshot that shows it; `page_sha256` and
    `previous_sha256` are those that show a record's absence, after and before. `not_before` is the last
    look at the first page, `swept_before` the last at all of them.
    """

    source_id: int
    check_id: int
    now: datetime
    not_before: datetime | None
    evidence: Mapping[str, str]
    page_sha256: str
    previous_sha256: str | None
    swept_before: datetime | None = None

    def since(self, difference: Difference) -> datetime | None:
        """Give the last time at which the place that shows a difference was looked at."""
        on_top = difference.parsed is not None and self.shown_by(difference) == self.page_sha256
        return self.not_before if on_top or self.swept_before is None else self.swept_before

    def shown_by(self, difference: Difference) -> str:
        """Give the snapshot that shows a difference."""
        key = difference.parsed.key if difference.parsed else ""
        return self.evidence.get(key, self.page_sha256)


def record_differences(
    session: Session, occasion: Occasion, differences: Sequence[Difference], *, tell: bool
) -> list[int]:
    """Write new and changed records and a version of each; where `tell`, their changes too.

    Gives the ids of the changes.
    """
    if not differences:
        return []
    ids = _write_records(session, occasion, differences)
    pairs = list(zip(ids, differences, strict=True))
    session.execute(insert(RecordVersion), [_version_row(id_, d, occasion) for id_, d in pairs])
    link_records(session, [one for id_, d in pairs if (one := _linkable(id_, d, occasion)) is not None])
    if not tell:
        return []
    rows = [_change_row(id_, d, change, occasion) for id_, d in pairs for change in d.changes]
    statement = insert(Change).returning(col(Change.id), sort_by_parameter_order=True)
    return list(session.scalars(statement, rows)) if rows else []


def _linkable(record_id: int, d: Difference, occasion: Occasion) -> Linkable | None:
    """Give what is to be linked: a record that is new, or can be known by something new."""
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
    statement = insert(Record).returning(col(Record.id), sort_by_parameter_order=True)
    new_ids = iter(session.scalars(statement, new).all() if new else ())
    if known:
        session.execute(update(Record), known)
    return [d.stored.id if d.stored is not None else next(new_ids) for d in differences]


def _new_row(d: Difference, parsed: ParsedRecord, occasion: Occasion) -> dict[str, Any]:
    return {
        "source_id": occasion.source_id,
        "key": parsed.key,
        "kind": parsed.kind.value,
        "first_seen_at": occasion.now,
        "unlisted_at": None,
        **_standing(d, occasion),
    }


def _known_row(d: Difference, stored: StoredRecord, occasion: Occasion) -> dict[str, Any]:
    return {"id": stored.id, "unlisted_at": None if d.listed else occasion.now, **_standing(d, occasion)}


def _standing(d: Difference, occasion: Occasion) -> dict[str, Any]:
    return {
        "status": d.fields.get("status"),
        "fields": dict(d.fields),
        "fingerprint": d.fingerprint,
        "listed": d.listed,
        "snapshot_sha256": occasion.shown_by(d),
        "changed_at": occasion.now,
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
    parsed: Iterable[ParsedRecord],
    swept_before: datetime | None,
) -> None:
    """Note which listed records a sweep does not show, and when they were last seen; and which are back.

    Where the list is not complete that is all that can be said of them.
    """
    shown = {key for record in parsed for key in (record.key, *record.aliases)}
    gone = [r.id for r in stored if r.listed and r.last_seen_at is None and r.key not in shown]
    back = [r.id for r in stored if r.last_seen_at is not None and r.key in shown]
    rows = [{"id": id_, "last_seen_at": swept_before} for id_ in gone if swept_before]
    if rows := rows + [{"id": id_, "last_seen_at": None} for id_ in back]:
        session.execute(update(Record), rows)


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
    """Give the last time at which a record was seen as it was."""
    unseen = d.stored.last_seen_at if d.stored and d.stored.listed else None
    return unseen or occasion.since(d)


def count_unresolved(session: Session, source_id: int) -> int:
    """Count the recommendations that left the list without a closing status."""
    statement = select(Record.id).where(
        Record.source_id == source_id,
        Record.kind == RecordKind.RECOMMENDATION.value,
        ~col(Record.listed),
        col(Record.status).in_((*OPEN_STATUSES, Status.UNKNOWN.value)),
    )
    return len(session.exec(statement).all())
