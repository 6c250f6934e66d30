"""Processes of the service that begin where all is loaded: to load it takes longer than most of them live.

Each is a fork of one process that has no threads and has opened nothing.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from io import FileIO, TextIOWrapper
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

import monitor.faultpoints
from tests.faults.apart import Machine

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.faults.launch", "tests.worker_of_fleet", "service.runtime.scheduler"])


class Forked:
    """A running process: a main function with the words after its program's name."""

    def __init__(
        self,
        main: Callable[[], None],
        *words: str,
        stderr: int,
        environment: Mapping[str, str] | None = None,
        machine: Machine | None = None,
    ) -> None:
        given = {**os.environ, **(environment or {})}
        how = (main, words, _Handed(stderr), given, Path.cwd(), machine)
        self._process = _FORKING.Process(target=_live, args=how)
        self._process.start()

    def send_signal(self, number: signal.Signals) -> None:
        if self._process.exitcode is None:
            assert self._process.pid is not None
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """Return how it ended (minus the signal), or None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        """Return how it ended; raise TimeoutExpired where it still runs after so long."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._process.name, seconds or 0.0)
        return self._process.exitcode


class _Handed:
    """A file descriptor that is handed on to the process."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _detached, (DupFd(self._number),)


def _detached(handed: Any) -> int:
    number: int = handed.detach()
    return number


def _live(
    main: Callable[[], None],
    words: tuple[str, ...],
    stderr: int,
    environment: dict[str, str],
    folder: Path,
    machine: Machine | None,
) -> None:
    os.dup2(stderr, 2)
    os.close(stderr)
    sys.stderr = TextIOWrapper(FileIO(2, "w", closefd=False), errors="backslashreplace", line_buffering=True)
    os.environ.clear()
    os.environ.update(environment)
    monitor.faultpoints._plan = monitor.faultpoints.planned(os.environ.get("OVERSIGHT_WATCH_FAULTS", ""))
    os.chdir(folder)
    if machine:
        machine.enter()
    sys.argv[1:] = words
    main()
