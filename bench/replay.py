"""What the commands cost that look back over a long history; each is run as its users run it.

`python -m bench.replay` prints a line for each: CPU seconds with the start of the program, and peak memory.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.checks import BenchError
from bench.history import fill
from service.database.database import open_database

_PROGRAM = (sys.executable, "-m", "service.cli.main")
_ROOT = Path(__file__).parent.parent
_WATCH_FILE = """\
sources: {{bench: {{url: /tmp/none}}}}
channels: {{desk: {{to: "json://127.0.0.1:9/x", allow_private: true}}}}
topics:
  it:
    match: {{any: [facial recognition, "biometric*", {other}, seaport], none: [retracted]}}
    send: {{immediately: desk}}
  rest: {{on: [left_list, withdrawn], send: {{weekly: desk}}}}
"""


@dataclass(frozen=True, slots=True)
class Used:
    """What one command took: CPU seconds, and megabytes at most."""

    command: str
    cpu: float
    megabytes: float


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; give the exit code."""
    parser = argparse.ArgumentParser(prog="bench.replay", description=__doc__.partition("\n")[0])
    parser.add_argument("--changes", type=int, default=100_000, help="default: 100000")
    parser.add_argument("--only", metavar="WORD", help="only commands that begin with this word")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    asked = parser.parse_args(arguments)
    found = measure(asked.changes, asked.only)
    if asked.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
        return 0
    print(f"{asked.changes:,} changes in a year")
    for one in found:
        print(f"{one.command:<34} {one.cpu:>6.2f} s of CPU {one.megabytes:>6.0f} MB")
    return 0


def measure(changes: int, only: str | None = None) -> list[Used]:
    """Return what each command uses for `changes` changes. Raises BenchError if one fails."""
    with TemporaryDirectory() as folder:
        new, old = Path(folder) / "watch.yaml", Path(folder) / "old.yaml"
        new.write_text(_WATCH_FILE.format(other="migrant protection protocol"), encoding="utf-8")
        old.write_text(_WATCH_FILE.format(other="migrant"), encoding="utf-8")
        # In a process of its own, as the memory of this one would be counted as the commands'.
        filling = get_context("spawn").Process(target=_fill, args=(f"{folder}/oversight-watch.db", changes))
        filling.start()
        filling.join()
        if filling.exitcode:
            raise BenchError("no history could be written")
        middle = str(changes // 2)
        commands = (
            ("topics", "test", "it"),
            ("config", "plan", "--against", str(old), "--days", "365"),
            ("topics", "explain", middle),
            ("alerts", "preview", "--change", middle),
            ("digest", "--preview"),  # the first of its name: it holds every change
        )
        return [_run(new, *words) for words in commands if only is None or words[0] == only]


def _fill(path: str, changes: int) -> None:
    database = open_database(f"sqlite:///{path}")
    with database.write() as session:
        fill(session, changes, datetime.now(UTC))
    database.close()


def _run(watch_file: Path, *words: str) -> Used:
    command: Sequence[str] = (*_PROGRAM, *words, "-w", str(watch_file))
    process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchError(f"{' '.join(words)} ended with {process.returncode}")
    said = " ".join(word for word in words if not word.startswith("/"))
    return Used(said, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)


if __name__ == "__main__":
    sys.exit(main())
