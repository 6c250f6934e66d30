"""Try a profile on a page or a folder of saved ones: what it reads, and what it could not. Stores nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from monitor.domain.errors import FetchError, OversightError, ParseError, Quarantined, SourceError
from monitor.domain.identity import merge, type_of
from monitor.domain.settings import NOTHING_EXPECTED, SourceSettings, spelled
from monitor.domain.types import FIELDS, NotModified, Page, Parse, ParsedRecord, ReadRow, Validators
from monitor.fetch.charset import decoded
from monitor.fetch.egress import AddressRefused
from monitor.fetch.saved import saved_page, saved_paths
from monitor.guard.baseline import Baseline
from monitor.guard.error_pages import unhealthy
from monitor.guard.expectations import expectation_reasons
from monitor.guard.rules import page_reasons, parse_reasons
from monitor.profiles.inference.propose import Proposal, propose
from monitor.profiles.markup import split_address
from monitor.profiles.parse import named, parse
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES
from service.watchfile.settings import Basics


def _usual() -> Basics:
    return Basics.model_validate({})


@dataclass(slots=True)
class Trial:
    """What was read: each page by its name with what its profile reads there, and what could not be read."""

    profile: Profile
    pages: dict[str, tuple[Page, Parse]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def set_aside(self) -> bool:
        """Return whether a check would set a page aside."""
        return bool(self.problems or self.lacking) or any(
            parse_reasons(one, Baseline()) for one in self.parses.values()
        )

    @property
    def lacking(self) -> list[str]:
        """Return what these pages lack of what their profile expects; one page may not be the whole list."""
        expected = self.profile.expect or NOTHING_EXPECTED
        records = merge([record for one in self.parses.values() for record in one.records])[0]
        whole = all(one.complete for one in self.parses.values())
        today, whose = datetime.now(UTC).date(), f"the profile {self.profile.name}"
        return list(expectation_reasons(expected, records, today, swept=whole, whose=whose))

    @property
    def parses(self) -> dict[str, Parse]:
        """Return what was read, by page."""
        return {name: parsed for name, (_, parsed) in self.pages.items()}


def read_address(
    address: str,
    profile: str | None = None,
    profiles: Mapping[str, Profile] = PROFILES,
    basics: Callable[[], Basics] = _usual,
) -> Trial:
    """Read what is at an address: one page of the web, as `basics` say, or every saved page of a folder.

    The profile is recognized where none is named. Raises OversightError where nothing can be read; of
    several saved pages one that cannot be read is a problem, and the others count.
    """
    if profile is not None:
        named(profile, profiles)
    settings = settings_for(address)
    if settings.is_web:
        page = fetched_page(settings, basics())
        parsed = _read(page, profile, profiles)
        return Trial(profiles[parsed.profile], {"": (page, parsed)})
    pages: dict[str, tuple[Page, Parse]] = {}
    problems: list[str] = []
    trouble: OversightError | None = None
    for path in saved_paths(address):
        try:
            page = saved_page(path, datetime.now(UTC), settings)
            parsed = _read(page, profile, profiles)
        except OversightError as error:
            trouble = trouble or error
            problems.append(f"{path.name}: {error}")
            continue
        profile = profile or parsed.profile
        pages[path.name] = (page, parsed)
    if not pages and trouble is not None:
        raise trouble
    return Trial(profiles[str(profile)], pages, problems)


def proposed(address: str, basics: Callable[[], Basics] = _usual) -> tuple[Page, Proposal]:
    """Return one page, fetched or saved, and a profile proposed for it. Raises OversightError."""
    settings = settings_for(address)
    page = (
        fetched_page(settings, basics())
        if settings.is_web
        else saved_page(_one_path(address), datetime.now(UTC), settings)
    )
    text = decoded(page)
    if said := unhealthy(text):
        raise ParseError(f"{page.final_url} is not the real page. {said}")
    return page, propose(*split_address(text, page.final_url))


def _one_path(address: str) -> Path:
    paths = saved_paths(address)
    if Path(address).is_dir():
        raise SourceError(f"{address} is a folder; a profile is proposed from one page, such as {paths[0]}")
    return paths[0]


def read_page(page: Page, profile: Profile) -> Trial:
    """Read one page that is at hand."""
    return Trial(profile, {"": (page, parse(page, profile.name, {profile.name: profile}))})


def settings_for(address: str) -> SourceSettings:
    """Return a source of one address. Raises SourceError for what is not an address."""
    try:
        return SourceSettings.model_validate({"url": address})
    except ValidationError as error:
        raise SourceError(str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from None


def fetched_page(settings: SourceSettings, basics: Basics) -> Page:
    """Fetch one page as the service would. Raises OversightError if it cannot be read."""
    # What runs the service takes long to load, and saved pages do without.
    from service.runtime.app import make_fetcher  # noqa: PLC0415

    with closing(make_fetcher(basics)) as fetcher:
        try:
            page = fetcher.fetch(settings.url, Validators(), settings)
        except AddressRefused as refused:
            if refused.host != urlsplit(settings.url).hostname:
                raise
            # Who types a private address means it; a page of the internet that leads to one does not.
            allowed = settings.model_copy(update={"allow_private": True})
            page = fetcher.fetch(settings.url, Validators(), allowed)
    if isinstance(page, NotModified):
        raise FetchError(f"{settings.url} answered 304 to a question without conditions", retryable=True)
    if reasons := page_reasons(page):
        raise Quarantined(reasons, page)
    return page


def _read(page: Page, profile: str | None, profiles: Mapping[str, Profile]) -> Parse:
    text = decoded(page)
    if said := unhealthy(text):
        raise ParseError(f"{page.final_url} is not the real page. {said}")
    return parse(page, profile, profiles, text)


def as_data(trial: Trial) -> dict[str, Any]:
    """Return a trial as plain data: what was read as records, then every row with what became of it."""
    parses = list(trial.parses.values())
    records, clashes = merge([record for found in parses for record in found.records])
    declared = next((found.declared_total for found in parses if found.declared_total is not None), None)
    return {
        "profile": trial.profile.name,
        "declared_total": declared,
        "complete": not trial.problems and _is_complete(parses, len(records), declared),
        "records": [record_as_data(record) for record in records],
        "problems": list(dict.fromkeys([*trial.problems, *trial.lacking, *_said(trial.parses), *clashes])),
        "as_of": next((day for found in parses if (day := day_as_of(found))), None),
        "rows": [
            {"page": name, **_row_as_data(row)}
            for name, found in trial.parses.items()
            for row in found.rows or _rows_of(found)
        ],
        "filled": {
            name: sum(record.fields.get(name) is not None for record in records)
            for name in FIELDS[trial.profile.kind]
        },
        "habits": habits_as_data(trial.profile.habits),
    }


def nothing_read(error: OversightError) -> dict[str, Any]:
    """Return as data that nothing could be read, and why."""
    return {
        "profile": None,
        "declared_total": None,
        "complete": False,
        "records": [],
        "problems": [str(error)],
        "rows": [],
        "filled": {},
        "habits": {},
    }


def _rows_of(found: Parse) -> Iterator[ReadRow]:
    """Return the rows of a profile that accounts for its records only."""
    for number, record in enumerate(found.records, 1):
        yield ReadRow(number, record)


def _row_as_data(row: ReadRow) -> dict[str, Any]:
    return {
        "row": row.number,
        "record": record_as_data(row.record) if row.record else None,
        "problems": list(row.problems),
        "words": row.words or None,
    }


def habits_as_data(habits: Mapping[str, Any]) -> dict[str, Any]:
    """Return the habits of a profile as a user writes them."""
    return {name: spelled(value) if isinstance(value, timedelta) else value for name, value in habits.items()}


def _is_complete(parses: Sequence[Parse], rows: int, declared: int | None) -> bool:
    """Whether the pages prove that they show the whole list; a single page says so itself."""
    if len(parses) == 1:
        return parses[0].complete
    if sum(len(found.records) for found in parses) != rows:
        return False  # rows that several pages show: the pages are not of one moment
    if declared is not None:
        return declared == rows
    return all(found.next_url for found in parses[:-1]) and parses[-1].next_url is None


def _said(by_name: Mapping[str, Parse]) -> Iterator[str]:
    for name, found in by_name.items():
        page = f"{name}: " if len(by_name) > 1 else ""
        for sentence in (*parse_reasons(found, Baseline()), *found.problems):
            yield f"{page}{sentence}"


def day_as_of(found: Parse) -> str | None:
    """Return the day of which a page says that it speaks, in the publisher's own time zone."""
    return found.as_of.date().isoformat() if found.as_of else None


def record_as_data(record: ParsedRecord) -> dict[str, Any]:
    """Return a record with its kind, its key and its fields in their order."""
    fields = {name: record.fields.get(name) for name in FIELDS[record.kind]}
    kinds = {"kind": record.kind.value, "key": record.key, **type_of(record.kind, record.fields)}
    return {**kinds, **fields}
