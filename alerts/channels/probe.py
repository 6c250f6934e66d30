"""Ask whether a channel can be reached, without sending anything to it."""

import socket
from urllib.parse import urlsplit

from alerts.channels.send import bounded, mail_route
from alerts.channels.services import MAIL, scheme_of
from alerts.channels.smtp import log_in
from alerts.domain.errors import DeliveryError
from alerts.domain.messages import Target

_SECONDS = 15.0
_HOSTS = {"slack": "hooks.slack.com", "discord": "discord.com"}


def probe(target: Target) -> str:
    """Log in to a mail server, or connect to a webhook's host; return what was found.

    Raises DeliveryError where it cannot be reached.
    """
    url = target.url.get_secret_value()
    scheme = scheme_of(url)
    if scheme in MAIL:
        route = mail_route(url, target)
        bounded(lambda: log_in(route), f"the mail server {route.host}:{route.port} never ends what it says")
        return f"the mail server {route.host} {'accepts the login' if route.password else 'answers'}"
    parts = urlsplit(url)
    host = _HOSTS.get(scheme) or (parts.hostname if "." in (parts.hostname or "") else None)
    if host is None:
        return "can only be tried by sending: oversight-watch channels test"
    port = _port(url) or (80 if scheme in ("http", "json") else 443)
    try:
        socket.create_connection((host, port), _SECONDS).close()
    except OSError as error:
        raise DeliveryError(
            f"{host} cannot be reached ({error.strerror or error})", permanent=False
        ) from None
    return f"{host} can be reached; whether it accepts messages: oversight-watch channels test"


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None
