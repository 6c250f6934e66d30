"""What every page needs: the watch file as it is now, the database, and how to answer."""

import hashlib
import logging
import threading
from collections.abc import Callable
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.responses import Response

from monitor.domain.errors import OversightError
from monitor.domain.log import Line
from service.database.database import Database
from service.readmodel.json_text import as_json
from service.readmodel.lookups import require_source
from service.runtime.app import Watch
from service.runtime.steps import stamps
from service.watchfile.settings import WatchFile
from service.web.access import Role
from service.web.rendering import rendered

if TYPE_CHECKING:
    from service.readmodel.metrics import Metrics

log = logging.getLogger("oversight_watch")

_LOOK_SECONDS = 2.0  # between two looks at whether the watch file has changed


class Room:
    """One watch file and its database, shown to readers. Thread-safe."""

    def __init__(self, settings: WatchFile, reload: Callable[[], WatchFile], database: Database) -> None:
        self._database = database
        self._settings = settings
        self._reload = reload
        self._stamps = stamps(settings.files)
        self._looked_at = monotonic()
        self._lock = threading.Lock()
        self._watch: Watch | None = None

    @property
    def database(self) -> Database:
        """Return the database. Raises StoreError where its file was removed or replaced since."""
        self._database.refuse_replaced()
        return self._database

    @property
    def settings(self) -> WatchFile:
        """Return the watch file; one that was broken meanwhile is shown as it last was good."""
        with self._lock:
            if monotonic() - self._looked_at > _LOOK_SECONDS:
                self._looked_at = monotonic()
                self._look()
            return self._settings

    def _look(self) -> None:
        found = stamps(self._settings.files)
        if found == self._stamps:
            return
        self._stamps = found
        try:
            settings = self._reload()
        except OversightError as error:
            log.warning(Line("reading_room_reload_refused", str(error)))
            return
        if settings.database == self._settings.database:
            self._settings, self._stamps = settings, stamps(settings.files)

    @property
    def watch(self) -> Watch:
        """Return the watch file in use, as messages are rendered with it."""
        settings = self.settings
        if self._watch is None or self._watch.settings is not settings:
            if self._watch is not None:
                self._watch.fetcher.close()
            self._watch = Watch.of(settings, self.database)
        return self._watch

    @cached_property
    def metrics(self) -> "Metrics":
        """Return what counts for Prometheus; it remembers what it has counted."""
        from service.readmodel.metrics import Metrics  # noqa: PLC0415 - only where somebody asks for metrics

        return Metrics()

    def close(self) -> None:
        """Close the database and what the pages have opened."""
        if self._watch is not None:
            self._watch.fetcher.close()
        self._database.close()

    @property
    def zone(self) -> ZoneInfo:
        """Return the watch file's time zone."""
        return ZoneInfo(self.settings.time_zone)


def _room(request: Request) -> Room:
    found: Room = request.app.state.room
    return found


InRoom = Annotated[Room, Depends(_room)]


def named_source(request: Request, room: InRoom) -> None:
    """Refuse an address that asks for a source nobody knows: its list would be empty for good."""
    key = request.query_params.get("source")
    if key and key not in room.settings.sources:
        with room.database.read() as session:
            require_source(session, room.settings, key)


def base_of(request: Request, room: Room) -> str:
    """Return the address that readers use, for links that are opened elsewhere."""
    return room.settings.reading_room.url or str(request.base_url).rstrip("/")


def has_empty_fields(request: Request) -> bool:
    """Whether a form has sent fields that were left empty: the page's own address is shorter."""
    return any(value == "" for value in request.query_params.values())


def page(request: Request, room: Room, template: str, **context: Any) -> Response:
    """Return an HTML page."""
    role = request.scope["state"]["role"]
    shared = {
        "path": request.url.path,
        "zone": room.zone,
        "display": room.settings.display,
        "role": role,
        "name": request.scope["state"]["name"],
        "is_admin": role >= Role.ADMIN,
        "open": request.scope["state"]["keys"].is_open,
    }
    return answer(request, rendered(template, **shared, **context), "text/html; charset=utf-8")


def json_answer(request: Request, data: Any) -> Response:
    """Return plain data as JSON."""
    return answer(request, as_json(data, "utf-8"), "application/json")


def answer(request: Request, content: str | bytes, media_type: str, **headers: str) -> Response:
    """Return content with its ETag, or 304 to a reader that has it already."""
    body = content.encode() if isinstance(content, str) else content
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    shared = {"ETag": tag, "Cache-Control": "private, no-cache", **headers}
    asked = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if asked & {tag, "*"}:
        return Response(status_code=304, headers=shared)
    return Response(body, media_type=media_type, headers=shared)
