"""The state of everything as Prometheus metrics, read from the database whenever they are asked for.

So they are right after a restart and on a fleet. What they cost does not grow with the number of sources or
channels: eight queries. Labels hold names from the watch file, never an address.
"""

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import sqlalchemy
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, literal, union_all
from sqlmodel import Session, col, select

from alerts.domain.models import Delivery
from alerts.domain.types import DeliveryOutcome, OutboxState
from alerts.outbox.leases import due_since
from monitor.domain.errors import StoreError
from monitor.domain.program import program_version
from monitor.domain.types import ChangeKind, Outcome
from monitor.fetch.politeness.leases import ALIVE, day_of, host_name, limit_of
from monitor.store.models import Change, Check, Host, Source
from service.database.database import Database, store_of, turns_folder
from service.runtime.health import Health, health
from service.runtime.lifecycle import last_sign_of_life
from service.watchfile.settings import WatchFile

CONTENT_TYPE = CONTENT_TYPE_LATEST
_PREFIX = "oversight_watch_"
_WAITING = (OutboxState.PENDING, OutboxState.LEASED)

Values = Iterable[tuple[Sequence[str], float | datetime | None]]


class Metrics:
    """Makes the text of all metrics. Keep one for the life of a process; thread-safe.

    Changes are only ever added, so it remembers how many it has counted and counts the newer ones.
    """

    def __init__(self) -> None:
        self._changes = Counter[str]()
        self._counted_to = 0
        self._lock = Lock()

    def text(self, database: Database, settings: WatchFile, now: datetime) -> str:
        """Return all metrics as text; a database that cannot be used is one of them, not an error."""
        try:
            with self._lock, database.read() as session:
                found = [*self._of_database(session, settings, now), _gauge("database_up", *_UP, [((), 1)])]
        except StoreError:
            found = [_gauge("database_up", *_UP, [((), 0)])]
        registry = CollectorRegistry()
        registry.register(_Made([_build(), *found]))
        return generate_latest(registry).decode()

    def _of_database(self, session: Session, settings: WatchFile, now: datetime) -> Iterator[Metric]:
        state = health(session, settings, now, whole=True)
        yield from _of_sources(settings, state)
        yield from self._counted(session, state)
        yield from _of_outbox(settings, state, due_since(session, now), now)
        yield _gauge(
            "digest_last_made_timestamp_seconds",
            "When each digest was last made.",
            ("digest",),
            [((name,), state.times.digests.get(name)) for name in settings.digests],
        )
        yield from _of_hosts(session, settings, now)
        size = store_of(settings.database).size(session, settings.database)
        yield _gauge("database_size_bytes", "The size of the database.", (), [((), size)])

    def _counted(self, session: Session, state: Health) -> Iterator[Metric]:
        """Return how many checks, changes and deliveries are recorded, in one query."""
        counts: dict[str, Counter[str]] = {"check": Counter(), "delivery": Counter(), "change": self._changes}
        for what, kind, count, newest in session.connection().execute(_counts(self._counted_to)):
            counts[what][kind] += int(count)
            if what == "change":
                self._counted_to = max(self._counted_to, newest)
        # A run of unchanged checks is written as one when it ends.
        counts["check"][Outcome.UNCHANGED] += sum(one.unchanged_checks for one in state.sources.values())
        yield _gauge(
            "checks", "Checks on record, by outcome; falls when old ones are deleted.", ("outcome",),
            _each(Outcome, counts["check"]),
        )  # fmt: skip
        yield _family(
            CounterMetricFamily, "changes", "Changes recorded, by kind.", ("kind",),
            _each(ChangeKind, counts["change"]),
        )  # fmt: skip
        yield _gauge(
            "deliveries", "Attempts to deliver on record, by outcome; falls when old ones are deleted.",
            ("outcome",), _each(DeliveryOutcome, counts["delivery"]),
        )  # fmt: skip


class _Made(Collector):
    """Metrics that are made already, for a registry."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


_UP = ("Whether the database could be read.", ())
_SOURCE: dict[str, tuple[str, Callable[[Source], float | datetime | None]]] = {
    "last_check_timestamp_seconds": ("When a source was last checked.", lambda one: one.last_checked_at),
    "last_success_timestamp_seconds": ("When its page was last accepted.", lambda one: one.last_accepted_at),
    "rows": ("Rows that the last complete read found.", lambda one: one.rows),
    "declared_rows": ("Rows that the page itself declares.", lambda one: one.declared_total),
    "complete": ("Whether all rows of the list were read.", lambda one: one.complete),
    "troubles_in_a_row": ("Failed or quarantined checks in a row.", lambda one: one.troubles),
    "trouble_since_timestamp_seconds": ("Since when it is in trouble.", lambda one: one.trouble_since),
}


def _of_sources(settings: WatchFile, state: Health) -> Iterator[Metric]:
    known = {key: state.sources[key] for key in settings.sources if key in state.sources}
    for name, (about, value) in _SOURCE.items():
        values = [((key,), value(source)) for key, source in known.items()]
        yield _gauge(f"source_{name}", about, ("source",), values)
    yield _gauge(
        "source_last_outcome",
        "The outcome of the last check, as a label.",
        ("source", "outcome"),
        [((key, source.last_outcome), 1) for key, source in known.items() if source.last_outcome],
    )
    yield _gauge(
        "source_overdue",
        "Whether it was not checked for more than two of its intervals.",
        ("source",),
        [((key,), key in state.overdue) for key, one in settings.sources.items() if one.is_scheduled],
    )


def _of_outbox(
    settings: WatchFile, state: Health, due: Mapping[str, datetime], now: datetime
) -> Iterator[Metric]:
    messages = {(channel, one.value): 0 for channel in settings.channels for one in OutboxState}
    oldest: dict[str, datetime] = {}
    for one in state.totals:
        messages[one.channel, one.state] = one.messages
        if one.state in _WAITING:
            oldest[one.channel] = min(one.oldest, oldest.get(one.channel, one.oldest))
    yield _gauge("outbox_messages", "Messages by channel and state.", ("channel", "state"), messages.items())
    for name, about, since in (
        ("outbox_oldest_waiting_seconds", "The age of the oldest message that waits.", oldest),
        ("outbox_due_seconds", "For how long a message that is next has been due.", due),
    ):
        ages = [((name,), _age(since.get(name), now)) for name in {**settings.channels, **since}]
        yield _gauge(name, about, ("channel",), ages)
    for name, about in (
        ("dead", "Whether the channel gave up its last message."),
        ("stuck", "Whether its messages have failed for a quarter of an hour."),
    ):
        ill = {one.channel for one in state.channels if getattr(one, name)}
        yield _gauge(
            f"channel_{name}", about, ("channel",), [((key,), key in ill) for key in settings.channels]
        )


def _of_hosts(session: Session, settings: WatchFile, now: datetime) -> Iterator[Metric]:
    """Return the requests to each host today and, where it is kept beside them, the last sign of life."""
    names = {host_name(source.url) for source in settings.sources.values() if source.is_web}
    rows = session.exec(select(Host).where(col(Host.name).in_([*names, ALIVE])))
    known = {row.name: row for row in rows}
    asked = {name: known[name].requests for name in names & known.keys() if known[name].day == day_of(now)}
    limits = settings.requests_per_day
    yield _gauge(
        "host_requests_today",
        "Requests to a host today (UTC).",
        ("host",),
        [((name,), asked.get(name, 0)) for name in sorted(names)],
    )
    yield _gauge(
        "host_requests_per_day",
        "Requests to a host that a day allows.",
        ("host",),
        [((name,), limit_of(limits, name)) for name in sorted(names)],
    )
    folder, row = turns_folder(settings.database), known.get(ALIVE)
    noted = row.free_at if row else None
    last = last_sign_of_life(session, folder) if folder else noted
    yield _gauge(
        "service_last_alive_timestamp_seconds",
        "When a service last gave a sign of life.",
        (),
        [((), last)],
    )


def _counts(counted_to: int) -> Any:
    """Return the query for the kind, number and newest id of all checks, deliveries and newer changes."""

    def counts(what: str, kind: Any, number: Any, newest: Any) -> Any:
        return sqlalchemy.select(literal(what), kind, number, func.max(newest)).group_by(kind)

    changes = counts("change", col(Change.kind), func.count(), Change.id)
    return union_all(
        counts("check", col(Check.outcome), func.sum(Check.times), Check.id),
        counts("delivery", col(Delivery.outcome), func.count(), Delivery.id),
        changes.where(col(Change.id) > counted_to),
    )


def _build() -> Metric:
    labels = {"version": program_version(), "python": platform.python_version()}
    return _gauge("build_info", "The program that runs.", tuple(labels), [(tuple(labels.values()), 1)])


def _gauge(name: str, about: str, labels: Sequence[str], values: Values) -> Metric:
    return _family(GaugeMetricFamily, name, about, labels, values)


def _family(
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily],
    name: str,
    about: str,
    labels: Sequence[str],
    values: Values,
) -> Metric:
    """Return a metric; a value that is not known is left out."""
    family = kind(f"{_PREFIX}{name}", about, labels=labels)
    for given, value in values:
        if value is not None:
            family.add_metric(given, value.timestamp() if isinstance(value, datetime) else float(value))
    return family


def _each(kinds: Iterable[str], counts: Mapping[str, int]) -> list[tuple[tuple[str], float]]:
    """Return the count of each kind, 0 too: a counter that appears only with its first event misses it."""
    return [((kind,), counts.get(kind, 0)) for kind in {**dict.fromkeys(map(str, kinds)), **counts}]


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now.astimezone(UTC) - since).total_seconds()) if since else 0.0
