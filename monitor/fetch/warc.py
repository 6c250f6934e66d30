"""Read WARC files in small steps, whatever is in them: memory is bounded, and a bomb is noticed early."""

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import httpx

from monitor.domain.errors import FetchError
from monitor.fetch.stream import decoded, within

_STEP = 65_536
_HEAD = 65_536  # bytes of a record's headers, and of the HTTP headers in it
_EXPANDED, _RATIO = 64 * 2**20, 200  # a record that grows beyond both is a bomb
_OTHER_BYTES = "its bytes are not those of its digest"
_GZIP = b"\x1f\x8b"
_BEGINS = b"WARC/"
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})\s*(?:;.*)?\r?\n")


class ArchiveError(Exception):
    """An archive, or a record of it, cannot be read; the sentence says why."""


class MisplacedError(ArchiveError):
    """No record begins where the one before says that it ends."""


class _NextError(ArchiveError):
    """The next record begins before the end that this one states."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a WARC file with what it says of itself; names of headers are in lower case."""

    number: int
    headers: Mapping[str, str]
    stream: "Limited"

    @property
    def kind(self) -> str:
        """Return its type: response, revisit, request, …"""
        return self.headers.get("warc-type", "").lower()

    @property
    def url(self) -> str:
        """Return the address it was captured from."""
        return self._address("warc-target-uri")

    @property
    def is_proved(self) -> bool:
        """Whether it states a digest, by which a wrong length is found."""
        return bool(_digests(self))

    @property
    def at(self) -> datetime | None:
        """Return when it was captured."""
        return self._time("warc-date")

    @property
    def refers_to(self) -> tuple[str, datetime | None]:
        """Return the address and time of the capture that it repeats."""
        return self._address("warc-refers-to-target-uri"), self._time("warc-refers-to-date")

    def _address(self, name: str) -> str:
        return self.headers.get(name, "").strip("<> ")

    def _time(self, name: str) -> datetime | None:
        try:
            found = datetime.fromisoformat(self.headers.get(name, "").replace("Z", "+00:00"))
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP answer in a record: its status, its headers, and its body with all encodings undone."""

    status: int
    headers: httpx.Headers
    body: bytes


class _Bytes:
    """The bytes of a file, unpacked where it is gzip, member by member."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._held = file, b""
        self._packed = file.read(2)
        self._gzip = self._packed == _GZIP
        self._inflate, self._begun = zlib.decompressobj(31), False
        self._read = self._expanded = 0
        self.in_record = False
        self._start: bytes | None = b""  # of a member, until it is long enough to say what it begins with
        self._next = b""  # the beginning of a record that came before the end of the one that is read
        if not self._gzip:
            self._held, self._packed = self._packed, b""

    def begin_record(self) -> None:
        self._held, self._next = self._next or self._held, b""
        self._read = self._expanded = 0
        self.in_record = False

    def skip(self) -> bool:
        """Go on to the next member that begins with a record; False where there is none."""
        self.in_record = True
        try:
            while self._fill():
                self._held = b""
        except _NextError:
            return True
        return False

    def _fill(self) -> bool:
        """Take in a further step; False at the end. Raises ArchiveError."""
        if self._next:
            raise _NextError("its length is not what it says")
        if not self._gzip:
            step = self._file.read(_STEP)
            self._held += step
            return bool(step)
        if self._inflate.eof:
            self._packed = self._packed.lstrip(b"\0")
            self._inflate, self._begun, self._start = zlib.decompressobj(31), False, b""
        if not self._packed:
            self._packed = self._file.read(_STEP)
            self._read += len(self._packed)
            if not self._packed and self._begun:
                raise ArchiveError("it is cut off")
            if not self._packed:
                return False
        self._begun = True
        try:
            step = self._inflate.decompress(self._packed, _STEP)
        except zlib.error as error:
            raise ArchiveError(f"it is damaged ({error})") from None
        self._packed = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        self._expanded += len(step)
        self._hold(step)
        if self._expanded > max(_EXPANDED, _RATIO * (self._read + _STEP)):
            raise ArchiveError(f"it expands to over {_RATIO} times its size, as only a bomb does")
        return True

    def _hold(self, step: bytes) -> None:
        """Keep what was unpacked. Raises ArchiveError where a record begins in the middle of another."""
        if self._start is not None:
            self._start = step = self._start + step
            if len(step) < len(_BEGINS) and not self._inflate.eof:
                return
            self._start = None
            if self.in_record and step.startswith(_BEGINS):
                self._next = step
                raise _NextError("its length is not what it says")
        self._held += step

    def take(self, most: int) -> bytes:
        """Return up to `most` bytes; nothing at the end."""
        while not self._held and self._fill():
            pass
        taken, self._held = self._held[:most], self._held[most:]
        return taken

    def line(self, most: int) -> bytes:
        """Return a line with its end, nothing at the file's end. Raises ArchiveError for an endless one."""
        while b"\n" not in self._held:
            if len(self._held) > most:
                raise ArchiveError("a line of its headers does not end")
            if not self._fill():
                break
        line, end, self._held = self._held.partition(b"\n")
        return line + end


@dataclass(slots=True)
class Limited:
    """The block of one record: as many bytes as it says. What is read of it can be hashed."""

    source: _Bytes
    left: int
    hashes: "list[hashlib._Hash]" = field(default_factory=list)

    def take(self, most: int) -> bytes:
        """Return up to `most` bytes; nothing at its end. Raises ArchiveError where the file ends earlier."""
        if not self.left:
            return b""
        step = self.source.take(min(most, self.left))
        if not step:
            raise ArchiveError("it is cut off")
        return self._seen(step)

    def line(self, most: int) -> bytes:
        """Return a line with its end."""
        if not self.left:
            return b""
        line = self.source.line(most)
        if not line:
            raise ArchiveError("it is cut off")
        if len(line) > self.left:
            raise ArchiveError("its length is not what it says")
        return self._seen(line)

    def _seen(self, step: bytes) -> bytes:
        self.left -= len(step)
        for one in self.hashes:
            one.update(step)
        return step

    def finish(self) -> None:
        """Read what is left."""
        while self.take(_STEP):
            pass


def records_of(file: BinaryIO) -> Iterator[Record | MisplacedError]:
    """Yield the records of a WARC file in their order; each is read before the next one is asked for.

    Where none begins after one, yields an error and goes on with the next that is packed by itself. Raises
    ArchiveError where the file is not an archive, is cut off or damaged: what came before stands.
    """
    source, number = _Bytes(file), 0
    while True:
        source.begin_record()
        line = source.line(_HEAD)
        while line and not line.strip():
            line = source.line(_HEAD)
        if not line:
            return
        number += 1
        if not line.startswith(_BEGINS):
            if number == 1:
                raise ArchiveError("it is not a WARC file")
            yield MisplacedError("no record begins where one should")
            if not source.skip():
                raise ArchiveError("no record begins where one should")
            number -= 1
            continue
        headers = _headers(source.line)
        length = headers.get("content-length", "")
        if not length.isdecimal() or len(length) > 15:
            raise ArchiveError("a record does not state its length")
        record = Record(number, headers, Limited(source, int(length)))
        source.in_record = True
        yield record
        with suppress(_NextError):  # who has read it has been told
            record.stream.finish()


def block_of(record: Record, most: int) -> bytes:
    """Return all of a record that is not an HTTP answer.

    Raises ArchiveError where it is longer than `most` bytes, or not what its digest says.
    """
    stated = _digests(record)
    record.stream.hashes += [found for found, _ in stated]
    try:
        block = b"".join(within(iter(lambda: record.stream.take(_STEP), b""), record.url, most))
    except FetchError as error:
        raise ArchiveError(str(error)) from None
    if any(found.digest() != wanted for found, wanted in stated):
        raise ArchiveError(_OTHER_BYTES)
    return block


def answer_of(record: Record, most: int) -> Answer:
    """Return the HTTP answer in a record, with a body of up to `most` bytes.

    Raises ArchiveError where there is none, it is too long, or it is not what its digest says.
    """
    stream = record.stream
    block = _hash_of(record.headers.get("warc-block-digest"))
    stream.hashes += [block[0]] if block else []
    line = stream.line(_HEAD)
    status = re.match(rb"HTTP/\d(?:\.\d)? (\d{3})", line)
    if status is None:
        raise ArchiveError("it holds no HTTP answer")
    headers = httpx.Headers(list(_headers(stream.line).items()))
    payload = _hash_of(record.headers.get("warc-payload-digest"))
    stream.hashes += [payload[0]] if payload else []
    body, plain = _body(stream, headers, record.url, most)
    stream.finish()
    if block and block[0].digest() != block[1]:
        raise ArchiveError(_OTHER_BYTES)
    # Tools differ in whether the encodings of transfer and content are undone before it is hashed.
    if payload and payload[1] not in (
        payload[0].digest(),
        *(_again(payload[0], one) for one in (plain, body)),
    ):
        raise ArchiveError(_OTHER_BYTES)
    return Answer(int(status[1]), headers, body)


def _again(like: "hashlib._Hash", body: bytes) -> bytes:
    return hashlib.new(like.name, body, usedforsecurity=False).digest()


def _body(stream: Limited, headers: httpx.Headers, url: str, most: int) -> tuple[bytes, bytes]:
    """Return a body with all encodings undone, and with that of its transfer undone only."""
    chunks = iter(lambda: stream.take(_STEP), b"")
    try:
        plain = b"".join(within(chunks, url, most))
        if "chunked" in headers.get("transfer-encoding", "").lower():
            plain = _unchunked(plain)
        encoding = {"content-encoding": headers.get("content-encoding", "")}
        response = httpx.Response(200, headers=encoding, stream=httpx.ByteStream(plain))
        return b"".join(within(decoded(response), url, most)), plain
    except FetchError as error:
        raise ArchiveError(str(error)) from None


def _unchunked(body: bytes) -> bytes:
    """Undo chunks; archives that have done so already leave the header in."""
    parts: list[bytes] = []
    at = 0
    while found := _CHUNK.match(body, at):
        size = int(found[1], 16)
        if not size:
            return b"".join(parts)
        parts.append(body[found.end() : found.end() + size])
        at = found.end() + size
        at += 2 if body[at : at + 2] == b"\r\n" else 1
    if parts:
        raise ArchiveError("its body is cut off")
    return body


def _headers(line: Callable[[int], bytes]) -> dict[str, str]:
    found: dict[str, str] = {}
    size, last = 0, ""
    while (one := line(_HEAD)) and one.strip():
        size += len(one)
        if size > _HEAD:
            raise ArchiveError("its headers do not end")
        text = one.decode("utf-8", "replace").rstrip("\r\n")
        if text[:1] in " \t" and last:
            found[last] += f" {text.strip()}"
            continue
        name, _, value = text.partition(":")
        last = name.strip().lower()
        found[last] = value.strip()
    return found


def _digests(record: Record) -> "list[tuple[hashlib._Hash, bytes]]":
    found = (_hash_of(record.headers.get(f"warc-{name}-digest")) for name in ("block", "payload"))
    return [one for one in found if one]


def _hash_of(stated: str | None) -> "tuple[hashlib._Hash, bytes] | None":
    """Return what computes a digest, and the digest; None where it is stated in a way that is not known."""
    name, _, value = (stated or "").partition(":")
    name = name.lower().replace("-", "")
    if name not in ("sha1", "sha256", "md5"):
        return None
    found = hashlib.new(name, usedforsecurity=False)
    try:
        if len(value) == 2 * found.digest_size:
            return found, bytes.fromhex(value)
        wanted = base64.b32decode(value.upper() + "=" * (-len(value) % 8))
    except ValueError:
        return None
    return (found, wanted) if len(wanted) == found.digest_size else None


def is_warc(path: Path) -> bool:
    """Return by its name whether a file is a WARC file."""
    return path.name.lower().endswith((".warc", ".warc.gz"))
