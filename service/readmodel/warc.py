"""Stored pages as a WARC file (ISO 28500), the form in which web archives keep and exchange pages."""

import gzip
import hashlib
import io
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from http.client import responses

from monitor.domain.program import program_version
from monitor.domain.types import Headers, Page

_OURS = uuid.UUID("6f1b1f0e-2d0b-5c1e-9a57-0d7a4f6c2b11")
# What they say of the bytes on the wire does not hold for the page as it is kept: unpacked and whole.
_OF_THE_WIRE = ("content-encoding", "transfer-encoding", "content-length")


def warc_of(pages: Iterable[Page]) -> bytes:
    """Return a compressed WARC file; the same pages give the same bytes.

    A page whose headers were kept is a response with its request. Others, and those that a browser made from
    the answer, are resources: the bytes as they are, with nothing made up around them.
    """
    found = list(pages)
    first = min((page.fetched_at for page in found), default=datetime(2000, 1, 1, tzinfo=UTC))
    about = f"software: Oversight Watch {program_version()}\r\nformat: WARC File Format 1.1\r\n".encode()
    parts = [_record("warcinfo", "", first, "application/warc-fields", about)]
    for page in found:
        parts += _records_of(page)
    return b"".join(parts)


def _records_of(page: Page) -> list[bytes]:
    headers, url, at = page.headers, page.final_url, page.fetched_at
    if headers is None or headers.rendered:
        return [_record("resource", url, at, page.content_type, page.body, page.body)]
    head = _head(
        f"HTTP/1.1 {headers.status} {responses.get(headers.status, '')}".rstrip(), _kept(headers, page)
    )
    asked = _head(f"GET {_target(url)} HTTP/1.1", headers.request)
    answered = _record("response", url, at, "application/http; msgtype=response", head + page.body, page.body)
    return [answered, _record("request", url, at, "application/http; msgtype=request", asked, b"")]


def _kept(headers: Headers, page: Page) -> list[tuple[str, str]]:
    kept = [
        (f"x-archive-orig-{name}" if name.lower() in _OF_THE_WIRE else name, value)
        for name, value in headers.response
    ]
    return [*kept, ("content-length", str(len(page.body)))]


def _head(first: str, pairs: Sequence[tuple[str, str]]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in pairs)]
    clean = (line.replace("\r", " ").replace("\n", " ") for line in lines)
    return "".join(f"{line}\r\n" for line in clean).encode("utf-8") + b"\r\n"


def _target(url: str) -> str:
    path = url.partition("://")[2].partition("#")[0]
    return f"/{path.partition('/')[2]}"


def _record(
    kind: str, url: str, at: datetime, content_type: str, block: bytes, payload: bytes | None = None
) -> bytes:
    digest = hashlib.sha256(block).hexdigest()
    number = uuid.uuid5(_OURS, f"{kind} {url} {at.isoformat()} {digest}")
    head = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{number}>",
        "WARC-Date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "WARC-Target-URI": url,
        "WARC-Block-Digest": f"sha256:{digest}",
        "WARC-Payload-Digest": "" if payload is None else f"sha256:{hashlib.sha256(payload).hexdigest()}",
        "Content-Type": content_type,
        "Content-Length": str(len(block)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value)
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(f"WARC/1.1\r\n{lines}\r\n".encode() + block + b"\r\n\r\n")
    return packed.getvalue()
