"""The topics of the watch file: what each matches, and what it would have made of the last weeks."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from monitor.domain.us_dates import day_words
from service.readmodel.lookups import require_topic
from service.readmodel.topics import replay_as_data, topics_as_data
from service.web import charts
from service.web.room import InRoom, Room, json_answer, page

routes = APIRouter()

_DAYS, _REPLAYED = 365, 1_000  # days and changes, by one page


@routes.get("/topics", include_in_schema=False)
def topics(request: Request, room: InRoom) -> Response:
    """Show what people are notified of."""
    return page(request, room, "topics.html", topics=_topics(room))


@routes.get("/topics.json")
def topics_json(request: Request, room: InRoom) -> Response:
    """Return each topic, what it matches in words, where it goes and how many changes it matched of late."""
    return json_answer(request, {"topics": _topics(room)})


@routes.get("/topics/{name}.json")
def topic_json(request: Request, room: InRoom, name: str) -> Response:
    """Return one topic with what it would have matched of late, as `topics test --json` does."""
    return json_answer(request, _topic(room, name))


@routes.get("/topics/{name}", include_in_schema=False)
def topic(request: Request, room: InRoom, name: str) -> Response:
    """Show one topic: what it matches, what it nearly matched, and how many messages that makes."""
    data = _topic(room, name)
    weeks = [
        (day_words(begins, year=False), week["matched"])
        for week in data["replay"]["weeks"]
        if (begins := datetime.fromisoformat(week["begins"]))
    ]
    return page(
        request,
        room,
        "topic.html",
        topic=data,
        replay=data["replay"],
        looked_at=_REPLAYED if data["replay"]["changes"] >= _REPLAYED else None,
        chart=charts.lying(weeks),
        weeks=weeks,
        width=charts.WIDTH,
    )


def _topics(room: Room) -> list[dict[str, Any]]:
    with room.database.read() as session:
        return topics_as_data(session, room.settings, datetime.now(UTC))


def _topic(room: Room, name: str) -> dict[str, Any]:
    settings, now = room.settings, datetime.now(UTC)
    require_topic(settings, name)
    with room.database.read() as session:
        found = next(one for one in topics_as_data(session, settings, now) if one["topic"] == name)
        replayed = replay_as_data(session, settings, name, _DAYS, now, _REPLAYED)
    return {**found, "replay": replayed}
