"""One thing that several sites list is reported once: which changes repeat what another has said.

A new thing is reported once, whichever site lists it first; what becomes of it is reported for each site
separately. What is not surely the same is reported.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from alerts.domain.brief import Brief
from alerts.domain.messages import Target
from alerts.domain.models import OutboxEntry, OutboxItem
from alerts.domain.types import GIVEN_UP
from alerts.topics.index import TopicMatch
from monitor.domain.types import ChangeKind
from monitor.linkage.queries import Elsewhere, elsewhere
from monitor.linkage.things import others_of
from monitor.store.batches import in_parts
from monitor.store.changes import ChangeView, change_views
from monitor.store.models import Change, Source

# What time brings is about the thing, whichever site says it; these fields are what is reported.
_LAPSED: Mapping[ChangeKind, tuple[str, ...]] = {
    ChangeKind.PROMISE_PASSED: ("due",),
    ChangeKind.NO_UPDATE: ("months",),
}

TOLD_ONCE = (ChangeKind.NEW_REPORT, ChangeKind.NEW_RECOMMENDATION)
_OF_THE_THING = frozenset((*TOLD_ONCE, *_LAPSED))
Telling = tuple[int, str, Target]  # a change, told for the sake of a topic, to a recipient
_TOLD = (
    sqlalchemy.select(
        col(Change.record_id),
        col(Change.kind),
        col(Change.after),
        col(OutboxEntry.topic),
        col(OutboxEntry.channel),
        col(OutboxEntry.recipient),
        col(Change.id),
    )
    .join(OutboxEntry, col(OutboxEntry.change_id) == col(Change.id))
    .join(OutboxItem, col(OutboxItem.id) == col(OutboxEntry.outbox_id))
    .where(
        col(OutboxItem.state).not_in(GIVEN_UP), col(Change.record_id).in_(bindparam("ids", expanding=True))
    )
    .order_by(col(Change.id).desc())
)


@dataclass(frozen=True, slots=True)
class Once:
    """One thing's change in a digest, for the topics of all sites; `also` names the other sites.

    `before` is the change, of another site, that an earlier digest told.
    """

    change: Brief
    matches: Sequence[TopicMatch]
    also: tuple[str, ...] = ()
    before: ChangeView | None = None


def said_once(
    session: Session,
    matched: Sequence[tuple[Brief, Sequence[TopicMatch]]],
    after: int,
    matches_of: Callable[[ChangeView], Sequence[TopicMatch]],
) -> list[Once]:
    """Return the changes of one digest, those that say one thing as one; `after` is the last one's newest."""
    new = {change.record_id for change, _ in matched if change.kind in TOLD_ONCE}
    others = elsewhere(session, sorted(new)) if new else {}
    names = _site_names(session) if others else {}
    earlier = _earlier(session, {one.record.id for found in others.values() for one in found}, after)
    said: dict[object, Once] = {}
    for change, matches in matched:
        found = others.get(change.record_id, ()) if change.kind in TOLD_ONCE else ()
        if not found:
            said[change.id] = Once(change, matches)
            continue
        thing = (min(change.record_id, *(one.record.id for one in found)), change.kind)
        if (first := said.get(thing)) is not None:
            said[thing] = Once(first.change, _joined(first.matches, matches), first.also, first.before)
            continue
        told = [view for one in found for view in earlier.get(one.record.id, ()) if view.kind is change.kind]
        # For a topic that the earlier one did not speak to, this is new.
        before = next((view for view in told if not matches or matches_of(view)), None)
        said[thing] = Once(change, matches, _also(change, found, names), before)
    return list(said.values())


def _joined(first: Sequence[TopicMatch], second: Sequence[TopicMatch]) -> list[TopicMatch]:
    topics = {match.topic for match in first}
    return [*first, *(match for match in second if match.topic not in topics)]


def _earlier(session: Session, record_ids: Iterable[int], up_to: int) -> dict[int, list[ChangeView]]:
    earlier: dict[int, list[ChangeView]] = {}
    for some in in_parts(record_ids):
        statement = select(Change.id).where(
            col(Change.record_id).in_(some),
            col(Change.kind).in_([kind.value for kind in TOLD_ONCE]),
            col(Change.id) <= up_to,
        )
        for view in change_views(session, list(session.exec(statement))):
            earlier.setdefault(view.record_id, []).append(view)
    return earlier


def _site_names(session: Session) -> dict[str, str]:
    rows = session.exec(select(Source.key, Source.reading))
    return {key: site_name(key, reading.rpartition(" ")[2]) for key, reading in rows}


def site_name(key: str, address: str) -> str:
    """Call a source by its site as readers know it; by its key where it is not a public site."""
    try:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return key
    return host if "." in host and not _is_number(host) else key


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _also(change: Brief, found: Sequence[Elsewhere], names: dict[str, str]) -> tuple[str, ...]:
    """Name the other sites that list the thing now; two lists of one site by their own names."""
    used = {names.get(change.source, change.source)}
    also = []
    for one in found:
        if not one.record.listed:
            continue
        name = names.get(one.source, one.source)
        also.append(one.source if name in used else name)
        used.add(name)
    return tuple(also)


def was_told_before(
    session: Session, tellings: Sequence[tuple[ChangeView, TopicMatch, Target]]
) -> dict[Telling, int]:
    """Return the tellings already made from another source, with the change that was reported then.

    A message that was given up does not count.
    """
    new = {view.record_id: view for view, _, _ in tellings if view.kind in _OF_THE_THING}
    others = others_of(session, list(new)) if new else {}
    told = {
        (record_id, _fact(ChangeKind(kind), after), *told_to): change_id
        for some in in_parts({other for found in others.values() for other in found})
        for record_id, kind, after, *told_to, change_id in session.connection().execute(_TOLD, {"ids": some})
    }
    before: dict[Telling, int] = {}
    for view, match, target in tellings:
        fact = _fact(view.kind, view.after)
        for other in others.get(view.record_id, ()) if view.kind in _OF_THE_THING else ():
            earlier = told.get((other, fact, match.topic, target.channel, target.recipient))
            if earlier is not None:
                before.setdefault((view.id, match.topic, target), earlier)
    return before


def _fact(kind: ChangeKind, after: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what is reported of a thing: another date that passes is another fact, as are more months."""
    return (kind, *(after.get(name) for name in _LAPSED.get(kind, ())))
