"""One watch file in use: joins monitor and alerts for one process. Decides nothing."""

import logging
import math
import random
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Self
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.channels.send import targets
from alerts.domain.messages import Message, Recipients, Target
from alerts.domain.models import OutboxItem
from alerts.domain.settings import TopicSettings
from alerts.outbox.deliver import Delivered, Sender, deliver_next
from alerts.rendering.envelopes import program_message
from alerts.rendering.environments import Templates, templates
from alerts.rendering.events import Origin
from alerts.rendering.render import render_item
from alerts.topics.index import TopicIndex
from monitor.changes.write_behind import Unchanged
from monitor.domain.errors import StoreError
from monitor.domain.log import Line
from monitor.domain.program import program_version
from monitor.domain.types import CALENDAR_KINDS
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.leases import Hosts
from monitor.fetch.politeness.locks import FileTurns
from monitor.fetch.politeness.turns import Politeness
from monitor.profiles.profile import Profile
from monitor.profiles.registry import with_built_in
from service.database.database import Database
from service.database.retention import Pruned, prunable, prune
from service.runtime.mail_links import MailLinks
from service.watchfile.in_use import applied_content, former_names, last_applied, note_applied
from service.watchfile.renames import adopt_names
from service.watchfile.settings import Basics, WatchFile

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def make_fetcher(settings: Basics, clock: Clock = utc_now, hosts: Hosts | FileTurns | None = None) -> Fetcher:
    """Return the process's one fetcher; with `hosts` it takes turns with other processes."""
    client = make_client(settings.contact, program_version(), settings.proxy, settings.ca_file)
    politeness = Politeness(shared=hosts)
    politeness.on_pause = _log_pause
    return Fetcher(client, clock, politeness)


def _log_pause(host: str, seconds: float) -> None:
    logging.getLogger("oversight_watch").info(Line("waiting", host=host, seconds=math.ceil(seconds)))


def hosts_of(settings: WatchFile, database: Database, clock: Clock = utc_now) -> Hosts | FileTurns:
    """Return the turns at hosts, shared by all processes on this database."""
    if folder := database.turns_folder:
        return FileTurns(folder, database.read, database.note, clock, settings.requests_per_day)
    return Hosts(database.note, clock, secrets.token_hex(8), settings.requests_per_day)


@dataclass(frozen=True)
class Watch:
    """One watch file, its database and what the steps share. Thread-safe."""

    settings: WatchFile
    database: Database
    fetcher: Fetcher
    clock: Clock
    index: TopicIndex
    recipients: Recipients
    operators: tuple[Target, ...]
    templates: Templates
    profiles: Mapping[str, Profile]
    unchanged: Unchanged | None = None  # what a long-running process remembers between checks

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
        """Return a watch that is ready to run."""
        channels = settings.channels
        links = MailLinks.of(settings.reading_room)
        links_of = links.of_reader if links else None
        fetcher = fetcher or make_fetcher(settings, clock, hosts_of(settings, database, clock))
        if shared := fetcher.politeness.shared:
            shared.limits = settings.requests_per_day  # a reloaded watch file may have others
        return cls(
            settings,
            database,
            fetcher,
            clock,
            TopicIndex(settings.topics),
            Recipients(
                {
                    name: targets(name, channel, settings.contact, links_of)
                    for name, channel in channels.items()
                },
                {name: channel.give_up_after for name, channel in channels.items()},
            ),
            tuple(
                target
                for name, channel in channels.items()
                if channel.purpose == "operator"
                for target in targets(name, channel, settings.contact)
            ),
            templates(settings.templates),
            with_built_in(settings.profiles),
            unchanged,
        )

    def close(self) -> None:
        """Write what is noted in memory, and close the connections to sites and to the database."""
        with suppress(StoreError):  # notes may be lost
            self.write_notes()
        self.fetcher.close()
        self.database.close()

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the times in messages."""
        return ZoneInfo(self.settings.time_zone)

    @cached_property
    def calendar_topics(self) -> tuple[TopicSettings, ...]:
        """Return the topics that ask for calendar-driven changes: few, however many topics there are."""
        return tuple(topic for topic in self.settings.topics.values() if CALENDAR_KINDS & set(topic.on))

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
        """Store which watch file is in use, so that `config plan` can compare the next one with it."""
        content = applied_content(self.settings)
        # Looked up without the write lock first: nearly always it is the same.
        with self.database.read() as session:
            last = last_applied(session)
        # A process that still used the old file may have written its names again since.
        if last is None or last.content != content or "renamed" in content:
            with self.database.write() as session:
                adopt_names(session, last.content if last else {}, content)
                note_applied(session, content, self.clock())

    def is_applied(self) -> bool:
        """Return whether this is the watch file that was last put into use."""
        with self.database.read() as session:
            last = last_applied(session)
        return last is None or last.content == applied_content(self.settings)

    def deliver(self) -> list[Delivered]:
        """Send everything that is due, one message after the other."""
        done = []
        while (delivered := self.deliver_one()) is not None:
            done.append(delivered)
        return done

    def deliver_one(self, channel: str | None = None) -> Delivered | None:
        """Send the next message that is due, through one channel or any; return None if there is none."""
        return deliver_next(
            Sender(
                read=self.database.read,
                write=self.database.write,
                channels=self.settings.channels,
                targets=self.recipients.targets,
                renamed=former_names(self.settings).get("channels", {}),
                render=self.render,
                clock=self.clock,
                jitter=random.random,
                token=lambda: secrets.token_hex(16),
                time_zone=self.zone,
                is_newest=self.is_applied,
            ),
            channel,
        )

    def render(self, session: Session, item: OutboxItem, target: Target) -> Message:
        """Return a message as its recipient gets it."""
        if target.secret:
            return program_message(
                session, item, Origin(self.settings.web_addresses, self.settings.reading_room.url)
            )
        return render_item(
            session,
            item,
            target.face,
            self.templates,
            self.zone,
            target.limit,
            target.links,
            target.unsubscribe,
            self.settings.display,
        )

    def prune(self) -> Pruned:
        """Delete what the watch file no longer keeps; never the evidence of a change."""
        keep, now = self.settings.keep, self.clock()
        # Looked up without the write lock first: on most days nothing is old enough.
        with self.database.read() as session:
            if not prunable(session, keep, now):
                return Pruned()
        return prune(self.database.write, keep, now)
