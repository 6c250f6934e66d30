"""The commands that show what is recorded: changes, records, one record's history, promised dates."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.options import (
    WATCH_FILE,
    Agency,
    AsOf,
    Between,
    Json,
    Kind,
    Limit,
    OfKind,
    OpenOnly,
    Owner,
    Priority,
    RecordStatus,
    Since,
    Source,
    StatusNow,
    Subject,
    Topic,
    Until,
    WatchPath,
    coming_day,
    days_of,
    opened,
    past_day,
    print_json,
)
from service.readmodel.days import Day
from service.readmodel.record_sort import RecordSort

if TYPE_CHECKING:
    from service.readmodel.record_list import RecordFilter


def changes(  # noqa: PLR0913, PLR0917 - each is an option
    source: Source = None,
    topic: Topic = None,
    kind: Kind = None,
    agency: Agency = None,
    status: StatusNow = None,
    since: Since = None,
    until: Until = None,
    days: Annotated[int | None, typer.Option(min=1, max=36500, help="Only the last N days.")] = None,
    between_: Between = None,
    limit: Limit = 50,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show what changed, newest first."""
    from service.readmodel.changes import ChangeFilter, changes_as_data
    from service.readmodel.lookups import require_source, require_topic
    from service.readmodel.nothing import no_changes
    from service.readmodel.records import between, known_day, two_days
    from service.terminal.records import show_changes

    if days is not None and since is not None:
        raise typer.BadParameter("give --days or --since, not both")
    if between_ and (days is not None or since is not None or until is not None):
        raise typer.BadParameter("--between gives both days; leave --since, --until and --days out")
    settings, database = opened(watch_file, checks=False)
    if topic is not None:
        require_topic(settings, topic)
    begin, end = between(*days_of(since, until, settings.time_zone), settings.time_zone)
    begin = datetime.now(UTC) - timedelta(days=days) if days else begin
    if between_:
        first, second = (known_day(one, settings.time_zone) for one in between_)
        begin, end = two_days(first, second, settings.time_zone)
    wanted = ChangeFilter(topic, kind, agency, source, status, begin, end)
    with database.read() as session:
        require_source(session, settings, source)
        data = changes_as_data(session, wanted, limit)
        nothing = "" if data else no_changes(session, wanted, days)
    print_json(data) if as_json else show_changes(data, settings.time_zone, nothing=nothing)


def records(  # noqa: PLR0913, PLR0917 - each is an option
    source: Source = None,
    status: RecordStatus = None,
    kind: OfKind = None,
    agency: Agency = None,
    priority: Priority = None,
    owner: Owner = None,
    subject: Subject = None,
    open_: OpenOnly = False,
    sort: Annotated[RecordSort | None, typer.Option(help="Default: by source, then by key.")] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="Sort the other way.")] = False,
    as_of: AsOf = None,
    between_: Between = None,
    limit: Limit = 200,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show the records as they were last seen, or as they were on a day."""
    from service.readmodel.lookups import require_source
    from service.readmodel.nothing import no_records
    from service.readmodel.record_list import RecordFilter, asked, records_as_data
    from service.terminal.records import show_records

    if reverse and sort is None:
        raise typer.BadParameter("--reverse needs --sort")
    wanted = RecordFilter(source, status, open_, kind, agency, priority, owner, subject)
    if as_of or between_:
        if sort or owner or (as_of and between_):
            raise typer.BadParameter("give --as-of or --between, without --sort and --owner")
        if between_ and wanted != RecordFilter(source):
            raise typer.BadParameter("--between takes no filter but --source")
        _past_records(watch_file, wanted, as_of, between_, limit, as_json=as_json)
        return
    settings, database = opened(watch_file, checks=False)
    with database.read() as session:
        require_source(session, settings, source)
        query = asked(session, wanted, sort, descending=reverse, now=datetime.now(UTC))
        data = records_as_data(session, query)
        nothing = "" if data else no_records(session, wanted)
    print_json(data) if as_json else show_records(data, limit, nothing=nothing)


def _past_records(
    watch_file: Path,
    wanted: "RecordFilter",
    as_of: Day | None,
    between_: tuple[Day, Day] | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    from service.readmodel.as_of import records_on, records_side_by_side
    from service.readmodel.lookups import require_source
    from service.readmodel.records import between, known_day, two_days
    from service.readmodel.snapshots import pages_as_of
    from service.terminal.as_of import show_past_records, show_side_by_side

    settings, database = opened(watch_file, checks=False)
    zone, most = settings.time_zone, None if as_json else limit + 1
    with database.read() as session:
        require_source(session, settings, wanted.source)
        if between_:
            days = known_day(between_[0], zone), known_day(between_[1], zone)
            found = islice(records_side_by_side(session, wanted.source, *two_days(*days, zone)), most)
            rows = list(found)
            print_json(rows) if as_json else show_side_by_side(rows, days, limit)
            return
        day = known_day(as_of, zone) if as_of else None
        until = between(None, day, zone)[1]
        if day is None or until is None:
            return
        rows = list(records_on(session, wanted, until, limit=most).rows)
        pages = pages_as_of(session, wanted.source, until) if wanted.source else None
    if as_json:
        print_json({"as_of": day.isoformat(), "pages": pages, "records": rows})
    else:
        show_past_records(rows, pages, day.isoformat(), limit, zone)


def show(
    key: Annotated[str, typer.Argument(help='A record\'s key: OIG-24-01, "GAO-24-106148 rec 4".')],
    as_of: AsOf = None,
    on: Annotated[Day | None, typer.Option(parser=past_day, metavar="DAY", hidden=True)] = None,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show a record's history: every version, every change, and their evidence."""
    from service.readmodel.lives import lives_as_data
    from service.readmodel.lookups import unknown_key
    from service.readmodel.records import known_day
    from service.terminal.records import show_lives

    if on is not None:
        typer.echo("--on is now --as-of, and still works.", err=True)
        as_of = as_of or on
    settings, database = opened(watch_file, checks=False)
    with database.read() as session:
        day = known_day(as_of, settings.time_zone) if as_of else None
        lives = lives_as_data(session, key, day, settings.time_zone)
        if not lives:
            raise unknown_key(session, key)
    print_json(lives) if as_json else show_lives(lives, settings.time_zone)


def promises(
    source: Source = None,
    before: Annotated[
        Day | None,
        typer.Option(parser=coming_day, metavar="DAY", help="Only dates that end before this day: 90d."),
    ] = None,
    passed: Annotated[bool, typer.Option("--passed", help="Only dates that have passed.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Show at most this many rows.")] = 200,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """List open recommendations whose comment names a target date, earliest first."""
    from service.readmodel.lineage import promises_as_data
    from service.readmodel.lookups import require_source
    from service.terminal.records import show_promises

    settings, database = opened(watch_file, checks=False)
    with database.read() as session:
        require_source(session, settings, source)
        data = promises_as_data(session, source, datetime.now(UTC), settings.time_zone)
    last = before.of(settings.time_zone).isoformat() if before else None
    wanted = [
        one
        for one in data
        if (last is None or one["promise"]["due"] < last) and (one["promise"]["passed"] or not passed)
    ]
    print_json(wanted) if as_json else show_promises(wanted, limit, settings.time_zone)
