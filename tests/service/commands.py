"""Runs the command line as its users do: in a process of its own, or, where that is enough, in this one."""

import io
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from service.cli import main as cli

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


def run(folder: Path, *arguments: str) -> Ran:
    """Run the real entry point in this process, in a folder."""
    buffers = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(buffer, "utf-8", write_through=True) for buffer in buffers)
    code: Any = 0
    environment = patch.dict(os.environ, {"COLUMNS": "80"})
    argv = patch.object(sys, "argv", ["oversight-watch", *arguments])
    with chdir(folder), redirect_stdout(out), redirect_stderr(err), environment, argv:
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
    said = [buffer.getvalue().decode() for buffer in buffers]
    return Ran(int(code or 0), *said)


def run_process(folder: Path, *arguments: str, **options: Any) -> Ran:
    """Run the command in a process of its own: exit codes and limits are the system's."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    command = [sys.executable, "-m", "service.cli.main", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        **options,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
