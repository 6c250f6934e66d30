"""What do hundreds of versions of one page take? Kept one after the other, then all read back.

`python -m bench.versions` prints the figures: a listing of its newest 50 rows, one new in each version.
"""

import argparse
import hashlib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import func, select

from bench.checks import BenchError
from bench.pages import newest_rows
from monitor.domain.types import Page
from monitor.store.models import SnapshotBody
from monitor.store.page_bodies import keep_body, stored_body
from service.database.database import Database, open_database
from service.demo.fakes.replica import seed_reports


@dataclass(frozen=True, slots=True)
class Versions:
    """Bytes and CPU milliseconds a version, and how many are kept whole."""

    whole: int  # bytes of the first version, compressed
    stored: float
    kept_whole: int
    keeping: float
    reading: float


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; give the exit code."""
    parser = argparse.ArgumentParser(prog="bench.versions", description=__doc__.partition("\n")[0])
    parser.add_argument("--versions", type=int, default=500, help="default: 500")
    count = parser.parse_args(arguments).versions
    found = measure(count)
    print(
        f"{count} versions: {found.stored:,.0f} B each, {found.kept_whole} of them whole"
        f" (the first {found.whole:,} B); keeping {found.keeping:.2f} ms, reading {found.reading:.2f} ms"
    )
    return 0


def measure(count: int) -> Versions:
    """Store `count` versions in a database file of their own, and read each."""
    pages = list(_pages(count))
    with TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
        try:
            keeping, reading = _kept(database, pages), _read(database, pages)
            with database.read() as session:
                size = func.length(SnapshotBody.body)
                whole = select(func.count()).where(SnapshotBody.depth == 0)
                first = select(size).where(SnapshotBody.sha256 == pages[0].sha256)
                total = session.exec(select(func.sum(size))).one()
                return Versions(
                    session.exec(first).one(),
                    total / count,
                    session.exec(whole).one(),
                    keeping * 1000 / count,
                    reading * 1000 / count,
                )
        finally:
            database.close()


def _pages(count: int) -> Iterator[Page]:
    seeds, now = seed_reports(), datetime.now(UTC)
    for version in range(count):
        body = newest_rows(seeds, 1, version)
        yield Page("https://a.example/", "https://a.example/", body, hashlib.sha256(body).hexdigest(), now)


def _kept(database: Database, pages: Sequence[Page]) -> float:
    spent, before = 0.0, list[str]()
    for page in pages:
        with database.write() as session:
            started = time.process_time()
            keep_body(session, page, before)
            spent += time.process_time() - started
        before = [page.sha256]
    return spent


def _read(database: Database, pages: Sequence[Page]) -> float:
    started = time.process_time()
    with database.read() as session:
        for page in pages:
            if stored_body(session, page.sha256) != page.body:
                raise BenchError(f"the version {page.sha256} is not what it was")
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
