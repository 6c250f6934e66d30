"""The long-running commands: run, worker and serve."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.domain.errors import OversightError, StoreError
from monitor.domain.extras import install_command
from monitor.domain.log import Line
from service.cli.log import LogFormat, LogOption, log_to_stderr
from service.cli.options import WATCH_FILE, WatchPath, settings_of

if TYPE_CHECKING:
    from contextlib import ExitStack

    from service.watchfile.settings import WatchFile


AliveFile = Annotated[
    Path | None,
    typer.Option(
        "--alive-file",
        envvar="OVERSIGHT_WATCH_ALIVE_FILE",
        help="A file to touch while it works.",
    ),
]


def run(
    watch_file: WatchPath = WATCH_FILE,
    log_format: LogOption = LogFormat.TEXT,
    alive_file: AliveFile = None,
) -> None:
    """Run the service: check on schedule, send alerts, make digests, serve the reading room."""
    from contextlib import ExitStack

    from service.runtime import scheduler

    log_to_stderr(log_format)
    settings = settings_of(watch_file)
    with ExitStack() as beside:
        scheduler.run(
            settings,
            lambda: settings_of(watch_file),
            lambda: _serve_beside(beside, settings, watch_file),
            alive_file,
        )


def serve(watch_file: WatchPath = WATCH_FILE, log_format: LogOption = LogFormat.TEXT) -> None:
    """Serve the reading room: the recorded history as web pages. Checks and sends nothing."""
    import signal
    import threading

    from service.database.database import open_database
    from service.web.serve import served

    log_to_stderr(log_format)
    settings = settings_of(watch_file, only_reads=True)
    if settings.reading_room.listen == "off":
        raise OversightError("the watch file says 'reading_room: {listen: off}'; set a host and a port there")
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    database = open_database(settings.database, create=False)
    with served(settings, lambda: settings_of(watch_file, only_reads=True), database) as address:
        typer.echo(f"The reading room is at {address} (Ctrl-C ends it).")
        # A signal that arrives just before a wait is noticed when the wait ends, so waits are short.
        while not asked_to_stop.wait(timeout=1.0):
            pass


def _serve_beside(beside: "ExitStack", settings: "WatchFile", watch_file: Path) -> None:
    """Serve the reading room beside the service, which goes on where that is not possible."""
    import logging

    if settings.reading_room.listen == "off":
        return
    from service.database.database import Database
    from service.web.serve import served

    try:
        # The service has opened it already: an outage now is one that the pages wait out.
        database = Database(settings.database)
        beside.enter_context(served(settings, lambda: settings_of(watch_file, only_reads=True), database))
    except OversightError as error:
        logging.getLogger("oversight_watch").warning(Line("reading_room_off", reason=error))


def worker(
    watch_file: WatchPath = WATCH_FILE,
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, max=200, help="Most checks at the same time.")
    ] = 10,
    log_format: LogOption = LogFormat.TEXT,
    alive_file: AliveFile = None,
) -> None:
    """Run as one of several workers that share a PostgreSQL database."""
    settings = settings_of(watch_file)
    _require_fleet(settings)
    from service.runtime.fleet.worker import work

    log_to_stderr(log_format)
    work(settings, lambda: settings_of(watch_file), at_once, alive_file=alive_file)


def _require_fleet(settings: "WatchFile") -> None:
    if not settings.database.startswith("postgresql"):
        raise OversightError(
            "workers share a database on PostgreSQL; write its address into the watch file (database:"
            " postgresql+psycopg://…), or run one process on SQLite: oversight-watch run"
        )
    if find_spec("procrastinate") is None:
        raise StoreError(f"workers need further packages; install them: {install_command('workers')}")
