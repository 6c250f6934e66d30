"""Does a long history make a check dearer? The same pages checked beside few records and beside many.

`python -m bench.growth` prints the table. The history is made in bulk: sources, records, their versions,
links and changes, as years of checks would have left them.
"""

import argparse
import json
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench.checks import Bench, Run, bench_of
from bench.site import Site

_RECORDS_A_SOURCE = 2_500
_CHANGED_SHARE = 5  # one record in five has changed once


@dataclass(frozen=True, slots=True)
class Grown:
    """What checks cost with a history of `records` records: medians, in CPU milliseconds a check."""

    records: int
    megabytes: float
    not_modified: float
    changed: float
    written: float  # bytes, by an unchanged check


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; give the exit code."""
    parser = argparse.ArgumentParser(prog="bench.growth", description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, default=1_000_000, help="the many (default: 1000000)")
    parser.add_argument("--few", type=int, default=1_000, help="the few (default: 1000)")
    parser.add_argument("--pages", type=int, default=40, help="pages checked (default: 40)")
    parser.add_argument("--repeats", type=int, default=5, help="default: 5")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    asked = parser.parse_args(arguments)
    few, many = measure((asked.few, asked.records), asked.pages, asked.repeats)
    if asked.json:
        print(json.dumps({"few": asdict(few), "many": asdict(many)}, indent=2))
        return 0
    for one in (few, many):
        print(
            f"{one.records:>10,} records, {one.megabytes:,.0f} MB: 304 {one.not_modified:.2f} ms,"
            f" one new row {one.changed:.2f} ms, {one.written:,.0f} B of log by an unchanged check"
        )
    print(
        f"many against few: 304 {many.not_modified / few.not_modified:.2f}x,"
        f" one new row {many.changed / few.changed:.2f}x (the aim is at most 1.2x)"
    )
    return 0


def measure(sizes: Sequence[int], pages: int, repeats: int) -> tuple[Grown, ...]:
    """Return what checks cost beside each size of history; the sizes take turns, run by run."""
    with Site(pages) as site:
        found: list[Grown] = []
        runs: list[list[Run]] = [[] for _ in sizes]
        sizes_of_files = []
        with bench_of(site, pages) as few, bench_of(site, pages) as many:
            benches: list[Bench] = [few, many]
            for bench, size in zip(benches, sizes, strict=True):
                grow(bench.file, size)
                sizes_of_files.append(bench.file.stat().st_size / 1e6)
                bench.first_look()
            for version in range(1, repeats + 1):
                for bench, done in zip(benches, runs, strict=True):
                    done.append(bench.run(version))
        for size, megabytes, done in zip(sizes, sizes_of_files, runs, strict=True):
            found.append(
                Grown(
                    size,
                    megabytes,
                    median(run.not_modified for run in done),
                    median(run.changed for run in done),
                    median(run.log_per_unchanged for run in done),
                )
            )
    return tuple(found)


def grow(file: Path, records: int) -> None:
    """Write a history of `records` records into our database, which is still empty."""
    sources = -(-records // _RECORDS_A_SOURCE)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for statement in _STATEMENTS:
            connection.execute(statement, {"sources": sources, "records": records})
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("ANALYZE")
        connection.commit()


_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :{}) "
_AT = "'2025-01-01 12:00:00.000000'"
_DAY = "date('2000-01-01', '+' || (i % 9000) || ' days')"
_FIELDS = f"""json_object(
 'report_number', printf('OIG-%02d-%d', i % 25, i),
 'title', printf('Review number %d of what a component does at the border and in the interior', i),
 'abstract', NULL, 'issue_date', {_DAY}, 'fiscal_year', 2000 + i % 25, 'agency', NULL,
 'url', printf('https://example.org/%d.pdf', i))"""
_STATEMENTS = [
    _NUMBERS.format("sources")
    + f"""INSERT INTO source (key, reading, created_at, last_checked_at, last_accepted_at, last_swept_at,
 unchanged_checks, rows, complete, unresolved, troubles, trouble_told, linked_by)
 SELECT 'old-' || i, 'dhs-oig@1', {_AT}, {_AT}, {_AT}, {_AT}, 0, {_RECORDS_A_SOURCE}, 1, 0, 0, 0, 1
 FROM n""",
    _NUMBERS.format("sources")
    + f"""INSERT INTO "check" (source_id, started_at, finished_at, outcome, times, pages, rows, complete,
 reasons) SELECT i, {_AT}, {_AT}, 'baseline', 1, 1, {_RECORDS_A_SOURCE}, 1, '[]' FROM n""",
    _NUMBERS.format("records")
    + f"""INSERT INTO record (source_id, key, kind, fields, fingerprint, listed, snapshot_sha256,
 first_seen_at, changed_at) SELECT 1 + i / {_RECORDS_A_SOURCE + 1}, printf('OIG-%02d-%d', i % 25, i),
 'report', {_FIELDS}, printf('%032x', i), 1, printf('%064x', i), {_AT}, {_AT} FROM n""",
    f"""INSERT INTO record_version (record_id, check_id, seen_at, listed, snapshot_sha256, fields)
 SELECT id, source_id, {_AT}, 1, snapshot_sha256, fields FROM record""",
    """INSERT INTO link (record_id, thing_id, number, link, issued, fiscal_year)
 SELECT id, id, key, 'example.org/' || id || '.pdf', fields ->> 'issue_date', fields ->> 'fiscal_year'
 FROM record""",
    f"""INSERT INTO change (source_id, record_id, check_id, kind, before, after, seen_at, after_sha256)
 SELECT source_id, id, source_id, 'title_revised', '{{"title":"before"}}', '{{"title":"after"}}', {_AT},
 snapshot_sha256 FROM record WHERE id % {_CHANGED_SHARE} = 0""",
    """INSERT INTO routing (change_id, decision, topics) SELECT id, 'no_topic', '[]' FROM change""",
]


if __name__ == "__main__":
    sys.exit(main())
