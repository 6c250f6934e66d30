"""The topics over HTTP: what each matches, where it goes, and what it would have made of the history."""

from pathlib import Path

import pytest

from alerts.topics.in_words import term_in_words
from tests.service.commands import run
from tests.service.history import usual_history, write_history, write_watch_file
from tests.service.web.served_watch import reading


@pytest.fixture
def told(home: Path) -> Path:
    """A watch with two topics and three changes."""
    write_watch_file(home)
    write_history(home, usual_history)
    return home


def test_each_topic_says_in_words_what_it_matches_and_where_it_goes(told: Path) -> None:
    with reading(told) as client:
        page = client.get("/topics").text
        training, digest_only = client.get("/topics.json").json()["topics"]
    assert "<dt>At least one of</dt><dd>“training”</dd>" in page
    assert "<dt>None of</dt><dd>“retracted”</dd>" in page
    assert "“CBP” or another name of it as the agency; “seaport”" in page
    assert "room (digest weekly)" in page
    assert training["goes"] == [{"rhythm": "immediately", "channel": "desk"}]
    assert (training["kinds"], digest_only["kinds"]) == (["comment_updated", "new_report"], None)


def test_what_was_matched_of_late_is_counted_as_it_was_decided(folder: Path) -> None:
    with reading(folder) as client:
        counts = [one["matched"] for one in client.get("/topics.json").json()["topics"]]
        page = client.get("/topics").text
    assert counts == [1]
    assert '<a href="/changes?topic=cameras">1 change</a> matched in the last 30 days' in page


def test_a_topic_shows_its_matches_near_misses_and_volume(told: Path) -> None:
    with reading(told) as client:
        page = client.get("/topics/training").text
        replayed = client.get("/topics/training.json").json()["replay"]
        missing = client.get("/topics/trainig")
    assert (replayed["changes"], replayed["matched"], replayed["kept_out"]) == (3, 1, 1)
    assert "As it is written now it matches 1 of 3 changes." in page
    assert "Each recipient would have got 1 message at once" in page
    assert "GAO-24-1%20rec%201" in page
    assert "Kept out by a term of “none”" in page
    assert 'href="/changes.atom?topic=training"' in page
    assert (missing.status_code, "did you mean" in missing.text) == (404, True)


def test_a_long_history_is_looked_at_as_far_as_a_page_can(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.web.topics._REPLAYED", 2)
    with reading(told) as client:
        page = client.get("/topics/training").text
    assert "of 2 changes (the newest 2 are looked at)" in page


def test_a_watch_without_topics_says_what_they_are_for(home: Path) -> None:
    write_watch_file(home, "sources:\n  oig: {{profile: dhs-oig, url: {folder}/none}}\n")
    write_history(home, lambda story: story.source("oig"))
    with reading(home) as client:
        assert "nobody is notified of anything" in client.get("/topics").text
    assert run(home, "config", "check").code == 0


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("border wall", "“border wall”"),
        ("biometric*", "words that begin with “biometric”"),
        ("border polic*", "“border polic…”"),
        ("ICE", "“ICE” in capitals"),
        ("title:custody", "“custody” in the title"),
        ("agency:CBP", "“CBP” or another name of it as the agency"),
        ("/OIG-2[3-5]/", "text that fits the pattern /OIG-2[3-5]/"),
        ("fy:2024", "of fiscal year 2024"),
        ("fy:2020-2022", "of fiscal years 2020 to 2022"),
        ("fy:>=2022", "of fiscal year 2022 or later"),
        ("fy:<2020", "of fiscal year 2019 or earlier"),
        ("age:>2y", "more than 2 years old"),
        ("priority:yes", "marked as priority by the publisher"),
    ],
)
def test_a_term_is_said_in_words(term: str, words: str) -> None:
    assert term_in_words(term) == words
