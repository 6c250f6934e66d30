"""What several workers get done on one PostgreSQL, and what a check costs as sources become many.

`python -m bench.fleet` prints both. Server, site and workers share this machine: more workers than
cores show what they cost each other, not what more machines would bring.
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
from statistics import median
from tempfile import TemporaryDirectory

import psycopg

from bench.site import Site
from monitor.queries import Looked
from service.cli_common import settings_of
from service.due import due_checks
from service.watch import utc_now
from tests.postgres_server import Server, server

_HOSTS = 250  # a row of loopback addresses, each a host of its own
_TICK = os.sysconf("SC_CLK_TCK")
_CHECKS = 'SELECT (SELECT coalesce(sum(unchanged_checks), 0) FROM source) + (SELECT count(*) FROM "check")'
_CHECKED = "SELECT count(*) FROM source WHERE last_accepted_at IS NOT NULL"
_PATIENCE = 600.0  # seconds, for the first look at everything


@dataclass(frozen=True, slots=True)
class Work:
    """What a fleet got done: checks a second, and CPU milliseconds a check of workers and server."""

    workers: int
    per_second: float
    worker_ms: float
    server_ms: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; give the exit code."""
    parser = argparse.ArgumentParser(prog="bench.fleet", description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", default="1,2,4", help="sizes of the fleet (default: 1,2,4)")
    parser.add_argument("--sources", type=int, default=500, help="sources of the fleet (default: 500)")
    parser.add_argument("--seconds", type=float, default=20.0, help="measured for each fleet (default: 20)")
    parser.add_argument("--grown", default="100,1000,10000", help="numbers of sources to plan for")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as folder, server(lasting=Path(folder)) as running:
        with Site(asked.sources) as site:
            for workers in map(int, asked.workers.split(",")):
                print(said(throughput(running, site, workers, asked.sources, asked.seconds)), flush=True)
        for sources in map(int, asked.grown.split(",")):
            milliseconds = tick(Path(folder), sources)
            print(f"{sources:>7,} sources: {milliseconds:,.1f} ms of CPU to find what is due", flush=True)
    return 0


def said(work: Work) -> str:
    """Put a fleet's work into a line."""
    return (
        f"{work.workers} worker(s): {work.per_second:,.0f} checks a second,"
        f" {work.worker_ms:.1f} ms of CPU a check and {work.server_ms:.1f} ms in the server"
    )


def throughput(running: Server, site: Site, workers: int, sources: int, seconds: float) -> Work:
    """Let so many workers check unchanged pages as fast as they can, after a first look at each."""
    site.show(0, etags=True)
    with running.fresh(migrated=False) as url, TemporaryDirectory() as folder:
        path = Path(folder) / "watch.yaml"
        path.write_text(_watch_file(url, [site.url(n) for n in range(sources)], every="1s"))
        with _fleet(path, workers) as fleet:
            address = url.replace("+psycopg", "")
            _wait_for(address, sources)
            pids = [process.pid for process in fleet]
            before = _asked(address, _CHECKS), _cpu(pids), _server_cpu(running)
            began = time.monotonic()
            time.sleep(seconds)
            lasted = time.monotonic() - began
            after = _asked(address, _CHECKS), _cpu(pids), _server_cpu(running)
    checks, cpu, server_cpu = (b - a for a, b in zip(before, after, strict=True))
    return Work(workers, checks / lasted, 1000 * cpu / checks, 1000 * server_cpu / checks)


def tick(folder: Path, sources: int, repeats: int = 5) -> float:
    """Give the CPU milliseconds of finding what is due among so many sources, of which few are."""
    path = folder / "watch.yaml"
    addresses = [f"http://h{n % 1000}.example.org/{n}" for n in range(sources)]
    path.write_text(_watch_file("postgresql+psycopg://localhost/none", addresses, every="1h"))
    settings = settings_of(path)
    now = utc_now()
    looked = {key: Looked(now, None) for key in settings.sources}
    spent = []
    for _ in range(repeats):
        began = time.process_time()
        due_checks(settings, looked, now)
        spent.append(time.process_time() - began)
    return 1000 * median(spent)


@contextmanager
def _fleet(path: Path, workers: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", "service.cli", "worker", "-w", str(path)]
    with (path.parent / "log").open("wb") as log:
        fleet = [subprocess.Popen(command, stderr=log) for _ in range(workers)]
    try:
        yield fleet
    finally:
        for process in fleet:
            process.send_signal(signal.SIGTERM)
        for process in fleet:
            process.wait(60)


def _watch_file(database: str, urls: Sequence[str], every: str) -> str:
    """Watch each address as a source of its own, most of them on hosts of their own."""
    lines = [f'database: "{database}"', "requests_per_day: 1000000", "sources:"]
    for n, url in enumerate(urls):
        # The same site under another address of this machine: a host has one request at a time.
        other = re.sub(r"127\.0\.0\.1", f"127.0.{n // _HOSTS % 250 + 1}.{n % _HOSTS + 1}", url)
        lines.append(
            f'  s{n}: {{url: "{other}", profile: dhs-oig, every: {every}, delay: 1s, allow_private: true}}'
        )
    return "\n".join(lines) + "\n"


def _wait_for(address: str, sources: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            if _asked(address, _CHECKED) == sources:
                return
        except psycopg.errors.UndefinedTable:
            pass  # the first worker makes them just now
        if time.monotonic() > until:
            raise TimeoutError("the workers have not looked at every page")
        time.sleep(0.5)


def _asked(address: str, query: str) -> float:
    with psycopg.connect(address) as connection:
        found = connection.execute(query.encode()).fetchone()
    return float(found[0]) if found else 0.0


def _cpu(pids: Sequence[int]) -> float:
    """Give the CPU seconds that processes have used."""
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split() for pid in pids)
    return sum(int(field[11]) + int(field[12]) for field in fields) / _TICK


def _server_cpu(running: Server) -> float:
    """Give the CPU seconds of the server: of what runs, and of what has ended."""
    postmaster = int((running.folder / "data" / "postmaster.pid").read_text().split()[0])
    children = [
        int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if _parent(stat) == postmaster
    ]
    ended = Path(f"/proc/{postmaster}/stat").read_text().rpartition(") ")[2].split()
    return _cpu([postmaster, *children]) + (int(ended[13]) + int(ended[14])) / _TICK


def _parent(stat: Path) -> int | None:
    try:
        return int(stat.read_text().rpartition(") ")[2].split()[1])
    except OSError:  # it has ended
        return None


if __name__ == "__main__":
    sys.exit(main())
