"""The commands that look at alerts as their readers get them."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from monitor.domain.errors import OversightError
from monitor.domain.types import ChangeKind
from service.cli.options import WATCH_FILE, WatchPath, opened, settings_of

alerts = typer.Typer(help="Messages as their readers get them.", no_args_is_help=True)


@alerts.command("preview")
def alerts_preview(
    change: Annotated[int | None, typer.Option(help="The id of a recorded change.")] = None,
    kind: Annotated[ChangeKind | None, typer.Option(help="A made-up change of this kind instead.")] = None,
    channel: Annotated[str | None, typer.Option(help="As this channel gets it; else as a mail.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write it to this file: .html for a mail's page.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Show an alert as its reader would get it; send and record nothing."""
    from service.dryrun import preview
    from service.readmodel.lookups import required_change
    from service.terminal.topics import show_preview

    if (change is None) == (kind is None):
        raise OversightError("name a change (--change 12) or a kind (--kind status_changed)")
    if kind is not None:
        message = preview.preview_of_kind(settings_of(watch_file), kind, channel)
    else:
        settings, database = opened(watch_file)
        with database.read() as session:
            message = preview.preview_of_change(settings, required_change(session, change or 0), channel)
    if out is None and not show:
        show_preview(message)
        return
    path = preview.write_preview(message, out)
    typer.echo(f"written: {path}")
    if show and not webbrowser.open(path.resolve().as_uri()):
        raise OversightError(f"no browser can be opened here; the file is {path}")
