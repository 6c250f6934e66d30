"""Agencies as people name them: short names, parts of names, and the names that records have."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, SQLColumnExpression, func, or_
from sqlmodel import Session, col, select

from monitor.domain.agencies import names_of
from monitor.store.models import Record

_SHORTEST_PART = 5  # letters: a shorter name would be found inside other words


def agency_is(asked: str, agency: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Return the condition that an agency has a name, or another name of the same agency, in it."""
    name_of = func.lower(agency)
    names: Sequence[str] = names_of(asked) or (asked,)
    return or_(
        *(name_of.contains(name.lower(), autoescape=True) for name in names if len(name) > _SHORTEST_PART),
        *(name_of == name.lower() for name in names),
    )


def agencies_named(session: Session, asked: str) -> list[str]:
    """Return the agencies of all records that are meant, as the records name them."""
    # From one name to the next through the index: to read the agency of every record takes seconds.
    first = select(func.min(Record.agency).label("agency")).cte("names", recursive=True)
    following = (
        select(func.min(Record.agency)).where(col(Record.agency) > first.c.agency).correlate(first)
    ).scalar_subquery()
    names = first.union_all(select(following).where(first.c.agency.is_not(None)))
    return list(session.exec(select(names.c.agency).where(agency_is(asked, names.c.agency))))
