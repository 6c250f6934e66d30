"""How large does the database become? Ten years of hourly checks of 100 sources, measured on a sample.

`python -m bench.decade` prints the table. The sample is one source, checked every hour through the real code
against the replica: its page of 50 rows changes a few times a week, and a changed row is alerted. What it
adds to each table, with its indexes, is divided by the checks and changes that added it, and multiplied.
"""

import argparse
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from alerts.channels.services import check_url
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from monitor.profiles.registry import PROFILES
from service.database.database import open_database
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite, seed_reports
from service.demo.week import Clock
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.watchfile.load import load

_BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
_WATCH_FILE = """\
database: sqlite:///{folder}/bench.db
sources: {{audits: {{profile: dhs-oig, url: "{url}", allow_private: true}}}}
channels: {{desk: {{to: "json://127.0.0.1:9/x", allow_private: true}}}}
topics: {{all: {{send: {{immediately: desk}}}}}}
"""
# Tables by what makes them grow; a table stands for its indexes too.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "pages": ("snapshot", "snapshot_body"),
    "checks": ("check",),
    "records and versions": ("record", "record_version", "link"),
    "changes": ("change", "routing"),
    "messages": ("outbox", "outbox_entry", "delivery"),
}


@dataclass(frozen=True, slots=True)
class Decade:
    """The bytes that were measured, and what they come to."""

    checks: int
    changes: int
    first: dict[str, int]  # bytes that the first check of a source takes, by kind
    per_change: dict[str, float]  # bytes that a check with one change adds, by kind
    per_unchanged: float  # bytes that a check which finds nothing adds
    changes_a_source: int
    gib: float


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; give the exit code."""
    parser = argparse.ArgumentParser(prog="bench.decade", description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=60, help="days of the sample (default: 60)")
    parser.add_argument("--changes", type=int, default=3, help="changes of a source a week (default: 3)")
    parser.add_argument("--sources", type=int, default=100, help="default: 100")
    parser.add_argument("--years", type=int, default=10, help="default: 10")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    asked = parser.parse_args(arguments)
    found = measure(asked.days, asked.changes, asked.sources, asked.years)
    if asked.json:
        print(json.dumps(asdict(found), indent=2))
        return 0
    print(f"sample: {found.checks:,} hourly checks, {found.changes:,} with a change")
    print(f"{'':<22}{'first check':>14}{'a change':>12}")
    for kind, size in found.first.items():
        print(f"{kind:<22}{size:>12,} B{found.per_change.get(kind, 0):>10,.0f} B")
    print(f"a check that finds nothing: {found.per_unchanged:.2f} B")
    print(
        f"{asked.years} years of hourly checks of {asked.sources} sources with {found.changes_a_source:,}"
        f" changes each: {found.gib:.2f} GiB, without documents"
    )
    return 0


def measure(days: int, changes_a_week: int, sources: int, years: int) -> Decade:
    """Return what a sample of some days takes, and what that comes to for many sources and years."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder, clock = Path(name), Clock(_BEGIN)
        site = stack.enter_context(ReplicaSite(seed_reports()[:50], now=clock))
        watch = _watch(folder, site, clock, stack)
        empty = _sizes(folder)
        check_source(watch, "audits")
        first = _sizes(folder)
        every, changes = 7 * 24 // changes_a_week, 0
        for hour in range(1, days * 24 + 1):
            clock.move_to(_BEGIN + timedelta(hours=hour))
            if hour % every == 0:
                changes += 1
                row = site.reports[changes % len(site.reports)]
                row["title"] = f"{str(row['title']).partition(' (')[0]} (revised on day {hour // 24})"
            check_source(watch, "audits")
        last = _sizes(folder)
        for hour in range(days * 24 + 1, days * 24 + 241):
            clock.move_to(_BEGIN + timedelta(hours=hour))
            check_source(watch, "audits")
        calm = _sizes(folder)
    in_all = years * 52 * changes_a_week
    begun = {kind: first[kind] - empty[kind] for kind in first}
    grown = {kind: (last[kind] - first[kind]) / changes for kind in first}
    unchanged = (sum(calm.values()) - sum(last.values())) / 240
    hours = years * 365 * 24
    total = sources * (sum(begun.values()) + in_all * sum(grown.values()) + hours * unchanged)
    return Decade(days * 24 + 1, changes, begun, grown, unchanged, in_all, total / 2**30)


def _watch(folder: Path, site: ReplicaSite, clock: Clock, stack: ExitStack) -> Watch:
    written = folder / "watch.yaml"
    written.write_text(_WATCH_FILE.format(folder=folder, url=site.url(LISTING_PATH)), encoding="utf-8")
    settings = load(written, {}, check_url=check_url, profiles=PROFILES)
    database = open_database(settings.database)
    stack.callback(database.close)
    client = stack.enter_context(make_client("watch@example.org", "1.0"))
    return Watch.of(settings, database, Fetcher(client, clock, Politeness(clock.seconds, clock.sleep)), clock)


def _sizes(folder: Path) -> dict[str, int]:
    """Return the bytes by kind of table; of a page of the file, only what is in use."""
    found: Counter[str] = Counter()
    with closing(sqlite3.connect(folder / "bench.db")) as connection:
        owners = dict(connection.execute("SELECT name, tbl_name FROM sqlite_schema"))
        for name, size in connection.execute("SELECT name, sum(pgsize - unused) FROM dbstat GROUP BY name"):
            found[_kind_of(owners.get(name, name))] += size
    return {kind: found[kind] for kind in (*_KINDS, "the rest")}


def _kind_of(table: str) -> str:
    owner = "record_version" if table.startswith("record_search") else table  # the index of all texts
    return next((kind for kind, tables in _KINDS.items() if owner in tables), "the rest")


if __name__ == "__main__":
    sys.exit(main())
