"""Whom a channel reaches, and one message sent to one of them; alerts.channels.services says what its URL
means.

A channel's URL never leaves this module in words: errors name the recipient and carry the answer without
any secret of the URL.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

from apprise import NotifyFormat
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.slack import SlackMode

from alerts.channels.egress import Connections, of_message
from alerts.channels.identity import reached_by
from alerts.channels.mail_urls import read_mail_url
from alerts.channels.redact import forms_of, redact, repeats, secrets_of, tokens_of
from alerts.channels.responses import listening, refusal, said_no
from alerts.channels.services import (
    ASSET,
    MAIL,
    WEBHOOKS,
    Slack,
    check_url,
    face_of_url,
    mail_addresses,
    scheme_of,
    service_of,
    what_is_wrong,
)
from alerts.channels.smtp import UNKNOWN_WAIT, MailRoute, send_mail
from alerts.channels.webhook import post, webhook_name
from alerts.domain.errors import DeliveryError
from alerts.domain.messages import Face, LinksOf, Message, Target
from alerts.domain.settings import ChannelSettings, WebhookSettings, unsubscribe_address
from alerts.language.escape import clean, escape_markdown, escape_slack, one_line, shorten

__all__ = ["Face", "Message", "Target", "face_of", "send", "targets"]

_LONGEST_ERROR = 300  # characters kept of what went wrong
_LONGEST_SEND = 60.0  # seconds; far below the lease of an outbox row
_MAIL_LIMIT = 80_000  # bytes of HTML: Gmail hides what is beyond 102 KB as they arrive, encoded
# Apprise's figure for Teams is an old one; a card may have 28 KB.
_BODY_LIMITS = {"workflow": 25_000, "workflows": 25_000}
# What a card may take as JSON: its text, the names around it, and `\\u2019` for a curly quote.
_CARD_LIMITS: Mapping[Face, int] = {"slack": 12_000, "teams": 25_000, "discord": 4_200}
_SYSTEM_LOGS = (Path("/dev/log"), Path("/var/run/syslog"))
_FORMATS: dict[Face, NotifyFormat | None] = {
    "email": NotifyFormat.HTML,
    "slack": None,  # already in the service's own markup: Apprise passes it as it is
    "teams": NotifyFormat.MARKDOWN,  # where it is not a card
    "discord": NotifyFormat.MARKDOWN,
    "markdown": NotifyFormat.MARKDOWN,
    "text": NotifyFormat.TEXT,
}


def face_of(settings: ChannelSettings) -> Face:
    """Return the face of a channel's messages: the user's choice, else what its first URL reads best."""
    return settings.template or face_of_url(settings.urls[0].get_secret_value())


def targets(
    name: str, settings: ChannelSettings, contact: str | None = None, links_of: LinksOf | None = None
) -> tuple[Target, ...]:
    """Return a channel's recipients, each once: an outbox row is one recipient, so none is notified twice.

    Each address of a mail URL, copies too, gets its own mail. Its reader asks to be left out where the
    channel says, else at `contact` if that is a mail address. Raises DeliveryError for a URL that
    `check_url` refuses.
    """
    found: dict[str, Target] = {}
    urls = {url.get_secret_value() for url in settings.urls}
    names = Counter(one.name for one in {reached_by(url) for url in urls if scheme_of(url) not in MAIL})
    for url in settings.urls:
        written = url.get_secret_value()
        face = settings.template or face_of_url(written)
        limit = _limit_of(written, face)
        for recipient, room in _recipients(name, written, names):
            asked = _unsubscribe(settings, contact, f"{name} {recipient}")
            is_reader = scheme_of(written) in MAIL and settings.purpose == "readers"
            links = links_of(name, recipient) if links_of and is_reader else None
            target = Target(
                name, recipient, url, face, limit, settings.allow_private, asked, room, links=links
            )
            found.setdefault(target.person, target)
    if settings.webhook:
        found["webhook"] = _program(name, settings.webhook, allow_private=settings.allow_private)
    return tuple(found.values())


def _program(channel: str, settings: WebhookSettings, *, allow_private: bool) -> Target:
    alone = webhook_name(settings.url.get_secret_value())
    return Target(channel, alone, settings.url, "text", allow_private=allow_private, secret=settings.secret)


def _unsubscribe(settings: ChannelSettings, contact: str | None, about: str) -> str | None:
    """Return where to ask; a contact that is a web page need not be one on which that can be done."""
    asked = settings.unsubscribe or (contact if contact and "://" not in contact else None)
    return unsubscribe_address(asked, about) if asked else None


def send(target: Target, message: Message) -> None:
    """Hand one message to one recipient; return once the channel has accepted it.

    Ends in bounded time. Raises DeliveryError with what the channel said, free of the URL's secrets.
    """
    url = target.url.get_secret_value()
    secret = target.secret.get_secret_value() if target.secret else None
    try:
        bounded(
            lambda: _deliver(url, secret, target, message),
            f"the channel did not end the conversation within {_LONGEST_SEND:.0f} s, and may have taken"
            " the message",
        )
    except DeliveryError as error:
        secrets = (*secrets_of(url), *(forms_of(secret) if secret else ()))
        said = redact(str(error), secrets, keep=target.recipient)
        if repeats(said.replace(target.recipient, ""), (*tokens_of(url), secret or "")):
            status = re.match(r".{,80}?\b[1-5]\d\d\b", said)
            said = (
                f"{status[0] if status else 'it failed'} (the words repeat a secret, so they are not shown)"
            )
        said = said[:_LONGEST_ERROR]
        raise DeliveryError(
            said, permanent=error.permanent, retry_after=error.retry_after, of_channel=error.of_channel
        ) from None
    except Exception as error:
        # A plugin's own fault: its words may hold any part of the URL, its kind may not.
        raise DeliveryError(f"the sender failed with {type(error).__name__}", permanent=False) from None


def _deliver(url: str, secret: str | None, target: Target, message: Message) -> None:
    if secret is not None:
        post(url, secret, message, allow_private=target.allow_private)
    elif scheme_of(url) in MAIL:
        send_mail(mail_route(url, target), target.recipient, message)
    else:
        _send_by_apprise(url, target, message)


def mail_route(url: str, target: Target) -> MailRoute:
    """Return the mail server of a mail URL. Raises DeliveryError where it names none."""
    service = service_of(url)
    if service is None:
        raise DeliveryError(what_is_wrong(url), permanent=True)
    written = read_mail_url(url)
    name, address = written.sender or service.from_addr
    return MailRoute(
        host=service.smtp_host.strip("[]"),  # an IPv6 address is written in brackets
        port=service.port,
        secure=service.secure_mode,
        sender=address,
        sender_name=name or service.from_addr[0] or ASSET.app_id,
        user=service.user,
        password=service.password,
        reply_to=written.reply_to,
        headers=service.headers,
        unsubscribe=target.unsubscribe,
        verify=service.verify_certificate,
        timeout=float(service.socket_connect_timeout),
    )


def _send_by_apprise(url: str, target: Target, message: Message) -> None:
    service = service_of(url)
    if service is None:
        raise DeliveryError(what_is_wrong(url), permanent=True)
    # The call that writes it says nothing where no log is kept.
    if scheme_of(url) == "syslog" and not any(log.exists() for log in _SYSTEM_LOGS):
        said = "this machine keeps no system log; give the channel a mail address or a chat"
        raise DeliveryError(said, permanent=False, of_channel=True)
    if scheme_of(url) in WEBHOOKS or isinstance(service, NotifyJSON):
        service.headers["Idempotency-Key"] = message.identity
    body_format = _FORMATS[target.face]
    if isinstance(service, Slack) and target.face == "slack":
        service.own_markup, body_format = True, NotifyFormat.MARKDOWN
    title, body = _title_and_body(service, target.face, message)
    # The renderer has fitted it; a user's own template may know no limit.
    body = shorten(body, _longest_body(url, service) - len(title))
    if message.card and _takes_card(service) and len(json.dumps(message.card)) <= _CARD_LIMITS[target.face]:
        service.card = message.card
    with listening(allow_private=target.allow_private) as exchange:
        if not service.notify(body=body, title=title, body_format=body_format):
            raise refusal(exchange)
        if no := said_no(exchange):
            raise no


def _limit_of(url: str, face: Face) -> int | None:
    if scheme_of(url) in MAIL:
        return _MAIL_LIMIT
    service = service_of(url)
    if service is None:
        return None
    if face in _CARD_LIMITS and _takes_card(service):
        return _CARD_LIMITS[face]
    return _longest_body(url, service)


def _longest_body(url: str, service: Any) -> int:
    return _BODY_LIMITS.get(scheme_of(url), int(service.body_maxlen))


def _takes_card(service: Any) -> bool:
    """Whether it shows our cards: Slack's workflows take text only, and a template in the URL comes first."""
    workflow = getattr(service, "mode", None) in (SlackMode.WORKFLOW, SlackMode.WORKFLOW_TRIGGER)
    return getattr(service, "takes_card", False) and not workflow and not service.template


def _title_and_body(service: Any, face: Face, message: Message) -> tuple[str, str]:
    """Return the title apart only where no service reads marks in it; else it goes into the body, escaped."""
    subject = one_line(message.subject)
    markup = clean(message.markdown or message.text)
    if face in ("markdown", "discord"):
        return "", f"**{escape_markdown(subject)}**\n\n{markup}"
    if face == "slack":
        workflow = getattr(service, "mode", None) in (SlackMode.WORKFLOW, SlackMode.WORKFLOW_TRIGGER)
        if isinstance(service, Slack) and not workflow:
            return subject, markup
        return "", f"*{escape_slack(subject)}*\n{markup}"
    if face == "teams":
        return "", f"**{escape_markdown(subject)}**\n\n{escape_markdown(message.text)}"
    if face == "email" and message.html is not None:
        return subject, clean(message.html)
    return subject, clean(message.text)


def bounded(work: Callable[[], None], too_long: str) -> None:
    """Run in a thread and cut it off in bounded time: a server that drips outlives every socket time-out.

    Raises what the work raises, or DeliveryError with the words for one that took `too_long`.
    """
    ended: list[BaseException | None] = []
    connections = Connections()

    def run() -> None:
        of_message.set(connections)
        try:
            work()
        except BaseException as error:
            ended.append(error)
        else:
            ended.append(None)
        finally:
            connections.forget()

    thread = Thread(target=run, name="send", daemon=True)
    thread.start()
    thread.join(_LONGEST_SEND)
    if not ended:
        connections.cut()
        raise DeliveryError(too_long, permanent=False, retry_after=UNKNOWN_WAIT)
    if ended[0] is not None:
        raise ended[0]


def _recipients(name: str, url: str, names: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """Return the recipients of a URL, each with the room it is; none for a mail address."""
    wrong = check_url(url)
    if wrong:
        raise DeliveryError(f"channel {name}: {wrong}", permanent=True)
    if scheme_of(url) in MAIL:
        return tuple((address, "") for address in mail_addresses(url, service_of(url)))
    reached = reached_by(url)
    return ((reached.name if names[reached.name] == 1 else reached.whole, reached.whole),)
