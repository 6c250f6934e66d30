"""Stored pages: one by its hash, and a page that was set aside beside the last good one."""

from typing import Any

from sqlalchemy import case
from sqlmodel import Session, col, select

from monitor.domain.errors import OversightError
from monitor.domain.types import Outcome, Page
from monitor.profiles.markup import block_text, is_markup
from monitor.store.models import Check, Snapshot, Source, SourcePage
from monitor.store.page_bodies import stored_body
from monitor.store.snapshots import page_of
from service.readmodel.records import iso

_LONGEST = 15_000  # characters of each page that are shown beside each other


def snapshot_as_data(session: Session, sha256: str) -> tuple[dict[str, Any], Page]:
    """Return where, when and how a page was first read with this content, and the page.

    Raises OversightError for an unknown hash.
    """
    source, page, read_by = stored(session, sha256)
    return {
        "sha256": sha256,
        "source": source,
        "url": page.url,
        "final_url": page.final_url,
        "fetched": iso(page.fetched_at),
        "content_type": page.content_type,
        "charset": page.charset,
        "size": len(page.body),
        "read_by": read_by,
        "status": page.headers.status if page.headers else None,
        "rendered": page.headers.rendered if page.headers else None,
        "request_headers": [list(one) for one in page.headers.request] if page.headers else None,
        "response_headers": [list(one) for one in page.headers.response] if page.headers else None,
    }, page


def stored(session: Session, sha256: str) -> tuple[str, Page, str | None]:
    """Return the source, the page that first had this content, and what read it.

    Raises OversightError for an unknown hash.
    """
    statement = (
        select(Source.key, Snapshot)
        .join(Source, col(Source.id) == Snapshot.source_id)
        .where(Snapshot.sha256 == sha256)
        .order_by(col(Snapshot.fetched_at), col(Snapshot.id))
        .limit(1)
    )
    if (found := session.exec(statement).first()) is None:
        raise OversightError(f"no stored page has the hash {sha256}")
    source, snapshot = found
    return source, page_of(session, snapshot), snapshot.read_by


def quarantine_as_data(session: Session, key: str) -> dict[str, Any] | None:
    """Return what a source's last check set aside and why, with the last good page; None where it did not."""
    source = session.exec(select(Source).where(Source.key == key)).first()
    if source is None or source.last_outcome != Outcome.QUARANTINED.value:
        return None
    statement = (
        select(Check)
        .where(Check.source_id == source.id, Check.outcome == Outcome.QUARANTINED.value)
        .order_by(col(Check.id).desc())
        .limit(1)
    )
    if (check := session.exec(statement).first()) is None:
        return None
    kept = select(Snapshot).where(Snapshot.source_id == source.id).order_by(col(Snapshot.id).desc()).limit(1)
    aside = session.exec(kept.where(Snapshot.check_id <= check.id)).first()
    return {
        "source": key,
        "checked": iso(check.finished_at),
        "reasons": list(check.reasons),
        "rows": check.rows,
        "usual_rows": source.rows,
        "aside": _shown(session, aside) if aside else None,
        "good": _shown(session, good) if (good := _last_good(session, source, aside)) else None,
    }


def _last_good(session: Session, source: Source, aside: Snapshot | None) -> Snapshot | None:
    """Return the last accepted page at the address of the one set aside, else the first page."""
    accepted = (
        select(Snapshot)
        .join(
            SourcePage,
            (col(SourcePage.source_id) == Snapshot.source_id) & (col(SourcePage.sha256) == Snapshot.sha256),
        )
        .where(Snapshot.source_id == source.id)
        .order_by(
            case((col(Snapshot.url) == (aside.url if aside else ""), 0), else_=1),
            col(SourcePage.position),
            col(Snapshot.id).desc(),
        )
        .limit(1)
    )
    return session.exec(accepted).first()


def _shown(session: Session, snapshot: Snapshot) -> dict[str, Any]:
    text = text_of(stored_body(session, snapshot.sha256), snapshot.charset)
    words = block_text(text) if is_markup(text) else text
    return {
        "sha256": snapshot.sha256,
        "url": snapshot.url,
        "fetched": iso(snapshot.fetched_at),
        "text": words[:_LONGEST],
        "cut": len(words) > _LONGEST,
    }


def text_of(body: bytes, charset: str) -> str:
    """Return the text of a page; bytes that are not text in its encoding are replaced."""
    try:
        return body.decode(charset or "utf-8", errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")
