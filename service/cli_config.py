"""The commands on the watch file itself."""

import typer

from service.cli_common import WATCH_FILE, WatchPath, print_json, settings_of

config = typer.Typer(help="The watch file.", no_args_is_help=True)


@config.command("check")
def config_check(watch_file: WatchPath = WATCH_FILE) -> None:
    """Check the watch file as a whole and say everything that is wrong with it."""
    from alerts.wording import counted

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
def config_schema() -> None:
    """Print the watch file's JSON Schema, for editors."""
    from service.settings import json_schema

    print_json(json_schema())
