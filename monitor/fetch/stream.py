"""The bytes of an answer, read in small steps, so that neither size nor time can run away."""

import time
import zlib
from collections.abc import Iterator

import httpx

from monitor.domain.errors import FetchError

_STEP = 65536


def decoded(response: httpx.Response) -> Iterator[bytes]:
    """Undo gzip in small steps, so that a bomb is noticed before it is in memory."""
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding in ("identity", ""):
        yield from response.iter_raw()
        return
    if encoding not in ("gzip", "x-gzip"):
        raise FetchError(f"the server used the encoding {encoding!r}, which was not offered", retryable=False)
    inflate = zlib.decompressobj(31)
    for chunk in response.iter_raw():
        yield inflate.decompress(chunk, _STEP)
        while inflate.unconsumed_tail:
            yield inflate.decompress(inflate.unconsumed_tail, _STEP)
        if inflate.eof:
            return  # zlib would keep whatever follows, and a server may send that without end
    raise FetchError("the compressed page ends too early", retryable=True, status=200)


def within(chunks: Iterator[bytes], url: str, deadline: float, max_bytes: int) -> Iterator[bytes]:
    """Pass chunks on until the page takes too long or grows too large (httpx bounds only single reads)."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise FetchError(
                f"{url} is larger than max_bytes ({max_bytes:,} bytes)", retryable=False, status=200
            )
        if time.monotonic() > deadline:
            raise FetchError(f"{url} took longer than its timeout", retryable=True, status=200)
        yield chunk


def beginning(chunks: Iterator[bytes], most: int, deadline: float) -> bytes:
    """Return what has come when `most` bytes are there or the time is up; the rest is not waited for."""
    found = bytearray()
    for chunk in chunks:
        found += chunk
        if len(found) >= most or time.monotonic() > deadline:
            break
    return bytes(found[:most])
