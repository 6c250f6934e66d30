"""A page independent of its format: rows that return their fields, and what it states about itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from monitor.profiles.declarative.headings import folded
from monitor.profiles.declarative.settings import NEEDED, FieldPlace, ProfileSettings

PARAGRAPHS = ("abstract", "status_comment")  # fields with several of them
LISTS = ("agency", "topics")  # fields with a value on each line


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `text` returns the words of a field as on the page; raises TimeoutError if it takes too long.

    `missing` names the required columns that the page does not have.
    """

    text: Callable[[FieldPlace, str], str | None]
    shown: Callable[[], str]
    missing: frozenset[str] = frozenset()
    identity: str | None = None  # what the publisher itself calls the row, such as a feed's guid
    refused: str = ""  # why no record can be read from it, whatever its fields
    cells: Callable[[], int] | None = None  # how many it has, in a table or file with headings
    headings: int = 0

    @property
    def lacks(self) -> str:
        """A sentence where it has fewer cells than there are headings: which is which may be unknown."""
        cells = self.cells() if self.cells else self.headings
        short = cells < self.headings
        return f"it has {cells} cells where the heading has {self.headings}" if short else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as rows. `alone`: it proves to be the only page; `base`: what its links are relative to."""

    rows: tuple[Row, ...]
    base: str
    total: int | None = None
    next_url: str | None = None
    says_empty: bool = False
    alone: bool = False
    problems: tuple[str, ...] = ()
    title: str = ""


def missing_columns(settings: ProfileSettings, columns: Mapping[str, int]) -> frozenset[str]:
    """Return the words of the required columns that the page does not have."""
    places = [settings.fields[field] for field in NEEDED[settings.kind]]
    return frozenset(
        " or ".join(place.header)
        for place in places
        if place.header and not any(folded(words) in columns for words in place.header)
    )


def count_in(text: str | None) -> int | None:
    """Return the number in a text such as 1,262, or None."""
    digits = (text or "").replace(",", "").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 10 else None
