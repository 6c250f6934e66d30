"""The bytes of stored pages: compressed, once per distinct content, and never handed out damaged."""

import hashlib
from contextlib import suppress

import zstandard
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite takes its form too
from sqlmodel import Session, col

from monitor.errors import StoreError
from monitor.models import SnapshotBody
from monitor.types import Page

_ZSTD_LEVEL = 9


def keep_body(session: Session, page: Page) -> None:
    """Keep a page's bytes unless they are kept already; where those are damaged, make them whole again."""
    written = upsert(SnapshotBody).values(
        sha256=page.sha256,
        size=len(page.body),
        encoding="zstd",
        body=zstandard.ZstdCompressor(_ZSTD_LEVEL).compress(page.body),
    )
    session.execute(
        written.on_conflict_do_update(
            index_elements=["sha256"],
            set_={"size": written.excluded.size, "body": written.excluded.body},
            where=col(SnapshotBody.body) != written.excluded.body,
        )
    )


def stored_body(session: Session, sha256: str) -> bytes:
    """Give a snapshot's bytes as they were fetched.

    Raises LookupError where there are none, StoreError where they are no longer what their hash says.
    """
    found = session.get(SnapshotBody, sha256)
    if found is None:
        raise LookupError(sha256)
    with suppress(zstandard.ZstdError):
        body = zstandard.ZstdDecompressor().decompress(found.body, max_output_size=max(found.size, 1))
        if hashlib.sha256(body).hexdigest() == sha256:
            return body
    raise StoreError(
        f"the stored page {sha256[:12]} is damaged; 'oversight-watch db check' says what rests on it"
    )
