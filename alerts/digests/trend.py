"""The number of changes in earlier periods, from which a digest tells what is typical.

One grouped query over the stored changes. Writes nothing.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, false, func, not_, or_
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from alerts.digests.schema import UsualData, WindowData
from alerts.domain.brief import Counted
from alerts.domain.destinations import Scope
from alerts.domain.models import Routing
from alerts.language.headlines import numbers
from alerts.language.periods import Window
from alerts.routing.cross_source import TOLD_ONCE
from monitor.domain.types import ChangeKind
from monitor.store.models import Change, Link, Source

WINDOWS = 12
_FEWEST = 3  # with fewer windows a median means nothing


def history(session: Session, windows: Sequence[Window], scope: Scope) -> list[WindowData]:
    """Return the numbers of each window that was watched from its beginning, latest first.

    The history of a topic begins with the first change that it matched. A record on two sites is counted
    once, in the window of the first.
    """
    began = _began(session, scope)
    watched = [window for window in windows if began is not None and began <= window[0]]
    found = _counts(session, watched, scope) if watched else []
    return [
        {"since": since.isoformat(), "until": until.isoformat(), "numbers": counts}
        for (since, until), counts in zip(watched, found, strict=True)
    ]


def usual(totals: Sequence[int]) -> UsualData | None:
    """Return the median and range of several totals, or None if there are too few."""
    if len(totals) < _FEWEST:
        return None
    return {
        "windows": len(totals),
        "median": float(median(totals)),
        "least": min(totals),
        "most": max(totals),
    }


def _began(session: Session, scope: Scope) -> datetime | None:
    began: datetime | None = session.exec(select(func.min(Source.created_at))).one()
    if scope == "all" or began is None:
        return began
    first: datetime | None = session.exec(
        select(func.min(Change.seen_at))
        .join(Routing, col(Routing.change_id) == col(Change.id))
        .where(_wanted_by(scope))
    ).one()
    return first


def _wanted_by(topics: Iterable[str]) -> ColumnElement[bool]:
    names = cast(col(Routing.topics), String)
    return or_(false(), *(names.contains(json.dumps(topic), autoescape=True) for topic in topics))


def _counts(session: Session, windows: Sequence[Window], scope: Scope) -> list[dict[str, int]]:
    seen, kind = col(Change.seen_at), col(Change.kind)
    in_window = [(seen > since) & (seen <= until) for since, until in windows]
    number = case(*((inside, place) for place, inside in enumerate(in_window)))
    before, after = (col(values)["status"].as_string() for values in (Change.before, Change.after))
    moves = kind == ChangeKind.STATUS_CHANGED.value
    statement = (
        # The status is read from the values only for changes of status.
        sql_select(number, kind, case((moves, before)), case((moves, after)), func.count())
        .where(seen > windows[-1][0], seen <= windows[0][1], not_(_known_before()))
        .group_by(number, kind, case((moves, before)), case((moves, after)))
    )
    if scope != "all":
        statement = statement.join(Routing, col(Routing.change_id) == col(Change.id)).where(_wanted_by(scope))
    found: list[list[Counted]] = [[] for _ in windows]
    for place, name, old, new, count in session.execute(statement):
        moved = Counted(ChangeKind(name), {"status": old}, {"status": new})
        found[place] += [moved] * count
    return [numbers(changes) for changes in found]


def _known_before() -> ColumnElement[bool]:
    """Return the condition that another site listed the same thing as new earlier."""
    other, mine, theirs = aliased(Change), aliased(Link), aliased(Link)
    same = exists().where(
        col(mine.record_id) == col(Change.record_id),
        col(theirs.thing_id) == col(mine.thing_id),
        col(theirs.record_id) != col(mine.record_id),
        col(other.record_id) == col(theirs.record_id),
        col(other.kind) == col(Change.kind),
        col(other.id) < col(Change.id),
    )
    return and_(col(Change.kind).in_([kind.value for kind in TOLD_ONCE]), same)
