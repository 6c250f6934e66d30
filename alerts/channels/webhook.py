"""One message to a program: its JSON posted as it is, signed as Standard Webhooks has it.

The answer is judged as that of any other web service: alerts.channels.responses.
"""

import hashlib
import hmac
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests

from alerts.channels.egress import PrivateAdapter
from alerts.channels.responses import LONGEST_ANSWER, keep_beginning, listening, refusal
from alerts.domain.messages import Message
from alerts.domain.settings import signing_key

_TIMEOUTS = (10.0, 30.0)  # seconds to connect, and to be silent


def signature(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message: HMAC-SHA256 over its identity, time and body."""
    signed = f"{identity}.{timestamp}.".encode() + body
    return f"v1,{b64encode(hmac.new(signing_key(secret), signed, hashlib.sha256).digest()).decode()}"


def webhook_name(url: str) -> str:
    """Return a name for the program at an address: without login, so that a new password keeps it."""
    parts = urlsplit(url)
    reached = f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}{parts.path}?{parts.query}"
    return f"webhook-{hashlib.sha256(reached.encode()).hexdigest()[:8]}"


def post(url: str, secret: str, message: Message, *, allow_private: bool) -> None:
    """Post one message and return once it was accepted. Raises DeliveryError."""
    # A lone surrogate in a page's text becomes its own escape in JSON.
    body = message.text.encode("utf-8", "backslashreplace")
    timestamp = int((message.date or datetime.now(UTC)).timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "OversightWatch",
        "Idempotency-Key": message.identity,
        "Webhook-Id": message.identity,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": signature(secret, message.identity, timestamp, body),
    }
    with listening(allow_private=allow_private) as exchange, requests.sessions.Session() as session:
        if allow_private:
            session.mount("http://", PrivateAdapter())
            # A proxy connects in our place: what it reaches without encryption cannot be checked here.
            session.trust_env = not url.lower().startswith("http:")
        try:
            answer = session.post(
                url, data=body, headers=headers, timeout=_TIMEOUTS, allow_redirects=False, stream=True
            )
        except requests.RequestException as error:
            exchange.error = exchange.error or error
            raise refusal(exchange) from None
        with answer:
            if 200 <= answer.status_code < 300:
                return
            keep_beginning(answer, LONGEST_ANSWER)
        raise refusal(exchange)
