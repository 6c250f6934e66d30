"""Outside services that confirm a packet of evidence: a time-stamping authority and the Wayback Machine.

Both are asked only where the watch file says so. The authority gets a hash, the Wayback Machine addresses.
"""

from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import urljoin, urlsplit

import httpx
from pydantic import SecretStr

from monitor.domain.errors import OversightError
from monitor.domain.extras import install_command
from monitor.domain.network import kind_of
from monitor.fetch.egress import AddressRefused
from service.runtime.one_request import Answer, answer_to
from service.watchfile.settings import Basics

SAVE = "https://web.archive.org/save/"
_STAMP_SECONDS = 30.0
_SAVE_SECONDS = 120.0  # the Wayback Machine answers when it has read the page
_MOST_BYTES = 100_000  # a signed answer has some 6,000


def time_stamp(basics: Basics, authority: SecretStr, content: bytes) -> bytes:
    """Return an authority's signed answer (RFC 3161, DER) that `content` existed at the time it states.

    Raises OversightError where it gives none for exactly this content.
    """
    try:
        import rfc3161_client as rfc3161  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise OversightError(
            f"a time stamp needs the extra 'time-stamps'; run: {install_command('time-stamps')}"
        ) from error
    asked = rfc3161.TimestampRequestBuilder(content, rfc3161.HashAlgorithm.SHA256).build()
    address = httpx.URL(authority.get_secret_value())
    request = httpx.Request(
        "POST",
        address,
        content=asked.as_bytes(),
        headers={"User-Agent": "OversightWatch", "Content-Type": "application/timestamp-query"},
    )
    if address.userinfo:
        request = next(httpx.BasicAuth(address.username, address.password).auth_flow(request))
    failed = f"{address.host} gave no time stamp; no packet was written"
    answer = _answer(basics, request, _STAMP_SECONDS, failed)
    try:
        said = rfc3161.decode_timestamp_response(answer.body).tst_info
    except ValueError as error:
        raise OversightError(f"{failed}: it answered {answer.status}") from error
    if said.message_imprint.message != sha256(content).digest() or said.nonce != asked.nonce:
        raise OversightError(f"{failed}: it stamped something else")
    return answer.body


def saved_copies(basics: Basics, urls: Iterable[str]) -> dict[str, str]:
    """Return for each address where the Wayback Machine saved it just now, or a sentence why it did not."""
    return {url: _saved(basics, url) for url in urls}


def _saved(basics: Basics, url: str) -> str:
    request = httpx.Request("GET", f"{SAVE}{url}", headers={"User-Agent": "OversightWatch"})
    try:
        answer = _answer(basics, request, _SAVE_SECONDS, "not saved")
    except OversightError as error:
        return str(error)
    place = answer.headers.get("content-location") or answer.headers.get("location") or ""
    copy = urljoin(SAVE, place)
    if answer.status < 400 and urlsplit(copy).path.startswith("/web/"):
        return copy
    return f"not saved: the Wayback Machine answered {answer.status}"


def _answer(basics: Basics, request: httpx.Request, seconds: float, failed: str) -> Answer:
    """Return an answer. Raises OversightError, which quotes no address, where none arrives in time."""
    allowed = basics.evidence.allow_private
    try:
        return answer_to(basics, request, seconds, allow_private=allowed, most_bytes=_MOST_BYTES)
    except AddressRefused as refused:
        raise OversightError(
            f"{failed}: its address leads to {refused.address}, {kind_of(refused.address)}"
        ) from refused
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise OversightError(f"{failed}: no answer ({type(error).__name__})") from error
