"""The only door to Apprise: what a channel's URL means, and one message sent to one recipient.

A channel's URL never leaves this module in words: errors name the recipient and carry the answer without
any secret of the URL.
"""

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from threading import Thread
from typing import Any, Literal

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.manager_plugins import NotificationManager
from apprise.plugins.base import NotifyBase
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.slack import NotifySlack, SlackMode
from apprise.plugins.workflows import NotifyWorkflows
from pydantic import SecretStr

from alerts.answers import listening, refusal
from alerts.cards import Card
from alerts.errors import DeliveryError
from alerts.escape import clean, escape_markdown, escape_slack, one_line, shorten
from alerts.mail import MailRoute, Message, send_mail
from alerts.redact import redact, secrets_of
from alerts.settings import ChannelSettings, unsubscribe_address

with warnings.catch_warnings():
    # Its signing part, which we never use, imports a module that Python 3.13 drops.
    warnings.simplefilter("ignore", DeprecationWarning)
    from apprise.plugins.email import NotifyEmail

__all__ = ["Face", "Message", "Target", "check_url", "face_of", "send", "targets"]

Face = Literal["email", "slack", "teams", "discord", "markdown", "text"]

_LONGEST_SEND = 60.0  # seconds; far below the lease of an outbox row
_MAIL = frozenset({"mailto", "mailtos"})
_WEBHOOKS = frozenset({"form", "forms", "json", "jsons", "xml", "xmls"})
# These read Markdown; of the others, those whose URL says format=markdown.
_MARKDOWN = frozenset(
    {
        "gchat",
        "guilded",
        "matrix",
        "matrixs",
        "mmost",
        "mmosts",
        "revolt",
        "rocket",
        "rockets",
        "tgram",
        "webex",
        "wxteams",
        "zulip",
    }
)
_SLACK_LIKE = re.compile(
    r"slack\+(?P<server>https?://[^/?#@\s]+(?:/[^/?#\s]+)*?)"
    r"/(?P<tokens>[A-Z0-9]+/[A-Z0-9]+/[A-Z0-9]+)/?(?P<query>\?\S*)?",
    re.IGNORECASE,
)
_SLACK_NATIVE = re.compile(r"https?://hooks\.slack(-gov)?\.com/", re.IGNORECASE)
# These are told by cards of their own (alerts.cards), whatever the web address they are known by.
_CARDED: Mapping[str, Face] = {"discord": "discord", "workflow": "teams", "workflows": "teams"}
_MAIL_LIMIT = 80_000  # bytes of HTML: Gmail hides what is beyond 102 KB as they arrive, encoded
# Apprise's figure for Teams is an old one; a card may have 28 KB.
_BODY_LIMITS = {"workflow": 25_000, "workflows": 25_000}
# What a card may take as JSON: its text, the names around it, and `\\u2019` for a curly quote.
_CARD_LIMITS: Mapping[Face, int] = {"slack": 12_000, "teams": 25_000, "discord": 4_200}
_FORMATS: dict[Face, NotifyFormat | None] = {
    "email": NotifyFormat.HTML,
    "slack": None,  # already in the service's own markup: Apprise passes it as it is
    "teams": NotifyFormat.MARKDOWN,  # where it is no card
    "discord": NotifyFormat.MARKDOWN,
    "markdown": NotifyFormat.MARKDOWN,
    "text": NotifyFormat.TEXT,
}
_ASSET = AppriseAsset(
    app_id="Oversight Watch",
    app_desc="Oversight Watch",
    app_url="",
    image_url_mask="",  # Apprise's own pictures are on a public server that would learn of each message
    image_url_logo="",
    storage_mode="memory",
    http_redirects=False,  # a redirected POST arrives as a GET, and anywhere
    interpret_escapes=False,
)


@dataclass(frozen=True, slots=True)
class Target:
    """One recipient of a channel: a mail address, or "#1", "#2" for other URLs in their order.

    `limit` is the most characters that a body (of a mail its HTML) or a card may have, its title included.
    `unsubscribe` is where a reader of a mail asks to be left out.
    """

    channel: str
    recipient: str
    url: SecretStr
    face: Face
    limit: int | None = None
    allow_private: bool = False
    unsubscribe: str | None = None


class _Slack(NotifySlack):  # type: ignore[no-untyped-call]
    """Slack without footer and picture, which takes text that is already Slack's own markup as it is.

    Apprise's way from Markdown to Slack keeps backslashes before `*` and `_`, which Slack then shows, and
    its way for undeclared text turns an escaped `<!channel>` back into a mention.
    """

    own_markup = False
    takes_card = True
    card: Card | None = None

    def dialect_convert(self, body: str, body_format: NotifyFormat | None = None, *_: Any, **__: Any) -> str:
        if self.own_markup and body_format == NotifyFormat.MARKDOWN:
            return body
        return str(super().dialect_convert(body, body_format))

    def _send(self, url: str, payload: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Put our card in the place of the body; whom it goes to stays Apprise's."""
        if self.card:
            payload = {name: value for name, value in payload.items() if name != "attachments"}
            payload |= self.card
        return super()._send(url, payload, *args, **kwargs)  # type: ignore[no-untyped-call]


class _Discord(NotifyDiscord):  # type: ignore[no-untyped-call]
    """Discord with our embed; a mention that the channel's URL asks for (ping=) stays."""

    takes_card = True
    card: Card | None = None

    def _send(self, payload: dict[str, Any], *args: Any, **kwargs: Any) -> bool:
        if self.card:
            payload = {name: value for name, value in payload.items() if name not in ("embeds", "content")}
            payload |= self.card
            if self.ping:
                payload |= self.ping_payload(" ".join(self.ping))
                del payload["allowed_mentions"]
        return bool(super()._send(payload, *args, **kwargs))


class _Teams(NotifyWorkflows):  # type: ignore[no-untyped-call]
    """Teams with our Adaptive Card."""

    takes_card = True
    card: Card | None = None

    def gen_payload(self, *args: Any, **kwargs: Any) -> Any:
        return self.card or super().gen_payload(*args, **kwargs)  # type: ignore[no-untyped-call]


def check_url(url: str) -> str | None:
    """Give None where the URL can be sent to, else a sentence that says what to do.

    The sentence repeats nothing of the URL but its scheme. `slack+http://server/T/B/C` (or slack+https) is
    ours: a server that takes Slack's webhooks, such as a relay of one's own.
    """
    scheme = _scheme(url)
    service = _service(url)
    if service is None:
        return _what_is_wrong(scheme)
    if scheme in _MAIL:
        return _what_is_wrong_with_mail(service)
    recipients = len(service) // (service.retry + 1)
    if recipients > 1:
        # One failing recipient would have the others told again at the next attempt.
        return f"a {scheme}:// URL names {recipients} recipients; write one URL for each in 'to'"
    return None


def face_of(settings: ChannelSettings) -> Face:
    """Give the face that a channel's messages wear: the user's choice, else what its first URL reads best."""
    return settings.template or _face_of_url(settings.to[0].get_secret_value())


def targets(name: str, settings: ChannelSettings, contact: str | None = None) -> tuple[Target, ...]:
    """Give a channel's recipients, each once: an outbox row is one recipient, so that none is told twice.

    Each address of a mail URL, copies too, gets its own mail. Its reader asks to be left out where the
    channel says, else at `contact` if that is a mail address. Raises DeliveryError for a URL that
    `check_url` refuses.
    """
    found: dict[str, Target] = {}
    for number, url in enumerate(settings.to, start=1):
        face = settings.template or _face_of_url(url.get_secret_value())
        limit = _limit_of(url.get_secret_value(), face)
        for recipient in _recipients(name, url.get_secret_value()) or (f"#{number}",):
            asked = _unsubscribe(settings, contact, f"{name} {recipient}")
            found.setdefault(
                recipient, Target(name, recipient, url, face, limit, settings.allow_private, asked)
            )
    return tuple(found.values())


def _unsubscribe(settings: ChannelSettings, contact: str | None, about: str) -> str | None:
    """Give where to ask; a contact that is a web page need not be one on which that can be done."""
    asked = settings.unsubscribe or (contact if contact and "://" not in contact else None)
    return unsubscribe_address(asked, about) if asked else None


def send(target: Target, message: Message) -> None:
    """Hand one message to one recipient; return once the channel has accepted it.

    Ends in bounded time. Raises DeliveryError with what the channel said, free of the URL's secrets.
    """
    url = target.url.get_secret_value()
    deliver = _send_mail if _scheme(url) in _MAIL else _send_by_apprise
    try:
        _bounded(lambda: deliver(url, target, message))
    except DeliveryError as error:
        said = redact(str(error), secrets_of(url), keep=target.recipient)
        raise DeliveryError(said, permanent=error.permanent, retry_after=error.retry_after) from None
    except Exception as error:
        # A plugin's own fault: its words may hold any part of the URL, its kind may not.
        raise DeliveryError(f"the sender failed with {type(error).__name__}", permanent=False) from None


def _send_mail(url: str, target: Target, message: Message) -> None:
    service = _service(url)
    if service is None:
        raise DeliveryError(_what_is_wrong(_scheme(url)), permanent=True)
    route = MailRoute(
        host=service.smtp_host,
        port=service.port,
        secure=service.secure_mode,
        sender=service.from_addr[1],
        sender_name=service.from_addr[0] or _ASSET.app_id,
        user=service.user,
        password=service.password,
        reply_to=tuple(sorted(service.reply_to)),
        headers=service.headers,
        unsubscribe=target.unsubscribe,
        verify=service.verify_certificate,
        timeout=float(service.socket_connect_timeout),
    )
    send_mail(route, target.recipient, message)


def _send_by_apprise(url: str, target: Target, message: Message) -> None:
    service = _service(url)
    if service is None:
        raise DeliveryError(_what_is_wrong(_scheme(url)), permanent=True)
    if _scheme(url) in _WEBHOOKS:
        service.headers["Idempotency-Key"] = message.identity
    body_format = _FORMATS[target.face]
    if isinstance(service, _Slack) and target.face == "slack":
        service.own_markup, body_format = True, NotifyFormat.MARKDOWN
    title, body = _title_and_body(service, target.face, message)
    # The renderer has fitted it; a user's own template may know no limit.
    body = shorten(body, _longest_body(url, service) - len(title))
    if message.card and _takes_card(service) and len(json.dumps(message.card)) <= _CARD_LIMITS[target.face]:
        service.card = message.card
    with listening(allow_private=target.allow_private) as exchange:
        if not service.notify(body=body, title=title, body_format=body_format):
            raise refusal(exchange)


def _limit_of(url: str, face: Face) -> int | None:
    if _scheme(url) in _MAIL:
        return _MAIL_LIMIT
    service = _service(url)
    if service is None:
        return None
    if face in _CARD_LIMITS and _takes_card(service):
        return _CARD_LIMITS[face]
    return _longest_body(url, service)


def _longest_body(url: str, service: Any) -> int:
    return _BODY_LIMITS.get(_scheme(url), int(service.body_maxlen))


def _takes_card(service: Any) -> bool:
    """Whether it shows our cards: Slack's workflows take text only, and a template in the URL comes first."""
    workflow = getattr(service, "mode", None) in (SlackMode.WORKFLOW, SlackMode.WORKFLOW_TRIGGER)
    return getattr(service, "takes_card", False) and not workflow and not service.template


def _title_and_body(service: Any, face: Face, message: Message) -> tuple[str, str]:
    """Give the title apart only where no service reads marks in it; else it goes into the body, escaped."""
    subject = one_line(message.subject)
    markup = clean(message.markdown or message.text)
    if face in ("markdown", "discord"):
        return "", f"**{escape_markdown(subject)}**\n\n{markup}"
    if face == "slack":
        workflow = getattr(service, "mode", None) in (SlackMode.WORKFLOW, SlackMode.WORKFLOW_TRIGGER)
        if isinstance(service, _Slack) and not workflow:
            return subject, markup
        return "", f"*{escape_slack(subject)}*\n{markup}"
    if face == "teams":
        return "", f"**{escape_markdown(subject)}**\n\n{escape_markdown(message.text)}"
    if face == "email" and message.html is not None:
        return subject, clean(message.html)
    return subject, clean(message.text)


def _bounded(work: Callable[[], None]) -> None:
    """Run in a thread and wait a bounded time: a server that drips bytes outlives every socket time-out."""
    ended: list[BaseException | None] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            ended.append(error)
        else:
            ended.append(None)

    thread = Thread(target=run, name="send", daemon=True)
    thread.start()
    thread.join(_LONGEST_SEND)
    if not ended:
        raise DeliveryError(
            f"the channel did not end the conversation within {_LONGEST_SEND:.0f} s, and may have taken"
            " the message",
            permanent=False,
        )
    if ended[0] is not None:
        raise ended[0]


def _scheme(url: str) -> str:
    found = re.match(r"\s*([a-z][a-z0-9+]{0,31})://", url, re.IGNORECASE)
    return "slack" if _SLACK_NATIVE.match(url.strip()) else found[1].lower() if found else ""


def _service(url: str) -> Any:
    """Give Apprise's service for a URL, None where it makes nothing of it."""
    scheme = _scheme(url)
    if scheme in _MAIL:
        # Asked by class, mail and Slack load none of the other plugins.
        return _made(NotifyEmail, NotifyEmail.parse_url(url))  # type: ignore[no-untyped-call]
    if scheme.startswith("slack"):
        return _slack(url.strip())
    service = Apprise.instantiate(url, asset=_ASSET)
    for kind in (_Discord, _Teams):
        if isinstance(service, kind.__mro__[1]):
            return _made(kind, kind.parse_native_url(url) or kind.parse_url(url))
    return service if isinstance(service, NotifyBase) else None


def _slack(url: str) -> Any:
    like = _SLACK_LIKE.fullmatch(url)
    if like:
        url = f"slack://{like['tokens']}/{like['query'] or ''}"
    parsed = NotifySlack.parse_native_url(url)  # type: ignore[no-untyped-call]
    parsed = parsed or NotifySlack.parse_url(url)  # type: ignore[no-untyped-call]
    if not parsed or parsed.get("schema") != "slack":
        return None
    parsed.update({f"include_{part}": False for part in ("footer", "image") if part not in parsed["qsd"]})
    service = _made(_Slack, parsed)
    if service is not None:
        # A relay need not know blocks.
        service.takes_card = parsed["qsd"].get("blocks", "yes").lower() not in ("no", "false", "0")
    if service is not None and like:
        service.webhook_url = like["server"]
    return service


def _made(kind: type[NotifyBase], parsed: dict[str, Any] | None) -> Any:
    try:
        return kind(**{**parsed, "asset": _ASSET}) if parsed else None
    except (TypeError, ValueError, AttributeError):
        return None


def _face_of_url(url: str) -> Face:
    scheme = _scheme(url)
    if scheme in _MAIL:
        return "email"
    if scheme.startswith("slack"):
        return "slack"
    if scheme in _CARDED:
        return _CARDED[scheme]
    if scheme in _MARKDOWN or re.search(r"[?&]format=markdown\b", url, re.IGNORECASE):
        return "markdown"
    # A service that Apprise knows by another web address (discord.com, webhook.office.com, …).
    service = _service(url) if scheme in ("http", "https") else None
    known = _known_schemes(service)
    carded = next((face for name, face in _CARDED.items() if name in known), None)
    return carded or ("markdown" if known & _MARKDOWN else "text")


def _known_schemes(service: Any) -> set[str]:
    return set() if service is None else set(service.schemas())


def _recipients(name: str, url: str) -> tuple[str, ...]:
    wrong = check_url(url)
    if wrong:
        raise DeliveryError(f"channel {name}: {wrong}", permanent=True)
    return tuple(_mail_addresses(_service(url))) if _scheme(url) in _MAIL else ()


def _mail_addresses(service: Any) -> Iterator[str]:
    yield from (address for _, address in service.targets)
    yield from sorted(service.cc)
    yield from sorted(service.bcc)


def _what_is_wrong(scheme: str) -> str:
    manager = NotificationManager()  # type: ignore[no-untyped-call]
    if not scheme:
        return "this is no channel URL; write for example mailtos://user:password@host?to=anna@example.org"
    if scheme in manager:
        plugin = manager[scheme]
        if not plugin.enabled:
            needs = plugin.requirements.get("packages_required") or "packages that are missing here"
            return f"{scheme}:// needs {needs if isinstance(needs, str) else ', '.join(needs)}; install it"
        return f"some part of this {scheme}:// URL is missing or not valid; see {plugin.setup_url}"
    if scheme.startswith("slack"):
        return "a URL for a Slack-like server is written slack+https://server/T…/B…/secret"
    near = get_close_matches(scheme, list(manager.schemas()), n=1)  # type: ignore[no-untyped-call]
    hint = f"did you mean {near[0]}://?" if near else "see https://appriseit.com/services/ for those it knows"
    return f"Apprise knows no {scheme}:// channel; {hint}"


def _what_is_wrong_with_mail(service: Any) -> str | None:
    if not any(_mail_addresses(service)):
        return "this mail URL names no valid recipient; add ?to=anna@example.org"
    if service.pgp_mode != "no":
        return "mails are not signed or encrypted here; take pgp= and wkd= out of the mail URL"
    return None
