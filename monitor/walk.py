"""Goes from page to page of a source, over HTTP or in a folder, and reads each. Writes nothing."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import Session

from monitor.errors import FetchError, ParseError, Quarantined
from monitor.faultpoints import reach
from monitor.fetch import Fetcher, saved_page, saved_paths
from monitor.guard import page_reasons, parse_reasons, sink_reasons
from monitor.parse import decoded, parse, unhealthy
from monitor.profiles import PROFILES, Profile
from monitor.record import KnownPage, KnownSource, known_keys, stored_page
from monitor.settings import SourceSettings
from monitor.types import NotModified, Page, Parse, Validators
from monitor.usual import Usual

Reader = Callable[[], AbstractContextManager[Session]]


@dataclass(slots=True)
class Read:
    """One page on its way: `page` is None where the stored snapshot still holds, `seen` what was parsed."""

    url: str
    page: Page | None
    known: KnownPage | None
    parse: Parse | None
    next_url: str | None
    seen: Page | None = None

    @property
    def sha256(self) -> str:
        """Give the content's hash, fresh or stored."""
        return self.page.sha256 if self.page else (self.known.sha256 if self.known else "")


@dataclass(slots=True)
class Walk:
    """The pages of one pass. `cut` says why it ended before the last page."""

    reads: list[Read]
    ended: bool  # the last page was reached, not an error or a bound
    cut: str | None = None
    bounded: bool = False  # cut by max_pages, as the user wished
    moved_to: str | None = None  # where the first page now answers, if it did not before


class Walker:
    """Walks one source, once or twice. Made anew for every check."""

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
    ) -> None:
        self._key = key
        self._settings = settings
        self._known = known
        self._read = read
        self._fetcher = fetcher
        self._clock = clock
        self._accept = accept
        self.profiles = profiles
        self.profile = settings.profile or _profile_of(known.reading)
        self.rereads = known.reading is not None and known.reading != self.reading
        self.accepted = False  # a page was taken by hand against the guard

    @property
    def reading(self) -> str:
        """Give the profile, its version and the address: with another reading nothing is comparable."""
        profile = self.profiles.get(self.profile) if self.profile else None
        version = f"{profile.name}@{profile.version}" if profile else self.profile
        return f"{version} {self._settings.url}"

    @property
    def usual(self) -> Usual:
        """Give what is usual, unless the source is now read in another way."""
        return {} if self.rereads or not self._known.usual else self._known.usual

    def walk(self, *, look: bool) -> Walk:
        """Read every page, or in a `look` the newest until one holds nothing new.

        Raises Quarantined where a page, or the set of them, is not this source's.
        """
        if not self._settings.is_web:
            return self._walk_saved()
        return self._walk_web({page.url: page for page in self._known.pages}, look=look)

    def walk_again(self) -> Walk:
        """Read every page once more, without asking whether it has changed."""
        return self._walk_web({}, look=False)

    def _walk_web(self, known: dict[str, KnownPage], *, look: bool) -> Walk:
        url: str | None = self._settings.url
        walk = Walk([], ended=False)
        while url is not None and walk.cut is None:
            try:
                read = self._read_web(url, known.get(url), walk)
            except (FetchError, Quarantined) as error:
                if not walk.reads:
                    raise
                walk.cut = f"page {len(walk.reads) + 1} could not be read: {error}"
                break
            walk.reads.append(read)
            if look and self._holds_nothing_new(read):
                break
            url = read.next_url
            self._bound(walk, url)
        else:
            walk.ended = walk.cut is None
        _require_distinct(walk)
        return walk

    def _bound(self, walk: Walk, next_url: str | None) -> None:
        if next_url is None:
            return
        if any(read.url == next_url for read in walk.reads):
            walk.cut = f"the pages lead in a circle: page {len(walk.reads)} names {next_url} again"
        elif len(walk.reads) >= self._settings.max_pages:
            walk.cut = f"stopped after max_pages ({self._settings.max_pages})"
            walk.bounded = True

    def _read_web(self, url: str, known: KnownPage | None, walk: Walk) -> Read:
        ask = known.validators if known and not self.rereads else Validators()
        answer = self._fetcher.fetch(url, ask, self._settings)
        reach("fetched")
        if isinstance(answer, Page) and not walk.reads:
            walk.moved_to = self._moved_to(answer)
        if known and (
            isinstance(answer, NotModified) or (answer.sha256 == known.sha256 and not self.rereads)
        ):
            return Read(url, None, known, None, known.next_url)
        if isinstance(answer, NotModified):
            raise FetchError(f"{url} answered 304 to a question without conditions", retryable=True)
        return self._read_page(answer, known)

    def _moved_to(self, page: Page) -> str | None:
        """Give where a page now answers, if that is another place than the last time."""
        before = str(self._known.usual.get("answers_at") or page.url) if self._known.usual else page.url
        return None if _place(page.final_url) == _place(before) else page.final_url

    def _walk_saved(self) -> Walk:
        walk = Walk([], ended=True)
        known = {page.url: page for page in self._known.pages}
        for path in saved_paths(self._settings.url):
            page = saved_page(path, self._clock(), self._settings)
            before = known.get(page.url)
            if before and before.sha256 == page.sha256 and not self.rereads:
                walk.reads.append(Read(page.url, None, before, None, None))
            else:
                walk.reads.append(self._read_page(page, before))
        return walk

    def _read_page(self, page: Page, known: KnownPage | None) -> Read:
        """Parse a fresh page. Raises Quarantined where it does not look like this source."""
        trouble = page_reasons(page) or ((said,) if (said := unhealthy(decoded(page))) else ())
        if trouble:
            raise Quarantined(trouble, page)
        try:
            found = parse(page, self.profile, self.profiles)
        except ParseError as error:
            raise Quarantined((str(error),), page) from None
        self.profile = found.profile
        first = not self._known.pages or page.url == self._known.pages[0].url
        reasons = parse_reasons(found, self.usual if first else {})
        if reasons and not self._accept:
            raise Quarantined(reasons, page)
        self.accepted |= bool(reasons)
        return Read(page.url, page, known, found, found.next_url if self._settings.is_web else None, page)

    def _holds_nothing_new(self, read: Read) -> bool:
        if read.parse is None:
            return True
        keys = {key for record in read.parse.records for key in (record.key, *record.aliases)}
        with self._read() as session:
            known = known_keys(session, self._key, sorted(keys))
        return all(known & {record.key, *record.aliases} for record in read.parse.records)

    def read_stored(self, walk: Walk) -> None:
        """Read the pages that have not changed from their stored snapshots, so that the set is whole."""
        for read in walk.reads:
            if read.parse is None and read.known is not None:
                with self._read() as session:
                    read.seen = stored_page(session, self._key, read.known)
                read.parse = parse(read.seen, self.profile, self.profiles)


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


def _profile_of(reading: str | None) -> str | None:
    return reading.partition("@")[0] if reading else None
