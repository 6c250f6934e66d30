"""Show in a terminal whether stored history is what was recorded."""

from collections.abc import Mapping
from typing import Any

from alerts.language.text import counted
from service.terminal.console import paragraph, say


def show_verified(found: Mapping[str, Any]) -> None:
    """Show every damage, then since when history is sealed and the hash that stands for all of it."""
    for one in found["damage"]:
        paragraph(f"{one['table']} {one['row']}: {one['what']}".replace(" :", ":"))
    if not found["seals"] and not found["damage"]:
        say("nothing is recorded yet: run a check first")
        return
    say(f"{counted(found['rows'], 'row')} as recorded")
    if found["damage"]:
        say((f"{len(found['damage'])} changed since, or damaged", "red"))
    else:
        say("nothing was changed since it was recorded")
    if found["pruned"]:
        gone = f"{counted(found['pruned'], 'row')} that nothing refers to deleted, as 'keep' does"
        paragraph(f"{gone}; their hashes are still in the chain")
    if found["seals"]:
        since, count = found["since"][:19], counted(found["seals"], "seal")
        paragraph(f"sealed since {since} UTC by {count}; what was stored by then, as it was then")
        say(f"last seal {found['entry']}")
