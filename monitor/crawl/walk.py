"""The pages of one pass over a source, as the steps of a check hand them on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.domain.errors import HostWaits
from monitor.domain.types import Page, Parse
from monitor.store.sources import KnownPage


@dataclass(slots=True)
class Read:
    """One page of a walk: `page` is None where the stored snapshot still holds, `seen` what was parsed."""

    url: str
    page: Page | None
    known: KnownPage | None
    parse: Parse | None
    next_url: str | None
    seen: Page | None = None

    @property
    def sha256(self) -> str:
        """Return the content's hash, fresh or stored."""
        return self.page.sha256 if self.page else (self.known.sha256 if self.known else "")


@dataclass(slots=True)
class Walk:
    """The pages of one pass. `cut` says why it ended before the last page."""

    reads: list[Read]
    ended: bool  # the last page was reached, not an error or a bound
    cut: str | None = None
    bounded: bool = False  # cut by max_pages, as the user wished
    moved_to: str | None = None  # where the first page now answers, if it did not before
    resumed: int = 0  # how many pages an earlier walk, cut off by a crash, had read
    began_at: datetime | None = None  # where resumed: when the oldest of its pages was read
    repeats: bool = False  # a list ended though its last page names a next one
    waits: HostWaits | None = None  # why it was cut, where its host is to be left alone for now


def parses_of(reads: Sequence[Read]) -> list[Parse]:
    """Return what was parsed from these pages, in their order."""
    return [read.parse for read in reads if read.parse is not None]


def lists_of(reads: Sequence[Read], addresses: Sequence[str]) -> list[list[Parse]]:
    """Return the pages of each list, which begins at one of `addresses`; saved pages are one list."""
    lists: list[list[Parse]] = []
    for read in reads:
        if not lists or read.url in addresses:
            lists.append([])
        lists[-1] += [read.parse] if read.parse is not None else []
    return lists
