"""Make recorded checks again, with the pages that they kept and the readers of today.

Each goes through `monitor.check` as it did then, in a database of its own: the stored pages stand for the
network, and the clock shows the time of the check.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlmodel import Session, col, update

from monitor.changes.apply import Settled
from monitor.check import check
from monitor.commitments.overdue import Lapsing
from monitor.crawl.context import Transaction
from monitor.domain.errors import FetchError, Stopping, StoreError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Outcome, Page
from monitor.fetch.stored import PastClock, Shown, StoredPages
from monitor.profiles.profile import Profile
from monitor.store.history import RecordedCheck
from monitor.store.models import Snapshot, Source
from monitor.store.sources import known_source

_NOT_READ = "it was not read at that time, or is no longer stored"


class _Otherwise(Stopping):
    """A check came to another end than then; it is undone and made in another way."""


@dataclass
class Replay:
    """Makes the recorded checks of one source again, the earliest first.

    `read` and `write` are of the database that is filled; `load` reads a page that was kept. `lapsing` is
    which calendar-driven changes imported checks find.
    """

    key: str
    settings: SourceSettings
    read: Transaction
    write: Transaction
    load: Callable[[Snapshot], Page]
    profiles: Mapping[str, Profile]
    lapsing: Lapsing | None = None
    pages: int = 0  # read again
    _showed: dict[str, Snapshot] = field(default_factory=dict)  # what each address showed last
    _first: str | None = None

    def again(self, recorded: RecordedCheck, kept: Sequence[Snapshot]) -> Settled:
        """Make one recorded check again and return the outcome; `kept` are its pages in their order."""
        self._first = self._first or next((page.url for page in kept), None)
        looks: dict[str, list[Shown]] = {}
        for page in reversed(kept):  # where a list was read twice, the second look comes first
            looks.setdefault(page.url, []).append(self._shown(page))
        settings = self._settings_then(recorded, {*self._showed, *looks})
        reason, most = "; ".join(recorded.reasons) or _NOT_READ, None
        if recorded.read_pages:
            before = {url: [self._shown(page)] for url, page in self._showed.items()}
            shown, reason = {**before, **looks}, _NOT_READ
            cut = recorded.outcome is Outcome.PARTIAL or settings.full_sweep is not None
            most = recorded.pages if cut and recorded.pages else None
        else:
            shown = looks if settings.url in looks else {}
        with self.read() as session:
            known = {page.url: page.sha256 for page in known_source(session, self.key).pages}

        def pages() -> StoredPages:
            clock = PastClock(recorded.started_at, recorded.finished_at)
            return StoredPages(shown, known, clock, reason, looks.keys(), most)

        settled = self._as_then(settings, pages, recorded)
        self._remember(recorded, kept, settled)
        return settled

    def _as_then(
        self, settings: SourceSettings, pages: Callable[[], StoredPages], recorded: RecordedCheck
    ) -> Settled:
        """Accept what the guard objects to where as many rows are read as then: it was accepted then.

        What was reported at once is not held back now, where an import has brought older pages since.
        """
        lapsing = self.lapsing if recorded.imported else None
        made = partial(self._made, settings, lapsing=lapsing)
        told = recorded.outcome is Outcome.CHANGED and not recorded.imported
        for accept in (told, not told):
            try:
                return made(pages(), partial(_require_same, recorded, accept), accept=accept)
            except _Otherwise:
                continue
        return made(pages(), lambda *_: None, accept=False)

    def _made(
        self,
        settings: SourceSettings,
        pages: StoredPages,
        judge: Callable[[Session, Settled], None],
        *,
        accept: bool,
        lapsing: Lapsing | None,
    ) -> Settled:
        try:
            return check(
                self.key,
                settings,
                read=self.read,
                write=self.write,
                fetcher=pages,
                clock=pages.clock,
                route=judge,
                accept=accept,
                profiles=self.profiles,
                lapsing=lapsing,
            )
        finally:
            self.pages += pages.given

    def _remember(self, recorded: RecordedCheck, kept: Sequence[Snapshot], settled: Settled) -> None:
        """Remember what the source showed: a later check that found it so kept no page of it."""
        held = recorded.outcome is Outcome.PARTIAL and settled.retryable
        if recorded.read_pages and not held:
            for page in reversed(kept):
                self._showed[page.url] = page
        if recorded.times > 1 and settled.outcome is Outcome.UNCHANGED:
            with self.write() as session:
                times = col(Source.unchanged_checks) + recorded.times - 1
                session.exec(update(Source).where(col(Source.key) == self.key).values(unchanged_checks=times))

    def _settings_then(self, recorded: RecordedCheck, seen: set[str]) -> SourceSettings:
        """Return the settings as far as they show in what was read: addresses, and whether all was read.

        An address that the source did not have yet is left out; before the first of them, the first page
        ever read is used.
        """
        settings = self.settings
        ours = [url for url in settings.addresses if url in seen] or [self._first or settings.url]
        changed: dict[str, object] = {"url": ours[0], "also": tuple(ours[1:])}
        if recorded.complete:
            changed["full_sweep"] = None
        return settings.model_copy(update=changed)

    def _shown(self, page: Snapshot) -> Shown:
        return Shown(page.sha256, partial(self._loaded, page))

    def _loaded(self, page: Snapshot) -> Page:
        try:
            return self.load(page)
        except (LookupError, StoreError) as error:
            said = str(error) if isinstance(error, StoreError) else "its bytes are no longer stored"
            raise FetchError(f"{page.url}: {said}", retryable=False) from error


def _require_same(recorded: RecordedCheck, accept: bool, _session: Session, settled: Settled) -> None:
    """Undo a check that came to another end than then, so that it can be made in another way."""
    if recorded.read_pages and (
        settled.outcome is Outcome.QUARANTINED or (accept and settled.rows != recorded.rows)
    ):
        raise _Otherwise
