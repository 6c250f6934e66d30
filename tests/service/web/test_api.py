"""The JSON for programs: what the OpenAPI description says is what is answered, and no event is missed."""

import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.alerts.stories import Story
from tests.event_schema import EVENT
from tests.service.commands import run
from tests.service.history import usual_history, write_history, write_watch_file
from tests.service.web.served_watch import reading


@pytest.fixture(scope="module")
def told(shared_home: Path) -> Path:
    write_watch_file(shared_home)
    write_history(shared_home, usual_history)
    return shared_home


def followed(client: httpx.Client, limit: int, after: int = 0) -> list[dict[str, Any]]:
    """Return every event, read as a program does that goes on from the last answer."""
    seen: list[dict[str, Any]] = []
    while found := client.get("/api/changes", params={"after": after, "limit": limit}).json():
        if not found["events"]:
            assert found["next"] == after
            break
        seen += found["events"]
        after = found["next"]
    return seen


@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_whoever_goes_on_from_the_last_answer_gets_each_event_once_in_order(told: Path, limit: int) -> None:
    with reading(told) as client:
        seen = followed(client, limit)
    ids = [one["id"] for one in seen]
    assert len(ids) == 3
    assert ids == sorted(set(ids))
    for one in seen:
        EVENT.validate(one)


def test_events_are_those_that_the_command_prints(told: Path) -> None:
    with reading(told, ", url: 'https://watch.example.org'") as client:
        served = followed(client, 1000)
        printed = [json.loads(line) for line in run(told, "events").out.splitlines()]
    assert served == printed
    assert served[0]["links"]["permalink"] == "https://watch.example.org/records/cbp-gao/GAO-24-1%20rec%201"


def test_what_is_recorded_later_comes_after_what_was_read(home: Path) -> None:
    write_watch_file(home)
    write_history(home, usual_history)
    with reading(home) as client:
        first = followed(client, 1000)
        write_history(home, one_change_elsewhere)
        later = followed(client, 1000, after=first[-1]["id"])
    assert len(later) == 1


def one_change_elsewhere(story: Story) -> None:
    story.change(story.record(story.source("audits"), "GAO-24-9 rec 1"))


@pytest.mark.parametrize(
    "wrong", ["after=-1", "after=x", f"after={2**63}", "limit=0", "limit=1001", "befor=1"]
)
def test_a_wrong_question_is_answered_in_the_one_shape(told: Path, wrong: str) -> None:
    with reading(told) as client:
        answer = client.get(f"/api/changes?{wrong}")
    assert answer.status_code == 422
    assert wrong.partition("=")[0] in answer.json()["error"]["message"]


def test_events_that_have_not_changed_are_not_sent_again(told: Path) -> None:
    with reading(told) as client:
        tag = client.get("/api/changes").headers["etag"]
        for held in (tag, f'"other", W/{tag}', "*"):
            assert client.get("/api/changes", headers={"If-None-Match": held}).status_code == 304


ANSWERED = {
    "/changes.json": "/changes.json",
    "/api/changes": "/api/changes",
    "/api/records/{source}/{key}": "/api/records/cbp-gao/GAO-24-1%20rec%201",
    "/sources.json": "/sources.json",
}


def test_each_answer_has_the_form_that_the_description_names(told: Path) -> None:
    with reading(told) as client:
        description = client.get("/api/openapi.json").json()
        for path, asked in ANSWERED.items():
            said = description["paths"][path]["get"]["responses"]
            schema = said["200"]["content"]["application/json"]["schema"]
            whole = {**schema, "components": description["components"]}
            assert schema.get("$ref"), path
            jsonschema.Draft202012Validator(whole).validate(client.get(asked).json())
            refusal = {
                **said["4XX"]["content"]["application/json"]["schema"],
                "components": description["components"],
            }
            wrong = client.get(asked.replace("GAO-24-1", "GAO-99") + "?limit=x")
            if wrong.status_code != 200:
                jsonschema.Draft202012Validator(refusal).validate(wrong.json())


def test_the_description_names_every_parameter_and_no_error_that_is_never_given(told: Path) -> None:
    with reading(told) as client:
        paths = client.get("/api/openapi.json").json()["paths"]
    named = {
        path: {one["name"] for one in found["get"].get("parameters", ())}
        for path, found in paths.items()
        if "get" in found
    }
    filters = {"topic", "kind", "agency", "source", "status", "since", "until", "before", "limit"}
    assert named["/changes.json"] == named["/changes.atom"] == filters
    assert named["/api/changes"] == {"after", "limit"}
    assert "HTTPValidationError" not in json.dumps(paths)
    assert all("4XX" in found["get"]["responses"] for found in paths.values() if "get" in found)
