"""A watch file and a database with a few recorded changes, for commands that look back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.database.database import open_database
from tests.alerts.stories import Story
from tests.databases import migrated
from tests.service.home import database_line, database_of

NOW = datetime.now(UTC).replace(microsecond=0)
WATCH_FILE = """\
sources:
  cbp-gao: {{url: {folder}/none, profile: gao-recommendations}}
  audits: {{url: {folder}/none, profile: dhs-oig}}
channels:
  desk: {{to: "json://127.0.0.1:9/x", allow_private: true}}
  room: {{to: "mailto://127.0.0.1:9?from=w@example.org&to=anna@example.org"}}
topics:
  training:
    match: {{any: [training], none: [retracted]}}
    on: [comment_updated, new_report]
    sources: [cbp-gao]
    send: {{immediately: desk}}
  digest-only: {{match: {{all: ["agency:CBP", seaport]}}, send: {{weekly: room}}}}
"""


def write_watch_file(folder: Path, text: str = WATCH_FILE, name: str = "watch.yaml") -> Path:
    """Write a watch file on the folder's database."""
    path = folder / name
    path.write_text(text.format(folder=folder) + database_line(folder), encoding="utf-8")
    return path


def place_database(folder: Path) -> str:
    """Make the folder's database with every table, if it has none, and return its URL."""
    url = database_of(folder)
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and not file.exists():
        file.write_bytes(migrated())
    return url


def write_history(folder: Path, tell: Callable[[Story], None]) -> None:
    """Let a story be recorded in the folder's database."""
    database = open_database(place_database(folder))
    with database.write() as session:
        tell(Story(session))
    database.close()


def usual_history(story: Story) -> None:
    """Two comments on one recommendation, a week apart, and one on another."""
    source = story.source("cbp-gao")
    first = story.record(source, "GAO-24-1 rec 1", NOW - timedelta(days=30))
    other = story.record(
        source,
        "GAO-24-2 rec 1",
        NOW - timedelta(days=30),
        recommendation="CBP should inspect seaports.",
        status_comment=None,
    )
    said = {"after": {"status_comment": "Trained since May."}}
    story.change(first, at=NOW - timedelta(days=9), **said)
    story.change(first, at=NOW - timedelta(days=2), after={"status_comment": "Done, and retracted."})
    story.change(other, at=NOW - timedelta(days=1), after={"status_comment": "Inspections go on."})
