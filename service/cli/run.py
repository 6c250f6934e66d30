"""The long-running commands: run, worker and serve."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.domain.errors import OversightError, StoreError
from service.cli.options import WATCH_FILE, WatchPath, settings_of

if TYPE_CHECKING:
    from contextlib import ExitStack
    from logging import LogRecord

    from service.watchfile.settings import WatchFile

_NOISY = ("alembic", "apscheduler", "httpx", "httpcore", "apprise", "psycopg")
_OF_THE_DATABASE = ("ConnectorException", "PoolTimeout", "OperationalError")
_ONE_LINE = ("procrastinate", "asyncio")


def run(watch_file: WatchPath = WATCH_FILE) -> None:
    """Run the service: check on schedule, send alerts, make digests, serve the reading room."""
    from contextlib import ExitStack

    from service.runtime import scheduler

    log_to_stderr()
    settings = settings_of(watch_file)
    with ExitStack() as beside:
        scheduler.run(
            settings, lambda: settings_of(watch_file), lambda: _serve_beside(beside, settings, watch_file)
        )


def serve(watch_file: WatchPath = WATCH_FILE) -> None:
    """Serve the reading room: the recorded history as web pages. Checks and sends nothing."""
    import signal
    import threading

    from service.web.serve import served

    log_to_stderr()
    settings = settings_of(watch_file, only_reads=True)
    if settings.reading_room.listen == "off":
        raise OversightError("the watch file says 'reading_room: {listen: off}'; set a host and a port there")
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    with served(settings, lambda: settings_of(watch_file, only_reads=True)) as address:
        typer.echo(f"The reading room is at {address} (Ctrl-C ends it).")
        # A signal that arrives just before a wait is noticed when the wait ends, so waits are short.
        while not asked_to_stop.wait(timeout=1.0):
            pass


def _serve_beside(beside: "ExitStack", settings: "WatchFile", watch_file: Path) -> None:
    """Serve the reading room beside the service, which goes on where that is not possible."""
    import logging

    if settings.reading_room.listen == "off":
        return
    from service.web.serve import served

    try:
        beside.enter_context(served(settings, lambda: settings_of(watch_file, only_reads=True)))
    except OversightError as error:
        logging.getLogger("oversight_watch").warning("reading_room_off reason=%s", error)


def worker(
    watch_file: WatchPath = WATCH_FILE,
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, max=200, help="Most checks at the same time.")
    ] = 10,
) -> None:
    """Run as one of several workers that share a PostgreSQL database."""
    settings = settings_of(watch_file)
    _require_fleet(settings)
    from service.runtime.fleet.worker import work

    log_to_stderr()
    work(settings, lambda: settings_of(watch_file), at_once)


def _require_fleet(settings: "WatchFile") -> None:
    if not settings.database.startswith("postgresql"):
        raise OversightError(
            "workers share a database on PostgreSQL; write its address into the watch file (database:"
            " postgresql+psycopg://…), or run one process on SQLite: oversight-watch run"
        )
    if find_spec("procrastinate") is None:
        raise StoreError("workers need an extra; install it: pip install 'oversight-watch[workers]'")


def log_to_stderr() -> None:
    """Log what the service does, without the noise of its libraries."""
    import logging

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    for name in (*_NOISY, *_ONE_LINE):
        logging.getLogger(name).setLevel(logging.ERROR)
    # On the handler: a logger's own filter does not see its children's records.
    for handler in logging.getLogger().handlers:
        handler.addFilter(_in_one_line)


def _in_one_line(record: "LogRecord") -> bool:
    """Reduce a library's error to one line with its cause; drop outages, which we log ourselves."""
    if not record.name.startswith(_ONE_LINE):
        return True
    error = record.exc_info[1] if record.exc_info else None
    if type(error).__name__ in _OF_THE_DATABASE:
        return False
    cause = f" reason={error}" if error else ""
    record.msg, record.args = " ".join(f"{record.getMessage()}{cause}".split()), None
    record.exc_info = record.exc_text = None
    return True
