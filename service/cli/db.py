"""The commands that look after the database."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import (
    WATCH_FILE,
    Json,
    WatchPath,
    database_argument,
    opened,
    print_json,
    settings_of,
)

db = typer.Typer(help="Check, back up, copy and prune the database.", no_args_is_help=True)


@db.command("upgrade")
def db_upgrade(watch_file: WatchPath = WATCH_FILE) -> None:
    """Update the database's tables to this version. Other commands do so too."""
    opened(watch_file)
    typer.echo("the database is up to date")


@db.command("backup")
def db_backup(
    target: Annotated[Path, typer.Argument(help="The file to write.")], watch_file: WatchPath = WATCH_FILE
) -> None:
    """Write a consistent copy of the database. The service can keep running."""
    from service.database.database import backup

    backup(settings_of(watch_file, only_reads=True).database, target)
    typer.echo(f"written: {target}")


@db.command("check")
def db_check(watch_file: WatchPath = WATCH_FILE, as_json: Json = False) -> None:
    """Verify the stored history: page hashes and the evidence of every change."""
    from dataclasses import asdict

    from service.database.database import damages_of

    settings, _ = opened(watch_file)
    found = damages_of(settings.database)
    if as_json:
        print_json([asdict(damage) for damage in found])
    else:
        for damage in found:
            typer.echo(f"{damage.table} {damage.row}: {damage.what}".replace(" :", ":"))
        typer.echo(f"{len(found)} damaged" if found else "the database is intact")
    if found:
        sys.exit(1)


@db.command("verify")
def db_verify(watch_file: WatchPath = WATCH_FILE, as_json: Json = False) -> None:
    """Find what was changed in stored history after it was recorded."""
    from dataclasses import asdict

    from service.database.database import verified_of
    from service.terminal.seals import show_verified

    settings, _ = opened(watch_file)
    found = verified_of(settings.database)
    print_json(asdict(found)) if as_json else show_verified(asdict(found))
    if found.damage:
        sys.exit(1)


@db.command("vacuum")
def db_vacuum(watch_file: WatchPath = WATCH_FILE) -> None:
    """Return the space of deleted rows to the disk."""
    from service.database.database import vacuum

    settings, _ = opened(watch_file)
    before, after = vacuum(settings.database)
    typer.echo(f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB now")


@db.command("prune")
def db_prune(
    watch_file: WatchPath = WATCH_FILE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be deleted; delete nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete what is older than 'keep' in the watch file, never a change's evidence."""
    from dataclasses import asdict

    from service.database.retention import prunable, prune

    settings, database = opened(watch_file)
    now = datetime.now(UTC)
    if dry_run:
        with database.read() as session:
            found = prunable(session, settings.keep, now)
    else:
        found = prune(database.write, settings.keep, now)
    if as_json:
        print_json(asdict(found))
        return
    typer.echo("would be deleted:" if dry_run else "deleted:")
    for name, count in asdict(found).items():
        typer.echo(f"  {count:>8} {name}")


@db.command("copy")
def db_copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The database to copy. It is not changed.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="An empty database, or an unfinished copy.")],
    as_json: Json = False,
) -> None:
    """Copy the whole history to another database, for example SQLite to PostgreSQL.

    Each is a URL as in 'database' of the watch file, or '${NAME}' for an environment variable.
    """
    from dataclasses import asdict

    from service.database.copy import copy_history
    from service.terminal.status import counting

    urls = [database_argument(written) for written in (source, target)]
    with counting("Copying") as tell:
        copied = copy_history(urls[0], urls[1], tell)
    if as_json:
        print_json([asdict(one) for one in copied])
        return
    for one in copied:
        typer.echo(f"{one.rows:>12,}  {one.table:<15} {one.sha256[:12]}")
    typer.echo(f"copied and compared: {sum(one.rows for one in copied):,} rows")
