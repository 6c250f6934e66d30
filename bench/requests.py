"""How often is a publisher asked? A long listing for one day: quick looks and one sweep, against full walks.

`python -m bench.requests` prints the table. The clock of the day is moved by hand; every request is real.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session, col, select

from bench.checks import BenchError
from monitor.changes.apply import Settled
from monitor.check import check
from monitor.domain.settings import SourceSettings
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from monitor.store.models import Change
from service.database.database import Database, open_database
from service.demo.fakes.replica.pages import LISTING_PATH, ReplicaRow
from service.demo.fakes.replica.seeds import seed_reports
from service.demo.fakes.replica.site import ReplicaSite, Reply

_DAY = timedelta(days=1)
_FIRST = date(2026, 3, 1)
_LINE = "{:<44} {:>9} {:>14}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a site was asked in a day: requests, and bytes of pages sent."""

    requests: int
    sent: int


@dataclass(frozen=True, slots=True)
class Found:
    """A day's figures: naive walks, quick looks with one sweep, and what they had to find."""

    rows: int
    pages: int
    checks: int
    published: int
    naive: Asked
    ours: Asked


class _Counting(ReplicaSite):
    """Counts what it sends. Pages only: robots.txt is asked for once a day by either way."""

    sent = 0
    asked = 0

    def reply(self, method: str, target: str, headers: dict[str, str]) -> Reply:
        """Answer as the replica does."""
        reply = super().reply(method, target, headers)
        if target.startswith(LISTING_PATH):
            self.asked += 1
            self.sent += len(reply.body)
        return reply

    def take(self) -> Asked:
        """Return what was asked since the last time."""
        taken = Asked(self.asked, self.sent)
        self.asked = self.sent = 0
        return taken


class _World:
    """One site, one watch of it, and a clock."""

    def __init__(self, site: _Counting, database: Database, every: timedelta) -> None:
        self.site = site
        self.database = database
        self.now = datetime(2026, 3, 2, tzinfo=UTC)
        self._source = SourceSettings.model_validate(
            {
                "url": site.url(LISTING_PATH),
                "profile": "dhs-oig",
                "every": every,
                "full_sweep": _DAY,
                "delay": timedelta(0),
                "allow_private": True,
            }
        )
        self._client = make_client(None, "bench")
        self._fetcher = Fetcher(self._client, lambda: self.now, Politeness())

    def close(self) -> None:
        self._client.close()

    def check(self) -> Settled:
        """Check the listing at this moment."""
        return check(
            "listing",
            self._source,
            read=self.database.read,
            write=self.database.write,
            fetcher=self._fetcher,
            clock=lambda: self.now,
            route=lambda _session, _settled: None,
        )

    def walk_naively(self) -> Asked:
        """Ask for every page as a program does that remembers nothing; give what that took."""
        self.site.validators = False
        with TemporaryDirectory() as folder, _opened(Path(folder)) as database:
            naive = _World(self.site, database, _DAY)
            naive.check()
            naive.close()
        self.site.validators = True
        return self.site.take()


def measure(rows: int, page_rows: int, every: timedelta, published: int) -> Found:
    """Play one day after the first sweep; raise BenchError where a report was found late or not at all."""
    seeds = seed_reports()
    reports = [_report(seeds, number) for number in range(rows + published)]
    with (
        _Counting(reports[:rows]) as site,
        TemporaryDirectory() as folder,
        _opened(Path(folder)) as database,
    ):
        site.listing_page_size = page_rows
        world = _World(site, database, every)
        _require(world.check().rows == rows, "the first sweep did not see every row")
        site.take()
        one_walk = world.walk_naively()
        checks = int(_DAY / every)
        due = {checks * (n + 1) // (published + 1): report for n, report in enumerate(reports[rows:])}
        for number in range(1, checks + 1):
            world.now += every
            new = due.get(number)
            if new:
                site.reports.insert(0, new)
            swept = world.check()
            _require(len(swept.change_ids) == bool(new), f"check {number} found {swept.change_ids}")
        ours = site.take()
        _require(swept.complete and swept.rows == rows + published, "the day's sweep did not see every row")
        with database.read() as session:
            _require(_kinds(session) <= {"new_report"}, "something was found that never happened")
        world.close()
    naive = Asked(one_walk.requests * checks, one_walk.sent * checks)
    return Found(rows, -(-rows // page_rows), checks, published, naive, ours)


@contextmanager
def _opened(folder: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{folder / 'bench.db'}")
    try:
        yield database
    finally:
        database.close()


def _kinds(session: Session) -> set[str]:
    return set(session.exec(select(col(Change.kind))))


def _require(so: bool, otherwise: str) -> None:
    if not so:
        raise BenchError(otherwise)


def _report(seeds: list[ReplicaRow], number: int) -> ReplicaRow:
    """Return a report; a higher number is a newer one."""
    seed = seeds[number % len(seeds)]
    name = f"OIG-{10 + number // 200}-{number % 200 + 1:02}"
    issued = _FIRST - timedelta(days=4000) + timedelta(days=number)
    return {
        **seed,
        "report_number": name,
        "title": f"{seed['title']} ({number})",
        "issue_date": issued.isoformat(),
        "fiscal_year": issued.year,
        "href": f"/sites/default/files/{name}.pdf",
    }


def as_table(found: Found) -> str:
    """Return the figures for a reader with 80 columns."""
    minutes = int(_DAY / timedelta(minutes=1)) // found.checks
    share = found.naive.requests / found.ours.requests
    return "\n".join(
        [
            f"{found.rows:,} rows on {found.pages} pages, looked at every {minutes} minutes for a day,"
            f" {found.published} new reports",
            "",
            _LINE.format("", "requests", "bytes of pages"),
            "-" * 69,
            _LINE.format(
                "every page each time, nothing remembered", _number(found.naive.requests), _mb(found.naive)
            ),
            _LINE.format("quick looks and one sweep", _number(found.ours.requests), _mb(found.ours)),
            "",
            f"{share:.0f} times fewer requests, {found.naive.sent / max(found.ours.sent, 1):.0f} times fewer"
            " bytes; each new report was found by the first check after it came.",
            "The first line is one measured walk times the number of looks.",
        ]
    )


def _number(value: int) -> str:
    return f"{value:,}"


def _mb(asked: Asked) -> str:
    return f"{asked.sent / 1e6:,.1f} MB"


def main(arguments: list[str] | None = None) -> int:
    """Run it; give the exit code."""
    parser = argparse.ArgumentParser(prog="bench.requests", description="How often a publisher is asked.")
    parser.add_argument("--rows", type=int, default=2_400, help="rows of the listing (default: 2400)")
    parser.add_argument("--minutes", type=int, default=15, help="between two looks (default: 15)")
    parser.add_argument("--new", type=int, default=3, help="reports published that day (default: 3)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    asked = parser.parse_args(arguments)
    try:
        found = measure(asked.rows, 50, timedelta(minutes=asked.minutes), asked.new)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(found), indent=2) if asked.json else as_table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
