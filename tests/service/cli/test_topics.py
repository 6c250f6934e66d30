"""`topics test` and `topics explain`, run as a user runs them on recorded history."""

import json
from pathlib import Path

import pytest

from tests.service.commands import run
from tests.service.history import usual_history, write_history, write_watch_file


@pytest.fixture(scope="module")
def folder(shared_home: Path) -> Path:
    write_watch_file(shared_home)
    write_history(shared_home, usual_history)
    return shared_home


def test_a_topic_is_held_against_history(folder: Path) -> None:
    ran = run(folder, "topics", "test", "training")
    assert ran.code == 0, ran.err
    assert "training: 1 of 3 changes in 365 days" in ran.out
    assert "█" in ran.out
    assert "because of “training”" in ran.out
    assert "1 excluded by a term of 'none'" in ran.out
    assert "by 'retracted': “retracted”" in ran.out
    assert "at most 1 in an hour and 1 in a day. Rate limit (at_most: 30/hour): never" in " ".join(
        ran.out.split()
    )


def test_the_days_narrow_what_is_looked_at(folder: Path) -> None:
    found = json.loads(run(folder, "topics", "test", "training", "--days", "5", "--json").out)
    assert (found["changes"], found["matched"], found["kept_out"]) == (2, 0, 1)
    assert found["volume"] == {"messages": 0, "most_in_an_hour": 0, "most_in_a_day": 0, "gathered": 0}


def test_near_misses_are_shown_with_what_stands_there(folder: Path) -> None:
    ran = run(folder, "topics", "test", "digest-only")
    assert "\n1 near miss\n" in ran.out
    assert "'seaport' and “seaports”: singular or plural" in ran.out
    assert "It sends nothing immediately; everything goes into digests." in ran.out


def test_a_topic_that_is_not_saved_yet_is_tried_from_another_file(folder: Path) -> None:
    draft = (folder / "watch.yaml").read_text().replace("seaport]", '"seaport*"]')
    (folder / "draft.yaml").write_text(draft)
    found = json.loads(run(folder, "topics", "test", "digest-only", "-w", "draft.yaml", "--json").out)
    assert found["matched"] == 1
    assert found["examples"][0]["words"] == ["U.S. Customs and Border Protection", "seaports"]


def test_an_unknown_topic_is_told_with_the_nearest(folder: Path) -> None:
    ran = run(folder, "topics", "test", "trainings")
    assert (ran.code, ran.err) == (
        2,
        "oversight-watch: no topic is called 'trainings'; did you mean 'training'?\n",
    )


def test_a_change_is_explained_topic_by_topic(folder: Path) -> None:
    changes = json.loads(run(folder, "changes", "--json").out)
    ran = run(folder, "topics", "explain", str(changes[0]["id"]))
    assert ran.code == 0, ran.err
    assert "training does not match" in ran.out
    assert "not there, and one is needed by 'any': 'training'" in ran.out
    assert "not there, and needed by 'all': 'seaport'" in ran.out
    assert "decided now    no alert: no topic matched" in ran.out


def test_an_explanation_says_what_kept_a_change_away_and_what_speaks_for_it(folder: Path) -> None:
    newest, kept, told = json.loads(run(folder, "changes", "--json").out)
    out = run(folder, "topics", "explain", str(kept["id"])).out
    assert "kept away by 'retracted' under 'none': “retracted” in the comment" in out
    found = json.loads(run(folder, "topics", "explain", str(told["id"]), "--json").out)
    assert found["topics"][0]["matches"]
    assert found["now"] == {
        "decision": "sent",
        "topics": ["training"],
        "goes": [{"topic": "training", "rhythm": "immediately", "channel": "desk"}],
    }
    assert found["then"] is None
    assert newest["id"] > told["id"]


def test_kinds_and_sources_that_a_topic_leaves_out_are_said(folder: Path) -> None:
    narrowed = (folder / "watch.yaml").read_text().replace("[comment_updated, new_report]", "withdrawn")
    (folder / "narrow.yaml").write_text(narrowed.replace("sources: [cbp-gao]", "sources: [audits]"))
    number = json.loads(run(folder, "changes", "--json").out)[-1]["id"]
    out = run(folder, "topics", "explain", str(number), "-w", "narrow.yaml").out
    assert "it does not ask for comment_updated: its 'on' is withdrawn" in out
    assert "it does not read cbp-gao: its 'sources' are audits" in out


def test_a_change_that_is_not_there_is_told(folder: Path) -> None:
    ran = run(folder, "topics", "explain", "999")
    assert ran.code == 2
    assert "there is no change 999" in ran.err
