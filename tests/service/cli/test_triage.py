"""`assign`, `note`, `snooze` and `assigned`, run as a user runs them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.domain.types import TriageKind
from monitor.domain.errors import OversightError
from service.runtime.triage import record_triage
from tests.alerts.stories import Story
from tests.service.commands import run
from tests.service.history import NOW, usual_history, write_history, write_watch_file

KEY = "GAO-24-1 rec 1"
ONE_OF = "give one of --until 30d, --until-change and --off"


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("LOGNAME", "USER", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    write_watch_file(home)
    write_history(home, usual_history)
    return home


def done(folder: Path, *arguments: str) -> str:
    ran = run(folder, *arguments)
    assert ran.code == 0, ran.err
    return ran.out


def shown(folder: Path, key: str = KEY) -> Any:
    return json.loads(done(folder, "show", key, "--json"))[0]


def test_a_recommendation_is_assigned_noted_and_snoozed_and_show_tells_all_of_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    assert done(folder, "assign", KEY, "Ana") == f"{KEY} is assigned to Ana.\n"
    monkeypatch.setenv("LOGNAME", "bo")
    done(folder, "note", KEY, "Asked CBP.")
    said = done(folder, "snooze", KEY, "--until", "2099-06-01", "--by", "Cy")
    assert said == f"{KEY} is snoozed until June 1, 2099; a new status still sends an alert.\n"
    life = shown(folder)
    assert (life["care"]["assigned_to"], life["care"]["note"]) == ("Ana", "Asked CBP.")
    assert life["care"]["snoozed_until"] == "2099-06-01T00:00:00+00:00"
    assert [one["by"] for one in life["said"]] == ["ann", "bo", "Cy"]
    text = " ".join(done(folder, "show", KEY).split())
    assert "assigned to Ana, since" in text
    assert "note Asked CBP." in text
    assert "snoozed until Mon., June 1, 2099" in text
    assert "Cy: snoozed until Mon., June 1, 2099" in text


def test_what_was_said_can_be_taken_back_and_stays_in_the_history(folder: Path) -> None:
    done(folder, "assign", KEY, "Ana")
    done(folder, "snooze", KEY, "--until-change")
    assert done(folder, "assign", KEY, "--nobody") == f"{KEY} is assigned to nobody.\n"
    assert done(folder, "snooze", KEY, "--off") == f"{KEY} is no longer snoozed.\n"
    life = shown(folder)
    assert life["care"] is None
    assert [one["kind"] for one in life["said"]] == [
        "assigned", "snoozed_until_change", "assigned", "snooze_over",
    ]  # fmt: skip


def test_a_day_before_it_was_said_shows_nothing_of_it(folder: Path) -> None:
    done(folder, "assign", KEY, "Ana")
    (life,) = json.loads(done(folder, "show", KEY, "--on", f"{NOW:%Y}-01-01", "--json"))
    assert (life["care"], life["said"]) == (None, [])


def test_assigned_lists_by_person(folder: Path) -> None:
    assert "Nothing is assigned." in done(folder, "assigned")
    done(folder, "assign", KEY, "Zoe")
    done(folder, "assign", "GAO-24-2 rec 1", "Ana")
    done(folder, "note", KEY, "Asked CBP.")
    out = done(folder, "assigned")
    assert out.index("Ana\n") < out.index("GAO-24-2 rec 1") < out.index("Zoe\n") < out.index(KEY)
    assert "note: Asked CBP." in out
    (one,) = json.loads(done(folder, "assigned", "zoe", "--json"))
    assert (one["key"], one["status"], one["care"]["assigned_to"]) == (KEY, "open", "Zoe")


def test_a_key_that_stands_for_different_things_asks_for_the_source(folder: Path) -> None:
    def another(story: Story) -> None:
        story.record(story.source("audits"), KEY, NOW, report=True)

    write_history(folder, another)
    ran = run(folder, "assign", KEY, "Ana")
    assert (ran.code, ran.err) == (
        2,
        f"oversight-watch: {KEY!r} is a different thing on audits and cbp-gao; choose one with --source\n",
    )
    done(folder, "assign", KEY, "Ana", "--source", "audits")
    lives = json.loads(done(folder, "show", KEY, "--json"))
    assert [(life["source"], bool(life["care"])) for life in lives] == [("audits", True), ("cbp-gao", False)]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("assign", KEY), "give a name, or --nobody, and not both"),
        (("assign", KEY, "Ana", "--nobody"), "give a name, or --nobody, and not both"),
        (("assign", KEY, "\x1b[31m"), "the name is empty"),
        (("assign", KEY, "Ana", "--by", " "), "the name is empty"),
        (("assign", KEY, "A" * 81), "the name has 81 characters; the limit is 80"),
        (("note", KEY, ""), "the note is empty"),
        (("snooze", KEY), ONE_OF),
        (
            ("snooze", KEY, "--off", "--until-change"),
            ONE_OF,
        ),
        (
            ("snooze", KEY, "--until", "2001-01-01"),
            "Jan. 1, 2001 has already begun",
        ),
        (("snooze", KEY, "--until", "9999-12-31"), "9999-12-31 is too far away; choose a day before 3000"),
        (("assign", "GAO-24-3 rec 1", "Ana"), "no record has the key 'GAO-24-3 rec 1'; did you mean"),
        (("assign", KEY, "Ana", "--source", "audits"), f"'audits' has no record {KEY!r}; cbp-gao has it"),
        (("assign", KEY, "Ana", "--source", "gao"), "no source is called 'gao'"),
    ],
)
def test_a_mistake_is_told_in_a_sentence_and_nothing_is_said(
    folder: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = run(folder, *arguments)
    assert ran.code == 2
    assert sentence in " ".join(ran.err.split())
    assert shown(folder)["said"] == []


@pytest.mark.parametrize(("day", "said"), [(date.min, "already begun"), (date.max, "too far away")])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Pago_Pago"])
def test_the_first_and_last_day_of_all_calendars_are_refused_in_every_zone(
    day: date, said: str, zone: str
) -> None:
    named: dict[str, Any] = {"by": "Ana", "until": day, "zone": ZoneInfo(zone), "now": datetime.now(UTC)}
    with pytest.raises(OversightError, match=said):
        record_triage(None, 1, TriageKind.SNOOZED_UNTIL, **named)  # type: ignore[arg-type]
