"""The command line: what each command is called, takes and returns; service.terminal.status and the like
show it.

Exit codes: 0 done; 1 done, but a source is in trouble or a message was not accepted; 2 the command line or
the watch file is wrong, or nothing can be read; 3 the database or a file cannot be used; 130 interrupted.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from alerts.domain.types import DeliveryOutcome, OutboxState
from monitor.domain.errors import OversightError, StoreError
from monitor.domain.status import Status
from service.cli.alerts import alerts
from service.cli.config import config
from service.cli.db import db
from service.cli.digests import digest
from service.cli.options import (
    WATCH_FILE,
    Json,
    Limit,
    WatchPath,
    opened,
    opened_here,
    opened_watch,
    print_json,
    settings_of,
)
from service.cli.promises import promises
from service.cli.run import run, worker
from service.cli.sources import sources
from service.cli.topics import topics
from service.cli.triage import assign, assigned, note, snooze

app = typer.Typer(
    name="oversight-watch",
    help="Watches federal oversight pages and says what happened, with the evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
outbox = typer.Typer(help="Messages on their way: list, show, retry, drop.", no_args_is_help=True)
channels = typer.Typer(help="Where messages go.", no_args_is_help=True)
for _name, _group in (
    ("outbox", outbox),
    ("channels", channels),
    ("sources", sources),
    ("config", config),
    ("db", db),
    ("topics", topics),
    ("alerts", alerts),
):
    app.add_typer(_group, name=_name)
for _command in (run, worker, promises, digest, assign, note, snooze, assigned):
    app.command()(_command)


def main() -> None:
    """Run the command line; a user's mistake ends in a sentence and an exit code, never in a traceback."""
    from alerts.domain.errors import AlertError

    for stream in (sys.stdout, sys.stderr):
        # A terminal of few characters shows a question mark where another would end the program.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        with opened_here:
            app(prog_name="oversight-watch")
    except StoreError as error:
        _fail(str(error), 3)
    except (OversightError, AlertError) as error:
        _fail(str(error), 2)
    except BrokenPipeError:
        # The reader of a pipe went away; nothing is left to say and nowhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _fail(f"{error.filename or 'the output'} cannot be used: {error.strerror or error}", 3)


def _fail(message: str, code: int) -> None:
    print(f"oversight-watch: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


@app.command()
def init(path: Annotated[Path, typer.Argument(help="The file to write.")] = WATCH_FILE) -> None:
    """Write a commented watch file to start from; never over an existing one."""
    from service.watchfile.starter import write_starter

    typer.echo(write_starter(path, ask=sys.stdin.isatty() and sys.stdout.isatty()))


@app.command()
def check(
    keys: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...")] = None,
    watch_file: WatchPath = WATCH_FILE,
    accept: Annotated[bool, typer.Option("--accept", help="Take a quarantined page as it is.")] = False,
    as_json: Json = False,
) -> None:
    """Check sources now (all when none is named), and send what comes of it."""
    from service.readmodel import status as readmodel_status
    from service.readmodel.lookups import sources_to_check
    from service.terminal import messages as terminal_messages
    from service.terminal import status as terminal

    watch = opened_watch(watch_file, create=True)
    wanted = sources_to_check(keys or [], watch.settings)
    watch.note_applied()
    settled = [watch.check(key, accept=accept) for key in terminal.progress(wanted, "Checking")]
    delivered = watch.deliver()
    if as_json:
        print_json(readmodel_status.settled_as_data(settled))
    else:
        terminal.show_settled(settled)
        terminal_messages.show_delivered(delivered, watch.settings.time_zone)
    troubled = any(s.outcome in ("failed", "quarantined", "waiting") for s in settled)
    raise typer.Exit(1 if troubled or any(d.outcome != DeliveryOutcome.ACCEPTED for d in delivered) else 0)


@app.command()
def status(watch_file: WatchPath = WATCH_FILE, as_json: Json = False) -> None:
    """Show each source's health and completeness, and what waits in the outbox."""
    from service.readmodel import status as readmodel_status
    from service.terminal import status as terminal

    settings, database = opened(watch_file)
    with database.read() as session:
        data = readmodel_status.status_as_data(session, settings)
    print_json(data) if as_json else terminal.show_status(data)


@app.command()
def changes(
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=36500, help="Only the last so many days.")] = None,
    limit: Limit = 50,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show what changed, newest first."""
    from monitor.store.changes import latest_changes
    from service.readmodel import records as shown_data
    from service.readmodel.lookups import require_source
    from service.terminal import records as terminal_records

    settings, database = opened(watch_file)
    since = datetime.now(UTC) - timedelta(days=days) if days else None
    with database.read() as session:
        require_source(session, settings, source)
        found = latest_changes(session, limit=limit, source=source, since=since)
    if as_json:
        print_json([shown_data.change_as_data(change) for change in found])
    else:
        terminal_records.show_changes(found, settings.time_zone)


@app.command()
def records(
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only recommendations of this status.")] = None,
    limit: Limit = 200,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show the records as they were last seen."""
    from monitor.store.records import records_of
    from service.readmodel import records as shown_data
    from service.readmodel.lookups import require_source
    from service.terminal import records as terminal_records

    settings, database = opened(watch_file)
    with database.read() as session:
        require_source(session, settings, source)
        found = records_of(session, source, status)
    if as_json:
        print_json([shown_data.record_as_data(*pair) for pair in found])
    else:
        terminal_records.show_records(found, limit)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help='A record\'s key: OIG-24-01, "GAO-24-106148 rec 4".')],
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As it stood on this day.")
    ] = None,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show a record's life: every version, every change, the snapshots that prove them."""
    from service.readmodel import records as shown_data
    from service.readmodel.lookups import unknown_key
    from service.terminal import records as terminal_records

    settings, database = opened(watch_file)
    with database.read() as session:
        lives = shown_data.lives_as_data(session, key, on, settings.time_zone)
        if not lives:
            raise unknown_key(session, key)
    print_json(lives) if as_json else terminal_records.show_lives(lives, settings.time_zone)


@outbox.command("list")
def outbox_list(
    state: Annotated[OutboxState | None, typer.Option(help="Only messages in this state.")] = None,
    limit: Limit = 50,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """List messages, newest first."""
    from alerts.outbox.queue import list_outbox
    from service.terminal import messages as terminal_messages

    settings, database = opened(watch_file)
    with database.read() as session:
        found = list_outbox(session, state=state, limit=limit)
    if as_json:
        print_json([item.model_dump(exclude={"lease"}) for item in found])
    else:
        terminal_messages.show_outbox(found, settings.time_zone)


@outbox.command("show")
def outbox_show(number: int, watch_file: WatchPath = WATCH_FILE) -> None:
    """Show one message as its reader gets it, and every attempt to deliver it."""
    from service.terminal import messages as terminal_messages

    watch = opened_watch(watch_file)
    with watch.database.read() as session:
        terminal_messages.show_message(session, watch, number)


@outbox.command("retry")
def outbox_retry(number: int, watch_file: WatchPath = WATCH_FILE) -> None:
    """Send a dead or dropped message after all."""
    from alerts.outbox.queue import retry
    from service.terminal import messages as terminal_messages

    watch = opened_watch(watch_file)
    with watch.database.write() as session:
        retry(session, number, watch.clock())
    delivered = watch.deliver()
    terminal_messages.show_delivered(delivered, watch.settings.time_zone)
    raise typer.Exit(1 if any(one.outcome != DeliveryOutcome.ACCEPTED for one in delivered) else 0)


@outbox.command("drop")
def outbox_drop(number: int, watch_file: WatchPath = WATCH_FILE) -> None:
    """Give a waiting or dead message up."""
    from alerts.outbox.queue import drop

    _, database = opened(watch_file)
    with database.write() as session:
        drop(session, number)
    typer.echo(f"message {number} is dropped; `outbox retry {number}` brings it back")


@channels.command("test")
def channels_test(
    names: Annotated[list[str] | None, typer.Argument(metavar="[CHANNEL]...")] = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Send a test message to channels (all when none is named), the way real ones are sent."""
    from service.dryrun.channel_test import send_tests

    failed = send_tests(settings_of(watch_file), names or [])
    raise typer.Exit(1 if failed else 0)


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where database, mails and digest go.")] = Path("demo-output"),
) -> None:
    """Live through a week of oversight in seconds: no account, no internet."""
    from service.demo.play import play

    play(folder)


if __name__ == "__main__":
    main()
