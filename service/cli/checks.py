"""The commands check and status."""

from typing import Annotated

import typer

from alerts.domain.types import DeliveryOutcome
from service.cli.completion import names_in
from service.cli.options import WATCH_FILE, Json, WatchPath, opened, opened_watch, print_json


def check(
    keys: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", autocompletion=names_in("sources"), help="Sources; all by default."),
    ] = None,
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
