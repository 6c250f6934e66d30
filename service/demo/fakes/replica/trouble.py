"""What can go wrong with a publisher's site, as plain values the replica acts out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

HTML = "text/html; charset=UTF-8"


class TroubleKind(StrEnum):
    """How an answer goes wrong."""

    ANSWER = "answer"  # these very bytes instead of the page
    REWRITE = "rewrite"  # the page, with its markup changed on the way out
    TRUNCATED = "truncated"  # the page announced whole and cut off half-way
    UNBOUNDED = "unbounded"  # no length announced, two thirds of the page sent
    DRIP = "drip"  # the page, a few bytes at a time
    DROPPED = "dropped"  # the connection closed without a word
    ENDLESS = "endless"  # every page links a next one


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong. `status`, `headers` and `body` count for an ANSWER only."""

    kind: TroubleKind
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    rewrite: Callable[[str], str] | None = None
    pause: float = 0.0  # seconds between two pieces of a DRIP


# A callable is given the path with its query and says what goes wrong there, or None for nothing.
Fault = Trouble | Callable[[str], Trouble | None]


def answer(status: int, body: bytes | str = b"", headers: Mapping[str, str] | None = None) -> Trouble:
    """Answer with exactly this; HTML unless the headers name another type."""
    content = body.encode() if isinstance(body, str) else body
    return Trouble(TroubleKind.ANSWER, status, {"Content-Type": HTML, **(headers or {})}, content)


def unavailable(retry_after: int | str | None = None) -> Trouble:
    """Answer 503; `retry_after` is seconds or an HTTP date."""
    return answer(503, _notice("Service Unavailable"), _wait(retry_after))


def too_many_requests(retry_after: int | str | None = None) -> Trouble:
    """Answer 429; `retry_after` is seconds or an HTTP date."""
    return answer(429, _notice("Too Many Requests"), _wait(retry_after))


def server_error() -> Trouble:
    """Answer 500."""
    return answer(500, _notice("The website encountered an unexpected error. Please try again later."))


def access_denied(status: int = 403) -> Trouble:
    """Answer with the content network's Access Denied page; some come with status 200."""
    said = 'You don\'t have permission to access "this page" on this server.<P>Reference&#32;&#35;18&#46;0'
    page = f"<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>{said}</BODY></HTML>"
    return answer(status, page, {"Server": "AkamaiGHost"})


def challenge() -> Trouble:
    """Answer 200 with a page that asks for proof of being human."""
    return answer(200, _notice("Just a moment...", "Checking your browser before accessing this site."))


def not_found() -> Trouble:
    """Answer 404."""
    return answer(404, _notice("Page not found"))


def soft_not_found() -> Trouble:
    """Answer with status 200 that there is no such page."""
    return answer(200, _notice("Page not found", "The requested page could not be found."))


def maintenance() -> Trouble:
    """Answer with status 200 that the site is under maintenance."""
    return answer(200, _notice("Site under maintenance", "We should be back shortly. Thank you for waiting."))


def empty_body() -> Trouble:
    """Answer 200 with nothing in it."""
    return answer(200)


def wrong_content_type() -> Trouble:
    """Answer 200 with a PDF where a page should be."""
    return answer(200, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", {"Content-Type": "application/pdf"})


def to_home_page() -> Trouble:
    """Send the visitor to the home page, as sites do with pages they have moved."""
    return answer(302, b"", {"Location": "/"})


def redirect_loop() -> Fault:
    """Send the visitor to and fro between two forms of the same address, forever."""

    def bounce(target: str) -> Trouble:
        path, _, query = target.partition("?")
        return answer(302, b"", {"Location": path if query == "again=1" else f"{path}?again=1"})

    return bounce


def rewritten(rewrite: Callable[[str], str]) -> Trouble:
    """Pass the page's HTML through a function before it goes out."""
    return Trouble(TroubleKind.REWRITE, rewrite=rewrite)


def redesign() -> Trouble:
    """Show the page's words in markup nobody has seen before."""
    return rewritten(_redesigned)


def truncated() -> Trouble:
    """Announce the whole page, send its first half and hang up."""
    return Trouble(TroubleKind.TRUNCATED)


def cut_without_length() -> Trouble:
    """Announce no length, send the first two thirds of the page and hang up."""
    return Trouble(TroubleKind.UNBOUNDED)


def slow_drip(pause: float = 0.2) -> Trouble:
    """Send the page sixteen bytes at a time with a pause after each."""
    return Trouble(TroubleKind.DRIP, pause=pause)


def connection_dropped() -> Trouble:
    """Close the connection without an answer."""
    return Trouble(TroubleKind.DROPPED)


def endless_paging() -> Trouble:
    """Link a next page from every page; past the last one the rows begin again."""
    return Trouble(TroubleKind.ENDLESS)


def _redesigned(page: str) -> str:
    """Turn tables and headings into nameless boxes."""
    page = re.sub(
        r"<(/?)(?:table|thead|tbody|tr|td|th|section|h[1-6]|time|nav|ul|li)\b[^>]*>", r"<\1div>", page
    )
    return re.sub(r' (?:class|headers|id|rel)="[^"]*"', "", page)


def _notice(title: str, said: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title></head>'
        f"<body><h1>{title}</h1><p>{said or title}</p></body></html>"
    )


def _wait(retry_after: int | str | None) -> dict[str, str]:
    return {} if retry_after is None else {"Retry-After": str(retry_after)}
