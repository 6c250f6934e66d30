"""The notes of a sweep under way: each page as it was read, so that a killed sweep need not begin again.

Writes on the caller's session and never commits. The notes go when the sweep has been settled.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, select

from monitor.crawl.context import Context
from monitor.crawl.walk import Read
from monitor.domain.errors import StoreError
from monitor.domain.types import Headers, Page, Parse, Validators
from monitor.faultpoints import reach
from monitor.store.headers import packed, unpacked
from monitor.store.models import Source, SweepPage
from monitor.store.page_bodies import keep_body, stored_body, versions_before
from monitor.store.sources import KnownPage
from monitor.store.upsert import upsert

# Older pages say too little about the list as it is now.
RESUMED_WITHIN = timedelta(hours=6)
# Built once: that costs more than to run it.
_NOTES = select(SweepPage).where(SweepPage.source_key == bindparam("key")).order_by(col(SweepPage.position))


@dataclass(frozen=True, slots=True)
class Note:
    """One page that a sweep has read. `reading` is how it was read."""

    reading: str
    url: str
    final_url: str
    fetched_at: datetime
    sha256: str
    content_type: str
    charset: str
    validators: Validators
    next_url: str | None
    headers: Headers | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A sweep that was cut off: when it began, and its pages from the first on, without a gap."""

    at: datetime
    notes: tuple[Note, ...]


def begun_sweep(session: Session, key: str, now: datetime) -> Begun | None:
    """Return the sweep of a source that can still be gone on with; None where there is none."""
    rows = session.exec(_NOTES, params={"key": key}).all()
    if len(rows) < 2 or not timedelta(0) <= now - rows[0].began_at <= RESUMED_WITHIN:
        return None
    chained = all(
        (row.position, row.began_at, row.url) == (number, rows[0].began_at, before.next_url)
        for number, (before, row) in enumerate(pairwise(rows), start=1)
    )
    # Two processes that swept at once have left a mixture.
    return Begun(rows[0].began_at, tuple(map(_note, rows))) if chained and rows[0].position == 0 else None


def _note(row: SweepPage) -> Note:
    return Note(
        row.reading,
        row.url,
        row.final_url,
        row.fetched_at,
        row.sha256,
        row.content_type,
        row.charset,
        Validators(row.etag, row.last_modified),
        row.next_url,
        unpacked(row.headers),
    )


def begun_before(context: Context) -> Begun | None:
    """Return the sweep that an earlier check of this source was cut off in, if it can be resumed."""
    if context.write is None or len(context.known.pages) == 1:
        return None
    with context.read() as session:
        return begun_sweep(session, context.key, context.clock())


def note_read(
    context: Context, reading: str, reads: Sequence[Read], following: str | None, began_at: datetime
) -> bool:
    """Note the page read last, if the list has more than one. Return whether a note was written."""
    read, position = reads[-1], len(reads) - 1
    if context.write is None or not (position or following):
        return False
    page = read.page
    note = Note(
        reading,
        read.url,
        page.final_url if page else read.url,
        page.fetched_at if page else context.clock(),
        read.sha256,
        page.content_type if page else "",
        page.charset if page else "",
        page.validators if page else read.known.validators if read.known else Validators(),
        following,
        page.headers if page else None,
    )
    written = False
    # Without a note a crash costs a longer way, nothing else.
    with suppress(StoreError), context.write() as session:
        note_page(session, context.key, began_at, position, note, page)
        written = True
    reach("page_kept")
    return written


def restored(
    context: Context, note: Note, known: KnownPage | None, read_page: Callable[[Page, KnownPage | None], Read]
) -> Read:
    """Return a noted page as a walk reads it. Raises StoreError or LookupError where its bytes are gone."""
    if known and known.sha256 == note.sha256 and not context.rereads:
        return Read(note.url, None, known, None, known.next_url)
    if not note.charset:
        raise LookupError(note.sha256)  # another check has replaced what it was the same as
    with context.read() as session:
        page = noted_page(session, note)
    return read_page(page, known)


def agrees(now: Read, noted: Read) -> bool:
    """Whether a page shows the rows it did, in their order, whatever else on it has changed."""
    if now.sha256 == noted.sha256:
        return True
    if now.parse is None or noted.parse is None:
        return False
    return _rows(now.parse) == _rows(noted.parse) and now.next_url == noted.next_url


def _rows(parse: Parse) -> tuple[int | None, list[str]]:
    return parse.declared_total, [record.key for record in parse.records]


def noted_page(session: Session, note: Note) -> Page:
    """Return a noted page as it was fetched. Raises StoreError or LookupError where its bytes are not."""
    return Page(
        url=note.url,
        final_url=note.final_url,
        body=stored_body(session, note.sha256),
        sha256=note.sha256,
        fetched_at=note.fetched_at,
        content_type=note.content_type,
        charset=note.charset,
        validators=note.validators,
        headers=note.headers,
    )


def note_page(
    session: Session, key: str, began_at: datetime, position: int, note: Note, page: Page | None
) -> None:
    """Note a page; `page` is its content, None where that is stored already. The first one begins a sweep."""
    if position == 0:
        forget_sweep(session, key)
    if page is not None:
        keep_body(session, page, _versions_before(session, key, note.url))
    values = {
        "began_at": began_at,
        "reading": note.reading,
        "url": note.url,
        "final_url": note.final_url,
        "fetched_at": note.fetched_at,
        "sha256": note.sha256,
        "content_type": note.content_type,
        "charset": note.charset,
        "etag": note.validators.etag,
        "last_modified": note.validators.last_modified,
        "next_url": note.next_url,
        "headers": packed(note.headers),
    }
    statement = upsert(SweepPage).values(source_key=key, position=position, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["source_key", "position"], set_=values))


def _versions_before(session: Session, key: str, url: str) -> Iterator[str]:
    for source_id in session.exec(select(Source.id).where(Source.key == key)):
        yield from versions_before(session, source_id, url)


def forget_sweep(session: Session, key: str) -> None:
    """Forget a sweep: it is over, or there is no use in going on with it."""
    session.execute(delete(SweepPage).where(col(SweepPage.source_key) == key))


def forget_old_sweeps(session: Session, now: datetime) -> None:
    """Forget the sweeps that nobody went on with, such as those of sources that are watched no more."""
    session.execute(delete(SweepPage).where(col(SweepPage.began_at) < now - 2 * RESUMED_WITHIN))
