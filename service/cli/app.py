"""The tree of commands for Typer; a command's module is loaded when the command is named."""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.main import get_command_from_info, get_group_from_info, get_install_completion_arguments
from typer.models import CommandInfo, TyperInfo

from service.cli.examples import EXAMPLES
from service.cli.tree import ABOUT, Entry, entries, overview

_HELP = ["-h", "--help"]
_HOW: dict[str, Any] = {"pretty_exceptions_short": False, "rich_markup_mode": None}


class _Commands(MutableMapping[str, Any]):
    """The commands by name, each loaded when it is first asked for."""

    def __init__(self) -> None:
        self._entries = {entry.name: entry for entry in entries()}
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _load(self._entries[name])
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError("commands are not taken out")

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class _Program(TyperGroup):
    """The program itself: its help lists all commands by purpose and loads none of them."""

    def format_help(self, _ctx: Any, formatter: Any) -> None:
        """Write the same text as `--help`."""
        formatter.write(f"{overview()}\n")

    def invoke(self, ctx: Any) -> Any:
        """Run the command that is named; what is wrong with a value is said without pydantic's words."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            said = error.message.removeprefix("Value error, ").partition(", unable to parse")[0]
            error.message = said.replace("Input should be", "it should be")
            raise

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return the commands that begin so, from the tree, and this program's options."""
        item = typer._click.shell_completion.CompletionItem
        found = [item(one.name, help=one.help) for one in entries() if one.name.startswith(incomplete)]
        return [*found, *super(TyperGroup, self).shell_complete(ctx, incomplete)]


def _load(entry: Entry) -> Any:
    """Return a command or group with its examples."""
    module, _, attribute = entry.found_in.partition(":")
    found = getattr(import_module(f"service.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        command: Any = get_group_from_info(TyperInfo(found, name=entry.name), suggest_commands=True, **_HOW)
    else:
        command = get_command_from_info(CommandInfo(entry.name, callback=found, cls=TyperCommand), **_HOW)
    _add_examples(command, entry.name)
    return command


def _add_examples(command: Any, path: str) -> None:
    # Of each command: it keeps its option of help from whoever asks first, with the program around it or not.
    command.context_settings["help_option_names"] = _HELP
    if isinstance(command, TyperGroup):
        command.format_commands = _whole_lines  # type: ignore[method-assign]
        for name, one in command.commands.items():
            _add_examples(one, f"{path} {name}")
        return
    for param in command.params:
        if isinstance(param, TyperArgument) and param.metavar == "CHANGE":
            # The number of an imported change is below zero, and no option.
            command.context_settings["ignore_unknown_options"] = True
        if param.metavar is None and not getattr(param, "is_flag", False):
            param.metavar = _metavar(param)
    lines = "\n".join(f"  {example}" for example in EXAMPLES.get(path, ()))
    command.epilog = f"\b\nExamples:\n{lines}" if lines else None


def _metavar(param: Any) -> str:
    """Return the word that the help shows for a value: an argument's name, or what an option takes."""
    if isinstance(param, TyperArgument):
        return str(param.name).upper()
    return {Path: "FILE", int: "N"}.get(param.type_descriptor.annotation, "TEXT")


def _whole_lines(ctx: Any, formatter: Any) -> None:
    """List a group's commands with all of their help, instead of what fits on a line."""
    rows = [
        (name, " ".join((one.help or "").split("\n\n")[0].split()))
        for name, one in ctx.command.commands.items()
    ]
    with formatter.section("Commands"):
        formatter.write_dl(rows)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version
        from platform import python_version

        typer.echo(f"oversight-watch {version('oversight-watch')} (Python {python_version()})")
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_show_version, help="Show the version."
    ),
) -> None:
    """Take the program's own options."""


def _program() -> _Program:
    options = get_command_from_info(CommandInfo(callback=_options), **_HOW).params
    return _Program(
        name="oversight-watch",
        commands=_Commands(),  # type: ignore[arg-type]
        help=ABOUT,
        params=[*options, *get_install_completion_arguments()],
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": _HELP},
    )


app = _program()
