"""Any day of the past: records and lives as of it, two days side by side, and the page of that day."""

import json
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from monitor.domain.us_dates import day_words
from tests.alerts.stories import Story
from tests.service.commands import run
from tests.service.history import NOW, usual_history, write_history, write_watch_file
from tests.service.home import connected
from tests.service.web.served_watch import reading

TRAINED, RETRACTED = "Trained since May.", "Done, and retracted."
KEY = "GAO-24-1 rec 1"


def day(ago: int) -> str:
    return (NOW - timedelta(days=ago)).date().isoformat()


def told(story: Story) -> None:
    """The usual history, and a report of another source that came five days ago."""
    usual_history(story)
    audits = story.source("audits")
    story.record(audits, "OIG-24-9", NOW - timedelta(days=5), report=True, title="Cameras")


@pytest.fixture(scope="module")
def folder(shared_home: Path) -> Path:
    write_watch_file(shared_home)
    write_history(shared_home, told)
    return shared_home


def asked(folder: Path, *arguments: str) -> Any:
    return json.loads(run(folder, *arguments, "--json").out)


def test_records_are_shown_as_of_a_day(folder: Path) -> None:
    found = {ago: asked(folder, "records", "--as-of", day(ago)) for ago in (40, 20, 9, 2, 0)}
    comments = [
        {one["key"]: one.get("status_comment") for one in found[ago]["records"]}.get(KEY) for ago in found
    ]
    assert [len(one["records"]) for one in found.values()] == [0, 2, 2, 3, 3]
    assert comments[0] is None
    assert comments[2:] == [TRAINED, RETRACTED, RETRACTED]
    assert found[9]["as_of"] == day(9)
    for now, then in zip(asked(folder, "records"), found[0]["records"], strict=True):
        assert {**now, **then, "changed": now["changed"]} == now


def test_filters_hold_for_the_values_of_that_day(folder: Path) -> None:
    def keys(*arguments: str) -> list[str]:
        return [one["key"] for one in asked(folder, "records", "--as-of", day(1), *arguments)["records"]]

    assert keys("--kind", "report") == ["OIG-24-9"]
    assert keys("--open") == keys("--status", "open") == [KEY, "GAO-24-2 rec 1"]
    assert keys("--status", "closed") == []
    assert keys("--source", "audits") == ["OIG-24-9"]
    assert keys("--agency", "nobody") == []
    assert len(keys("--no-priority")) == 3


def test_two_days_are_shown_side_by_side(folder: Path) -> None:
    rows = asked(folder, "records", "--between", day(7), day(1))
    assert [one["key"] for one in rows] == ["OIG-24-9", KEY, "GAO-24-2 rec 1"]
    assert (rows[0]["before"], rows[1]["fields"]) == (None, ["status_comment"])
    assert rows[1]["before"]["status_comment"] == TRAINED
    assert rows[1]["after"]["status_comment"] == RETRACTED
    shown = run(folder, "records", "--source", "cbp-gao", "--between", day(7), day(1)).out
    assert "[-Trained since May.-] {+Done, and retracted.+}" in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80
    between = asked(folder, "changes", "--between", day(7), day(1))
    assert [one["record"] for one in between] == ["GAO-24-2 rec 1", KEY]
    assert [one["record"] for one in asked(folder, "changes", "--between", day(2), day(1))] == [
        "GAO-24-2 rec 1"
    ]


def test_one_command_gives_the_records_and_the_page_of_a_day(folder: Path) -> None:
    data = asked(folder, "records", "--source", "cbp-gao", "--as-of", day(8))
    shown = run(folder, "records", "--source", "cbp-gao", "--as-of", day(8)).out
    sha256 = data["pages"][0]["sha256"]
    assert f"oversight-watch snapshot {sha256[:12]} --open" in shown
    [listed, *_] = asked(folder, "snapshots", "cbp-gao", "--as-of", day(8))
    assert listed["sha256"] == sha256


def test_a_life_is_shown_as_of_a_day_and_the_former_name_of_the_option_works(folder: Path) -> None:
    [life] = asked(folder, "show", KEY, "--as-of", day(8))
    assert life["fields"]["status_comment"] == TRAINED
    ran = run(folder, "show", KEY, "--on", day(8), "--json")
    assert json.loads(ran.out) == [life]
    assert ran.err == "--on is now --as-of, and still works.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["records", "--as-of", day(1), "--sort", "age"], "give --as-of or --between, without --sort and"),
        (["records", "--between", day(2), day(1), "--open"], "--between takes no filter but --source"),
        (["records", "--between", day(1), day(1)], "give the earlier day first"),
        (["records", "--as-of", "1850-01-01"], "1850"),
        (["changes", "--between", day(2), day(1), "--days", "2"], "--between gives both days"),
        (["records", "--as-of", "Marc"], "write 2026-03-02"),
        (["records", "--as-of", "in 2d"], "has not come yet; give a day of the past, or today"),
        (["records", "--between", day(2), "next year"], "has not come yet"),
        (["changes", "--between", day(2), "next year"], "has not come yet"),
        (["show", KEY, "--as-of", "2999-12-31"], "has not come yet"),
        (["snapshots", "audits", "--as-of", "in 2d"], "has not come yet"),
        (["snapshot", "--source", "audits", "--as-of", "in 2d"], "has not come yet"),
        (["changes", "--since", day(1), "--until", day(2)], "give the earlier day first"),
    ],
)
def test_a_wrong_day_is_answered_with_a_sentence(folder: Path, arguments: list[str], said: str) -> None:
    ran = run(folder, *arguments)
    assert ran.code == 2
    assert said in " ".join(ran.err.split())


def test_the_reading_room_and_its_json_show_a_day_of_the_past(folder: Path) -> None:
    with reading(folder) as client:
        first = client.get("/records.json", params={"as_of": day(1), "status": "all", "limit": 2}).json()
        rest = client.get(
            "/records.json", params={"as_of": day(1), "status": "all", "after": first["next"]}
        ).json()
        page = client.get("/records", params={"as_of": day(8)})
        life = client.get(f"/api/records/cbp-gao/{KEY}", params={"as_of": day(8)}).json()
        record = client.get(f"/records/cbp-gao/{KEY}", params={"as_of": day(8)})
        unknown = client.get(f"/records/cbp-gao/{KEY}", params={"as_of": day(90)})
        sorted_ = client.get("/records", params={"as_of": day(8), "sort": "age"})
    assert [one["key"] for one in (*first["records"], *rest["records"])] == [
        "OIG-24-9",
        KEY,
        "GAO-24-2 rec 1",
    ]
    assert rest["next"] is None
    assert "Open recommendations as of" in page.text
    assert f"?as_of={day(8)}" in page.text
    assert life["fields"]["status_comment"] == TRAINED
    assert TRAINED in record.text
    assert RETRACTED not in record.text
    assert (unknown.status_code, sorted_.status_code) == (404, 422)


def test_the_reading_room_takes_days_as_the_command_line_does(folder: Path) -> None:
    with reading(folder) as client:
        today = f"{NOW:%B} {NOW.day}, {NOW:%Y}"
        for since, until in ((day(7), day(1)), ("7d", "yesterday"), ("1 week ago", today)):
            asked_ = {"since": since, "until": until}
            rows = client.get("/changes.json", params=asked_).json()["changes"]
            assert [one["record"] for one in rows] == ["GAO-24-2 rec 1", KEY], asked_
        page = client.get("/records", params={"as_of": "8d"})
        assert f"as of {day_words((NOW - timedelta(days=8)).date())}" in page.text
        assert 'value="8d"' in page.text
        assert "?as_of=8d" in page.text
        record = client.get(f"/records/cbp-gao/{KEY}", params={"as_of": "8d"})
        assert (TRAINED in record.text, RETRACTED in record.text) == (True, False)
        assert ("– now" in record.text, "Assign, note or snooze" in record.text) == (False, False)
        for address, said in (
            ("/changes?since=Marc", "since: 'Marc' is not a day; write 2026-03-02"),
            (f"/changes.csv?since={day(1)}&until={day(2)}", "give the earlier day first"),
            ("/records?as_of=tomorrow", "has not come yet; give a day of the past, or today"),
            (f"/api/records/cbp-gao/{KEY}?as_of=next+year", "has not come yet"),
            ("/records.json?as_of=1850-01-01", "as_of: 1850-01-01 is too far away"),
        ):
            wrong = client.get(address)
            assert (wrong.status_code, "Unprocessable" in wrong.text) == (422, False), address
            assert said in unescape(wrong.text)


def test_a_record_that_went_without_a_new_version_is_off_the_list(folder: Path) -> None:
    with connected(folder) as connection:
        gone = {"at": NOW - timedelta(days=3)}
        statement = "UPDATE record SET listed = :no, unlisted_at = :at WHERE key = 'OIG-24-9'"
        connection.execute(text(statement), {**gone, "no": False})
    [life] = asked(folder, "show", "OIG-24-9")
    assert (life["listed"], life["unlisted"]) == (False, (NOW - timedelta(days=3)).isoformat())
    assert [asked(folder, "show", "OIG-24-9", "--as-of", day(ago))[0]["listed"] for ago in (4, 2)] == [
        True,
        False,
    ]
