"""Ask for a PDF that a report links to: its headers alone, or all of it."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

import httpx

from monitor.domain.errors import FetchError
from monitor.domain.types import PDF, NotModified, Page, Validators
from monitor.fetch.answers import conditions_of, media_type, require_ok, validators_of
from monitor.fetch.client import PageClient, Terms
from monitor.fetch.file_kinds import kind_of
from monitor.fetch.headers import headers_of
from monitor.fetch.stream import decoded, end_is_proved, within

# Without compression a length is that of the file, and an ETag that of its bytes.
_AS_IT_IS = {"Accept": "application/pdf, */*;q=0.1", "Accept-Encoding": "identity"}
_HEAD_REFUSED = (400, 403, 405, 501)
_PDF_TYPES = (PDF, "application/x-pdf")
_UNNAMED_TYPES = ("", "application/octet-stream", "binary/octet-stream", "application/force-download")
_START, _END = 1024, 2048  # bytes in which readers look for the marks of a PDF
_PASSWORD = re.compile(rb"<input\b[^<>]*type=[\"']?password", re.I)


class NotADocumentError(FetchError):
    """Something else than a PDF is at the address, such as a web page.

    `login` is True where that asks for a password.
    """

    def __init__(self, url: str, what: str, *, login: bool = False) -> None:
        super().__init__(f"{url} sent {what} where a PDF was expected", retryable=False, status=200)
        self.login = login


@dataclass(frozen=True, slots=True)
class Ask:
    """How to ask for a document: by HEAD, or by GET; `whole` takes the body too.

    With `validators` it is asked for only if it has changed.
    """

    method: Literal["GET", "HEAD"] = "GET"
    whole: bool = True
    validators: Validators = field(default_factory=Validators)


@dataclass(frozen=True, slots=True)
class Heads:
    """What the headers of a document say."""

    asked_at: datetime
    validators: Validators
    length: int | None


def document(
    client: PageClient,
    url: str,
    how: Ask,
    terms: Terms,
    max_bytes: int,
    clock: Callable[[], datetime],
) -> Page | Heads | NotModified:
    """Return a document, its headers, or that it is as it was.

    A site that refuses HEAD is asked by GET, and the connection closed before the body. Raises
    NotADocumentError for something else than a PDF, FetchError for an answer without a whole file.
    """
    conditions = conditions_of(how.validators)
    headers = {**_AS_IT_IS, **(conditions or {"Cache-Control": "no-cache"})}
    with client.ask(url, headers, terms) as response:
        if response.status_code == httpx.codes.NOT_MODIFIED and conditions:
            response.read()
            return NotModified(url, clock())
        if how.method == "GET" or response.status_code not in _HEAD_REFUSED:
            require_ok(url, response, clock)
            return _whole(url, response, max_bytes, clock) if how.whole else _heads(url, response, clock)
    by_get = replace(how, method="GET")
    return document(client, url, by_get, replace(terms, method="GET"), max_bytes, clock)


def _heads(url: str, response: httpx.Response, clock: Callable[[], datetime]) -> Heads:
    kind = media_type(response.headers.get("content-type", ""))
    if not (kind in _PDF_TYPES or (kind in _UNNAMED_TYPES and _is_named_pdf(url))):
        raise NotADocumentError(url, "a web page" if "html" in kind else kind or "a file of no stated type")
    length = response.headers.get("content-length", "")
    # Some servers say 0 to HEAD whatever they send.
    is_stated = length.isdecimal() and len(length) < 16 and "content-encoding" not in response.headers
    return Heads(clock(), validators_of(response), (int(length) or None) if is_stated else None)


def _is_named_pdf(url: str) -> bool:
    return httpx.URL(url).path.lower().endswith(".pdf")


def _whole(url: str, response: httpx.Response, max_bytes: int, clock: Callable[[], datetime]) -> Page:
    body = b"".join(within(decoded(response), url, max_bytes))
    if not body.strip():
        raise FetchError(f"{url} answered with an empty file", retryable=True, status=200)
    if b"%PDF-" not in body[:_START]:
        login = bool(_PASSWORD.search(body))
        raise NotADocumentError(
            url, kind_of(body) or ("a login page" if login else "a web page"), login=login
        )
    if not end_is_proved(response, body) and b"%%EOF" not in body[-_END:]:
        raise FetchError(f"{url} ends too early", retryable=True, status=200)
    return Page(
        url=url,
        final_url=str(response.url),
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        fetched_at=clock(),
        content_type=PDF,
        validators=validators_of(response),
        headers=headers_of(response),
    )
