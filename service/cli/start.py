"""The commands to start with: init and demo."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import WATCH_FILE


def init(path: Annotated[Path, typer.Argument(help="The file to write.")] = WATCH_FILE) -> None:
    """Write a commented watch file to start from. Never overwrites a file."""
    from service.watchfile.starter import write_starter

    typer.echo(write_starter(path, ask=sys.stdin.isatty() and sys.stdout.isatty()))


def demo(
    folder: Annotated[Path, typer.Option(help="Where the database, mails and digest are written.")] = Path(
        "demo-output"
    ),
) -> None:
    """Simulate a week of oversight in seconds. Needs no account and no internet."""
    from service.demo.play import play

    play(folder)
