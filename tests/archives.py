"""Archives as web archives give them, written by hand."""

import base64
import gzip
import hashlib
from datetime import datetime
from pathlib import Path


def sha1(body: bytes) -> str:
    return f"sha1:{base64.b32encode(hashlib.sha1(body).digest()).decode()}"


def record(
    url: str,
    at: datetime | str,
    body: bytes = b"",
    *,
    status: int = 200,
    headers: str = "",
    kind: str = "response",
    digest: str | None = None,
    length: int | None = None,
    media: str = "text/html; charset=utf-8",
) -> bytes:
    """Give one record of a WARC file."""
    block = f"HTTP/1.1 {status} X\r\nContent-Type: {media}\r\n{headers}\r\n".encode() + body
    time = at if isinstance(at, str) else f"{at:%Y-%m-%dT%H:%M:%SZ}"
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {time}\r\n"
        f"WARC-Payload-Digest: {digest or sha1(body)}\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block) if length is None else length}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def write_warc(path: Path, *records: bytes) -> Path:
    """Write a WARC file; one that is called so is compressed, a member a record."""
    packed = path.suffix == ".gz"
    path.write_bytes(b"".join(gzip.compress(one) if packed else one for one in records))
    return path
