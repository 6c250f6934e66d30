"""The demo's week: the service's own steps under a clock that is moved by hand, so that nothing waits.

When a source is due, when a failed check is tried again and when a digest is made is decided by the same
functions as in the running service. Prints nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import col, func, select

from alerts.domain.models import DigestRun, OutboxItem
from alerts.domain.types import DeliveryOutcome, OutboxState
from monitor.changes.apply import Settled
from monitor.domain.schedule import next_due, retry_after
from monitor.domain.types import Outcome as SourceOutcome
from monitor.store.changes import change_views
from monitor.store.models import Change, Check, Source
from service.demo.fakes.receivers import MailServer, ReceivedMail, ReceivedPost, WebhookServer
from service.demo.fakes.replica import ReplicaSite
from service.demo.story import NEWSROOM, OPERATOR, Act, Outcome
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.digests import make_due_digests


class StoryError(Exception):
    """The week went otherwise than the demo tells it; the demo must say so and fail."""


class Clock:
    """A time that stands still until somebody moves it; whoever would sleep moves it too."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self._now

    def seconds(self) -> float:
        """Return the time as a number that only grows."""
        return self._now.timestamp()

    def move_to(self, moment: datetime) -> None:
        """Go on to a moment; one that is past already changes nothing."""
        self._now = max(self._now, moment.astimezone(UTC))

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting for it."""
        self._now += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Look:
    """One check and everything that came of it, as the replica and the receivers saw it."""

    at: datetime
    settled: Settled
    changes: tuple[str, ...]
    answers: tuple[int, ...]  # HTTP statuses, robots.txt left out
    retried_at: datetime | None
    mails: tuple[ReceivedMail, ...]
    posts: tuple[ReceivedPost, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell of it but that it was made."""
        told = self.settled.health or self.mails or self.posts
        return self.settled.outcome is SourceOutcome.UNCHANGED and not told

    @property
    def is_same(self) -> bool:
        """Whether the site said that the page is as it was, and sent nothing."""
        return set(self.answers) == {304}


@dataclass(frozen=True, slots=True)
class Figures:
    """The week in numbers, counted in the database, on the replica and at the receivers."""

    checks: int
    requests: int
    not_modified: int
    changes: tuple[str, ...]
    false_alarms: int  # changes that the publishers never made
    messages: Counter[str]  # sent ones, by kind
    waiting: int  # messages in any other state


class Week:
    """Runs the checks that are due, one after the other, and delivers what comes of them."""

    def __init__(
        self, watch: Watch, clock: Clock, site: ReplicaSite, mail: MailServer, hook: WebhookServer
    ) -> None:
        self._watch, self._clock, self._site, self._mail, self._hook = watch, clock, site, mail, hook
        self._due = {key: self._next_due(key, None) for key in watch.settings.sources}
        self._retries: dict[str, datetime] = {}
        self.digests: list[DigestRun] = []
        self.checks = 0

    def looks_until(self, end: datetime) -> Iterator[Look]:
        """Run every check that is due before `end`, giving each when it is done; then it is `end`."""
        while (due := self._next_before(end)) is not None:
            moment, key = due
            self._clock.move_to(moment)
            yield self._look(key, moment)
        self._clock.move_to(end)

    def do(self, act: Act) -> None:
        """Let something happen at the publishers, now."""
        act.do(self._site)

    def finish(self) -> tuple[ReceivedMail, ...]:
        """Do what is due besides checks (a digest); give the mails that came of it."""
        before = len(self._mail.messages)
        self._deliver()
        return tuple(self._mail.messages[before:])

    def figures(self, true: Collection[str]) -> Figures:
        """Count the week; `true` are the changes that the publishers really made."""
        with self._watch.database.read() as session:
            ids = list(session.exec(select(Change.id).order_by(col(Change.id))))
            changes = tuple(f"{view.kind.value} {view.record_key}" for view in change_views(session, ids))
            checks = session.exec(select(func.sum(Check.times))).one() or 0
            # Unchanged checks since the last of those rows are counted beside the source.
            checks += session.exec(select(func.sum(Source.unchanged_checks))).one() or 0
            outbox = list(session.exec(select(OutboxItem.kind, OutboxItem.state)))
        return Figures(
            checks=checks,
            requests=len(self._site.requests),
            not_modified=sum(seen.status == 304 for seen in self._site.requests),
            changes=changes,
            false_alarms=sum(change not in true for change in changes),
            messages=Counter(kind for kind, state in outbox if state == OutboxState.SENT),
            waiting=sum(state != OutboxState.SENT for _, state in outbox),
        )

    def _next_before(self, end: datetime) -> tuple[datetime, str] | None:
        waiting = [(moment, key) for times in (self._due, self._retries) for key, moment in times.items()]
        first = min(waiting)
        return first if first[0] < end else None

    def _next_due(self, key: str, last: datetime | None) -> datetime:
        settings = self._watch.settings
        return next_due(settings.sources[key], settings.time_zone, last, last or self._clock())

    def _look(self, key: str, moment: datetime) -> Look:
        requests, mails, posts = len(self._site.requests), len(self._mail.messages), len(self._hook.posts)
        at = self._clock()
        settled = check_source(self._watch, key)
        self._deliver()
        self.checks += 1
        if self._due[key] <= moment:
            self._due[key] = self._next_due(key, moment)
        self._plan_retry(key, settled)
        asked = self._site.requests[requests:]
        return Look(
            at=at,
            settled=settled,
            changes=self._names(settled.change_ids),
            answers=tuple(seen.status for seen in asked if seen.path != "/robots.txt"),
            retried_at=self._retries.get(key),
            mails=tuple(self._mail.messages[mails:]),
            posts=tuple(self._hook.posts[posts:]),
        )

    def _plan_retry(self, key: str, settled: Settled) -> None:
        """Try again before the next turn where that may help, as the service does, and when the site asks."""
        self._retries.pop(key, None)
        if settled.retryable:
            wait = retry_after(self._watch.settings.sources[key], 1, settled.retry_after)
            self._retries[key] = self._clock() + wait

    def _names(self, change_ids: Iterable[int]) -> tuple[str, ...]:
        with self._watch.database.read() as session:
            views = change_views(session, list(change_ids))
        return tuple(f"{view.kind.value} {view.record_key}" for view in views)

    def _deliver(self) -> None:
        self.digests += make_due_digests(self._watch)
        for delivered in self._watch.deliver():
            if delivered.outcome != DeliveryOutcome.ACCEPTED:
                said = f"{delivered.channel} did not take message {delivered.item_id}: {delivered.detail}"
                raise StoryError(said)


def outcome_of(looks: Iterable[Look], more_mails: Iterable[ReceivedMail] = ()) -> Outcome:
    """Count what checks came to, in the terms in which the story says what must come of them."""
    looks = list(looks)
    outcomes = Counter(look.settled.outcome.value for look in looks)
    mails = [*(mail for look in looks for mail in look.mails), *more_mails]
    told = Counter(recipient for mail in mails for recipient in mail.recipients)
    return Outcome(
        changes=tuple(change for look in looks for change in look.changes),
        baselines=outcomes["baseline"],
        failed=outcomes["failed"],
        quarantined=outcomes["quarantined"],
        compared=sum(look.is_quiet and not look.is_same for look in looks),
        mails=told[NEWSROOM],
        posts=sum(len(look.posts) for look in looks),
        notices=told[OPERATOR],
    )
