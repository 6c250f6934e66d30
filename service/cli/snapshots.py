"""The commands that show stored pages: all of a source, and one of them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.completion import names_in
from service.cli.destination import destination
from service.cli.options import WATCH_FILE, AsOf, Json, Limit, Source, WatchPath, opened, print_json
from service.readmodel.days import Day


def snapshots(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", autocompletion=names_in("sources"), help="The source's name."),
    ] = "",
    as_of: AsOf = None,
    limit: Limit = 50,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """List a source's stored pages, newest first."""
    from service.readmodel.lookups import require_source
    from service.readmodel.records import between, known_day
    from service.readmodel.snapshots import snapshots_as_data
    from service.terminal.snapshots import show_snapshots

    settings, database = opened(watch_file, checks=False)
    with database.read() as session:
        require_source(session, settings, source)
        day = known_day(as_of, settings.time_zone) if as_of else None
        until = between(None, day, settings.time_zone)[1]
        data = snapshots_as_data(session, source, until, None if as_json else limit + 1)
    print_json(data) if as_json else show_snapshots(data, source, limit, settings.time_zone)


def snapshot(
    sha256: Annotated[
        str | None, typer.Argument(metavar="HASH", help="A page's hash, or its first digits.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the page as it was received into a file.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show it in a browser, without scripts.")] = False,
    diff: Annotated[
        str | None, typer.Option(metavar="HASH", help="Show what another page has instead.")
    ] = None,
    source: Source = None,
    as_of: AsOf = None,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show how a stored page came, write it, open it or compare it with another."""
    from monitor.profiles.registry import with_built_in
    from service.readmodel.evidence import snapshot_as_data
    from service.readmodel.page_diff import page_diff_as_data
    from service.readmodel.snapshots import whole_hash
    from service.terminal.snapshots import opened_in_browser, show_page_diff, show_snapshot

    if output is not None and diff is not None:
        raise typer.BadParameter("--output writes one page; leave --diff out")
    settings, database = opened(watch_file, checks=False)
    with database.read() as session:
        wanted = _wanted(session, settings, sha256, source, as_of)
        if diff is not None:
            other = whole_hash(session, diff)
            found = page_diff_as_data(session, wanted, other, with_built_in(settings.profiles))
            print_json(found) if as_json else show_page_diff(found, settings.time_zone)
            return
        data, page = snapshot_as_data(session, wanted)
    if output is not None:
        with destination(output) as file:
            file.write(page.body)
        if str(output) != "-":
            typer.echo(f"{len(page.body):,} bytes written to {output}.")
    elif not open_:
        print_json(data) if as_json else show_snapshot(data, settings.time_zone)
    if open_:
        typer.echo(opened_in_browser(page, settings.time_zone))


def _wanted(session: Any, settings: Any, sha256: str | None, source: str | None, day: Day | None) -> str:
    """Return the hash of the page that is asked for."""
    from service.readmodel.lookups import require_source
    from service.readmodel.records import known_day
    from service.readmodel.snapshots import page_as_of, whole_hash

    if (sha256 is None) == (source is None and day is None):
        raise typer.BadParameter("give the hash of a page, or --source and --as-of")
    if sha256 is not None:
        return whole_hash(session, sha256)
    if source is None or day is None:
        raise typer.BadParameter("--source and --as-of belong together")
    require_source(session, settings, source)
    return page_as_of(session, source, known_day(day, settings.time_zone), settings.time_zone)
