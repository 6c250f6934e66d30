"""How many recommendations were opened and closed by week, how old the open ones are, and whose they are."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col, select

from monitor.domain.status import OPEN_STATUSES, Status
from monitor.domain.types import ChangeKind
from monitor.store.models import OPEN_NOW, Change, Record

WEEKS = 26
_LOOKED_THROUGH = 20_000  # changes
_AGENCIES = 10
_BANDS = (("under 1 year", 1), ("1–2 years", 2), ("2–3 years", 3), ("3–5 years", 5), ("5–10 years", 10))
_OLDEST = "over 10 years"
_NOT_CLOSED = (*OPEN_STATUSES, Status.UNKNOWN.value)


@dataclass(frozen=True, slots=True)
class WeekCount:
    """How many recommendations came up, or opened again, and how many were closed in a week."""

    begins: date
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class OpenNumbers:
    """The figures of the charts."""

    weeks: tuple[WeekCount, ...]
    ages: tuple[tuple[str, int], ...]
    agencies: tuple[tuple[str, int], ...]


def open_numbers(session: Session, now: datetime) -> OpenNumbers:
    """Return the figures of all open recommendations. Weeks begin on Monday, UTC."""
    return OpenNumbers(_weeks(session, now), _ages(session, now.date()), _agencies(session))


def _weeks(session: Session, now: datetime) -> tuple[WeekCount, ...]:
    """Return the last weeks, of those changes that are looked at: the first is whole."""
    this = _monday(now.date())
    first = this - timedelta(weeks=WEEKS - 1)
    newest = select(func.max(Change.id)).scalar_subquery()
    day, status = func.date(Change.seen_at), Change.after["status"].as_string()
    statement = (
        sqlalchemy.select(day, col(Change.kind), status, func.count(), newest)
        .where(
            col(Change.id) > newest - _LOOKED_THROUGH,
            col(Change.kind).in_((ChangeKind.NEW_RECOMMENDATION.value, ChangeKind.STATUS_CHANGED.value)),
        )
        .group_by(day, col(Change.kind), status)
    )
    opened: Counter[date] = Counter()
    closed: Counter[date] = Counter()
    rows = session.execute(statement).all()
    days = [date.fromisoformat(str(at)) for at, *_ in rows]
    for at, (_, kind, to, count, _) in zip(days, rows, strict=True):
        if kind == ChangeKind.NEW_RECOMMENDATION.value or to in OPEN_STATUSES:
            opened[_monday(at)] += count
        elif to not in _NOT_CLOSED:
            closed[_monday(at)] += count
    if rows and rows[0][-1] > _LOOKED_THROUGH:  # the week in which looking back ended is not whole
        first = max(first, _monday(min(days)) + timedelta(weeks=1))
    count = (this - first).days // 7 + 1
    weeks = (first + timedelta(weeks=number) for number in range(count))
    return tuple(WeekCount(week, opened[week], closed[week]) for week in weeks)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _ages(session: Session, today: date) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    rows = session.exec(select(Record.dated, func.count()).where(OPEN_NOW).group_by(col(Record.dated)))
    for day, count in rows:
        counts[_band(day[:7], today)] += count
    return tuple((name, counts[name]) for name in (*(name for name, _ in _BANDS), _OLDEST))


def _band(month: str, today: date) -> str:
    months = (today.year - int(month[:4])) * 12 + today.month - int(month[5:7])
    return next((name for name, years in _BANDS if months < years * 12), _OLDEST)


def _agencies(session: Session) -> tuple[tuple[str, int], ...]:
    statement = select(Record.agency, func.count()).where(OPEN_NOW).group_by(col(Record.agency))
    rows = session.exec(statement.order_by(func.count().desc(), col(Record.agency)).limit(_AGENCIES)).all()
    return tuple((agency or "agency not named", count) for agency, count in rows)
