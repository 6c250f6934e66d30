"""What a profile is: how to know a kind of page, read it, and find the page that settles a record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.domain.types import Parse, RecordKind


@dataclass(frozen=True, slots=True)
class Profile:
    """How to read one kind of page.

    `recognises` and `parse` take the page's text and its URL; whatever the text, they raise nothing but
    ParseError, where its markup would take forever to read.
    `follow_up_url` gives the page that tells what became of a record that left its list, or None.
    `columns` are the header columns the profile looks for, `required` the fields every genuine record
    fills. `version` rises with every change in what is read, so that a re-parse is told from news.
    `is_of` says whether an address alone tells that the page is of this kind; `habits` are the settings
    of a source (every, full_sweep, delay, max_pages) that hold where the user gave none.
    """

    name: str
    version: int
    kind: RecordKind
    describes: str
    recognises: Callable[[str, str], bool]
    parse: Callable[[str, str], Parse]
    columns: tuple[str, ...]
    required: tuple[str, ...]
    follow_up_url: Callable[[Mapping[str, Any]], str | None] = lambda _: None
    is_of: Callable[[str], bool] = lambda _: False
    habits: Mapping[str, Any] = field(default_factory=dict)
