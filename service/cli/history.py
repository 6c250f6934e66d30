"""The commands that work on the history as a whole: import into it, replay it."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.domain.errors import OversightError
from service.cli.completion import names_in
from service.cli.options import WATCH_FILE, Json, Limit, WatchPath, opened, opened_watch, print_json


def replay(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="Sources; all by default.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="Read with this profile file, before it is used.")
    ] = None,
    store: Annotated[
        bool, typer.Option("--store", help="Store the differences as corrections. Alerts nobody.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option(help="Keep what is rebuilt in this new database, for experiments.")
    ] = None,
    limit: Limit = 20,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Read the stored pages again with today's profiles, and show what differs from the record."""
    from monitor.profiles.registry import with_built_in
    from service.dryrun.replay import Reading, as_data, profiles_in_use, replay
    from service.readmodel.lookups import require_watched
    from service.terminal.history import show_replay
    from service.terminal.status import counting
    from service.watchfile.profiles import folder_of, one_profile

    if store and (profile or into):
        raise typer.BadParameter("--store is for today's profiles and this database; leave out the other")
    settings, database = opened(watch_file, only_reads=not store)
    for key in keys or ():
        require_watched(settings, key)
    reading = Reading(settings.sources, with_built_in(settings.profiles))
    if profile is not None:
        with database.read() as session:
            used = profiles_in_use(session)
        reading = reading.with_profile(one_profile(str(profile), folder_of(watch_file)), keys or (), used)
    else:
        reading = reading.of(keys or ())
    if not reading.sources:
        raise OversightError("the watch file has no source")
    with counting("Replaying") as tell:
        report = replay(database, reading, into=into, store=store, tell=tell)
    data = as_data(report)
    print_json(data) if as_json else show_replay(data, limit, settings.time_zone)
    raise typer.Exit(1 if any(one.differs for one in report.sources) else 0)


def import_(
    source: Annotated[
        str, typer.Argument(autocompletion=names_in("sources"), help="The source that the pages are of.")
    ],
    path: Annotated[Path, typer.Argument(help="A folder of captures, a WARC file or a CDX index.")],
    limit: Limit = 20,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Import archived pages of a source, dated when they were captured. Alerts nobody."""
    from service.readmodel.lookups import require_watched
    from service.runtime.archive_import import as_data, import_captures
    from service.terminal.history import show_import
    from service.terminal.status import counting

    watch = opened_watch(watch_file, create=True)
    require_watched(watch.settings, source)
    with counting("Importing") as tell:
        found = import_captures(watch, source, path, tell)
    data = as_data(found)
    print_json(data) if as_json else show_import(data, limit)
    nothing = not data["captures"] and not data["imported_before"]
    raise typer.Exit(1 if data["set_aside"] or nothing else 0)
