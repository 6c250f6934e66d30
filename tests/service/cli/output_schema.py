"""Make docs/output.schema.json, the form of what commands print with --json, from a history.

`python -m tests.service.cli.output_schema` writes it anew.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.service.commands import ROOT, run
from tests.service.history import usual_history, write_history, write_watch_file

SCHEMA = ROOT / "docs" / "output.schema.json"
RECORD = "GAO-24-1 rec 1"
COMMANDS = {
    "changes": ["changes"],
    "records": ["records"],
    "search": ["search", "training"],
    "show": ["show", RECORD],
    "promises": ["promises"],
    "assigned": ["assigned"],
    "status": ["status"],
    "health": ["health"],
    "outbox list": ["outbox", "list"],
    "digest list": ["digest", "list"],
    "channels unsubscribed": ["channels", "unsubscribed"],
    "topics explain": ["topics", "explain", "1"],
    "topics test": ["topics", "test", "digest-only"],
    "sources compare": ["sources", "compare", "cbp-gao", "audits"],
    "sources profiles": ["sources", "profiles"],
    "doctor": ["doctor"],
}


def printed(folder: Path) -> dict[str, Any]:
    """Return what each command prints."""
    write_watch_file(folder)
    write_history(folder, usual_history)
    run(folder, "assign", RECORD, "Ana", "--by", "Bo")
    run(folder, "note", RECORD, "Asked for the plan", "--by", "Bo")
    run(folder, "digest", "weekly", "--send")
    return {name: json.loads(run(folder, *words, "--json").out) for name, words in COMMANDS.items()}


def form(values: list[Any]) -> dict[str, Any]:
    """Return the schema of values that are in one place."""
    kinds = sorted({_kind(one) for one in values})
    said: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds} if values else {}
    if "null" in kinds and len(kinds) == 1:
        return {}  # what else it can be is not known from here
    objects = [one for one in values if isinstance(one, dict)]
    if objects:
        names = list(dict.fromkeys(name for one in objects for name in one))
        if all(_is_name(name) for name in names):
            said["properties"] = {name: form([one[name] for one in objects if name in one]) for name in names}
            said["required"] = [name for name in names if all(name in one for one in objects)]
    items = [item for one in values if isinstance(one, list) for item in one]
    if items:
        said["items"] = form(items)
    return said


def _kind(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return "null" if value is None else names[type(value)]


def _is_name(text: str) -> bool:
    return text.replace("_", "").isalnum() and text.islower()


def schema() -> dict[str, Any]:
    """Return the whole schema, a definition for each command."""
    with tempfile.TemporaryDirectory() as folder:
        found = printed(Path(folder))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What commands print with --json",
        "description": "Further keys may be added; those that are required here stay.",
        "$defs": {name: form([value]) for name, value in found.items()},
    }


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
