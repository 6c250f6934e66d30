"""What a profile is: how a kind of page is recognized and read, and where a record's own page is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.domain.settings import Expectations
from monitor.domain.types import Parse, RecordKind


@dataclass(frozen=True, slots=True)
class Profile:
    """How to read one kind of page.

    `recognizes` and `parse` take the page's text and its URL; whatever the text, they only raise ParseError,
    for markup that would take too long to read.
    `follow_up_url` returns the page that shows what became of a record that left its list, or None.
    `columns` are the header columns that the profile looks for, `required` the fields that every genuine
    record has. `version` rises with every change in what is read, so that a page read in a new way is not
    mistaken for a changed page. `is_of` returns whether an address alone identifies this kind of page;
    `expect` is what every good page has; `format` is what it reads (html, csv, json, feed); `habits` are
    settings of a source (every, full_sweep, delay, max_pages) that apply by default; `fingerprint` is
    a hash of the settings of a profile that is a file, which may change without its version.
    """

    name: str
    version: int
    kind: RecordKind
    describes: str
    recognizes: Callable[[str, str], bool]
    parse: Callable[[str, str], Parse]
    columns: tuple[str, ...]
    required: tuple[str, ...]
    follow_up_url: Callable[[Mapping[str, Any]], str | None] = lambda _: None
    is_of: Callable[[str], bool] = lambda _: False
    habits: Mapping[str, Any] = field(default_factory=dict)
    format: str = "html"
    expect: Expectations | None = None
    fingerprint: str = ""

    @property
    def reader(self) -> str:
        """Return the name, version and fingerprint: what a page was read with."""
        return f"{self.name}@{self.version}" + (f" {self.fingerprint}" if self.fingerprint else "")
