"""The commands for monitors: health and metrics."""

from datetime import UTC, datetime

import typer

from service.cli.options import WATCH_FILE, Json, WatchPath, opened, print_json


def health(watch_file: WatchPath = WATCH_FILE, as_json: Json = False) -> None:
    """Report whether the service runs, checks on time and delivers; exit with 1 if not."""
    from service.readmodel.health import readiness_of
    from service.terminal.console import paragraph

    settings, database = opened(watch_file)
    data = readiness_of(database, settings, datetime.now(UTC))
    if as_json:
        print_json(data)
    else:
        for reason in data["reasons"] or ["ready"]:
            paragraph(reason)
    raise typer.Exit(0 if data["ready"] else 1)


def metrics(watch_file: WatchPath = WATCH_FILE) -> None:
    """Print all metrics for Prometheus, as for a textfile collector."""
    from service.readmodel.metrics import Metrics

    settings, database = opened(watch_file)
    typer.echo(Metrics().text(database, settings, datetime.now(UTC)), nl=False)
