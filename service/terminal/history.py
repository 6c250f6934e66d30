"""Show what a replay of the stored history found.

Page text is hostile here too: see service.terminal.status.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts.language.text import counted, day, plain
from service.readmodel.corrections import FOUND, said_values
from service.terminal.console import paragraph, say


def show_replay(data: Mapping[str, Any], limit: int, time_zone: str) -> None:
    """Show each source's figures, then up to `limit` differences, then the speed."""
    zone = ZoneInfo(time_zone)
    for one in data["sources"]:
        say((one["source"], "bold"), f"  {counted(one['checks'], 'check')}, read with {one['read_with']}")
        for what in ("changes", "records"):
            paragraph(_said_counts(what, one[what]), "  ")
        for other in one["checks_with_another_outcome"]:
            finished = day(datetime.fromisoformat(other["finished"]), zone)
            said = f"was {other['recorded']}, would be {other['replayed']}"
            paragraph(f"{said}: {'; '.join(other['reasons'])}", f"  the check of {finished} ")
    for one in data["left_out"]:
        paragraph(f"left out: {one['said']}", f"{one['source']}  ")
    if data["differences"]:
        say()
    for one in data["differences"][:limit]:
        _show_difference(one, zone)
    if (rest := len(data["differences"]) - limit) > 0:
        say(f"… and {rest:,} more; --limit {len(data['differences'])} shows them all")
    _show_end(data)


def _show_end(data: Mapping[str, Any]) -> None:
    speed = f", {data['pages_a_second']:,.0f} a second" if data["pages_a_second"] else ""
    say(f"{counted(data['pages'], 'page')} read again in {data['seconds']:,.1f} s{speed}")
    if data["stored"] is not None:
        say(f"{counted(data['stored'], 'correction')} stored; nobody is alerted")
    if data["into"]:
        say(f"written: {data['into']}")


def _said_counts(what: str, counts: Mapping[str, int]) -> str:
    said = f"{what}: {counts['same']:,} the same"
    others = [
        f"{counts[found]:,} {words}"
        for found, words in (("missing", "would be missing"), ("added", "would be added"))
        if counts[found]
    ]
    differing = [f"{counts['differs']:,} would differ"] if counts["differs"] else []
    return ", ".join((said, *others, *differing))


def _show_difference(one: Mapping[str, Any], zone: ZoneInfo) -> None:
    seen = f"{day(datetime.fromisoformat(one['seen']), zone)}  " if one["seen"] else ""
    what = str(one["kind"] or "record").replace("_", " ")
    paragraph(f"{plain(one['record'])}: {what} {FOUND[one['found']]}", f"{one['source']}  {seen}")
    for line in said_values(one):
        paragraph(line, "    ")


def show_import(data: Mapping[str, Any], limit: int) -> None:
    """Show what came of an import: its checks, its changes, and up to `limit` captures that were left out."""
    outcomes = ", ".join(f"{count:,} {name}" for name, count in data["checks"].items())
    checks = counted(sum(data["checks"].values()), "check")
    said = f"{counted(data['captures'], 'capture')} imported as {checks}"
    say((data["source"], "bold"), f"  {said}{f' ({outcomes})' if outcomes else ''}")
    say(f"  {counted(data['changes'], 'change')} recorded; nobody is alerted")
    if not any(data[name] for name in ("captures", "imported_before", "set_aside", "refused")):
        say("  there is no archived page in it")
    if data["imported_before"]:
        say(f"  {counted(data['imported_before'], 'capture')} imported before")
    for what, label in (("set_aside", "set aside"), ("refused", "not imported")):
        for one in data[what][:limit]:
            paragraph(f"{label}: {plain(one['said'])}", f"  {plain(one['capture'])}  ")
        if (rest := len(data[what]) - limit) > 0:
            say(f"  … and {rest:,} more {label}; --limit {len(data[what])} shows them all")
