"""The commands on the watch file itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor.domain.errors import OversightError
from service.cli.options import WATCH_FILE, Json, WatchPath, opened, print_json, settings_of

config = typer.Typer(help="Check the watch file and plan changes to it.", no_args_is_help=True)


@config.command("check")
def config_check(watch_file: WatchPath = WATCH_FILE) -> None:
    """Check the whole watch file and list every mistake."""
    from alerts.language.text import counted
    from service.watchfile.advice import warnings

    found = settings_of(watch_file)
    parts = ("source", "channel", "topic", "digest")
    counts = ", ".join(counted(len(getattr(found, f"{part}s")), part) for part in parts)
    doubts = warnings(found)
    fine = f"can be used, with {counted(len(doubts), 'warning')}" if doubts else "is fine"
    typer.echo(f"{watch_file} {fine}: {counts}")
    for sentence in doubts:
        typer.echo(f"Warning: {sentence}", err=True)
    if found.contact is None and any(source.is_web for source in found.sources.values()):
        typer.echo(
            "Tip: set 'contact' to an e-mail address or URL, as in contact: watch@example.org. It is sent to"
            " the sites you check, so they can write to you before they block you.",
            err=True,
        )


@config.command("import")
def config_import(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="urls.yaml, jobs.yaml or a backup in JSON or ZIP.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="The watch file to write; never over another."),
    ] = WATCH_FILE,
) -> None:
    """Make a watch file from one of urlwatch, webchanges or changedetection.io. Runs nothing in it."""
    from alerts.language.text import counted
    from service.terminal.console import paragraph
    from service.watchfile.converted import converted, left_out
    from service.watchfile.foreign import read_jobs
    from service.watchfile.starter import refuse_existing, write_file

    refuse_existing(output)
    jobs = read_jobs(file)
    text = converted(file.name, jobs)
    taken = sum(not job.why_not for job in jobs)
    if not taken:
        raise OversightError("\n".join([f"nothing in {file} can be watched here:", *left_out(jobs)]))
    write_file(output, text)
    for sentence in left_out(jobs):
        paragraph(sentence, "- ")
    typer.echo(f"written: {output}: {counted(taken, 'source')} of {counted(len(jobs), 'page')}")
    typer.echo("Next: set ALERTS_URL (see oversight-watch init -h), then oversight-watch config check")


@config.command("schema")
def config_schema(
    profile: Annotated[
        bool, typer.Option("--profile", help="Print the schema of a profile file instead.")
    ] = False,
) -> None:
    """Print the watch file's JSON Schema, for editors."""
    from service.watchfile.schema import json_schema, profile_schema

    print_json(profile_schema() if profile else json_schema())


@config.command("plan")
def config_plan(
    new_file: Annotated[
        Path | None, typer.Argument(help="The changed watch file. Default: the one in use.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="The old watch file. Default: the one last used.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=36500, help="Use the changes of the last N days.")] = 90,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show which alerts people would gain or lose with a changed watch file."""
    from service.readmodel.plan import plan_as_data
    from service.terminal.plan import show_plan
    from service.watchfile.in_use import applied_content, last_applied

    new_file = new_file or watch_file
    settings, database = opened(new_file, only_reads=False)
    since = datetime.now(UTC) - timedelta(days=days)
    with database.read() as session:
        last = None if against else last_applied(session)
        if last is None and against is None:
            raise OversightError(
                "no watch file has been used with this database yet; name the old one:"
                " config plan --against OLD"
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
