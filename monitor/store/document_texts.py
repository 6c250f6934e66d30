"""The texts of documents, page by page: kept as page bodies are, and read back. Never commits."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from monitor.domain.errors import StoreError
from monitor.domain.types import Page
from monitor.store.models import Document, Source
from monitor.store.page_bodies import keep_body, stored_body


def keep_text(session: Session, body: bytes, sha256: str, before: str | None, now: datetime) -> None:
    """Keep a text, as its difference from the one before where that is shorter."""
    keep_body(session, Page("", "", body, sha256, now), [before] if before else ())


def stored_text(session: Session, sha256: str | None) -> tuple[str, ...]:
    """Return the pages of a text; none where it is not stored, or damaged."""
    if sha256 is None:
        return ()
    try:
        return tuple(map(str, json.loads(stored_body(session, sha256))))
    except (LookupError, StoreError):
        return ()


def text_linked(session: Session, source: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the pages of the document at the address of a report, none where its text is not stored."""
    at_address = (
        select(Document.text_sha256)
        .join(Source, col(Source.id) == Document.source_id)
        .where(Source.key == source, Document.url == str(fields.get("url")))
    )
    return stored_text(session, session.exec(at_address).first())
