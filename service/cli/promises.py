"""The command that lists what agencies promised."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from service.cli.options import WATCH_FILE, Json, WatchPath, opened, print_json


def promises(
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only dates that end before this day.")
    ] = None,
    passed: Annotated[bool, typer.Option("--passed", help="Only dates that have passed.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Most rows shown.")] = 200,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """List the open recommendations whose status comment promises a date, the earliest first."""
    from monitor.commitments.queries import open_promises
    from service.readmodel.lineage import promised_as_data
    from service.readmodel.lookups import require_source
    from service.terminal.records import show_promises

    settings, database = opened(watch_file)
    with database.read() as session:
        require_source(session, settings, source)
        found = open_promises(session, None if source is None else [source])
    data = promised_as_data(found, datetime.now(UTC), settings.time_zone)
    wanted = [
        one
        for one in data
        if (before is None or one["promise"]["due"] < before.date().isoformat())
        and (one["promise"]["passed"] or not passed)
    ]
    print_json(wanted) if as_json else show_promises(wanted, limit, settings.time_zone)
