"""Recorded changes by filter, newest first, a page at a time.

A page looks through a bounded number of changes, so a rare match costs no more than a common one. It says how
far back it looked, and the next page goes on from there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast
from sqlmodel import Session, col, func, select

from alerts.domain.models import Routing
from alerts.language.headlines import headline
from alerts.routing.decisions import Decision, decisions
from monitor.domain.status import Status
from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView, change_views, latest_change_id
from monitor.store.models import Change, Record, Source
from service.database.engines import to_json
from service.readmodel.agencies import agency_is
from service.readmodel.records import change_as_data

_LOOKED_THROUGH = 20_000  # changes, by one page
_SEARCHED = 10  # pages without a match before a search gives up
_DISORDER = timedelta(days=1)  # ids follow the time seen, except where a check took long


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are asked for; None asks for all.

    `agency` is a name, or part of one, or a short name (CBP); `status` is that of the record now; `since`
    and `until` bound when they were seen, the latter without itself.
    """

    topic: str | None = None
    kind: ChangeKind | None = None
    agency: str | None = None
    source: str | None = None
    status: Status | None = None
    since: datetime | None = None
    until: datetime | None = None
    record_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some changes, newest first, with what was decided about each.

    `next` is the id to go on from (`before`), None at the end. `back_to` is the time of the oldest change
    looked at, None where all were.
    """

    changes: tuple[ChangeView, ...]
    decided: Mapping[int, Decision]
    next: int | None = None
    back_to: datetime | None = None

    def topics_of(self, change: ChangeView) -> tuple[str, ...]:
        """Return the topics that matched a change."""
        decided = self.decided.get(change.id)
        return decided.topics if decided else ()


def changes_page(
    session: Session, wanted: ChangeFilter, *, before: int | None = None, limit: int = 50
) -> ChangePage:
    """Return up to `limit` matching changes with ids below `before`."""
    begin, end = _bounds(session, wanted)
    top = min(end, before or end)
    if top <= 1:  # between these ids and those of imported changes there is nothing
        newest = session.exec(select(func.max(Change.id)).where(Change.id < top)).one()
        top = begin if newest is None else newest + 1
    # One record's changes are few, and found by an index.
    floor = begin if wanted.record_id else max(begin, top - _LOOKED_THROUGH)
    if begin < 1 < top and not wanted.record_id:
        floor = max(floor, 1)
    statement = (
        select(Change.id)
        .join(Record, col(Record.id) == Change.record_id)
        .where(Change.id >= floor, Change.id < top, *_conditions(wanted))
        .order_by(col(Change.id).desc())
        .limit(limit)
    )
    ids = list(session.exec(statement))
    views = tuple(reversed(change_views(session, ids)))
    decided = decisions(session, ids)
    if len(ids) == limit and ids[-1] > begin:
        return ChangePage(views, decided, ids[-1])
    if floor > begin:
        oldest = session.exec(
            select(Change.seen_at).where(Change.id >= floor).order_by(col(Change.id)).limit(1)
        )
        return ChangePage(views, decided, floor, oldest.first())
    return ChangePage(views, decided)


def changes_searched(
    session: Session, wanted: ChangeFilter, *, before: int | None = None, limit: int = 50
) -> ChangePage:
    """Return the first page that has a match, after looking further back than one page does."""
    page = changes_page(session, wanted, before=before, limit=limit)
    for _ in range(_SEARCHED - 1):
        if page.changes or page.next is None:
            break
        page = changes_page(session, wanted, before=page.next, limit=limit)
    return page


def changes_found(session: Session, wanted: ChangeFilter, before: int | None = None) -> Iterator[ChangePage]:
    """Return page after page, down to the oldest change that can match."""
    while True:
        page = changes_page(session, wanted, before=before, limit=500)
        yield page
        if (before := page.next) is None:
            return


def changes_as_data(session: Session, wanted: ChangeFilter, limit: int) -> list[dict[str, Any]]:
    """Return the newest changes that match, each with its headline."""
    found: list[ChangeView] = []
    for page in changes_found(session, wanted):
        found += page.changes
        if len(found) >= limit:
            break
    return [{**change_as_data(change), "headline": headline(change).text} for change in found[:limit]]


def _conditions(wanted: ChangeFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        conditions.append(col(Change.kind) == wanted.kind.value)
    if wanted.source is not None:
        conditions.append(
            col(Change.source_id) == select(Source.id).where(Source.key == wanted.source).scalar_subquery()
        )
    if wanted.record_id is not None:
        conditions.append(col(Change.record_id) == wanted.record_id)
    if wanted.status is not None:
        conditions.append(col(Record.status) == wanted.status.value)
    if wanted.agency is not None:
        conditions.append(agency_is(wanted.agency, col(Record.agency)))
    if wanted.topic is not None:
        routed = select(Routing.change_id).where(
            Routing.change_id == Change.id,
            # With the quotes of JSON, so that no name is found in a longer one.
            cast(col(Routing.topics), String).contains(to_json(wanted.topic), autoescape=True),
        )
        conditions.append(routed.exists())
    if wanted.since is not None:
        conditions.append(col(Change.seen_at) >= wanted.since)
    if wanted.until is not None:
        conditions.append(col(Change.seen_at) < wanted.until)
    return conditions


def _bounds(session: Session, wanted: ChangeFilter) -> tuple[int, int]:
    """Return the first id that can match and the first one above them; imported ones are below the others."""
    oldest, end = min(session.exec(select(func.min(Change.id))).one() or 1, 1), latest_change_id(session) + 1
    begin = oldest
    if wanted.since is not None:
        imported = oldest < 1 and _id_at(session, wanted.since, imported=True)
        begin = oldest if imported else _id_at(session, wanted.since - _DISORDER) or end
    if wanted.until is not None:
        end = _id_at(session, wanted.until + _DISORDER) or end
    return begin, end


def _id_at(session: Session, moment: datetime, *, imported: bool = False) -> int | None:
    """Return the id of the first change seen from a moment on."""
    statement = (
        select(Change.id)
        .where(Change.seen_at >= moment, Change.id < 1 if imported else Change.id > 0)
        .order_by(col(Change.seen_at), col(Change.id))
    )
    return session.exec(statement.limit(1)).first()
