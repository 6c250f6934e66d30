"""Which addresses belong to the public internet, how long a server asks us to wait, and what of an address
may be shown. Pure."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

_LONGEST_WAIT = 7 * 24 * 3600.0  # a server that asks for more is asked again all the same

# Settings in an address whose value opens something.
_SECRET = re.compile(r"([?&][^&=]*(?:key|token|secret|password|sig|signature)=)[^&#]*", re.IGNORECASE)
PROXY_FORM = "it begins with http or https and names a host and a port"
_SECONDS = re.compile(r"\d{1,100}(\.\d{1,100})?")
# One of several waits joined by commas; a date has one of its own.
_WAIT = re.compile(r"\s*(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,)?[^,]+", re.IGNORECASE)

Address = IPv4Address | IPv6Address

_UNICAST = IPv6Network("2000::/3")  # all that was ever given out; whatever lies outside is special
_SHARED = IPv4Network("100.64.0.0/10")
# IPv6 addresses that end in the IPv4 address a router or the system really goes to.
_TRANSLATED = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"))


def is_proxy(url: str) -> bool:
    """Return whether a text is the address of a proxy that can be used."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and named and not re.search(r"\s", url)


def is_web_address(text: str) -> bool:
    """Return whether a text is an http(s) URL with a host that a program can ask."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    whole = text.isascii() and text.isprintable() and " " not in text
    return whole and parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0


def is_public(address: Address) -> bool:
    """Whether an address, and the IPv4 address that may be wrapped in it, is one of the public internet."""
    inner = _wrapped(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _wrapped(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if any(address in network for network in _TRANSLATED) and int(address) > 1:  # neither :: nor ::1
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def kind_of(address: Address) -> str:
    """Return what a special address is for, in a few words."""
    inner = _wrapped(address) or address
    kinds = (
        (inner.is_unspecified or inner.is_loopback, "this machine's own address"),
        (inner.is_link_local, "a link-local address, where cloud services keep their credentials"),
        (inner.is_multicast, "a multicast address"),
        (inner in _SHARED, "an address shared behind a provider's router"),
        (inner.is_reserved, "a reserved address"),
        (inner.is_private, "a private address"),
    )
    return next((name for holds, name in kinds if holds), "no address of the public internet")


def retry_after_seconds(asked: str | float | None, now: datetime) -> float | None:
    """Return how many seconds a server asked us to wait, at most a week; None where it said nothing usable.

    `asked` is a Retry-After header (seconds or an HTTP date; the longest where it was sent more than once)
    or a number from a JSON body. A date is compared with `now`; one that is past means no wait.
    """
    if isinstance(asked, int | float):
        # Not a number, or below zero: no wait that anybody can have meant. Infinity is a number in JSON.
        return min(asked, _LONGEST_WAIT) if 0 <= asked < float("inf") else None
    waits = [_seconds(one.strip(), now) for one in _WAIT.findall(asked or "")]
    return max((min(wait, _LONGEST_WAIT) for wait in waits if wait is not None), default=None)


def _seconds(asked: str, now: datetime) -> float | None:
    if asked.isascii() and _SECONDS.fullmatch(asked):
        return float(asked)
    when = http_date(asked)
    return None if when is None else max((when - now).total_seconds(), 0.0)


def http_date(text: str | None) -> datetime | None:
    """Return the moment that an HTTP date names; None where it is missing or no date."""
    try:
        when = parsedate_to_datetime(text or "")
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def shown_address(url: str) -> str | None:
    """Return a web address without the values of keys in its query; None for any other address."""
    return _SECRET.sub(r"\1***", url) if url.startswith(("http://", "https://")) else None
