"""Where a request may go: a name is resolved once, and only public addresses are connected to.

The address is checked at the moment of connecting, so the same few lines cover robots.txt, redirects and
names whose address changes between the check and the connection.
"""

import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

from monitor.domain.errors import FetchError
from monitor.domain.network import Address, is_public, kind_of
from monitor.fetch.exchange import Resolve, connect, resolved
from monitor.fetch.routes import Routes, trust

_MOST_TRIED = 4  # addresses of one name; hundreds of dead ones would delay a check for hours
_ALLOW_PRIVATE = "allow_private"


class AddressRefused(FetchError):  # noqa: N818 - the domain's word, like Quarantined
    """A request was about to go to an address that is not on the public internet.

    `host` is the name of that address; `url` is what was asked for, where a redirect led there; `own` says
    that the source allows private addresses, but this one is not its own.
    """

    def __init__(self, host: str, address: Address, url: str | None = None, *, own: bool = False) -> None:
        advice = (
            "'allow_private: true' only opens the host and port of the source's own 'url'"
            if own
            else "If the source is meant to be read from there, give it 'allow_private: true'"
        )
        super().__init__(
            f"{url or host} leads to {address}, {kind_of(address)}; nothing was sent there. {advice}",
            retryable=False,
        )
        self.host = host
        self.address = address


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to exactly the address that it has checked; later answers of a name server are ignored.

    TLS still checks the certificate against the name: only the connection is made here. Without `public_only`
    every address will do.
    """

    def __init__(self, resolve: Resolve = socket.getaddrinfo, *, public_only: bool = True) -> None:
        self._resolve = resolve
        self._public_only = public_only
        self._network: httpcore.NetworkBackend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a name's first address that answers. Raises AddressRefused where none is public."""
        trouble: Exception | None = None
        for address in self._addresses(host, port):
            try:
                return connect(self._network, str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble or httpcore.ConnectError(f"{host} has no address")

    def _addresses(self, host: str, port: int) -> list[Address]:
        # Resolving also turns 0x7f000001, 2130706433 and 0177.0.0.1 into the addresses they mean.
        try:
            answers = resolved(self._resolve, host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        found = [ip_address(answer[4][0]) for answer in answers]
        usable = [address for address in found if not self._public_only or is_public(address)]
        if found and not usable:
            raise AddressRefused(host, found[0])
        return list(dict.fromkeys(usable))[:_MOST_TRIED]


class GuardedTransport(httpx.BaseTransport):
    """Sends a request through the guard, or past it where the request itself carries `allowing_private`.

    The two ways share no connection, so a connection opened past the guard serves no guarded request. Where
    there is a proxy, it connects in our place: only a private address in the URL itself is refused then.
    """

    def __init__(
        self,
        limits: httpx.Limits,
        resolve: Resolve = socket.getaddrinfo,
        ways: Routes = Routes(),  # noqa: B008 - frozen
    ) -> None:
        context = trust(ways.ca_file)
        self._ways = ways
        self._open = _transport(context, limits, GuardedBackend(resolve, public_only=False))
        self._guarded = _transport(context, limits, GuardedBackend(resolve))
        self._proxied = {
            url: _transport(context, limits, GuardedBackend(resolve, public_only=False), url)
            for url in set(ways.proxies.values())
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; each redirect is sent through here too."""
        if request.extensions.get(_ALLOW_PRIVATE) is True:
            return self._open.handle_request(request)
        proxy = self._ways.proxy_for(request.url)
        if proxy is None:
            return self._guarded.handle_request(request)
        if (address := _written_address(request.url.host)) and not is_public(address):
            raise AddressRefused(request.url.host, address)
        try:
            return self._proxied[proxy].handle_request(request)
        except (httpx.ConnectError, httpx.ProxyError) as error:
            said = f"through the proxy {httpx.URL(proxy).netloc.decode()}: {error}"
            raise type(error)(said, request=request) from error

    def close(self) -> None:
        """Close all connections."""
        for transport in (self._open, self._guarded, *self._proxied.values()):
            transport.close()


def _written_address(host: str) -> Address | None:
    """Return the address that a host in a URL is, however it is written; None for a name."""
    if host.rstrip(".").rpartition(".")[2] == "localhost":
        return ip_address("127.0.0.1")
    with suppress(ValueError):
        return ip_address(host)
    with suppress(OSError):
        return ip_address(socket.inet_aton(host))
    return None


def _transport(
    context: ssl.SSLContext, limits: httpx.Limits, backend: GuardedBackend, proxy: str | None = None
) -> httpx.HTTPTransport:
    through = (
        httpx.Proxy(proxy, ssl_context=context if proxy.startswith("https:") else None) if proxy else None
    )
    made = httpx.HTTPTransport(verify=context, trust_env=False, limits=limits, http2=True, proxy=through)
    # httpx has no public way to say who connects; test_egress.py fails when this one is gone.
    made._pool._network_backend = backend
    return made


def allowing_private(allowed: bool) -> dict[str, Any]:
    """Return the request extensions that allow or forbid private addresses for this request."""
    return {_ALLOW_PRIVATE: allowed}
