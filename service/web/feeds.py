"""Changes as feeds, with the filters of the page of changes, and one feed for each record."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from alerts.language.headlines import headline
from alerts.language.text import plain, shortened
from alerts.rendering.events import record_path
from service.readmodel.changes import ChangeFilter, ChangePage, changes_searched
from service.readmodel.identity import Identity, identity_of
from service.readmodel.json_text import as_json
from service.readmodel.lookups import required_change, required_record
from service.readmodel.shown import shown_on
from service.web.queries import ChangeId, Changes
from service.web.rendering import query, rendered
from service.web.room import InRoom, Room, answer, base_of
from service.web.syndication import Entry, Feed, atom, json_feed

routes = APIRouter(tags=["feeds"])
_LONGEST_TITLE = 300
_ATOM, _JSON = "application/atom+xml", "application/feed+json"
_NOT_FILTERS = ("before", "limit")


def _documented(kind: str) -> dict[int | str, dict[str, object]]:
    shape = "object" if kind.endswith("json") else "string"
    return {200: {"description": "The feed, newest first.", "content": {kind: {"schema": {"type": shape}}}}}


@routes.get("/changes.atom", response_class=Response, responses=_documented(_ATOM))
def changes_atom(request: Request, room: InRoom, asked: Changes) -> Response:
    """Return the changes of the page of the same name as an Atom feed."""
    return answer(request, atom(_of_changes(request, room, asked)), f"{_ATOM}; charset=utf-8")


@routes.get("/changes.feed.json", response_class=Response, responses=_documented(_JSON))
def changes_json(request: Request, room: InRoom, asked: Changes) -> Response:
    """Return the changes of the page of the same name as a JSON Feed."""
    return answer(request, as_json(json_feed(_of_changes(request, room, asked)), "utf-8"), _JSON)


@routes.get("/feeds/records/{source}/{key:path}.atom", response_class=Response, responses=_documented(_ATOM))
def record_atom(request: Request, room: InRoom, source: str, key: str) -> Response:
    """Return what happened to one record as an Atom feed."""
    return _of_record(
        request, room, source, key, ".atom", lambda feed: (atom(feed), f"{_ATOM}; charset=utf-8")
    )


@routes.get(
    "/feeds/records/{source}/{key:path}.feed.json", response_class=Response, responses=_documented(_JSON)
)
def record_json(request: Request, room: InRoom, source: str, key: str) -> Response:
    """Return what happened to one record as a JSON Feed."""
    return _of_record(
        request, room, source, key, ".feed.json", lambda feed: (as_json(json_feed(feed), "utf-8"), _JSON)
    )


@routes.get("/changes/{number}", include_in_schema=False)
def change(room: InRoom, number: ChangeId) -> Response:
    """Lead from a change's own address to where its record's page shows it."""
    with room.database.read() as session:
        found = required_change(session, number)
    return RedirectResponse(f"{record_path(found.source, found.record_key)}#change-{number}", 303)


def _of_changes(request: Request, room: Room, asked: Changes) -> Feed:
    filters = {name: value for name, value in asked.shown().items() if name not in _NOT_FILTERS}
    base = base_of(request, room)
    with room.database.read() as session:
        identity = identity_of(session)
        found = changes_searched(session, asked.wanted(room), before=asked.before, limit=asked.limit)
    said = ", ".join(f"{name} {plain(value)}" for name, value in filters.items())
    here = f"{base}{request.url.path}"
    return _feed(
        Feed(
            id=identity.tag(f"changes{query(dict(sorted(filters.items())))}"),
            title=f"Oversight Watch: changes{f' of {said}' if said else ''}",
            url=f"{here}{query(asked.shown())}",
            home=f"{base}/changes{query(filters)}",
            updated=identity.begun,
            entries=(),
            next=f"{here}{query(asked.shown(), before=found.next)}" if found.next else None,
        ),
        found,
        identity,
        room,
        base,
    )


def _of_record(
    request: Request,
    room: Room,
    source: str,
    key: str,
    ending: str,
    written: Callable[[Feed], tuple[str | bytes, str]],
) -> Response:
    base = base_of(request, room)
    with room.database.read() as session:
        record = required_record(session, key, source)
        path = record_path(source, record.key)
        if record.key != key:  # another spelling, or its former number
            return RedirectResponse(f"/feeds{path}{ending}", 301)
        identity = identity_of(session)
        found = changes_searched(session, ChangeFilter(record_id=record.id), limit=500)
    feed = Feed(
        id=identity.tag(f"record/{record.id}"),
        title=f"Oversight Watch: {plain(record.key)}",
        url=f"{base}/feeds{path}{ending}",
        home=f"{base}{path}",
        updated=record.first_seen_at,
        entries=(),
    )
    return answer(request, *written(_feed(feed, found, identity, room, base)))


def _feed(feed: Feed, found: ChangePage, identity: Identity, room: Room, base: str) -> Feed:
    """Return a feed with its entries; it was updated when the newest of them was."""
    entries = tuple(_entries(found, identity, room, base))
    updated = max((one.updated for one in entries), default=feed.updated)
    return replace(feed, entries=entries, updated=updated)


def _entries(found: ChangePage, identity: Identity, room: Room, base: str) -> Iterator[Entry]:
    for change in found.changes:
        shown, url = shown_on(found, change, room.zone), f"{base}/changes/{change.id}"
        yield Entry(
            id=identity.tag(f"change/{change.id}"),
            title=shortened(headline(change).text, _LONGEST_TITLE),
            url=url,
            publisher_url=shown.url,
            author=shown.publisher,
            updated=change.seen_at,
            html=rendered("feed_entry.html", shown=shown, url=url),
            categories=(
                (change.kind.value, shown.kind_words),
                *((name, plain(name)) for name in found.topics_of(change)),
            ),
        )
