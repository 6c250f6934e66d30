"""Options that commands share, and the watch file and database they open."""

import os
import re
import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.domain.status import Status
from monitor.domain.types import ChangeKind, RecordKind
from service.cli.completion import names_in
from service.readmodel.days import Day, day_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alerts.domain.errors import RenderError
    from monitor.profiles.profile import Profile
    from service.database.database import Database
    from service.runtime.app import Watch
    from service.watchfile.settings import Basics, WatchFile

WatchPath = Annotated[
    Path, typer.Option("--watch-file", "-w", envvar="OVERSIGHT_WATCH_FILE", help="The watch file.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
MOST = 2**31 - 1  # that a database counts to
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=MOST, help="Show at most this many rows.")]
Source = Annotated[
    str | None, typer.Option(metavar="SOURCE", autocompletion=names_in("sources"), help="Only this source.")
]
Agency = Annotated[str | None, typer.Option(help="Only this agency: CBP, or part of its name.")]
Topic = Annotated[
    str | None,
    typer.Option(metavar="TOPIC", autocompletion=names_in("topics"), help="Only what this topic matched."),
]
KINDS = ", ".join(ChangeKind)
_STATUSES = ", ".join(Status)
Kind = Annotated[ChangeKind | None, typer.Option(metavar="KIND", help=f"Only this kind of change: {KINDS}.")]
StatusNow = Annotated[
    Status | None,
    typer.Option(metavar="STATUS", help=f"Only records with this status now: {_STATUSES}."),
]


def past_day(written: str) -> Day:
    """Return a day, checked; 30d is 30 days ago."""
    return _checked(Day(written))


def coming_day(written: str) -> Day:
    """Return a day, checked; 30d is in 30 days."""
    return _checked(Day(written, ahead=True))


def change_number(written: str) -> int:
    """Return a change's number, checked: 12, or #12; one below zero was imported."""
    found = re.fullmatch(r"#?(-?[0-9]{1,10})", written)
    if not found or not 0 < abs(int(found[1])) <= MOST:
        raise typer.BadParameter(
            f"{written!r} is not the number of a change; `oversight-watch changes` shows the numbers"
        )
    return int(found[1])


def _checked(day: Day) -> Day:
    try:
        day_of(day.written, date.today(), ahead=day.ahead)  # noqa: DTZ011 - only its form counts here
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return day


Since = Annotated[
    Day | None,
    typer.Option(parser=past_day, metavar="DAY", help="Only from this day on: 2026-10-01, 30d, last Monday."),
]
Until = Annotated[
    Day | None, typer.Option(parser=past_day, metavar="DAY", help="Only up to this day: yesterday.")
]
AsOf = Annotated[
    Day | None,
    typer.Option("--as-of", parser=past_day, metavar="DAY", help="As it was at the end of this day."),
]
RecordStatus = Annotated[
    Status | None,
    typer.Option(metavar="STATUS", help=f"Only recommendations of this status: {_STATUSES}."),
]
Between = Annotated[
    tuple[Day, Day] | None,
    typer.Option(
        "--between", parser=past_day, metavar="DAY DAY", help="From the end of one day to another's."
    ),
]
OfKind = Annotated[RecordKind | None, typer.Option("--kind", help="Only reports, or only recommendations.")]
Priority = Annotated[
    bool | None, typer.Option("--priority/--no-priority", help="Only with, or without, a priority mark.")
]
Owner = Annotated[str | None, typer.Option(help="Only what is assigned to this person.")]
Subject = Annotated[str | None, typer.Option(help="Only with this subject of the publisher's.")]
OpenOnly = Annotated[bool, typer.Option("--open", help="Only open recommendations on a list now.")]
WATCH_FILE = Path("watch.yaml")
opened_here = ExitStack()  # what the command opened, closed when it ends


def settings_of(
    path: Path, *, only_reads: bool = False, sends: bool = True, checks: bool = True
) -> "WatchFile":
    """Read and check the watch file; a command that `only_reads` does without channels that are wrong.

    One that shows no message (not `sends`) does without asking what their URLs mean, and one that says
    nothing of checks (not `checks`) without the built-in profiles: both load slowly.
    """
    from service.watchfile.dotenv import with_dotenv
    from service.watchfile.load import load

    settings = load(
        path,
        with_dotenv(path, os.environ),
        check_url=_check_url if sends else None,
        profiles=_built_in() if checks else None,
        wrong_templates=_wrong_templates,
        only_reads=only_reads,
    )
    if settings.left_out:
        typer.echo(
            "\n".join(("Left out, as the watch file has mistakes there:", *settings.left_out)), err=True
        )
    return settings


def basics_of(path: Path) -> "Basics":
    """Return how a watch file says that pages are fetched; as usual where it is missing or cannot be used."""
    from monitor.domain.errors import OversightError
    from service.watchfile.dotenv import with_dotenv
    from service.watchfile.load import load
    from service.watchfile.settings import Basics

    try:
        return load(path, with_dotenv(path, os.environ), only_reads=True)
    except OversightError:
        return Basics.model_validate({})


def _built_in() -> "Mapping[str, Profile]":
    from monitor.profiles.registry import PROFILES

    return PROFILES


def _check_url(url: str) -> str | None:
    from alerts.channels.services import check_url

    return check_url(url)


def _wrong_templates(folder: Path) -> "list[RenderError]":
    # Loaded only where there are templates: most watch files have none, and commands are to be quick.
    from service.dryrun.template_check import wrong_templates

    return wrong_templates(folder)


def opened(path: Path, *, only_reads: bool = True, checks: bool = True) -> tuple["WatchFile", "Database"]:
    """Open the existing database that a watch file names, for a command that sends nothing."""
    from service.database.database import open_database

    settings = settings_of(path, only_reads=only_reads, sends=not only_reads, checks=checks)
    database = open_database(settings.database, create=False)
    opened_here.callback(database.close)
    return settings, database


def opened_watch(path: Path, *, create: bool = False, only_reads: bool = False) -> "Watch":
    """Return the watch, on its existing database unless `create`."""
    import logging

    from service.database.database import open_database
    from service.runtime.app import Watch

    # A command shows the outcome of a check that met a bug; `run` and `worker` also log its traceback.
    logging.getLogger("oversight_watch").addHandler(logging.NullHandler())
    settings = settings_of(path, only_reads=only_reads)
    watch = Watch.of(settings, open_database(settings.database, create=create))
    opened_here.callback(watch.close)
    return watch


def days_of(since: Day | None, until: Day | None, time_zone: str) -> tuple[date | None, date | None]:
    """Return two days as they are in the watch file's time zone."""
    return since.of(time_zone) if since else None, until.of(time_zone) if until else None


def database_argument(written: str) -> str:
    """Return the URL of a database named on the command line; ${NAME} keeps a password out of it."""
    from service.watchfile.settings import database_url, relative_to

    name = re.fullmatch(r"\$\{(\w+)\}", written)
    if name and name[1] not in os.environ:
        raise typer.BadParameter(f"the environment variable {name[1]} is not set")
    try:
        return relative_to(Path(), database_url(os.environ[name[1]] if name else written))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def print_json(value: Any) -> None:
    """Print JSON in the characters that the output can show."""
    from service.readmodel.json_text import as_json

    typer.echo(as_json(value, sys.stdout.encoding))
