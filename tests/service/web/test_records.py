"""The list of recommendations over HTTP: order, filters, pages and figures."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from monitor.domain.types import ChangeKind
from tests.alerts.stories import Story
from tests.service.commands import run
from tests.service.history import NOW, write_history, write_watch_file
from tests.service.web.served_watch import reading


def _records(story: Story) -> None:
    gao, audits = story.source("cbp-gao"), story.source("audits")
    for number, (agency, year) in enumerate((("FEMA", 2021), ("Coast Guard", 2023), ("FEMA", 2019)), 1):
        story.record(
            gao,
            f"GAO-2{number}-1 rec 1",
            NOW - timedelta(days=5),
            agency=agency,
            issue_date=f"{year}-05-0{number}",
            priority=True if number == 1 else None,
            topics=["Border Security"] if number == 2 else None,
            status_comment=f"FEMA plans to finish by March 31, 202{number + 5}." if number != 3 else "Open.",
        )
    story.record(gao, "GAO-20-1 rec 1", NOW - timedelta(days=5), status="closed_implemented")
    story.record(audits, "OIG-26-18", NOW - timedelta(days=5), report=True)


@pytest.fixture(scope="module")
def listed(shared_home: Path) -> Path:
    """A watch with three open recommendations, a closed one and a report."""
    write_watch_file(shared_home)
    write_history(shared_home, _records)
    return shared_home


@pytest.fixture(scope="module")
def client(listed: Path) -> Iterator[httpx.Client]:
    """The watch, served."""
    with reading(listed) as running:
        yield running


def _keys(client: httpx.Client, asked: str) -> list[str]:
    return [one["key"] for one in client.get(f"/records.json{asked}").json()["records"]]


OLDEST_FIRST = ["GAO-23-1 rec 1", "GAO-21-1 rec 1", "GAO-22-1 rec 1"]


def test_open_recommendations_come_oldest_first_with_their_counts(client: httpx.Client) -> None:
    assert _keys(client, "") == OLDEST_FIRST
    page = client.get("/records").text
    assert page.index("GAO-23-1 rec 1") < page.index("GAO-21-1 rec 1") < page.index("GAO-22-1 rec 1")
    assert "<b>3</b> records, <b>1</b> with priority, <b>1</b> past its target date" in page
    assert '<th scope="col" aria-sort="descending">' in page
    assert "GAO-20-1" not in page


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ("?sort=key", ["GAO-21-1 rec 1", "GAO-22-1 rec 1", "GAO-23-1 rec 1"]),
        ("?sort=key&descending=true", ["GAO-23-1 rec 1", "GAO-22-1 rec 1", "GAO-21-1 rec 1"]),
        ("?sort=agency", ["GAO-22-1 rec 1", "GAO-21-1 rec 1", "GAO-23-1 rec 1"]),
        ("?sort=due", ["GAO-21-1 rec 1", "GAO-22-1 rec 1"]),
        ("?descending=true", OLDEST_FIRST[::-1]),
        ("?agency=fema", ["GAO-23-1 rec 1", "GAO-21-1 rec 1"]),
        ("?agency=guard", []),
        ("?agency=coast+guard", ["GAO-22-1 rec 1"]),
        ("?agency=uscg", ["GAO-22-1 rec 1"]),
        ("?priority=true", ["GAO-21-1 rec 1"]),
        ("?subject=border+security", ["GAO-22-1 rec 1"]),
        ("?subject=border", []),
        ("?status=closed_implemented", ["GAO-20-1 rec 1"]),
        ("?status=open&source=audits", []),
        ("?kind=report", ["OIG-26-18"]),
        ("?status=all&source=audits", ["OIG-26-18"]),
        ("?status=all&sort=key&limit=2", ["GAO-20-1 rec 1", "GAO-21-1 rec 1"]),
    ],
)
def test_a_list_is_sorted_and_filtered_by_its_address(
    client: httpx.Client, asked: str, keys: list[str]
) -> None:
    assert _keys(client, asked) == keys


def test_an_owner_is_shown_and_asked_for(listed: Path, client: httpx.Client) -> None:
    run(listed, "assign", "GAO-22-1 rec 1", "Ana", "--by", "desk")
    assert _keys(client, "?owner=ana") == ["GAO-22-1 rec 1"]
    assert _keys(client, "?owner=Bo") == []
    page = client.get("/records").text
    assert '<td data-name="Owner">Ana</td>' in page


@pytest.mark.parametrize("sort", ["age", "changed", "agency", "key"])
@pytest.mark.parametrize("descending", ["true", "false"])
def test_page_after_page_misses_nothing_and_shows_nothing_twice(
    client: httpx.Client, sort: str, descending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def _walked() -> Iterator[str]:
        asked = f"/records.json?status=all&limit=1&sort={sort}&descending={descending}"
        path: str | None = asked
        while path:
            found = client.get(path).json()
            yield from (one["key"] for one in found["records"])
            path = f"{asked}&after={found['next'].replace('+', '%2B')}" if found["next"] else None

    walked = list(_walked())
    # As where a rare match is far down a long list.
    monkeypatch.setattr("service.readmodel.record_list._LOOKED_THROUGH", 2)
    again = list(_walked())
    assert sorted(walked) == ["GAO-20-1 rec 1", *sorted(OLDEST_FIRST), "OIG-26-18"]
    assert again == walked


def test_a_rare_match_is_found_by_looking_further(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.readmodel.record_list._LOOKED_THROUGH", 1)
    asked = "/records.json?status=all&sort=key&subject=Border+Security"
    found, looks = client.get(asked).json(), 1
    assert "Look further" in client.get(asked.replace(".json", "")).text
    while not found["records"]:
        found, looks = client.get(f"{asked}&after={found['next']}").json(), looks + 1
    assert (found["records"][0]["key"], looks) == ("GAO-22-1 rec 1", 3)


@pytest.mark.parametrize(
    "wrong",
    ["?sort=size", "?after=x", "?after=~99999999999999999999", "?sort=changed&after=x~1", "?status=shut"],
)
def test_a_wrong_address_of_a_list_is_refused_in_words(client: httpx.Client, wrong: str) -> None:
    refused = client.get(f"/records.json{wrong}")
    assert refused.status_code == 422
    assert refused.json()["error"]["message"].startswith("The address ")


def test_the_command_has_the_same_filters(listed: Path) -> None:
    def _printed(*options: str) -> list[str]:
        return [one["key"] for one in json.loads(run(listed, "records", "--json", *options).out)]

    assert _printed("--open", "--sort", "age") == OLDEST_FIRST
    assert _printed("--open", "--sort", "age", "--reverse") == OLDEST_FIRST[::-1]
    assert _printed("--agency", "FEMA") == ["GAO-21-1 rec 1", "GAO-23-1 rec 1"]
    assert _printed("--kind", "report") == ["OIG-26-18"]
    assert _printed("--priority") == ["GAO-21-1 rec 1"]
    assert _printed("--sort", "due") == ["GAO-21-1 rec 1", "GAO-22-1 rec 1"]
    assert len(_printed()) == 5
    assert "--reverse needs --sort" in run(listed, "records", "--reverse").err
    assert "matches all of these" in run(listed, "records", "--agency", "NASA").out


def _weeks(story: Story) -> None:
    gao = story.source("cbp-gao")
    for weeks in (1, 3):
        at = NOW - timedelta(weeks=weeks)
        record = story.record(gao, f"GAO-26-{weeks} rec 1", at, agency=f"Agency {weeks}", issue_date=None)
        story.change(record, ChangeKind.NEW_RECOMMENDATION, at, before={}, after={"status": "open"})
        story.record(gao, f"GAO-19-{weeks} rec 1", at, agency="Agency 1", issue_date="2019")
    was, is_now = {"status": "open"}, {"status": "closed"}
    story.change(record, ChangeKind.STATUS_CHANGED, NOW, before=was, after=is_now)


def test_figures_are_drawn_with_their_numbers_in_words(home: Path) -> None:
    write_watch_file(home)
    write_history(home, _weeks)
    with reading(home) as client:
        page = client.get("/records").text
        filtered = client.get("/records?source=cbp-gao").text
    assert page.count("<svg") == page.count("<desc id=") == 3
    assert "0 opened, 1 closed" in page
    assert "over 10 years: 0" in page
    assert "Agency 1: 3; Agency 3: 1" in page
    assert page.count("<summary>The numbers</summary>") == 3
    assert "<svg" not in filtered


def test_figures_that_compare_nothing_are_not_drawn(home: Path) -> None:
    write_watch_file(home)
    write_history(home, lambda story: story.record(story.source("cbp-gao"), "GAO-26-1 rec 1", NOW))
    with reading(home) as client:
        assert "<svg" not in client.get("/records").text


def test_an_empty_list_says_what_to_do(home: Path) -> None:
    write_watch_file(home)
    write_history(home, lambda story: story.source("cbp-gao"))
    with reading(home) as client:
        assert "No open recommendation is recorded" in client.get("/records").text
        assert "No record matches all of this" in client.get("/records?agency=NASA").text
