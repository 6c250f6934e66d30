"""What one check works with: its source, what is known of it, and the ways to the network and the store."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from sqlmodel import Session

from monitor.domain.settings import SourceSettings
from monitor.fetch.fetcher import Fetcher
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
    fetcher: Fetcher
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

    @cached_property
    def added(self) -> frozenset[str]:
        """Return the lists that the watch file has added since all were last read."""
        if self.known.reading is None:
            return frozenset()
        return frozenset(self.settings.addresses).difference(self.known.reading.split(" ")[1:])

    @cached_property
    def stored_baseline(self) -> Baseline:
        """Return what the last accepted check has learned."""
        return Baseline.from_json(self.known.usual)

    @cached_property
    def usual(self) -> Baseline:
        """Return what is usual, unless the source is now read in another way."""
        if self.rereads:
            return Baseline()
        # The first page's measures still hold; how much all lists hold is to be learned anew.
        return (
            replace(self.stored_baseline, rows=(), filled={}, declared=())
            if self.added
            else self.stored_baseline
        )
