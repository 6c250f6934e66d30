"""The pages that links in mails open. Only a button changes something: mail scanners follow links."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from alerts.domain.types import TriageKind
from alerts.outbox.opt_outs import opt_in, opt_out, opt_out_of
from monitor.domain.errors import OversightError, StoreError
from monitor.domain.log import Line
from service.readmodel.lookups import required_record
from service.runtime.mail_links import MailLinks, Purpose
from service.runtime.triage import LONGEST_NAME, record_triage
from service.watchfile.in_use import former_names
from service.web.access import Tries
from service.web.errors import sentence_of
from service.web.room import InRoom, Room, log, page

routes = APIRouter(include_in_schema=False)
_wrong, _used = Tries(), Tries()


@routes.get("/unsubscribe/{token}")
def unsubscribe_page(request: Request, room: InRoom, token: str) -> Response:
    """Show what will stop, with a button."""
    return _unsubscribe_page(request, room, *_opened(request, room, Purpose.UNSUBSCRIBE, token))


# No redirect after it: a mail provider that posts follows none.
@routes.post("/unsubscribe/{token}")
def unsubscribe(request: Request, room: InRoom, token: str) -> Response:
    """Send this reader of this channel nothing more."""
    channel, recipient = _opened(request, room, Purpose.UNSUBSCRIBE, token)
    with room.database.write() as session:
        changed = opt_out(session, channel, recipient, datetime.now(UTC))
    if changed:
        log.info(Line("unsubscribed", channel=channel, recipient=recipient))
    return _unsubscribe_page(request, room, channel, recipient)


@routes.post("/unsubscribe/{token}/again")
def subscribe_again(request: Request, room: InRoom, token: str) -> Response:
    """Undo it."""
    channel, recipient = _opened(request, room, Purpose.UNSUBSCRIBE, token)
    with room.database.write() as session:
        changed = opt_in(session, recipient, channel)
    if changed:
        log.info(Line("subscribed_again", channel=channel, recipient=recipient))
    return _unsubscribe_page(request, room, channel, recipient, again=True)


@routes.get("/snooze/{token}")
def snooze_page(request: Request, room: InRoom, token: str) -> Response:
    """Show what will be snoozed, with two buttons."""
    return _snooze_page(request, room, _opened(request, room, Purpose.SNOOZE, token))


@routes.post("/snooze/{token}")
def snooze(
    request: Request, room: InRoom, token: str, until: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    """Snooze a recommendation in its reader's name, until a day or its next change."""
    about = _opened(request, room, Purpose.SNOOZE, token)
    _, recipient, source, key = about
    kind = TriageKind.SNOOZED_UNTIL if until else TriageKind.SNOOZED_UNTIL_CHANGE
    try:
        day = date.fromisoformat(until) if until else None
        with room.database.write() as session:
            record = required_record(session, key, source)
            record_triage(
                session,
                record.id,
                kind,
                by=recipient[:LONGEST_NAME],
                until=day,
                zone=room.zone,
                now=datetime.now(UTC),
            )
    except StoreError:
        raise
    except (OversightError, ValueError) as error:
        raise HTTPException(422, sentence_of(error)) from error
    log.info(Line("snoozed_by_link", source=source, record=key, recipient=recipient))
    return _snooze_page(request, room, about, done=until or "its next change")


def _opened(request: Request, room: Room, purpose: Purpose, token: str) -> Sequence[str]:
    """Return what a link is about; no client tries wrong ones for long, nor one reader changes for long."""
    client = request.scope["state"]["client"]
    links = MailLinks.of(room.settings.reading_room)
    try:
        if links is None:
            raise OversightError("this reading room no longer makes links in mails; ask whoever runs it")
        channel, *about = links.opened(purpose, token)
    except OversightError as error:
        _bound(_wrong, client)
        raise HTTPException(403, sentence_of(error)) from error
    if request.method == "POST":
        _bound(_used, " ".join((purpose, channel, *about)))
    return former_names(room.settings).get("channels", {}).get(channel, channel), *about


def _bound(tries: Tries, who: str) -> None:
    if wait := tries.seconds_to_wait(who):
        raise HTTPException(429, f"Too many tries. Try again in {wait} seconds.", {"Retry-After": str(wait)})
    tries.add(who)


def _unsubscribe_page(
    request: Request, room: Room, channel: str, recipient: str, *, again: bool = False
) -> Response:
    with room.database.read() as session:
        found = opt_out_of(session, channel, recipient)
        since = found.since if found else None
    links = {"here": request.url.path.removesuffix("/again"), "again": again}
    return page(request, room, "unsubscribe.html", channel=channel, recipient=recipient, since=since, **links)


def _snooze_page(request: Request, room: Room, about: Sequence[str], done: str = "") -> Response:
    _, recipient, source, key = about
    with room.database.read() as session:
        fields = required_record(session, key, source).fields
        title = fields.get("recommendation") or fields.get("title")
    return page(request, room, "snooze.html", recipient=recipient, key=key, title=title, done=done)
