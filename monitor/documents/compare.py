"""Decide what an answer says of a document. Pure: no database, no clock, no network.

A file is called reissued when its bytes differ, or its text where that is read. Where only headers are asked
for, its length or both of its validators have to differ, and a second check has to find the same. What is not
there has to be missing twice; where something else than a PDF is in its place, a day apart, and a week where
that asks for a password.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from monitor.domain.errors import FetchError
from monitor.domain.types import ChangeKind, DocumentState, NotModified, Page, Validators
from monitor.fetch.documents import Heads, NotADocumentError
from monitor.fetch.pdf_text import PdfText, Unread
from monitor.store.documents import facts_of, file_facts
from monitor.store.models import Document

_GONE = (404, 410)
_MISSING, _OTHER = "missing", "something else"
GONE = (_MISSING, _OTHER)  # the doubts about a document that was not there
_DAY = timedelta(days=1)  # an error page in all places is mended by then, mostly
_WEEK = timedelta(days=7)  # and a page that asks for a password
_SOON = timedelta(minutes=10)  # until a doubt may be settled
_LATER = timedelta(hours=6)  # after trouble
_NO_PDF = timedelta(days=30)
# How often a document is asked for, by the age of its report.
_ASKED = ((timedelta(days=30), timedelta(days=1)), (timedelta(days=365), timedelta(days=7)))
_SELDOM = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be written of a document: its row, a file to keep, and a change if there is one."""

    row: Mapping[str, Any]
    page: Page | None = None
    kind: ChangeKind | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def found(
    known: Document,
    answer: Page | Heads | NotModified | FetchError,
    *,
    dated: str,
    seen_before: bool,
    now: datetime,
    text: PdfText | Unread | None = None,
    walled: bool = False,
) -> Found:
    """Return what an answer says of a document; `dated` is the day of its report.

    `seen_before` is True where the bytes were at its address at an earlier time: that may be an old copy.
    With its `text`, other bytes with the same text are not a change. `walled` is True where the site may send
    something else for all files.
    """
    due = _next(dated, now)
    match answer:
        case FetchError():
            return _not_found(known, answer, now, due, walled=walled)
        case NotModified():
            return Found(_well(now, due))
        case Heads():
            differs = _headers_differ(known, answer)
            facts = {**_validators(answer.validators), "length": answer.length}
            facts["sha256"] = None if differs else known.sha256
            mark = f"headers {answer.length} {answer.validators.last_modified} {answer.validators.etag}"
            believed = known.doubt == mark
        case Page():
            facts = {**_facts_of_page(answer, text), "read_at": now}
            mark = answer.sha256
            differs = known.sha256 not in (None, answer.sha256)
            believed = not seen_before or known.doubt == mark
    if known.state == DocumentState.WATCHED and differs and not believed:
        return Found({**_well(now, now + _SOON), "doubt": mark})
    page = answer if isinstance(answer, Page) and known.sha256 != answer.sha256 else None
    return _compared(known, {**_well(now, due), **facts}, page, differs=differs)


def _compared(known: Document, row: Mapping[str, Any], page: Page | None, *, differs: bool) -> Found:
    """Return what a file that is there says beside the one before."""
    if known.state == DocumentState.WITHDRAWN:
        return Found(row, page, ChangeKind.DOCUMENT_RETURNED, *_differing(known, row))
    if known.state != DocumentState.WATCHED or not differs:
        return Found(row, page)
    texts = known.text_sha256, row.get("text_sha256")
    if None in texts:
        return Found(row, page, ChangeKind.DOCUMENT_REISSUED, *_differing(known, row))
    return Found(row, page, ChangeKind.DOCUMENT_TEXT_CHANGED if texts[0] != texts[1] else None)


def _facts_of_page(page: Page, text: PdfText | Unread | None) -> dict[str, Any]:
    return {
        **_validators(page.validators),
        "length": len(page.body),
        "sha256": page.sha256,
        "text_sha256": text.sha256 if isinstance(text, PdfText) else None,
        "unread": text.why if isinstance(text, Unread) else None,
        "tried": text.tried if isinstance(text, Unread) else True,
    }


def _not_found(known: Document, error: FetchError, now: datetime, due: datetime, *, walled: bool) -> Found:
    asked = {"asked_at": now, "trouble": str(error)}
    other = isinstance(error, NotADocumentError)
    lasting = _WEEK if isinstance(error, NotADocumentError) and error.login else _DAY
    if other and known.state in (DocumentState.WAITING, DocumentState.NO_PDF):
        return Found({**asked, "state": DocumentState.NO_PDF.value, "due_at": now + _NO_PDF})
    if not (other or error.status in _GONE) or known.state != DocumentState.WATCHED:
        return Found({**asked, "due_at": max(due, now + _LATER)})
    if other:
        since = known.other_since or now
        if walled or now - since < lasting:
            again = max(since + _DAY, now + _LATER)
            return Found({**asked, "doubt": _OTHER, "other_since": since, "due_at": again})
    elif known.doubt != _MISSING:
        return Found({**asked, "doubt": _MISSING, "due_at": now + _SOON})
    gone = {"doubt": None, "other_since": None, "state": DocumentState.WITHDRAWN.value}
    withdrawn = {**asked, **gone, "due_at": due}
    return Found(withdrawn, kind=ChangeKind.DOCUMENT_WITHDRAWN, before=facts_of(known))


def _well(now: datetime, due: datetime) -> dict[str, Any]:
    """Return the row of a document that is there."""
    return {
        "state": DocumentState.WATCHED.value,
        "asked_at": now,
        "seen_at": now,
        "due_at": due,
        "doubt": None,
        "other_since": None,
        "trouble": None,
    }


def _validators(validators: Validators) -> dict[str, Any]:
    return {"etag": validators.etag, "last_modified": validators.last_modified}


def _headers_differ(known: Document, heads: Heads) -> bool:
    """Whether headers say that another file is there; servers that share the work have ETags of their own."""
    if None not in (known.length, heads.length) and known.length != heads.length:
        return True
    pairs = (
        (known.last_modified, heads.validators.last_modified),
        (known.etag, heads.validators.etag),
    )
    stated = [(old, new) for old, new in pairs if old and new]
    return bool(stated) and all(old != new for old, new in stated)


def _differing(known: Document, row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    old, new = facts_of(known), file_facts(row["length"], row["last_modified"], row["sha256"])
    names = [name for name in new if old[name] != new[name] and None not in (old[name], new[name])]
    return {name: old[name] for name in names}, {name: new[name] for name in names}


def _next(dated: str, now: datetime) -> datetime:
    """Return when to ask again: daily for a new report, weekly for a year, then monthly."""
    try:
        age = now.date() - date.fromisoformat(dated)
    except ValueError:
        age = timedelta(0)
    return now + next((step for until, step in _ASKED if age <= until), _SELDOM)
