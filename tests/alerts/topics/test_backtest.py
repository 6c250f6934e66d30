"""A topic held against history: what it would have said, what it just missed, and how much that is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.domain.settings import TopicSettings
from alerts.topics.backtest import Replay, Volume, replay
from alerts.topics.candidate import Candidate
from alerts.topics.index import Against, TopicIndex
from alerts.topics.near_misses import BETWEEN, CAPITALS, LETTER, OTHER, PLURAL, NearMisses
from alerts.topics.words import passages_of
from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView
from tests.alerts.stories import SEEN, view


def topic(**settings: Any) -> TopicSettings:
    words = {key: settings.pop(key) for key in ("any", "all", "none") if key in settings}
    return TopicSettings.model_validate({**settings, "match": words})


def near(text: str, **settings: Any) -> tuple[str, str, str] | None:
    wanted = topic(**settings)
    candidate = Candidate(ChangeKind.NEW_REPORT, "s", {"title": text})
    (verdict,) = TopicIndex({"it": wanted}).verdicts(candidate)
    found = NearMisses(wanted.match).of(passages_of(candidate), verdict)
    return (found.term, found.text, found.how) if found else None


@pytest.mark.parametrize(
    ("term", "text", "found", "how"),
    [
        ("biometrics", "a Biometrcs pilot", "Biometrcs", LETTER),
        ("biometrics", "a Biometrisc pilot", "Biometrisc", LETTER),
        ("facial recognition", "Facial Recogntion", "Facial Recogntion", LETTER),
        ("facial recognition", "facial image recognition", "facial image recognition", BETWEEN),
        (
            "migrant protection protocol",
            "Migrant Protection Protocols",
            "Migrant Protection Protocols",
            PLURAL,
        ),
        ("migrant protection protocol", "migrant processing protocol", "migrant processing protocol", OTHER),
        ("biometrics*", "one biometric", "biometric", PLURAL),
        ("facilities", "one facility", "facility", PLURAL),
        ("ICE", "Ice on roads", "Ice", CAPITALS),
        ("title:seaport", "Seaports", "Seaports", PLURAL),
    ],
)
def test_a_near_miss_is_one_word_away_and_says_how(term: str, text: str, found: str, how: str) -> None:
    assert near(text, any=term) == (term, found, how)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("port", "part"),  # in a short word one letter makes another word
        ("facial recognition", "facial features"),
        ("facial recognition", "recognition facial"),
        ("OIG-24", "OIG-25"),
        ("agency:Seaport", "Seaports"),
        ("border wall system", "border fence plan"),
        ("border wall system", "wall system"),  # the phrase would begin before the text
    ],
)
def test_what_is_further_away_is_no_near_miss(term: str, text: str) -> None:
    assert near(text, any=term) is None


def test_a_near_miss_is_the_only_thing_that_was_missing() -> None:
    assert near("Seaports and walls", all=["seaport", "walls"]) == ("seaport", "Seaports", PLURAL)
    assert near("Seaports and walls", all=["seaport", "wall"]) is None
    assert near("Seaports", all=["seaport"], any=["drone"]) is None
    assert near("Seaports and walls", any=["seaport"], all=["walls"]) == ("seaport", "Seaports", PLURAL)
    assert near("Seaports, retracted", any=["seaport"], none=["retracted"]) is None
    assert near("Seaports", any=["seaport"], on="withdrawn") is None


def change(number: int, at: datetime, title: str = "Border wall", **given: Any) -> ChangeView:
    given = {"check_id": number, "record_id": number, **given}
    return view(
        ChangeKind.NEW_REPORT, id=number, seen_at=at, fields={"title": title, "abstract": None}, **given
    )


def held(changes: list[ChangeView], **settings: Any) -> Replay:
    return replay("it", topic(**settings), changes, UTC)


def test_changes_are_counted_by_week_and_quiet_weeks_are_there() -> None:
    found = held(
        [change(1, SEEN), change(2, SEEN, "Other"), change(3, SEEN + timedelta(days=14))], any="wall"
    )
    assert [(str(week.begins), week.changes, week.matched) for week in found.weeks] == [
        ("2026-03-02", 2, 1),
        ("2026-03-09", 0, 0),
        ("2026-03-16", 1, 1),
    ]
    assert (found.changes, found.matched) == (3, 2)
    assert [(one.id, words) for one, words in found.examples] == [(3, ("wall",)), (1, ("wall",))]


def test_near_misses_and_what_a_word_kept_out_are_counted_apart() -> None:
    titles = ["Border walls", "The wall, redacted", "Nothing"]
    changes = [change(number, SEEN, title) for number, title in enumerate(titles, 1)]
    found = held(changes, any="wall", none="redacted")
    assert (found.matched, found.near, found.kept_out) == (0, 1, 1)
    assert found.near_examples[0][0].id == 1
    assert found.kept_out_examples[0][1] == Against("redacted", "redacted", "title")


def test_of_many_matches_the_newest_are_shown() -> None:
    found = held([change(number, SEEN) for number in range(1, 31)], any="wall")
    assert [one.id for one, _ in found.examples] == list(range(30, 20, -1))


def test_one_check_makes_one_message_and_what_is_above_the_guard_is_gathered() -> None:
    minutes = [0, 10, 20, 30, 45, 75, 200]
    changes = [change(number, SEEN + timedelta(minutes=at)) for number, at in enumerate(minutes, 1)]
    changes.insert(1, change(99, SEEN, check_id=1))
    send = {"send": {"immediately": "desk"}}
    assert held(changes, any="wall", **send).volume == Volume(7, 5, 7, 0)
    # Two at once; the third begins a summary that takes up two more. An hour on, only the summary counts.
    assert held(changes, any="wall", at_most="2/hour", **send).volume == Volume(5, 3, 5, 3)
    assert held(changes, any="wall").volume is None
