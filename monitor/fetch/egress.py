"""Where a request may go: a name is resolved once, and only public addresses are connected to.

The address is checked at the moment of connecting, so the same few lines cover robots.txt, redirects and
names whose address changes between the check and the connection.
"""

import socket
import ssl
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

from monitor.domain.errors import FetchError
from monitor.domain.network import Address, is_public, kind_of

Resolve = Callable[..., list[tuple[Any, ...]]]  # socket.getaddrinfo, or a test's replacement

_MOST_TRIED = 4  # addresses of one name; hundreds of dead ones would delay a check for hours
_ALLOW_PRIVATE = "allow_private"


class AddressRefused(FetchError):  # noqa: N818 - the domain's word, like Quarantined
    """A request was about to go to an address that is not on the public internet.

    `host` is the name of that address; `url` is what was asked for, where a redirect led there.
    """

    def __init__(self, host: str, address: Address, url: str | None = None) -> None:
        super().__init__(
            f"{url or host} leads to {address}, {kind_of(address)}; nothing was sent there. If the source is"
            " meant to be read from there, give it 'allow_private: true'",
            retryable=False,
        )
        self.host = host
        self.address = address


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to exactly the address that it has checked; later answers of a name server are ignored.

    TLS still checks the certificate against the name: only the connection is made here.
    """

    def __init__(self, resolve: Resolve = socket.getaddrinfo) -> None:
        self._resolve = resolve
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a name's first public address that answers. Raises AddressRefused where it has none."""
        trouble: Exception | None = None
        for address in self._public_addresses(host, port):
            try:
                return self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble or httpcore.ConnectError(f"{host} has no address")

    def _public_addresses(self, host: str, port: int) -> list[Address]:
        # Resolving also turns 0x7f000001, 2130706433 and 0177.0.0.1 into the addresses they mean.
        try:
            answers = self._resolve(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        found = [ip_address(answer[4][0]) for answer in answers]
        public = [address for address in found if is_public(address)]
        if found and not public:
            raise AddressRefused(host, found[0])
        return list(dict.fromkeys(public))[:_MOST_TRIED]


class GuardedTransport(httpx.BaseTransport):
    """Sends a request through the guard, or past it where the request itself carries `allowing_private`.

    The two ways share no connection, so a connection opened past the guard serves no guarded request.
    """

    def __init__(self, limits: httpx.Limits, resolve: Resolve = socket.getaddrinfo) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        self._open = _transport(context, limits)
        self._guarded = _transport(context, limits)
        # httpx has no public way to say who connects; test_address.py fails when this one is gone.
        self._guarded._pool._network_backend = GuardedBackend(resolve)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; each redirect is sent through here too, with the first request's extensions."""
        past = request.extensions.get(_ALLOW_PRIVATE) is True
        return (self._open if past else self._guarded).handle_request(request)

    def close(self) -> None:
        """Close the connections of both ways."""
        self._open.close()
        self._guarded.close()


def _transport(context: ssl.SSLContext, limits: httpx.Limits) -> httpx.HTTPTransport:
    return httpx.HTTPTransport(verify=context, trust_env=False, limits=limits, http2=True)


def allowing_private(allowed: bool) -> dict[str, Any]:
    """Return the request extensions that allow or forbid private addresses for this request."""
    return {_ALLOW_PRIVATE: allowed}
