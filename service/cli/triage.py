"""The commands for triage: assign, note, snooze, and the list of assignments."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from alerts.domain.types import TriageKind
from monitor.domain.us_dates import day_words
from service.cli.completion import names_in
from service.cli.options import WATCH_FILE, Json, WatchPath, coming_day, opened, print_json
from service.readmodel.days import Day

Key = Annotated[str, typer.Argument(help='A record\'s key: OIG-24-01, "GAO-24-106148 rec 4".')]
Of = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="SOURCE",
        autocompletion=names_in("sources"),
        help="The source, if several have this key.",
    ),
]
By = Annotated[str | None, typer.Option("--by", help="Your name. Default: your login name.")]


def assign(
    key: Key,
    name: Annotated[str | None, typer.Argument(help="Who owns it.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Remove the assignment.")] = False,
    source: Of = None,
    by: By = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Assign a recommendation or report. Digests, reminders and `show` name the person."""
    if (name is None) != nobody:
        raise typer.BadParameter("give a name, or --nobody, and not both")
    if name is not None and not _shown(name):
        raise typer.BadParameter("the name is empty")
    _say(watch_file, key, source, by, TriageKind.ASSIGNED, text=name)
    typer.echo(f"{_shown(key)} is assigned to {_shown(name) if name else 'nobody'}.")


def note(
    key: Key,
    text: Annotated[str, typer.Argument(help="The note; it replaces the previous one.")],
    source: Of = None,
    by: By = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Add a note to a recommendation or report. Earlier notes stay in its history."""
    _say(watch_file, key, source, by, TriageKind.NOTE, text=text)
    typer.echo(f"Noted on {_shown(key)}.")


def snooze(
    key: Key,
    until: Annotated[
        Day | None,
        typer.Option(
            parser=coming_day, metavar="DAY", help="Until this day begins: 2026-06-01, 30d, next Monday."
        ),
    ] = None,
    until_change: Annotated[bool, typer.Option("--until-change", help="Until its next change.")] = False,
    off: Annotated[bool, typer.Option("--off", help="End the snooze.")] = False,
    source: Of = None,
    by: By = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Mute reminders and rewritten comments until a date. Status changes still alert."""
    if sum((until is not None, until_change, off)) != 1:
        raise typer.BadParameter("give one of --until 30d, --until-change and --off")
    if off:
        _say(watch_file, key, source, by, TriageKind.SNOOZE_OVER)
        typer.echo(f"{_shown(key)} is no longer snoozed.")
    elif until is None:
        _say(watch_file, key, source, by, TriageKind.SNOOZED_UNTIL_CHANGE)
        typer.echo(f"{_shown(key)} is snoozed until its next change.")
    else:
        day = _say(watch_file, key, source, by, TriageKind.SNOOZED_UNTIL, until=until)
        said = day_words(day) if day else until.written
        typer.echo(f"{_shown(key)} is snoozed until {said}; a new status still sends an alert.")


def assigned(
    name: Annotated[str | None, typer.Argument(help="Only this person's.")] = None,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """List assigned records by person, with status, note and snooze."""
    from service.readmodel.nothing import no_assignment
    from service.readmodel.triage import assigned_as_data
    from service.terminal.triage import show_assigned

    settings, database = opened(watch_file, checks=False)
    with database.read() as session:
        now = datetime.now(UTC)
        data = assigned_as_data(session, name, now)
        nothing = "" if data else no_assignment(session, name, now)
    print_json(data) if as_json else show_assigned(data, settings.time_zone, nothing=nothing)


def _say(
    watch_file: Path,
    key: str,
    source: str | None,
    by: str | None,
    kind: TriageKind,
    *,
    text: str | None = None,
    until: Day | None = None,
) -> date | None:
    """Add one entry to a record's triage history, and return the day until which it holds."""
    from zoneinfo import ZoneInfo

    from service.readmodel.lookups import require_source, required_record
    from service.runtime.triage import record_triage

    who = _login_name() if by is None else by
    settings, database = opened(watch_file, checks=False)
    day = until.of(settings.time_zone) if until else None
    with database.write() as session:
        require_source(session, settings, source)
        record = required_record(session, key, source)
        zone, now = ZoneInfo(settings.time_zone), datetime.now(UTC)
        record_triage(session, record.id, kind, by=who, text=text, until=day, zone=zone, now=now)
    return day


def _login_name() -> str:
    from alerts.language.text import plain, shortened
    from service.runtime.triage import LONGEST_NAME

    found = next((os.environ[name] for name in ("LOGNAME", "USER", "USERNAME") if os.environ.get(name)), "")
    return shortened(plain(found), LONGEST_NAME) or _account_name()


def _account_name() -> str:
    # Containers and cron jobs have no login name in their environment.
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def _shown(key: str) -> str:
    from alerts.language.text import plain

    return plain(key)
