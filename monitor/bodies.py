"""The bytes of stored pages: compressed, once per distinct content, and never handed out damaged.

A further version of a page is kept as its difference from the version before, which is a few hundred bytes.
Such a chain begins with a page that is kept whole, and is short enough to be read in a blink.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, cast

import zstandard
from sqlalchemy import Connection, Row, Table, bindparam, inspect, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite takes its form too
from sqlmodel import Session

from monitor.errors import StoreError
from monitor.models import SnapshotBody
from monitor.types import Page

_LEVEL = 9
_LONGEST = 64  # bodies in a chain
# A difference is worth it up to a third of the whole, and all of a chain's up to twice the whole.
_SHARE, _WEIGHT = 3, 2
_WIDEST = 27  # the window that every reader of zstd takes, as a power of two
_BODY = cast("Table", inspect(SnapshotBody).local_table)


class DamagedBodyError(Exception):
    """The stored page `sha256` cannot be read, so neither can any that is kept as a difference from it."""

    def __init__(self, sha256: str) -> None:
        super().__init__(sha256)
        self.sha256 = sha256


def keep_body(session: Session, page: Page, before: str | None = None) -> None:
    """Keep a page's bytes unless they are kept already; where those are damaged, make them whole again.

    `before` is the hash of the version before. Needs a session that may write, so that nothing is taken away
    meanwhile.
    """
    stored = _chain(session, page.sha256)
    if stored and _is_whole(stored):
        return
    packed = _difference(session, page.body, before) if before and not stored else None
    values = {"size": len(page.body), "encoding": "zstd", **(packed or _whole(page.body))}
    written = upsert(_BODY).values(sha256=page.sha256, **values)
    session.execute(written.on_conflict_do_update(index_elements=["sha256"], set_=values))


def stored_body(session: Session, sha256: str) -> bytes:
    """Give a snapshot's bytes as they were fetched.

    Raises LookupError where there are none, StoreError where they are no longer what their hash says.
    """
    try:
        return read_body(session, sha256)
    except DamagedBodyError as error:
        damaged = f"the stored page {error.sha256[:12]} is damaged"
        if error.sha256 != sha256:
            damaged = f"the stored page {sha256[:12]} cannot be read, as {damaged} or not there any more"
        raise StoreError(f"{damaged}; 'oversight-watch db check' says what rests on it") from error


def read_body(session: Session | Connection, sha256: str) -> bytes:
    """Give a snapshot's bytes; LookupError where there are none, DamagedBodyError says what is damaged."""
    chain = _chain(session, sha256)
    if not chain:
        raise LookupError(sha256)
    return _unpacked_chain(chain)


def unpacked(body: bytes, size: int, before: bytes | None) -> bytes:
    """Undo the compression of one body; `before` is what it is a difference from.

    Raises ValueError where it is damaged. The size it claims is believed only where the table says so too.
    """
    try:
        if zstandard.get_frame_parameters(body).content_size != size:
            raise ValueError("its size is not what its row says")
        return zstandard.ZstdDecompressor(_dictionary(before)).decompress(body)
    except (zstandard.ZstdError, MemoryError, TypeError) as error:
        raise ValueError(str(error)) from error


def _statement() -> Any:
    """Select a body and what it rests on, step by step, down to the one that is kept whole."""
    columns = (_BODY.c.sha256, _BODY.c.size, _BODY.c.base_sha256, _BODY.c.body)
    first = select(*columns, literal(1).label("step")).where(_BODY.c.sha256 == bindparam("wanted"))
    chain = first.cte("chain", recursive=True)
    further = select(*columns, chain.c.step + 1).join(chain, _BODY.c.sha256 == chain.c.base_sha256)
    chain = chain.union_all(further.where(chain.c.step < _LONGEST))
    return select(chain).order_by(chain.c.step)


_CHAIN = _statement()


def _chain(session: Session | Connection, sha256: str) -> Sequence[Row[Any]]:
    return session.execute(_CHAIN, {"wanted": sha256}).all()


def _is_whole(chain: Sequence[Row[Any]]) -> bool:
    try:
        _unpacked_chain(chain)
    except DamagedBodyError:
        return False
    return True


def _unpacked_chain(chain: Sequence[Row[Any]]) -> bytes:
    if chain[-1].base_sha256 is not None:
        raise DamagedBodyError(chain[-1].base_sha256)
    wanted = chain[0].sha256
    with suppress(ValueError):
        *_, (_, body) = _steps(chain)
        if _is(body, wanted):
            return body
    raise DamagedBodyError(_first_damaged(chain) or wanted)


def _steps(chain: Sequence[Row[Any]]) -> Iterator[tuple[str, bytes]]:
    """Unpack a chain, from the body that is kept whole to the one that was asked for."""
    body: bytes | None = None
    for row in reversed(chain):
        body = unpacked(row.body, row.size, body)
        yield row.sha256, body


def _first_damaged(chain: Sequence[Row[Any]]) -> str | None:
    """Say which body is damaged: the first that cannot be unpacked, or is not what its hash says."""
    sound = 0
    with suppress(ValueError):
        for sha256, body in _steps(chain):
            if not _is(body, sha256):
                break
            sound += 1
    return chain[-1 - sound].sha256 if sound < len(chain) else None


def _is(body: bytes, sha256: str) -> bool:
    return hashlib.sha256(body).hexdigest() == sha256


def _whole(body: bytes) -> dict[str, Any]:
    packed = zstandard.ZstdCompressor(_LEVEL).compress(body)
    return {"body": packed, "base_sha256": None, "depth": 0}


def _difference(session: Session, body: bytes, before: str) -> dict[str, Any] | None:
    """Give a body as its difference from the one before; None where it is better kept whole."""
    chain = _chain(session, before)
    if not chain or len(chain) >= _LONGEST:
        return None
    try:
        dictionary = _unpacked_chain(chain)
    except DamagedBodyError:
        return None
    packed = zstandard.ZstdCompressor(
        compression_params=_parameters(body, dictionary), dict_data=_dictionary(dictionary)
    ).compress(body)
    whole, weight = len(chain[-1].body), len(packed) + sum(len(row.body) for row in chain[:-1])
    if len(packed) * _SHARE > whole or weight > whole * _WEIGHT:
        return None
    return {"body": packed, "base_sha256": before, "depth": len(chain)}


def _parameters(body: bytes, before: bytes) -> zstandard.ZstdCompressionParameters:
    """Open the window so wide that all of a large page before can be seen from all of the new one."""
    window = min((len(body) + len(before)).bit_length(), _WIDEST)
    return zstandard.ZstdCompressionParameters.from_level(
        _LEVEL, source_size=len(body), dict_size=len(before), window_log=max(window, 10)
    )


def _dictionary(before: bytes | None) -> zstandard.ZstdCompressionDict | None:
    return zstandard.ZstdCompressionDict(before, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if before else None
