"""The inbox: pages that a person saved are matched to their sources and checked as if they were fetched.

A file is taken where a check used it. Every other one is refused with a sentence, and nothing is recorded.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.language.text import moment
from alerts.outbox.queue import add_notice
from monitor.changes.apply import Settled
from monitor.domain.errors import OversightError, ParseError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Outcome, Page
from monitor.fetch.charset import decoded
from monitor.fetch.inbox import SavedPages, place_of
from monitor.fetch.saved import SAVED_TYPES, is_saved_page, saved_at, saved_page, stated_address
from monitor.profiles.parse import parse
from monitor.store.records import stored_records
from monitor.store.snapshots import newest_page
from monitor.store.sources import KnownSource, known_sources
from service.database.database import Database
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.notices import inbox_notice

TAKEN, REFUSED = "taken", "refused"
_STILL_WRITTEN = timedelta(seconds=5)  # a file that changed just now may still be copied


@dataclass(frozen=True, slots=True)
class Sorted:
    """What became of one file: the sources that read it, none where it was refused, and a sentence."""

    file: Path
    sources: tuple[str, ...]
    said: str


@dataclass(frozen=True)
class Delivery:
    """What became of files that were handed in together, and of the checks that they made."""

    files: list[Sorted] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Saved:
    """A saved page, fetched when it was saved, with the address that it states."""

    file: Path
    page: Page
    address: str | None


def take_files(watch: Watch, files: Sequence[Path], source: str | None = None) -> Delivery:
    """Check the sources that saved pages belong to, or one source; return what became of each file."""
    delivery = Delivery()
    index = Index(watch)
    handed: dict[str, dict[str, _Saved]] = {}
    # By file and source why it was not read, "" where it was.
    verdicts: dict[Path, dict[str, str]] = {}
    copies: list[tuple[Path, Path]] = []  # of one content: what holds for the second holds for the first
    for file in files:
        try:
            one = _saved(watch, file)
            owners = _owners(watch, index, one, source)
        except OversightError as error:
            delivery.files.append(Sorted(file, (), _in_short(error, file)))
            continue
        for key, place in owners.items():
            there = handed.setdefault(key, {})
            older, there[place] = _by_age(there.get(place), one)
            if older and older.page.sha256 == there[place].page.sha256:
                copies.append((older.file, there[place].file))
            elif older:
                reason = f"{there[place].file.name} is a later copy of the same page"
                verdicts.setdefault(older.file, {})[key] = reason
    for key, some in handed.items():
        settled, found = _checked(watch, key, index, some)
        delivery.settled.extend([settled] if settled else [])
        for file, reason in found.items():
            verdicts.setdefault(file, {})[key] = reason
    for copy, of in reversed(copies):
        verdicts.setdefault(copy, verdicts[of])
    delivery.files.extend(_sorted(file, of_file) for file, of_file in verdicts.items())
    return delivery


def _in_short(error: OversightError, file: Path) -> str:
    """Return why a file was refused, without its name, which stands before, and without other commands."""
    said = str(error).partition("\n")[0].replace(f" at {file.resolve().as_uri()}"[:124], "")
    return said.replace(f"{file}: ", "").replace(f"{file} ", "it ").rstrip(".")


def _sorted(file: Path, verdicts: Mapping[str, str]) -> Sorted:
    keys = tuple(key for key, reason in verdicts.items() if not reason)
    said = f"read as a page of {', '.join(keys)}" if keys else "; ".join(dict.fromkeys(verdicts.values()))
    return Sorted(file, keys, said)


def _by_age(before: _Saved | None, one: _Saved) -> tuple[_Saved | None, _Saved]:
    """Return the older and the newer one of two copies of a page."""
    if before is None or before.page.fetched_at <= one.page.fetched_at:
        return before, one
    return one, before


def take_folder(watch: Watch) -> Delivery:
    """Take what lies in the inbox folder, and move each file to the folder 'taken' or 'refused' in it."""
    folder = watch.settings.inbox
    if not folder.is_dir():
        return Delivery()
    ready = watch.clock() - _STILL_WRITTEN
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    files = [file for file in files if file.stat().st_mtime <= ready.timestamp()]
    if not files:
        return Delivery()
    delivery = take_files(watch, files)
    for one in delivery.files:
        _put_away(one, folder / (TAKEN if one.sources else REFUSED), watch.clock())
    if refused := [one for one in delivery.files if not one.sources]:
        title, lines = inbox_notice([(one.file.name, one.said) for one in refused], str(folder / REFUSED))
        with watch.database.write() as session:
            add_notice(session, watch.operators, title, lines, watch.clock(), f"inbox {watch.clock()}")
    return delivery


def as_data(delivery: Delivery) -> list[dict[str, Any]]:
    """Return what became of each file."""
    return [{"file": str(one.file), "sources": list(one.sources), "said": one.said} for one in delivery.files]


def _put_away(one: Sorted, folder: Path, now: datetime) -> None:
    folder.mkdir(exist_ok=True)
    with suppress(FileNotFoundError):  # another process took the same folder
        one.file.rename(folder / f"{now:%Y%m%dT%H%M%S}-{one.file.name}")


def _saved(watch: Watch, file: Path) -> _Saved:
    """Return a file as a saved page. Raises OversightError for what is not a page."""
    if not is_saved_page(file):
        raise ParseError(f"it is not a saved page ({', '.join(SAVED_TYPES)})")
    page = saved_page(file, watch.clock(), SourceSettings.model_validate({"url": "inbox"}))
    text = decoded(page)
    page = replace(page, fetched_at=min(saved_at(file, text), watch.clock()))
    return _Saved(file, page, stated_address(page, text))


class Index:
    """Which addresses belong to which source; worked out once for all files of a pass."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._waited_for: dict[str, frozenset[str]] = {}
        with watch.database.read() as session:
            self.known = known_sources(session, list(watch.settings.sources))
        self._own = {key: tuple(map(place_of, one.addresses)) for key, one in watch.settings.sources.items()}
        self._listed = {
            key: {*own, *(place_of(page.url) for page in self.known[key].pages)}
            for key, own in self._own.items()
        }

    def lists(self, key: str, place: str) -> bool:
        """Whether a place is a page of a source's list: known before, or one of its addresses with a page."""
        if place in self._listed[key]:
            return True
        path, _, asked = place.partition("?")
        return any(
            path == own.partition("?")[0]
            and set(own.partition("?")[2].split("&")) - {""} <= set(asked.split("&"))
            for own in self._own[key]
        )

    def awaits(self, key: str, place: str) -> bool:
        """Whether a place is a page that shows what became of a record that left a source's list."""
        if key not in self._waited_for:
            self._waited_for[key] = self._awaited(key)
        return place in self._waited_for[key]

    def _awaited(self, key: str) -> frozenset[str]:
        return awaited(self._watch, self._watch.database, key, self.known[key])


def awaited(watch: Watch, database: Database, key: str, known: KnownSource) -> frozenset[str]:
    """Return the places of the pages that show what became of a source's records."""
    profile = watch.profiles.get((known.reading or "").partition("@")[0])
    if profile is None:
        return frozenset()
    with database.read() as session:
        stored = stored_records(session, key)
    urls = (profile.follow_up_url(one.fields) for one in stored)
    return frozenset(place_of(url) for url in urls if url)


def _owners(watch: Watch, index: Index, one: _Saved, source: str | None) -> dict[str, str]:
    """Return the sources that a page belongs to, each with its place. Raises OversightError for none."""
    sources = {key: found for key, found in watch.settings.sources.items() if found.is_web}
    if source:
        sources = {source: watch.settings.sources[source]}
        if not sources[source].is_web:
            raise ParseError(f"{source} already reads files: put it where {sources[source].url} is")
    if one.address is None:
        key = source or _only_reader(watch, sources, one.page)
        return {key: place_of(sources[key].url)}
    place = place_of(one.address)
    owners = {key: place for key in sources if index.lists(key, place)}
    owners = owners or {key: place for key in sources if index.awaits(key, place)}
    if owners:
        return owners
    whose = f"which {source} neither lists nor waits for" if source else "which no source lists or waits for"
    raise ParseError(f"it is from {one.address}, {whose}")


def _only_reader(watch: Watch, sources: Mapping[str, SourceSettings], page: Page) -> str:
    """Return the one source whose profile reads a page without an address. Raises ParseError."""
    profile = parse(page, None, watch.profiles).profile
    readers = [key for key, found in sources.items() if found.profile == profile]
    if len(readers) == 1:
        return readers[0]
    raise ParseError(
        f"it does not say which address it is from, and {len(readers)} sources have the profile {profile};"
        " name one: oversight-watch sources inbox SOURCE FILE"
    )


def _checked(
    watch: Watch, key: str, index: Index, some: Mapping[str, _Saved]
) -> tuple[Settled | None, dict[Path, str]]:
    """Check a source with its saved pages; return for each file why it was not read, "" where it was."""
    known = index.known[key]
    if reason := _unusable(watch, key, index, some):
        return None, dict.fromkeys((one.file for one in some.values()), reason)
    pages = SavedPages(
        {place: one.page for place, one in some.items()}, frozenset(p.url for p in known.pages), watch.clock()
    )
    settled = check_source(watch, key, pages=pages)
    refused = settled.outcome in (Outcome.FAILED, Outcome.QUARANTINED, Outcome.SUPERSEDED)
    of_used = f"{key} set it aside: {'; '.join(settled.reasons)}" if refused else ""
    of_unused = f"{key} did not need it: none of its records waits for this page"
    return settled, {one.file: of_used if place in pages.asked else of_unused for place, one in some.items()}


def _unusable(watch: Watch, key: str, index: Index, some: Mapping[str, _Saved]) -> str | None:
    """Return why a check with these pages would say nothing or what is no longer so, or None."""
    source, known = watch.settings.sources[key], index.known[key]
    listed = [one for place, one in some.items() if index.lists(key, place)]
    if place_of(source.url) not in some and (listed or not known.pages):
        return f"the first page of {key} is missing; save this one too: {source.url}"
    with watch.database.read() as session:
        newest = newest_page(session, key, [page.url for page in known.pages])
    old = next((one for one in listed if newest and one.page.fetched_at < newest), None)
    if old is None or newest is None:
        return None
    return (
        f"it was saved on {moment(old.page.fetched_at, watch.zone)}, and {key} was read as of"
        f" {moment(newest, watch.zone)}; save the page again"
    )
