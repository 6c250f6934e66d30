"""Read recorded changes, each with its record. Writes nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import JSON, BigInteger, bindparam, func, literal, type_coerce
from sqlmodel import Session, col, select

from monitor.domain.types import ChangeKind, RecordKind
from monitor.store.batches import in_parts
from monitor.store.document_texts import text_linked
from monitor.store.models import Change, Record, RecordVersion, Source, SourceUsual

_STREAMED = 1_000  # rows read at a time


def _changes_with(fields: Any) -> sqlalchemy.Select[Any]:
    """Select changes and their records, in the order of their ids, with these fields of the records.

    The columns come in the order of a ChangeView's fields, but for `standing_since`.
    """
    return (
        sqlalchemy.select(
            col(Change.id),
            col(Change.kind),
            col(Source.key).label("source"),
            col(Change.check_id),
            col(Change.record_id),
            col(Record.key).label("record_key"),
            col(Record.kind).label("record_kind"),
            fields.label("fields"),
            col(Change.before),
            col(Change.after),
            *map(col, (Change.not_before, Change.seen_at, Change.before_sha256, Change.after_sha256)),
            col(Record.first_seen_at),
            col(Change.imported),
        )
        .join(Record, col(Record.id) == col(Change.record_id))
        .join(Source, col(Source.id) == col(Change.source_id))
        .order_by(col(Change.id))
    )


# Built once: that costs more than to run them. The records as they stand, which right after a check is how it
# left them; or as the change's check left them, where the last version up to it is read.
_CHANGES = _changes_with(col(Record.fields))
_SHOWN = _CHANGES.add_columns(
    sqlalchemy.select(type_coerce(SourceUsual.usual, JSON)["stated"])
    .where(col(SourceUsual.source_id) == col(Change.source_id))
    .correlate(Change)
    .scalar_subquery()
    .label("stated")
)
_FRESH = _CHANGES.where(col(Change.id).in_(bindparam("ids", expanding=True)))
_LEFT = (
    sqlalchemy.select(col(RecordVersion.fields))
    .where(
        col(RecordVersion.record_id) == col(Change.record_id),
        col(RecordVersion.check_id) <= col(Change.check_id),
    )
    .order_by(col(RecordVersion.id).desc())
    .limit(1)
    .correlate(Change)
    .scalar_subquery()
)
_STREAM = _changes_with(func.coalesce(_LEFT, col(Record.fields), type_=JSON))


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change with the record it speaks of, ready to be matched or shown.

    `fields` are the record's fields right after the change. `standing_since` is when the value before
    was first seen here; `not_before` and `seen_at` bound the time in which it happened.
    """

    id: int
    kind: ChangeKind
    source: str
    check_id: int
    record_id: int
    record_key: str
    record_kind: RecordKind
    fields: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    not_before: datetime | None
    seen_at: datetime
    standing_since: datetime | None
    before_sha256: str | None
    after_sha256: str
    first_seen_at: datetime | None = None  # of the record
    as_of: datetime | None = None  # the time of which the list said that it speaks
    imported: bool = False  # from an archive
    # Reads the pages of the document that a report links to; most changes are never asked.
    file_text: Callable[[], Sequence[str]] = field(default=tuple, compare=False, repr=False)


def change_views(session: Session, ids: Sequence[int]) -> list[ChangeView]:
    """Return the changes of these ids, in the order of their ids."""
    return [view for some in in_parts(sorted(ids)) for view in _views(session, col(Change.id).in_(some))]


def fresh_changes(session: Session, ids: Sequence[int]) -> list[ChangeView]:
    """Return changes in the transaction that wrote them, in the order of their ids.

    Their records stand as these left them, so no version is read; since when a value stood is not looked up.
    """
    return [
        _view(session, row, row.fields, None)
        for some in in_parts(sorted(ids))
        for row in session.connection().execute(_FRESH, {"ids": some})
    ]


def changes_between(session: Session, after_id: int, up_to_id: int) -> Iterator[ChangeView]:
    """Return the changes with `after_id` < id <= `up_to_id`: a half-open range that chains without gaps.

    As in `stream_changes`, they come a few at a time, and since when a value stood is not looked up.
    """
    return _streamed(session, _STREAM.where(col(Change.id) > after_id, col(Change.id) <= up_to_id))


def changes_after(session: Session, after_id: int, limit: int) -> list[ChangeView]:
    """Return the first `limit` changes with an id above `after_id`, in the order of their ids.

    Ids become visible in their order, so whoever goes on from the last id that it got misses nothing.
    """
    # A reader may name an id that no column holds.
    later = col(Change.id) > literal(after_id, BigInteger)
    ids = session.exec(select(Change.id).where(later).order_by(col(Change.id)).limit(limit)).all()
    return list(changes_between(session, ids[0] - 1, ids[-1])) if ids else []


def changes_of_record(
    session: Session, record_id: int, versions: Sequence[RecordVersion]
) -> list[ChangeView]:
    """Return all changes of one record, oldest first; `versions` are all of the record, as they are read."""
    return _views(session, col(Change.record_id) == record_id, {record_id: versions})


def latest_change_id(session: Session) -> int:
    """Return the id of the newest change that was not imported, 0 where there is none."""
    return max(session.exec(select(func.max(Change.id))).one() or 0, 0)


def latest_changes(
    session: Session, *, limit: int, source: str | None = None, since: datetime | None = None
) -> list[ChangeView]:
    """Return the newest changes, newest first."""
    statement = select(Change.id).order_by(col(Change.id).desc()).limit(limit)
    if source is not None:
        statement = statement.join(Source, col(Source.id) == Change.source_id).where(Source.key == source)
    if since is not None:
        statement = statement.where(Change.seen_at >= since)
    return list(reversed(change_views(session, list(session.exec(statement)))))


def stream_changes(session: Session, since: datetime | None = None) -> Iterator[ChangeView]:
    """Return all changes seen from a time on, in the order of their ids, a few at a time.

    Made for long histories: since when a value stood (`standing_since`) is not looked up.
    """
    return _streamed(session, _STREAM if since is None else _STREAM.where(col(Change.seen_at) >= since))


def _streamed(session: Session, statement: sqlalchemy.Select[Any]) -> Iterator[ChangeView]:
    # Columns need no object mapper, and over a long history it would take a quarter of the time.
    for row in session.connection().execute(statement.execution_options(yield_per=_STREAMED)):
        yield _view(session, row, row.fields, None)


def _view(
    session: Session, row: Any, fields: Mapping[str, Any], standing_since: datetime | None
) -> ChangeView:
    id_, kind, source, check_id, record_id, record_key, record_kind, _, *moved, first_seen_at, imported = row
    before, after, not_before, seen_at, before_sha256, after_sha256 = moved
    return ChangeView(
        id_,
        ChangeKind(kind),
        source,
        check_id,
        record_id,
        record_key,
        RecordKind(record_kind),
        fields,
        before,
        after,
        not_before,
        seen_at,
        standing_since,
        before_sha256,
        after_sha256,
        first_seen_at,
        imported=imported,
        file_text=(
            partial(text_linked, session, source, fields) if record_kind == RecordKind.REPORT else tuple
        ),
    )


def _views(
    session: Session, where: Any, versions_of: Mapping[int, Sequence["_Stood | RecordVersion"]] | None = None
) -> list[ChangeView]:
    rows = session.connection().execute(_SHOWN.where(where)).all()
    stood = _stood(session, {row.record_id for row in rows}) if versions_of is None else versions_of
    views = []
    for row in rows:
        versions = stood[row.record_id]
        current = next((one.fields for one in reversed(versions) if one.check_id <= row.check_id), row.fields)
        view = _view(session, row[:-1], current, _standing_since(row, versions))
        # From which check on the source's list said of which time it speaks.
        stated = reversed(row.stated or ())
        as_of = next((day for check_id, day in stated if check_id <= row.check_id), None)
        views.append(replace(view, as_of=datetime.fromisoformat(as_of)) if as_of else view)
    return views


class _Stood(NamedTuple):
    """As much of a record's version as tells since when a value stood."""

    record_id: int
    check_id: int
    seen_at: datetime
    fields: Mapping[str, Any]


def _stood(session: Session, record_ids: Iterable[int]) -> dict[int, list[_Stood]]:
    columns = select(
        RecordVersion.record_id, RecordVersion.check_id, RecordVersion.seen_at, RecordVersion.fields
    )
    stood: dict[int, list[_Stood]] = defaultdict(list)
    for some in in_parts(record_ids):
        wanted = columns.where(col(RecordVersion.record_id).in_(some)).order_by(col(RecordVersion.id))
        for row in session.exec(wanted):
            stood[row[0]].append(_Stood(*row))
    return stood


def _standing_since(change: Any, versions: Sequence[_Stood | RecordVersion]) -> datetime | None:
    """Walk back over the versions that already had the value from before."""
    since = None
    for version in reversed(versions):
        if version.check_id >= change.check_id:
            continue
        if any(version.fields.get(name) != value for name, value in change.before.items()):
            break
        since = version.seen_at
    return since
