"""The possible results of one look at a source, ready to be written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.domain.errors import HostWaits
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Page, ParsedRecord, StoredRecord
from monitor.guard.baseline import Baseline
from monitor.store.snapshots import ReadPage
from monitor.store.sources import KnownSource


@dataclass(frozen=True, slots=True)
class Look:
    """What each of the results below knows of the look it came from."""

    key: str
    settings: SourceSettings
    known: KnownSource  # when the look began
    started_at: datetime
    finished_at: datetime
    reading: str | None
    spent_notes: bool = False  # a sweep has left notes, and no check is to resume from them
    held: tuple[str, ...] = ()  # marks of what the look before held back
    reader: str = ""  # the profile that read the pages, with its version and fingerprint


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Every page has the bytes it had."""

    look: Look
    swept: bool  # all pages were asked for
    swept_since: datetime | None = None  # where a sweep was resumed after a crash: when it began


@dataclass(frozen=True, slots=True)
class Waiting:
    """The host is to be left alone for now: nothing was asked."""

    look: Look
    waits: HostWaits


@dataclass(frozen=True, slots=True)
class Failed:
    """There was no page to look at."""

    look: Look
    reasons: tuple[str, ...]
    retryable: bool = False
    retry_after: float | None = None
    refused: bool = False  # the site blocks automated requests


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A page, or the set of them, does not look like this source; `page` is kept as evidence."""

    look: Look
    reasons: tuple[str, ...]
    page: Page
    acceptable: bool = False  # by hand


@dataclass(frozen=True, slots=True)
class Compared:
    """Pages to compare with what is stored.

    `evidence` maps a record's key to the snapshot that shows it. `rebased` are the stored pages read again
    because the way of reading them has changed. `silent` are keys that are new to us but not to the site;
    `usual` is what the next check is compared with. `unsure` are keys that are missing from a look that may
    be torn or cut, `doubtful` those of rows that may be pieces of others, `unread` those that may be rows
    that could not be read.
    """

    look: Look
    read: tuple[ReadPage, ...]
    kept: tuple[Page, ...]
    records: tuple[ParsedRecord, ...]
    stored: tuple[StoredRecord, ...]  # what the records are compared with
    evidence: Mapping[str, str]
    usual: Baseline
    followed: Mapping[str, ParsedRecord] = field(default_factory=dict)
    rebased: tuple[ParsedRecord, ...] = ()
    silent: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    declared_total: int | None = None
    complete: bool = False
    shown_whole: bool = False  # each row that the site shows was read, whether or not that is all of the list
    swept: bool = False
    swept_since: datetime | None = None  # where a sweep was resumed after a crash: when it began
    partial: bool = False
    accepted: bool = False  # by hand: nothing is held back
    remarks: tuple[str, ...] = ()  # on what is recorded in silence
    reasons: tuple[str, ...] = ()
    waits: HostWaits | None = None
    as_of: str | None = None  # the time of which the list says that it speaks, ISO


Observation = Unchanged | Waiting | Failed | Quarantined | Compared
