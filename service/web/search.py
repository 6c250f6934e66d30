"""The search over records and all their past texts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from service.readmodel.search import SearchPage
from service.readmodel.search import search as found_by
from service.web.queries import ChangeId, Paging
from service.web.room import InRoom, Room, json_answer, page

routes = APIRouter()


class SearchQuery(Paging):
    """What is searched for, and which part of what is found."""

    q: Annotated[str, Field(max_length=200)] = ""
    limit: int = Field(25, ge=1, le=100)
    before: ChangeId | None = None


Search = Annotated[SearchQuery, Query()]


@routes.get("/search", include_in_schema=False)
def search(request: Request, room: InRoom, asked: Search) -> Response:
    """Show the records that have, or had, all words that were typed."""
    return page(request, room, "search.html", found=_found(room, asked), asked=asked.shown(), typed=asked.q)


@routes.get("/search.json")
def search_json(request: Request, room: InRoom, asked: Search) -> Response:
    """Return the records of the page of the same name; `next` is the value of `before` to go on with."""
    found = _found(room, asked)
    data: dict[str, Any] = {"records": found.results, "next": found.next}
    return json_answer(request, data)


def _found(room: Room, asked: SearchQuery) -> SearchPage:
    with room.database.read() as session:
        return found_by(session, asked.q, before=asked.before, limit=asked.limit)
