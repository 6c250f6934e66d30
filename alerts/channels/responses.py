"""What an HTTP service really answered while Apprise talked to it, and what that means for another try.

Apprise 2.2 tells yes or no. Its plugins go through `requests.post` and the like, each of which opens a
`requests.sessions.Session`; the class is replaced here by one that also writes the exchange down, and does
nothing else, for whoever asked with `listening`. tests/alerts/channels/test_send.py holds Apprise to that.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests
from requests.auth import HTTPBasicAuth
from requests.utils import get_auth_from_url
from urllib3.exceptions import ProtocolError

from alerts.channels.egress import AddressRefused, GuardedAdapter, OpenAdapter
from alerts.domain.errors import DeliveryError
from alerts.language.escape import one_line
from monitor.domain.network import http_date, retry_after_seconds

# The service may have taken the message and its answer been lost: give it time before asking again.
_UNKNOWN_WAIT = 600.0
LONGEST_ANSWER = 5_000  # more than is shown: no secret may be cut in two before it is recognized
_LONGEST_BODY = 1_000_000  # more than any plugin looks at
_ECHO = re.compile(r"authorization|\b(?:basic|bearer)\s+[\w+/=.~-]{6}|idempotency-key", re.IGNORECASE)
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429})
# Answers about the address or the login, whatever the message: a webhook being moved, a token being changed.
_OF_CHANNEL = frozenset({401, 403, 404, 407})
_SLACK_BUSY = frozenset(
    {
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
        "team_added_to_org",
    }
)
_SLACK_OF_CHANNEL = frozenset(
    {
        "account_inactive",
        "channel_not_found",
        "invalid_auth",
        "is_archived",
        "missing_scope",
        "no_permission",
        "not_authed",
        "not_in_channel",
        "restricted_action",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)


@dataclass(slots=True)
class Exchange:
    """The answers to one message, the last trouble on the line, and what Apprise had to say about it."""

    allow_private: bool = False
    responses: list[requests.Response] = field(default_factory=list)
    error: Exception | None = None
    warnings: list[str] = field(default_factory=list)


_current: ContextVar[Exchange | None] = ContextVar("alerts_exchange", default=None)


@contextmanager
def listening(*, allow_private: bool) -> Iterator[Exchange]:
    """Write down what is exchanged in this thread for as long as the block lasts.

    Without `allow_private`, only addresses of the public internet are connected to.
    """
    exchange = Exchange(allow_private)
    token = _current.set(exchange)
    try:
        yield exchange
    finally:
        _current.reset(token)


class _ListeningSession(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        exchange = _current.get()
        guarded = exchange and not exchange.allow_private
        for scheme in ("http://", "https://"):
            self.mount(scheme, GuardedAdapter() if guarded else OpenAdapter())

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Return the request with its login in UTF-8: requests knows Latin-1, and passwords know more."""
        found = request.auth if isinstance(request.auth, tuple) else get_auth_from_url(str(request.url))
        if any(found):
            user, password = ((part or "").encode() for part in found)
            request.auth = HTTPBasicAuth(user, password)
        return super().prepare_request(request)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        exchange = _current.get()
        try:
            response = super().send(request, **{**kwargs, "stream": True})
            if not kwargs.get("stream"):
                keep_beginning(response, _LONGEST_BODY)
        except AddressRefused as error:
            if exchange:
                exchange.error = error
            # Apprise takes this kind for what it is: not delivered.
            raise requests.ConnectionError("refused") from None
        except requests.RequestException as error:
            if exchange:
                exchange.error = error
            raise
        if exchange:
            exchange.responses.append(response)
        return response


def keep_beginning(answer: requests.Response, limit: int) -> None:
    """Read as much of an answer as is looked at: it may have no end. One that breaks off is its beginning."""
    kept = b""
    with answer, suppress(requests.RequestException):
        for piece in answer.iter_content(limit):
            kept += piece
            if len(kept) >= limit:
                break
    answer._content = kept[:limit]


def _keep_warning(record: logging.LogRecord) -> bool:
    """Keep Apprise's warning for the exchange in hand, and out of every log: it may hold a secret."""
    exchange = _current.get()
    if exchange:
        exchange.warnings.append(record.getMessage())
    return False


def _listen() -> None:
    requests.sessions.Session = _ListeningSession  # type: ignore[misc]
    logger = logging.getLogger("apprise")
    logger.addFilter(_keep_warning)  # not a handler, beside which another could stand
    logger.setLevel(logging.WARNING)
    # It writes each request's path, which for a webhook is the secret.
    logging.getLogger("urllib3").setLevel(logging.ERROR)


_listen()


def said_no(exchange: Exchange) -> DeliveryError | None:
    """Return the error of an answer that says no in its body under status 200, as some services do."""
    body = _json(exchange.responses[-1]) if exchange.responses else {}
    code = body.get("errcode")
    if (
        body.get("ok") is not False
        and body.get("success") is not False
        and not (isinstance(code, int) and code)
    ):
        return None
    answer = exchange.responses[-1]
    said = f"the channel did not take the message; it answered {answer.status_code} with: {_said(answer)}"
    return DeliveryError(said, permanent=False)


def refusal(exchange: Exchange) -> DeliveryError:
    """Return the error that says why a message was not taken, from what was exchanged.

    429, 408, 5xx and silence are worth another try, and so is what is said of the address or the login; any
    other 4xx is not.
    """
    failed = [response for response in exchange.responses if not 200 <= response.status_code < 300]
    if failed:
        return _by_status(failed[-1])
    if isinstance(exchange.error, AddressRefused):
        return DeliveryError(str(exchange.error), permanent=True)
    if exchange.error is not None:
        return _by_trouble(exchange.error)
    if exchange.responses:
        return _by_body(exchange.responses[-1])
    said = "; ".join(exchange.warnings) or "it gave no reason"
    return DeliveryError(f"the channel did not take the message: {one_line(said)}", permanent=False)


def _by_status(response: requests.Response) -> DeliveryError:
    status = response.status_code
    said = f"the channel answered {status} {response.reason or ''}".rstrip()
    if 300 <= status < 400:
        said += ", a redirect; write the address it leads to in the URL"
    elif words := _said(response):
        said += f": {words}"
    of_channel = status < 400 or status in _OF_CHANNEL
    temporary = of_channel or status in _WORTH_ANOTHER_TRY or status >= 500
    wait = retry_after(response)
    return DeliveryError(said, permanent=not temporary, retry_after=wait, of_channel=of_channel)


def _said(response: requests.Response) -> str:
    """Return the beginning of an answer as one line. Secrets are taken out, and it is cut, by who sends."""
    said = one_line(response.text[:LONGEST_ANSWER])
    return "(it repeats the request, so it is not shown)" if _ECHO.search(said) else said


def _by_trouble(error: Exception) -> DeliveryError:
    silent = isinstance(error, requests.ReadTimeout)
    if silent or isinstance(error.args[0] if error.args else None, ProtocolError):
        return DeliveryError(
            "the channel fell silent after it was given the message, and may have taken it"
            if silent
            else "the channel broke off after it was given the message, and may have taken it",
            permanent=False,
            retry_after=_UNKNOWN_WAIT,
        )
    kinds = {
        requests.ConnectTimeout: "it did not answer in time",
        requests.exceptions.SSLError: "its certificate is not trusted, or it speaks no TLS",
        requests.exceptions.ProxyError: "the proxy did not let us through",
        requests.exceptions.InvalidURL: "its address is not valid",
    }
    reason = next((words for kind, words in kinds.items() if isinstance(error, kind)), None)
    return DeliveryError(
        f"the channel could not be reached: {reason or 'the connection failed'}",
        permanent=False,
    )


def _by_body(response: requests.Response) -> DeliveryError:
    """Slack's bot interface, and some others, refuse with status 200 and {"ok": false, "error": …}."""
    body = _json(response)
    error = one_line(str(body.get("error", "")))[:100] if body.get("ok") is False else ""
    words = error or _said(response) or "nothing"
    # A 200 nobody documented (a log-in page, a proxy) says little: try again until the time is up.
    of_channel = error in _SLACK_OF_CHANNEL
    return DeliveryError(
        f"the channel did not take the message; it answered {response.status_code} with: {words}",
        permanent=bool(error) and not of_channel and error not in _SLACK_BUSY,
        retry_after=retry_after(response),
        of_channel=of_channel,
    )


def retry_after(response: requests.Response) -> float | None:
    """Return the seconds a service asked us to wait: in its Retry-After header, else in its JSON body."""
    now = http_date(response.headers.get("Date")) or datetime.now(UTC)
    in_header = retry_after_seconds(response.headers.get("Retry-After"), now)
    if in_header is not None:
        return in_header
    body = _json(response)
    inner = body.get("parameters")  # Telegram's place for it; Discord's is the body itself
    seconds = body.get("retry_after", inner.get("retry_after") if isinstance(inner, dict) else None)
    return retry_after_seconds(seconds, now) if isinstance(seconds, int | float | str) else None


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        body = json.loads(response.text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
