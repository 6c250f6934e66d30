"""The documentation of the commands is whole: no command, option or exit code is missing from it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from service.cli.app import app
from tests.service.commands import ROOT

PAGE = (ROOT / "docs" / "commands.md").read_text()
COMMON = {"--help", "--watch-file", "-w", "--json", "-n"}


def commands(group: Any, path: str = "oversight-watch") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands(app))


def section(command: str) -> str:
    found = re.search(rf"^## {command}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/commands.md has no section '## {command}'"
    return found[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_a_section_with_an_example_and_every_option(command: str) -> None:
    text = section(command)
    assert f"\n    {command}" in text
    options = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    named = {option for option in options if option.startswith("-")}
    assert [option for option in sorted(named - COMMON) if f"`{option}`" not in text] == []
    assert "--json" not in named or "--json" in text


def test_no_section_speaks_of_a_command_that_is_not_there() -> None:
    assert set(re.findall(r"^## (oversight-watch .*)$", PAGE, re.MULTILINE)) == set(COMMANDS)


def test_examples_use_only_options_that_exist() -> None:
    for command, found in COMMANDS.items():
        known = {option for parameter in found.params for option in parameter.opts}
        for line in re.findall(rf"^    {command}(.*)$", section(command), re.MULTILINE):
            used = set(re.findall(r"(?<= )--?[a-z][a-z-]*", line.partition("|")[0]))
            assert used <= known, line


def test_every_exit_code_is_told() -> None:
    assert re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE) == ["0", "1", "2", "3", "130"]
