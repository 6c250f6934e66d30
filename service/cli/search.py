"""The command that searches all texts that records ever had."""

from typing import Annotated

import typer

from service.cli.options import WATCH_FILE, Json, WatchPath, opened, print_json


def search(
    words: Annotated[
        list[str],
        typer.Argument(metavar="WORD", help='Words, "a phrase", OIG-24-01, or a beginning: camera*.'),
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="Show at most N records.")] = 25,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Search records and all their past texts."""
    from service.readmodel.search import found_records
    from service.terminal.search import show_found

    settings, database = opened(watch_file, checks=False)
    # What was one word to the shell is a phrase.
    typed = " ".join(f'"{one}"' if " " in one and '"' not in one else one for one in words)
    with database.read() as session:
        data = found_records(session, typed, limit)
    print_json(data) if as_json else show_found(data, settings.time_zone)
