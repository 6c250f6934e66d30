"""Who may read and who may write: decided here for every request, and denied unless something allows it.

Without tokens the reading room listens on loopback only, and then whoever is on this machine is its admin.
A request that names another host is refused even then: a website may let its own name point to this machine.
"""

import base64
import binascii
import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from http.cookies import CookieError, SimpleCookie
from time import monotonic
from urllib.parse import SplitResult, quote, urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.watchfile.reading_room import ReadingRoomSettings, is_loopback_name
from service.web.errors import error_response

COOKIE = "oversight_watch"
COOKIE_SECONDS = 30 * 24 * 3600
_PUBLIC = ("/healthz", "/readyz", "/sign-in", "/static/", "/unsubscribe/", "/snooze/")
# Mail providers post here for their users; the signature in the address is the permission.
_FROM_ANYWHERE = "/unsubscribe/"
_READING = ("GET", "HEAD")
_MOST_TRIES, _TRIES_SECONDS = 10, 300.0
_MOST_CLIENTS = 1_000


class Role(IntEnum):
    """What somebody may do; each may do all that those before it may."""

    NOBODY = 0
    READER = 1
    ADMIN = 2


@dataclass(frozen=True, slots=True)
class Keys:
    """What lets people in, and how a cookie is signed."""

    settings: ReadingRoomSettings
    tokens: Mapping[Role, str]

    @classmethod
    def of(cls, settings: ReadingRoomSettings) -> "Keys":
        """Read the tokens, also those in files. Raises OversightError."""
        found = {Role.READER: settings.token("read"), Role.ADMIN: settings.token("admin")}
        return cls(settings, {role: token for role, token in found.items() if token})

    @property
    def is_open(self) -> bool:
        """Whether there is nothing to sign in with: then only this machine is served."""
        return not self.tokens and self.settings.proxy is None

    def role_of_token(self, given: str) -> Role:
        """Return what a token allows."""
        allowed = [
            role for role, token in self.tokens.items() if hmac.compare_digest(token.encode(), given.encode())
        ]
        return max(allowed, default=Role.NOBODY)

    def role_of(self, scope: Scope, headers: Headers) -> Role:
        """Return what the sender of a request may do."""
        if self.is_open:
            return Role.ADMIN
        found = [self.role_of_token(token) for token in _tokens(headers)]
        found += [self.role_of_cookie(value) for value in _cookies(headers)]
        return max([*found, self._role_by_proxy(scope, headers)])

    def name_by_proxy(self, scope: Scope, headers: Headers) -> str:
        """Return whom the proxy has signed in; nobody else's word counts."""
        proxy = self.settings.proxy
        if proxy is None or _address_of(scope) != proxy.address:
            return ""
        return headers.get(proxy.header, "").strip()

    def client_of(self, scope: Scope, headers: Headers) -> str:
        """Return the address of whoever sent a request; the proxy appends it to X-Forwarded-For."""
        address = _address_of(scope)
        if self.settings.proxy is None or address != self.settings.proxy.address:
            return address
        return headers.get("x-forwarded-for", "").rpartition(",")[2].strip() or address

    def _role_by_proxy(self, scope: Scope, headers: Headers) -> Role:
        proxy, name = self.settings.proxy, self.name_by_proxy(scope, headers)
        if proxy is None or not name:
            return Role.NOBODY
        return Role.ADMIN if name in proxy.admins else Role.READER

    def cookie_for(self, role: Role) -> str:
        """Return the value of the cookie for somebody who has signed in."""
        return str(self._signer(role).dumps(role.name))

    def role_of_cookie(self, value: str) -> Role:
        """Return what a cookie allows; one signed with a token that has changed allows nothing."""
        for role in self.tokens:
            try:
                if self._signer(role).loads(value, max_age=COOKIE_SECONDS) == role.name:
                    return role
            except BadSignature:
                continue
        return Role.NOBODY

    def _signer(self, role: Role) -> URLSafeTimedSerializer:
        key = hashlib.sha256(f"reading room {role.name} {self.tokens[role]}".encode()).digest()
        return URLSafeTimedSerializer(key, salt="sign-in")


class Tries:
    """How often each client has tried a wrong token lately."""

    def __init__(self) -> None:
        self._tried: dict[str, deque[float]] = {}

    def seconds_to_wait(self, client: str) -> int:
        """Return 0 where the client may try, else how long it has to wait."""
        tried, now = self._tried.get(client, deque()), monotonic()
        while tried and tried[0] < now - _TRIES_SECONDS:
            tried.popleft()
        return 0 if len(tried) < _MOST_TRIES else int(tried[0] + _TRIES_SECONDS - now) + 1

    def add(self, client: str) -> None:
        """Count a wrong token."""
        if client not in self._tried and len(self._tried) >= _MOST_CLIENTS:
            self._tried.pop(next(iter(self._tried)))
        self._tried.setdefault(client, deque(maxlen=_MOST_TRIES)).append(monotonic())


class Access:
    """Lets a request through to the pages, or answers it itself."""

    def __init__(self, app: ASGIApp, keys_in_use: Callable[[], Keys]) -> None:
        self._app = app
        self._keys_in_use = keys_in_use
        # Apart from those of the form, so that a program with an old token locks nobody out of it.
        self._guesses = Tries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # In a thread: a watch file that has changed is read again there.
        keys = await run_in_threadpool(self._keys_in_use)
        refused = _refused(keys, self._guesses, scope)
        await (refused or self._app)(scope, receive, send)


def _refused(keys: Keys, guesses: Tries, scope: Scope) -> Response | None:
    """Return the answer to a request that is not allowed; note the role of one that is."""
    headers, path = Headers(scope=scope), scope["path"]
    client = keys.client_of(scope, headers)
    if keys.is_open and not is_loopback_name(_host_of(f"//{headers.get('host', '')}").hostname or ""):
        said = "This reading room has no token, so it only answers to the name localhost or 127.0.0.1."
        return error_response(scope, 403, said)
    role = keys.role_of(scope, headers)
    state = {"role": role, "keys": keys, "name": keys.name_by_proxy(scope, headers), "client": client}
    scope["state"] = {**scope.get("state", {}), **state}
    is_own = path.startswith(_FROM_ANYWHERE) or _is_same_origin(headers)
    if scope["method"] not in _READING and not is_own:
        return error_response(scope, 403, "This request came from another website, so nothing was changed.")
    if path.startswith(_PUBLIC) or path == "/sign-out":
        return None
    return _refused_by_role(role, guesses, scope, headers)


def _refused_by_role(role: Role, guesses: Tries, scope: Scope, headers: Headers) -> Response | None:
    has_token, client = any(_tokens(headers)), scope["state"]["client"]
    if has_token and (wait := guesses.seconds_to_wait(client)):
        answer = error_response(scope, 429, f"Too many wrong tokens. Try again in {wait} seconds.")
        answer.headers["Retry-After"] = str(wait)
        return answer
    if role == Role.NOBODY:
        if has_token:
            guesses.add(client)
        return _ask_to_sign_in(scope, headers)
    if scope["method"] not in _READING and role < Role.ADMIN:
        return error_response(scope, 403, "Your token may read, not change anything. Sign in as an admin.")
    return None


def _address_of(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _is_same_origin(headers: Headers) -> bool:
    """Whether no other website sent this request; programs send neither header."""
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or _host_of(origin).netloc == headers.get("host")


def _host_of(address: str) -> SplitResult:
    """Return an address in its parts; one that is not valid has no parts."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _tokens(headers: Headers) -> Iterable[str]:
    """Return the token of an Authorization header; feed readers can only send user and password."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        yield given.strip()
    elif kind.lower() == "basic":
        try:
            yield base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return


def _cookies(headers: Headers) -> Iterable[str]:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return
    if found:
        yield found.value


def _ask_to_sign_in(scope: Scope, headers: Headers) -> Response:
    if scope["method"] in _READING and "text/html" in headers.get("accept", ""):
        query = scope["query_string"].decode("latin-1")
        asked = f"{scope['path']}{'?' if query else ''}{query}"
        return RedirectResponse(f"/sign-in?next={quote(asked, safe='')}", 303)
    answer = error_response(scope, 401, "Sign in, or send the token as: Authorization: Bearer TOKEN")
    answer.headers["WWW-Authenticate"] = 'Basic realm="Oversight Watch", charset="UTF-8"'
    return answer
