"""Promised dates as a calendar to subscribe to."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from alerts.rendering.events import record_path
from service.readmodel.calendar import target_dates
from service.web.queries import Asked, Text
from service.web.room import InRoom, answer, base_of

routes = APIRouter(tags=["calendar"])
_KIND = "text/calendar"


class DateFilters(Asked):
    """Which open recommendations: all that are given must hold."""

    source: Text | None = None
    agency: Text | None = None


@routes.get(
    "/target-dates.ics",
    response_class=Response,
    responses={200: {"description": "The calendar.", "content": {_KIND: {"schema": {"type": "string"}}}}},
)
def calendar(request: Request, room: InRoom, asked: Annotated[DateFilters, Query()]) -> Response:
    """Return the dates that open recommendations are promised for, as all-day events."""
    base = base_of(request, room)
    with room.database.read() as session:
        written = target_dates(
            session, asked.source, asked.agency, lambda source, key: f"{base}{record_path(source, key)}"
        )
    return answer(request, written, f"{_KIND}; charset=utf-8")
