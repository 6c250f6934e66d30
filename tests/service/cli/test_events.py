"""`events`: changes as JSON Lines, in an order in which a reader can continue."""

import json
from pathlib import Path
from typing import Any

import pytest

from alerts.domain.models import OutboxEntry, OutboxItem, Routing
from alerts.rendering.events import record_path
from tests.alerts.stories import Story
from tests.event_schema import EVENT
from tests.service.commands import run
from tests.service.history import NOW, WATCH_FILE, usual_history, write_history, write_watch_file


@pytest.fixture(scope="module")
def folder(shared_home: Path) -> Path:
    write_watch_file(
        shared_home,
        WATCH_FILE.replace("{folder}/none, profile: gao", '"https://www.gao.gov/list?key=abc", profile: gao'),
    )
    write_history(shared_home, usual_history)
    return shared_home


def events(folder: Path, *options: str) -> list[dict[str, Any]]:
    ran = run(folder, "events", *options)
    assert (ran.code, ran.err) == (0, "")
    return [json.loads(line) for line in ran.out.splitlines()]


def test_each_change_is_an_event_on_a_line_of_its_own_oldest_first(folder: Path) -> None:
    found = events(folder)
    assert [one["after"]["status_comment"] for one in found] == [
        "Trained since May.",
        "Done, and retracted.",
        "Inspections go on.",
    ]
    for one in found:
        EVENT.validate(one)


def test_a_record_is_as_the_change_left_it(folder: Path) -> None:
    first, second, _ = events(folder)
    assert first["record"]["fields"]["status_comment"] == "Trained since May."
    assert second["record"]["fields"]["status_comment"] == "Done, and retracted."


def test_a_reader_who_continues_from_the_last_id_gets_each_event_once(folder: Path) -> None:
    whole, got = events(folder), []
    after = 0
    while some := events(folder, "--after", str(after), "--limit", "2"):
        got += some
        after = some[-1]["id"]
    assert got == whole


def test_an_id_that_is_not_there_yet_gives_nothing(folder: Path) -> None:
    assert events(folder, "--after", str(2**63 - 1)) == []


@pytest.mark.parametrize("wrong", [("--after", "-1"), ("--after", str(2**63)), ("--limit", "0")])
def test_a_number_that_cannot_be_is_refused(folder: Path, wrong: tuple[str, str]) -> None:
    ran = run(folder, "events", *wrong)
    assert (ran.code, ran.out) == (2, "")
    assert wrong[0] in ran.err


def test_the_address_of_a_source_has_no_secret_in_it(folder: Path) -> None:
    assert {one["source"]["url"] for one in events(folder)} == {"https://www.gao.gov/list?key=***"}


def test_with_a_reading_room_an_event_links_to_its_record_there(folder: Path) -> None:
    assert all("permalink" not in one["links"] for one in events(folder))
    watch_file = folder / "room.yaml"
    address = "https://watch.example.org"
    watch_file.write_text((folder / "watch.yaml").read_text() + f"reading_room: {{url: {address}}}\n")
    for one in events(folder, "-w", "room.yaml"):
        EVENT.validate(one)
        assert one["links"]["permalink"] == address + record_path(one["source"]["key"], one["record"]["key"])


def test_topics_have_the_words_of_the_message_or_else_those_found_again(home: Path) -> None:
    write_watch_file(home, WATCH_FILE.replace("  digest-only:", "  seaports: {{was: ports}}\n  digest-only:"))
    write_history(home, routed_history)

    found = {one["record"]["key"]: one["topics"] for one in events(home)}

    assert found == {
        "GAO-24-1 rec 1": [
            {"topic": "training", "words": ["training", "Training"]},
            {"topic": "seaports", "words": ["port"]},
        ],
        "GAO-24-2 rec 1": [
            {"topic": "digest-only", "words": ["U.S. Customs and Border Protection", "seaport"]},
            {"topic": "gone", "words": []},
        ],
        "GAO-24-3 rec 1": [],
    }


def routed_history(story: Story) -> None:
    source = story.source("cbp-gao")
    one = story.change(story.record(source, "GAO-24-1 rec 1"), at=NOW)
    two = story.change(story.record(source, "GAO-24-2 rec 1", recommendation="Inspect each seaport."), at=NOW)
    story.change(story.record(source, "GAO-24-3 rec 1"), at=NOW)
    item = OutboxItem(
        identity="i", kind="changes", channel="desk", recipient="r",
        created_at=NOW, not_before=NOW, give_up_at=NOW,
    )  # fmt: skip
    story.session.add(item)
    story.session.flush()
    for topic, words in (("training", ["training", "Training"]), ("ports", ["port"])):
        story.session.add(
            OutboxEntry(
                outbox_id=item.id, change_id=one.id, topic=topic, channel="desk", recipient="r", words=words
            )
        )  # fmt: skip
    story.session.add(Routing(change_id=one.id, decision="sent", topics=["training", "ports"]))
    story.session.add(Routing(change_id=two.id, decision="digest", topics=["digest-only", "gone"]))


def test_a_change_that_is_recorded_meanwhile_comes_after_all_that_were_seen(home: Path) -> None:
    write_watch_file(home)
    write_history(home, usual_history)
    last = events(home)[-1]["id"]
    write_history(home, one_more_change)
    (new,) = events(home, "--after", str(last))
    assert new["id"] > last


def one_more_change(story: Story) -> None:
    story.change(story.record(story.source("audits"), "GAO-24-9 rec 1"), at=NOW)
