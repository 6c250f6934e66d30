"""Replay the stored history of sources with the readers of today, and say what comes out otherwise."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

from sqlmodel import Session

from monitor.domain.errors import OversightError, StoreError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import UNREAD_OUTCOMES, Outcome, Page
from monitor.profiles.profile import Profile
from monitor.replay import Replay
from monitor.store.corrections import (
    ChangeFact,
    Difference,
    Finding,
    change_facts,
    record_facts,
    write_corrections,
)
from monitor.store.history import RecordedCheck, kept_pages, newest_check, recorded_checks
from monitor.store.models import Snapshot
from monitor.store.snapshots import page_of
from monitor.store.sources import find_source, source_health
from service.database.database import Database, open_database, refuse_existing
from service.database.scratch import scratch_database
from service.dryrun.replay_differences import compare_changes, compare_records
from service.readmodel.corrections import difference_as_data
from service.runtime.app import Clock, utc_now

Tell = Callable[[int, int], None]  # checks that are done, of how many


@dataclass(frozen=True, slots=True)
class OtherOutcome:
    """A check whose pages are accepted by the one and not by the other: then, and now."""

    check_id: int
    finished_at: str
    recorded: Outcome
    replayed: Outcome
    reasons: tuple[str, ...]


@dataclass
class Replayed:
    """What came of replaying one source."""

    source: str
    source_id: int
    reading: str
    checks: int = 0
    pages: int = 0
    same_changes: int = 0
    same_records: int = 0
    changes: list[Difference] = field(default_factory=list)
    records: list[Difference] = field(default_factory=list)
    outcomes: list[OtherOutcome] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Return whether anything came out otherwise."""
        return bool(self.changes or self.records or self.outcomes)


@dataclass
class ReplayReport:
    """What came of replaying some sources; why others were left out, by their keys."""

    sources: list[Replayed] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    stored: int | None = None  # corrections that hold, where they were to be stored
    into: Path | None = None


@dataclass(frozen=True)
class Reading:
    """How sources are read in a replay: the settings of each, and the profiles."""

    sources: Mapping[str, SourceSettings]
    profiles: Mapping[str, Profile]

    def of(self, keys: Sequence[str]) -> "Reading":
        """Return the same for these sources only, or for all where none is named."""
        return replace(self, sources={key: self.sources[key] for key in keys or self.sources})

    def with_profile(self, profile: Profile, keys: Sequence[str], used: Mapping[str, str]) -> "Reading":
        """Return the same with another profile, for the named sources or for those that use one of its name.

        `used` are the names of the profiles in use, by source. Raises OversightError where no source does.
        """
        chosen = keys or [key for key in self.sources if used.get(key) == profile.name]
        if not chosen:
            raise OversightError(f"no source is read with the profile {profile.name!r}; name the sources")
        changed = {
            key: self.sources[key].model_copy(update={"profile": profile.name})
            for key in chosen
            if key in self.sources
        }
        return Reading(changed, {**self.profiles, profile.name: profile})


def profiles_in_use(session: Session) -> dict[str, str]:
    """Return the name of the profile that each source was last read with."""
    return {source.key: source.reading.partition("@")[0] for source in source_health(session)}


def replay(
    database: Database,
    reading: Reading,
    *,
    into: Path | None = None,
    store: bool = False,
    tell: Tell = lambda _done, _of: None,
    clock: Clock = utc_now,
) -> ReplayReport:
    """Replay the history of sources in a database of its own; return what differs from what was recorded.

    With `into` that database is kept under this name, which must be free. With `store` the differences are
    stored as corrections, in one transaction at the end. Nothing else is written, and nobody is alerted.
    """
    report, began = ReplayReport(into=into), monotonic()
    with _kept(into) if into else scratch_database() as target:
        with database.read() as session:
            up_to = newest_check(session)
            plans = [_Plan.of(session, key, one, up_to) for key, one in reading.sources.items()]
        total, done = sum(len(plan.checks) for plan in plans), 0
        for plan in plans:
            if plan.left_out:
                report.left_out[plan.key] = plan.left_out
                continue
            step = done

            def told(checks: int, step: int = step) -> None:
                tell(step + checks, total)

            report.sources.append(_replayed(database, target, plan, reading.profiles, up_to, told))
            done += len(plan.checks)
    report.seconds = monotonic() - began
    if store:
        now = clock()
        with database.write() as session:
            report.stored = sum(
                write_corrections(session, one.source_id, (*one.changes, *one.records), one.reading, now)
                for one in report.sources
            )
    return report


@dataclass(frozen=True, slots=True)
class _Plan:
    """One source to replay, or why it is left out."""

    key: str
    settings: SourceSettings
    source_id: int = 0
    reading: str = ""
    checks: Sequence[RecordedCheck] = ()
    kept: Mapping[int, Sequence[Snapshot]] = field(default_factory=dict)
    left_out: str = ""

    @classmethod
    def of(cls, session: Session, key: str, settings: SourceSettings, up_to: int) -> "_Plan":
        source = find_source(session, key)
        if source is None:
            return cls(key, settings, left_out="it was never checked")
        if not settings.is_web:
            return cls(key, settings, left_out="it reads files, which are not replayed")
        checks = recorded_checks(session, source.id, up_to)
        kept = kept_pages(session, source.id, up_to)
        if not kept:
            return cls(key, settings, left_out="no page of it is stored")
        return cls(key, settings, source.id, source.reading, checks, kept)


def _replayed(
    database: Database,
    target: Database,
    plan: _Plan,
    profiles: Mapping[str, Profile],
    up_to: int,
    tell: Callable[[int], None],
) -> Replayed:
    def load(kept: Snapshot) -> Page:
        with database.read() as session:
            return page_of(session, kept)

    # What is in the target can be made again at any time, so nothing waits for the disk.
    again = Replay(plan.key, plan.settings, target.read, target.note, load, profiles)
    found = Replayed(plan.key, plan.source_id, _reading(plan, profiles))
    checks: dict[int, int] = {}
    for number, recorded in enumerate(plan.checks, 1):
        settled = again.again(recorded, plan.kept.get(recorded.id, ()))
        if settled.check_id is not None:
            checks[settled.check_id] = recorded.id
        accepted = settled.outcome not in UNREAD_OUTCOMES
        if accepted != recorded.read_pages:
            found.outcomes.append(
                OtherOutcome(
                    recorded.id,
                    recorded.finished_at.isoformat(),
                    recorded.outcome,
                    settled.outcome,
                    settled.reasons or recorded.reasons,
                )
            )
        tell(number)
    found.checks, found.pages = sum(one.times for one in plan.checks), again.pages
    _compare(database, target, found, checks, up_to)
    return found


def _reading(plan: _Plan, profiles: Mapping[str, Profile]) -> str:
    name = plan.settings.profile or plan.reading.partition("@")[0]
    profile = profiles.get(name)
    return f"{name}@{profile.version}" if profile else name


def _compare(
    database: Database, target: Database, found: Replayed, checks: Mapping[int, int], up_to: int
) -> None:
    with database.read() as session:
        changes, records = (
            change_facts(session, found.source_id, up_to),
            record_facts(session, found.source_id, up_to),
        )
    with target.read() as session:
        source = find_source(session, found.source)
        id_, newest = source.id if source else 0, newest_check(session)
        made: list[ChangeFact] = [
            replace(one, check_id=checks[one.check_id]) for one in change_facts(session, id_, newest)
        ]
        now = record_facts(session, id_, newest)
    ids = {key: one.id for key, one in records.items()}
    found.same_changes, found.changes = compare_changes(changes, made, ids)
    found.same_records, found.records = compare_records(records, now)


@contextmanager
def _kept(path: Path) -> Iterator[Database]:
    """Return a new database that has its name only when all is in it."""
    if not path.parent.is_dir():
        raise StoreError(f"the folder {path.parent} does not exist; make it, or name another")
    refuse_existing(path)
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)  # left by a replay that was killed
        with closing(open_database(f"sqlite:///{part}")) as database:
            yield database
        refuse_existing(path)
        part.rename(path)
    finally:
        for left in ("", "-wal", "-shm"):
            part.with_name(f"{part.name}{left}").unlink(missing_ok=True)


def as_data(report: ReplayReport) -> dict[str, Any]:
    """Return a report as plain data."""
    pages = sum(one.pages for one in report.sources)
    return {
        "sources": [_source(one) for one in report.sources],
        "left_out": [{"source": key, "said": said} for key, said in report.left_out.items()],
        "differences": [
            {"source": one.source, **difference_as_data(difference)}
            for one in report.sources
            for difference in (*one.changes, *one.records)
        ],
        "pages": pages,
        "seconds": round(report.seconds, 3),
        "pages_a_second": round(pages / report.seconds, 1) if report.seconds else None,
        "stored": report.stored,
        "into": str(report.into) if report.into else None,
    }


def _source(one: Replayed) -> dict[str, Any]:
    return {
        "source": one.source,
        "read_with": one.reading,
        "checks": one.checks,
        "pages": one.pages,
        "changes": {"same": one.same_changes, **_counts(one.changes)},
        "records": {"same": one.same_records, **_counts(one.records)},
        "checks_with_another_outcome": [
            {
                "check": other.check_id,
                "finished": other.finished_at,
                "recorded": other.recorded.value,
                "replayed": other.replayed.value,
                "reasons": list(other.reasons),
            }
            for other in one.outcomes
        ],
    }


def _counts(differences: Sequence[Difference]) -> dict[str, int]:
    return {finding.value: sum(one.found is finding for one in differences) for finding in Finding}
