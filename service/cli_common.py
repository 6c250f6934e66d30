"""What the commands share: their common options, and what they open. Nothing here decides anything."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from service.database import Database
    from service.settings import WatchFile
    from service.watch import Watch

WatchPath = Annotated[
    Path, typer.Option("--watch-file", "-w", envvar="OVERSIGHT_WATCH_FILE", help="The watch file.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="Most rows shown.")]
WATCH_FILE = Path("watch.yaml")
opened_here = ExitStack()  # what the command opened, closed when it ends


def settings_of(path: Path) -> "WatchFile":
    """Read and check the watch file."""
    from alerts.channels import check_url
    from monitor.profiles import PROFILES
    from service.watch_file import load

    return load(path, os.environ, check_url=check_url, profiles=PROFILES)


def opened(path: Path) -> tuple["WatchFile", "Database"]:
    """Open the existing database that a watch file names."""
    from service.database import open_database

    settings = settings_of(path)
    database = open_database(settings.database, create=False)
    opened_here.callback(database.close)
    return settings, database


def opened_watch(path: Path, *, create: bool = False) -> "Watch":
    """Give the watch, on its existing database unless `create`."""
    from service.database import open_database
    from service.watch import Watch

    settings = settings_of(path)
    watch = Watch.of(settings, open_database(settings.database, create=create))
    opened_here.callback(watch.close)
    return watch


def print_json(value: Any) -> None:
    """Print JSON in the characters that the output can show."""
    from service.shown_text import as_json

    typer.echo(as_json(value, sys.stdout.encoding))
