"""Ask for the documents that it is time to ask for. Records nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from monitor.crawl.context import Context
from monitor.crawl.outcomes import Compared, Observation, Unchanged
from monitor.documents.compare import GONE
from monitor.domain.errors import FetchError, HostWaits
from monitor.domain.settings import SourceSettings
from monitor.domain.types import (
    DocumentState,
    NotModified,
    Page,
    ParsedRecord,
    RecordKind,
    StoredRecord,
    Validators,
)
from monitor.fetch.client import is_of_site
from monitor.fetch.documents import Ask, Heads
from monitor.fetch.pdf_text import PdfText, Unread, can_read, read_pdf
from monitor.store.documents import Linked, due_documents, has_documents, known_addresses
from monitor.store.models import Document
from monitor.store.records import stored_records

# A check stays short: what is not asked for now is asked for by the next one.
_MOST_ASKED = 20
_LONGEST_PAUSE = 60.0  # seconds between two requests; with a longer one a check asks for one document
_READ_ANEW = timedelta(days=30)  # a server that always answers 304 makes a change late, and never loses it

Answer = Page | Heads | NotModified | FetchError


class DocumentFetching(Protocol):
    """Where documents come from."""

    def document(self, url: str, how: Ask, settings: SourceSettings, /) -> Page | Heads | NotModified:
        """Return a document. Raises FetchError."""

    def asked_pause(self, url: str, /) -> float:
        """Return the pause in seconds that the site asks for between two requests."""


@dataclass(frozen=True, slots=True)
class Documents:
    """What a check found of documents: those to watch from now on, and by address answers and texts."""

    new: tuple[Linked, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    texts: Mapping[str, PdfText | Unread] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.new or self.answers)


def look_at_documents(context: Context, seen: Observation, fetcher: DocumentFetching) -> Documents:
    """Ask for the documents of a source that are due, those of new reports first.

    Nothing is asked where the pages of the source could not be read. Raises Stopping.
    """
    if context.settings.documents == "off" or not isinstance(seen, Compared | Unchanged):
        return Documents()
    now = context.clock()
    new = tuple(_new(context, seen))
    with context.read() as session:
        due = due_documents(session, context.key, now, _MOST_ASKED)
    first = [(one, linked) for one, linked in due if one.doubt]
    rest = [(one, linked) for one, linked in due if not one.doubt]
    asked = {linked.url for _, linked in due}
    added = [(None, linked) for linked in new if linked.url not in asked]
    wanted = [*first, *added, *rest][:_MOST_ASKED]
    answers = dict(_asked(context, fetcher, wanted, now))
    if context.settings.documents != "text":
        return Documents(new, answers)
    texts = {url: read_pdf(one.body) for url, one in answers.items() if isinstance(one, Page)}
    return Documents(new, answers, texts)


def _new(context: Context, seen: Compared | Unchanged) -> Sequence[Linked]:
    """Return the documents of reports that are not watched yet, the newest first.

    One that several reports link to is watched for one of them; when that one links elsewhere, for another.
    """
    rows: Sequence[ParsedRecord | StoredRecord]
    with context.read() as session:
        if isinstance(seen, Compared):
            rows = seen.records
        elif has_documents(session, context.key):
            return ()
        else:
            rows = [one for one in stored_records(session, context.key) if one.listed]
        watched = known_addresses(session, context.key)
    site = urlsplit(context.settings.url).hostname or ""
    links = {row.key: str(row.fields.get("url") or "") for row in rows}
    known = {url for url, key in watched.items() if links.get(key, url) == url}
    found: dict[str, Linked] = {}
    for row in rows:
        url = str(row.fields.get("url") or "")
        if row.kind is RecordKind.REPORT and url not in known and _may_be_asked(url, site):
            found.setdefault(url, Linked(row.key, url, str(row.fields.get("issue_date") or "")))
    return sorted(found.values(), key=lambda one: one.dated, reverse=True)


def _may_be_asked(url: str, site: str) -> bool:
    """Return whether an address is one of the web, on a site or below it."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and is_of_site(parts.hostname or "", site)
    except ValueError:
        return False


def _asked(
    context: Context,
    fetcher: DocumentFetching,
    wanted: Sequence[tuple[Document | None, Linked]],
    now: datetime,
) -> Iterator[tuple[str, Answer]]:
    """Yield each address with its answer, until its host is to be left alone."""
    settings = context.settings
    for place, (known, linked) in enumerate(wanted):
        if place and fetcher.asked_pause(linked.url) > _LONGEST_PAUSE:
            return
        try:
            yield linked.url, fetcher.document(linked.url, _how(known, settings, now), settings)
        except HostWaits:
            return
        except FetchError as error:
            yield linked.url, error
            if error.retry_after:
                return


def _how(known: Document | None, settings: SourceSettings, now: datetime) -> Ask:
    if settings.documents == "headers":
        # Some servers answer HEAD wrongly: what it says is gone is asked for by GET.
        return Ask("GET" if known and known.doubt in GONE else "HEAD", whole=False)
    if known is None or known.state != DocumentState.WATCHED or known.sha256 is None or known.doubt:
        return Ask()
    if settings.documents == "text" and known.text_sha256 is None and not _was_tried(known):
        return Ask()
    if known.read_at is None or now - known.read_at >= _READ_ANEW:
        return Ask()
    return Ask(validators=Validators(known.etag, known.last_modified))


def _was_tried(known: Document) -> bool:
    """Return whether reading a file's text again would come to the same."""
    return known.unread is not None and (known.tried or not can_read())
