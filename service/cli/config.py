"""The commands on the watch file itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor.domain.errors import OversightError
from service.cli.options import WATCH_FILE, Json, WatchPath, opened, print_json, settings_of

config = typer.Typer(help="The watch file.", no_args_is_help=True)


@config.command("check")
def config_check(watch_file: WatchPath = WATCH_FILE) -> None:
    """Check the watch file as a whole and say everything that is wrong with it."""
    from alerts.language.text import counted

    found = settings_of(watch_file)
    parts = ("source", "channel", "topic", "digest")
    counts = ", ".join(counted(len(getattr(found, f"{part}s")), part) for part in parts)
    typer.echo(f"{watch_file} is fine: {counts}")
    if found.contact is None and any(source.is_web for source in found.sources.values()):
        typer.echo(
            "A word: no 'contact' is set. Sites are told who reads them; an e-mail address or URL there lets"
            " them write to you before they shut you out, as in contact: watch@example.org",
            err=True,
        )


@config.command("schema")
def config_schema(
    profile: Annotated[bool, typer.Option("--profile", help="That of a profile file.")] = False,
) -> None:
    """Print the watch file's JSON Schema, for editors."""
    from service.watchfile.settings import json_schema, profile_schema

    print_json(profile_schema() if profile else json_schema())


@config.command("plan")
def config_plan(
    new_file: Annotated[
        Path | None, typer.Argument(help="The changed watch file; else the one in use.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="The old watch file; else what was last in use.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=36500, help="On the changes of so many days.")] = 90,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show who would gain and who would lose which alerts by a changed watch file, before it takes effect."""
    from service.readmodel.plan import plan_as_data
    from service.terminal.plan import show_plan
    from service.watchfile.in_use import applied_content, last_applied

    new_file = new_file or watch_file
    settings, database = opened(new_file)
    since = datetime.now(UTC) - timedelta(days=days)
    with database.read() as session:
        last = None if against else last_applied(session)
        if last is None and against is None:
            raise OversightError(
                "no watch file was in use on this database since it was brought to this version; name the old"
                " one: config plan --against OLD"
            )
        old = last.content if last else applied_content(settings_of(against or new_file))
        found = plan_as_data(session, old, settings, since)
    data = {
        "file": str(new_file),
        "against": str(against) if against else None,
        "applied": last.applied_at.isoformat() if last else None,
        "days": days,
        **found,
    }
    print_json(data) if as_json else show_plan(data, settings.time_zone)
