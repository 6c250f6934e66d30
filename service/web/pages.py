"""The pages for people. Each gets its data from service.readmodel, as the JSON of the same name does."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from monitor.domain.status import Status
from monitor.domain.types import ChangeKind
from service.readmodel.changes import ChangePage, changes_page
from service.readmodel.lives import lives_as_data
from service.readmodel.lookups import unknown_key
from service.readmodel.shown import shown_on
from service.readmodel.status import sources_as_data
from service.web.history import changed_fields, moments_shown
from service.web.queries import Changes, DayText, past_day
from service.web.rendering import query
from service.web.room import InRoom, Room, has_empty_fields, page

routes = APIRouter(include_in_schema=False)
FORMATS = (
    ("atom", "Atom feed"),
    ("feed.json", "JSON Feed"),
    ("csv", "CSV"),
    ("xlsx", "XLSX"),
    ("jsonl", "JSON Lines"),
    ("json", "JSON"),
)


@routes.get("/")
@routes.get("/changes")
def changes(request: Request, room: InRoom, asked: Changes) -> Response:
    """Show the newest changes, by day."""
    if has_empty_fields(request):
        return RedirectResponse(f"/changes{query(asked.shown())}", 303)
    with room.database.read() as session:
        found = changes_page(session, asked.wanted(room), before=asked.before, limit=asked.limit)
    settings = room.settings
    return page(
        request,
        room,
        "changes.html",
        days=_by_day(found, room),
        found=found,
        asked=asked.shown(),
        kinds=list(ChangeKind),
        statuses=list(Status),
        sources=list(settings.sources),
        topics=list(settings.topics),
        formats=FORMATS,
    )


def _by_day(found: ChangePage, room: Room) -> list[tuple[datetime, list[dict[str, Any]]]]:
    """Return the changes as readers see them, each local day's together, newest first."""
    days: list[tuple[datetime, list[dict[str, Any]]]] = []
    for change in found.changes:
        row = {
            "id": change.id,
            "source": change.source,
            "key": change.record_key,
            "seen": change.seen_at,
            "topics": found.topics_of(change),
            "shown": shown_on(found, change, room.zone),
        }
        day = change.seen_at.astimezone(room.zone)
        if not days or days[-1][0].date() != day.date():
            days.append((day, []))
        days[-1][1].append(row)
    return days


@routes.get("/records/{source}/{key:path}")
def record(
    request: Request,
    room: InRoom,
    source: str,
    key: str,
    old: int | None = None,
    new: int | None = None,
    as_of: DayText | None = None,
) -> Response:
    """Show one record's life: how it is, or was on a day, and everything that happened to it by then."""
    settings, now = room.settings, datetime.now(UTC)
    day = past_day(room, as_of) if as_of else None
    with room.database.read() as session:
        lives = lives_as_data(session, key, day, settings.time_zone, now)
        if not lives:
            raise unknown_key(session, key)
    life = next((one for one in lives if one["source"] == source), None)
    if life is None:
        raise HTTPException(404, f"The source {source} has no record {key}.")
    if life["key"] != key:  # another spelling, or its former number
        return RedirectResponse(str(request.url_for("record", source=source, key=life["key"]).path), 301)
    if life["fields"] is None:
        raise HTTPException(404, f"{life['key']} was not known by {day}; it was first seen later.")
    return page(
        request,
        room,
        "record.html",
        life=life,
        as_of=day.isoformat() if day else None,
        others=[one for one in lives if one["source"] != source],
        moments=moments_shown(life),
        compared=_compared(life["versions"], old, new),
    )


def _compared(versions: Sequence[Any], old: int | None, new: int | None) -> dict[str, Any] | None:
    """Return what two versions differ in, if the address names any."""
    if old is None and new is None:
        return None
    last = len(versions)
    new = last if new is None else new
    old = new - 1 if old is None else old
    if not (1 <= old <= last and 1 <= new <= last):
        raise HTTPException(404, f"This record has {last} versions; there is no other to compare.")
    before, after = versions[old - 1], versions[new - 1]
    return {"old": old, "new": new, "fields": changed_fields(before["fields"], after["fields"])}


@routes.get("/sources")
def sources(request: Request, room: InRoom) -> Response:
    """Show how each source is doing."""
    with room.database.read() as session:
        data = sources_as_data(session, room.settings)
    return page(request, room, "sources.html", data=data)
