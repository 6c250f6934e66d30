"""What one check works with: its source, what is known of it, and the ways to the network and the store."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from sqlmodel import Session

from monitor.domain.settings import SourceSettings
from monitor.fetch.fetcher import Fetching
from monitor.guard.baseline import Baseline
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES
from monitor.store.sources import KnownSource

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Context:
    """The inputs that the steps of one check share. `write` is None where a sweep leaves no notes."""

    key: str
    settings: SourceSettings
    known: KnownSource  # as the database had it when the check began
    read: Transaction
    fetcher: Fetching
    clock: Callable[[], datetime]
    accept: bool = False
    profiles: Mapping[str, Profile] = field(default_factory=lambda: PROFILES)
    write: Transaction | None = None

    @cached_property
    def profile(self) -> str | None:
        """Return the profile to read with; None where the first page has yet to show it."""
        known = self.known.reading
        return self.settings.profile or (known.partition("@")[0] if known else None)

    def reading_with(self, profile: str | None) -> str:
        """Return a profile, its version and the addresses: results are comparable only within one reading."""
        found = self.profiles.get(profile) if profile else None
        version = f"{found.name}@{found.version}" if found else profile
        if self.settings.charset:
            version = f"{version}/{self.settings.charset}"
        return " ".join((str(version), *self.settings.addresses))

    @cached_property
    def rereads(self) -> bool:
        """Whether the stored pages were read in a way that is not comparable with this one.

        Further lists only add to a reading.
        """
        if self.known.reading is None:
            return False
        version, _, addresses = self.known.reading.partition(" ")
        same = version == self.reading_with(self.profile).partition(" ")[0]
        return not (same and self.settings.covers(addresses))

    def asks_anew(self, *, look: bool) -> bool:
        """Whether pages are asked for without conditions.

        So it is on the first check of a UTC day, on every twentieth unchanged one, and where something was
        held: a server or a cache that answers 304 to everything makes a report late and never loses it.
        """
        known, held = self.known, self.held
        before = known.checked_at if look else known.last_swept_at
        another_day = before is None or before.date() != self.clock().date()
        return bool(self.rereads or held or another_day or known.unchanged_checks % 20 == 19)

    @cached_property
    def added(self) -> frozenset[str]:
        """Return the lists that the watch file has added since all were last read."""
        before = (self.known.reading or "").partition(" ")[2]
        if self.known.reading is None or not self.settings.covers(before):
            return frozenset()  # an address that has moved is not a further list
        return frozenset(self.settings.addresses).difference(self.known.reading.split(" ")[1:])

    @property
    def held(self) -> tuple[str, ...]:
        """Return what the last check held back; read alone, as most checks need no more of the baseline."""
        return tuple((self.known.usual or {}).get("held") or ())

    @property
    def unswept(self) -> bool:
        """Whether news that a look or a cut sweep found still waits for a whole sweep."""
        return bool(self._stored("unswept"))

    @property
    def answers_at(self) -> str | None:
        """Return where the first page answered last, if not at its address."""
        found = self._stored("answers_at")
        return str(found) if found else None

    def _stored(self, name: str) -> object:
        return (self.known.usual or {}).get(name)

    @cached_property
    def stored_baseline(self) -> Baseline:
        """Return what the last accepted check has learned."""
        return Baseline.from_json(self.known.usual)

    @cached_property
    def usual(self) -> Baseline:
        """Return what is usual, unless the source is now read in another way."""
        if self.rereads:
            return Baseline()
        # The first page's measures still hold; how much all lists hold is to be learned again.
        return (
            replace(self.stored_baseline, rows=(), filled={}, declared=())
            if self.added
            else self.stored_baseline
        )
