"""Changes as events, in the order in which they were recorded: for programs that keep up with them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.readmodel.events import events_after
from service.web.documented import EventList
from service.web.room import InRoom, json_answer

routes = APIRouter(tags=["events"])


class EventQuery(BaseModel):
    """Which events: those after one that the program has."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, lt=2**63, description="The id of the last event that you have.")
    limit: int = Field(100, ge=1, le=1_000, description="The most events of one answer.")


@routes.get("/api/changes", response_model=EventList)
def events(request: Request, room: InRoom, asked: Annotated[EventQuery, Query()]) -> Response:
    """Return the first events after an id, as `oversight-watch events` prints them.

    A program that always asks with the `next` of the answer before misses nothing and gets nothing twice.
    """
    with room.database.read() as session:
        found = events_after(session, room.settings, asked.after, asked.limit)
    data = {"events": found, "next": found[-1]["id"] if found else asked.after}
    return json_answer(request, data)
