"""Trouble of the sources on one host, and its end: few notices, however many sources read from it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import PurePath
from typing import Any

from sqlmodel import Session

from alerts.domain.models import GATHERED_FOR
from alerts.outbox.gathered import Gathered, Names, Occasion, gather, gathered_about, take_back
from monitor.changes.apply import Health
from monitor.fetch.politeness.leases import host_name
from monitor.store.checks import last_reasons
from monitor.store.models import Source
from monitor.store.sources import source_health
from service.runtime.app import Watch
from service.runtime.notices import Notice, recovery_notice, refusal_notice, trouble_notice

_AT_ONCE = timedelta(0)
_TRIES = 3  # another process may report the same at the same time
_RECOVERY, _REFUSAL = "recovery", "refusal"
_PLACE = re.compile(r"\S*[/\\]\S*")  # an address or a path, of which each source has its own
_NUMBER = re.compile(r"(?<!answered )\b\d[\d.,]*")


def notify_of_health(watch: Watch, session: Session, health: Health, now: datetime) -> None:
    """Queue the notice that a source is in trouble or can be read again, together with others of its host.

    The first notice of an outage goes at once and names all sources that fail there for the same reason by
    now. Those that join later, and those that recover while others do not, are gathered for an hour.
    """
    for _ in range(_TRIES):
        host = _Host(watch, session, health, now)
        if host.notify_of_recovery() if health.well else host.notify_of_trouble():
            return


@dataclass(frozen=True)
class _Host:
    """The host of a source whose health has turned, and what is reported of its sources."""

    watch: Watch
    session: Session
    health: Health
    now: datetime

    def notify_of_trouble(self) -> bool:
        """Return False where another process has just reported on this host."""
        health = self.health
        occasion = _REFUSAL if health.refused else f"trouble {_without_places(health.reasons)}"
        reported = {
            name for one in self._reported if one.occasion == occasion for name in self._failing_of(one)
        }
        if health.source in reported or (health.refused and reported):
            return True
        failing = {health.source: health.since, **({} if health.refused else self._failing_alike())}
        names = {name: since.isoformat() for name, since in failing.items() if name not in reported}
        stored = {**asdict(health), "since": health.since.isoformat(), "reasons": list(health.reasons)}
        facts = {"health": stored, "url": self.watch.settings.sources[health.source].url}
        return self._gather(occasion, names, facts, GATHERED_FOR if reported else _AT_ONCE)

    def notify_of_recovery(self) -> bool:
        """Return False where another process has just reported on this host."""
        key, since = self.health.source, self.health.since.isoformat()
        naming = [one.occasion for one in self._reported if one.names.get(key) == since]
        if not (self.health.told or naming):
            return True
        for occasion in naming:
            take_back(self.session, self._occasion(occasion), key, self.now)
        return self._gather(_RECOVERY, {key: since}, {}, GATHERED_FOR if self._failing else _AT_ONCE)

    def _gather(self, occasion: str, names: Names, facts: Mapping[str, Any], wait: timedelta) -> bool:
        about = self._occasion(occasion)
        return gather(self.session, self.watch.operators, about, names, facts, self.now, wait)

    def _occasion(self, name: str) -> Occasion:
        return Occasion(self._place, name, self._recovery if name == _RECOVERY else self._trouble)

    def _trouble(self, names: Names, facts: Mapping[str, Any]) -> Notice:
        stored = facts["health"]
        since, reasons = datetime.fromisoformat(stored["since"]), tuple(stored["reasons"])
        health = Health(**{**stored, "since": since, "reasons": reasons})
        if health.refused:
            return refusal_notice(health, self._place, list(self._sources))
        room = self.watch.settings.reading_room.url
        return trouble_notice(self._place, sorted(names), health, facts["url"], self.watch.zone, room)

    def _recovery(self, names: Names, _facts: Mapping[str, Any]) -> Notice:
        return recovery_notice(self._place, names, sorted(self._failing), self.watch.zone)

    @cached_property
    def _place(self) -> str:
        return _place_of(self.watch, self.health.source)

    @cached_property
    def _sources(self) -> dict[str, Source | None]:
        """Return the sources of this host in the watch file, each with its state where it was checked."""
        states = {one.key: one for one in source_health(self.session)}
        known = self.watch.settings.sources
        return {key: states.get(key) for key in known if _place_of(self.watch, key) == self._place}

    @cached_property
    def _reported(self) -> list[Gathered]:
        return gathered_about(self.session, self._place, self.now)

    def _failing_of(self, notice: Gathered) -> list[str]:
        """Return the sources in a notice that have been in trouble ever since."""
        states = {name: self._sources.get(name) for name in notice.names}
        return [
            name
            for name, state in states.items()
            if state and state.trouble_since and state.trouble_since.isoformat() == notice.names[name]
        ]

    @cached_property
    def _failing(self) -> set[str]:
        """Return the sources of this host that are reported as failing, and do."""
        told = {name for name, state in self._sources.items() if state and state.trouble_told}
        return told.union(*map(self._failing_of, self._reported))

    def _failing_alike(self) -> dict[str, datetime]:
        """Return the sources of this host that fail for the same reason, and since when."""
        failing = [state for state in self._sources.values() if state and state.trouble_since]
        reasons = last_reasons(self.session, [state.id for state in failing])
        wanted = _without_places(self.health.reasons)
        return {
            state.key: state.trouble_since
            for state in failing
            if state.trouble_since and _without_places(reasons.get(state.id, ())) == wanted
        }


def _place_of(watch: Watch, key: str) -> str:
    """Return the host that a source reads from, or the folder of its file."""
    source = watch.settings.sources[key]
    return host_name(source.url) if source.is_web else str(PurePath(source.url).parent)


def _without_places(reasons: Iterable[str]) -> str:
    """Return reasons without what each source has its own of: addresses and figures, not HTTP statuses."""
    return " ".join(_NUMBER.sub("N", _PLACE.sub("", "; ".join(reasons))).split())
