"""The bytes of an answer, decoded in small steps, and whether anything proves that they are all of it."""

import zlib
from collections.abc import Iterator
from itertools import chain

import brotli
import httpx
import zstandard

from monitor.domain.errors import FetchError

_STEP = 65536
_GZIP_BEGINS = b"\x1f\x8b"
# Names that servers send for bytes as they are: a transfer, a charset, a way of upload.
_NOT_ENCODED = frozenset(("", "identity", "none", "binary", "7bit", "8bit", "utf-8", "utf8", "aws-chunked"))
_MOST_ENCODINGS = 2
_ZSTD = zstandard.ZstdDecompressor(max_window_size=2**23)
_ZSTD_STEP = 64  # bytes; the library has no limit for what a step may become, which is at most 2 MB
_ENDS = (b"</html>", b"</rss>", b"</feed>", b"</rdf:rdf>")
_BRACKETS = {b"{": b"}", b"[": b"]"}
_END_SEEN = 4000


def decoded(response: httpx.Response) -> Iterator[bytes]:
    """Yield the body with its encodings undone, in small steps, so that a bomb is noticed early.

    Raises FetchError for an encoding that is not known, and for a body cut or damaged.
    """
    chunks = response.iter_raw()
    first = next(chunks, b"")
    chunks = chain((first,), chunks)
    # Some servers pack a page and do not say so; no page of text begins like that.
    for name in reversed(_encodings(response) or ["gzip"] * first.startswith(_GZIP_BEGINS)):
        if name in ("gzip", "x-gzip"):
            chunks = _gunzipped(chunks)
        elif name == "deflate":
            chunks = _inflated(chunks)
        elif name == "zstd":
            chunks = _unpacked(chunks)
        elif name == "br":
            chunks = _unbrotlied(chunks)
        else:
            raise FetchError(f"the body is in the encoding {name!r}, which cannot be read", retryable=False)
    try:
        yield from chunks
    except (zlib.error, zstandard.ZstdError, brotli.error):
        raise FetchError("the compressed page is damaged", retryable=True, status=200) from None


def _encodings(response: httpx.Response) -> list[str]:
    said = response.headers.get("content-encoding", "").lower().split(",")
    names = [name for name in map(str.strip, said) if name not in _NOT_ENCODED]
    if len(names) > _MOST_ENCODINGS:
        raise FetchError(f"the server used {len(names)} encodings one after the other", retryable=False)
    return names


def _gunzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo gzip: all members one after the other (RFC 1952, 2.2)."""
    inflate, begun, held = zlib.decompressobj(31), False, b""
    for chunk in chunks:
        held += chunk
        if not (begun or _GZIP_BEGINS.startswith(held[:2])):
            yield from chain((held,), chunks)  # a proxy in between has unpacked it and left the header
            return
        while held:
            if inflate.eof:
                held = held.lstrip(b"\0")  # padding between members or after the last one
                if len(held) < len(_GZIP_BEGINS):
                    break
                if not held.startswith(_GZIP_BEGINS):
                    return  # whatever follows the last member is not part of the page
                inflate = zlib.decompressobj(31)
            begun = True
            yield inflate.decompress(held, _STEP)
            held = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if not begun or not inflate.eof:
        raise _cut_short()


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo deflate, with the wrapper that the standard asks for or without it, as some servers send it."""
    inflate = None
    for chunk in chunks:
        if not chunk:
            continue
        if inflate is None:
            wrapped = chunk[0] & 0x0F == 8 and chunk[0] >> 4 <= 7
            inflate = zlib.decompressobj(15 if wrapped else -15)
        yield inflate.decompress(chunk, _STEP)
        while inflate.unconsumed_tail:
            yield inflate.decompress(inflate.unconsumed_tail, _STEP)
        if inflate.eof:
            return  # zlib would keep whatever follows, and a server may send that without end
    raise _cut_short()


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo zstd: all frames one after the other."""
    unpack = _ZSTD.decompressobj()
    for chunk in chunks:
        for at in range(0, len(chunk), _ZSTD_STEP):
            held = chunk[at : at + _ZSTD_STEP]
            while held:
                if unpack.eof:
                    unpack = _ZSTD.decompressobj()
                yield unpack.decompress(held)
                held = unpack.unused_data if unpack.eof else b""
    if not unpack.eof:
        raise _cut_short()


def _unbrotlied(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo brotli, which some servers send unasked and browsers' archives hold."""
    unpack = brotli.Decompressor()
    for chunk in chunks:
        yield unpack.process(chunk, output_buffer_limit=_STEP)
        while not unpack.can_accept_more_data():
            yield unpack.process(b"", output_buffer_limit=_STEP)
        if unpack.is_finished():
            return
    raise _cut_short()


def _cut_short() -> FetchError:
    return FetchError("the compressed page ends too early", retryable=True, status=200)


def within(chunks: Iterator[bytes], url: str, max_bytes: int) -> Iterator[bytes]:
    """Pass chunks on until the page grows too large."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise FetchError(
                f"{url} is larger than max_bytes ({max_bytes:,} bytes)", retryable=False, status=200
            )
        yield chunk


def beginning(chunks: Iterator[bytes], most: int) -> bytes:
    """Return what has come when `most` bytes are there or time is up; the rest is not waited for."""
    found = bytearray()
    try:
        for chunk in chunks:
            found += chunk
            if len(found) >= most:
                break
    except httpx.TimeoutException:
        if not found:
            raise
    return bytes(found[:most])


def end_is_proved(response: httpx.Response, body: bytes) -> bool:
    """Return whether something proves that a body was not cut: its length, its last chunk, or its own end.

    Without a length a body ends where the connection does, and a connection that broke off looks the same.
    """
    headers = response.headers
    if "content-length" in headers or "chunked" in headers.get("transfer-encoding", "").lower():
        return True
    if response.http_version == "HTTP/2":
        return True
    end = body[-_END_SEEN:].rstrip().lower()
    if any(one in end for one in _ENDS):
        return True
    return end[-1:] == _BRACKETS.get(body.lstrip()[:1], b"\0")
