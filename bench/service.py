"""What the whole service needs: memory with many sources after some rounds, and the CPU to start and to help.

`python -m bench.service` prints the figures. It is the real program, on a loopback site of its own.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench.checks import BenchError
from bench.site import Site

_PATIENCE = 300.0
_PROGRAM = (sys.executable, "-m", "service.cli.main")
_ROOT = Path(__file__).parent.parent
_WATCH_FILE = """\
database: sqlite:///watch.db
requests_per_day: 1000000
sources:
  .page: {{profile: dhs-oig, every: {every}s, delay: 1s, allow_private: true}}
{sources}
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; give the exit code."""
    parser = argparse.ArgumentParser(prog="bench.service", description=__doc__.partition("\n")[0])
    parser.add_argument("--sources", type=int, default=500, help="default: 500")
    parser.add_argument("--repeats", type=int, default=5, help="starts (default: 5)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    asked = parser.parse_args(arguments)
    found = {"help_cpu": helped(asked.repeats), **served(asked.sources)}
    if asked.json:
        print(json.dumps(found, indent=2))
        return 0
    print(f"--help: {found['help_cpu']:.2f} s of CPU (the aim is under 0.25)")
    print(f"start to the first check, {asked.sources} sources: {found['start_cpu']:.2f} s of CPU")
    print(
        f"service with {asked.sources} sources after {found['checks']:,} checks:"
        f" {found['resident']:.0f} MB resident, {found['peak']:.0f} MB at most"
    )
    return 0


def helped(repeats: int) -> float:
    """Return the median CPU seconds that --help takes."""
    return median(_cpu([*_PROGRAM, "--help"]) for _ in range(repeats))


def _cpu(words: Sequence[str]) -> float:
    process = subprocess.Popen(words, cwd=_ROOT, stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_utime + used.ru_stime


def served(sources: int) -> dict[str, Any]:
    """Return the memory, in megabytes, of the service once every source was checked three times."""
    with Site(min(sources, 100)) as site, TemporaryDirectory() as name:
        site.show(0, etags=True)
        folder = Path(name)
        # Each source has a host of its own: with one host they would wait for each other's turns.
        lines = "".join(_source(site, number) for number in range(sources))
        (folder / "watch.yaml").write_text(_WATCH_FILE.format(sources=lines, every=max(5, sources // 25)))
        with (folder / "said.log").open("w") as log:
            process = subprocess.Popen(
                [*_PROGRAM, "run", "--watch-file", str(folder / "watch.yaml")],
                stderr=log,
                cwd=_ROOT,
            )
        try:
            _wait(folder / "said.log", process, 1)
            started = _used(process.pid)
            checks = _wait(folder / "said.log", process, 3 * sources)
            memory = _memory(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE)
    return {"start_cpu": started, "checks": checks, **memory}


def _source(site: Site, number: int) -> str:
    url = site.url(number % site.pages).replace("127.0.0.1", f"127.0.{1 + number // 250}.{1 + number % 250}")
    return f'  page-{number}: {{extends: .page, url: "{url}"}}\n'


def _wait(log: Path, process: "subprocess.Popen[bytes]", checks: int) -> int:
    until = time.monotonic() + _PATIENCE
    while (done := log.read_text().count(" checked source=")) < checks:
        if process.poll() is not None or time.monotonic() > until:
            raise BenchError(f"the service made {done} checks only: {log.read_text()[-500:]}")
        time.sleep(0.2)
    return done


def _used(pid: int) -> float:
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    told = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return {"resident": int(told["VmRSS"]) * 1024 / 1e6, "peak": int(told["VmHWM"]) * 1024 / 1e6}


if __name__ == "__main__":
    sys.exit(main())
