"""The monitors that a user might pick, each made to watch the pages of the bench as its manual says.

Each one is a whole process of its own, measured from outside by the operating system's own account of it.
Installed from the package index into an environment of its own under bench/.venvs.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from tests.ports import unused_port

ENVIRONMENTS = Path(__file__).parent / ".venvs"
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 300.0  # seconds for one cycle, or for a server to start
_LOOK_AGAIN = 0.5


class NotToBeHad(Exception):  # noqa: N818 - not an error: the bench goes on without it
    """A monitor that cannot be installed or started here; says why."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one cycle over all pages cost. `written` are bytes handed to the disk, None where not counted."""

    cpu: float  # seconds, of the user and of the system
    wall: float  # seconds
    peak: float  # megabytes, the most so far
    written: int | None


class Watcher(Protocol):
    """One monitor that watches some pages."""

    def cycle(self) -> Cost:
        """Look at every page once."""


def installed(package: str) -> tuple[Path, str]:
    """Return a package's environment and its version; install it where it is not there yet.

    Raises NotToBeHad where that does not work.
    """
    home = ENVIRONMENTS / package
    python = home / "bin" / "python"
    if not (home / ".ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotToBeHad(f"pip could not install it: {done.stderr.strip().splitlines()[-1:]}")
        (home / ".ready").touch()
    ask = f"import importlib.metadata as m; print(m.version({package!r}))"
    version = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    return home / "bin", version


@dataclass(frozen=True, slots=True)
class Command:
    """A monitor that is started for each cycle and ends by itself."""

    words: Sequence[str]
    folder: Path

    def cycle(self) -> Cost:
        """Run it once. Raises NotToBeHad where it fails."""
        said = self.folder / "said.log"
        started = time.perf_counter()
        with said.open("wb") as log:
            process = subprocess.Popen(self.words, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise NotToBeHad(f"it ended with {process.returncode}: {said.read_text()[-300:]}")
        wall = time.perf_counter() - started
        return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024 / 1e6, used.ru_oublock * 512)


class _Ours:
    """This project: a process that stays, as the service does, and is asked for a cycle at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._before = self._answer()

    def cycle(self) -> Cost:
        """Have it check every source once. Raises NotToBeHad where it fails."""
        assert self._process.stdin is not None
        started = time.perf_counter()
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        now, before = self._answer(), self._before
        self._before = now
        return Cost(
            now["cpu"] - before["cpu"],
            time.perf_counter() - started,
            now["peak"],
            now["written"] - before["written"],
        )

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise NotToBeHad(f"it ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def ours(folder: Path, urls: Sequence[str]) -> Iterator[_Ours]:
    """Return this project as a watcher: real checks, a real database and real routing."""
    (folder / "urls.json").write_text(json.dumps(urls))
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.cycle", str(folder)],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield _Ours(process)
        assert process.stdin is not None
        process.stdin.close()


@contextmanager
def urlwatch(folder: Path, urls: Sequence[str]) -> Iterator[Watcher]:
    """Return urlwatch as a watcher, without reporters."""
    programs, _ = installed("urlwatch")
    (folder / "urls.yaml").write_text(_jobs(urls))
    (folder / "settings.yaml").write_text("report:\n  stdout:\n    enabled: false\n")
    yield Command(
        [
            str(programs / "urlwatch"),
            *("--urls", "urls.yaml", "--config", "settings.yaml"),
            *("--hooks", "hooks.py", "--cache", "cache.db"),
        ],
        folder,
    )


@contextmanager
def webchanges(folder: Path, urls: Sequence[str]) -> Iterator[Watcher]:
    """Return webchanges as a watcher, without reporters."""
    programs, _ = installed("webchanges")
    (folder / "jobs.yaml").write_text(_jobs(urls))
    (folder / "settings.yaml").write_text("report:\n  stdout:\n    enabled: false\n")
    yield Command(
        [
            str(programs / "webchanges"),
            *("--jobs", "jobs.yaml", "--config", "settings.yaml"),
            *("--hooks", "hooks.py", "--database", "cache.db"),
        ],
        folder,
    )


def _jobs(urls: Sequence[str]) -> str:
    return "\n---\n".join(f"name: page {number}\nurl: {url}" for number, url in enumerate(urls))


class _Server:
    """changedetection.io: a server that is asked to look, and measured while it does."""

    def __init__(self, process: "subprocess.Popen[bytes]", client: httpx.Client) -> None:
        self._process = process
        self._client = client
        self._unwatched: Sequence[str] = ()

    def watch(self, urls: Sequence[str]) -> None:
        """Watch these pages from the next cycle on, and nothing else."""
        for known in self._watches():
            self._client.delete(f"/api/v1/watch/{known}").raise_for_status()
        self._unwatched = urls

    def cycle(self) -> Cost:
        """Have it look at every page once. Raises NotToBeHad where it does not come to an end."""
        # It records times in whole seconds: earlier checks must be distinguishable from those of this cycle.
        time.sleep(1.1)
        began, started, cpu, written = int(time.time()), time.perf_counter(), self._cpu(), self._written()
        if self._unwatched:
            for url in self._unwatched:
                self._client.post("/api/v1/watch", json={"url": url}).raise_for_status()
            self._unwatched = ()
        else:
            self._client.get("/api/v1/watch", params={"recheck_all": 1}).raise_for_status()
        while not all(found["last_checked"] >= began for found in self._watches().values()):
            if time.perf_counter() - started > _PATIENCE:
                raise NotToBeHad("it did not look at every page in time")
            time.sleep(_LOOK_AGAIN)
        after = self._written()
        peak = next(line for line in self._proc("status").splitlines() if line.startswith("VmHWM"))
        return Cost(
            self._cpu() - cpu,
            time.perf_counter() - started,
            int(peak.split()[1]) * 1024 / 1e6,
            None if written is None or after is None else after - written,
        )

    def _watches(self) -> Mapping[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = self._client.get("/api/v1/watch").raise_for_status().json()
        return found

    def _cpu(self) -> float:
        used = self._proc("stat").rpartition(")")[2].split()
        return (int(used[11]) + int(used[12])) / _TICKS

    def _written(self) -> int | None:
        lines = self._proc("io").splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("write_bytes")), None)

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self._process.pid}/{name}").read_text()


@contextmanager
def changedetection(folder: Path, urls: Sequence[str]) -> Iterator[Watcher]:
    """Return changedetection.io as a watcher, with its plain fetcher and its ten threads."""
    programs, _ = installed("changedetection.io")
    if not Path("/proc/self/stat").exists():
        raise NotToBeHad("its cost is read from /proc, which is not there")
    port = unused_port()
    process = subprocess.Popen(
        [str(programs / "changedetection.io"), "-d", str(folder), "-p", str(port), "-C"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "LISTEN_HOST": "127.0.0.1", "ALLOW_IANA_RESTRICTED_ADDRESSES": "true"},
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE, trust_env=False) as client:
            _wait_for_start(process, client)
            settings = json.loads((folder / "changedetection.json").read_text())["settings"]
            client.headers["x-api-key"] = settings["application"]["api_access_token"]
            server = _Server(process, client)
            server.watch(urls)
            yield server
    finally:
        # It takes its time over a polite stop, and nothing of it is wanted any more.
        process.kill()
        process.wait()


def _wait_for_start(process: "subprocess.Popen[bytes]", client: httpx.Client) -> None:
    until = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < until:
        with suppress(httpx.HTTPError):
            client.get("/")
            return
        time.sleep(_LOOK_AGAIN)
    raise NotToBeHad(f"it did not start (exit code {process.returncode})")


PEERS: Mapping[str, Callable[[Path, Sequence[str]], AbstractContextManager[Watcher]]] = {
    "urlwatch": urlwatch,
    "webchanges": webchanges,
    "changedetection.io": changedetection,
}
