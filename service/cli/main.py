"""The command line: the app, its exit codes, and the commands init, check, status and demo.

Exit codes: 0 done; 1 done, but a source is in trouble or a message was not accepted; 2 the command line or
the watch file is wrong, or nothing can be read; 3 the database or a file cannot be used; 130 interrupted.
"""

import gc
import os
import signal
import sys
import threading
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from alerts.domain.types import DeliveryOutcome
from monitor.domain.errors import OversightError, StoreError
from service.cli.config import config
from service.cli.db import db
from service.cli.digests import digest
from service.cli.events import events
from service.cli.export import export
from service.cli.health import health, metrics
from service.cli.history import replay
from service.cli.options import WATCH_FILE, Json, WatchPath, opened, opened_here, opened_watch, print_json
from service.cli.outbox import channels, outbox
from service.cli.records import changes, promises, records, show
from service.cli.run import run, serve, worker
from service.cli.search import search
from service.cli.snapshots import snapshot, snapshots
from service.cli.sources import sources
from service.cli.topics import alerts, topics
from service.cli.triage import assign, assigned, note, snooze

app = typer.Typer(
    name="oversight-watch",
    help="Watch federal oversight pages and report what changed, with the evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def main() -> None:
    """Run the command line; a user's mistake ends in a sentence and an exit code, never in a traceback."""
    from alerts.domain.errors import AlertError

    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    # What a large file becomes stays in use: looking through it for garbage takes as long as reading it.
    gc.set_threshold(50_000)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Show a question mark for a character that the terminal lacks, instead of ending the program.
            stream.reconfigure(errors="replace")
    try:
        with opened_here:
            app(prog_name="oversight-watch")
    except StoreError as error:
        _fail(str(error), 3)
    except (OversightError, AlertError) as error:
        _fail(str(error), 2)
    except UnicodeEncodeError:
        _fail("an argument holds bytes that are not text in UTF-8; type it again", 2)
    except BrokenPipeError:
        # The reader of the pipe is gone: end quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _fail(f"{error.filename or 'the output'} cannot be used: {error.strerror or error}", 3)


def _interrupted(_number: int, _frame: object) -> None:
    """End as usual on Ctrl-C, and at once on a second one: a library may be stuck since the first."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    raise KeyboardInterrupt


def _fail(message: str, code: int) -> None:
    print(f"oversight-watch: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


def init(path: Annotated[Path, typer.Argument(help="The file to write.")] = WATCH_FILE) -> None:
    """Write a commented watch file to start from. Never overwrites a file."""
    from service.watchfile.starter import write_starter

    typer.echo(write_starter(path, ask=sys.stdin.isatty() and sys.stdout.isatty()))


def check(
    keys: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...")] = None,
    watch_file: WatchPath = WATCH_FILE,
    accept: Annotated[bool, typer.Option("--accept", help="Accept a quarantined page as it is.")] = False,
    as_json: Json = False,
) -> None:
    """Check sources now (all by default) and send the alerts."""
    from service.readmodel.lookups import sources_to_check
    from service.readmodel.status import settled_as_data
    from service.runtime.checks import check_source
    from service.runtime.inbox import Delivery, as_data, take_folder
    from service.terminal.messages import show_delivered
    from service.terminal.status import progress, say_pause, show_inbox, show_settled

    watch = opened_watch(watch_file, create=True)
    wanted = sources_to_check(keys or [], watch.settings)
    watch.note_applied()
    watch.fetcher.politeness.on_pause = say_pause
    inbox = Delivery() if keys else take_folder(watch)
    settled = [check_source(watch, key, accept=accept) for key in progress(wanted, "Checking")]
    settled += inbox.settled
    delivered = watch.deliver()
    data = settled_as_data(settled)
    if as_json:
        print_json(data)
    else:
        show_inbox(as_data(inbox))
        show_settled(data)
        show_delivered(delivered, watch.settings.time_zone)
    troubled = any(s.outcome in ("failed", "quarantined", "waiting") for s in settled)
    raise typer.Exit(1 if troubled or any(d.outcome != DeliveryOutcome.ACCEPTED for d in delivered) else 0)


def status(watch_file: WatchPath = WATCH_FILE, as_json: Json = False) -> None:
    """Show each source's health and completeness, and the outbox."""
    from service.readmodel.status import status_as_data
    from service.terminal.status import show_status

    settings, database = opened(watch_file)
    with database.read() as session:
        data = status_as_data(session, settings)
    print_json(data) if as_json else show_status(data)
    active = [one for one in data["sources"] if one["watched"] and not one["paused"]]
    troubled = any(one["trouble"] or one["overdue"] for one in active)
    silent = any(one["stuck"] or one["dead"] for one in data["failing"])
    raise typer.Exit(1 if troubled or silent or data["service"]["stopped"] else 0)


def demo(
    folder: Annotated[Path, typer.Option(help="Where the database, mails and digest are written.")] = Path(
        "demo-output"
    ),
) -> None:
    """Simulate a week of oversight in seconds. Needs no account and no internet."""
    from service.demo.play import play

    play(folder)


# In the order in which --help lists them.
for _command in (
    *(run, serve, worker, promises, assign, note, snooze, assigned),
    *(init, check, status, health, metrics, changes, events, records, search, show),
    *(snapshots, snapshot, replay, demo),
):
    app.command()(_command)
for _name, _group in (
    ("digest", digest),
    ("export", export),
    ("outbox", outbox),
    ("channels", channels),
    ("sources", sources),
    ("config", config),
    ("db", db),
    ("topics", topics),
    ("alerts", alerts),
):
    app.add_typer(_group, name=_name)


if __name__ == "__main__":
    main()
