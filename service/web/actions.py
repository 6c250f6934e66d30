"""What people do from pages: each is the same as a command, and logged with who did it."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from alerts.domain.errors import AlertError
from alerts.domain.types import TriageKind
from alerts.outbox.queue import drop, retry
from alerts.rendering.events import record_path
from monitor.domain.errors import OversightError, StoreError
from monitor.domain.log import Line
from service.readmodel.lookups import required_record
from service.runtime.app import Watch, utc_now
from service.runtime.checks import check_source
from service.runtime.triage import record_triage
from service.web.errors import sentence_of
from service.web.queries import Id
from service.web.room import InRoom, Room, log

routes = APIRouter(include_in_schema=False)

Name = Annotated[str, Form(max_length=80)]


@routes.post("/messages/{number}/{action}")
def change_message(room: InRoom, number: Id, action: Literal["retry", "drop"]) -> Response:
    """Send a message again, or cancel it; the running service sends it."""
    try:
        with room.database.write() as session:
            retry(session, number, utc_now()) if action == "retry" else drop(session, number)
    except AlertError as error:
        raise HTTPException(409, sentence_of(error)) from error
    log.info(Line(f"reading_room_{action}", message=number))
    return RedirectResponse(f"/messages/{number}", 303)


@routes.post("/triage/{source}/{key:path}")
def triage(
    request: Request,
    room: InRoom,
    source: str,
    key: str,
    kind: Annotated[TriageKind, Form()],
    by: Name = "",
    text: Annotated[str, Form(max_length=2_000)] = "",
    until: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Assign, note or snooze a record."""
    who = request.scope["state"]["name"] or by
    try:
        day = date.fromisoformat(until) if until else None
        with room.database.write() as session:
            record = required_record(session, key, source)
            record_triage(
                session, record.id, kind, by=who, text=text, until=day, zone=room.zone, now=datetime.now(UTC)
            )
    except StoreError:
        raise
    except (OversightError, ValueError) as error:
        raise HTTPException(422, sentence_of(error)) from error
    return RedirectResponse(f"{record_path(source, key)}#triage", 303)


def accept_page(room: Room, key: str) -> None:
    """Check a source and accept its page as it is."""
    watch = Watch.of(room.settings, room.database)
    try:
        settled = check_source(watch, key, accept=True)
        log.info(Line("reading_room_accept", source=key, outcome=settled.outcome.value))
    except OversightError as error:
        log.error(Line("reading_room_accept_failed", source=key, reason=error))
    finally:
        watch.fetcher.close()
