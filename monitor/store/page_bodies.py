"""The bytes of stored pages: compressed, once per distinct content, and never handed out damaged.

A further version of a page is kept as its difference from the version before, which is a few hundred bytes.
Such a chain begins with a page that is kept whole, and is short enough to be read in a blink.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import zstandard
from sqlalchemy import Connection, Row, Select, bindparam, literal, select, text
from sqlmodel import Session, col

from monitor.domain.errors import StoreError
from monitor.domain.types import Page
from monitor.store.models import Snapshot, SnapshotBody, SourcePage, table_of
from monitor.store.upsert import renewing

# Only where pages are large does a difference gain from a higher level: what is alike lies far apart there.
_LEVEL, _LEVEL_OF_DIFFERENCE, _LEVEL_OF_LARGE, _LARGE = 9, 3, 7, 1_000_000
_LONGEST = 64  # bodies in a chain
# A difference is worth it up to a third of the whole, and all of a chain's up to twice the whole.
_SHARE, _WEIGHT = 3, 2
_RECENT = 200  # snapshots of a source that are searched for the last of a page
_WIDEST = 27  # the window that every reader of zstd takes, as a power of two
_BODY = table_of(SnapshotBody)
# A body that is made whole again begins a chain: what rests on it is less deep than it was.
_DEPTHS = text("""
    WITH RECURSIVE resting (sha256, depth) AS (
        SELECT sha256, 0 FROM snapshot_body WHERE sha256 = :sha256
        UNION ALL
        SELECT one.sha256, resting.depth + 1 FROM snapshot_body AS one
        JOIN resting ON one.base_sha256 = resting.sha256 WHERE resting.depth < :longest
    )
    UPDATE snapshot_body SET depth = (SELECT max(one.depth) FROM resting AS one
        WHERE one.sha256 = snapshot_body.sha256)
    WHERE sha256 IN (SELECT sha256 FROM resting)""")


class DamagedBodyError(Exception):
    """The stored page `sha256` cannot be read, so neither can any that is kept as a difference from it."""

    def __init__(self, sha256: str, what: str) -> None:
        super().__init__(what)
        self.sha256 = sha256


def keep_body(session: Session, page: Page, before: Iterable[str] = ()) -> None:
    """Keep a page's bytes unless they are kept already; where those are damaged, make them whole again.

    `before` are the hashes of what it may be a further version of, the likeliest first. Needs a session that
    may write, so that nothing is taken away meanwhile.
    """
    stored = body_chain(session.connection(), page.sha256)
    if stored and _is_sound(stored):
        return
    tried = (_difference(session, page.body, sha256) for sha256 in (() if stored else before))
    packed = next((found for found in tried if found is not None), None) or _whole(page.body)
    values = {"sha256": page.sha256, "size": len(page.body), "encoding": "zstd", **packed}
    session.connection().execute(renewing(_BODY, ("sha256",), _KEPT), values)
    if stored:
        session.connection().execute(_DEPTHS, {"sha256": page.sha256, "longest": _LONGEST})


def versions_before(session: Session, source_id: int, url: str) -> Iterator[str]:
    """Yield the hashes of versions that a page may resemble: the accepted one, then the last one kept.

    The second is for pages that are not of the list, or do not look like it; it is looked for when asked for.
    """
    for statement in (_ACCEPTED, _LAST_KEPT):
        yield from session.connection().scalars(statement, {"source_id": source_id, "url": url})


def stored_body(session: Session, sha256: str) -> bytes:
    """Return a snapshot's bytes as they were fetched.

    Raises LookupError where there are none, StoreError where they are no longer what their hash says.
    """
    chain = body_chain(session.connection(), sha256)
    if not chain:
        raise LookupError(sha256)
    try:
        return body_of(chain)
    except DamagedBodyError as error:
        said = f"the stored page {error.sha256[:12]} is damaged"
        if error.sha256 != sha256:
            said = f"the stored page {sha256[:12]} cannot be read, for {said.removeprefix('the ')}"
        raise StoreError(f"{said}; 'oversight-watch db check' says what rests on it") from error


def body_chain(connection: Connection, sha256: str) -> Sequence[Row[Any]]:
    """Return a stored body and what it rests on, step by step, down to the one that is kept whole."""
    return connection.execute(_CHAIN, {"wanted": sha256}).all()


def body_of(chain: Sequence[Row[Any]]) -> bytes:
    """Unpack the first body of a chain. Raises DamagedBodyError, which names the one that is damaged."""
    with suppress(ValueError):
        body = _unpacked(chain)
        if _is(body, chain[0].sha256):
            return body
    raise _damage_of(chain)


def _select_chain() -> Select[Any]:
    columns = (_BODY.c.sha256, _BODY.c.size, _BODY.c.base_sha256, _BODY.c.body)
    first = select(*columns, literal(1).label("step")).where(_BODY.c.sha256 == bindparam("wanted"))
    chain = first.cte("chain", recursive=True)
    further = select(*columns, chain.c.step + 1).join(chain, _BODY.c.sha256 == chain.c.base_sha256)
    chain = chain.union_all(further.where(chain.c.step < _LONGEST))
    return select(chain).order_by(chain.c.step)


def _select_last_kept() -> Select[Any]:
    of_source = select(Snapshot).where(col(Snapshot.source_id) == bindparam("source_id"))
    recent = of_source.order_by(col(Snapshot.id).desc()).limit(_RECENT).subquery()
    of_page = select(recent.c.sha256).where(recent.c.url == bindparam("url"))
    return of_page.order_by(recent.c.id.desc()).limit(1)


# Built once: that costs more than to run them.
_CHAIN = _select_chain()
_ACCEPTED = select(col(SourcePage.sha256)).where(
    col(SourcePage.source_id) == bindparam("source_id"), col(SourcePage.url) == bindparam("url")
)
_LAST_KEPT = _select_last_kept()
_KEPT = ("size", "encoding", "base_sha256", "depth", "body")


def _unpacked(chain: Sequence[Row[Any]]) -> bytes:
    """Unpack from the last, which is whole, to the first. Raises ValueError where one of them is damaged."""
    try:
        for row in chain:
            # What a damaged body claims of its size must not decide how much memory is taken.
            if zstandard.get_frame_parameters(row.body).content_size != row.size:
                raise ValueError("its size is not what its row says")
        frames = [row.body for row in reversed(chain)]
        return zstandard.ZstdDecompressor().decompress_content_dict_chain(frames)
    except (zstandard.ZstdError, MemoryError, TypeError) as error:
        raise ValueError(str(error)) from error


def _damage_of(chain: Sequence[Row[Any]]) -> DamagedBodyError:
    """Find the body that is damaged: the first, from the whole one on, that is not what its hash says."""
    missing = chain[-1].base_sha256
    if missing is not None:
        return DamagedBodyError(missing, "it is not there")
    for start in reversed(range(len(chain))):
        try:
            if not _is(_unpacked(chain[start:]), chain[start].sha256):
                break
        except ValueError as error:
            return DamagedBodyError(chain[start].sha256, f"its content cannot be unpacked: {error}")
    return DamagedBodyError(chain[start].sha256, "its content is not what its hash says")


def _is(body: bytes, sha256: str) -> bool:
    return hashlib.sha256(body).hexdigest() == sha256


def _is_sound(chain: Sequence[Row[Any]]) -> bool:
    try:
        body_of(chain)
    except DamagedBodyError:
        return False
    return True


def _whole(body: bytes) -> dict[str, Any]:
    packed = zstandard.ZstdCompressor(_LEVEL).compress(body)
    return {"body": packed, "base_sha256": None, "depth": 0}


def _difference(session: Session, body: bytes, before: str) -> dict[str, Any] | None:
    """Return a body as its difference from the one before; None where it is better kept whole."""
    chain = body_chain(session.connection(), before)
    if not chain or len(chain) >= _LONGEST:
        return None
    try:
        packed = _packed_after(body, body_of(chain))
    except DamagedBodyError:
        return None
    whole, weight = len(chain[-1].body), len(packed) + sum(len(row.body) for row in chain[:-1])
    if len(packed) * _SHARE > whole or weight > whole * _WEIGHT:
        return None
    return {"body": packed, "base_sha256": before, "depth": len(chain)}


def _packed_after(body: bytes, before: bytes) -> bytes:
    # So wide that all of a large page before can be seen from all of the new one.
    window = min(max((len(body) + len(before)).bit_length(), 10), _WIDEST)
    sizes = {"source_size": len(body), "dict_size": len(before), "window_log": window}
    if len(body) > _LARGE:
        # Remembers enough places to find what is alike; no level does that for 20 MB and more.
        level, sizes["hash_log"] = _LEVEL_OF_LARGE, window - 3
    else:
        level = _LEVEL_OF_DIFFERENCE
    parameters = zstandard.ZstdCompressionParameters.from_level(level, **sizes)
    dictionary = zstandard.ZstdCompressionDict(before, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    del before  # the dictionary is a copy, and pages may be large
    return zstandard.ZstdCompressor(compression_params=parameters, dict_data=dictionary).compress(body)
