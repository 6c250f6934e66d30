"""A watch file at work: joins the two halves for one process. Decides nothing; each method is one step."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Self
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from alerts.channels.send import targets
from alerts.digests.make import make_digests
from alerts.digests.reminders import due_reminders, write_reminders
from alerts.domain.messages import Message, Recipients, Target
from alerts.domain.models import DigestRun, OutboxItem
from alerts.domain.settings import TopicSettings
from alerts.outbox.deliver import Delivered, Sender, deliver_next
from alerts.outbox.queue import add_notice
from alerts.rendering.environments import Templates, templates
from alerts.rendering.render import render_item
from alerts.routing.route import route
from alerts.topics.index import TopicIndex
from monitor.changes.apply import Health, Settled
from monitor.changes.write_behind import Unchanged
from monitor.check import check
from monitor.commitments.overdue import Lapsing
from monitor.commitments.queries import Promised, open_promises
from monitor.domain.errors import OversightError, StoreError
from monitor.domain.schedule import cron_after
from monitor.domain.types import CALENDAR_KINDS, ChangeKind
from monitor.faultpoints import reach
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.leases import Hosts, host_name
from monitor.fetch.politeness.locks import FileTurns
from monitor.fetch.politeness.turns import Politeness
from monitor.guard.cadence import silence
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES
from monitor.store.models import Source
from monitor.store.sources import source_health
from service.database.database import Database
from service.database.retention import Pruned, prunable, prune
from service.runtime.notices import health_notice, refusal_notice, silence_notice, spent_notice, status_notice
from service.watchfile.in_use import applied_content, last_applied, note_applied
from service.watchfile.settings import WatchFile

Clock = Callable[[], datetime]
_SAME_REFUSAL = timedelta(days=1)  # a site that refuses several sources within it is told of once


def utc_now() -> datetime:
    """Give the time, aware and in UTC."""
    return datetime.now(UTC)


def program_version() -> str:
    """Give the installed version; "0" where the program runs from a bare folder."""
    try:
        return version("oversight-watch")
    except PackageNotFoundError:
        return "0"


def make_fetcher(
    contact: str | None, clock: Clock = utc_now, hosts: Hosts | FileTurns | None = None
) -> Fetcher:
    """Give the process's one fetcher; with `hosts` it takes turns with other processes."""
    return Fetcher(make_client(contact, program_version()), clock, Politeness(shared=hosts))


def hosts_of(settings: WatchFile, database: Database, clock: Clock = utc_now) -> Hosts | FileTurns:
    """Give the turns at hosts that all processes on this database share."""
    if folder := database.turns_folder:
        return FileTurns(folder, database.read, database.note, clock, settings.requests_per_day)
    return Hosts(database.note, clock, secrets.token_hex(8), settings.requests_per_day)


@dataclass(frozen=True)
class Watch:
    """One watch file, its database and what the steps share. Threads may use it side by side."""

    settings: WatchFile
    database: Database
    fetcher: Fetcher
    clock: Clock
    index: TopicIndex
    recipients: Recipients
    operators: tuple[Target, ...]
    templates: Templates
    profiles: Mapping[str, Profile]
    unchanged: Unchanged | None = None  # for a process that stays: what it remembers between checks

    @classmethod
    def of(
        cls,
        settings: WatchFile,
        database: Database,
        fetcher: Fetcher | None = None,
        clock: Clock = utc_now,
        *,
        unchanged: Unchanged | None = None,
    ) -> Self:
        """Give a watch that is ready to run."""
        channels = settings.channels
        fetcher = fetcher or make_fetcher(settings.contact, clock, hosts_of(settings, database, clock))
        if shared := fetcher.politeness.shared:
            shared.limits = settings.requests_per_day  # a watch file that is read anew may have other ones
        return cls(
            settings,
            database,
            fetcher,
            clock,
            TopicIndex(settings.topics),
            Recipients(
                {name: targets(name, channel, settings.contact) for name, channel in channels.items()},
                {name: channel.give_up_after for name, channel in channels.items()},
            ),
            tuple(
                target
                for name, channel in channels.items()
                if channel.purpose == "operator"
                for target in targets(name, channel, settings.contact)
            ),
            templates(settings.templates),
            {**settings.profiles, **PROFILES},
            unchanged,
        )

    def close(self) -> None:
        """Write what is noted, and close the connections to sites and to the database."""
        with suppress(StoreError):  # what is noted may be lost
            self.write_notes()
        self.fetcher.close()
        self.database.close()

    @property
    def zone(self) -> ZoneInfo:
        """Give the time zone in which readers are told of times."""
        return ZoneInfo(self.settings.time_zone)

    def check(self, key: str, *, accept: bool = False, unchanged: Unchanged | None = None) -> Settled:
        """Check one source now; its changes and their messages commit together.

        With `unchanged` an unchanged look is noted there, not where this process remembers its sources.
        """
        return check(
            key,
            self.settings.sources[key],
            read=self.database.read,
            write=self.database.write,
            fetcher=self.fetcher,
            clock=self.clock,
            route=self._route,
            accept=accept,
            profiles=self.profiles,
            unchanged=unchanged or self.unchanged,
            lapsing=self._lapsing(key),
        )

    @cached_property
    def _asking(self) -> tuple[TopicSettings, ...]:
        """Give the topics that want to hear of what a day brings: few, however many topics there are."""
        return tuple(topic for topic in self.settings.topics.values() if CALENDAR_KINDS & set(topic.on))

    def _lapsing(self, key: str) -> Lapsing:
        """Give what the topics want to hear of a source once its day has gone by."""
        asking = [topic for topic in self._asking if topic.sources is None or key in topic.sources]
        return Lapsing(
            self.zone,
            any(ChangeKind.PROMISE_PASSED in topic.on for topic in asking),
            frozenset(topic.no_update_months for topic in asking if ChangeKind.NO_UPDATE in topic.on),
        )

    def write_notes(self) -> None:
        """Write what is noted in memory only: unchanged checks, requests to hosts."""
        if self.unchanged:
            self.write_unchanged(self.unchanged)
        turns = self.fetcher.politeness.shared
        if isinstance(turns, FileTurns) and turns.asked:
            with self.database.note() as session:
                turns.write_counts(session)

    def write_unchanged(self, unchanged: Unchanged) -> None:
        """Write the unchanged checks that are noted."""
        if unchanged.waiting:
            with self.database.write() as session:
                unchanged.write(session)

    def note_applied(self) -> None:
        """Keep what this watch file says of who is told of what: `config plan` compares the next with it."""
        content = applied_content(self.settings)
        # Asked without the write lock first: nearly always it says what it said.
        with self.database.read() as session:
            last = last_applied(session)
        if last is None or last.content != content:
            with self.database.write() as session:
                note_applied(session, content, self.clock())

    def is_applied(self) -> bool:
        """Whether no other watch file was taken into use after this one."""
        with self.database.read() as session:
            last = last_applied(session)
        return last is None or last.content == applied_content(self.settings)

    def _route(self, session: Session, settled: Settled) -> None:
        now = self.clock()
        route(
            session,
            settled.change_ids,
            index=self.index,
            topics=self.settings.topics,
            recipients=self.recipients,
            now=now,
            operators=self.operators,
        )
        if settled.health and settled.health.refused:
            self._tell_refusal(session, settled.health, now)
        elif settled.health:
            title, lines = health_notice(settled.health, self.zone)
            key = f"health {settled.source} {settled.health.well} {settled.health.since.isoformat()}"
            add_notice(session, self.operators, title, lines, now, key)
        quiet = silence(session, settled.source, now) if settled.first_today else None
        if quiet:
            title, lines = silence_notice(quiet, self.settings.sources[settled.source].url, self.zone)
            add_notice(session, self.operators, title, lines, now, f"silent {quiet.source} {quiet.since}")
        for wording in settled.unknown_statuses:
            title, lines = status_notice(settled.source, wording)
            add_notice(session, self.operators, title, lines, now, f"status {settled.source} {wording}")
        if settled.waits and settled.waits.spent is not None:
            title, lines = spent_notice(settled.waits)
            add_notice(session, self.operators, title, lines, now, f"spent {settled.waits.host} {now.date()}")

    def _tell_refusal(self, session: Session, health: Health, now: datetime) -> None:
        """Tell once that a site refuses programs, however many sources read from it."""
        host = host_name(self.settings.sources[health.source].url)
        sources = [
            key for key, one in self.settings.sources.items() if one.is_web and host_name(one.url) == host
        ]
        told = (
            source.trouble_since
            for source in source_health(session)
            if source.key in sources and source.key != health.source and source.trouble_told
        )
        if any(since and health.since - since < _SAME_REFUSAL for since in told):
            return
        title, lines = refusal_notice(health, host, sources)
        key = f"refused {health.source} {health.since.isoformat()}"
        add_notice(session, self.operators, title, lines, now, key)

    def deliver(self) -> list[Delivered]:
        """Send everything that is due, one message after the other."""
        done = []
        while (delivered := self.deliver_one()) is not None:
            done.append(delivered)
        return done

    def deliver_one(self, channel: str | None = None) -> Delivered | None:
        """Send the next message that is due, through one channel or any; None where there is none."""
        return deliver_next(
            Sender(
                read=self.database.read,
                write=self.database.write,
                channels=self.settings.channels,
                targets=self.recipients.targets,
                render=self._render,
                clock=self.clock,
                jitter=random.random,
                token=lambda: secrets.token_hex(16),
                time_zone=self.zone,
                is_newest=self.is_applied,
            ),
            channel,
        )

    def _render(self, session: Session, item: OutboxItem, target: Target) -> Message:
        return render_item(session, item, target.face, self.templates, self.zone, target.limit)

    def prune(self) -> Pruned:
        """Delete what the watch file no longer keeps; never the evidence of a change."""
        keep, now = self.settings.keep, self.clock()
        # Asked without the write lock first: on most days little is old enough.
        with self.database.read() as session:
            if not prunable(session, keep, now):
                return Pruned()
        return prune(self.database.write, keep, now)

    def make_due_reminders(self) -> int:
        """Write the reminders of open recommendations that are due; give the number of messages."""
        given = (self.settings.topics, self.recipients, self.clock())
        # Asked without the write lock first: nearly always nothing is due.
        with self.database.read() as session:
            if not due_reminders(session, *given):
                return 0
        with self.database.write() as session:
            messages = write_reminders(session, *given, self.zone)
            reach("reminder_made")
        reach("reminder_kept")
        return messages

    def make_due_digests(self) -> list[DigestRun]:
        """Make every digest whose time has come since it was last made, one each however many were missed."""
        # Asked without the write lock first: nearly always nothing is due.
        with self.database.read() as session:
            due = [name for name in self.settings.digests if self._is_due(session, name)]
        promised = self._open_promises() if due else []
        made = []
        for name in due:
            with self.database.write() as session:
                # Another process may have made it meanwhile.
                run = self._make_digest(session, name, promised) if self._is_due(session, name) else None
                reach("digest_made")
            reach("digest_kept")
            if run is not None:
                made.append(run)
        return made

    def _is_due(self, session: Session, name: str) -> bool:
        last = _last_made(session, name)
        cron = self.settings.digests[name].cron
        return last is not None and cron_after(cron, self.settings.time_zone, last) <= self.clock()

    def make_digest(self, name: str) -> DigestRun:
        """Make a digest now and put it into the outbox."""
        promised = self._open_promises()
        with self.database.write() as session:
            run = self._make_digest(session, name, promised)
        if run is None:
            raise OversightError(f"the {name} digest has been made at this very moment; try again")
        return run

    def preview_digest(self, name: str) -> dict[str, Any]:
        """Give what a digest made now would hold; nothing is kept and nothing sent."""
        promised = self._open_promises()
        with self.database.write() as session:
            run = self._make_digest(session, name, promised)
            content = run.content if run else None
            session.rollback()
        if content is None:
            raise OversightError(f"the {name} digest has been made at this very moment; try again")
        return content

    def last_digest(self, name: str) -> dict[str, Any]:
        """Give what the last digest of this name held. Raises OversightError where none was made."""
        with self.database.read() as session:
            found = select(DigestRun.content).where(DigestRun.name == name)
            content = session.exec(found.order_by(col(DigestRun.id).desc()).limit(1)).one_or_none()
        if content is None:
            raise OversightError(f"no {name} digest was made yet; --preview shows what it would hold")
        return dict(content)

    def _open_promises(self) -> list[Promised]:
        """Read all open comments for promises: it takes a while, so before a digest locks the database."""
        with self.database.read() as session:
            return open_promises(session)

    def _make_digest(self, session: Session, name: str, promised: Sequence[Promised]) -> DigestRun | None:
        settings = self.settings.digest(name)
        if settings is None:
            raise OversightError(f"no digest is called {name!r}")
        return make_digests(
            session,
            name=name,
            settings=settings,
            topics=self.settings.topics,
            recipients=self.recipients.targets,
            now=self.clock(),
            time_zone=self.zone,
            promised=promised,
            give_up_after=self.recipients.give_up_after,
            scheduled=name in self.settings.digests,
        )


def _last_made(session: Session, name: str) -> datetime | None:
    """Give when a digest was last made; before the first, when the watch began."""
    last = session.exec(
        select(DigestRun.made_at).where(DigestRun.name == name).order_by(col(DigestRun.id).desc()).limit(1)
    ).one_or_none()
    return last or session.exec(select(func.min(Source.created_at))).one_or_none()
