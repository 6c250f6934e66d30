"""Goes from page to page of a source, over HTTP or in a folder, and reads each.

Records nothing. A sweep of several pages notes each of them (`monitor.crawl.checkpoint`), so that one that
is killed goes on where it was.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from monitor.crawl.checkpoint import Begun, agrees, begun_before, note_read, restored
from monitor.crawl.context import Context
from monitor.crawl.walk import Read, Walk
from monitor.domain.errors import FetchError, HostWaits, OversightError, ParseError, Quarantined, StoreError
from monitor.domain.types import NotModified, Page, Validators
from monitor.faultpoints import reach
from monitor.fetch.charset import as_declared, decoded
from monitor.fetch.saved import saved_page, saved_paths
from monitor.guard.baseline import Baseline
from monitor.guard.error_pages import unhealthy
from monitor.guard.rules import page_reasons, parse_reasons, sink_reasons
from monitor.profiles.parse import parse
from monitor.store.records import known_keys
from monitor.store.snapshots import stored_page
from monitor.store.sources import KnownPage

_NOTHING_TO_ACCEPT = (
    "nothing could be read, so there is nothing to accept; adapt the profile, or draft a new one:"
    " oversight-watch sources new ADDRESS"
)
_MOST_NAMED = 5  # saved pages that could not be read


class Walker:
    """Walks one source, once or twice. Made again for every check."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = context.settings
        self._known = context.known
        self.profile = context.profile
        self._anew = False  # ask without conditions
        self.accepted = False  # a page was taken by hand against the guard
        self.spent_notes = False  # notes were left, and no check is to resume from them

    @property
    def reading(self) -> str:
        """Return how the pages are read, once the first one has shown their profile."""
        return self._context.reading_with(self.profile)

    def walk(self, *, look: bool) -> Walk:
        """Read every page, or in a `look` the newest until one holds nothing new.

        Raises Quarantined where a page, or the set of them, is not this source's.
        """
        if not self._settings.is_web:
            return self._walk_saved()
        known = {page.url: page for page in self._known.pages}
        self._anew = self._context.asks_anew(look=look)
        if look:
            return self._walk_web(known, look=True)
        began_at = self._context.clock()
        begun = begun_before(self._context)
        walk = self._resumed(begun, known) if begun else Walk([], ended=False)
        return self._walk_web(known, walk=walk, began_at=walk.began_at or began_at)

    def walk_anew(self) -> Walk:
        """Read every page, whatever an earlier sweep has read."""
        return self._walk_web({page.url: page for page in self._known.pages}, began_at=self._context.clock())

    def walk_again(self) -> Walk:
        """Read every page once more, without asking whether it has changed."""
        return self._walk_web({})

    def _walk_web(
        self,
        known: dict[str, KnownPage],
        *,
        look: bool = False,
        walk: Walk | None = None,
        began_at: datetime | None = None,
    ) -> Walk:
        """Go on from the pages that `walk` has; note what is read where the walk `began_at` a known time."""
        walk, stopped = walk or Walk([], ended=False), False
        url = self._following(walk)
        if walk.reads and began_at and not walk.resumed:
            self._note(walk, began_at)
        self._bound(walk, url if walk.reads else None)
        while url is not None and walk.cut is None:
            try:
                read = self._read_web(url, known.get(url), walk)
            except (FetchError, Quarantined) as error:
                if not walk.reads:
                    raise
                further = url not in self._settings.addresses
                beyond = self._is_no_page(error) and self._is_short(walk)
                if further and (beyond or self._has_all_rows(walk)):
                    self._end(walk)
                    url = self._next_list(walk)
                    self._bound(walk, url)
                    continue
                walk.cut = f"page {len(walk.reads) + 1} could not be read: {error}"
                walk.waits = error if isinstance(error, HostWaits) else None
                if began_at and isinstance(error, FetchError):
                    self.spent_notes = False  # the next check goes on from here
                break
            repeats = self._repeats(read, walk)
            if repeats:
                # The link is kept: next time its page may be another one.
                walk.repeats, read = True, walk.reads[-1]
            else:
                walk.reads.append(read)
            if began_at:
                self._note(walk, began_at)
            if look and self._holds_nothing_new(read):
                stopped, url = True, self._next_list(walk)
            else:
                url = self._next_list(walk) if repeats else self._following(walk)
            self._bound(walk, url)
        walk.ended = walk.cut is None and not stopped
        _require_distinct(walk)
        return walk

    def _repeats(self, read: Read, walk: Walk) -> bool:
        """Whether a page only gives the list's last or first page again, as sites do beyond their end."""
        if not walk.reads or read.url in self._settings.addresses:
            return False
        first, last = self._list(walk)[0], walk.reads[-1]
        if read.parse is None and last.parse is None:
            return False  # both are as they were when neither repeated the other
        rows = self._keys_of(read)
        if not rows:
            return False
        if rows == self._keys_of(last):
            if self._is_short(walk) or self._has_all_pages(walk):
                self._end(walk)
            # Else the same bytes at two addresses are judged for all pages together.
            return walk.repeats or read.sha256 != last.sha256
        if read.parse is not None and rows == self._keys_of(first) and self._is_short(walk):
            self._end(walk)
            return True
        return False

    def _list(self, walk: Walk) -> list[Read]:
        """Return the pages of the list that is being walked."""
        begins = max(at for at, one in enumerate(walk.reads) if not at or one.url in self._settings.addresses)
        return walk.reads[begins:]

    def _has_all_pages(self, walk: Walk) -> bool:
        """Whether a list has shown as many pages as before; of a first check, nothing is known."""
        known = {page.url for page in self._known.pages}
        pages = self._list(walk)
        return len(pages) > 1 and all(one.url in known for one in pages) and pages[-1].next_url not in known

    def _has_all_rows(self, walk: Walk) -> bool:
        """Whether the pages of a list show as many records as each of them says there are in all."""
        pages = self._list(walk)
        keys = {key for one in pages for key in self._keys_of(one)}
        return {one.parse.declared_total if one.parse else None for one in pages} == {len(keys)}

    def _is_short(self, walk: Walk) -> bool:
        """Whether the last page is whole and has fewer rows than those before it, which all have as many."""
        *before, last = self._list(walk)
        rows, here = {len(self._keys_of(one)) for one in before}, len(self._keys_of(last))
        whole = last.parse is not None and not last.parse.lost
        return whole and len(rows) == 1 and 0 < here < max(rows)

    @staticmethod
    def _is_no_page(error: OversightError) -> bool:
        """Whether a site says that it has no such page, or shows another one in its place."""
        return isinstance(error, Quarantined) or getattr(error, "status", None) in (404, 410)

    def _end(self, walk: Walk) -> None:
        """Note that a list ended with the page read last, though that page names a next one."""
        last = walk.reads[-1]
        self._keys_of(last)
        if last.parse is not None:
            last.parse = replace(last.parse, next_url=None)
        walk.repeats = True

    def _keys_of(self, read: Read) -> list[str]:
        with suppress(StoreError):  # a damaged page is fetched again later
            self._read_one(read)
        return [record.key for record in read.parse.records] if read.parse else []

    def _following(self, walk: Walk) -> str | None:
        """Return where a walk goes on: on the next page of a list, then at the beginning of the next one."""
        return (walk.reads[-1].next_url if walk.reads else None) or self._next_list(walk)

    def _next_list(self, walk: Walk) -> str | None:
        read = {one.url for one in walk.reads}
        return next((url for url in self._settings.addresses if url not in read), None)

    def _bound(self, walk: Walk, next_url: str | None) -> None:
        if next_url is None:
            return
        if any(read.url == next_url for read in walk.reads):
            walk.cut = f"the pages lead in a circle: page {len(walk.reads)} names {next_url} again"
        elif len(walk.reads) >= self._settings.max_pages:
            walk.cut = f"stopped after max_pages ({self._settings.max_pages})"
            walk.bounded = True

    # A sweep that goes on after a crash

    def _note(self, walk: Walk, began_at: datetime) -> None:
        if note_read(self._context, self.reading, walk.reads, self._following(walk), began_at):
            self.spent_notes = True

    def _resumed(self, begun: Begun, known: dict[str, KnownPage]) -> Walk:
        """Return the pages of an earlier sweep to go on from, if its first and last are as they were.

        Else give only the first page, read again, for a whole walk.
        """
        first, last = begun.notes[0], begun.notes[-1]
        walk = Walk([], ended=False)
        if first.url != self._settings.url:
            return walk
        top = self._read_web(first.url, known.get(first.url), walk)
        walk.reads.append(top)
        if any(note.reading != self.reading for note in begun.notes):
            return walk
        try:
            reads = [
                restored(self._context, note, known.get(note.url), self._read_page) for note in begun.notes
            ]
            if not agrees(top, reads[0]):
                return walk
            bottom = self._read_web(last.url, known.get(last.url), walk)
            if not agrees(bottom, reads[-1]):
                return walk
        except (FetchError, Quarantined, StoreError, LookupError):
            return walk
        self.spent_notes = True
        walk.began_at = begun.at
        walk.reads = [top, *reads[1:-1], bottom]
        walk.resumed = len(reads)
        return walk

    def _read_web(self, url: str, known: KnownPage | None, walk: Walk) -> Read:
        ask = known.validators if known and not self._anew else Validators()
        answer = self._context.fetcher.fetch(url, ask, self._settings)
        reach("fetched")
        if isinstance(answer, Page) and not walk.reads:
            walk.moved_to = self._moved_to(answer)
        if known and (
            isinstance(answer, NotModified) or (answer.sha256 == known.sha256 and not self._context.rereads)
        ):
            return Read(url, None, known, None, known.next_url)
        if isinstance(answer, NotModified):
            raise FetchError(f"{url} answered 304 to a question without conditions", retryable=True)
        return self._read_page(answer, known)

    def _moved_to(self, page: Page) -> str | None:
        """Return where a page now answers, if that is another place than the last time."""
        before = self._context.answers_at or page.url
        return None if _place(page.final_url) == _place(before) else page.final_url

    def _walk_saved(self) -> Walk:
        """Read every saved page; of several, those that cannot be read are left out, and nothing is gone."""
        walk = Walk([], ended=True)
        known = {page.url: page for page in self._known.pages}
        paths, refused = saved_paths(self._settings.url), dict[str, OversightError]()
        for path in paths:
            try:
                walk.reads.append(self._read_saved(path, known))
            except (FetchError, Quarantined) as error:
                refused[path.name] = error
        if refused and not walk.reads:
            raise next(iter(refused.values()))
        if refused:
            first = "; ".join(f"{name}: {error}" for name, error in list(refused.items())[:_MOST_NAMED])
            walk.ended, walk.cut = False, f"{len(refused)} of {len(paths)} saved pages were left out: {first}"
        return walk

    def _read_saved(self, path: Path, known: Mapping[str, KnownPage]) -> Read:
        page = saved_page(path, self._context.clock(), self._settings)
        before = known.get(page.url)
        if before and before.sha256 == page.sha256 and not self._context.rereads:
            return Read(page.url, None, before, None, None)
        return self._read_page(page, before)

    def _read_page(self, page: Page, known: KnownPage | None) -> Read:
        """Parse a fresh page. Raises Quarantined where it does not look like this source."""
        text = decoded(page)
        trouble = page_reasons(page) or ((said,) if (said := unhealthy(text)) else ())
        if trouble:
            raise Quarantined(trouble, page)
        try:
            found = parse(page, self.profile, self._context.profiles, text)
        except ParseError as error:
            raise Quarantined((str(error),), page) from None
        self.profile = found.profile
        first = not self._known.pages or page.url == self._known.pages[0].url
        reasons = parse_reasons(found, self._context.usual if first else Baseline())
        acceptable = bool(found.records or found.says_empty) or not first
        if reasons and self._context.accept and not acceptable:
            raise Quarantined((*reasons, _NOTHING_TO_ACCEPT), page)
        if reasons and not self._context.accept:
            raise Quarantined(reasons, page, acceptable=acceptable)
        self.accepted |= bool(reasons)
        return Read(page.url, page, known, found, found.next_url if self._settings.is_web else None, page)

    def _holds_nothing_new(self, read: Read) -> bool:
        if read.parse is None:
            return True
        keys = {key for record in read.parse.records for key in (record.key, *record.aliases)}
        with self._context.read() as session:
            known = known_keys(session, self._context.key, sorted(keys))
        return all(known & {record.key, *record.aliases} for record in read.parse.records)

    def read_stored(self, walk: Walk) -> None:
        """Read the pages that have not changed from their stored snapshots, so that the set is whole."""
        for read in walk.reads:
            self._read_one(read)

    def reads_before(self) -> Iterator[Read]:
        """Yield the pages of the last accepted look, read from the store; a damaged one has no rows."""
        for page in self._known.pages:
            read = Read(page.url, None, page, None, page.next_url)
            with suppress(StoreError):
                self._read_one(read)
            yield read

    def _read_one(self, read: Read) -> None:
        if read.parse is None and read.known is not None:
            with self._context.read() as session:
                stored = stored_page(session, self._context.key, read.known)
            read.seen = as_declared(stored, self._settings.charset)
            read.parse = parse(read.seen, self.profile, self._context.profiles)


def _require_distinct(walk: Walk) -> None:
    """Refuse pages of which several are one: the site answers anything it lost with some page of its own."""
    fresh = next((read.page for read in walk.reads if read.page), None)
    if fresh is None or len(walk.reads) < 2:
        return
    led = [(read.url, read.page.final_url if read.page else read.url, read.sha256) for read in walk.reads]
    if reasons := sink_reasons(led):
        raise Quarantined(reasons, fresh)


def _place(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc, parts.path.rstrip("/")
