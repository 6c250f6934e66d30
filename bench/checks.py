"""The checks that are measured: every page through the real check, on a real database file."""

import gc
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from sqlmodel import Session

from alerts.domain.messages import Recipients, Target
from alerts.domain.settings import TopicSettings
from alerts.routing.route import route
from alerts.topics.index import TopicIndex
from bench.site import Site
from monitor.changes.apply import Settled
from monitor.changes.write_behind import Unchanged
from monitor.check import check
from monitor.commitments.overdue import Lapsing
from monitor.domain.settings import DEFAULT, SourceSettings
from monitor.domain.types import Outcome
from monitor.fetch.client import make_client
from monitor.fetch.egress import allowing_private
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.locks import FileTurns
from monitor.fetch.politeness.turns import Politeness
from service.database.database import Database, open_database

_CHANNEL = "desk"
_LAPSING = Lapsing(UTC, promises=True, months=frozenset({12}))
# Two of these match most rows of the pages, one a few, two none.
_WORDS = (("CBP", "border*"), ("Customs",), ("drone*", "vetting"), ("hurricane",), ("number:OIG-99-1",))
# Few enough that SQLite does not begin its log again while it is measured.
_MOST_FOR_DISK = 100


class BenchError(Exception):
    """A check did not do what it was measured for, so its figure would mean nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """The figures of one run: CPU in milliseconds a check, sizes in bytes a page."""

    not_modified: float
    same_bytes: float
    changed: float
    log_per_unchanged: float
    written_per_unchanged: float | None
    snapshot_per_version: float
    file_per_version: float


class Bench:
    """The checks of all pages against one database file."""

    def __init__(self, site: Site, fetcher: Fetcher, file: Path, pages: int) -> None:
        self._site = site
        self._fetcher = fetcher
        self.file = file
        self._sources = {
            f"page-{n}": SourceSettings.model_validate(
                {"url": site.url(n), "profile": "dhs-oig", "delay": timedelta(0), "allow_private": True}
            )
            for n in range(pages)
        }
        self._database: Database = open_database(f"sqlite:///{file}")
        self._router = _Router()
        self._unchanged = Unchanged()
        self.turns = FileTurns(
            file.with_name("turns"), self._database.read, self._database.note, _now, {DEFAULT: 10**9}
        )

    def close(self) -> None:
        """Close the database file."""
        self._database.close()

    def first_look(self) -> float:
        """Check every page for the first time; give the CPU milliseconds per check."""
        return self._measured(Outcome.BASELINE, version=0, etags=True, status=200)

    def run(self, version: int) -> Run:
        """Check every page unchanged in both ways, then with the row that this version adds."""
        first = self._stored()
        self._site.show(version - 1, etags=True)
        self._check_all(len(self._sources))  # after news a source is read from the database once
        self._site.show(version - 1, etags=True)
        not_modified = self._measured(Outcome.UNCHANGED, version=version - 1, etags=True, status=304)
        log, written = self._written_by_unchanged()
        same_bytes = self._measured(Outcome.UNCHANGED, version=version - 1, etags=False, status=200)
        changed = self._measured(Outcome.CHANGED, version=version, etags=True, status=200)
        body, whole = (after - before for after, before in zip(self._stored(), first, strict=True))
        count = len(self._sources)
        return Run(not_modified, same_bytes, changed, log, written, body / count, whole / count)

    def _measured(self, expected: Outcome, *, version: int, etags: bool, status: int) -> float:
        """Check every page once; give the CPU milliseconds of this process per check."""
        self._site.show(version, etags=etags)
        gc.collect()
        started = time.process_time()
        outcomes = self._check_all(len(self._sources))
        spent = time.process_time() - started
        answered = self._site.show(version, etags=etags)
        if outcomes != {expected: len(self._sources)} or answered != {status: len(self._sources)}:
            raise BenchError(f"expected {expected} from {status} throughout; got {outcomes} from {answered}")
        return spent * 1000 / len(self._sources)

    def _check_all(self, most: int) -> Counter[Outcome]:
        outcomes = Counter(self._check(key).outcome for key in list(self._sources)[:most])
        with self._database.write() as session:  # as the service does every few seconds
            self._unchanged.write(session)
            self.turns.write_counts(session)
        return outcomes

    def _check(self, key: str) -> Settled:
        return check(
            key,
            self._sources[key],
            read=self._database.read,
            write=self._database.write,
            fetcher=self._fetcher,
            clock=_now,
            route=self._router,
            unchanged=self._unchanged,
            lapsing=_LAPSING,
        )

    def _written_by_unchanged(self) -> tuple[float, float | None]:
        """Return the growth of SQLite's log per check, and the bytes the kernel counts."""
        self._work_log_in()
        count, before = min(len(self._sources), _MOST_FOR_DISK), _written_bytes()
        self._check_all(count)
        log = self.file.with_name(f"{self.file.name}-wal").stat().st_size
        self._work_log_in()
        after = _written_bytes()
        return log / count, None if before is None or after is None else (after - before) / count

    def _stored(self) -> tuple[int, int]:
        """Return the bytes of all snapshot bodies, and of the whole file."""
        self._work_log_in()
        with closing(sqlite3.connect(self.file)) as connection:
            found = connection.execute("SELECT coalesce(sum(length(body)), 0) FROM snapshot_body").fetchone()
        return int(found[0]), self.file.stat().st_size

    def _work_log_in(self) -> None:
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Router:
    """The real routing, for five topics and one channel nobody sends to."""

    def __init__(self) -> None:
        self._topics = {
            f"topic-{n}": TopicSettings.model_validate(
                {"match": {"any": words}, "send": {"immediately": _CHANNEL}}
            )
            for n, words in enumerate(_WORDS)
        }
        self._index = TopicIndex(self._topics)
        target = Target(_CHANNEL, "desk@example.org", SecretStr("mailto://localhost"), "email")
        self._recipients = Recipients({_CHANNEL: (target,)}, {_CHANNEL: timedelta(days=3)})

    def __call__(self, session: Session, settled: Settled) -> None:
        route(
            session,
            settled.change_ids,
            index=self._index,
            topics=self._topics,
            recipients=self._recipients,
            now=_now(),
        )


@contextmanager
def bench_of(site: Site, pages: int) -> Iterator[Bench]:
    """Return a bench on a fresh database file, with connections that are already open."""
    with TemporaryDirectory() as folder, make_client(None, "bench") as client:
        politeness = Politeness()
        bench = Bench(site, Fetcher(client, _now, politeness), Path(folder) / "bench.sqlite", pages)
        politeness.shared = bench.turns
        try:
            # The first request of a host also asks for its robots.txt.
            client.get(site.url(0), extensions=allowing_private(True))
            yield bench
        finally:
            bench.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _written_bytes() -> int | None:
    """Return the bytes that this process has written to disk so far, or None if not counted."""
    try:
        lines = Path("/proc/self/io").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("write_bytes:")), None)
