"""One life of a service: a process of its own that is started, heard, and killed or asked to stop."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.apart import Machine
from tests.faults.launch import AHEAD, SABOTAGE, main
from tests.forked import Forked

RUN = ("run",)  # the words after the program's name; the watch file is named in the environment


class Life:
    """A running command that stays. Every line it logs is also appended to `log`."""

    def __init__(
        self,
        watch_file: Path,
        log: Path,
        ahead: float,
        faults: str = "",
        sabotage: str | None = None,
        words: Sequence[str] = RUN,
        machine: Machine | None = None,
    ) -> None:
        asked = {
            "OVERSIGHT_WATCH_FILE": str(watch_file),
            "OVERSIGHT_WATCH_FAULTS": faults,
            AHEAD: str(ahead),
            SABOTAGE: sabotage or "",
        }
        self.machine = machine
        self._log = log
        self._started = threading.Event()
        self.last_lines: list[str] = []
        self._said, stderr = os.pipe()
        self.process = Forked(main, *words, stderr=stderr, environment=asked, machine=machine)
        os.close(stderr)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def _listen(self) -> None:
        with self._log.open("a", buffering=1) as log, os.fdopen(self._said) as said:
            for line in said:
                log.write(line)
                self.last_lines = [*self.last_lines[-20:], line.rstrip()]
                if " started " in line:
                    self._started.set()

    def wait_until_started(self, seconds: float = 300.0) -> None:
        """Wait until it says that it runs, or has ended."""
        until = time.monotonic() + seconds
        while not self._started.wait(0.02) and self.is_alive and time.monotonic() < until:
            pass

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def wait(self, seconds: float) -> bool:
        """Let it live for so long; say whether it lives still."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let it stand still while the block lasts."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def kill(self) -> int:
        """End it at once; give how it ended (minus the signal), also where it had ended by itself."""
        self.process.kill()
        return self._ended()

    def stop(self) -> int:
        """Ask it to stop and give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def _ended(self) -> int:
        try:
            code = self.process.wait(600)
        except subprocess.TimeoutExpired:
            # Its last words say where every thread stands.
            self.process.send_signal(signal.SIGABRT)
            code = self.process.wait(600)
        self._listener.join()
        return code
