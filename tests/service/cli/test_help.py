"""The help, the version, completion, and what a closed pipe, a closed input and Ctrl-C do."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup

from service.cli.app import app
from service.cli.examples import EXAMPLES
from service.cli.tree import entries, overview
from tests.service.commands import ROOT, Ran, run, run_process
from tests.service.history import usual_history, write_history, write_watch_file

DOCS = (ROOT / "docs" / "commands.md").read_text()


def commands(group: Any, *path: str) -> list[tuple[str, ...]]:
    found = [path] if path else []
    for name, command in getattr(group, "commands", {}).items():
        found += commands(command, *path, name)
    return found


@pytest.mark.parametrize("path", [(), *commands(app)], ids=" ".join)
def test_help_is_whole_within_eighty_columns(tmp_path: Path, path: tuple[str, ...]) -> None:
    shown = run(tmp_path, *path, "-h")
    assert shown == run(tmp_path, *path, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert not re.search(r"(?<![]}A-Z])\.\.\.|…", shown.out)
    assert [line for line in shown.out.splitlines() if len(line) > 80] == []


def test_the_overview_says_of_each_command_what_its_own_help_says() -> None:
    for entry in entries():
        said = " ".join((app.commands[entry.name].help or "").split("\n\n")[0].split())
        assert entry.help == said, entry.name
        assert f"\n  {entry.name} " in overview()


def test_every_command_has_examples_that_its_page_has_too() -> None:
    leaves = {" ".join(path) for path in commands(app) if not hasattr(_at(path), "commands")}
    assert set(EXAMPLES) == leaves
    for path, examples in EXAMPLES.items():
        assert examples, path
        assert [one for one in examples if f"\n    {one}\n" not in DOCS] == []


def _at(path: tuple[str, ...]) -> Any:
    found: Any = app
    for name in path:
        found = found.commands[name]
    return found


def test_the_version_is_shown_without_a_watch_file(tmp_path: Path) -> None:
    shown = run(tmp_path, "--version")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("oversight-watch 0.")


@pytest.mark.slow  # a process of its own
def test_help_loads_neither_typer_nor_the_database() -> None:
    code = (
        "import sys, service.cli.main as m; sys.argv[1:] = ['-h']; m.main();"
        " sys.exit(bool({'typer', 'pydantic', 'sqlalchemy', 'yaml'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True).returncode
        == 0
    )


def complete(folder: Path, words: str) -> list[str]:
    typed = words.split(" ")
    environment = {
        "_OVERSIGHT_WATCH_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(typed) - 1),
    }
    return run_process(folder, env=environment).out.split()


@pytest.mark.slow  # a process of its own
def test_the_shell_completes_commands_options_and_names_of_the_watch_file(tmp_path: Path) -> None:
    write_watch_file(tmp_path)
    assert complete(tmp_path, "oversight-watch rec") == ["records"]
    assert complete(tmp_path, "oversight-watch changes --sin") == ["--since"]
    assert complete(tmp_path, "oversight-watch changes --source cb") == ["cbp-gao"]
    assert "digest-only" in complete(tmp_path, "oversight-watch topics test dig")
    assert "room" in complete(tmp_path, "oversight-watch channels test ")
    (tmp_path / "watch.yaml").write_text("sources: [")
    assert complete(tmp_path, "oversight-watch check ") == []


@pytest.mark.slow  # a process of its own
def test_completion_is_installed_in_the_shell_of_the_user(tmp_path: Path) -> None:
    shell = {"HOME": str(tmp_path), "SHELL": "/bin/bash", "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    made = run_process(tmp_path, "--install-completion", "bash", env=shell)
    assert made.code == 0, made.err
    assert "bash completion installed in" in made.out
    assert "oversight-watch" in (tmp_path / ".bash_completions" / "oversight-watch.sh").read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("help")
    write_watch_file(folder)
    write_history(folder, usual_history)
    return folder


@pytest.mark.slow  # a process of its own
def test_a_command_works_with_its_input_closed_and_ends_quietly_where_nobody_reads_on(folder: Path) -> None:
    line = f"'{sys.executable}' -m service.cli.main"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for tail in ("records <&-", "--help | head -1", "records --json | head -1", "records | true"):
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line} {tail}"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), tail


def test_days_are_taken_as_people_write_them(folder: Path) -> None:
    ran: list[Ran] = [
        run(folder, "changes", "--since", "20y", "--json"),
        run(folder, "changes", "--since", "yesterday", "--until", "today", "--json"),
        run(folder, "show", "GAO-24-1 rec 1", "--on", "yesterday", "--json"),
        run(folder, "promises", "--before", "next year", "--json"),
        run(folder, "snooze", "GAO-24-1 rec 1", "--until", "next Monday"),
    ]
    assert [one.code for one in ran] == [0] * 5, [one.err for one in ran]
    wrong = run(folder, "show", "GAO-24-1 rec 1", "--on", "March")
    assert wrong.code == 2
    assert "'March' is not a day; write 2026-03-02" in " ".join(wrong.err.split())


@pytest.mark.slow  # a process of its own
@pytest.mark.parametrize("arguments", [["serve"], ["records"]], ids=" ".join)
def test_ctrl_c_ends_a_command_without_a_traceback(folder: Path, arguments: list[str]) -> None:
    code = (
        # A shell lets what it starts in the background ignore Ctrl-C.
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        " import service.cli.main as m;"
        " from service.watchfile import load;"
        " load.load = lambda *_, **__: signal.raise_signal(signal.SIGINT);"
        f" sys.argv[1:] = {arguments!r}; m.main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGINT, "", "")


def test_groups_and_commands_are_those_that_typer_runs() -> None:
    assert isinstance(app, TyperGroup)
    assert len(app.commands) == len(list(entries()))
