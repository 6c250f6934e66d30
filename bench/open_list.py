"""A check of GAO's whole open list from one file: what it costs as a whole process.

Run it with: python -m bench.open_list
"""

import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from bench.checks import BenchError
from bench.gao_export import FIRST_OF_ALL, as_file, export_rows, with_changes

_WATCH = """
time_zone: America/New_York
database: sqlite:///watch.db
sources:
  gao: {profile: gao-csv, url: export.csv}
channels:
  desk: {to: "json://localhost:1"}
topics:
  widgets: {match: {any: [widgets]}, send: {weekly: [desk]}}
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds and peak memory of one command."""

    seconds: float
    megabytes: float


def measure(rows: int, changes: int) -> dict[str, Cost]:
    """Return the cost of the first check, of one that finds `changes`, and of one of the same file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "watch.yaml").write_text(_WATCH)
        # In a process of its own: the memory of this one would count as that of the commands it starts.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pool.submit(_write, folder, rows, changes).result()
        found = {"first check": _check(folder, "baseline")}
        (folder / "later").replace(folder / "export.csv")
        found[f"{changes} changes"] = _check(folder, f"{changes} changes")
        found["same file"] = _check(folder, "unchanged")
        return found


def _write(folder: Path, rows: int, changes: int) -> None:
    before = export_rows(rows)
    (folder / "export.csv").write_bytes(as_file(before))
    (folder / "later").write_bytes(as_file(with_changes(before, changes), FIRST_OF_ALL + timedelta(days=1)))


def _check(folder: Path, expected: str) -> Cost:
    command = [str(Path(sys.executable).with_name("oversight-watch")), "check"]
    with (folder / "said").open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
        _, process.returncode, used = os.wait4(process.pid, 0)
    said = (folder / "said").read_text("utf-8", "replace")
    if expected not in said:
        raise BenchError(f"a check was to say {expected!r} and said: {said}")
    # Linux counts in kibibytes, macOS in bytes.
    peak = used.ru_maxrss / 1e6 if sys.platform == "darwin" else used.ru_maxrss * 1024 / 1e6
    return Cost(used.ru_utime + used.ru_stime, peak)


def main() -> int:
    """Print the costs as a table; return the exit code."""
    parser = argparse.ArgumentParser(prog="bench.open_list", description="GAO's whole open list in one file.")
    parser.add_argument("--rows", type=int, default=5_400, help="rows of the file (default: 5400)")
    parser.add_argument("--changes", type=int, default=20, help="changes of the second day (default: 20)")
    asked = parser.parse_args()
    try:
        found = measure(asked.rows, asked.changes)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    for name, cost in found.items():
        print(f"{name:<14}{cost.seconds:7.2f} s CPU {cost.megabytes:7.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
