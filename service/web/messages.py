"""The outbox and the archive of digests."""

import hashlib
import re
from base64 import b64encode
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from alerts.domain.errors import AlertError
from alerts.domain.types import OutboxState
from alerts.rendering.digest_files import whole_digest
from monitor.domain.errors import OversightError
from service.readmodel.digests import digest_content, digests_as_data
from service.readmodel.outbox import message_as_data, outbox_as_data
from service.web.queries import Id, Paging
from service.web.room import InRoom, answer, page

routes = APIRouter(include_in_schema=False)

_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_TYPES = {"html": "text/html", "text": "text/plain", "markdown": "text/markdown", "json": "application/json"}


class MessageQuery(Paging):
    """Which messages."""

    state: OutboxState | None = None
    before: Id | None = None


@routes.get("/messages")
def messages(request: Request, room: InRoom, asked: Annotated[MessageQuery, Query()]) -> Response:
    """List messages, newest first."""
    with room.database.read() as session:
        found = outbox_as_data(session, asked.state, asked.limit + 1, asked.before)
    rows = found[: asked.limit]
    return page(
        request,
        room,
        "messages.html",
        rows=rows,
        asked=asked.shown(),
        states=list(OutboxState),
        next=rows[-1]["id"] if len(found) > asked.limit else None,
    )


@routes.get("/messages/{number}")
def message(request: Request, room: InRoom, number: Id) -> Response:
    """Show one message as its reader gets it, and each attempt to deliver it."""
    try:
        with room.database.read() as session:
            data = message_as_data(session, room.watch, number)
    except AlertError as error:
        raise OversightError(str(error)) from error
    return page(request, room, "message.html", one=data)


@routes.get("/digests")
def digests(request: Request, room: InRoom, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Response:
    """List the stored digests, newest first."""
    with room.database.read() as session:
        rows = digests_as_data(session, None, limit)
    return page(request, room, "digests.html", rows=rows)


@routes.get("/digests/{number}")
def digest(
    request: Request,
    room: InRoom,
    number: Id,
    form: Annotated[Literal["html", "text", "markdown", "json"], Query(alias="format")] = "html",
) -> Response:
    """Show a stored digest whole, as its file is."""
    with room.database.read() as session:
        content = digest_content(session, number)
    text = whole_digest(content, form, room.watch.templates, room.settings.display)
    # The digest is a document of its own with styles of its own: just these are allowed, by their hash.
    hashes = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(text))
    allowed = " ".join(f"'sha256-{b64encode(one).decode()}'" for one in hashes) or "'none'"
    policy = f"default-src 'none'; style-src {allowed}; img-src data:; frame-ancestors 'none'; sandbox"
    return answer(request, text, f"{_TYPES[form]}; charset=utf-8", **{"Content-Security-Policy": policy})
