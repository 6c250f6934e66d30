"""The same data as JSON, for programs. Times are UTC, texts the publisher's own."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from alerts.language.headlines import headline
from service.readmodel.changes import changes_page
from service.readmodel.health import liveness, readiness_of
from service.readmodel.json_text import as_json
from service.readmodel.lives import lives_as_data
from service.readmodel.lookups import unknown_key
from service.readmodel.records import change_as_data
from service.readmodel.status import status_as_data
from service.web.documented import ChangeList, Life, WatchStatus
from service.web.queries import Changes, DayText, past_day
from service.web.room import InRoom, json_answer

routes = APIRouter()


@routes.get("/changes.json", response_model=ChangeList)
def changes(request: Request, room: InRoom, asked: Changes) -> Response:
    """Return the changes of the page of the same name; `next` is the value of `before` to go on with."""
    with room.database.read() as session:
        found = changes_page(session, asked.wanted(room), before=asked.before, limit=asked.limit)
    rows = [
        {
            **change_as_data(one),
            "headline": headline(one).text,
            "topics": list(found.decided[one.id].topics) if one.id in found.decided else [],
        }
        for one in found.changes
    ]
    return json_answer(request, {"changes": rows, "next": found.next})


@routes.get("/api/records/{source}/{key:path}", response_model=Life)
def record(request: Request, room: InRoom, source: str, key: str, as_of: DayText | None = None) -> Response:
    """Return one record's life, as `show --json` does; with `as_of`, up to the end of that day."""
    day = past_day(room, as_of) if as_of else None
    with room.database.read() as session:
        lives = lives_as_data(session, key, day, room.settings.time_zone, datetime.now(UTC))
        found = [one for one in lives if one["source"] == source]
        if not found:
            raise unknown_key(session, key)
    return json_answer(request, found[0])


@routes.get("/sources.json", response_model=WatchStatus)
def sources(request: Request, room: InRoom) -> Response:
    """Return the state of every source, host, digest and channel, as `status --json` does."""
    with room.database.read() as session:
        return json_answer(request, status_as_data(session, room.settings))


@routes.get("/healthz")
def healthz() -> dict[str, Any]:
    """Return that this process answers; the database is not asked."""
    return liveness()


@routes.get("/readyz")
def readyz(request: Request, room: InRoom) -> Response:
    """Return whether the service is ready, with 503 where it is not; only readers see why."""
    found = readiness_of(room.database, room.settings, datetime.now(UTC))
    shown = found if request.scope["state"]["role"] else {"ready": found["ready"]}
    return Response(as_json(shown, "utf-8"), 200 if found["ready"] else 503, media_type="application/json")


@routes.get("/metrics", include_in_schema=False)
def metrics(room: InRoom) -> Response:
    """Return all metrics as Prometheus reads them."""
    from service.readmodel.metrics import CONTENT_TYPE  # noqa: PLC0415 - only where somebody asks for metrics

    return Response(
        room.metrics.text(room.database, room.settings, datetime.now(UTC)), media_type=CONTENT_TYPE
    )
