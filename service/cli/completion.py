"""Names for the shell's completion, read from the watch file without checking it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Completer = Callable[[Any, list[str], str], list[str]]


def names_in(section: str) -> Completer:
    """Return what completes the names of a section of the watch file."""

    def complete(ctx: Any, args: list[str], incomplete: str) -> list[str]:
        given = ctx.params.get("watch_file") or os.environ.get("OVERSIGHT_WATCH_FILE") or "watch.yaml"
        return [
            name for name in _names(Path(given), section) if name.startswith(incomplete) and name not in args
        ]

    return complete


def _names(path: Path, section: str) -> list[str]:
    """Return a section's names; none where the file cannot be read: a shell has no place for a sentence."""
    from service.watchfile.merge import Collector
    from service.watchfile.yaml_tree import Place, Problems

    collector = Collector({}, Problems())
    collector.read(path, Place(path, 1, 1))
    return [name for name in collector.document.sections[section] if not name.startswith(".")]
