"""A title is what readers see in the place of a name; it decides nothing."""

from pathlib import Path

import pytest

from service.watchfile.in_use import applied_content
from service.watchfile.load import WatchFileError, load
from service.watchfile.settings import WatchFile

FILE = """
sources:
  memos: {{url: x.html, profile: auto{source}}}
channels:
  desk: {{to: "json://127.0.0.1/"{channel}}}
topics:
  faces: {{match: {{any: [faces]}}, send: {{immediately: desk}}{topic}}}
reading_room: {{url: "https://watch.example.org/"}}
"""


def read(folder: Path, **titles: str) -> WatchFile:
    given = dict.fromkeys(("source", "channel", "topic"), "")
    given |= {name: f", title: {title}" for name, title in titles.items()}
    path = folder / "watch.yaml"
    path.write_text(FILE.format(**given), encoding="utf-8")
    return load(path, {})


def test_readers_see_titles_and_where_there_is_none_the_name(tmp_path: Path) -> None:
    shown = read(tmp_path, source='"The Memo  Page"', topic='"Faces at the Border"').display
    assert (shown.source("memos"), shown.topic("faces"), shown.channel("desk")) == (
        "The Memo Page", "Faces at the Border", "desk",
    )  # fmt: skip
    assert shown.topic("one that is gone") == "one that is gone"
    assert shown.room("/changes/7") == "https://watch.example.org/changes/7"


def test_another_title_is_no_change_of_what_is_sent(tmp_path: Path) -> None:
    plain, titled = read(tmp_path), read(tmp_path, source="A", channel="B", topic="C")
    assert applied_content(plain) == applied_content(titled)


@pytest.mark.parametrize("title", ['""', '"' + "x" * 81 + '"', r'"a\u202Eb"'])
def test_a_title_is_one_line_that_can_be_shown(tmp_path: Path, title: str) -> None:
    with pytest.raises(WatchFileError, match="must be one line of 1 to 80 characters"):
        read(tmp_path, topic=title)
