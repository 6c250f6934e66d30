"""Whether the service does its work: which sources are overdue and which channels do not deliver."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import literal, union_all
from sqlmodel import Session, col, func, select

from alerts.domain.models import AppliedSettings, DigestRun
from alerts.domain.types import OutboxState
from alerts.outbox.leases import STUCK
from alerts.outbox.totals import Total, in_trouble, last_given_up, totals
from monitor.domain.schedule import is_overdue
from monitor.domain.us_dates import moment_words
from monitor.store.models import Source, SweepPage
from monitor.store.sources import source_health
from service.watchfile.settings import WatchFile

# The scheduler's jitter, and unchanged checks that are noted in memory before they are written.
_GRACE = timedelta(minutes=1)
_LATEST = 20_000  # messages in which a probe looks for the last of each channel: all may be millions


@dataclass(frozen=True, slots=True)
class Times:
    """When digests were last made, unfinished sweeps last read a page, and the watch file changed."""

    digests: Mapping[str, datetime]
    sweeps: Mapping[str, datetime]
    pages_read: Mapping[str, int]  # by unfinished sweeps
    applied: datetime | None


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """A channel that does not deliver: `dead` gave up its last message; another tries again since `since`."""

    channel: str
    recipient: str
    since: datetime
    attempts: int
    reason: str | None
    dead: bool
    stuck: bool


@dataclass(frozen=True, slots=True)
class Work:
    """The state of the checks; `overdue` has when each source was last checked that missed two intervals."""

    sources: Mapping[str, Source]
    times: Times
    overdue: Mapping[str, datetime | None]


@dataclass(frozen=True, slots=True)
class Health(Work):
    """The state of the checks and of all messages."""

    totals: tuple[Total, ...]
    channels: tuple[ChannelTrouble, ...]

    @property
    def reasons(self) -> list[str]:
        """Return a sentence for each overdue source and each channel that does not deliver."""
        late = [f"source {key} is overdue: {_last(at)}" for key, at in self.overdue.items()]
        return late + [
            f"channel {one.channel} {'gave up its last message' if one.dead else 'takes no message'}"
            for one in self.channels
            if one.dead or one.stuck
        ]


def health(session: Session, settings: WatchFile, now: datetime, *, whole: bool = False) -> Health:
    """Return the state of all work, in four queries; with `whole`, the totals are of all messages."""
    found, counted = work(session, settings, now), totals(session, None if whole else _LATEST)
    channels = tuple(_channels(session, settings, counted, now))
    return Health(found.sources, found.times, found.overdue, tuple(counted), channels)


def work(session: Session, settings: WatchFile, now: datetime) -> Work:
    """Return the state of the checks, in two queries."""
    sources = {source.key: source for source in source_health(session)}
    times = last_times(session)
    return Work(sources, times, _overdue(settings, sources, times, now))


def _overdue(
    settings: WatchFile, sources: Mapping[str, Source], times: Times, now: datetime
) -> dict[str, datetime | None]:
    """Return the last check of each overdue source; a sweep that still reads pages has not missed a check."""
    found = {}
    for key, written in settings.sources.items():
        checked = sources[key].last_checked_at if key in sources else None
        signs = [one for one in (checked or times.applied, times.sweeps.get(key)) if one is not None]
        if not written.is_scheduled or not signs:
            continue
        if is_overdue(written, settings.time_zone, max(signs), now - _GRACE):
            found[key] = checked
    return found


def _channels(
    session: Session, settings: WatchFile, counted: Iterable[Total], now: datetime
) -> Iterable[ChannelTrouble]:
    for item, since in in_trouble(session, last_given_up(counted)):
        dead = item.state == OutboxState.DEAD
        # What died because its channel left the watch file is nobody's trouble any longer.
        if item.channel in settings.channels:
            stuck = not dead and now - since >= STUCK
            yield ChannelTrouble(
                item.channel, item.recipient, since, item.attempts, item.error, dead=dead, stuck=stuck
            )


def last_times(session: Session) -> Times:
    """Return the last time of each digest and sweep, and of the watch file, in one query."""
    digests = select(literal("digest"), DigestRun.name, func.max(DigestRun.made_at), func.count())
    sweeps = select(literal("sweep"), SweepPage.source_key, func.max(SweepPage.fetched_at), func.count())
    applied = select(literal("applied"), literal(""), func.max(AppliedSettings.applied_at), func.count())
    statement = union_all(
        digests.group_by(DigestRun.name), sweeps.group_by(col(SweepPage.source_key)), applied
    )
    rows = session.connection().execute(statement).all()

    def of(kind: str) -> dict[str, datetime]:
        return {name: at for what, name, at, _ in rows if what == kind and at is not None}

    read = {name: count for what, name, _, count in rows if what == "sweep"}
    return Times(of("digest"), of("sweep"), read, of("applied").get(""))


def _last(checked: datetime | None) -> str:
    return f"last checked {moment_words(checked)}" if checked else "never checked"
