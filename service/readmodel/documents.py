"""The file that a report links to, as plain data and in words."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlmodel import Session

from alerts.language.text import plain, shown_date
from monitor.domain.types import DocumentState
from monitor.store.documents import document_of, facts_of
from monitor.store.models import Record

_STATES: Mapping[str, str] = {
    DocumentState.WAITING: "not read yet",
    DocumentState.WITHDRAWN: "withdrawn",
    DocumentState.NO_PDF: "no PDF, so it is not watched",
}


def document_as_data(session: Session, record: Record) -> dict[str, Any] | None:
    """Return what is known of the file that a report links to, None where it is not watched."""
    found = document_of(session, record)
    if found is None:
        return None
    moments = {"asked": found.asked_at, "found": found.seen_at}
    return {
        "url": found.url,
        "state": found.state,
        **facts_of(found),
        **{name: at.isoformat() if at else None for name, at in moments.items()},
        "unread": found.unread,
        "trouble": found.trouble,
    }


def said_document(one: Mapping[str, Any], time_of: Callable[[str], str]) -> str:
    """Return the state of a file in words: 1,204,331 bytes, of Feb. 27, 2026, found … (hash …)."""
    size, sha256, day = one["file_size"], one["file_sha256"], shown_date(one["file_date"])
    parts = [
        _STATES.get(one["state"], ""),
        f"{size:,} bytes" if size is not None else "",
        f"of {day}" if day else "",
        f"found {time_of(one['found'])}" if one["found"] else "",
        f"hash {sha256[:12]}" if sha256 else "",
    ]
    parts.append(f"its text is not read: {plain(one['unread'])}" if one["unread"] else "")
    trouble = f"; at the last check: {plain(one['trouble'])}" if one["trouble"] else ""
    return f"{', '.join(filter(None, parts))}{trouble}"
