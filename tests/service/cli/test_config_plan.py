"""`config plan`: who gains and who loses which alerts, before a changed watch file takes effect."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alerts.channels.send import targets
from alerts.outbox.queue import add_notice
from service.database.database import open_database
from service.watchfile.in_use import applied_content, last_applied
from service.watchfile.load import load
from tests.service.commands import run
from tests.service.history import WATCH_FILE, usual_history, write_history, write_watch_file
from tests.service.home import database_of

Plan = Callable[[str, str], dict[str, Any]]


@pytest.fixture
def folder(home: Path) -> Path:
    write_watch_file(home)
    write_history(home, usual_history)
    return home


@pytest.fixture
def plan(folder: Path) -> Plan:
    """Give the plan of the usual watch file with one text replaced."""

    def planned(text: str, by: str) -> dict[str, Any]:
        assert text in WATCH_FILE
        write_watch_file(folder, WATCH_FILE.replace(text, by), "draft.yaml")
        ran = run(folder, "config", "plan", "draft.yaml", "--against", "watch.yaml", "--json")
        assert ran.code == 0, ran.err
        found: dict[str, Any] = json.loads(ran.out)
        return found

    return planned


def ways(found: dict[str, Any]) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    return {
        (one["topic"], one["rhythm"], one["channel"]): (one["kept"], one["gained"], one["lost"])
        for one in found["alerts"]
    }


def test_the_same_file_changes_nothing(plan: Plan) -> None:
    found = plan("training", "training")
    assert found["changes"] == 3
    assert ways(found) == {
        ("training", "immediately", "desk"): (1, 0, 0),
        ("digest-only", "weekly", "room"): (0, 0, 0),
    }
    assert found["sources"] == {"new": [], "removed": [], "changed": []}


def test_another_word_gains_and_loses(plan: Plan) -> None:
    found = plan("any: [training], none: [retracted]", "any: [inspections]")
    assert ways(found)["training", "immediately", "desk"] == (0, 1, 1)
    (way,) = (one for one in found["alerts"] if one["topic"] == "training")
    assert way["gained_examples"][0]["words"] == ["Inspections"]
    assert way["lost_examples"][0]["words"] == ["training"]


def test_another_channel_and_another_rhythm_are_ways_of_their_own(plan: Plan) -> None:
    found = plan("send: {{immediately: desk}}", "send: {{immediately: room, weekly: desk}}")
    assert ways(found)["training", "immediately", "desk"] == (0, 0, 1)
    assert ways(found)["training", "immediately", "room"] == (0, 1, 0)
    assert ways(found)["training", "weekly", "desk"] == (0, 1, 0)
    assert found["digests"]["changed"] == {}


def test_a_digest_for_all_topics_gives_a_channel_every_one_of_them(plan: Plan) -> None:
    found = plan("topics:\n", "digests: {{weekly: {{send_to: desk}}}}\ntopics:\n")
    assert ways(found)["training", "weekly", "desk"] == (0, 1, 0)
    assert found["digests"]["changed"] == {"weekly": {"send_to": [[], ["desk"]]}}


def test_a_removed_source_takes_its_alerts_along_and_keeps_its_history(folder: Path) -> None:
    draft = WATCH_FILE.replace("  cbp-gao:", "  extra:").replace("    sources: [cbp-gao]\n", "")
    write_watch_file(folder, draft, "draft.yaml")
    ran = run(folder, "config", "plan", "draft.yaml", "--against", "watch.yaml", "--json")
    found = json.loads(ran.out)
    assert ways(found)["training", "immediately", "desk"] == (0, 0, 1)
    assert found["sources"]["removed"] == [{"source": "cbp-gao", "history": True}]
    assert found["sources"]["new"] == [{"source": "extra", "history": False, "announces": False}]


def test_schedules_recipients_and_where_a_source_is_read_are_compared(plan: Plan) -> None:
    found = plan("profile: dhs-oig}}", "profile: dhs-oig, every: 90m, full_sweep: daily, paused: true}}")
    assert found["sources"]["changed"] == [
        {
            "source": "audits",
            "starts_anew": False,
            "changes": {
                "checked": ["every 6h", "every 90m"],
                "swept": ["at every check", "every 1d"],
                "paused": [False, True],
            },
        }
    ]
    found = plan("to=anna@example.org", "to=bert@example.org")
    assert found["channels"]["changed"] == {
        "room": {"recipients": [["anna@example.org"], ["bert@example.org"]]}
    }
    found = plan("audits: {{url: {folder}/none,", "audits: {{url: {folder}/other,")
    assert found["sources"]["changed"][0]["starts_anew"] is True


def test_reminders_at_another_pace_are_told(plan: Plan, folder: Path) -> None:
    found = plan("    send: {{immediately: desk}}", "    remind_every: 30d\n    send: {{immediately: desk}}")
    assert found["reminders"] == {"training": [None, "30d"]}
    said = run(folder, "config", "plan", "draft.yaml", "--against", "watch.yaml").out
    assert "topic training: reminders change from none to 30d" in said
    said = run(folder, "config", "plan", "watch.yaml", "--against", "draft.yaml").out
    assert "topic training: reminders change from 30d to none" in said


def test_what_waits_for_a_recipient_whom_the_new_file_lacks_is_named(folder: Path) -> None:
    old = load(folder / "watch.yaml", {}).channels
    now = datetime(2026, 3, 2, tzinfo=UTC)
    database = open_database(database_of(folder))
    with database.write() as session:
        for channel in ("desk", "room"):
            add_notice(session, targets(channel, old[channel]), "Trouble", [], now, "trouble")
    database.close()
    (before,) = (target.recipient for target in targets("desk", old["desk"]))
    draft = WATCH_FILE.replace("127.0.0.1:9/x", "127.0.0.1:9/y").replace("anna@", "bert@")
    after = load(write_watch_file(folder, draft, "draft.yaml"), {}).channels["desk"]
    (becomes,) = (target.recipient for target in targets("desk", after))

    said = " ".join(run(folder, "config", "plan", "draft.yaml", "--against", "watch.yaml").out.split())
    assert f"channel desk: 1 message waits for {before} and will go to {becomes}" in said
    assert "channel room: 1 message waits for anna@example.org, no longer in it, and will be given up" in said
    same = json.loads(run(folder, "config", "plan", "--against", "watch.yaml", "--json").out)
    assert same["waiting"] == []


def test_it_is_said_so_that_people_understand_it(folder: Path) -> None:
    draft = WATCH_FILE.replace("any: [training], none: [retracted]", "any: [inspections]")
    write_watch_file(
        folder, draft.replace("  audits:", "  more: {{url: {folder}/none}}\n  audits:"), "draft.yaml"
    )
    ran = run(folder, "config", "plan", "draft.yaml", "--against", "watch.yaml")
    assert ran.code == 0, ran.err
    assert "draft.yaml against watch.yaml\non 3 changes of the last 90 days\n" in ran.out
    assert "topic training, channel desk, immediately\n  0 unchanged, 1 gained, 1 lost\n" in ran.out
    assert "\nnew source more: its first check records what is there and sends no alerts\n" in ran.out
    same = run(folder, "config", "plan", "--against", "watch.yaml")
    assert "No alert is gained or lost." in same.out


def test_a_watch_file_is_compared_with_what_was_in_use_last(folder: Path) -> None:
    ran = run(folder, "config", "plan")
    assert ran.code == 2
    assert "name the old one: config plan --against OLD" in ran.err
    run(folder, "check")
    write_watch_file(folder, WATCH_FILE.replace("any: [training]", "any: [inspections]"))
    found = json.loads(run(folder, "config", "plan", "--json").out)
    assert ways(found)["training", "immediately", "desk"] == (0, 1, 1)
    assert found["against"] is None
    assert run(folder, "config", "plan").out.startswith("watch.yaml against what was in use since")
    run(folder, "check")
    found = json.loads(run(folder, "config", "plan", "--json").out)
    assert ways(found)["training", "immediately", "desk"] == (1, 0, 0)


def test_what_is_kept_of_a_watch_file_holds_no_address(folder: Path) -> None:
    write_watch_file(folder, WATCH_FILE.replace("mailto://127", "mailto://user:s3cret@127"))
    run(folder, "check")
    run(folder, "check")
    database = open_database(database_of(folder))
    with database.read() as session:
        last = last_applied(session)
        assert last is not None
        assert last.id == 1
        assert "s3cret" not in json.dumps(last.content)
        assert "://" not in json.dumps(last.content)
        assert last.content == applied_content(load(folder / "watch.yaml", {}))
    database.close()
