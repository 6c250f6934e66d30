"""Import archived captures of a source: the checks that would have been made when they were captured.

Each capture goes through the code of a check, dated then. Nobody is alerted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlmodel import Session, select

from alerts.routing.route import route_imported
from monitor.changes.apply import Settled
from monitor.check import check
from monitor.domain.errors import FetchError, OversightError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import UNREAD_OUTCOMES, Outcome, Page
from monitor.fetch.archive_index import Refused
from monitor.fetch.captures import Capture, captures_in, page_of
from monitor.fetch.inbox import SavedPages, place_of
from monitor.profiles.parse import parse
from monitor.profiles.profile import Profile
from monitor.store.checks import write_check
from monitor.store.imports import begin_import, mark_imported, next_ids
from monitor.store.models import Check
from monitor.store.seals import seal_imported
from monitor.store.snapshots import write_snapshots
from monitor.store.sources import find_source, known_source, write_source
from service.database.database import Database
from service.runtime.app import Watch
from service.runtime.checks import lapsing_of
from service.runtime.inbox import Index, awaited
from service.runtime.splice import splice_before

Tell = Callable[[int, int], None]
_NOT_NEEDED = "none of its records waits for this page"
_FIRST_PAGES = datetime(1991, 1, 1, tzinfo=UTC)
_ONE_LOOK = timedelta(hours=6)  # as far apart as the pages of a sweep that was cut off may be


@dataclass(slots=True)
class Look:
    """Captures of a source's pages that belong together, by the place of their address."""

    captures: dict[str, Capture] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)  # those of the list; others are of single records

    @property
    def began_at(self) -> datetime:
        """Return when the first of them was captured."""
        return min(one.at for one in self.captures.values())

    @property
    def at(self) -> datetime:
        """Return when the last page of the list was captured, or the last page where there is none of it."""
        return max(one.at for place, one in self.captures.items() if place in self.listed or not self.listed)


@dataclass
class Imported:
    """What came of an import: outcomes by name, and why captures were left out."""

    source: str
    outcomes: dict[str, int] = field(default_factory=dict)
    changes: int = 0
    captures: int = 0
    known: int = 0  # captures that had been imported before
    refused: list[Refused] = field(default_factory=list)
    set_aside: list[Refused] = field(default_factory=list)

    def add(self, look: Look, settled: Settled, used: Set[str]) -> None:
        """Count one look, of which the pages at these places are kept."""
        unused = [one for place, one in look.captures.items() if place not in {*used, *look.listed}]
        self.refused += [Refused(one.name, _NOT_NEEDED) for one in unused]
        self.outcomes[settled.outcome] = self.outcomes.get(settled.outcome, 0) + 1
        self.changes += len(settled.change_ids)
        self.captures += len(look.captures) - len(unused)
        if settled.outcome in UNREAD_OUTCOMES:
            name = next(iter(look.captures.values())).name
            self.set_aside.append(Refused(name, "; ".join(settled.reasons)))


@dataclass(frozen=True, slots=True)
class _Recorded:
    """When a source was checked: the first check, the last one, and the times of those that were imported."""

    first: datetime | None
    last: datetime | None
    live: datetime | None  # the first that was made
    imported: frozenset[datetime]

    @classmethod
    def of(cls, session: Session, key: str) -> "_Recorded":
        source = find_source(session, key)
        if source is None:
            return cls(None, None, None, frozenset())
        rows = session.exec(
            select(Check.started_at, Check.finished_at, Check.imported).where(Check.source_id == source.id)
        ).all()
        live = [row[0] for row in rows if not row[2]]
        if source.unchanged_checks:
            live.append(source.last_checked_at or source.created_at)
        times = [row[1] for row in rows]
        return cls(
            min([*times, *live], default=None),
            max(times, default=None),
            min(live, default=None),
            frozenset(row[1] for row in rows if row[2]),
        )

    def why_not(self, at: datetime) -> str | None:
        """Return why a look of this time cannot be imported; None where it can be."""
        if self.first is None or at < self.first:
            return None
        if self.live is not None and at >= self.live:
            return "the source was watched itself by then"
        if self.live is None and self.last is not None and at > self.last:
            return None
        return (
            "it lies between checks that are recorded; only what is before them, or after imported ones, fits"
        )


def import_captures(watch: Watch, key: str, path: Path, tell: Tell = lambda _done, _of: None) -> Imported:
    """Import what an archive holds of a source; return what came of it. Alerts nobody.

    What lies after imported checks is written look by look, so that an interrupted import goes on when it is
    started again. What lies before the first check is written at the end, in one transaction. Raises
    OversightError where there is nothing to import, or the source cannot take it.
    """
    settings = watch.settings.sources[key]
    if not settings.is_web:
        raise OversightError(
            f"{key} reads files; put older ones where {settings.url} is, or import into a web source"
        )
    found = Imported(key)
    with TemporaryDirectory(prefix="oversight-watch-") as spool:
        looks = list(_looks(watch, key, path, Path(spool), found))
        with watch.database.read() as session:
            recorded = _Recorded.of(session, key)
        before: list[Look] = []
        after: list[Look] = []
        for look in looks:
            if look.at in recorded.imported:
                found.known += len(look.captures)
            elif said := recorded.why_not(look.at):
                found.refused += [Refused(one.name, said) for one in look.captures.values()]
            else:
                older = recorded.first is not None and look.at < recorded.first
                (before if older else after).append(look)
        total = len(before) + len(after)
        if before:
            splice_before(
                watch, key, partial(_import_all, watch, key, before, found, lambda n: tell(n, total))
            )
        _import_all(watch, key, after, found, lambda n: tell(len(before) + n, total), watch.database)
    return found


def _import_all(
    watch: Watch,
    key: str,
    looks: Sequence[Look],
    found: Imported,
    tell: Callable[[int], None],
    database: Database,
) -> None:
    for number, look in enumerate(looks, 1):
        _import_look(watch, key, look, database, found)
        tell(number)


def _import_look(watch: Watch, key: str, look: Look, database: Database, found: Imported) -> None:
    """Make the check of one look, in one transaction."""
    settings = watch.settings.sources[key]
    with database.read() as session:
        source = known_source(session, key)
    if source.checked_at is not None and source.checked_at >= look.at:
        raise _overtaken(key)
    if not (look.listed or look.captures.keys() & awaited(watch, database, key, source)):
        found.refused += [Refused(one.name, _NOT_NEEDED) for one in look.captures.values()]
        return
    known = frozenset(page.url for page in source.pages)
    pages = {place: page_of(capture, settings) for place, capture in look.captures.items()}
    saved = SavedPages(pages, known, look.at)
    kept: set[str] = set()

    def route(session: Session, settled: Settled) -> None:
        check_id = _mark(watch, session, settled)
        source = find_source(session, key)
        if source is None or check_id is None:
            return
        profile = watch.profiles.get(source.reading.partition("@")[0])
        for place in pages.keys() - saved.asked - look.listed if profile else ():
            # Older captures that are imported later may show a record that this page is about.
            if profile and (page := _of_record(pages[place], place, profile, watch)):
                write_snapshots(session, source.id, check_id, [page], source.reading)
                kept.add(place)

    @contextmanager
    def write() -> Iterator[Session]:
        with database.write() as session:
            begin_import(session)
            ids = next_ids(session)
            yield session
            seal_imported(session.connection(), ids)

    settled = check(
        key,
        settings,
        read=database.read,
        write=write,
        fetcher=saved,
        clock=lambda: look.at,
        route=route,
        profiles=watch.profiles,
        lapsing=lapsing_of(watch, key),
    )
    if settled.outcome is Outcome.SUPERSEDED:
        raise _overtaken(key)
    found.add(look, settled, saved.asked | kept)


def _overtaken(key: str) -> OversightError:
    return OversightError(f"{key} was checked while older pages were imported; start the import again")


def _of_record(page: Page, place: str, profile: Profile, watch: Watch) -> Page | None:
    """Return a page under its address where it is that of a single record, None where it is another."""
    try:
        records = parse(page, profile.name, watch.profiles).records
    except OversightError:
        return None
    urls = (profile.follow_up_url(one.fields) for one in records)
    url = next((url for url in urls if url and place_of(url) == place), None)
    return replace(page, url=url, final_url=url) if url else None


def _mark(watch: Watch, session: Session, settled: Settled) -> int | None:
    """Mark what a look found as imported, and return its check.

    No trouble stays behind that somebody would be notified of.
    """
    source = find_source(session, settled.source)
    if source is None or settled.outcome is Outcome.SUPERSEDED:
        return None
    check_id = settled.check_id
    if check_id is None and source.last_checked_at is not None:
        at = source.last_checked_at
        source.unchanged_checks = 0
        row: dict[str, Any] = {
            "started_at": at,
            "finished_at": at,
            "outcome": settled.outcome.value,
            "pages": 0,
            "rows": source.rows,
            "declared_total": source.declared_total,
            "complete": source.complete and source.last_swept_at == at,
            "reasons": [],
        }
        check_id = write_check(session, source, row)
    source.troubles, source.trouble, source.trouble_since, source.trouble_told = 0, None, None, False
    source.last_outcome = settled.outcome.value
    write_source(session, source)
    mark_imported(session, check_id, settled.change_ids)
    route_imported(session, settled.change_ids, watch.index)
    return check_id


def _looks(watch: Watch, key: str, path: Path, spool: Path, found: Imported) -> Iterator[Look]:
    """Return the captures of a source in the order of their times, those of one look together."""
    index = Index(watch)
    settings = watch.settings.sources[key]
    first = place_of(settings.url)
    placed: dict[tuple[datetime, str], Capture] = {}
    for one in captures_in(path, spool, settings.max_bytes):
        if isinstance(one, Refused):
            found.refused.append(one)
            continue
        place = first if one.url is None else _place(index, key, first, one.url)
        if place is None:
            found.refused.append(Refused(one.name, f"it is from {one.url}, another site than that of {key}"))
        elif one.at < _FIRST_PAGES:
            found.refused.append(Refused(one.name, "its time is before there were web pages"))
        elif one.at > watch.clock():
            found.refused.append(Refused(one.name, "its time is in the future"))
        elif reason := _unusable(one, settings):
            found.refused.append(Refused(one.name, reason))
        else:
            placed.setdefault((one.at, place), one)
    look = Look()
    for (at, place), capture in sorted(placed.items(), key=lambda item: (item[0][0], item[0][1] != first)):
        if look.captures and (place == first or place in look.captures or at - look.began_at > _ONE_LOOK):
            yield from _usable(look, first, found)
            look = Look()
        look.captures[place] = capture
        if index.lists(key, place):
            look.listed.add(place)
    if look.captures:
        yield from _usable(look, first, found)


def _usable(look: Look, first: str, found: Imported) -> Iterator[Look]:
    """Yield a look that has its list's first page, or only pages of single records."""
    if first in look.captures or not look.listed:
        yield look
        return
    said = "it is a further page of a list whose first page was not captured within six hours before it"
    found.refused += [Refused(one.name, said) for one in look.captures.values()]


def _place(index: Index, key: str, first: str, url: str) -> str | None:
    """Return the place of an address of a source's list or site, None for another site.

    A page may leave out its query.
    """
    place = place_of(url)
    if index.lists(key, place):
        return place
    bare, _, asked = place.partition("?")
    if not asked and bare == first.partition("?")[0]:
        return first
    return place if place.partition("/")[0] == first.partition("/")[0] else None


def _unusable(capture: Capture, settings: SourceSettings) -> str | None:
    try:
        page_of(capture, settings)
    except FetchError as error:
        return str(error)
    return None


def as_data(found: Imported) -> Mapping[str, Any]:
    """Return what came of an import as plain data."""

    def said(some: Sequence[Refused]) -> list[dict[str, str]]:
        return [{"capture": one.name, "said": one.said} for one in some]

    return {
        "source": found.source,
        "captures": found.captures,
        "imported_before": found.known,
        "checks": dict(found.outcomes),
        "changes": found.changes,
        "refused": said(found.refused),
        "set_aside": said(found.set_aside),
    }
