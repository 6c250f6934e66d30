"""What became of a recommendation that left its list, read on its own page."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.changes.diff import diff
from monitor.crawl.follow_up import Follower, _row_of
from monitor.domain.settings import SourceSettings
from monitor.domain.types import FIELDS, ChangeKind, ParsedRecord, RecordKind, StoredRecord
from tests.clock import FrozenClock

KEY = "GAO-26-100200 rec 4"


def row(agency: str, status: str = "open", comment: str = "Later.") -> ParsedRecord:
    fields: dict[str, Any] = dict.fromkeys(FIELDS[RecordKind.RECOMMENDATION])
    fields |= {"agency": agency, "status": status, "status_text": status, "status_comment": comment}
    return ParsedRecord(RecordKind.RECOMMENDATION, KEY, fields)


def known(agency: str, key: str = KEY, **more: Any) -> StoredRecord:
    return StoredRecord(1, RecordKind.RECOMMENDATION, key, row(agency).fields, "f", True, "0" * 64, **more)


@pytest.mark.parametrize("order", [("Coast Guard", "Secret Service"), ("Secret Service", "Coast Guard")])
def test_the_row_of_our_agency_is_taken_wherever_it_stands(order: tuple[str, ...]) -> None:
    found = [row(agency, "closed_implemented" if agency == "Coast Guard" else "open") for agency in order]
    ours = _row_of(known("Coast Guard"), found, moved=True)
    theirs = _row_of(known("Secret Service", f"{KEY} @ secret service"), found, moved=True)
    assert ours and ours.fields["status"] == "closed_implemented"
    assert theirs and theirs.fields["status"] == "open"


def test_a_single_row_of_another_agency_is_where_it_was_moved_to() -> None:
    assert _row_of(known("Coast Guard"), [row("Homeland Security")], moved=True) is not None


def test_where_a_list_was_not_seen_whole_a_row_of_another_agency_is_not_ours() -> None:
    assert _row_of(known("Coast Guard"), [row("Homeland Security")], moved=False) is None


def test_rows_of_several_other_agencies_say_nothing_of_ours() -> None:
    rows = [row("Secret Service"), row("Homeland Security")]
    assert _row_of(known("Coast Guard"), rows, moved=True) is None


def test_its_own_row_under_another_number_comes_before_a_row_of_another_agency() -> None:
    text = {"recommendation": "Look into it."}
    stored = replace(known("Coast Guard"), fields={**known("Coast Guard").fields, **text})
    other, own = row("Secret Service"), row("Coast Guard")
    renumbered = replace(
        own, key="GAO-26-100200 rec 77", fields={**own.fields, **text, "recommendation_number": 77}
    )
    assert _row_of(stored, [other, renumbered], moved=True) == renumbered


def test_another_agencys_row_is_not_ours_where_ours_may_have_moved_under_another_number() -> None:
    stored = replace(
        known("Coast Guard"), fields={**known("Coast Guard").fields, "recommendation": "Screen."}
    )
    theirs = replace(
        row("Secret Service"), fields={**row("Secret Service").fields, "recommendation": "Screen."}
    )
    moved = replace(theirs, key="GAO-24-1 rec 8", fields={**theirs.fields, "agency": "Homeland Security"})
    assert _row_of(stored, [theirs, moved], moved=True) is None


def test_two_different_rows_of_another_agency_say_nothing_of_ours() -> None:
    rows = [row("Secret Service"), row("Secret Service", "closed_implemented")]
    assert _row_of(known("Coast Guard"), rows, moved=True) is None


def test_leaving_the_list_and_a_rewritten_comment_are_both_told() -> None:
    stored = known("Coast Guard")
    (found,) = diff([stored], [], complete=True, followed={KEY: row("Coast Guard", comment="Moved.")})
    assert [change.kind for change in found.changes] == [ChangeKind.LEFT_LIST, ChangeKind.COMMENT_UPDATED]
    assert found.listed is False


def test_a_closing_on_its_own_page_is_told_as_that_alone() -> None:
    closed = row("Coast Guard", "closed_implemented")
    (found,) = diff([known("Coast Guard")], [], complete=True, followed={KEY: closed})
    assert [change.kind for change in found.changes] == [ChangeKind.STATUS_CHANGED]


@pytest.mark.parametrize(
    ("gone_for", "since_last_check", "due"),
    [
        (timedelta(days=2), timedelta(hours=6), True),
        (timedelta(days=10, hours=8), timedelta(hours=6), False),
        (timedelta(days=10, hours=2), timedelta(hours=6), True),
        (timedelta(days=40), timedelta(days=1), False),
        (timedelta(days=42, hours=1), timedelta(days=1), True),
        (timedelta(days=181), timedelta(days=30), False),
    ],
)
def test_its_page_is_asked_less_and_less_often_and_then_no_more(
    gone_for: timedelta, since_last_check: timedelta, due: bool
) -> None:
    now = FrozenClock()()
    source = SourceSettings(url="https://example.org/")
    nothing: Any = None
    follower = Follower(nothing, source, None, {}, now, now - since_last_check, complete=True)
    assert follower._is_due(known("Coast Guard", last_seen_at=now - gone_for)) is due
