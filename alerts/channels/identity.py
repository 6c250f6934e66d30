"""Whom a URL reaches, whatever its spelling: a room or person has one name, which shows no secret."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from apprise import NotifyFormat

from alerts.channels.services import SLACK_LIKE, WEBHOOKS, scheme_of, service_of

_OWN = ("-", "+", ":")  # what a webhook is sent along: Apprise's marks for its query, headers and text
_SLACK = "hooks.slack.com/services"
_PLACES = ("thread",)  # settings that say where in a room a message goes


@dataclass(frozen=True, slots=True)
class Reached:
    """Who is reached: the `name` lacks what may change while it stays the same, `whole` lacks nothing."""

    name: str
    whole: str


@lru_cache(maxsize=4_096)
def reached_by(url: str) -> Reached:
    """Return whom a URL other than mail's reaches, the same for each of its spellings.

    A name shows the kind of service only. User and password of a webhook are not part of it, so that a new
    password keeps the name, nor is what a webhook is sent along; in the whole only the password is left out.
    """
    service = service_of(url)
    if (address := _mail_address(service)) is not None:
        return Reached(address, address.casefold())
    scheme, place, user, more = _parts(url, service)
    name = place if scheme in WEBHOOKS else "&".join([place, *more])
    whole = "&".join([f"{user}@{place}" if user and scheme in WEBHOOKS else place, *more])
    return Reached(_hashed(scheme, name), _hashed(scheme, whole))


def _hashed(scheme: str, reached: str) -> str:
    return f"{scheme}-{hashlib.sha256(f'{scheme}://{reached}'.encode()).hexdigest()[:8]}"


def _mail_address(service: Any) -> str | None:
    """Return the one mail address that a service for mails sends to (Mailgun, SendGrid, …)."""
    found = getattr(service, "targets", None)
    if getattr(service, "notify_format", None) != NotifyFormat.HTML or not found or len(found) != 1:
        return None
    (target,) = found
    address = target[-1] if isinstance(target, tuple | list) else target
    return address if isinstance(address, str) and re.fullmatch(r"[^@\s]+@[^@\s]+", address) else None


def _parts(url: str, service: Any) -> tuple[str, str, str, list[str]]:
    """Return the scheme, the place, the user and the settings that say where in that place."""
    if like := SLACK_LIKE.fullmatch(url.strip()):
        scheme, _, server = like["server"].lower().partition("://")
        place = f"{_without_port(server, scheme)}/{like['tokens']}"
        return ("slack" if place.startswith(_SLACK) else f"slack+{scheme}"), place, "", []
    try:
        written = str(service.url(privacy=False))
    except Exception:  # a plugin's own fault
        written = url.strip()
    scheme = scheme_of(written)
    front, _, query = written.partition("://")[2].partition("?")
    login, _, front = front.rpartition("@")
    server, _, path = front.partition("/")
    server, path = _without_port(server, scheme), path.rstrip("/").replace("%23", "")
    if scheme in ("ntfy", "ntfys") and server == "ntfy.sh":
        scheme, server = "ntfys", ""  # as it is written without its server
    place = "/".join(filter(None, [_SLACK if scheme == "slack" else "", server, path]))
    settings = [unquote(one) for one in query.split("&")]
    asked = getattr(service, "asked", "")
    if re.search(r"[;]|//|[?&]([^&=]*)=.*&\1=", asked):
        settings.append(f"-{asked}")  # Apprise loses a part of these
    more = sorted(one for one in settings if one.startswith(_OWN) or one.partition("=")[0] in _PLACES)
    return scheme, place, login.partition(":")[0], more


def _without_port(server: str, scheme: str) -> str:
    """Return a server in small letters without its usual port; what is not a server (a token) as it is."""
    host, _, port = server.partition(":")
    usual = "80" if scheme in ("http", "json", "xml", "form", "mmost", "ntfy") else "443"
    host = host.lower() if "." in host or host.lower() == "localhost" else host
    return host if port in ("", usual) else f"{host}:{port}"
