"""A loopback server whose answers are bytes on the wire, for what a web server class cannot do."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[socket.socket, str], None]  # writes an answer; the connection is kept where it returns


class WireSite:
    """Accepts connections on 127.0.0.1 and gives each request line to `answer`, until `stop`."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[str] = []
        self.connections = 0
        self.robots = False  # whether `answer` has one
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.stopping = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def stop(self) -> None:
        """Stop accepting connections."""
        self.stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while head := _head(connection):
                path = head.split(" ")[1]
                self.asked.append(path)
                if path == "/robots.txt" and not self.robots:
                    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                else:
                    self._answer(connection, path)


def _head(connection: socket.socket) -> str:
    found = b""
    while b"\r\n\r\n" not in found:
        more = connection.recv(4096)
        if not more:
            return ""
        found += more
    return found.decode("latin-1")


@contextmanager
def serving(answer: Answer) -> Iterator[WireSite]:
    """Run a site for the time of a block."""
    site = WireSite(answer)
    try:
        yield site
    finally:
        site.stop()


def ok(body: bytes, *headers: str, kind: str = "text/html") -> bytes:
    """Return an answer with a length."""
    return _answer(body, f"Content-Length: {len(body)}", *headers, kind=kind)


def _answer(body: bytes, *headers: str, kind: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def until_closed(body: bytes, *headers: str, kind: str = "text/html") -> bytes:
    """Return an answer that ends where the connection does."""
    return _answer(body, "Connection: close", *headers, kind=kind)
