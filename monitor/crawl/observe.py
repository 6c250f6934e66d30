"""The first half of a check: go out, read the pages, see whether they look right. Records nothing.

Every network wait of a check happens here, while no transaction is open. `monitor.crawl.pagination` goes
from page to page; here their sum is compared with what is usual and stored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.crawl.completeness import Seen, is_doubtful, one_pass, settled_twice, together, two_passes
from monitor.crawl.follow_up import Followed, Follower
from monitor.crawl.pagination import Read, Reader, Walk, Walker, Writer
from monitor.domain.errors import (
    FetchError,
    HostWaits,
    OversightError,
    ParseError,
    Quarantined,
    Refused,
    StoreError,
)
from monitor.domain.identity import merge
from monitor.domain.schedule import is_look
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Outcome, Page, Parse, ParsedRecord, StoredRecord
from monitor.fetch.charset import decoded
from monitor.fetch.fetcher import Fetcher
from monitor.guard.baseline import Facts, columns_of, known_as, learn, measure
from monitor.guard.rules import check_reasons, list_reasons
from monitor.profiles.parse import parse
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES
from monitor.store.records import stored_records
from monitor.store.snapshots import ReadPage, stored_page
from monitor.store.sources import KnownSource


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look at a source found, ready to be settled.

    `outcome` is set where nothing is to be compared (unchanged, failed, quarantined, waiting). `evidence`
    maps a record's key to the snapshot that shows it. `rebased` are the stored pages read anew, where the way
    of reading them has changed since. `silent` are keys that are new to us but not to the site; `usual` is
    what the next check is held against.
    """

    key: str
    settings: SourceSettings
    known: KnownSource  # when the look began
    started_at: datetime
    finished_at: datetime
    reading: str | None
    outcome: Outcome | None = None
    read: tuple[ReadPage, ...] = ()
    kept: tuple[Page, ...] = ()
    records: tuple[ParsedRecord, ...] = ()
    stored: tuple[StoredRecord, ...] = ()  # what they are compared with
    evidence: Mapping[str, str] = field(default_factory=dict)
    followed: Mapping[str, ParsedRecord] = field(default_factory=dict)
    rebased: tuple[ParsedRecord, ...] = ()
    silent: frozenset[str] = frozenset()
    usual: Mapping[str, Any] = field(default_factory=dict)
    declared_total: int | None = None
    complete: bool = False
    swept: bool = False
    partial: bool = False
    reasons: tuple[str, ...] = ()
    retryable: bool = False
    retry_after: float | None = None
    refused: bool = False  # the site does not want programs
    waits: HostWaits | None = None  # its host is to be left alone for now
    swept_since: datetime | None = None  # where a sweep went on after a crash: when it began
    spent_notes: bool = False  # a sweep has left notes, and nobody is to go on from them


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
        profiles: Mapping[str, Profile] = PROFILES,
        write: Writer | None = None,
    ) -> None:
        self._key = key
        self._settings = settings
        self._known = known
        self._read = read
        self._fetcher = fetcher
        self._clock = clock
        self._accept = accept
        self._started_at = clock()
        self._walker = Walker(
            key, settings, known, read, fetcher, clock, accept=accept, profiles=profiles, write=write
        )

    def observe(self) -> Observation:
        """Walk the pages, read them, and hold them against what is usual. Never raises OversightError.

        Raises Stopping where the program is to stop meanwhile.

        1. Walk: every page of a sweep, the newest pages of a look.
        2. End here where every page is as it was.
        3. Read the pages that have not changed from the store, so that the whole set is known.
        4. Where rows moved between pages meanwhile, walk once more; then guard the set as a whole.
        5. Follow recommendations that are not on the list to their own pages.
        """
        try:
            walk = self._walker.walk(look=self._is_look())
            if self._is_unchanged(walk):
                return self._seen(outcome=Outcome.UNCHANGED, swept=walk.ended, swept_since=walk.began_at)
            return self._compared(self._beyond_doubt(self._read_stored(walk)))
        except Quarantined as error:
            return self._seen(outcome=Outcome.QUARANTINED, reasons=error.reasons, kept=(error.page,))
        except HostWaits as error:
            return self._seen(
                outcome=Outcome.WAITING,
                reasons=(str(error),),
                retryable=True,
                retry_after=error.retry_after,
                waits=error,
            )
        except OversightError as error:
            return self._seen(
                outcome=Outcome.FAILED,
                refused=isinstance(error, Refused),
                reasons=(str(error),),
                retryable=error.retryable,
                retry_after=getattr(error, "retry_after", None),
            )

    def _read_stored(self, walk: Walk) -> Walk:
        try:
            self._walker.read_stored(walk)
        except StoreError:
            if not self._settings.is_web:
                raise
            # A stored page is damaged: all are fetched again, which also makes the store whole.
            return self._walker.walk_again()
        return walk

    def _beyond_doubt(self, walk: Walk) -> Walk:
        """Walk anew where a sweep that went on after a crash would conclude that something is gone.

        Its pages are of two times: a row that moved between them meanwhile may be on none.
        """
        if not (walk.resumed and walk.ended):
            return walk
        parses = _parses(walk.reads)
        shown = {key for found in parses for row in found.records for key in (row.key, *row.aliases)}
        missing = any(one.listed and one.key not in shown for one in self._stored())
        lists = self._lists(walk.reads)
        if missing or self._are_doubtful(_each_pass(lists, ended=True), lists):
            return self._read_stored(self._walker.walk_anew())
        return walk

    def _seen(self, *, reading: str | None = None, **found: object) -> Observation:
        return Observation(
            self._key,
            self._settings,
            self._known,
            self._started_at,
            self._clock(),
            reading or (self._walker.reading if self._walker.profile else None),
            spent_notes=self._walker.spent_notes,
            **found,  # type: ignore[arg-type]
        )

    def _is_look(self) -> bool:
        """Whether this check looks only at the newest pages."""
        anew = self._walker.rereads or self._walker.added
        return is_look(self._settings, self._known.last_swept_at, self._started_at) and not anew

    # Comparing

    def _is_unchanged(self, walk: Walk) -> bool:
        same = walk.cut is None and all(read.page is None for read in walk.reads)
        whole = not walk.ended or len(walk.reads) == len(self._known.pages)
        # What a look or a cut sweep saw is compared as a whole only now.
        if walk.ended and (self._known.usual or {}).get("unswept"):
            return False
        return same and whole and not (self._known.unresolved or walk.moved_to)

    def _compared(self, walk: Walk) -> Observation:
        seen, reads, older = self._passes(walk)
        records, clashes = merge(seen.rows)
        fresh = _distinct([read.page for read in (*reads, *older) if read.page is not None])
        known = self._stored()
        stored = {one.key: one.listed for one in known}
        silent = self._silent(records, reads, stored, seen)
        facts = self._facts(records, reads, stored, silent, seen)
        reasons = (
            *check_reasons(facts, self._walker.usual, self._settings.min_share, swept=walk.ended),
            *list_reasons(self._tops(reads)),
        )
        if reasons and not self._accept:
            raise Quarantined(reasons, fresh[0]) if fresh else ParseError("; ".join(reasons))
        followed = self._follow(records, known, walk) if walk.ended else Followed()
        evidence = _evidence((*older, *reads))
        evidence.update({record.key: sha256 for sha256, record in followed.records.values()})
        moved = [f"{self._settings.url} now answers at {walk.moved_to}"] if walk.moved_to else []
        said = [note for note in (walk.cut, seen.note) if note]
        problems = [problem for read in reads if read.parse for problem in read.parse.problems]
        # Until all of an added list was read, what is new on it is new to us alone.
        still = walk.ended or self._walker.rereads or not self._walker.added
        return self._seen(
            reading=None if still else self._known.reading,
            read=tuple(ReadPage(r.url, r.page.sha256 if r.page else "", r.page, r.next_url) for r in reads),
            kept=(*fresh, *followed.pages),
            records=records,
            stored=known,
            evidence=evidence,
            followed={key: record for key, (_, record) in followed.records.items()},
            rebased=self._rebased(),
            silent=silent,
            usual=self._learnt(walk, facts, seen, silent, anew=bool(reasons) or self._walker.accepted),
            declared_total=seen.declared,
            complete=walk.ended and seen.complete,
            swept=walk.ended,
            partial=walk.cut is not None or not seen.steady,
            waits=walk.waits,
            swept_since=walk.began_at,
            reasons=(*said, *moved, *clashes, *problems, *followed.notes),
        )

    def _follow(
        self, records: Sequence[ParsedRecord], stored: Sequence[StoredRecord], walk: Walk
    ) -> Followed:
        follower = Follower(self._fetcher, self._settings, self._walker.profile, self._walker.profiles)
        return follower.follow(records, stored, {read.url for read in walk.reads})

    def _stored(self) -> tuple[StoredRecord, ...]:
        """Give the source's records; they stand, or another check settles and this look is dropped."""
        with self._read() as session:
            return tuple(stored_records(session, self._key))

    def _passes(self, walk: Walk) -> tuple[Seen, list[Read], list[Read]]:
        """Put the pages together; where rows moved between them meanwhile, read all of them once more.

        Gives what they show, the pages that stand, and those of an earlier pass.
        """
        lists = self._lists(walk.reads)
        first = _each_pass(lists, ended=walk.ended)
        usual = self._walker.usual
        if not (walk.ended and self._settings.is_web and self._are_doubtful(first, lists)):
            if walk.ended:
                first = [settled_twice(seen, found, usual) for seen, found in zip(first, lists, strict=True)]
            return together(first), walk.reads, []
        try:
            again = self._walker.walk_again()
        except (FetchError, Quarantined) as error:
            again = Walk([], ended=False, cut=str(error))
        more = self._lists(again.reads)
        more += [[] for _ in lists[len(more) :]]  # those that the second pass did not come to
        second = _each_pass(more, ended=again.ended)
        settled = [two_passes(*of_one, again.cut) for of_one in zip(first, second, more, strict=True)]
        seen = together(settled)
        if all(one is other for one, other in zip(settled, second, strict=True)):
            return seen, again.reads, []
        return (seen, again.reads, walk.reads) if again.ended else (seen, walk.reads, again.reads)

    def _are_doubtful(self, passes: Sequence[Seen], lists: Sequence[Sequence[Parse]]) -> bool:
        # What is usual is kept for all lists together.
        return is_doubtful(together(passes), max(map(len, lists), default=0), self._walker.usual)

    def _lists(self, reads: Sequence[Read]) -> list[list[Parse]]:
        """Give the pages of each list; saved pages are one."""
        lists: list[list[Parse]] = []
        for read in reads:
            if not lists or read.url in self._settings.addresses:
                lists.append([])
            lists[-1] += [read.parse] if read.parse is not None else []
        return lists

    def _tops(self, reads: Sequence[Read]) -> list[tuple[str, tuple[str, ...]]]:
        """Give each list's address and the keys on its first page."""
        return [
            (read.url, tuple(record.key for record in read.parse.records))
            for read in reads
            if read.url in self._settings.addresses and read.parse is not None
        ]

    def _silent(
        self, records: Sequence[ParsedRecord], reads: Sequence[Read], stored: Mapping[str, bool], seen: Seen
    ) -> frozenset[str]:
        """Give the keys that are new to us only because the first looks could not see the whole list."""
        new = {record.key for record in records if not known_as(record, stored)}
        if self._known.reading is None or not new:
            return frozenset()
        if self._walker.usual.get("unsettled") and not seen.steady:
            return frozenset(new)
        if self._known.last_swept_at is not None:
            return frozenset(new & self._on_added_lists(reads))
        before = {page.url for page in self._known.pages}
        late = {r.key for read in reads if read.url not in before and read.parse for r in read.parse.records}
        return frozenset(new & late)

    def _on_added_lists(self, reads: Sequence[Read]) -> set[str]:
        """Give the keys that only lists show which the watch file has just added."""
        added, old = set[str](), set[str]()
        keys = old
        for read in reads:
            if read.url in self._settings.addresses:
                keys = added if read.url in self._walker.added else old
            keys |= {record.key for record in read.parse.records} if read.parse else set()
        return added - old

    def _facts(
        self,
        records: Sequence[ParsedRecord],
        reads: Sequence[Read],
        stored: Mapping[str, bool],
        silent: frozenset[str],
        seen: Seen,
    ) -> Facts:
        # Saved pages have no order that says anything, so only their sum is held against the usual.
        top = reads[0] if self._settings.is_web else None
        return measure(
            records,
            top.parse.records if top and top.parse else (),
            stored,
            silent=silent,
            columns=columns_of(decoded(top.seen)) if top and top.seen else (),
            charset=reads[0].seen.charset if reads[0].seen else "utf-8",
            declared=seen.declared,
        )

    def _learnt(
        self, walk: Walk, facts: Facts, seen: Seen, silent: frozenset[str], *, anew: bool
    ) -> dict[str, Any]:
        """Give what the next check is held against; a page taken by hand begins a new picture."""
        before = {} if anew else self._walker.usual
        learnt = learn(before, facts, swept=walk.ended, sample=walk.ended or walk.bounded)
        if walk.moved_to:
            learnt["answers_at"] = walk.moved_to
        fresh = any(read.page is not None for read in walk.reads)
        learnt["unswept"] = not walk.ended and (fresh or bool(before.get("unswept")))
        if walk.ended:
            learnt["twice"] = sorted(seen.twice)
            learnt["short"] = seen.short
            open_still = not before or (before.get("unsettled") and silent)
            learnt["unsettled"] = bool(open_still and not seen.steady)
        return learnt

    def _rebased(self) -> tuple[ParsedRecord, ...]:
        """Read the stored pages in the new way, so that only what the site changed since is news."""
        addresses = (self._known.reading or "").partition(" ")[2]
        if not self._walker.rereads or not self._settings.covers(addresses):
            return ()
        found: list[ParsedRecord] = []
        for page in self._known.pages:
            with self._read() as session:
                read = stored_page(session, self._key, page)
                found.extend(parse(read, self._walker.profile, self._walker.profiles).records)
        return merge(found)[0]


def _parses(reads: Sequence[Read]) -> list[Parse]:
    return [read.parse for read in reads if read.parse is not None]


def _each_pass(lists: Sequence[Sequence[Parse]], *, ended: bool) -> list[Seen]:
    return [one_pass(parses, _distinct_rows(parses), ended=ended and bool(parses)) for parses in lists]


def _distinct_rows(parses: Sequence[Parse]) -> int:
    return len(merge([record for found in parses for record in found.records])[0])


def _distinct(pages: Sequence[Page]) -> tuple[Page, ...]:
    """Give each page once, though two passes may have read it twice."""
    return tuple({(page.url, page.sha256): page for page in pages}.values())


def _evidence(reads: Sequence[Read]) -> dict[str, str]:
    """Give, by key, the snapshot that shows a record; where several do, the last."""
    return {record.key: read.sha256 for read in reads if read.parse for record in read.parse.records}
