"""Show in a terminal whether stored history is what was recorded."""

from collections.abc import Mapping
from typing import Any

from alerts.language.text import counted
from service.terminal.console import paragraph, say


def show_verified(found: Mapping[str, Any]) -> None:
    """Show every damage, then since when history is sealed and the hash that stands for all of it."""
    for one in found["damage"]:
        paragraph(f"{one['table']} {one['row']}: {one['what']}".replace(" :", ":"))
    if not found["seals"]:
        say("nothing is sealed yet: run a check first")
        return
    say(f"{counted(found['rows'], 'row')} as recorded")
    if found["damage"]:
        say((f"{len(found['damage'])} changed since, or damaged", "red"))
    else:
        say("nothing was changed since it was recorded")
    since = found["since"][:19]
    count = counted(found["seals"], "seal")
    paragraph(f"sealed since {since} UTC by {count}; what was stored by then, as it was then")
    if found["pruned"]:
        say(f"{counted(found['pruned'], 'row')} deleted by 'keep'; their hashes are still in the chain")
    if found["unsealed"]:
        say(f"{counted(found['unsealed'], 'row')} not sealed yet; the next check seals them")
    say(f"last seal {found['entry']}")
