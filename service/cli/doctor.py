"""The command that looks for what can go wrong here."""

from typing import TYPE_CHECKING

import typer

from service.cli.options import WATCH_FILE, Json, WatchPath, print_json, settings_of

if TYPE_CHECKING:
    from service.dryrun.doctor import Finding

_STYLES = {"ok": "green", "warning": "yellow", "wrong": "red"}


def doctor(watch_file: WatchPath = WATCH_FILE, as_json: Json = False) -> None:
    """Check what can keep the service from working here, and say how to fix it. Sends nothing."""
    from service.dryrun.doctor import State, examine

    found = []
    for finding in examine(settings_of(watch_file), watch_file):
        found.append(finding)
        if not as_json:
            _show(finding)
    wrong = sum(one.state is State.WRONG for one in found)
    if as_json:
        print_json(
            [
                {"check": one.check, "state": one.state.value, "said": one.said, "fix": one.fix or None}
                for one in found
            ]
        )
    else:
        typer.echo(f"{wrong} to fix" if wrong else "Everything needed works.")
    raise typer.Exit(1 if wrong else 0)


def _show(finding: "Finding") -> None:
    from service.terminal.console import paragraph, say

    say(f"{finding.check:<12}", (finding.state.value, _STYLES[finding.state]))
    paragraph(finding.said, "  ")
    if finding.fix:
        paragraph(finding.fix, "  fix: ")
