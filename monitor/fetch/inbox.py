"""Pages that a person saved, given to a check in place of the network."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from monitor.domain.errors import FetchError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import NotModified, Page, Validators
from monitor.fetch.charset import as_declared


@dataclass(frozen=True)
class SavedPages:
    """Answers a check with saved pages instead of fetching any.

    `pages` are by `place_of` their address. Where no page of the list is among them, its `known` pages count
    as unchanged, so that pages of single records can be read; else the list breaks off at a page that is not
    there, and nothing on it is called gone. `asked` fills with the places that the check used.
    """

    pages: Mapping[str, Page]
    known: frozenset[str]
    now: datetime
    asked: set[str] = field(default_factory=set)

    def for_check(self) -> Self:
        """Return itself: saved pages set no cookies."""
        return self

    def fetch(self, url: str, _validators: Validators, settings: SourceSettings) -> Page | NotModified:
        """Return the saved page of an address. Raises FetchError where it was not saved."""
        place = place_of(url)
        if place in self.pages:
            self.asked.add(place)
            page = as_declared(self.pages[place], settings.charset)
            return replace(page, url=url, final_url=url)
        if url in self.known and not self._have_list:
            return NotModified(url, self.now)
        raise FetchError(f"{url} is not among the saved pages", retryable=False)

    @cached_property
    def _have_list(self) -> bool:
        return any(place_of(known) in self.pages for known in self.known)

    def asked_pause(self, _url: str) -> float:
        """Return 0: saved pages are at hand."""
        return 0.0


def place_of(url: str) -> str:
    """Return an address in the one form in which it is compared: without scheme, order or empty parts.

    What a page states may not be an address: it is like itself only.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return url
    asked = sorted((name, value) for name, value in parse_qsl(parts.query) if (name, value) != ("page", "0"))
    return f"{host}{parts.path.rstrip('/')}?{urlencode(asked)}"
