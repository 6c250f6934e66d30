"""Looks up, on their own pages, open recommendations that a list no longer shows. Records nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from monitor.domain.agencies import agency_key
from monitor.domain.errors import FetchError, OversightError, Quarantined
from monitor.domain.identity import statement_core
from monitor.domain.settings import SourceSettings
from monitor.domain.status import OPEN_STATUSES, Status
from monitor.domain.types import NotModified, Page, ParsedRecord, RecordKind, StoredRecord, Validators
from monitor.fetch.charset import decoded
from monitor.fetch.fetcher import Fetching
from monitor.guard.baseline import is_garbled
from monitor.guard.error_pages import unhealthy
from monitor.guard.rules import page_reasons
from monitor.profiles.parse import parse
from monitor.profiles.profile import Profile

# A check stays short: what is not followed up now is followed up by the next one.
_MOST_FOLLOWED = 20
_LONGEST_PAUSE = 60.0  # seconds between two pages; with a longer one a check would take hours
# How often what left its list is asked for, by how long it has been gone.
_ASKED = (
    (timedelta(days=3), timedelta(0)),
    (timedelta(days=30), timedelta(days=1)),
    (timedelta(days=180), timedelta(days=7)),
)
# Its closing is still to come.
_WAITING = (*OPEN_STATUSES, Status.UNKNOWN.value)


@dataclass(slots=True)
class Followed:
    """What became of records: by stored key snapshot and record; the pages read; what is not known."""

    records: dict[str, tuple[str, ParsedRecord]] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Follower:
    """Reads the pages of single recommendations; `profile` and `profiles` are how the list was read."""

    fetcher: Fetching
    settings: SourceSettings
    profile: str | None
    profiles: Mapping[str, Profile]
    now: datetime
    checked_at: datetime | None  # when the check before ended
    complete: bool  # whether the list shows all that is on it

    def follow(
        self, records: Sequence[ParsedRecord], stored: Sequence[StoredRecord], own: set[str]
    ) -> Followed:
        """Look up what `stored` has open and `records` do not show; `own` are the list's own pages."""
        followed = Followed()
        left = self._left(records, stored, own)
        if left and (pause := max(map(self.fetcher.asked_pause, left))) > _LONGEST_PAUSE:
            count = sum(map(len, left.values()))
            followed.notes.append(
                f"what became of {count} recommendations was not looked up: the site asks for {pause:,.0f}"
                " seconds between two requests; their own pages say it"
            )
            return followed
        for url, missing in left.items():
            try:
                page, found = self._product(url)
            except OversightError as error:
                keys = ", ".join(one.key for one in missing)
                followed.notes.append(f"what became of {keys} is not known yet: {error}")
                continue
            followed.pages.append(page)
            for one in missing:
                match = _row_of(one, found, moved=self.complete)
                if match is not None:
                    followed.records[one.key] = (page.sha256, match)
        return followed

    def _left(
        self, records: Sequence[ParsedRecord], stored: Sequence[StoredRecord], own: set[str]
    ) -> dict[str, list[StoredRecord]]:
        """Return the recommendations to look up, by the address of their own page."""
        profile = self.profiles.get(self.profile or "")
        if profile is None or profile.kind is not RecordKind.RECOMMENDATION or not self.settings.is_web:
            return {}
        shown = {key for record in records for key in (record.key, *record.aliases)}
        left: dict[str, list[StoredRecord]] = {}
        for one in stored:
            if one.key in shown or one.fields.get("status") not in _WAITING or not self._is_due(one):
                continue
            url = profile.follow_up_url(one.fields)
            if url and url not in own and len(left) < _MOST_FOLLOWED:
                left.setdefault(url, []).append(one)
        return left

    def _is_due(self, one: StoredRecord) -> bool:
        """Whether to ask again for a record: at every check first, then daily, then weekly, then never."""
        if one.last_seen_at is None or self.checked_at is None:
            return True
        age, before = self.now - one.last_seen_at, self.checked_at - one.last_seen_at
        step = next((step for until, step in _ASKED if age <= until), None)
        return step is not None and (not step or age // step != before // step)

    def _product(self, url: str) -> tuple[Page, tuple[ParsedRecord, ...]]:
        answer = self.fetcher.fetch(url, Validators(), self.settings)
        if isinstance(answer, NotModified):
            raise FetchError(f"{url} answered 304 to a question without conditions", retryable=True)
        trouble = page_reasons(answer) or ((said,) if (said := unhealthy(decoded(answer))) else ())
        if trouble:
            raise Quarantined(trouble, answer)
        found = parse(answer, self.profile, self.profiles).records
        if any(is_garbled(str(value)) for record in found for value in record.fields.values()):
            raise Quarantined(
                ("its text holds broken characters: it was decoded with the wrong charset",), answer
            )
        return answer, found


def _row_of(one: StoredRecord, found: Sequence[ParsedRecord], *, moved: bool) -> ParsedRecord | None:
    """Return the row of a recommendation on its own page; one addressed to several agencies has a row each.

    Its agency's row may have another number by now. Where it may have `moved`, a row is taken that names
    another agency.
    """
    named = [record for record in found if _names(one, record)]
    alike = [record for record in found if record in named or _text(record.fields) == _text(one.fields) != ""]
    ours = [record for record in alike if _agency(record.fields) == _agency(one.fields)]
    if ours:
        return next((record for record in ours if record in named), ours[0])
    # Of several rows, one may be that of an agency which it was addressed to as well.
    return named[0] if moved and named and all(row.fields == named[0].fields for row in alike) else None


def _names(one: StoredRecord, record: ParsedRecord) -> bool:
    keys = (record.key, *record.aliases)
    # A list that shows it for several agencies keeps them apart by a mark after the key.
    return one.key in keys or one.key.partition(" @ ")[0] in keys


def _text(fields: Mapping[str, Any]) -> str:
    return statement_core(fields.get("recommendation"))


def _agency(fields: Mapping[str, Any]) -> str:
    return agency_key(str(fields.get("agency") or ""))
