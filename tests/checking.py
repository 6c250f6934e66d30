"""A source under test: a real database, the replica site, and a clock that moves between checks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from monitor.changes.apply import Settled
from monitor.changes.write_behind import Unchanged
from monitor.check import check
from monitor.domain.settings import SourceSettings
from monitor.fetch.fetcher import Fetcher
from monitor.store.changes import ChangeView, latest_changes
from monitor.store.models import Change
from service.database.database import Database
from tests.clock import FrozenClock


@dataclass
class Checker:
    """Checks sources one after the other, two hours apart."""

    database: Database
    fetcher: Fetcher
    clock: FrozenClock
    route: Callable[[Session, Settled], None] = lambda _session, _settled: None
    unchanged: Unchanged | None = None

    def check(self, url: str, key: str = "source", *, accept: bool = False, **settings: Any) -> Settled:
        """Check a source now, then let two hours pass."""
        settled = check(
            key,
            SourceSettings(url=url, **{"allow_private": True, **settings}),
            read=self.database.read,
            write=self.database.write,
            fetcher=self.fetcher,
            clock=self.clock,
            route=self.route,
            accept=accept,
            unchanged=self.unchanged,
            documents=self.fetcher,
        )
        self.clock.advance(timedelta(hours=2))
        return settled

    def changes(self) -> list[ChangeView]:
        """Give all changes, oldest first."""
        with self.database.read() as session:
            return list(reversed(latest_changes(session, limit=10_000)))

    def count(self) -> int:
        """Give the number of recorded changes."""
        with self.database.read() as session:
            return len(session.exec(select(Change.id)).all())
