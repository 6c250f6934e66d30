"""Serves the reading room in a thread, beside the service or alone."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio.to_thread
import uvicorn

from monitor.domain.errors import OversightError
from monitor.domain.log import Line
from service.database.database import Database
from service.watchfile.settings import WatchFile
from service.web.app import make_app
from service.web.room import Room
from service.web.slow_clients import TimedProtocol

log = logging.getLogger("oversight_watch")

_AT_ONCE = 8  # answers made at the same time; others wait, so that readers never take all of the machine
_STOP_SECONDS = 2
_IDLE_SECONDS = 30
_MOST_CONNECTIONS = 200


class _Server(uvicorn.Server):
    """A server that bounds its threads and the patience with its clients, and that a thread may run."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _AT_ONCE
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Cut slow clients, too."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, TimedProtocol):
                connection.cut_if_slow()
        return await super().on_tick(counter)


@contextmanager
def served(settings: WatchFile, reload: Callable[[], WatchFile], database: Database) -> Iterator[str]:
    """Serve the reading room while the block lasts; give its address. The database is closed at the end.

    Raises OversightError where it may not listen as asked, or where the port is taken.
    """
    room = Room(settings, reload, database)
    try:
        app = make_app(room)
        listening = _listening(settings.reading_room.host, settings.reading_room.port)
        config = uvicorn.Config(
            app,
            http=TimedProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
            limit_concurrency=_MOST_CONNECTIONS,
        )
        server = _Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name="reading room", daemon=True)
        thread.start()
        address = f"http://{settings.reading_room.listen}/"
        log.info(Line("reading_room", address=address))
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join(_STOP_SECONDS + 1)
    finally:
        room.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: asyncio sends at once only what such a socket accepts, others wait 40 ms for the client.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()  # so that whoever comes before the server runs waits for it
    except OSError as error:
        listening.close()
        raise OversightError(
            f"the reading room cannot listen on {host}:{port} ({error.strerror or error}); set another port"
            " as in reading_room: {listen: 127.0.0.1:8518}, or off"
        ) from error
    return listening
