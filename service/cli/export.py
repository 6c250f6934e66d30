"""The commands that write whole lists into files."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.destination import destination
from service.cli.options import (
    WATCH_FILE,
    Agency,
    Kind,
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
    days_of,
    opened,
)
from service.readmodel.export_format import ExportFormat

if TYPE_CHECKING:
    from service.readmodel.exports import Column, Row

export = typer.Typer(help="Write changes or records into a file for other programs.", no_args_is_help=True)
Format = Annotated[ExportFormat, typer.Option("--format", help="The kind of file.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write; an older one is replaced.")]


@export.command()
def changes(  # noqa: PLR0913, PLR0917 - each is an option
    output: Output,
    form: Format = ExportFormat.CSV,
    source: Source = None,
    topic: Topic = None,
    kind: Kind = None,
    agency: Agency = None,
    status: StatusNow = None,
    since: Since = None,
    until: Until = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Write the changes that match, newest first."""
    from service.readmodel.changes import ChangeFilter
    from service.readmodel.exports import CHANGE_COLUMNS, change_rows
    from service.readmodel.lookups import require_source, require_topic
    from service.readmodel.records import between

    settings, database = opened(watch_file, checks=False)
    if topic is not None:
        require_topic(settings, topic)
    with database.read() as session:
        require_source(session, settings, source)
    wanted = ChangeFilter(
        topic,
        kind,
        agency,
        source,
        status,
        *between(*days_of(since, until, settings.time_zone), settings.time_zone),
    )
    _write("changes", output, form, CHANGE_COLUMNS, change_rows(database, settings, wanted))


@export.command()
def records(  # noqa: PLR0913, PLR0917 - each is an option
    output: Output,
    form: Format = ExportFormat.CSV,
    source: Source = None,
    status: RecordStatus = None,
    kind: OfKind = None,
    agency: Agency = None,
    priority: Priority = None,
    owner: Owner = None,
    subject: Subject = None,
    open_: OpenOnly = False,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Write the records that match, as they were last seen."""
    from service.readmodel.exports import RECORD_COLUMNS, record_rows
    from service.readmodel.lookups import require_source
    from service.readmodel.record_list import RecordFilter

    settings, database = opened(watch_file, checks=False)
    with database.read() as session:
        require_source(session, settings, source)
    wanted = RecordFilter(source, status, open_, kind, agency, priority, owner, subject)
    rows = record_rows(database, wanted)
    _write("records", output, form, RECORD_COLUMNS, rows)


def _write(
    name: str, output: Path, form: ExportFormat, columns: "tuple[Column, ...]", rows: "Iterator[Row]"
) -> None:
    """Write the rows; - is the standard output."""
    from alerts.language.text import counted
    from service.readmodel.export_files import CUT, write

    with destination(output) as file:
        written = write(file, form, name, columns, rows)
    typer.echo(f"{counted(written.rows, 'row')} written to {output}.", err=str(output) == "-")
    if written.is_cut:
        typer.echo(CUT, err=True)
