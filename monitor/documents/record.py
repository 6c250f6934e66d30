"""Write what a check found of documents, on the session of that check. Never commits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from monitor.changes.apply import Settled
from monitor.crawl.outcomes import Look
from monitor.documents.compare import Found, found
from monitor.documents.look import Documents
from monitor.domain.errors import FetchError
from monitor.domain.sentences import differing
from monitor.domain.types import ChangeKind, Outcome, Page
from monitor.fetch.pdf_text import PdfText, Unread
from monitor.store.change_rows import write_changes
from monitor.store.checks import write_check, write_outcome
from monitor.store.document_texts import keep_text, stored_text
from monitor.store.documents import (
    add_documents,
    documents_at,
    is_walled,
    was_announced,
    was_there_before,
    write_document,
)
from monitor.store.models import Document, Record, Source
from monitor.store.page_bodies import keep_body
from monitor.store.snapshots import write_snapshots
from monitor.store.sources import find_source, write_source


def record_documents(session: Session, settled: Settled, seen: Documents, look: Look) -> Settled:
    """Write documents, their files and their changes; return what the check came to with them."""
    source = find_source(session, settled.source)
    if source is None or settled.outcome is Outcome.SUPERSEDED:
        return settled
    now = look.finished_at
    add_documents(session, source.id, seen.new, now)
    known = documents_at(session, source.id, seen.answers)
    good = any(not isinstance(one, FetchError) for one in seen.answers.values())
    records = _records(session, known)
    results: list[tuple[Document, Found]] = []
    for url, one in known.items():
        answer = seen.answers[url]
        before = isinstance(answer, Page) and was_there_before(session, source.id, url, answer.sha256)
        dated = records[one.record_id].dated
        text = seen.texts.get(url)
        walled = not good and is_walled(session, one)
        it = found(one, answer, dated=dated, seen_before=before, now=now, text=text, walled=walled)
        results.append((one, _with_text(session, one, it, text, now)))
    check_id = _check_id(session, source, settled, look, [it for _, it in results])
    for one, it in results:
        _keep(session, source, check_id, one, it)
        if isinstance(text := seen.texts.get(one.url), PdfText) and it.row.get("text_sha256"):
            keep_text(session, text.body, text.sha256, one.text_sha256, now)
        write_document(session, one, it.row)
    rows = [
        _change_row(one, records[one.record_id], it, check_id, now)
        for one, it in results
        if it.kind is not None
    ]
    ids = write_changes(session, rows)
    troubles = [str(one) for one in seen.answers.values() if isinstance(one, FetchError)]
    changed = bool(ids) and settled.outcome is Outcome.UNCHANGED
    return replace(
        settled,
        check_id=check_id,
        change_ids=(*settled.change_ids, *ids),
        outcome=Outcome.CHANGED if changed else settled.outcome,
        reasons=(*settled.reasons, *troubles),
        first_today=settled.first_today and not changed,
    )


def _with_text(
    session: Session, known: Document, it: Found, text: PdfText | Unread | None, now: datetime
) -> Found:
    """Return what was found with the passages that differ; a text that comes late is a change of its own."""
    if not isinstance(text, PdfText):
        return it
    if it.kind is ChangeKind.DOCUMENT_TEXT_CHANGED:
        before, after = differing(stored_text(session, known.text_sha256), text.pages)
        return replace(it, before={"file_text": before}, after={"file_text": after})
    late = it.kind is None and known.text_sha256 is None and it.row.get("text_sha256")
    if late and was_announced(session, known.record_id, now):
        return replace(it, kind=ChangeKind.DOCUMENT_READ)
    return it


def _check_id(
    session: Session, source: Source, settled: Settled, look: Look, results: Sequence[Found]
) -> int | None:
    """Return the check that files and changes belong to; one that found its pages unchanged gets a row."""
    changed = any(it.kind for it in results)
    check_id = settled.check_id
    if check_id is not None:
        if changed and settled.outcome is Outcome.UNCHANGED:
            write_outcome(session, check_id, Outcome.CHANGED)
    elif changed or any(it.page for it in results):
        outcome = Outcome.CHANGED if changed else Outcome.UNCHANGED
        # The unchanged checks before this one become a row of their own.
        source.unchanged_checks, source.last_checked_at = source.unchanged_checks - 1, look.known.checked_at
        row: dict[str, Any] = {
            "started_at": look.started_at,
            "finished_at": look.finished_at,
            "outcome": outcome.value,
            "rows": source.rows,
            "declared_total": source.declared_total,
            "complete": source.complete,
            "reasons": [],
        }
        check_id = write_check(session, source, row)
        source.unchanged_checks, source.last_checked_at = 0, look.finished_at
        source.last_outcome = outcome.value
        write_source(session, source)
    return check_id


def _records(session: Session, known: Mapping[str, Document]) -> dict[int, Record]:
    wanted = {one.record_id for one in known.values()}
    return {one.id: one for one in session.exec(select(Record).where(col(Record.id).in_(wanted)))}


def _keep(session: Session, source: Source, check_id: int | None, known: Document, it: Found) -> None:
    """Keep a file as a snapshot, as its difference from the one before where that is shorter."""
    if it.page is not None and check_id is not None:
        keep_body(session, it.page, [known.sha256] if known.sha256 else ())
        write_snapshots(session, source.id, check_id, [it.page], "documents")


def _change_row(
    known: Document, record: Record, it: Found, check_id: int | None, now: datetime
) -> dict[str, Any]:
    # Without a file of ours the page that lists the report is the evidence.
    after = it.row.get("sha256") or known.sha256 or record.snapshot_sha256
    before = known.sha256 if known.sha256 != after else None
    return {
        "source_id": known.source_id,
        "record_id": known.record_id,
        "check_id": check_id,
        "kind": it.kind.value if it.kind else "",
        "before": dict(it.before),
        "after": dict(it.after),
        "not_before": known.seen_at,
        "seen_at": now,
        "before_sha256": before,
        "after_sha256": after,
    }
