"""Connections of channels: to the public internet only, looked at as each one is made.

The name is resolved once and that very address is connected to, so a name that changes its mind and a
redirect lead nowhere else. TLS still checks the certificate against the name. All that one message opened
is cut when its time is up, for a server may go on forever.
"""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from ipaddress import ip_address
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from monitor.domain.network import Address, is_public, kind_of


class Connections:
    """What one message has opened, known by a second number for each socket, which TLS does not take."""

    def __init__(self) -> None:
        self._known: list[socket.socket] = []
        self._is_cut = False

    def add(self, made: socket.socket) -> None:
        """Note what was opened; after the cut it is cut too."""
        self._known.append(socket.socket(fileno=os.dup(made.fileno())))
        if self._is_cut:
            self.cut()

    def cut(self) -> None:
        """End all of it, whatever is being read."""
        self._is_cut = True
        for one in self._known:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Close the second numbers; the connections stay as they are."""
        for one in self._known:
            one.close()


of_message: ContextVar[Connections | None] = ContextVar("alerts_connections", default=None)


def noted(made: socket.socket) -> socket.socket:
    """Return a socket that is cut with all others of the message that this thread sends."""
    if (opened := of_message.get()) is not None:
        opened.add(made)
    return made


class AddressRefused(Exception):  # noqa: N818 - the domain's word
    """A message was on its way to an address that is not on the public internet."""


def public_address(host: str, port: int | None) -> str:
    """Return the first public address of a name.

    Raises AddressRefused where it has none but others; gives the name where it has no address at all.
    """
    found = _addresses(host, port)
    public = [address for address in found if is_public(address)]
    if found and not public:
        raise AddressRefused(
            f"its address leads to {found[0]}, {kind_of(found[0])}; nothing was sent there."
            " If that is meant, give the channel 'allow_private: true'"
        )
    return str(public[0]) if public else host


def private_address(host: str, port: int | None) -> str:
    """Return the first address of a name that is not public. Raises AddressRefused where all are public."""
    found = _addresses(host, port)
    private = [address for address in found if not is_public(address)]
    if found and not private:
        raise AddressRefused(
            f"its address leads to {found[0]}, on the public internet, and is not encrypted; nothing was sent"
            " there. Write it with https"
        )
    return str(private[0]) if private else host


def any_address(host: str, _port: int | None) -> str:
    """Return the name itself, wherever it leads."""
    return host


def _addresses(host: str, port: int | None) -> list[Address]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []  # whoever connects says that the name is not known
    return [ip_address(answer[4][0]) for answer in answers]


_LookUp = Callable[[str, int | None], str]


class _Guarded:
    """Has a connection go to the address that was looked at."""

    _dns_host: str
    port: int | None
    _looked_up: _LookUp = staticmethod(public_address)

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        # The one place where urllib3 looks a name up; test_guarded.py fails when it is gone.
        self._dns_host = self._looked_up(name, self.port)
        try:
            made: socket.socket = super()._new_conn()  # type: ignore[misc]
        finally:
            self._dns_host = name
        return noted(made)


@cache
def _pools(looked_up: _LookUp) -> dict[str, type[HTTPConnectionPool]]:
    """Return urllib3's pools by scheme, of connections that go where `looked_up` says."""

    class Connection(_Guarded, HTTPConnection):  # type: ignore[misc]
        _looked_up = staticmethod(looked_up)

    class TLSConnection(_Guarded, HTTPSConnection):  # type: ignore[misc]
        _looked_up = staticmethod(looked_up)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection  # type: ignore[assignment]

    class TLSPool(HTTPSConnectionPool):
        ConnectionCls = TLSConnection  # type: ignore[assignment]

    return {"http": Pool, "https": TLSPool}


class OpenAdapter(HTTPAdapter):
    """Sends requests wherever they lead, over connections that can be cut; so does each proxy."""

    _looked_up: _LookUp = staticmethod(any_address)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._looked_up)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pools of a proxy, which is wherever the environment says."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _pools(any_address)
        return manager


class GuardedAdapter(OpenAdapter):
    """Sends requests to the public internet only."""

    _looked_up = staticmethod(public_address)


class PrivateAdapter(OpenAdapter):
    """Sends requests to the own network only, as those without encryption."""

    _looked_up = staticmethod(private_address)
