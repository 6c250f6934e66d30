"""The stored pages of a source: all of them, the one with a hash, and those that were there on a day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from monitor.domain.errors import OversightError
from monitor.domain.types import UNREAD_OUTCOMES
from monitor.store.models import Change, Check, Snapshot, SnapshotBody, Source, SourcePage
from service.readmodel.records import between, iso

_SHORTEST = 4  # digits of a hash
_MOST_NAMED = 3


def snapshots_as_data(
    session: Session, source: str, until: datetime | None, limit: int | None
) -> list[dict[str, Any]]:
    """Return the stored pages of a source, newest first, each with how many changes refer to it."""
    statement = _of_source(source, until).order_by(col(Snapshot.fetched_at).desc(), col(Snapshot.id).desc())
    return _as_data(session, source, session.exec(statement.limit(limit)).all())


def pages_as_of(session: Session, source: str, until: datetime) -> list[dict[str, Any]]:
    """Return the last accepted version of each of a source's pages up to a moment, its list first."""
    newest_first = (col(Snapshot.fetched_at).desc(), col(Snapshot.id).desc())
    place = func.row_number().over(partition_by=col(Snapshot.url), order_by=newest_first)
    accepted = _of_source(source, until).where(col(Check.outcome).not_in(UNREAD_OUTCOMES))
    ranked = accepted.with_only_columns(col(Snapshot.id), place.label("place")).subquery()
    last = select(ranked.c.id).where(ranked.c.place == 1)
    found = session.exec(_of_source(source, None).where(col(Snapshot.id).in_(last))).all()
    return sorted(_as_data(session, source, found), key=_by_place)


def page_as_of(session: Session, source: str, day: date, time_zone: str) -> str:
    """Return the hash of the first page of a source as it was at the end of a local day.

    Raises OversightError where none was stored by then.
    """
    until = between(None, day, time_zone)[1]
    if until and (pages := pages_as_of(session, source, until)):
        return str(pages[0]["sha256"])
    oldest = select(func.min(Snapshot.fetched_at)).join(Source, col(Source.id) == Snapshot.source_id)
    first = session.exec(oldest.where(Source.key == source)).one()
    since = f"; the oldest is of {first.astimezone(ZoneInfo(time_zone)):%Y-%m-%d}" if first else ""
    raise OversightError(f"no page of {source} was stored by {day:%Y-%m-%d}{since}")


def whole_hash(session: Session, prefix: str) -> str:
    """Return the hash of the one stored page that begins so. Raises OversightError."""
    wanted = prefix.strip().lower()
    if len(wanted) < _SHORTEST or not set(wanted) <= set("0123456789abcdef"):
        raise OversightError(
            f"{prefix!r} is not a hash of a page: give at least its first {_SHORTEST} digits, 0-9 and a-f;"
            " 'oversight-watch snapshots SOURCE' lists them"
        )
    column = col(Snapshot.sha256)
    statement = select(column).where(column >= wanted, column < f"{wanted}g").distinct().order_by(column)
    found = session.exec(statement.limit(_MOST_NAMED + 1)).all()
    if not found:
        raise OversightError(
            f"no stored page has the hash {prefix}; 'oversight-watch snapshots SOURCE' lists them"
        )
    if len(found) > 1:
        named = ", ".join(sha256[: len(wanted) + 8] for sha256 in found[:_MOST_NAMED])
        more = " and others" if len(found) > _MOST_NAMED else ""
        raise OversightError(f"several stored pages begin with {prefix}: {named}{more}; give more digits")
    return found[0]


def _of_source(source: str, until: datetime | None) -> Any:
    statement = (
        select(Snapshot, Check.outcome, SnapshotBody.size, SourcePage.position)
        .join(Check, col(Check.id) == Snapshot.check_id)
        .join(SnapshotBody, col(SnapshotBody.sha256) == Snapshot.sha256)
        .join(Source, col(Source.id) == Snapshot.source_id)
        .outerjoin(
            SourcePage,
            (col(SourcePage.source_id) == Snapshot.source_id) & (col(SourcePage.url) == Snapshot.url),
        )
        .where(Source.key == source)
    )
    return statement if until is None else statement.where(Snapshot.fetched_at < until)


def _as_data(session: Session, source: str, found: Sequence[Any]) -> list[dict[str, Any]]:
    changes = _references(session, source, [snapshot for snapshot, *_ in found])
    return [
        {
            "source": source,
            "fetched": iso(snapshot.fetched_at),
            "sha256": snapshot.sha256,
            "size": size,
            "url": snapshot.url,
            "content_type": snapshot.content_type,
            "set_aside": outcome in UNREAD_OUTCOMES,
            "page": None if position is None else position + 1,
            "changes": changes[snapshot.sha256],
        }
        for snapshot, outcome, size, position in found
    ]


def _references(session: Session, source: str, snapshots: Sequence[Snapshot]) -> Mapping[str, int]:
    """Return how many changes refer to each page, as what was there before or after."""
    if not snapshots:
        return Counter()
    oldest = min(snapshot.fetched_at for snapshot in snapshots)
    shown = {snapshot.sha256 for snapshot in snapshots}
    statement = (
        select(Change.before_sha256, Change.after_sha256, func.count())
        .join(Source, col(Source.id) == Change.source_id)
        .where(Source.key == source, Change.seen_at >= oldest)
        .group_by(col(Change.before_sha256), col(Change.after_sha256))
    )
    counts = Counter[str]()
    for before, after, count in session.exec(statement):
        for sha256 in shown & {before, after}:
            counts[sha256] += count
    return counts


def _by_place(page: Mapping[str, Any]) -> tuple[float, str]:
    return (float("inf") if page["page"] is None else page["page"], page["url"])
