"""What commands print with --json keeps the form that docs/output.schema.json promises."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from service.cli.app import app
from tests.service.cli.output_schema import COMMANDS, SCHEMA, printed

# Their JSON has a section of its own in the docs, or is that of another command.
ELSEWHERE = {
    *("check", "import", "replay", "config plan", "digest next", "digest show"),
    *("db check", "db copy", "db prune", "db verify", "sources try", "sources test", "sources inbox"),
    *("snapshots", "snapshots list", "snapshot", "snapshot diff"),
}


def with_json(group: Any, path: str = "") -> set[str]:
    found = set()
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found |= with_json(command, f"{path}{name} ")
        elif any("--json" in parameter.opts for parameter in command.params):
            found.add(f"{path}{name}")
    return found


def test_each_command_prints_json_in_its_documented_form(tmp_path: Path) -> None:
    definitions = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    for name, value in printed(tmp_path).items():
        wrong = [error.message for error in Draft202012Validator(definitions[name]).iter_errors(value)]
        assert wrong == [], f"{name}: python -m tests.service.cli.output_schema"


def test_every_command_that_prints_json_is_described() -> None:
    assert with_json(app) - set(COMMANDS) - ELSEWHERE == set()
