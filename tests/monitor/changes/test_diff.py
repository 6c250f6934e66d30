"""What counts as a change, and what must not."""

import functools
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.changes.diff import Difference, diff, fingerprint
from monitor.domain.types import FIELDS, ChangeKind, ParsedRecord, RecordKind, StoredRecord


def recommendation(number: int, **fields: Any) -> ParsedRecord:
    known = {
        "report_number": "GAO-24-106148",
        "report_title": "Facial Recognition Services: Agencies Should Train",
        "recommendation_number": number,
        "agency": "U.S. Customs and Border Protection",
        "recommendation": f"The Commissioner should act. (Recommendation {number})",
        "status": "open",
        "status_text": "Open",
        "status_comment": "As of March 2024, this recommendation remains open.",
        "priority": False,
    }
    values = {name: {**known, **fields}.get(name) for name in FIELDS[RecordKind.RECOMMENDATION]}
    return ParsedRecord(RecordKind.RECOMMENDATION, f"GAO-24-106148 rec {number}", values)


def report(number: str, **fields: Any) -> ParsedRecord:
    known = {"report_number": number, "title": f"CBP’s “{number}” Needs Work", "fiscal_year": 2024}
    values = {name: {**known, **fields}.get(name) for name in FIELDS[RecordKind.REPORT]}
    return ParsedRecord(RecordKind.REPORT, number, values)


def stored(records: Sequence[ParsedRecord], *, listed: bool = True) -> list[StoredRecord]:
    return [
        StoredRecord(i, r.kind, r.key, r.fields, fingerprint(r.kind, r.fields), listed, "a" * 64)
        for i, r in enumerate(records)
    ]


def kinds(differences: Sequence[Difference]) -> list[ChangeKind]:
    return [change.kind for difference in differences for change in difference.changes]


SEEN = [recommendation(n) for n in range(1, 6)] + [report(f"OIG-24-{n:02}") for n in range(1, 6)]

# Everything that a content system may do to a text without a reader noticing.
DISGUISES = (
    lambda text: text.replace("’", "'").replace("“", '"').replace("”", '"'),
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: text.replace(" ", "  \n"),
    lambda text: text.replace("-", "–"),
    lambda text: "\u200b" + text + "\ufeff",
    lambda text: f"  {text} ",
)


def test_the_same_records_are_no_change() -> None:
    assert diff(stored(SEEN), SEEN, complete=True) == []


@given(st.randoms(use_true_random=False))
def test_order_is_no_change(chance: random.Random) -> None:
    shuffled = list(SEEN)
    chance.shuffle(shuffled)
    assert diff(stored(SEEN), shuffled, complete=True) == []


@given(st.lists(st.sampled_from(DISGUISES), min_size=1, max_size=4), st.data())
def test_what_only_normalisation_sees_is_no_change(disguises: list[Any], data: st.DataObject) -> None:
    record = data.draw(st.sampled_from(SEEN))
    fields = dict(record.fields)
    for name, value in fields.items():
        if isinstance(value, str) and name not in ("status", "url"):
            fields[name] = functools.reduce(lambda text, disguise: disguise(text), disguises, value)
    edited = [ParsedRecord(r.kind, r.key, fields if r is record else r.fields) for r in SEEN]
    assert diff(stored(SEEN), edited, complete=True) == []


def test_a_full_stop_or_quotes_around_a_text_are_no_change() -> None:
    before = [
        report("OIG-24-01", title="Audit of Gates"),
        recommendation(1, recommendation="Mend the gates."),
    ]
    after = [
        report("OIG-24-01", title="Audit of Gates."),
        recommendation(1, recommendation="“Mend the gates”"),
    ]
    assert diff(stored(before), after, complete=True) == []


@pytest.mark.parametrize("marked", ["{}*", "{} †", "{}¹", "{}.²", "*{}"])
def test_the_mark_of_a_footnote_at_a_title_is_no_change(marked: str) -> None:
    before, after = report("OIG-24-01", title="Audit of Gates"), marked.format("Audit of Gates")
    assert diff(stored([before]), [report("OIG-24-01", title=after)], complete=True) == []


def test_a_title_in_another_case_is_no_change() -> None:
    assert (
        diff(
            stored([report("OIG-24-01")]),
            [report("OIG-24-01", title="cbp’s “oig-24-01” NEEDS work")],
            complete=True,
        )
        == []
    )


@given(st.sets(st.sampled_from(range(len(SEEN)))))
def test_an_incomplete_look_never_calls_a_record_gone(shown: set[int]) -> None:
    assert diff(stored(SEEN), [SEEN[i] for i in sorted(shown)], complete=False) == []


@given(st.sets(st.sampled_from(range(len(SEEN)))))
def test_a_complete_look_calls_exactly_the_missing_ones_gone(shown: set[int]) -> None:
    found = diff(stored(SEEN), [SEEN[i] for i in sorted(shown)], complete=True)
    assert {d.stored.key for d in found if d.stored} == {r.key for i, r in enumerate(SEEN) if i not in shown}
    assert set(kinds(found)) <= {ChangeKind.LEFT_LIST, ChangeKind.WITHDRAWN}


def test_what_a_page_leaves_unsaid_is_no_change() -> None:
    silent = report("OIG-24-01", title=None, fiscal_year=None)
    assert diff(stored([report("OIG-24-01")]), [silent], complete=True) == []


def test_a_comment_cut_short_by_the_end_of_the_text_is_no_change() -> None:
    short = recommendation(1, status_comment="As of March 2024, this rec")
    cut = ParsedRecord(short.kind, short.key, short.fields, cut=frozenset({"status_comment"}))
    assert diff(stored([recommendation(1)]), [cut], complete=True) == []
    assert kinds(diff(stored([recommendation(1)]), [short], complete=True)) == [ChangeKind.COMMENT_UPDATED]


def test_a_new_report_and_a_new_recommendation_are_told_apart() -> None:
    found = diff([], [report("OIG-24-01"), recommendation(1)], complete=False)
    assert kinds(found) == [ChangeKind.NEW_REPORT, ChangeKind.NEW_RECOMMENDATION]


def test_a_status_change_carries_the_closing_comment() -> None:
    closed = recommendation(
        1, status="closed_implemented", status_text="Closed – Implemented", status_comment="Done in 2026."
    )
    (difference,) = diff(stored([recommendation(1)]), [closed], complete=True)
    (change,) = difference.changes
    assert change.kind is ChangeKind.STATUS_CHANGED
    assert change.before["status"] == "open"
    assert change.after == {
        "status": "closed_implemented",
        "status_text": "Closed – Implemented",
        "status_comment": "Done in 2026.",
    }


def test_another_wording_of_the_same_status_is_no_change() -> None:
    partly = recommendation(1, status="open_partially_addressed", status_text="Open – Partially Addressed")
    reworded = recommendation(1, status="open_partially_addressed", status_text="Open—partially addressed*")
    assert diff(stored([partly]), [reworded], complete=True) == []


def test_a_new_wording_of_an_unknown_status_is_a_change() -> None:
    one = recommendation(1, status="unknown", status_text="Awaiting Review")
    other = recommendation(1, status="unknown", status_text="Referred to Congress")
    assert kinds(diff(stored([one]), [other], complete=True)) == [ChangeKind.STATUS_CHANGED]


def test_comment_title_priority_and_details_are_four_facts() -> None:
    told = {"status_comment": "New.", "report_title": "Another Title", "priority": True}
    edited = recommendation(1, **told, url="https://x.gov")
    assert kinds(diff(stored([recommendation(1)]), [edited], complete=True)) == [
        ChangeKind.COMMENT_UPDATED,
        ChangeKind.TITLE_REVISED,
        ChangeKind.PRIORITY_CHANGED,
        ChangeKind.DETAILS_REVISED,
    ]


def test_a_priority_mark_that_a_page_does_not_know_is_none_that_was_dropped() -> None:
    unknown = recommendation(1, priority=None)
    assert diff(stored([unknown]), [recommendation(1, priority=False)], complete=True) == []
    (raised,) = diff(stored([unknown]), [recommendation(1, priority=True)], complete=True)
    assert [change.kind for change in raised.changes] == [ChangeKind.PRIORITY_CHANGED]


def test_a_new_address_of_the_same_report_is_a_revision() -> None:
    old, new = report("OIG-24-01", url="https://x.gov/a.pdf"), report("OIG-24-01", url="https://x.gov/b.pdf")
    assert kinds(diff(stored([old]), [new], complete=True)) == [ChangeKind.DETAILS_REVISED]


def test_a_recommendation_that_leaves_a_complete_list_has_no_known_status() -> None:
    (difference,) = diff(stored([recommendation(1)]), [], complete=True)
    assert difference.fields["status"] == "unknown"
    assert not difference.listed
    assert kinds([difference]) == [ChangeKind.LEFT_LIST]


def test_a_followed_recommendation_gets_its_real_status() -> None:
    closed = recommendation(1, status="closed_not_implemented", status_text="Closed – Not Implemented")
    found = diff(stored([recommendation(1)]), [], complete=True, followed={closed.key: closed})
    assert kinds(found) == [ChangeKind.STATUS_CHANGED]
    assert found[0].fields["status"] == "closed_not_implemented"
    assert not found[0].listed


def test_its_own_page_proves_a_closing_even_where_the_list_is_incomplete() -> None:
    closed = recommendation(1, status="closed_implemented", status_text="Closed – Implemented")
    found = diff(stored([recommendation(1)]), [], complete=False, followed={closed.key: closed})
    assert kinds(found) == [ChangeKind.STATUS_CHANGED]


def test_a_recommendation_still_open_on_its_own_page_stays_where_the_list_is_incomplete() -> None:
    same = recommendation(1)
    assert diff(stored([same]), [], complete=False, followed={same.key: same}) == []
    assert kinds(diff(stored([same]), [], complete=True, followed={same.key: same})) == [ChangeKind.LEFT_LIST]


def test_a_record_that_comes_back_reappears_once() -> None:
    gone = stored([report("OIG-24-01")], listed=False)
    found = diff(gone, [report("OIG-24-01")], complete=True)
    assert kinds(found) == [ChangeKind.REAPPEARED]
    assert found[0].listed


def test_a_reopened_recommendation_is_a_status_change() -> None:
    closed = recommendation(1, status="closed_implemented", status_text="Closed – Implemented")
    found = diff(stored([closed], listed=False), [recommendation(1)], complete=True)
    assert kinds(found) == [ChangeKind.STATUS_CHANGED]


def test_an_alias_keeps_the_record_when_the_page_begins_to_give_numbers() -> None:
    by_title = "facial recognition services: agencies should train rec 1"
    old = recommendation(1, report_number=None)
    known = StoredRecord(7, old.kind, by_title, old.fields, fingerprint(old.kind, old.fields), True, "a" * 64)
    new = recommendation(1)
    numbered = ParsedRecord(new.kind, new.key, new.fields, aliases=(by_title,))
    (difference,) = diff([known], [numbered], complete=True)
    assert difference.stored is known
    assert kinds([difference]) == [ChangeKind.DETAILS_REVISED]


def test_an_alias_is_not_believed_against_the_title() -> None:
    known = stored([report("OIG-24-01", title="Border Technology")])
    other = report("OIG-24-01", title="Employee Housing")
    marked = ParsedRecord(other.kind, "OIG-24-01 [employee housing]", other.fields, aliases=("OIG-24-01",))
    assert ChangeKind.NEW_REPORT in kinds(diff(known, [marked], complete=False))


@given(st.data())
def test_edits_are_found_and_taken_back_again(data: st.DataObject) -> None:
    edited = [
        ParsedRecord(r.kind, r.key, {**r.fields, "title": "X"} if r.kind is RecordKind.REPORT else r.fields)
        if data.draw(st.booleans())
        else r
        for r in SEEN
    ]
    there = diff(stored(SEEN), edited, complete=True)
    back = diff(stored(edited), SEEN, complete=True)
    assert [d.fields["title"] for d in back] == [d.stored.fields["title"] for d in there if d.stored]
    assert [c.before for d in there for c in d.changes] == [c.after for d in back for c in d.changes]


def test_topics_director_and_date_of_a_report_are_recorded_and_no_news() -> None:
    before = recommendation(1, topics=["Homeland Security"], director="Avery Example", issue_date="2024-05")
    now = recommendation(1, topics=["Justice"], director="Jordan Sample", issue_date="2024-05-13")
    (found,) = diff(stored([before]), [now], complete=True)
    assert found.changes == ()
    assert {name: found.fields[name] for name in ("topics", "director", "issue_date")} == {
        "topics": ["Justice"],
        "director": "Jordan Sample",
        "issue_date": "2024-05-13",
    }


def test_topics_in_another_order_or_case_are_no_change() -> None:
    before, now = (recommendation(1, topics=topics) for topics in (["A b", "C"], ["c", "A B"]))
    assert diff(stored([before]), [now], complete=True) == []


def test_a_record_from_before_a_field_was_known_is_no_change() -> None:
    (known,) = stored([recommendation(1)])
    old = {name: value for name, value in known.fields.items() if name not in ("topics", "director")}
    before = replace(known, fields=old, fingerprint=fingerprint(known.kind, old))
    assert diff([before], [recommendation(1)], complete=True) == []
    assert before.fingerprint == known.fingerprint


def test_a_number_is_one_whether_a_page_gives_it_as_a_number_or_as_text() -> None:
    assert (
        diff(
            stored([recommendation(1)]),
            [recommendation(1, recommendation_number="1")],
            complete=True,
        )
        == []
    )


def test_a_matter_that_was_numbered_as_a_recommendation_keeps_one_number() -> None:
    before = recommendation(1, agency="Congress")
    now = recommendation(1, agency="Congress", recommendation_number=None, matter_number=1)
    (found,) = diff(stored([before]), [now], complete=True)
    assert (found.fields["recommendation_number"], found.fields["matter_number"]) == (None, 1)
