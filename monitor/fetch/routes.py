"""Which way a request takes into the network: through a proxy or directly, and whose certificates count."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.request import getproxies_environment

import httpx

from monitor.domain.errors import SourceError
from monitor.domain.network import PROXY_FORM, is_proxy

_AUTHORITIES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = ("http", "https")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Routes:
    """The proxies by scheme, the hosts that need none, and a file of further certificate authorities.

    A proxy's address may hold a password, so it is not shown.
    """

    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    no_proxy: str = ""
    ca_file: Path | None = None

    def proxy_for(self, url: httpx.URL) -> str | None:
        """Return the proxy for an address, None where it is reached directly."""
        proxy = self.proxies.get(url.scheme)
        if proxy is None or (self.no_proxy and _is_exempt(url, self.no_proxy)):
            return None
        return proxy


def routes(proxy: str | None, ca_file: Path | None) -> Routes:
    """Return the routes that a watch file asks for, or else the environment.

    Raises SourceError for a proxy or a file of certificates that cannot be used.
    """
    known = getproxies_environment()
    found = dict.fromkeys(_PROXIES, proxy) if proxy else _of_environment(known)
    for scheme, url in found.items():
        if url is not None and not is_proxy(url):
            # Without the value, which may hold a password.
            name = "proxy" if proxy else f"{scheme.upper()}_PROXY"
            raise SourceError(f"{name} is not the address of a proxy: {PROXY_FORM}")
    named = next((os.environ[name] for name in _AUTHORITIES if os.environ.get(name)), None)
    authorities = ca_file or (Path(named) if named else None)
    return Routes({name: url for name, url in found.items() if url}, known.get("no", ""), authorities)


def _of_environment(known: Mapping[str, str]) -> dict[str, str | None]:
    everything = known.get("all")
    return {name: known.get(name, everything) for name in _PROXIES}


def _is_exempt(url: httpx.URL, no_proxy: str) -> bool:
    """Return whether NO_PROXY names a host: `*`, a host or a domain above it, each with or without a port."""
    host, port = url.host.lower(), url.port or _PORTS[url.scheme]
    for entry in no_proxy.lower().replace(",", " ").split():
        name, _, only = entry.rpartition(":") if entry.rpartition(":")[2].isdigit() else (entry, "", "")
        name = name.removeprefix("*").removeprefix(".").strip("[]")
        if (not name or host == name or host.endswith(f".{name}")) and only in ("", str(port)):
            return True
    return False


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return the certificates to trust: the public ones, and those of a file. Raises SourceError."""
    try:
        return _trusting(ca_file, ca_file.stat().st_mtime_ns if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise SourceError(
            f"the file of certificate authorities {ca_file} cannot be read: {error.strerror or error};"
            " it must hold certificates in PEM form (ca_file, SSL_CERT_FILE or REQUESTS_CA_BUNDLE)"
        ) from None


# Reading all certificates takes a fifth of a second, so a process does it once until the file changes.
@cache
def _trusting(ca_file: Path | None, _changed: int | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context
