"""Connections of channels: to the public internet only, looked at as each one is made.

The name is resolved once and that very address is connected to, so a name that changes its mind and a
redirect lead nowhere else. TLS still checks the certificate against the name.
"""

import socket
from ipaddress import ip_address
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from monitor.domain.network import Address, is_public, kind_of


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


def _addresses(host: str, port: int | None) -> list[Address]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []  # whoever connects says that the name is not known
    return [ip_address(answer[4][0]) for answer in answers]


class _Guarded:
    """Has a connection go to the address that was looked at."""

    _dns_host: str
    port: int | None
    _looked_up = staticmethod(public_address)

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        # The one place where urllib3 looks a name up; test_guarded.py fails when it is gone.
        self._dns_host = self._looked_up(name, self.port)
        try:
            made: socket.socket = super()._new_conn()  # type: ignore[misc]
        finally:
            self._dns_host = name
        return made


class _GuardedHTTP(_Guarded, HTTPConnection):  # type: ignore[misc]
    pass


class _GuardedHTTPS(_Guarded, HTTPSConnection):  # type: ignore[misc]
    pass


class _PrivateHTTP(_Guarded, HTTPConnection):  # type: ignore[misc]
    _looked_up = staticmethod(private_address)


class _PrivatePool(HTTPConnectionPool):
    ConnectionCls = _PrivateHTTP  # type: ignore[assignment]


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTP  # type: ignore[assignment]


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPS  # type: ignore[assignment]


class GuardedAdapter(HTTPAdapter):
    """Sends requests over guarded connections."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, of guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class PrivateAdapter(HTTPAdapter):
    """Sends requests without encryption to the own network only."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, of guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PrivatePool}
