"""Where a request may go: a name is resolved once, and only public addresses are connected to.

The look is taken at the moment of connecting, so robots.txt, redirects and names that change their mind
between look and connection are all covered by the same few lines.
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

Resolve = Callable[..., list[tuple[Any, ...]]]  # socket.getaddrinfo, or what a test puts in its place

_MOST_TRIED = 4  # addresses of one name; a name with hundreds of dead ones would hold a check up for hours
_ALLOW_PRIVATE = "allow_private"


class AddressRefused(FetchError):  # noqa: N818 - the domain's word, as with Quarantined
    """A request was on its way to an address that is not on the public internet.

    `host` is the name that stands for it; `url` is what was asked for, where a redirect led on from it.
    """

    def __init__(self, host: str, address: Address, url: str | None = None) -> None:
        super().__init__(
            f"{url or host} leads to {address}, {kind_of(address)}; nothing was sent there. Where a source is"
            " meant to read from such a place, give it 'allow_private: true'",
            retryable=False,
        )
        self.host = host
        self.address = address


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to the very address it has looked at: what a name server says later counts for nothing.

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
        # Resolving is also what turns 0x7f000001, 2130706433 and 0177.0.0.1 into the address they stand for.
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
    """Sends a request through the guard, or past it where the request itself says `allowing_private`.

    The two ways share no connection, so that what one request opened past the guard serves no other.
    """

    def __init__(self, limits: httpx.Limits, resolve: Resolve = socket.getaddrinfo) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        self._open = _transport(context, limits)
        self._guarded = _transport(context, limits)
        # httpx has no public way to say who connects; test_address.py fails when this one is gone.
        self._guarded._pool._network_backend = GuardedBackend(resolve)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; a redirect comes here again, with what its first request said."""
        past = request.extensions.get(_ALLOW_PRIVATE) is True
        return (self._open if past else self._guarded).handle_request(request)

    def close(self) -> None:
        """Close the connections of both ways."""
        self._open.close()
        self._guarded.close()


def _transport(context: ssl.SSLContext, limits: httpx.Limits) -> httpx.HTTPTransport:
    return httpx.HTTPTransport(verify=context, trust_env=False, limits=limits, http2=True)


def allowing_private(allowed: bool) -> dict[str, Any]:
    """Give the request extensions that say whether this request may go to private addresses."""
    return {_ALLOW_PRIVATE: allowed}
