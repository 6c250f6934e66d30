"""The command that writes an evidence packet."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from service.cli.destination import destination
from service.cli.options import WATCH_FILE, Source, Topic, WatchPath, change_number, opened


def evidence(
    output: Annotated[Path, typer.Option("--output", "-o", help="The zip file to write.")],
    changes: Annotated[
        list[int] | None,
        typer.Argument(parser=change_number, metavar="CHANGE", help="Numbers of changes."),
    ] = None,
    record: Annotated[str | None, typer.Option(metavar="KEY", help="All that happened to a record.")] = None,
    topic: Topic = None,
    source: Source = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36500, help="Of a topic, only the last N days.")
    ] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="With pictures, where a browser is installed.")
    ] = True,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Write an evidence packet: what proves changes, for people without this program."""
    from functools import partial
    from hashlib import sha256
    from zoneinfo import ZoneInfo

    from alerts.language.text import counted
    from service.readmodel.packet import packet_of, proof_of
    from service.readmodel.pictures import pictures_of
    from service.runtime.witnesses import saved_copies, time_stamp

    if sum((bool(changes), record is not None, topic is not None)) != 1:
        raise typer.BadParameter("give numbers of changes, or --record, or --topic")
    if (days is not None and topic is None) or (source is not None and changes):
        raise typer.BadParameter("--days goes with --topic, --source with --record or --topic")
    settings, database = opened(watch_file)
    with database.read() as session:
        ids, life = _asked(session, settings, changes, record, topic, source, days)
        proof = proof_of(session, ids, life)
    shots = pictures_of(page for _, page, _ in proof.pages.values()) if pictures else {}
    addresses = sorted({page.final_url for _, page, _ in proof.pages.values()})
    copies = saved_copies(settings, addresses) if settings.evidence.wayback else {}
    authority = settings.evidence.time_stamp
    stamp = partial(time_stamp, settings, authority) if authority else None
    packet = packet_of(proof, ZoneInfo(settings.time_zone), shots, copies, stamp)
    with destination(output) as file:
        file.write(packet)
    said = f"{counted(len(proof.changes), 'change')}, {counted(len(proof.pages), 'page')}"
    typer.echo(f"{said}, {len(packet):,} bytes written to {output}.", err=str(output) == "-")
    for address, copy in copies.items():
        typer.echo(f"{address}: {copy}", err=True)
    typer.echo(f"SHA-256 of the packet: {sha256(packet).hexdigest()}", err=str(output) == "-")
    if str(output) != "-":
        packet_file = quote(str(output))
        typer.echo(f"To check it: unzip {packet_file} verify.py && python3 verify.py {packet_file}")


def _asked(
    session: Any,
    settings: Any,
    changes: list[int] | None,
    record: str | None,
    topic: str | None,
    source: str | None,
    days: int | None,
) -> tuple[list[int], dict[str, Any] | None]:
    """Return the ids of the changes that are asked for, and the life of the record where one is."""
    from service.readmodel.changes import ChangeFilter
    from service.readmodel.lookups import require_source, require_topic
    from service.readmodel.packet import changes_of_filter, life_of

    require_source(session, settings, source)
    if record is not None:
        life = life_of(session, record, source, settings.time_zone)
        return [one["id"] for one in life["changes"]], life
    if topic is None:
        return sorted(set(changes or ())), None
    require_topic(settings, topic)
    since = datetime.now(UTC) - timedelta(days=days) if days else None
    return changes_of_filter(session, ChangeFilter(topic=topic, source=source, since=since)), None
