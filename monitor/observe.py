"""The first half of a check: go out, read the pages, see whether they look right. Writes nothing.

Every network wait of a check happens here, while no transaction is open.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from monitor.errors import FetchError, OversightError, ParseError, Quarantined
from monitor.fetch import Fetcher, saved_page, saved_paths
from monitor.guard import check_reasons, page_reasons, parse_reasons
from monitor.identity import merge
from monitor.parse import decoded, parse, unhealthy
from monitor.profiles import PROFILES
from monitor.record import KnownPage, KnownSource, ReadPage, known_keys, open_records, stored_page
from monitor.settings import SourceSettings
from monitor.types import (
    NotModified,
    Outcome,
    Page,
    Parse,
    ParsedRecord,
    RecordKind,
    StoredRecord,
    Validators,
)

Reader = Callable[[], AbstractContextManager[Session]]
# A check stays short: what is not followed up now is followed up by the next one.
_MOST_FOLLOWED = 20


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look at a source found, ready to be settled.

    `outcome` is set where nothing is to be compared (unchanged, failed, quarantined). `evidence` maps a
    record's key to the snapshot that shows it. `rebased` are the stored pages read anew, where the way
    of reading them has changed since.
    """

    key: str
    settings: SourceSettings
    started_at: datetime
    finished_at: datetime
    reading: str | None
    outcome: Outcome | None = None
    read: tuple[ReadPage, ...] = ()
    kept: tuple[Page, ...] = ()
    records: tuple[ParsedRecord, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    followed: Mapping[str, ParsedRecord] = field(default_factory=dict)
    rebased: tuple[ParsedRecord, ...] = ()
    first_page_rows: int = 0
    declared_total: int | None = None
    complete: bool = False
    swept: bool = False
    partial: bool = False
    reasons: tuple[str, ...] = ()
    retryable: bool = False
    retry_after: float | None = None


@dataclass(slots=True)
class _Read:
    """One page on its way: `page` is None where the stored snapshot still holds."""

    url: str
    page: Page | None
    known: KnownPage | None
    parse: Parse | None
    next_url: str | None


@dataclass(slots=True)
class _Walk:
    reads: list[_Read]
    ended: bool  # the last page was reached, not an error or a bound
    cut: str | None = None


class Observer:
    """Looks at one source. Made anew for every check; holds what its steps share."""

    def __init__(
        self,
        key: str,
        settings: SourceSettings,
        known: KnownSource,
        read: Reader,
        fetcher: Fetcher,
        clock: Callable[[], datetime],
        *,
        accept: bool = False,
    ) -> None:
        self._key = key
        self._settings = settings
        self._known = known
        self._read = read
        self._fetcher = fetcher
        self._clock = clock
        self._accept = accept
        self._started_at = clock()
        self._profile = settings.profile or _profile_of(known.reading)
        self._reread = known.reading is not None and known.reading != self._reading()

    def observe(self) -> Observation:
        """Walk the pages, read them, and hold them against what is usual. Never raises OversightError.

        1. Walk: every page of a sweep, the newest pages of a look.
        2. End here where every page is as it was.
        3. Read the pages that have not changed from the store, so that the whole set is known.
        4. Guard the set as a whole.
        5. Follow recommendations that are not on the list to their own pages.
        """
        try:
            walk = self._walk_web() if self._settings.is_web else self._walk_saved()
            if self._is_unchanged(walk):
                return self._seen(outcome=Outcome.UNCHANGED, swept=walk.ended)
            self._read_stored(walk)
            return self._compared(walk)
        except Quarantined as error:
            return self._seen(outcome=Outcome.QUARANTINED, reasons=error.reasons, kept=(error.page,))
        except OversightError as error:
            return self._seen(
                outcome=Outcome.FAILED,
                reasons=(str(error),),
                retryable=error.retryable,
                retry_after=getattr(error, "retry_after", None),
            )

    def _seen(self, **found: object) -> Observation:
        return Observation(
            self._key,
            self._settings,
            self._started_at,
            self._clock(),
            self._reading() if self._profile else None,
            **found,  # type: ignore[arg-type]
        )

    def _reading(self) -> str:
        profile = PROFILES.get(self._profile) if self._profile else None
        version = f"{profile.name}@{profile.version}" if profile else self._profile
        return f"{version} {self._settings.url}"

    # Walking

    def _is_look(self) -> bool:
        """Whether this check looks only at the newest pages."""
        swept = self._known.last_swept_at
        sweep = self._settings.full_sweep
        return bool(sweep and swept and self._started_at - swept < sweep and not self._reread)

    def _walk_web(self) -> _Walk:
        look, known = self._is_look(), {page.url: page for page in self._known.pages}
        url: str | None = self._settings.url
        walk = _Walk([], ended=False)
        while url is not None and walk.cut is None:
            try:
                read = self._read_web(url, known.get(url))
            except (FetchError, Quarantined) as error:
                if not walk.reads:
                    raise
                walk.cut = f"page {len(walk.reads) + 1} could not be read: {error}"
                break
            walk.reads.append(read)
            if look and self._holds_nothing_new(read):
                return walk
            url = read.next_url
            walk.cut = self._bound(walk, url)
        walk.ended = walk.cut is None
        return walk

    def _bound(self, walk: _Walk, next_url: str | None) -> str | None:
        if next_url is None:
            return None
        if any(read.url == next_url for read in walk.reads):
            return f"the pages lead in a circle: page {len(walk.reads)} names {next_url} again"
        if len(walk.reads) >= self._settings.max_pages:
            return f"stopped after max_pages ({self._settings.max_pages})"
        return None

    def _read_web(self, url: str, known: KnownPage | None) -> _Read:
        ask = known.validators if known and not self._reread else Validators()
        answer = self._fetcher.fetch(url, ask, self._settings)
        if known and (
            isinstance(answer, NotModified) or (answer.sha256 == known.sha256 and not self._reread)
        ):
            return _Read(url, None, known, None, known.next_url)
        if isinstance(answer, NotModified):
            raise FetchError(f"{url} answered 304 to a question without conditions", retryable=True)
        return self._read_page(answer, known)

    def _walk_saved(self) -> _Walk:
        walk = _Walk([], ended=True)
        known = {page.url: page for page in self._known.pages}
        for path in saved_paths(self._settings.url):
            page = saved_page(path, self._clock(), self._settings)
            before = known.get(page.url)
            if before and before.sha256 == page.sha256 and not self._reread:
                walk.reads.append(_Read(page.url, None, before, None, None))
            else:
                walk.reads.append(self._read_page(page, before))
        return walk

    def _read_page(self, page: Page, known: KnownPage | None) -> _Read:
        """Parse a fresh page. Raises Quarantined where it does not look like this source."""
        trouble = page_reasons(page) or ((said,) if (said := unhealthy(decoded(page))) else ())
        if trouble:
            raise Quarantined(trouble, page)
        try:
            found = parse(page, self._profile)
        except ParseError as error:
            raise Quarantined((str(error),), page) from None
        self._profile = found.profile
        first = not self._known.pages or page.url == self._known.pages[0].url
        reasons = parse_reasons(found, self._usual() if first else {})
        if reasons and not self._accept:
            raise Quarantined(reasons, page)
        return _Read(page.url, page, known, found, found.next_url if self._settings.is_web else None)

    def _holds_nothing_new(self, read: _Read) -> bool:
        if read.parse is None:
            return True
        keys = {key for record in read.parse.records for key in (record.key, *record.aliases)}
        with self._read() as session:
            known = known_keys(session, self._key, sorted(keys))
        return all(known & {record.key, *record.aliases} for record in read.parse.records)

    # Comparing

    def _is_unchanged(self, walk: _Walk) -> bool:
        same = walk.cut is None and all(read.page is None for read in walk.reads)
        whole = not walk.ended or len(walk.reads) == len(self._known.pages)
        return same and whole and not self._known.unresolved

    def _read_stored(self, walk: _Walk) -> None:
        """Read the pages that have not changed from their stored snapshots."""
        for read in walk.reads:
            if read.parse is None and read.known is not None:
                with self._read() as session:
                    read.parse = parse(stored_page(session, self._key, read.known), self._profile)

    def _compared(self, walk: _Walk) -> Observation:
        parses = [read.parse for read in walk.reads if read.parse is not None]
        records, clashes = merge([record for found in parses for record in found.records])
        # Saved pages have no order that says anything, so only their sum is held against the usual.
        first_page_rows = len(parses[0].records) if self._settings.is_web else 0
        fresh = tuple(read.page for read in walk.reads if read.page is not None)
        reasons = check_reasons(records, first_page_rows, self._usual(), self._settings.min_share, walk.ended)
        if reasons and not self._accept:
            raise Quarantined(reasons, fresh[0]) if fresh else ParseError("; ".join(reasons))
        evidence = {
            record.key: read.page.sha256 if read.page else (read.known.sha256 if read.known else "")
            for read in walk.reads
            if read.parse
            for record in read.parse.records
        }
        declared = next((found.declared_total for found in parses if found.declared_total is not None), None)
        followed, product_pages, notes = self._follow(records, walk) if walk.ended else ({}, [], [])
        evidence.update({record.key: sha256 for sha256, record in followed.values()})
        problems = [problem for found in parses for problem in found.problems]
        return self._seen(
            read=tuple(
                ReadPage(r.url, (r.page.sha256 if r.page else ""), r.page, r.next_url) for r in walk.reads
            ),
            kept=(*fresh, *product_pages),
            records=records,
            evidence=evidence,
            followed={key: record for key, (_, record) in followed.items()},
            rebased=self._rebased(),
            first_page_rows=first_page_rows,
            declared_total=declared,
            complete=walk.ended and _is_complete(parses, len(records), declared),
            swept=walk.ended,
            partial=walk.cut is not None,
            reasons=(*([walk.cut] if walk.cut else []), *clashes, *problems, *notes),
        )

    def _usual(self) -> Mapping[str, object]:
        """What is usual, unless the source is now read in another way."""
        return {} if self._reread or not self._known.usual else self._known.usual

    def _rebased(self) -> tuple[ParsedRecord, ...]:
        """Read the stored pages in the new way, so that only what the site changed since is news."""
        if not self._reread or not (self._known.reading or "").endswith(f" {self._settings.url}"):
            return ()
        found: list[ParsedRecord] = []
        for page in self._known.pages:
            with self._read() as session:
                found.extend(parse(stored_page(session, self._key, page), self._profile).records)
        return merge(found)[0]

    # Following

    def _follow(
        self, records: Sequence[ParsedRecord], walk: _Walk
    ) -> tuple[dict[str, tuple[str, ParsedRecord]], list[Page], list[str]]:
        """Look up, on their own pages, open recommendations that this walk did not show.

        Gives stored key -> (snapshot, record), the pages read, and what could not be read.
        """
        followed: dict[str, tuple[str, ParsedRecord]] = {}
        pages: list[Page] = []
        notes: list[str] = []
        for url, missing in self._left(records, {read.url for read in walk.reads}).items():
            try:
                page, found = self._product(url)
            except OversightError as error:
                notes.append(f"what became of {', '.join(r.key for r in missing)} is not known yet: {error}")
                continue
            pages.append(page)
            for stored in missing:
                match = next((r for r in found if stored.key in (r.key, *r.aliases)), None)
                if match is not None:
                    followed[stored.key] = (page.sha256, match)
        return followed, pages, notes

    def _left(self, records: Sequence[ParsedRecord], own: set[str]) -> dict[str, list[StoredRecord]]:
        profile = PROFILES.get(self._profile or "")
        if profile is None or profile.kind is not RecordKind.RECOMMENDATION or not self._settings.is_web:
            return {}
        shown = {key for record in records for key in (record.key, *record.aliases)}
        with self._read() as session:
            waiting = open_records(session, self._key)
        left: dict[str, list[StoredRecord]] = {}
        for stored in waiting:
            url = profile.follow_up_url(stored.fields)
            if stored.key not in shown and url and url not in own and len(left) < _MOST_FOLLOWED:
                left.setdefault(url, []).append(stored)
        return left

    def _product(self, url: str) -> tuple[Page, tuple[ParsedRecord, ...]]:
        answer = self._fetcher.fetch(url, Validators(), self._settings)
        if isinstance(answer, NotModified):
            raise FetchError(f"{url} answered 304 to a question without conditions", retryable=True)
        trouble = page_reasons(answer) or ((said,) if (said := unhealthy(decoded(answer))) else ())
        if trouble:
            raise Quarantined(trouble, answer)
        found = parse(answer, self._profile)
        return answer, found.records


def _profile_of(reading: str | None) -> str | None:
    return reading.partition("@")[0] if reading else None


def _is_complete(parses: Sequence[Parse], rows: int, declared: int | None) -> bool:
    """Whether the pages prove that they show the whole list, none of it twice."""
    if sum(len(found.records) for found in parses) != rows:
        return False  # rows moved between pages while they were read
    if declared is not None:
        return declared == rows
    if len(parses) == 1:
        return parses[0].complete
    if parses[-1].problems:
        return False  # a last page that breaks off has lost its link to the next one
    return all(found.next_url for found in parses[:-1]) and parses[-1].next_url is None
