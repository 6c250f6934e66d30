"""The command that prints changes as events, for programs."""

import sys
from typing import Annotated

import typer

from service.cli.options import WATCH_FILE, WatchPath, opened

_LARGEST_ID = 2**63 - 1


def events(
    after: Annotated[
        int, typer.Option(min=0, max=_LARGEST_ID, help="Only changes with an id above this one.")
    ] = 0,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=10_000, help="Print at most this many.")
    ] = 1_000,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Print changes as events, oldest first: one JSON object a line."""
    from service.readmodel.events import events_after
    from service.readmodel.json_text import as_json_line

    settings, database = opened(watch_file, checks=False)
    with database.read() as session:
        found = events_after(session, settings, after, limit)
    for one in found:
        typer.echo(as_json_line(one, sys.stdout.encoding))
