"""What alerts say of promised dates, of silence and of the priority mark, in every face."""

from typing import Any

import pytest

from alerts.domain.messages import Face
from alerts.language.change import shown
from alerts.language.headlines import headline, subject
from monitor.domain.types import ChangeKind
from tests.alerts.rendering.test_render import FACES, NEW_YORK, joined, message
from tests.alerts.stories import no_update, promise_passed, view


@pytest.mark.parametrize("face", FACES)
def test_a_passed_promise_is_told_with_its_words_and_its_last_day(face: Face) -> None:
    said = message(promise_passed(), face=face)
    agency, passed = said.subject.split("’s promised date for ")
    assert agency == "CBP"
    assert passed.startswith("GAO-24-106148 rec 4 has passed, “by January 2026”")
    for body in filter(None, (said.text, said.markdown)):
        read = joined(body)
        assert "since at least Jan. 5, 2025. The work was due by Jan. 31, 2026;" in read
        assert "CBP anticipates completing these actions by January 2026" in read
        assert "change 1; the page is on file" in read


def test_a_recommendation_to_nobody_has_a_promised_date_too() -> None:
    change = view(ChangeKind.PROMISE_PASSED, fields={"agency": None}, after=dict(promise_passed().after))
    assert headline(change).what == "The promised date for GAO-24-106148 rec 4 has passed, “by January 2026”"


@pytest.mark.parametrize("face", FACES)
def test_silence_is_told_with_its_months_and_the_day_of_the_last_word(face: Face) -> None:
    said = message(no_update(), face=face)
    assert said.subject.startswith("No update on GAO-24-106148 rec 4 for 14 months: Facial Recognition")
    for body in filter(None, (said.text, said.markdown)):
        assert "Its status and comment have not changed since Jan. 5, 2025." in joined(body)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("CBP plans to act by March 2024.", "CBP plans to act by June 2026.",
         "The promised date moved from March 2024 to June 2026."),
        ("CBP agreed.", "CBP agreed and will act by the end of fiscal year 2026.",
         "The comment now promises a date: “by the end of fiscal year 2026”."),
        ("CBP plans to act by March 2024.", "CBP agreed.",
         "The comment no longer promises a date. Before, it said “by March 2024”."),
        ("CBP plans to act by March 2024.", "As of May 2023, CBP plans to act by March 2024.", ""),
        ("CBP agreed.", "CBP agreed in part.", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", ["open", "open_partially_addressed"])
def test_a_rewritten_comment_says_what_became_of_the_promised_date(
    before: str, after: str, said: str, status: str
) -> None:
    moved: dict[str, Any] = {"before": {"status_comment": before}, "after": {"status_comment": after}}
    change = view(ChangeKind.COMMENT_UPDATED, fields={"status": status}, **moved)
    assert shown(change, (), (), NEW_YORK).lead == said


def test_a_closed_recommendation_is_held_to_no_date() -> None:
    change = view(
        ChangeKind.STATUS_CHANGED,
        before={"status": "open", "status_comment": "CBP will act by March 2024."},
        after={"status": "closed_implemented", "status_comment": "CBP did so."},
    )
    assert shown(change, (), (), NEW_YORK).lead == ""


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (True, "GAO made GAO-24-106148 rec 4 a priority recommendation"),
        (False, "GAO no longer marks GAO-24-106148 rec 4 as a priority recommendation"),
    ],
)
def test_the_priority_mark_is_told_in_its_own_words(after: bool, said: str) -> None:
    change = view(ChangeKind.PRIORITY_CHANGED, before={"priority": not after}, after={"priority": after})
    assert headline(change).what == said


def test_several_changes_of_time_are_counted_in_a_subject() -> None:
    assert subject([promise_passed(), promise_passed(), no_update()]) == (
        "3 changes to GAO-24-106148 rec 4: 2 promised dates have passed,"
        " 1 recommendation without an update [CBP]"
    )
