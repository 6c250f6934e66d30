"""What a channel's URL means: its service in Apprise, the face it reads best, and what is wrong with it.

Nothing of a URL but its scheme is said. alerts.channels.send sends.
"""

import re
import warnings
from collections.abc import Mapping
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.manager_plugins import NotificationManager
from apprise.plugins.base import NotifyBase
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.slack import NotifySlack
from apprise.plugins.workflows import NotifyWorkflows

from alerts.channels.mail_urls import ADVICE, read_mail_url
from alerts.channels.pasted import as_apprise, wrong_address_of
from alerts.domain.messages import Card, Face
from monitor.domain.text import CURLY_QUOTES, UNSEEN, nearest

with warnings.catch_warnings():
    # Its signing part, which we never use, imports a module that Python 3.13 drops.
    warnings.simplefilter("ignore", DeprecationWarning)
    from apprise.plugins.email import NotifyEmail

MAIL = frozenset({"mailto", "mailtos"})
WEBHOOKS = frozenset({"form", "forms", "json", "jsons", "xml", "xmls"})
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
SLACK_LIKE = re.compile(
    r"slack\+(?P<server>https?://[^/?#@\s]+(?:/[^/?#\s]+)*?)"
    r"/(?P<tokens>[A-Z0-9]+/[A-Z0-9]+/[A-Z0-9]+)/?(?P<query>\?\S*)?",
    re.IGNORECASE,
)
_SLACK_NATIVE = re.compile(r"https?://hooks\.slack(-gov)?\.com/", re.IGNORECASE)
# These get cards of their own (alerts.rendering.cards), whatever the web address they are known by.
_CARDED: Mapping[str, Face] = {"discord": "discord", "workflow": "teams", "workflows": "teams"}
# What to write, by how a scheme that is not understood begins.
_FORMS = {
    "http": "this web address is not valid; write for example https://newsroom.example.org/hook",
    "slack": "a URL for a Slack-like server is written slack+https://server/T…/B…/secret",
    **dict.fromkeys(
        ("smtp", "email", "mail"),
        "a mail server is written mailtos://user:password@host?to=anna@example.org, or as keys under 'mail'",
    ),
    **dict.fromkeys(
        ("file", "ftp", "sftp", "stdout"),
        "a channel reaches people or a program, not a file; `events` prints what changed",
    ),
}
_WHOLE_LOGIN = "a password with signs such as / # ? comes whole from a variable, as in user:${PASSWORD}@host"
# "user:12/34@host", where a password holds a slash; a host without a dot that has a port looks the same.
_LOGIN_READ_AS_PORT = re.compile(
    r"\s*[a-z0-9+]+://(?:[^/?#:@]*@[^/?#:]*|(?!localhost:)[^/?#@:.\[]+):\d*(?:/[^?#]*|[?#][^=&]*)@",
    re.IGNORECASE,
)
ASSET = AppriseAsset(
    app_id="Oversight Watch",
    app_desc="Oversight Watch",
    app_url="",
    image_url_mask="",  # Apprise's own pictures are on a public server that would learn of each message
    image_url_logo="",
    storage_mode="memory",
    http_redirects=False,  # a redirected POST arrives as a GET, and anywhere
    interpret_escapes=False,
)


class Slack(NotifySlack):  # type: ignore[no-untyped-call]
    """Slack without footer and picture, which takes text that is already Slack's own markup as it is.

    Apprise's way from Markdown to Slack keeps backslashes before `*` and `_`, which Slack then shows, and
    its way for undeclared text turns an escaped `<!channel>` back into a mention.
    """

    own_markup = False
    takes_card = True
    card: Card | None = None

    def dialect_convert(self, body: str, body_format: NotifyFormat | None = None, *_: Any, **__: Any) -> str:
        """Leave our own markup as it is."""
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


class _Webhook(NotifyJSON):  # type: ignore[no-untyped-call]
    """A plain web address, asked as it is written: Apprise loses repeated settings and what follows a `;`."""

    asked = ""  # the path and the query

    def send(self, *args: Any, **kwargs: Any) -> bool:
        self.fullpath, self.params = self.asked, {}
        return bool(super().send(*args, **kwargs))  # type: ignore[no-untyped-call]


class _Teams(NotifyWorkflows):  # type: ignore[no-untyped-call]
    """Teams with our Adaptive Card."""

    takes_card = True
    card: Card | None = None

    def gen_payload(self, *args: Any, **kwargs: Any) -> Any:
        return self.card or super().gen_payload(*args, **kwargs)  # type: ignore[no-untyped-call]


def check_url(url: str) -> str | None:
    """Return None where the URL can be sent to, else a sentence that says what to do.

    The sentence repeats nothing of the URL but its scheme. `slack+http://server/T/B/C` (or slack+https) is
    ours: a server that takes Slack's webhooks, such as a relay of one's own.
    """
    scheme = scheme_of(url)
    if _LOGIN_READ_AS_PORT.match(url):
        said = f"this {scheme}:// URL may have a password where its port belongs"
        return f"{said}; {_WHOLE_LOGIN}, and recipients go after ?to="
    if wrong := _mistyped(url) or (read_mail_url(url).wrong if scheme in MAIL else None):
        return wrong
    service = service_of(url)
    if service is None:
        return wrong_address_of(url) or what_is_wrong(url)
    if scheme in MAIL:
        return _what_is_wrong_with_mail(url, service)
    return _what_is_wrong_with_service(url, scheme, service)


def _what_is_wrong_with_service(url: str, scheme: str, service: Any) -> str | None:
    if _is_cut_short(url, service):
        return f"this {scheme}:// URL has no valid host; {_WHOLE_LOGIN}"
    if service.port is not None and not 0 < service.port < 65_536:
        return f"the port of this {scheme}:// URL is not valid; it is a number from 1 to 65535"
    recipients = len(service) // (service.retry + 1)
    if recipients > 1:
        # One failing recipient would have the others told again at the next attempt.
        return f"a {scheme}:// URL names {recipients} recipients; write one URL for each in 'to'"
    return None


def _mistyped(url: str) -> str | None:
    if any(mark in url for mark in UNSEEN):
        return "this URL holds a character that cannot be seen; delete it and type the URL again"
    if url.strip().startswith(tuple(CURLY_QUOTES)):
        return "this URL has typographic quotes; write plain ones or none"
    if re.match(r"\s*[<(\[\"'`]", url):
        return "this URL has a sign before it that is not part of it; write it without brackets and quotes"
    return None


def _is_cut_short(url: str, service: Any) -> bool:
    """Return whether a sign in a password was taken for the end of the host."""
    named = "{host}" in "".join(service.templates) and re.fullmatch(r"[^:\[]*:.*", service.host or "")
    return bool(named or re.match(r"\s*[a-z0-9+]+://[^/?#]*#[^/]*@", url, re.IGNORECASE))


def scheme_of(url: str) -> str:
    """Return the scheme of a channel's URL, small; Slack's own web address has Slack's."""
    found = re.match(r"\s*([a-z][a-z0-9+]{0,31})://", url, re.IGNORECASE)
    return "slack" if _SLACK_NATIVE.match(url.strip()) else found[1].lower() if found else ""


def service_of(url: str) -> Any:
    """Return Apprise's service for a URL, None where it makes nothing of it."""
    scheme = scheme_of(url)
    url = url.strip().replace("/#", "/%23")  # a room, as in slack://token/#oversight
    if scheme in MAIL:
        # Asked by class, mail, Slack and JSON load none of the other plugins: 340 modules, 16 MB.
        return _made(NotifyEmail, NotifyEmail.parse_url(read_mail_url(url).rest))  # type: ignore[no-untyped-call]
    if scheme.startswith("slack"):
        return _slack(url)
    url = as_apprise(_with_whole_login(url))
    if scheme in ("json", "jsons"):
        return _made(NotifyJSON, NotifyJSON.parse_url(url))  # type: ignore[no-untyped-call]
    service = Apprise.instantiate(url, asset=ASSET)
    for kind in (_Discord, _Teams):
        if isinstance(service, kind.__mro__[1]):
            return _made(kind, kind.parse_native_url(url) or kind.parse_url(url))
    if service is None and scheme in ("http", "https"):
        teams = _pasted_teams(url)
        return teams if teams or wrong_address_of(url) else _webhook(url)
    return service if isinstance(service, NotifyBase) else None


def _with_whole_login(url: str) -> str:
    """Return a URL whose password may hold `:` and `@`, at which Apprise would cut it."""
    found = re.match(r"([a-z0-9+]+://)([^/?#:]*):([^/?#]*)@", url, re.IGNORECASE)
    if found is None:
        return url
    user, password = (part.replace(":", "%3A").replace("@", "%40") for part in found.groups()[1:])
    return f"{found[1]}{user}:{password}@{url[found.end() :]}"


def _pasted_teams(url: str) -> Any:
    """Return Teams for a workflow's address as its site shows it."""
    parsed = NotifyWorkflows.parse_native_url(url)  # type: ignore[no-untyped-call]
    version = parsed.pop("version", None) if parsed else None
    service = _made(_Teams, parsed)
    if service is not None and version:
        service.api_version = version
    return service


def _webhook(url: str) -> Any:
    """Return Apprise's JSON webhook for a plain web address."""
    front, _, query = url.partition("?")
    given = "&".join(f"-{setting}" for setting in query.split("&") if setting)
    as_json = re.sub(r"^http(s?)://", r"json\1://", front, flags=re.IGNORECASE) + (
        f"?{given}" if given else ""
    )
    service = _made(_Webhook, NotifyJSON.parse_url(as_json))  # type: ignore[no-untyped-call]
    asked = re.match(r"https?://[^/?#]*([^#]*)", url, re.IGNORECASE)
    if service is not None and asked:
        service.asked = asked[1] if asked[1].startswith("/") else f"/{asked[1]}"
    return service


def _slack(url: str) -> Any:
    like = SLACK_LIKE.fullmatch(url)
    if like:
        url = f"slack://{like['tokens']}/{like['query'] or ''}"
    parsed = NotifySlack.parse_native_url(url)  # type: ignore[no-untyped-call]
    parsed = parsed or NotifySlack.parse_url(url)  # type: ignore[no-untyped-call]
    if not parsed or parsed.get("schema") != "slack":
        return None
    parsed.update({f"include_{part}": False for part in ("footer", "image") if part not in parsed["qsd"]})
    service = _made(Slack, parsed)
    if service is not None:
        # A relay need not know blocks.
        service.takes_card = parsed["qsd"].get("blocks", "yes").lower() not in ("no", "false", "0")
    if service is not None and like:
        service.webhook_url = like["server"]
    return service


def _made(kind: type[NotifyBase], parsed: dict[str, Any] | None) -> Any:
    try:
        return kind(**{**parsed, "asset": ASSET}) if parsed else None
    except (TypeError, ValueError, AttributeError):
        return None


def face_of_url(url: str) -> Face:
    """Return the face that a URL's service reads best."""
    scheme = scheme_of(url)
    if scheme in MAIL:
        return "email"
    if scheme.startswith("slack"):
        return "slack"
    if scheme in _CARDED:
        return _CARDED[scheme]
    if scheme in _MARKDOWN or re.search(r"[?&]format=markdown\b", url, re.IGNORECASE):
        return "markdown"
    # A service that Apprise knows by another web address (discord.com, webhook.office.com, …).
    service = service_of(url) if scheme in ("http", "https") else None
    known = _known_schemes(service)
    carded = next((face for name, face in _CARDED.items() if name in known), None)
    return carded or ("markdown" if known & _MARKDOWN else "text")


def _known_schemes(service: Any) -> set[str]:
    return set() if service is None else set(service.schemas())


def mail_addresses(url: str, service: Any) -> tuple[str, ...]:
    """Return everybody that a mail URL names, copies too; its sender where it names nobody."""
    named = read_mail_url(url).recipients
    return named or tuple(address for _, address in service.targets)


def what_is_wrong(url: str) -> str:
    """Return what to do about a URL that cannot be sent to; nothing of it but its scheme is said."""
    scheme = scheme_of(url)
    manager = NotificationManager()  # type: ignore[no-untyped-call]
    if not scheme and re.search(r"[^\s@]@[^\s@]", url):
        return "mail needs a server too; give the channel 'mail' with host, from and to, in place of 'to'"
    if not scheme:
        return "this is not a channel URL; write for example mailtos://user:password@host?to=anna@example.org"
    if scheme in manager:
        plugin = manager[scheme]
        if not plugin.enabled:
            needs = plugin.requirements.get("packages_required") or "packages that are missing here"
            return f"{scheme}:// needs {needs if isinstance(needs, str) else ', '.join(needs)}; install it"
        advice = ADVICE if scheme in MAIL else f"see {plugin.setup_url}"
        return f"some part of this {scheme}:// URL is missing or not valid; {advice}"
    for begins, advice in _FORMS.items():
        if scheme.startswith(begins):
            return advice
    near = nearest(scheme, manager.schemas())  # type: ignore[no-untyped-call]
    hint = f"did you mean {near}://?" if near else "see https://appriseit.com/services/ for those it knows"
    return f"Apprise knows no {scheme}:// channel; {hint}"


def _what_is_wrong_with_mail(url: str, service: Any) -> str | None:
    if not mail_addresses(url, service):
        return "this mail URL names no valid recipient; add ?to=anna@example.org"
    if service.pgp_mode != "no":
        return "mails are not signed or encrypted here; take pgp= and wkd= out of the mail URL"
    return None
