"""python -m tests.guards.run: take each guard out of a copy of the checkout, and see its tests fail.

Prints a line for each guard with the first test that noticed; exits with 1 where none did.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.guards.guard import Guard
from tests.guards.guards import GUARDS

ROOT = Path(__file__).resolve().parents[2]
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


def broken(guard: Guard, text: str) -> str:
    """Return a file's text without a guard. Raises ValueError where the guard is not found once."""
    if text.count(guard.whole) != 1:
        raise ValueError(f"{guard.file}: {guard.name!r} is there {text.count(guard.whole)} times")
    return text.replace(guard.whole, guard.broken)


def noticed_by(guard: Guard, copy: Path) -> str | None:
    """Return the first test of a copy that fails without a guard; None where all pass."""
    file = copy / guard.file
    whole = file.read_text("utf-8")
    file.write_text(broken(guard, whole), "utf-8")
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-k", "not postgres", *guard.tests],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        file.write_text(whole, "utf-8")
    if ran.returncode not in (0, 1):
        raise RuntimeError(ran.stdout[-2000:] + ran.stderr[-2000:])
    found = _FAILED.search(ran.stdout)
    return found[1] if found else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Take out every guard whose name holds the given words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="Words of a guard's name.")
    given = parser.parse_args(arguments)
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(
            ROOT,
            copy,
            ignore=shutil.ignore_patterns(".git", ".venv*", ".*_cache", "demo-output", "__pycache__"),
        )
        for guard in (one for one in GUARDS if given.only in one.name):
            test = noticed_by(guard, copy)
            survivors += test is None
            print(f"{guard.name}: {test or 'NO TEST NOTICED'}", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
