"""Whom a mail URL names, recipients and sender, read by ourselves: Apprise drops or shortens addresses. Pure.

A sentence about what is wrong names the address or the key, never another part of the URL.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from alerts.domain.settings import wrong_address
from monitor.domain.text import hint

_RECIPIENT_KEYS = ("to", "cc", "bcc")
_LOGIN_KEYS = ("user", "pass", "password")
ADVICE = "a password with signs such as @ / # ? goes under 'mail:' into 'password', as it is"
_KEYS = (
    *_RECIPIENT_KEYS,
    *(
        "cto",
        "emojis",
        "format",
        "from",
        "inline",
        "mode",
        "name",
        "optional",
        "overflow",
        "pass",
        "password",
    ),
    *("pgp", "pgpprv", "pgppub", "port", "redirect", "reply", "retry", "rto", "smtp", "store", "timestamp"),
    *("tz", "user", "verify", "wait", "wkd"),
)


@dataclass(frozen=True, slots=True)
class MailURL:
    """A mail URL taken apart: `rest` is the URL without addresses, `wrong` what keeps it from being used.

    `sender` is the name and the address after from=, None where they follow from the login.
    """

    recipients: tuple[str, ...]
    rest: str
    sender: tuple[str, str] | None = None
    reply_to: tuple[str, ...] = ()
    wrong: str | None = None


def read_mail_url(url: str) -> MailURL:
    """Return the recipients a mail URL names, each once whatever the case of its letters."""
    front, _, query = url.strip().partition("?")
    scheme, _, behind = front.partition("://")
    server, _, path = behind.partition("/")
    settings = [setting for setting in query.split("&") if setting]
    keys = [unquote(setting.partition("=")[0]).lower() for setting in settings]
    written = [unquote(part) for part in path.split("/")]
    written += [
        unquote(setting.partition("=")[2])
        for key, setting in zip(keys, settings, strict=True)
        if key in _RECIPIENT_KEYS
    ]
    entries = [entry for text in written for entry in _entries(text)]
    named = dict(zip(keys, (setting.partition("=")[2] for setting in settings), strict=True))
    sender = _sender(unquote(named.get("from", "")))
    reply_to = tuple(_entries(unquote(named.get("reply", ""))))
    server = _with_login(server, named)
    moved = (*_RECIPIENT_KEYS, *_LOGIN_KEYS, "reply", *(["from"] if sender else []))
    kept = [setting for key, setting in zip(keys, settings, strict=True) if key not in moved]
    addresses = [*entries, *reply_to, *([sender[1]] if sender else [])]
    wrong = _wrong_keys(keys) or next(filter(None, map(wrong_address, addresses)), None)
    wrong = wrong or _wrong_server(server, named) or _nobody(entries, named)
    # Apprise wants addresses; which they are is decided here.
    kept += ["from=watch@example.org"] if sender else []
    kept += ["to=reader@example.org"] if entries else []
    people: dict[str, str] = {}
    for entry in entries or ([sender[1]] if sender else []):
        people.setdefault(entry.casefold(), entry)
    return MailURL(tuple(people.values()), f"{scheme}://{server}/?{'&'.join(kept)}", sender, reply_to, wrong)


def _sender(written: str) -> tuple[str, str] | None:
    """Return the name and the address of a sender; None for a name alone."""
    named = re.fullmatch(r'[\s"]*([^<>]*?)[\s"]*<([^<>]+)>\s*', written)
    found = (named[1], named[2].strip()) if named else ("", written.strip())
    return found if "@" in found[1] else None


def _nobody(entries: list[str], named: Mapping[str, str]) -> str | None:
    empty = [key for key in _RECIPIENT_KEYS if key in named]
    if entries or not empty:
        return None
    return f"this mail URL names nobody after '{empty[0]}='; write {empty[0]}=anna@example.org"


def _with_login(server: str, named: Mapping[str, str]) -> str:
    """Return the server with user and password before it: as keys, Apprise decodes them twice."""
    login, _, host = server.rpartition("@")
    user, _, password = login.partition(":")
    user = named.get("user", user).replace("@", "%40")
    password = named.get("pass", named.get("password", password)).replace("@", "%40").replace(":", "%3A")
    return f"{user}:{password}@{host}" if user and password else server


def _entries(text: str) -> Iterator[str]:
    for entry in text.split(","):
        named = re.fullmatch(r".*<([^<>]+)>\s*", entry)
        if stripped := (named[1] if named else entry).strip():
            yield stripped


def _wrong_server(server: str, named: Mapping[str, str]) -> str | None:
    if "#" in server or re.search(r"^[^:\[]*:.*\D", server.rpartition("@")[2]):
        return f"this mail URL has no valid host; {ADVICE}"
    port = re.search(r":(\d+)$", server)
    if port and not 0 < int(port[1]) < 65_536:
        return "the port of this mail URL is not valid; mail servers use 587, 465 or 25"
    if re.search(r"^[^:]*:\d*$", unquote(named.get("smtp", ""))):
        return "in this mail URL 'smtp' is a server alone; its port goes behind the host: mailtos://host:2525"
    if re.fullmatch(r"[\w.-]+(:\d+)?", server) and "@" not in unquote(named.get("from", "")):
        return "this mail URL does not say whom mail comes from; add from=watch@example.org"
    return None


def _wrong_keys(keys: list[str]) -> str | None:
    for number, key in enumerate(keys):
        if key.startswith(("+", "-", ":")):
            continue  # a header
        if key not in _KEYS:
            named = f" {key!r}" if re.fullmatch(r"[a-z_]{1,12}", key) else ""
            advice = hint(key, _KEYS) if named else f"; {ADVICE}"
            return f"this mail URL has a key{named} that is not known{advice}"
        if key in keys[:number]:
            return f"this mail URL has {key!r} twice; write one, with commas between several addresses"
    return None
