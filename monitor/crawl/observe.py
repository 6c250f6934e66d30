"""The first half of a check: go out, read the pages, see whether they look right. Records nothing.

Every network wait of a check happens here, while no transaction is open. `monitor.crawl.pagination` goes
from page to page; here their sum is compared with what is usual and stored.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from monitor.crawl.completeness import Seen, needs_second_pass, put_together
from monitor.crawl.context import Context
from monitor.crawl.follow_up import Followed, Follower
from monitor.crawl.missing import unproved, unread
from monitor.crawl.new_keys import Known, known_rows
from monitor.crawl.novelty import added_in_bulk, new_only_to_us
from monitor.crawl.outcomes import (
    Compared,
    Failed,
    Look,
    Observation,
    Quarantined,
    Unchanged,
    Waiting,
)
from monitor.crawl.pagination import Walker
from monitor.crawl.torn_file import Torn, torn
from monitor.crawl.walk import Read, Walk, lists_of, parses_of
from monitor.crawl.window import PUSHED_OFF, are_pushed_off
from monitor.domain import errors
from monitor.domain.identity import merge
from monitor.domain.schedule import is_look
from monitor.domain.settings import NOTHING_EXPECTED
from monitor.domain.types import Page, ParsedRecord, StoredRecord
from monitor.fetch.charset import as_declared, decoded
from monitor.guard.baseline import Baseline, Facts, columns_of, learn, mark, measure, shape
from monitor.guard.expectations import expectation_reasons
from monitor.guard.rules import check_reasons, list_reasons
from monitor.profiles.pager import hints_at_more
from monitor.profiles.parse import parse
from monitor.profiles.profile import Profile
from monitor.store.records import stored_records
from monitor.store.snapshots import ReadPage, stored_page


class Observer:
    """Looks at one source. Made again for every check; holds what its steps share."""

    def __init__(self, context: Context) -> None:
        # Cookies that the site sets belong to this check.
        self._context = context = replace(context, fetcher=context.fetcher.for_check())
        self._settings = context.settings
        self._known = context.known
        self._started_at = context.clock()
        self._walker = Walker(context)

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
                return Unchanged(self._look(), swept=walk.ended, swept_since=walk.began_at)
            return self._compared(self._beyond_doubt(self._read_stored(walk)))
        except errors.Quarantined as error:
            return Quarantined(self._look(), error.reasons, error.page, error.acceptable)
        except errors.HostWaits as error:
            return Waiting(self._look(), waits=error)
        except errors.OversightError as error:
            return Failed(
                self._look(),
                reasons=(str(error),),
                retryable=error.retryable,
                retry_after=getattr(error, "retry_after", None),
                refused=isinstance(error, errors.Refused),
            )

    @property
    def _profile(self) -> Profile | None:
        """Return how the pages are read, once the first one has shown it."""
        return self._context.profiles.get(self._walker.profile or "")

    @property
    def _is_csv(self) -> bool:
        return self._profile is not None and self._profile.format == "csv"

    def _read_stored(self, walk: Walk) -> Walk:
        try:
            self._walker.read_stored(walk)
        except errors.StoreError:
            if not self._settings.is_web:
                raise
            # A stored page is damaged: all are fetched again, which also makes the store whole.
            return self._walker.walk_again()
        return walk

    def _beyond_doubt(self, walk: Walk) -> Walk:
        """Walk again where a sweep that went on after a crash would conclude that something is gone.

        Its pages are of two times: a row that moved between them meanwhile may be on none.
        """
        if not (walk.resumed and walk.ended):
            return walk
        if _missing(self._stored(), walk.reads) or needs_second_pass(self._context, walk):
            return self._read_stored(self._walker.walk_anew())
        return walk

    def _look(self) -> Look:
        return Look(
            self._context.key,
            self._settings,
            self._known,
            self._started_at,
            self._context.clock(),
            self._walker.reading if self._walker.profile else None,
            self._walker.spent_notes,
            self._context.held,
            self._profile.reader if self._profile else "",
        )

    def _is_look(self) -> bool:
        """Whether this check looks only at the newest pages."""
        again = self._context.rereads or self._context.added or self._context.held
        return is_look(self._settings, self._known.last_swept_at, self._started_at) and not again

    # Comparing

    def _is_unchanged(self, walk: Walk) -> bool:
        same = walk.cut is None and all(read.page is None for read in walk.reads)
        whole = not walk.ended or len(walk.reads) == len(self._known.pages)
        # What a look or a cut sweep saw is compared as a whole only now.
        if not self._settings.is_web:
            # A saved file that has not changed confirms nothing, and nothing that left it can be looked up.
            return same and whole and not self._context.accept
        if self._context.held or (walk.ended and self._context.unswept):
            return False
        return same and whole and not (self._known.unresolved or walk.moved_to)

    def _compared(self, walk: Walk) -> Compared:
        known = self._stored(row for read in walk.reads if read.parse for row in read.parse.records)
        seen, reads, older = put_together(
            self._context, walk, self._walker.walk_again, lambda reads: bool(self._moved(reads, known))
        )
        records, clashes = merge(seen.rows)
        fresh = _distinct([read.page for read in (*reads, *older) if read.page is not None])
        missing = _missing(known, reads) if walk.ended else frozenset[str]()
        shown_whole = seen.complete or _is_shown_whole(walk, seen, reads)
        rows = known_rows(known, records, complete=shown_whole)
        stored = rows.listed
        if seen.complete and self._are_pushed_off(reads, known, missing & stored.keys()):
            seen = replace(seen, complete=False, note=PUSHED_OFF)
        silent = new_only_to_us(self._context, records, reads, stored, seen)
        facts = self._facts(records, reads, known, rows, silent, seen)
        reasons = (
            *self._lacking(records, swept=walk.ended),
            *check_reasons(facts, self._context.usual, self._settings.min_share, swept=walk.ended),
            *list_reasons(self._tops(reads)),
        )
        if reasons and not self._context.accept:
            if not fresh:
                raise errors.ParseError("; ".join(reasons))
            raise errors.Quarantined(reasons, fresh[0], acceptable=True)
        followed = self._follow(records, known, walk, seen) if walk.ended else Followed()
        evidence = _evidence((*older, *reads))
        evidence.update({record.key: sha256 for sha256, record in followed.records.values()})
        moved = [f"{self._settings.url} now answers at {walk.moved_to}"] if walk.moved_to else []
        said = [note for note in (walk.cut, seen.note) if note]
        remarks: list[str] = []
        if bulk := len(added_in_bulk(records, stored) & silent):
            remarks.append(
                f"{bulk} reports of earlier years were added to the list: recorded, not alerted as new"
            )
        problems = [problem for read in reads if read.parse for problem in read.parse.problems]
        gaps = self._torn(known, records)
        lost = unread(missing, sum(read.parse.lost for read in reads if read.parse), self._context.usual)
        usual = self._learned(walk, facts, seen, silent, again=bool(reasons) or self._walker.accepted)
        if walk.ended:
            marks = tuple(sorted(map(mark, lost.keys)))
            usual = replace(usual, unread=marks, strange_rows=lost.strange_rows)
        # Until all of an added list was read, what is new on it is new to us alone.
        still = walk.ended or self._context.rereads or not self._context.added
        look = self._look()
        return Compared(
            look if still else replace(look, reading=self._known.reading),
            read=tuple(ReadPage(r.url, r.page.sha256 if r.page else "", r.page, r.next_url) for r in reads),
            kept=(*fresh, *followed.pages),
            records=records,
            stored=known,
            evidence=evidence,
            followed={key: record for key, (_, record) in followed.records.items()},
            rebased=self._rebased(),
            silent=silent,
            usual=usual,
            unsure=self._unsure(reads, known, missing, repeats=walk.repeats) | gaps.missing,
            doubtful=gaps.shown,
            unread=lost.keys,
            declared_total=seen.declared,
            complete=seen.complete,
            shown_whole=shown_whole,
            swept=walk.ended,
            partial=walk.cut is not None or not seen.steady,
            accepted=self._context.accept,
            waits=walk.waits,
            as_of=_as_of(walk.reads),
            swept_since=walk.began_at,
            remarks=tuple(remarks),
            reasons=(*said, *remarks, *moved, *clashes, *problems, *followed.notes),
        )

    def _moved(self, reads: Sequence[Read], known: Sequence[StoredRecord]) -> frozenset[str]:
        """Return the missing records that may only have moved between two pages while they were read."""
        missing = _missing(known, reads)
        if not missing or len(reads) < 2 or self._context.rereads or not self._settings.is_web:
            return frozenset()
        addresses = self._settings.addresses
        old = lists_of(list(self._walker.reads_before()), addresses)
        return unproved(old, lists_of(reads, addresses), missing)

    def _are_pushed_off(
        self, reads: Sequence[Read], known: Sequence[StoredRecord], missing: frozenset[str]
    ) -> bool:
        if len(reads) != 1 or not missing or self._context.rereads:
            return False
        if any(found.declared_total is not None for found in parses_of(reads)):
            return False
        now, before = (
            [row for found in parses_of(ones) for row in found.records]
            for ones in (reads, list(self._walker.reads_before()))
        )
        offers_more = reads[0].seen is not None and hints_at_more(decoded(reads[0].seen))
        by_key = {one.key: one for one in known}
        return are_pushed_off(before, now, missing, by_key, any_length=offers_more)

    def _unsure(
        self, reads: Sequence[Read], known: Sequence[StoredRecord], missing: frozenset[str], *, repeats: bool
    ) -> frozenset[str]:
        """Return the missing records that a second look has to confirm before they are called gone."""
        unproved = any(read.page is not None and not read.page.end_proved for read in reads)
        return missing if missing and (unproved or repeats) else self._moved(reads, known)

    def _torn(self, known: Sequence[StoredRecord], records: Sequence[ParsedRecord]) -> Torn:
        return torn(known, records) if self._is_csv and not self._context.rereads else Torn()

    def _follow(
        self, records: Sequence[ParsedRecord], stored: Sequence[StoredRecord], walk: Walk, seen: Seen
    ) -> Followed:
        context = self._context
        follower = Follower(
            context.fetcher,
            self._settings,
            self._walker.profile,
            context.profiles,
            self._started_at,
            self._known.checked_at,
            seen.complete,
        )
        return follower.follow(records, stored, {read.url for read in walk.reads})

    def _stored(self, shown: Iterable[ParsedRecord] = ()) -> tuple[StoredRecord, ...]:
        """Return the source's records; they stand, or another check settles and this look is dropped.

        Those that are as `shown` share its fields, because twice all of them is a lot of memory.
        """
        fields = {record.key: record.fields for record in shown}
        with self._context.read() as session:
            return tuple(stored_records(session, self._context.key, fields))

    def _tops(self, reads: Sequence[Read]) -> list[tuple[str, tuple[str, ...]]]:
        """Return each list's address and the keys on its first page."""
        return [
            (read.url, tuple(record.key for record in read.parse.records))
            for read in reads
            if read.url in self._settings.addresses and read.parse is not None
        ]

    def _facts(
        self,
        records: Sequence[ParsedRecord],
        reads: Sequence[Read],
        known: Sequence[StoredRecord],
        rows: Known,
        silent: frozenset[str],
        seen: Seen,
    ) -> Facts:
        # Saved pages have no order that says anything, so only their sum is compared with the usual.
        top = reads[0] if self._settings.is_web else None
        first = merge(top.parse.records)[0] if top and top.parse else ()
        columns = columns_of(decoded(top.seen)) if top and top.seen and _has_table(top.seen) else ()
        facts = measure(
            records,
            first,
            rows.listed,
            silent=silent,
            as_stored=_count_as_stored(first, known) if columns else 0,
            columns=columns,
            charset=reads[0].seen.charset if reads[0].seen else "utf-8",
            declared=seen.declared,
            line_end=self._line_end(reads),
        )
        shapes = Counter(shape(record) for record in records if record.key in rows.renumbered)
        return replace(facts, renumbered=shapes)

    def _line_end(self, reads: Sequence[Read]) -> bool | None:
        """Return whether CSV files end with a line end; None for pages of another format."""
        bodies = [read.seen.body for read in reads if read.seen]
        if not (self._is_csv and bodies):
            return None
        return all(body.endswith((b"\n", b"\r")) for body in bodies)

    def _learned(
        self, walk: Walk, facts: Facts, seen: Seen, silent: frozenset[str], *, again: bool
    ) -> Baseline:
        """Return what the next check is compared with; a page accepted by hand begins a new baseline."""
        before = Baseline() if again else self._context.usual
        learned = learn(before, facts, swept=walk.ended, sample=walk.ended or walk.bounded)
        fresh = any(read.page is not None for read in walk.reads)
        learned = replace(
            learned,
            answers_at=walk.moved_to or learned.answers_at,
            as_of=_as_of(walk.reads) or learned.as_of,
            unswept=not walk.ended and (fresh or before.unswept),
        )
        if not walk.ended:
            return learned
        open_still = not before or (before.unsettled and silent)
        return replace(
            learned,
            twice=tuple(sorted(seen.twice)),
            short=seen.short,
            unsettled=bool(open_still and not seen.steady),
        )

    def _lacking(self, records: Sequence[ParsedRecord], *, swept: bool) -> tuple[str, ...]:
        """Return what the check lacks of what the source and its profile expect."""
        profile = self._profile
        own = self._settings.expect or NOTHING_EXPECTED
        of_profile = ((profile.expect if profile else None) or NOTHING_EXPECTED).without(own)
        today = self._context.clock().date()
        whose = f"the profile {self._walker.profile}"
        return (
            *expectation_reasons(own, records, today, swept=swept, whose="the source"),
            *expectation_reasons(of_profile, records, today, swept=swept, whose=whose),
        )

    def _rebased(self) -> tuple[ParsedRecord, ...]:
        """Read the stored pages in the new way, so that only what the site changed since is news."""
        addresses = (self._known.reading or "").partition(" ")[2]
        if not self._context.rereads or not self._settings.covers(addresses):
            return ()
        found: list[ParsedRecord] = []
        for page in self._known.pages:
            with self._context.read() as session:
                stored = stored_page(session, self._context.key, page)
                read = as_declared(stored, self._settings.charset)
                found.extend(parse(read, self._walker.profile, self._context.profiles).records)
        return merge(found)[0]


def _missing(known: Sequence[StoredRecord], reads: Sequence[Read]) -> frozenset[str]:
    """Return the listed records that these pages do not show."""
    shown = {key for found in parses_of(reads) for row in found.records for key in (row.key, *row.aliases)}
    return frozenset(
        one.key for one in known if one.listed and not shown & {one.key, one.key.partition(" @ ")[0]}
    )


def _count_as_stored(rows: Sequence[ParsedRecord], known: Sequence[StoredRecord]) -> int:
    """Count the rows that only say what is stored of their records."""
    stored = {one.key: one.fields for one in known}
    return sum(
        row.key in stored and all(value in (None, stored[row.key].get(n)) for n, value in row.fields.items())
        for row in rows
    )


def _distinct(pages: Sequence[Page]) -> tuple[Page, ...]:
    """Return each page once, though two passes may have read it twice."""
    return tuple({(page.url, page.sha256): page for page in pages}.values())


def _has_table(page: Page) -> bool:
    """Return whether a page may have the header cells of a table; to decode a large file again takes long."""
    return page.content_type != "text/csv"


def _as_of(reads: Sequence[Read]) -> str | None:
    """Return the latest time of which the pages say that they speak."""
    times = [read.parse.as_of for read in reads if read.parse and read.parse.as_of]
    return max(times).isoformat() if times else None


def _is_shown_whole(walk: Walk, seen: Seen, reads: Sequence[Read]) -> bool:
    """Whether each row that is shown was read once; a feed may show only a part of its list."""
    steady = walk.ended and seen.steady and not (seen.twice or seen.torn or seen.short)
    return steady and all(read.parse is not None and not read.parse.problems for read in reads)


def _evidence(reads: Sequence[Read]) -> dict[str, str]:
    """Return the snapshot that shows each record, by key; the last one if there are several."""
    return {record.key: read.sha256 for read in reads if read.parse for record in read.parse.records}
