"""Each fact that a comparison states, to the letter: which record, what before, what after."""

from typing import Any

import pytest

from monitor.changes.diff import Difference, diff, fingerprint
from monitor.domain.types import ChangeKind, FoundChange, ParsedRecord, RecordKind, StoredRecord
from tests.monitor.changes.test_diff import kinds, recommendation, report, stored

CLOSED = {"status": "closed_implemented", "status_text": "Closed – Implemented"}


def only(differences: list[Difference]) -> Difference:
    (difference,) = differences
    return difference


def as_new(**values: Any) -> ParsedRecord:
    """Give recommendation 1 under a key of its own, with its usual key as alias."""
    record = recommendation(1, **values)
    return ParsedRecord(record.kind, "another key", record.fields, aliases=(record.key,))


def test_a_new_record_is_told_with_all_its_fields() -> None:
    new = report("OIG-24-01")
    assert only(diff([], [new], complete=False)) == Difference(
        None,
        new,
        new.fields,
        fingerprint(new.kind, new.fields),
        True,
        (FoundChange(ChangeKind.NEW_REPORT, "OIG-24-01", before={}, after=dict(new.fields)),),
        "OIG-24-01",
    )


def test_a_withdrawal_and_a_return_name_the_record_and_mirror_each_other() -> None:
    known = report("OIG-24-01")
    gone = only(diff(stored([known]), [], complete=True))
    back = only(diff(stored([known], listed=False), [known], complete=True))
    assert gone.changes == (
        FoundChange(ChangeKind.WITHDRAWN, "OIG-24-01", {"listed": True}, {"listed": False}),
    )
    assert back.changes == (
        FoundChange(ChangeKind.REAPPEARED, "OIG-24-01", {"listed": False}, {"listed": True}),
    )
    assert (gone.parsed, back.parsed) == (None, known)


def test_leaving_the_list_keeps_the_last_status_as_before_and_knows_none_after() -> None:
    known = recommendation(1)
    left = only(diff(stored([known]), [], complete=True))
    assert left.changes == (
        FoundChange(
            ChangeKind.LEFT_LIST,
            known.key,
            {"status": "open", "status_text": "Open"},
            {"status": "unknown", "status_text": None},
        ),
    )
    assert left.fields == {**known.fields, "status": "unknown", "status_text": None}


def test_still_open_on_its_own_page_means_that_it_only_left_the_list() -> None:
    known = recommendation(1)
    left = only(diff(stored([known]), [], complete=True, followed={known.key: known}))
    assert left.changes == (
        FoundChange(ChangeKind.LEFT_LIST, known.key, {"listed": True}, {"listed": False}),
    )


def test_another_wording_of_its_status_on_its_own_page_is_no_change() -> None:
    known = recommendation(1)
    same = recommendation(1, status_text="OPEN")
    assert diff(stored([known]), [], complete=False, followed={known.key: same}) == []


def test_a_recommendation_closed_before_it_left_the_list_is_withdrawn() -> None:
    closed = recommendation(1, **CLOSED)
    assert kinds(diff(stored([closed]), [], complete=True)) == [ChangeKind.WITHDRAWN]


def test_a_report_marked_open_is_withdrawn_when_gone_and_has_no_status_to_lose() -> None:
    known = report("OIG-24-01")
    marked = ParsedRecord(known.kind, known.key, {**known.fields, "status": "open"})
    assert kinds(diff(stored([marked]), [], complete=True)) == [ChangeKind.WITHDRAWN]


def test_a_recommendation_without_status_is_withdrawn_when_gone() -> None:
    assert kinds(diff(stored([recommendation(1, status=None)]), [], complete=True)) == [ChangeKind.WITHDRAWN]


def test_a_status_change_says_status_and_wording_and_leaves_out_a_comment_that_stayed() -> None:
    change = only(diff(stored([recommendation(1)]), [recommendation(1, **CLOSED)], complete=True)).changes[0]
    assert change == FoundChange(
        ChangeKind.STATUS_CHANGED,
        recommendation(1).key,
        before={"status": "open", "status_text": "Open"},
        after=CLOSED,
    )


def test_each_fact_holds_its_own_fields_and_no_others() -> None:
    edited = recommendation(1, status_comment="New.", report_title="Another Title", priority=True)
    facts = only(diff(stored([recommendation(1)]), [edited], complete=True)).changes
    assert [(fact.record_key, dict(fact.after)) for fact in facts] == [
        (edited.key, {"status_comment": "New."}),
        (edited.key, {"report_title": "Another Title"}),
        (edited.key, {"priority": True}),
    ]


def test_what_a_page_leaves_unsaid_hides_no_later_field() -> None:
    edited = report("OIG-24-01", report_number=None, fiscal_year=2025)
    found = only(diff(stored([report("OIG-24-01")]), [edited], complete=True))
    assert found.changes[0].after == {"fiscal_year": 2025}


def test_a_text_cut_short_hides_no_later_field() -> None:
    edited = recommendation(1, recommendation="The Comm", status_comment="New.")
    cut = ParsedRecord(edited.kind, edited.key, edited.fields, cut=frozenset({"recommendation"}))
    found = only(diff(stored([recommendation(1)]), [cut], complete=True))
    assert found.fields["recommendation"] == recommendation(1).fields["recommendation"]
    assert found.changes[0].after == {"status_comment": "New."}


@pytest.mark.parametrize("field", ["agency", "report_title"], ids=["an agency", "a report title"])
def test_an_alias_is_not_believed_against(field: str) -> None:
    found = diff(stored([recommendation(1)]), [as_new(**{field: "Department of Elsewhere"})], complete=False)
    assert kinds(found) == [ChangeKind.NEW_RECOMMENDATION]


def test_an_alias_is_believed_where_a_contradiction_is_only_one_of_letter_case() -> None:
    known = recommendation(1)
    found = diff(stored([known]), [as_new(agency=str(known.fields["agency"]).upper())], complete=False)
    assert found == []


def test_an_alias_that_another_row_bears_as_its_key_stays_with_that_row() -> None:
    known = recommendation(1)
    found = only(diff(stored([known]), [as_new(), known], complete=True))
    assert (found.stored, kinds([found])) == (None, [ChangeKind.NEW_RECOMMENDATION])


def test_of_two_rows_with_one_alias_only_the_first_is_the_known_record() -> None:
    twin = ParsedRecord(RecordKind.RECOMMENDATION, "a third key", as_new().fields, aliases=as_new().aliases)
    found = only(diff(stored([recommendation(1)]), [as_new(), twin], complete=True))
    assert found.parsed is twin


def test_a_difference_is_reported_with_the_row_that_shows_it() -> None:
    edited = report("OIG-24-01", fiscal_year=2025)
    assert only(diff(stored([report("OIG-24-01")]), [edited], complete=True)).parsed is edited


def test_a_dash_for_a_hyphen_in_an_address_is_another_page() -> None:
    old, new = report("OIG-24-01", url="https://x.gov/a-b"), report("OIG-24-01", url="https://x.gov/a–b")
    assert kinds(diff(stored([old]), [new], complete=True)) == [ChangeKind.DETAILS_REVISED]


@pytest.mark.parametrize("field", ["agency", "status_text"])
def test_letter_case_is_no_change_in(field: str) -> None:
    known = recommendation(1)
    shouted = recommendation(1, **{field: str(known.fields[field]).upper()})
    assert diff(stored([known]), [shouted], complete=True) == []


def test_letter_case_is_a_change_in_a_comment() -> None:
    known = recommendation(1)
    shouted = recommendation(1, status_comment=str(known.fields["status_comment"]).upper())
    assert kinds(diff(stored([known]), [shouted], complete=True)) == [ChangeKind.COMMENT_UPDATED]


def test_a_stored_fingerprint_of_the_same_text_saves_the_comparison() -> None:
    known = recommendation(1)
    odd = StoredRecord(1, known.kind, known.key, {}, fingerprint(known.kind, known.fields), True, "a" * 64)
    assert diff([odd], [known], complete=True) == []


def test_a_fingerprint_is_32_hexadecimal_digits_of_any_text_even_a_broken_one() -> None:
    broken = report("OIG-24-01", title="half a \ud83d letter")
    assert len(fingerprint(broken.kind, broken.fields)) == 32
