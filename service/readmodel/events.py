"""Changes as events, in the order in which they were recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from alerts.rendering.events import Origin, event
from alerts.routing.decisions import Decision, decisions
from alerts.topics.candidate import candidate_of
from alerts.topics.index import TopicIndex
from monitor.store.changes import ChangeView, changes_after
from service.readmodel.corrections import said_by_change
from service.watchfile.in_use import former_names
from service.watchfile.settings import WatchFile


def events_after(session: Session, settings: WatchFile, after: int, limit: int) -> list[dict[str, Any]]:
    """Return the first `limit` changes with an id above `after` as events, in the order of their ids."""
    return events_of(session, settings, changes_after(session, after, limit))


def events_of(session: Session, settings: WatchFile, views: Sequence[ChangeView]) -> list[dict[str, Any]]:
    """Return changes as events, in their order."""
    decided = decisions(session, [view.id for view in views])
    index = TopicIndex(settings.topics)
    renamed = former_names(settings).get("topics", {})
    origin = Origin(settings.web_addresses, settings.reading_room.url)
    corrected = said_by_change(session, [view.id for view in views])
    return [
        event(view, _topics(view, decided.get(view.id), index, renamed), origin, corrected.get(view.id, ()))
        for view in views
    ]


def _topics(
    view: ChangeView, decided: Decision | None, index: TopicIndex, renamed: Mapping[str, str]
) -> dict[str, Sequence[str]]:
    """Return the topics that matched a change, each with the words that matched.

    Words are stored with messages. Of a topic without one (of digests only) they are found again.
    """
    if decided is None or not decided.topics:
        return {}
    stored = {renamed.get(one.topic, one.topic): one.words for one in decided.tellings}
    names = [renamed.get(name, name) for name in decided.topics]
    if stored.keys() >= {*names}:
        return {name: stored[name] for name in names}
    found = {match.topic: match.words for match in index.matches(candidate_of(view))}
    return {name: stored.get(name, found.get(name, ())) for name in names}
