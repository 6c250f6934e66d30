"""A page with its format taken off: rows that can be asked for a field, and what it says of itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from monitor.domain.text import comparable_title
from monitor.profiles.declarative.settings import NEEDED, FieldPlace, ProfileSettings


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `text` gives a field's words as the page has them, and raises TimeoutError if that takes long.

    `missing` names the columns that no record can do without and that are not there.
    """

    text: Callable[[FieldPlace, bool], str | None]
    shown: Callable[[], str]
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as rows. `alone` says that it proves to be the only one; `base` is what links start from."""

    rows: tuple[Row, ...]
    base: str
    total: int | None = None
    next_url: str | None = None
    says_empty: bool = False
    alone: bool = False
    problems: tuple[str, ...] = ()
    title: str = ""


@lru_cache(maxsize=1_000)  # a profile's headings are asked for in every row
def folded(words: str) -> str:
    """Give a heading as it is compared."""
    return comparable_title(words).strip(" :")


def missing_columns(settings: ProfileSettings, columns: Mapping[str, int]) -> frozenset[str]:
    """Give the words of the columns that no record can do without, of those that are not there."""
    places = [settings.fields[field] for field in NEEDED[settings.kind]]
    return frozenset(
        " or ".join(place.header)
        for place in places
        if place.header and not any(folded(words) in columns for words in place.header)
    )


def count_in(text: str | None) -> int | None:
    """Read a number such as 1,262."""
    digits = (text or "").replace(",", "").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 10 else None
