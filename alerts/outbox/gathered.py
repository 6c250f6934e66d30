"""Notices that name several things on one occasion: the first at once, later names gathered in one more.

On the caller's session, no commit. Safe beside other processes that report the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, type_coerce
from sqlmodel import Session, col, select

from alerts.domain.messages import Target
from alerts.domain.models import OutboxItem
from alerts.domain.types import MessageKind, OutboxState
from alerts.outbox.queue import REMEMBERED, add_notice

Names = Mapping[str, str]  # each with a mark that differs when the same thing happens to it again
Write = Callable[[Names, Mapping[str, Any]], tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """One stored notice: its names, and the facts that its text is made from."""

    item: OutboxItem
    occasion: str
    names: Names
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Occasion:
    """What notices are about, and how they put some names and facts: the title and the lines."""

    about: str
    name: str
    write: Write


def gathered_about(session: Session, about: str, now: datetime) -> list[Gathered]:
    """Return the notices about something on all occasions, oldest first, without those that were dropped."""
    query = _about(about).where(
        col(OutboxItem.created_at) > now - REMEMBERED,  # by index
        OutboxItem.state != OutboxState.DROPPED,
    )
    return list(map(_gathered, session.exec(query)))


def gather(
    session: Session,
    targets: Sequence[Target],
    occasion: Occasion,
    names: Names,
    facts: Mapping[str, Any],
    now: datetime,
    wait: timedelta,
) -> bool:
    """Add names to the notice on this occasion that is gathered, or to a new one that is sent after `wait`.

    Return False where another process has reported on it meanwhile: look again at what is reported.
    """
    waiting = _waiting(session, occasion, now)
    for one in waiting:
        _rewrite(session, one, {**one.names, **names}, occasion)
        one.item.not_before = min(one.item.not_before, now + wait)
    if waiting or not targets:
        return True
    # Numbered, so that of two processes that report the same at once only one does.
    number = sum(_gathered(item).occasion == occasion.name for item in session.exec(_about(occasion.about)))
    about = {"about": occasion.about, "occasion": occasion.name, "names": dict(names), "facts": dict(facts)}
    title, lines = occasion.write(names, facts)
    key = f"{occasion.name} {occasion.about} {number}"
    return bool(add_notice(session, targets, title, lines, now, key, wait=wait, about=about))


def take_back(session: Session, occasion: Occasion, name: str, now: datetime) -> None:
    """Leave a name out of the notice on this occasion that is gathered; one without names is dropped."""
    for one in _waiting(session, occasion, now):
        if left := {key: mark for key, mark in one.names.items() if key != name}:
            _rewrite(session, one, left, occasion)
        else:
            one.item.state = OutboxState.DROPPED
            session.add(one.item)


def _about(about: str) -> Any:
    return (
        select(OutboxItem)
        .where(
            OutboxItem.kind == MessageKind.OPERATOR,
            type_coerce(OutboxItem.content, JSON)["about"].as_string() == about,
        )
        .order_by(col(OutboxItem.id))
    )


def _gathered(item: OutboxItem) -> Gathered:
    content = item.content or {}
    return Gathered(item, content["occasion"], content["names"], content["facts"])


def _waiting(session: Session, occasion: Occasion, now: datetime) -> list[Gathered]:
    """Return the notices that are not to be sent yet, locked until the transaction ends."""
    query = _about(occasion.about).where(
        OutboxItem.state == OutboxState.PENDING,
        OutboxItem.attempts == 0,
        col(OutboxItem.not_before) > now,
    )
    locked = query.with_for_update().execution_options(populate_existing=True)
    return [one for one in map(_gathered, session.exec(locked)) if one.occasion == occasion.name]


def _rewrite(session: Session, one: Gathered, names: Names, occasion: Occasion) -> None:
    title, lines = occasion.write(names, one.facts)
    content = {**(one.item.content or {}), "names": dict(names), "title": title, "lines": list(lines)}
    one.item.content = content
    session.add(one.item)
