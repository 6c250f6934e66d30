"""Show what a search has found in a terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from alerts.language.headlines import STATUSES
from alerts.language.text import day, plain
from service.terminal.console import console, paragraph, say, width

NOTHING = (
    "No record has or had all of these words. Try fewer words, or the beginning of one: camera*. Words in"
    " quotes are looked for in a row."
)


def show_found(results: Sequence[Mapping[str, Any]], time_zone: str) -> None:
    """Show each record with the texts in which it was found."""
    zone = ZoneInfo(time_zone)
    for number, one in enumerate(results):
        if number:
            say()
        status = STATUSES.get(one["status"] or "", "")
        facts = ", ".join(filter(None, (one["source"], status, "" if one["listed"] else "no longer listed")))
        say((plain(one["key"]), "bold"), f"  {facts}")
        if one["title"]:
            paragraph(plain(one["title"]), "  ")
        for found in one["found"]:
            until = datetime.fromisoformat(found["until"]) if found["until"] else None
            say(f"  in the {found['label']}{f' until {day(until, zone)}' if until else ''}:")
            line = Text()
            for piece in found["text"]:
                line.append(piece["text"], "bold yellow" if piece["hit"] else "")
            for part in line.wrap(console(), width() - 4):
                console().print(Text("    ") + part, soft_wrap=True)
    if not results:
        paragraph(NOTHING)
