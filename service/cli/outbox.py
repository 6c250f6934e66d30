"""The commands on messages and channels: list, show, retry and drop messages; test channels."""

from typing import Annotated

import typer

from alerts.domain.types import DeliveryOutcome, OutboxState
from monitor.domain.errors import OversightError
from service.cli.completion import names_in
from service.cli.options import (
    MOST,
    WATCH_FILE,
    Json,
    Limit,
    WatchPath,
    opened,
    opened_watch,
    print_json,
    settings_of,
)

outbox = typer.Typer(help="List, show, retry and drop messages.", no_args_is_help=True)
channels = typer.Typer(
    help="Test the channels that messages go to; list who unsubscribed.", no_args_is_help=True
)

# alerts.domain.models.State, written again so that --help does not load the tables.


Number = Annotated[int, typer.Argument(min=1, max=MOST, help="A message's number.")]


@outbox.command("list")
def outbox_list(
    state: Annotated[OutboxState | None, typer.Option(help="Only messages in this state.")] = None,
    limit: Limit = 50,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """List messages, newest first."""
    from service.readmodel.outbox import outbox_as_data
    from service.terminal.messages import show_outbox

    settings, database = opened(watch_file)
    with database.read() as session:
        data = outbox_as_data(session, state, limit)
    print_json(data) if as_json else show_outbox(data, settings.time_zone)


@outbox.command("show")
def outbox_show(number: Number, watch_file: WatchPath = WATCH_FILE) -> None:
    """Show one message as its reader gets it, and every attempt to deliver it."""
    from service.readmodel.outbox import message_as_data
    from service.terminal.messages import show_message

    watch = opened_watch(watch_file, only_reads=True)
    with watch.database.read() as session:
        data = message_as_data(session, watch, number)
    show_message(data, watch.settings.time_zone)


@outbox.command("retry")
def outbox_retry(
    number: Annotated[int | None, typer.Argument(min=1, max=MOST, help="A dead or dropped message.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All dead messages.")] = False,
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL", autocompletion=names_in("channels"), help="All dead messages of this channel."
        ),
    ] = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Send a dead or dropped message again, or all dead messages."""
    from alerts.outbox.queue import retry
    from service.readmodel.lookups import require_channel
    from service.readmodel.outbox import dead_messages
    from service.terminal.messages import show_delivered

    if sum((number is not None, all_, channel is not None)) != 1:
        raise typer.BadParameter("name one message by its number, or use --all, or --channel NAME")
    watch = opened_watch(watch_file)
    if channel is not None:
        require_channel(watch.settings, channel)
    with watch.database.write() as session:
        numbers = dead_messages(session, channel) if number is None else [number]
        for one in numbers:
            retry(session, one, watch.clock())
    if not numbers:
        where = f" for {channel}" if channel else ""
        typer.echo(f"there is no dead message{where}")
    delivered = watch.deliver()
    show_delivered(delivered, watch.settings.time_zone)
    raise typer.Exit(1 if any(one.outcome != DeliveryOutcome.ACCEPTED for one in delivered) else 0)


@outbox.command("drop")
def outbox_drop(number: Number, watch_file: WatchPath = WATCH_FILE) -> None:
    """Cancel a pending or dead message."""
    from alerts.outbox.queue import drop

    _, database = opened(watch_file)
    with database.write() as session:
        drop(session, number)
    typer.echo(f"message {number} is dropped; `outbox retry {number}` sends it after all")


@channels.command("test")
def channels_test(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CHANNEL", autocompletion=names_in("channels"), help="Channels; all by default."
        ),
    ] = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Send a test message to channels (all by default), the way real ones are sent."""
    from service.dryrun.channel_test import send_tests

    failed = send_tests(settings_of(watch_file), names or [])
    raise typer.Exit(1 if failed else 0)


@channels.command("unsubscribed")
def channels_unsubscribed(
    undo: Annotated[
        str | None, typer.Option(metavar="RECIPIENT", help="Send this reader messages again.")
    ] = None,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """List readers who unsubscribed by the link in a mail, or undo it for one."""
    from alerts.outbox.opt_outs import opt_in
    from service.readmodel.outbox import unsubscribed_as_data
    from service.terminal.messages import show_unsubscribed

    settings, database = opened(watch_file)
    if undo is not None:
        with database.write() as session:
            again = opt_in(session, undo)
        if not again:
            raise OversightError(f"{undo} has not unsubscribed; `channels unsubscribed` lists who has")
        typer.echo(f"{undo} gets messages again: {', '.join(again)}")
        return
    with database.read() as session:
        data = unsubscribed_as_data(session)
    print_json(data) if as_json else show_unsubscribed(data, settings.time_zone)
