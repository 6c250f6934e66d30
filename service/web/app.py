"""The web application: every route, and what is said with every answer."""

from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.domain.errors import OversightError
from monitor.domain.log import Line
from monitor.domain.program import program_version
from service.web import (
    actions,
    api,
    calendar,
    events,
    evidence,
    exports,
    feeds,
    mail_links,
    messages,
    pages,
    records,
    search,
    sign_in,
    topics,
)
from service.web.access import Access, Keys
from service.web.documented import ErrorAnswer
from service.web.errors import add_error_handlers
from service.web.room import Room, log, named_source

ROUTES = (
    sign_in.routes,
    pages.routes,
    records.routes,
    search.routes,
    topics.routes,
    evidence.routes,
    messages.routes,
    mail_links.routes,
    actions.routes,
    api.routes,
    events.routes,
    feeds.routes,
    exports.routes,
    calendar.routes,
)
_HEADERS = {
    # Only our own files, and no script or style inside a page: text of a watched site can become neither.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class _WithHeaders:
    """Adds the headers that keep a browser from doing more with an answer than to show it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":  # the server itself leaves the body out
            scope = {**scope, "method": "GET"}

        async def _send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, _send)


class _KeysInUse:
    """The keys that the watch file gives now; those before stay where the new ones cannot be used."""

    def __init__(self, room: Room, keys: Keys) -> None:
        self._room = room
        self._keys = keys
        self._seen = self._started = keys.settings

    def __call__(self) -> Keys:
        settings = self._room.settings.reading_room
        if settings is not self._seen:
            self._seen = settings
            try:
                # It goes on listening where it does, whatever the file says by now.
                listening = settings.model_copy(update={"listen": self._started.listen})
                listening.refuse_open_door()
                self._keys = Keys.of(listening)
            except OversightError as error:
                log.error(Line("reading_room_keys_refused", reason=error))
            if settings.listen != self._started.listen:
                log.warning(
                    Line("reading_room_stays", listen=self._started.listen, reason="restart it to move it")
                )
        return self._keys


def make_app(room: Room) -> ASGIApp:
    """Return the application for one watch file. Raises OversightError where it would let anybody in."""
    settings = room.settings.reading_room
    settings.refuse_open_door()
    keys_in_use = _KeysInUse(room, Keys.of(settings))
    app = FastAPI(
        title="Oversight Watch",
        version=program_version(),
        docs_url=None,  # its pages load scripts from another site
        redoc_url=None,
        redirect_slashes=False,  # it would name the scheme and host of the request
        openapi_url="/api/openapi.json",
        responses={"4XX": {"model": ErrorAnswer, "description": "What is wrong, in a sentence."}},
    )
    app.state.room = room
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    for routes in ROUTES:
        app.include_router(routes, dependencies=[Depends(named_source)])
    add_error_handlers(app)
    # Around the whole application, so that its answer to a bug has them too.
    return _WithHeaders(Access(app, keys_in_use))
