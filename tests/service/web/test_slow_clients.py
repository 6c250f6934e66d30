"""Clients that send no whole request, or do not read the answer, keep nobody out for long."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from socket import IPPROTO_TCP, SO_RCVBUF, SOL_SOCKET, TCP_NODELAY, create_connection, socket

import httpx
import pytest

from service.web import serve, slow_clients
from tests.service.web.served_watch import SOURCES, make_history, reading

pytestmark = pytest.mark.slow  # a server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A watch that all tests of the file read."""
    made = tmp_path_factory.mktemp("watch")
    make_history(made, SOURCES)
    return made


@contextmanager
def connected(client: httpx.Client, sent: bytes) -> Iterator[socket]:
    """Connect and send only this; time-outs end what would never end."""
    with create_connection((client.base_url.host, client.base_url.port or 80), timeout=300) as connection:
        connection.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
        connection.sendall(sent)
        yield connection


def test_an_answer_does_not_wait_for_the_client_to_confirm_its_head(folder: Path) -> None:
    with (
        reading(folder) as client,
        connected(client, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") as ours,
    ):
        assert ours.recv(1)
        assert no_delay_by_peer()[ours.getsockname()]


def no_delay_by_peer() -> dict[object, int]:
    """Return by the other end of each connection of this process whether it sends what it has at once."""
    found: dict[object, int] = {}
    for name in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if str(name.readlink()).startswith("socket:"):
                with socket(fileno=os.dup(int(name.name))) as one:
                    found[one.getpeername()] = one.getsockopt(IPPROTO_TCP, TCP_NODELAY)
    return found


def is_cut(connection: socket) -> bool:
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\ntoken",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /",
    ],
    ids=["nothing", "half a head", "half a body", "half a second request"],
)
def test_a_client_that_sends_no_whole_request_is_cut(
    folder: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    with reading(folder) as client, connected(client, sent) as connection:
        assert client.get("/").status_code == 200  # within the time that clients have
        monkeypatch.setattr(slow_clients, "REQUEST_SECONDS", -1.0)
        assert is_cut(connection)


def test_silent_clients_keep_everybody_out_only_until_they_are_cut(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_MOST_CONNECTIONS", 3)
    with reading(folder) as client, ExitStack() as silent:
        connections = [silent.enter_context(connected(client, b"")) for _ in range(4)]
        health = client.base_url.join("/healthz")
        while httpx.get(health, trust_env=False).status_code != 503:
            pass  # the server has not yet seen all of them
        monkeypatch.setattr(slow_clients, "REQUEST_SECONDS", -1.0)
        assert all(is_cut(connection) for connection in connections)
        monkeypatch.undo()
        assert httpx.get(health, trust_env=False).status_code == 200
