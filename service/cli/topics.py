"""The commands that look at topics: what one would have sent, and why a change was told or not."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from service.cli.options import WATCH_FILE, Json, WatchPath, opened, print_json

topics = typer.Typer(help="What somebody cares about.", no_args_is_help=True)


@topics.command("test")
def topics_test(
    name: Annotated[str, typer.Argument(metavar="TOPIC", help="A topic of the watch file.")],
    days: Annotated[int, typer.Option(min=1, max=36500, help="Only the last so many days.")] = 365,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Replay stored history through a topic: what it would have sent, what it just missed. Sends nothing."""
    from alerts.topics.backtest import replay
    from monitor.store.changes import stream_changes
    from service.readmodel import topics as topics_data
    from service.readmodel.lookups import require_topic
    from service.terminal import topics as topics_shown

    settings, database = opened(watch_file)
    require_topic(settings, name)
    topic, zone = settings.topics[name], ZoneInfo(settings.time_zone)
    with database.read() as session:
        changes = stream_changes(session, datetime.now(UTC) - timedelta(days=days))
        found = replay(name, topic, changes, zone)
    data = topics_data.replay_as_data(found, topic.at_most, days)
    print_json(data) if as_json else topics_shown.show_replay(data, settings.time_zone)


@topics.command("explain")
def topics_explain(
    change: Annotated[int, typer.Argument(metavar="CHANGE", help="A change's id.")],
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Say for each topic why it wants a change or not, what was decided then and would be now."""
    from service.readmodel import topics as topics_data
    from service.terminal import topics as topics_shown

    settings, database = opened(watch_file)
    with database.read() as session:
        data = topics_data.explained_as_data(session, settings, change, datetime.now(UTC))
    print_json(data) if as_json else topics_shown.show_explained(data)
