"""What several workers get done on one PostgreSQL, and what a check costs as sources and records become many.

`python -m bench.fleet` prints both. Server, site and workers share this machine: more workers than cores show
what they cost each other, not what more machines would bring.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from bench.checks import BenchError
from bench.site import Site
from service.database.database import open_database
from tests.postgres_server import Server, server

_HOSTS = 250  # in one row of loopback addresses
_TICK = os.sysconf("SC_CLK_TCK")
_CHECKS = 'SELECT (SELECT coalesce(sum(unchanged_checks), 0) FROM source) + (SELECT count(*) FROM "check")'
_LOOKED = "SELECT count(*) FROM source WHERE last_accepted_at IS NOT NULL AND key LIKE 's%'"
_CHANGED = "SELECT count(*) FROM \"check\" WHERE outcome = 'changed'"
_PATIENCE = 900.0  # seconds, for the first check at everything
_AT_ONCE = "40"  # the first checks wait a second each, between robots.txt and page
_RECORDS_A_SOURCE = 2_500


@dataclass(frozen=True, slots=True)
class Work:
    """What a fleet got done: checks a second, and CPU milliseconds a check of workers and server."""

    per_second: float
    worker_ms: float
    server_ms: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; give the exit code."""
    parser = argparse.ArgumentParser(prog="bench.fleet", description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", default="1,2,4", help="sizes of the fleet (default: 1,2,4)")
    parser.add_argument("--sources", type=int, default=200, help="checked without a pause (default: 200)")
    parser.add_argument("--seconds", type=float, default=20.0, help="measured each time (default: 20)")
    parser.add_argument(
        "--beside",
        default="0:1000,10000:1000000",
        help="sources at rest and records in the database, beside which one worker is measured",
    )
    asked = parser.parse_args(arguments)
    with (
        TemporaryDirectory(prefix="oversight-watch-bench-") as folder,
        _reachable(Path(folder)),
        server(lasting=Path(folder)) as running,
        Site(asked.sources) as site,
    ):
        urls = [site.url(n) for n in range(asked.sources)]
        for workers in filter(None, asked.workers.split(",")):
            with running.fresh(migrated=False) as url, _fleet(url, urls, int(workers)) as fleet:
                site.show(0, etags=True)
                _wait(url, _LOOKED, len(urls))
                print(
                    f"{workers} worker(s), unchanged: {_said(_measured(url, fleet, running, asked.seconds))}"
                )
        for pair in filter(None, asked.beside.split(",")):
            asleep, records = map(int, pair.split(":"))
            site.show(0, etags=True)
            with running.fresh(migrated=False) as url:
                _grow(url, asleep, records)
                with _fleet(url, urls, 1, asleep) as fleet:
                    _wait(url, _LOOKED, len(urls))
                    unchanged = _measured(url, fleet, running, asked.seconds)
                    began = _spent(url, fleet, running)
                    site.show(1, etags=True)
                    _wait(url, _CHANGED, len(urls))
                    changed = _between(began, _spent(url, fleet, running), per=len(urls))
                    size = _asked(url, "SELECT pg_database_size(current_database())") / 1e9
            print(f"beside {asleep:,} sources and {records:,} records ({size:.1f} GB)")
            print(f"  unchanged: {_said(unchanged)}\n  one new row: {_said(changed)}", flush=True)
    return 0


def _said(work: Work) -> str:
    return (
        f"{work.per_second:,.0f} checks a second, {work.worker_ms:.1f} ms of CPU in the workers and"
        f" {work.server_ms:.1f} ms in the server a check"
    )


@dataclass(frozen=True, slots=True)
class _Spent:
    at: float
    checks: float
    workers: float  # CPU seconds
    server: float


def _measured(url: str, fleet: Sequence[int], running: Server, seconds: float) -> Work:
    began = _spent(url, fleet, running)
    time.sleep(seconds)
    return _between(began, _spent(url, fleet, running))


def _spent(url: str, fleet: Sequence[int], running: Server) -> _Spent:
    return _Spent(time.monotonic(), _asked(url, _CHECKS), _cpu(fleet), _server_cpu(running))


def _between(began: _Spent, ended: _Spent, per: int | None = None) -> Work:
    checks = per or ended.checks - began.checks
    if not checks:
        raise BenchError("no check ended in the time that was measured; --seconds takes more than a tick, 5")
    return Work(
        checks / (ended.at - began.at),
        1000 * (ended.workers - began.workers) / checks,
        1000 * (ended.server - began.server) / checks,
    )


@contextmanager
def _fleet(url: str, urls: Sequence[str], workers: int, asleep: int = 0) -> Iterator[list[int]]:
    """Start workers that check addresses as fast as they can; give their process numbers."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "watch.yaml"
        path.write_text(_watch_file(url, urls, asleep))
        command = [sys.executable, "-m", "service.cli.main", "worker", "--at-once", _AT_ONCE, "-w", str(path)]
        with (path.parent / "log").open("wb") as log:
            fleet = [subprocess.Popen(command, stderr=log) for _ in range(workers)]
        try:
            yield [process.pid for process in fleet]
        finally:
            for process in fleet:
                process.send_signal(signal.SIGTERM)
            for process in fleet:
                process.wait(60)


def _watch_file(database: str, urls: Sequence[str], asleep: int) -> str:
    """Watch each address as a source on a host of its own, and as many at rest as are asked for."""
    lines = [f'database: "{database}"', "requests_per_day: 1000000", "sources:"]
    for n, url in enumerate(urls):
        # The same site under another address of this machine: a host has one request at a time.
        other = re.sub(r"127\.0\.0\.1", f"127.0.{n // _HOSTS + 1}.{n % _HOSTS + 1}", url)
        lines.append(
            f'  s{n}: {{url: "{other}", profile: dhs-oig, every: 1s, delay: 1s, allow_private: true}}'
        )
    lines += [
        f'  old{n}: {{url: "https://h{n % 1000}.example.org/{n}", profile: dhs-oig, every: 30d}}'
        for n in range(1, asleep + 1)
    ]
    return "\n".join(lines) + "\n"


def _grow(url: str, asleep: int, records: int) -> None:
    """Write sources that were checked just now, and records, as years of checks would have left them."""
    open_database(url).close()
    sources = max(asleep, -(-records // _RECORDS_A_SOURCE))
    with psycopg.connect(_address(url)) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")  # pages are not made up
        for statement in _STATEMENTS:
            connection.execute(statement, {"sources": sources, "records": records})
    with psycopg.connect(_address(url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


_AT = "(now() AT TIME ZONE 'UTC')"
_STATEMENTS = (
    f"""INSERT INTO source (key, reading, created_at, last_checked_at, last_accepted_at, last_swept_at,
 unchanged_checks, rows, complete, unresolved, troubles, trouble_told, linked_by)
 SELECT 'old' || i, 'dhs-oig@1', {_AT}, {_AT}, {_AT}, {_AT}, 0, {_RECORDS_A_SOURCE}, true, 0, 0, false, 1
 FROM generate_series(1, %(sources)s) i""",
    f"""INSERT INTO "check" (source_id, started_at, finished_at, outcome, times, pages, rows, complete,
 reasons) SELECT id, {_AT}, {_AT}, 'baseline', 1, 1, {_RECORDS_A_SOURCE}, true, '[]' FROM source""",
    f"""INSERT INTO record (source_id, key, kind, fields, fingerprint, listed, snapshot_sha256, first_seen_at,
 changed_at) SELECT 1 + i / {_RECORDS_A_SOURCE + 1}, 'OIG-' || i %% 25 || '-' || i, 'report',
 json_build_object('report_number', 'OIG-' || i %% 25 || '-' || i, 'title',
 'Review number ' || i || ' of what a component does',
 'issue_date', date '2000-01-01' + i %% 9000, 'fiscal_year', 2000 + i %% 25,
 'url', 'https://example.org/' || i || '.pdf'), md5(i::text), true, md5(i::text) || md5(i::text), {_AT}, {_AT}
 FROM generate_series(1, %(records)s) i""",
    f"""INSERT INTO record_version (record_id, check_id, seen_at, listed, snapshot_sha256, fields)
 SELECT id, source_id, {_AT}, true, snapshot_sha256, fields FROM record""",
    """INSERT INTO link (record_id, thing_id, number, link, issued, fiscal_year)
 SELECT id, id, key, 'example.org/' || id || '.pdf', fields ->> 'issue_date', (fields ->> 'fiscal_year')::int
 FROM record""",
    f"""INSERT INTO change (source_id, record_id, check_id, kind, before, after, seen_at, after_sha256)
 SELECT source_id, id, source_id, 'title_revised', '{{"title":"before"}}', '{{"title":"after"}}', {_AT},
 snapshot_sha256 FROM record WHERE id %% 5 = 0""",
    "INSERT INTO routing (change_id, decision, topics) SELECT id, 'no_topic', '[]' FROM change",
)


def _wait(url: str, query: str, count: int) -> None:
    """Wait until a count is reached."""
    until = time.monotonic() + _PATIENCE
    while _asked_or_none(url, query) != count:
        if time.monotonic() > until:
            raise TimeoutError(f"the workers have not come to {count} of: {query}")
        time.sleep(0.2)


def _asked_or_none(url: str, query: str) -> float | None:
    try:
        return _asked(url, query)
    except psycopg.errors.UndefinedTable:  # the first worker makes them just now
        return None


def _asked(url: str, query: str) -> float:
    with psycopg.connect(_address(url)) as connection:
        found = connection.execute(query.encode()).fetchone()
    return float(found[0]) if found else 0.0


def _address(url: str) -> str:
    return url.replace("+psycopg", "")


@contextmanager
def _reachable(folder: Path) -> Iterator[None]:
    """Let the server's own user, which is not root, come to a folder in ours."""
    folder.chmod(0o755)
    yield


def _cpu(pids: Sequence[int]) -> float:
    """Return the CPU seconds that processes have used."""
    return sum(_times(pid, 11) for pid in pids)


def _server_cpu(running: Server) -> float:
    """Return the CPU seconds of the server, running and ended processes together."""
    first = int((running.folder / "data" / "postmaster.pid").read_text().split()[0])
    return sum(map(_cpu_if_there, _children(first))) + _times(first, 11) + _times(first, 13)


def _cpu_if_there(pid: int) -> float:
    try:
        return _times(pid, 11)
    except OSError:  # it has ended since, and is counted among its parent's dead
        return 0.0


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(_fields(stat)[1]) == parent:
                found.append(int(stat.parent.name))
        except OSError:  # it has ended
            continue
    return found


def _times(pid: int, place: int) -> float:
    """Return user and system seconds of a process: its own from field 11, those of ended children from 13."""
    fields = _fields(Path(f"/proc/{pid}/stat"))
    return (int(fields[place]) + int(fields[place + 1])) / _TICK


def _fields(stat: Path) -> list[str]:
    return stat.read_text().rpartition(") ")[2].split()


if __name__ == "__main__":
    sys.exit(main())
