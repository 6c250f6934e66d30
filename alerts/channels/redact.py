"""What of a channel's URL is secret, and error text without it. Pure.

Everything but the scheme, the host of a server and the recipient counts as secret: services hide tokens in
the user, the password, the path, the query and even in the place of the host.
"""

import html
import json
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

from alerts.domain.settings import SIGNING_PREFIX
from alerts.language.escape import one_line

_STARS = "***"
_LONG = 16
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
_ESCAPE = re.compile(r"(?:%|=|\\x)([0-9a-f]{2})|\\u([0-9a-f]{4})|\\([0-7]{3})", re.IGNORECASE)
_HEX = re.compile(r"(?:(?:0x)?[0-9a-f]{2}[\s:,-]{0,2}){5,}", re.IGNORECASE)
_DECIMAL = re.compile(r"(?:\d{2,3}[\s,;]{1,2}){5,}\d{2,3}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{6,}")
_SECRET_KEY = re.compile("key|token|secret|sig|pass|auth|code", re.IGNORECASE)
_LONGEST_TEXT = 6_000  # characters of an answer that are looked through
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


def tokens_of(url: str) -> tuple[str, ...]:
    """Return the parts of a channel's URL that are passwords or tokens, and no words or addresses."""
    rest = url.partition("://")[2]
    try:
        parts = urlsplit(f"//{rest}")
    except ValueError:
        return tuple(filter(_is_token, map(unquote, re.split(r"[/:@?&=#\[\]]", rest))))
    credentials, _, server = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    places = ["" if password else user, *_in_front(server), *parts.path.split("/")]
    found = [password, *filter(_is_token, places)]
    found += [value for key, value in _settings(parts.query) if _SECRET_KEY.search(key) or _is_token(value)]
    return tuple(map(unquote, found))


def _is_token(part: str) -> bool:
    mixed = re.search(r"\d", part) and re.search(r"[A-Za-z]", part)
    is_path = unquote(part).startswith("/")
    return "@" not in unquote(part) and not is_path and (bool(mixed) or len(part) >= _LONG)


def repeats(text: str, tokens: Iterable[str]) -> bool:
    """Return whether a text holds a token or a piece of one: encoded, reversed, in other letters or apart."""
    views = [text[:_LONGEST_TEXT]]
    for _ in range(2):  # an encoding within another
        views += [seen for view in views for seen in _undressed(view)]
    folded = "\n".join(dict.fromkeys(map(_folded, views)))
    pieces = [piece for token in tokens for piece in _pieces(_folded(token))]
    return any(piece in folded or piece[::-1] in folded for piece in pieces)


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _pieces(token: str) -> Iterator[str]:
    size = 8 if len(token) >= _LONG else 6 if len(token) > 9 else len(token)
    for begin in range(len(token) - size + 1 if size >= _SHORT else 0):
        yield token[begin : begin + size]


def _undressed(text: str) -> Iterator[str]:
    """Yield a text with each usual encoding undone, as far as ASCII needs."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2] or found[3], 8 if found[3] else 16)), text)
    yield html.unescape(plain)
    yield re.sub(r"<[^<>]*>", "", text)
    for run in _HEX.findall(text):
        digits = re.sub(r"0x|[^0-9a-f]", "", run.lower())
        yield bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("latin-1")
    for run in _DECIMAL.findall(text):
        yield "".join(chr(int(number)) for number in re.findall(r"\d+", run))
    for run in _BASE64.findall(re.sub(r"\s", "", text)):
        coded = run.translate(str.maketrans("-_", "+/"))
        for begin in range(4):
            whole = coded[begin : begin + (len(coded) - begin) // 4 * 4]
            rest = coded[begin + len(whole) :]
            padded = whole + (rest + "==")[:4] if len(rest) > 1 else whole
            yield b64decode(padded).decode("latin-1")


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
