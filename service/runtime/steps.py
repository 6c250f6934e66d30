"""What a long-running process does, one method a step; service.runtime.scheduler and
service.runtime.fleet.jobs say when.

Trouble, even a bug, in one step must not stop the others: it is logged, and the step runs again later. A
changed watch file is loaded between two steps; a broken one is reported and the last good one stays in use.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alerts.outbox.deliver import Delivered
from alerts.rendering.digest_files import write_digest_file
from monitor.changes.apply import Settled
from monitor.changes.write_behind import Unchanged
from monitor.domain.errors import OversightError, Stopping, StoreAway, StoreError
from monitor.domain.log import Line
from monitor.domain.schedule import retry_after
from monitor.store.sources import find_source
from service.database.database import open_database
from service.runtime.app import Watch, utc_now
from service.runtime.checks import check_source
from service.runtime.digests import make_due_digests, make_due_reminders
from service.runtime.health import health
from service.runtime.heartbeat import Heartbeat, Ping
from service.runtime.inbox import take_folder
from service.runtime.lifecycle import Outage
from service.watchfile.settings import WatchFile

log = logging.getLogger("oversight_watch")

_AWAY = timedelta(seconds=30)  # until a check tries again that found the database's server away


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check: whether it was recorded and has news; when to retry before its next turn."""

    recorded: bool = False
    news: bool = False
    again: datetime | None = None


class Steps:
    """One watch file in use by this process. `watch` is replaced when the file changes. Thread-safe."""

    def __init__(
        self,
        settings: WatchFile,
        reload: Callable[[], WatchFile],
        unchanged: Unchanged | None = None,
        alive_file: Path | None = None,
    ) -> None:
        self.watch = Watch.of(settings, open_database(settings.database), unchanged=unchanged)
        self.stopping = threading.Event()
        self.outage = Outage(utc_now)
        self.heartbeat = Heartbeat()
        self._reload = reload
        self._alive_file = alive_file
        self._stamps = stamps(settings.files)

    def start(self) -> None:
        """Note which watch file is in use, and log the start."""
        self.watch.note_applied()
        settings = self.watch.settings
        log.info(Line("started", sources=len(settings.sources), channels=len(settings.channels)))
        self._touch()
        self.heartbeat.send(settings, Ping.START)

    def stop(self) -> None:
        """Start nothing more; checks that wait for their turn at a host are abandoned."""
        self.stopping.set()
        self.watch.fetcher.politeness.stop()

    def tried(self, name: str, step: Callable[[], object]) -> None:
        """Run a step; log a full disk or the like in one sentence."""
        if not self.stopping.is_set():
            self._told(name, step)

    def _told(self, name: str, step: Callable[[], object]) -> None:
        try:
            step()
        except StoreAway as error:
            self.outage.met(error)
        except (OversightError, OSError) as error:
            log.error(Line(f"{name}_failed", reason=error))
        except Exception:
            log.exception(Line(f"{name}_crashed"))
        else:
            if name == "deliver":  # others need not ask the database at all
                self.outage.over()

    def write_notes(self, unchanged: Unchanged) -> None:
        """Write the noted unchanged checks, also while stopping."""
        self._told("notes", lambda: self.watch.write_unchanged(unchanged))

    def check(self, key: str, unchanged: Unchanged | None = None) -> Checked:
        """Check one source. With `unchanged`, an unchanged check is noted there, for the caller to write."""
        if self.stopping.is_set():
            return Checked()
        began = time.monotonic()
        try:
            settled = check_source(self.watch, key, unchanged=unchanged)
        except Stopping:
            log.info(Line("check_left", source=key))
            return Checked()
        except StoreAway as error:
            self.outage.met(error)
            return Checked(again=utc_now() + _AWAY)
        except OversightError as error:
            log.error(Line("check_failed", source=key, reason=error))
            return Checked()
        except Exception:
            log.exception(Line("check_crashed", source=key))
            return Checked()
        # With notes the database need not have been asked.
        if settled.check_id is not None or (unchanged or self.watch.unchanged) is None:
            self.outage.over()
        log.info(
            Line(
                "checked",
                source=key,
                outcome=settled.outcome.value,
                changes=len(settled.change_ids),
                check=settled.check_id,
                seconds=round(time.monotonic() - began, 3),
            )
        )
        for reason in settled.reasons:
            log.warning(Line("check_note", reason, source=key))
        return Checked(True, bool(settled.change_ids or settled.health), self._again(settled))

    def _again(self, settled: Settled) -> datetime | None:
        """Return when to retry a source before its next turn; None if that would not help."""
        source = self.watch.settings.sources.get(settled.source)
        if source is None or not settled.retryable:
            return None
        try:
            with self.watch.database.read() as session:
                known = find_source(session, settled.source)
            troubles = known.troubles if known else 0
        except StoreAway as error:
            self.outage.met(error)
            troubles = 0
        return utc_now() + retry_after(source, troubles, settled.retry_after)

    def deliver(self, channel: str | None = None) -> None:
        """Send what is due, through one channel or all; asked to stop, finish the message in hand."""
        # The others wait in the outbox for the next start.
        while not self.stopping.is_set() and (sent := self.watch.deliver_one(channel)) is not None:
            log.info(_delivery(sent))

    def digests(self) -> None:
        """Make the digests that are due, and their files."""
        for run in make_due_digests(self.watch):
            settings = self.watch.settings
            path = write_digest_file(
                run.content, settings.digest_folder, self.watch.templates, display=settings.display
            )
            changes = f"{run.after_change_id}-{run.up_to_change_id}"
            log.info(Line("digest_made", name=run.name, changes=changes, file=path))

    def take_inbox(self) -> None:
        """Check the sources whose pages lie in the inbox folder."""
        for one in take_folder(self.watch).files:
            sources = ",".join(one.sources) or "none"
            log.info(Line("inbox", one.said, file=one.file.name, sources=sources))

    def beat(self) -> None:
        """Touch the file of a sign of life, and ping the heartbeat: that all is well, or what is not."""
        self._touch()
        settings = self.watch.settings
        if settings.heartbeat is None:
            return
        try:
            with self.watch.database.read() as session:
                reasons = health(session, settings, utc_now()).reasons
        except StoreError:  # the steps that need the database log it
            reasons = ["the database cannot be used"]
        self.heartbeat.send(settings, Ping.FAIL if reasons else Ping.WELL, reasons)

    def _touch(self) -> None:
        if self._alive_file:
            self._alive_file.touch()

    def remind(self) -> None:
        """Write the reminders that are due."""
        if messages := make_due_reminders(self.watch):
            log.info(Line("reminders_made", messages=messages))

    def prune(self) -> None:
        """Delete what is no longer kept."""
        if pruned := self.watch.prune():
            log.info(Line("pruned", **asdict(pruned)))

    def reload_if_changed(self) -> bool:
        """Reload the watch file if it has changed; return whether another one is in use now."""
        found = stamps(self.watch.settings.files)
        if found == self._stamps:
            return False
        self._stamps = found
        try:
            settings = self._reload()
            for name in ("database", "contact"):
                if getattr(settings, name) != getattr(self.watch.settings, name):
                    raise OversightError(f"{name!r} cannot change while the service runs; restart it")
            # The fetcher stays: it remembers when each host was last asked.
            watch = Watch.of(
                settings, self.watch.database, self.watch.fetcher, unchanged=self.watch.unchanged
            )
        except OversightError as error:
            log.error(Line("reload_refused", f"the last good watch file stays in use:\n{error}"))
            return False
        try:
            watch.note_applied()
        except StoreAway:
            self.reload_again()
            raise
        self.watch = watch
        self._stamps = stamps(settings.files)
        log.info(Line("reloaded", sources=len(settings.sources)))
        return True

    def reload_again(self) -> None:
        """Reload the watch file at the next check, because something after the last reload failed."""
        self._stamps = {}


def _delivery(sent: Delivered) -> Line:
    """Return the line of an attempt to deliver; `delivery` is the number of its message."""
    return Line(
        "delivery",
        sent.detail,
        delivery=sent.item_id,
        channel=sent.channel,
        recipient=sent.recipient,
        attempt=sent.attempt,
        outcome=sent.outcome.value,
        state=sent.state.value,
        next_try=sent.next_try and f"{sent.next_try:%Y-%m-%dT%H:%M:%SZ}",
        seconds=round(sent.seconds, 3),
    )


def stamps(files: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return a stamp for each file that changes when it is written; a missing file has its own."""
    found = {}
    for file in files:
        try:
            stat = file.stat()
            found[file] = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            found[file] = (0, -1)
    return found
