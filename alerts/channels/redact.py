"""What of a channel's URL is secret, and error text without it. Pure.

Everything but the scheme, the host of a server and the recipient counts as secret: services hide tokens in
the user, the password, the path, the query and even in the place of the host.
"""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

from alerts.domain.settings import SIGNING_PREFIX
from alerts.language.escape import one_line

_STARS = "***"
_SHORT = 4  # below this length a secret may be part of any word
# Settings of Apprise and of mail that hold no secret; their values ("yes", "2") would riddle any sentence.
_PLAIN_SETTINGS = frozenset(
    {
        "bcc",
        "blocks",
        "cc",
        "cto",
        "emojis",
        "footer",
        "format",
        "from",
        "image",
        "method",
        "mode",
        "name",
        "optional",
        "overflow",
        "redirect",
        "reply",
        "retry",
        "rto",
        "smtp",
        "store",
        "timestamp",
        "to",
        "tz",
        "verify",
        "wait",
    }
)
_SERVER = re.compile(r"localhost|[\w-]+(\.[\w-]+)+|\[[0-9a-f:]+\]", re.IGNORECASE)


def secrets_of(url: str) -> tuple[str, ...]:
    """Return every part of a channel's URL that may be secret, as written and decoded, longest first."""
    rest = url.partition("://")[2]
    try:
        parts = urlsplit(f"//{rest}")
    except ValueError:
        found = re.split(r"[/:@?&=#\[\]]", rest)
    else:
        found = [*_in_front(parts.netloc), *parts.path.split("/"), parts.path.strip("/"), parts.fragment]
        found += [value for key, value in _settings(parts.query) if key.lower() not in _PLAIN_SETTINGS]
        user, _, password = parts.netloc.rpartition("@")[0].partition(":")
        found += [f"\0{unquote(user)}\0{unquote(password)}"] if password else []  # as a mail login sends it
    plain = {form for part in found for form in (part, unquote(part), unquote_plus(part))}
    forms = plain.union(*(_dressed(one) for one in plain if len(one) >= _SHORT))
    return tuple(sorted(filter(_may_be_secret, forms), key=len, reverse=True))


def forms_of(secret: str) -> tuple[str, ...]:
    """Return a secret in every form in which an answer may repeat it, longest first."""
    plain = {secret, secret.removeprefix(SIGNING_PREFIX)}
    return tuple(sorted(plain.union(*map(_dressed, plain)), key=len, reverse=True))


def _dressed(secret: str) -> set[str]:
    """Return a secret as an answer may repeat it: percent-encoded, escaped, in base64, in a wrong charset."""
    given = secret.encode("utf-8", "surrogatepass")
    coded = {encode(given).decode().rstrip("=") for encode in (b64encode, urlsafe_b64encode)}
    percent = {quote(given, safe=""), quote(given), quote_plus(given)}
    lower = {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), one) for one in percent}
    escaped = {json.dumps(secret)[1:-1], html.escape(secret), one_line(secret)}
    misread = {one.encode("utf-8", "surrogatepass").decode("latin-1") for one in (secret, *escaped)}
    return {*coded, *percent, *lower, *escaped, *misread}


def _in_front(netloc: str) -> list[str]:
    credentials, _, server = netloc.rpartition("@")
    host = server if server.startswith("[") else server.partition(":")[0]
    hidden = [] if _SERVER.fullmatch(host) else [server, *server.split(":")]
    return [credentials, *credentials.split(":"), *hidden]


def _settings(query: str) -> Iterator[tuple[str, str]]:
    for setting in query.split("&"):
        key, _, value = setting.partition("=")
        yield key, value


def _may_be_secret(part: str) -> bool:
    # Of a number this short nothing can be opened, but "550 5.1.1" would lose its sense.
    return bool(part) and not (len(part) < 4 and part.isdigit())


def redact(text: str, secrets: Iterable[str], keep: str = "") -> str:
    """Return text with stars in place of each secret; `keep`, a recipient's address, stays readable."""
    pieces = text.split(keep) if keep else [text]
    return keep.join(_starred(piece, tuple(secrets)) for piece in pieces)


def _starred(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        # A short secret ("T1") is only taken as a whole word, or it would eat parts of plain words.
        whole = rf"(?<!\w){re.escape(secret)}(?!\w)" if len(secret) < _SHORT else re.escape(secret)
        text = re.sub(whole, _STARS, text)
    return text
