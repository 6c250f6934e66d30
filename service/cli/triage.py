"""The commands that say who cares for a record: assign, note, snooze, and the list of what is assigned."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from alerts.domain.types import TriageKind
from service.cli.options import WATCH_FILE, Json, WatchPath, opened, print_json

_LONGEST_NAME, _LONGEST_NOTE = 80, 2_000

Key = Annotated[str, typer.Argument(help='A record\'s key: OIG-24-01, "GAO-24-106148 rec 4".')]
Of = Annotated[
    str | None, typer.Option("--source", help="Which source's record, where several have the key.")
]
By = Annotated[str | None, typer.Option("--by", help="Who says so; your login name when left out.")]


def assign(
    key: Key,
    name: Annotated[str | None, typer.Argument(help="Whose it is.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Nobody's any more.")] = False,
    source: Of = None,
    by: By = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Say whose a recommendation or report is. Digests, reminders and `show` name the person."""
    if (name is None) != nobody:
        raise typer.BadParameter("give a name, or --nobody, and not both")
    person = None if name is None else _text(name, "name", _LONGEST_NAME)
    _say(watch_file, key, source, by, TriageKind.ASSIGNED, text=person)
    typer.echo(f"{_shown(key)} is assigned to {person or 'nobody'}.")


def note(
    key: Key,
    text: Annotated[str, typer.Argument(help="What is to be known; it takes the place of the last note.")],
    source: Of = None,
    by: By = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Note something on a recommendation or report. Earlier notes stay in its history."""
    _say(watch_file, key, source, by, TriageKind.NOTE, text=_text(text, "note", _LONGEST_NOTE))
    typer.echo(f"Noted on {_shown(key)}.")


def snooze(
    key: Key,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Until the beginning of this day.")
    ] = None,
    until_change: Annotated[bool, typer.Option("--until-change", help="Until its next change.")] = False,
    off: Annotated[bool, typer.Option("--off", help="No longer.")] = False,
    source: Of = None,
    by: By = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Hold back reminders and rewritten comments for a while; never a status, or that it left its list."""
    if sum((until is not None, until_change, off)) != 1:
        raise typer.BadParameter("give one of --until 2026-06-01, --until-change and --off")
    if off:
        _say(watch_file, key, source, by, TriageKind.SNOOZE_OVER)
        typer.echo(f"{_shown(key)} is no longer snoozed.")
    elif until_change:
        _say(watch_file, key, source, by, TriageKind.SNOOZED_UNTIL_CHANGE)
        typer.echo(f"{_shown(key)} is snoozed until its next change.")
    else:
        _say(watch_file, key, source, by, TriageKind.SNOOZED_UNTIL, until=until)
        typer.echo(f"{_shown(key)} is snoozed until {until:%Y-%m-%d}; a new status is told all the same.")


def assigned(
    name: Annotated[str | None, typer.Argument(help="Only what is this person's.")] = None,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """List what is assigned, to whom and since when, with its status, note and snooze."""
    from service.readmodel.triage import assigned_as_data
    from service.terminal.triage import show_assigned

    settings, database = opened(watch_file)
    with database.read() as session:
        data = assigned_as_data(session, name, datetime.now(UTC))
    print_json(data) if as_json else show_assigned(data, settings.time_zone)


def _say(
    watch_file: Path, key: str, source: str | None, by: str | None, kind: TriageKind, **given: Any
) -> None:
    """Add to what was said of a record."""
    from alerts.triage.annotations import say
    from service.readmodel.lookups import require_source, required_record

    who = _text(by, "name", _LONGEST_NAME) if by is not None else _login_name()
    settings, database = opened(watch_file)
    now = datetime.now(UTC)
    if (day := given.pop("until", None)) is not None:
        given["until"] = day.replace(tzinfo=ZoneInfo(settings.time_zone)).astimezone(UTC)
        if given["until"] <= now:
            raise typer.BadParameter(f"{day:%Y-%m-%d} has begun already; a snooze ends on a later day")
    with database.write() as session:
        require_source(session, settings, source)
        record = required_record(session, key, source)
        say(session, record.id, kind, by=who, now=now, **given)


def _text(given: str, what: str, longest: int) -> str:
    from alerts.language.text import plain

    said = plain(given)
    if not said:
        raise typer.BadParameter(f"the {what} is empty")
    if len(said) > longest:
        raise typer.BadParameter(f"the {what} has {len(said):,} characters; at most {longest:,} are kept")
    return said


def _login_name() -> str:
    from alerts.language.text import plain, shortened

    found = next((os.environ[name] for name in ("LOGNAME", "USER", "USERNAME") if os.environ.get(name)), "")
    return shortened(plain(found), _LONGEST_NAME) or "somebody"


def _shown(key: str) -> str:
    from alerts.language.text import plain

    return plain(key)
