"""A threaded HTTP server on 127.0.0.1 that leaves nothing open behind it; for replica and receivers only."""

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self


class LoopbackServer(ThreadingHTTPServer):
    """Serve on a free port until `stop`, which ends kept-alive connections and waits for their threads."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), handler)
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Answer this machine only, also where `host` is every address."""
        del request
        return str(client_address[0]).startswith("127.")

    def server_bind(self) -> None:
        """Bind without asking a name server what 127.0.0.1 is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    @property
    def base_url(self) -> str:
        """Return the scheme, host and port it listens on, without a closing slash."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, cut what is still open and wait until every thread has ended."""
        self.stopping.set()
        self.shutdown()
        with self._connections_lock:
            for connection in self._connections:
                _cut(connection)
        self.server_close()
        self._thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that `stop` can end it."""
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has ended by itself."""
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over a client that hung up; show anything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class LoopbackHandler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive, without delay and without a line on standard error per request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write nothing: the owner keeps its own log."""

    def read_body(self) -> bytes:
        """Return the request's body, empty where it announces none."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send_head(self, status: int, headers: dict[str, str], length: int | None) -> None:
        """Send the status line and headers; without a length the end of the connection ends the body."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Connection", "close")
        elif status != 304:
            self.send_header("Content-Length", str(length))
        self.end_headers()


class Served:
    """Something that answers inside a `with` block."""

    def __init__(self, handler: type[LoopbackHandler]) -> None:
        self._server = LoopbackServer(handler)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def url(self, path: str = "/") -> str:
        """Return the full address of a path."""
        return f"{self._server.base_url}/{path.removeprefix('/')}"


def _cut(connection: socket.socket) -> None:
    """Wake whoever reads from a connection by ending it; one that is already gone is no matter."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
