"""The commands on topics and alerts: back-test a topic, explain a change, preview an alert."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.domain.errors import OversightError
from monitor.domain.types import ChangeKind
from service.cli.completion import names_in
from service.cli.options import (
    KINDS,
    WATCH_FILE,
    Json,
    WatchPath,
    change_number,
    opened,
    print_json,
    settings_of,
)

topics = typer.Typer(help="Back-test topics and explain their decisions.", no_args_is_help=True)
alerts = typer.Typer(help="Preview messages as their readers get them.", no_args_is_help=True)


@topics.command("test")
def topics_test(
    name: Annotated[
        str,
        typer.Argument(metavar="TOPIC", autocompletion=names_in("topics"), help="A topic of the watch file."),
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=36500, help="Only the last N days.")] = 365,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Back-test a topic on recorded history: matches, near misses, volume. Sends nothing."""
    from service.readmodel.lookups import require_topic
    from service.readmodel.topics import replay_as_data
    from service.terminal.topics import show_replay

    settings, database = opened(watch_file)
    require_topic(settings, name)
    with database.read() as session:
        data = replay_as_data(session, settings, name, days, datetime.now(UTC))
    print_json(data) if as_json else show_replay(data, settings.time_zone)


@topics.command("explain")
def topics_explain(
    change: Annotated[
        int, typer.Argument(parser=change_number, metavar="CHANGE", help="The number of a change.")
    ],
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Explain for each topic why it matches a change or not, then and now."""
    from service.readmodel.topics import explained_as_data
    from service.terminal.topics import show_explained

    settings, database = opened(watch_file)
    with database.read() as session:
        data = explained_as_data(session, settings, change, datetime.now(UTC))
    print_json(data) if as_json else show_explained(data)


@alerts.command("preview")
def alerts_preview(
    change: Annotated[
        int | None,
        typer.Option(parser=change_number, metavar="CHANGE", help="The number of a recorded change."),
    ] = None,
    kind: Annotated[
        ChangeKind | None,
        typer.Option(metavar="KIND", help=f"Use a made-up change of this kind instead: {KINDS}."),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL",
            autocompletion=names_in("channels"),
            help="Show it as this channel gets it. Default: as an e-mail.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write it to this file: .html for a mail's page.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Show an alert as its reader would get it. Sends and records nothing."""
    import webbrowser

    from service.dryrun.preview import preview_of_change, preview_of_kind, write_preview
    from service.readmodel.lookups import required_change
    from service.terminal.topics import show_preview

    if (change is None) == (kind is None):
        raise OversightError("name a change (--change 12) or a kind (--kind status_changed)")
    if kind is not None:
        message = preview_of_kind(settings_of(watch_file), kind, channel)
    else:
        settings, database = opened(watch_file)
        with database.read() as session:
            message = preview_of_change(settings, required_change(session, change or 0), channel)
    if out is None and not show:
        show_preview(message)
        return
    path = write_preview(message, out)
    typer.echo(f"written: {path}")
    if show and not webbrowser.open(path.resolve().as_uri()):
        raise OversightError(f"no browser can be opened here; the file is {path}")
