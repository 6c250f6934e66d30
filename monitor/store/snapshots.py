"""Write snapshots and the current pages of a source, and read a stored page back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, insert
from sqlmodel import Session, col, delete, func, select

from monitor.domain.program import program_version
from monitor.domain.types import Page, Validators
from monitor.store.headers import packed, unpacked
from monitor.store.imports import numbered
from monitor.store.models import Snapshot, Source, SourcePage
from monitor.store.page_bodies import keep_body, stored_body, versions_before
from monitor.store.sources import KnownPage
from monitor.store.upsert import renewing

_ADD_SNAPSHOTS = insert(Snapshot)
_FORGET_PAGES = delete(SourcePage).where(
    col(SourcePage.source_id) == bindparam("source_id"),
    col(SourcePage.url).in_(bindparam("urls", expanding=True)),
)
_OF_PAGE = ("position", "sha256", "etag", "last_modified", "next_url")


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page of an accepted look: the fresh page, or None where the stored one still holds."""

    url: str
    sha256: str
    page: Page | None
    next_url: str | None


def stored_page(session: Session, key: str, known: KnownPage) -> Page:
    """Return a source's last accepted snapshot of one page, as it was fetched."""
    statement = (
        select(Snapshot)
        .join(Source, col(Source.id) == Snapshot.source_id)
        .where(Source.key == key, Snapshot.url == known.url, Snapshot.sha256 == known.sha256)
        .order_by(col(Snapshot.id).desc())
        .limit(1)
    )
    return replace(page_of(session, session.exec(statement).one()), validators=known.validators)


def page_of(session: Session, snapshot: Snapshot) -> Page:
    """Return a stored page as it was fetched. Raises LookupError or StoreError where its bytes are gone."""
    return Page(
        url=snapshot.url,
        final_url=snapshot.final_url,
        body=stored_body(session, snapshot.sha256),
        sha256=snapshot.sha256,
        fetched_at=snapshot.fetched_at,
        content_type=snapshot.content_type,
        charset=snapshot.charset,
        validators=Validators(snapshot.etag, snapshot.last_modified),
        headers=unpacked(snapshot.headers),
    )


def write_snapshots(
    session: Session, source_id: int, check_id: int, pages: Sequence[Page], reader: str
) -> None:
    """Keep pages as evidence: the bytes once per distinct content, the looking each time.

    `reader` is the profile that read them.
    """
    read_by = f"{program_version()} {reader}".rstrip()
    for page in pages:
        keep_body(session, page, versions_before(session, source_id, page.url))
    rows = [
        {
            "source_id": source_id,
            "check_id": check_id,
            "url": page.url,
            "final_url": page.final_url,
            "fetched_at": page.fetched_at,
            "sha256": page.sha256,
            "content_type": page.content_type,
            "charset": page.charset,
            "etag": page.validators.etag,
            "last_modified": page.validators.last_modified,
            "headers": packed(page.headers),
            "read_by": read_by,
        }
        for page in pages
    ]
    if rows:
        session.connection().execute(_ADD_SNAPSHOTS, numbered(session, Snapshot, rows))


def write_pages(
    session: Session, source_id: int, pages: Sequence[ReadPage], known: Iterable[KnownPage], *, swept: bool
) -> None:
    """Remember what to ask for each page with next time; a sweep forgets pages that are no more."""
    gone = {page.url for page in known} - {page.url for page in pages} if swept else None
    if gone:
        session.connection().execute(_FORGET_PAGES, {"source_id": source_id, "urls": sorted(gone)})
    rows = [
        {
            "source_id": source_id,
            "url": read.url,
            "position": position,
            "sha256": read.sha256,
            "etag": read.page.validators.etag,
            "last_modified": read.page.validators.last_modified,
            "next_url": read.next_url,
        }
        for position, read in enumerate(pages)
        if read.page is not None
    ]
    if rows:
        session.connection().execute(renewing(SourcePage, ("source_id", "url"), _OF_PAGE), rows)


def newest_page(session: Session, key: str, urls: Sequence[str]) -> datetime | None:
    """Return when the newest stored page of these addresses was fetched or saved, or None."""
    source = select(Source.id).where(Source.key == key).scalar_subquery()
    of_pages = (col(Snapshot.source_id) == source, col(Snapshot.url).in_(urls))
    return session.exec(select(func.max(Snapshot.fetched_at)).where(*of_pages)).one()
