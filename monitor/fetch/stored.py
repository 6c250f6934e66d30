"""Pages as a source showed them at an earlier time, given to a check in place of the network."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from monitor.domain.errors import FetchError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import NotModified, Page, Validators
from monitor.fetch.charset import as_declared


@dataclass(frozen=True, slots=True)
class Shown:
    """One page as it was shown: its hash, and how to read it."""

    sha256: str
    page: Callable[[], Page]


@dataclass
class PastClock:
    """The clock of a check that is made again: when it began, and, once it has asked, when it ended."""

    started_at: datetime
    finished_at: datetime
    asked: bool = False

    def __call__(self) -> datetime:
        """Return the time."""
        return self.finished_at if self.asked else self.started_at


@dataclass
class StoredPages:
    """Answers a check with what its source showed at the time.

    `shown` holds, by address, what each check in turn got, and `fresh` those of them that were not as before;
    `known` holds the hashes of what the check knows. For an address that was not read, and after `most`
    addresses for one that is not fresh, there is a FetchError with the `reason`.
    """

    shown: Mapping[str, Sequence[Shown]]
    known: Mapping[str, str]
    clock: PastClock
    reason: str
    fresh: Set[str] = frozenset()
    most: int | None = None
    asked: dict[str, int] = field(default_factory=dict)  # how often, by address
    given: int = 0  # pages

    def for_check(self) -> Self:
        """Return itself: stored pages set no cookies."""
        return self

    def fetch(self, url: str, validators: Validators, settings: SourceSettings) -> Page | NotModified:
        """Return the page of an address as it was. Raises FetchError where it was not read then."""
        self.clock.asked = True
        shown, times = self.shown.get(url, ()), self.asked.get(url, 0)
        if not shown or (not times and url not in self.fresh and len(self.asked) == self.most):
            raise FetchError(self.reason, retryable=False)
        self.asked[url] = times + 1
        one = shown[min(times, len(shown) - 1)]
        if (validators.etag or validators.last_modified) and one.sha256 == self.known.get(url):
            return NotModified(url, self.clock.finished_at)
        self.given += 1
        return as_declared(one.page(), settings.charset)

    def asked_pause(self, _url: str) -> float:
        """Return 0: stored pages are at hand."""
        return 0.0
