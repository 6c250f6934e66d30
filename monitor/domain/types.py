"""Plain data that walks from stage to stage. Frozen, without behavior beyond reading itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RecordKind(StrEnum):
    """The two things an oversight page speaks of."""

    REPORT = "report"
    RECOMMENDATION = "recommendation"


class ChangeKind(StrEnum):
    """One fact about one record between two snapshots."""

    NEW_REPORT = "new_report"
    NEW_RECOMMENDATION = "new_recommendation"
    STATUS_CHANGED = "status_changed"
    COMMENT_UPDATED = "comment_updated"
    TITLE_REVISED = "title_revised"
    DETAILS_REVISED = "details_revised"
    PRIORITY_CHANGED = "priority_changed"
    RENUMBERED = "renumbered"  # the same report or recommendation under another number
    LEFT_LIST = "left_list"  # gone from a complete open list, real status not yet known
    WITHDRAWN = "withdrawn"
    REAPPEARED = "reappeared"
    DOCUMENT_REISSUED = "document_reissued"  # another file at the address of a report's document
    DOCUMENT_TEXT_CHANGED = "document_text_changed"  # a file with another text is at its address
    DOCUMENT_WITHDRAWN = "document_withdrawn"  # nothing is at the address any more
    DOCUMENT_RETURNED = "document_returned"
    DOCUMENT_READ = "document_read"  # the file of a report that was announced before could now be read
    PROMISE_PASSED = "promise_passed"  # the date a comment promised has passed without an update
    NO_UPDATE = "no_update"  # some months without an update on an open recommendation


# Caused by the calendar, not by the publisher: a topic must ask for them, and they end no snooze.
CALENDAR_KINDS = frozenset((ChangeKind.PROMISE_PASSED, ChangeKind.NO_UPDATE))
# About the files that reports link to: the pages of a source alone do not show them.
DOCUMENT_KINDS = frozenset(
    (
        ChangeKind.DOCUMENT_REISSUED,
        ChangeKind.DOCUMENT_TEXT_CHANGED,
        ChangeKind.DOCUMENT_WITHDRAWN,
        ChangeKind.DOCUMENT_RETURNED,
        ChangeKind.DOCUMENT_READ,
    )
)
USUAL_KINDS = tuple(
    kind for kind in ChangeKind if kind not in CALENDAR_KINDS and kind is not ChangeKind.DOCUMENT_READ
)


class Outcome(StrEnum):
    """What came of one check."""

    BASELINE = "baseline"  # first accepted look: recorded, not alerted
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    PARTIAL = "partial"  # some page could not be read: what was read is recorded, nothing is called gone
    QUARANTINED = "quarantined"  # the page did not look like this source: kept as evidence, nothing recorded
    FAILED = "failed"  # no page to look at
    SUPERSEDED = "superseded"  # another check of the source finished first: this look was dropped
    WAITING = "waiting"  # its host is to be left alone for now: nothing was asked, nothing is recorded


# After these, nothing of the page was taken for the source's; as values, as they are stored.
UNREAD_OUTCOMES = (Outcome.FAILED.value, Outcome.QUARANTINED.value)

PDF = "application/pdf"  # the content type of documents, which no page of a list has


class DocumentState(StrEnum):
    """What is known of a document that a report links to."""

    WAITING = "waiting"  # it was not read yet
    WATCHED = "watched"
    WITHDRAWN = "withdrawn"
    NO_PDF = "no_pdf"  # the link leads to something else, such as a web page


# The fields of each kind, in the order in which they are shown. A field a page does not give is None.
FIELDS: Mapping[RecordKind, tuple[str, ...]] = {
    RecordKind.REPORT: (
        "report_number",
        "title",
        "abstract",
        "issue_date",  # ISO, with the page's own precision: 2026, 2026-07 or 2026-07-23
        "fiscal_year",
        "agency",
        "topics",  # the publisher's subjects, a list; None where the page has none
        "url",
    ),
    RecordKind.RECOMMENDATION: (
        "report_number",
        "report_title",
        "recommendation_number",
        "matter_number",  # in its place where the text addresses Congress: the two are numbered apart
        "agency",
        "recommendation",
        "status",
        "status_text",
        "status_comment",
        "agreement",  # an Agreement, or the publisher's words where they are not one
        "priority",
        "issue_date",  # of its report
        "topics",
        "director",  # the name alone
        "url",
    ),
}


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """One record as one page gives it.

    `fields` holds exactly FIELDS[kind]. `aliases` are other keys under which an earlier look may have
    filed the same thing (the title form of a key, before the page gave a number). `cut` names fields
    that may be cut short because the saved text ends there. `gathered` names fields that say through which
    filter a row was seen: several values add up, and are never news. `quiet` names fields that are recorded
    and never news, such as the link of a feed's entry that has a guid.
    """

    kind: RecordKind
    key: str
    fields: Mapping[str, Any]
    aliases: tuple[str, ...] = ()
    cut: frozenset[str] = frozenset()
    gathered: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row of a page and what became of it.

    `record` is None where the row gives none: `problems` then say why, or the profile's hook dropped it and
    `words` are the words there.
    """

    number: int
    record: ParsedRecord | None
    problems: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Parse:
    """What a profile read off one page.

    `declared_total` is the count the page states; `complete` is True only where the page proves that it
    shows the whole list. `next_url` is absolute. `problems` are sentences about rows that could not be
    read; `unclear` counts those of them that are only about a field of a row that was read, and that say
    nothing of how whole the list is. `says_empty` is True where the page itself says that there is nothing
    to list. `missing_columns` names header columns the profile needs and did not find. `rows` accounts for
    every row, where the profile goes by rows. `as_of` is the time of which the page says that it speaks;
    `broken` says why a file is not whole, where its form proves that.
    """

    profile: str
    records: tuple[ParsedRecord, ...]
    declared_total: int | None = None
    complete: bool = False
    next_url: str | None = None
    problems: tuple[str, ...] = ()
    says_empty: bool = False
    missing_columns: tuple[str, ...] = ()
    title: str = ""
    rows: tuple[ReadRow, ...] = ()
    unclear: int = 0
    as_of: datetime | None = None
    broken: str | None = None

    @property
    def lost(self) -> int:
        """Return how many problems mean that something of the list was not read."""
        return len(self.problems) - self.unclear


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask again with."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Headers:
    """How a page was asked for and answered, without what is secret.

    `rendered` is True where the answer is not the stored page: a browser made it from the answer.
    """

    status: int
    request: tuple[tuple[str, str], ...]
    response: tuple[tuple[str, str], ...]
    rendered: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The bytes of one fetched page as they were."""

    url: str  # as asked for
    final_url: str  # after redirects
    body: bytes
    sha256: str
    fetched_at: datetime
    content_type: str = "text/html"
    charset: str = "utf-8"
    validators: Validators = field(default_factory=Validators)
    end_proved: bool = True  # False where nothing shows that the body was not cut on the way
    headers: Headers | None = None  # None for a page that did not come over HTTP, or of an older version


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says the page is as it was (304)."""

    url: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as the database last knew it, as diff needs it."""

    id: int
    kind: RecordKind
    key: str
    fields: Mapping[str, Any]
    fingerprint: str
    listed: bool  # on the page at the last accepted look
    snapshot_sha256: str  # the snapshot that first showed these fields
    last_seen_at: datetime | None = None  # set while the latest whole look does not show it


@dataclass(frozen=True, slots=True)
class FoundChange:
    """One change as diff found it; record gives it an id."""

    kind: ChangeKind
    record_key: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
