"""Where a title or a text is all that names a record, mending a typo in it makes no second record."""

from typing import Any

import pytest

from monitor.domain.types import ChangeKind, ParsedRecord
from tests.monitor.changes.test_diff import kinds
from tests.monitor.changes.test_renumbering import look, recommendation, report

_TITLE = "Review of Harbor Dredging"
_TEXT = "The Commandant should count the buoys of every harbor."
_REVISED, _NEW = [ChangeKind.DETAILS_REVISED], [ChangeKind.NEW_RECOMMENDATION, ChangeKind.LEFT_LIST]


def unnumbered(title: str, **given: Any) -> ParsedRecord:
    return report(None, title, **{"url": None, **given})


def unnumbered_recommendation(text: str, **given: Any) -> ParsedRecord:
    return recommendation("", text, **{"recommendation_number": None, **given})


@pytest.mark.parametrize(
    ("title", "given"),
    [
        ("Review of Harbour Dredging", {}),
        ("Reveiw of Harbor Dreging", {"agency": "USCG"}),
        ("Review of the Harbor Dredging", {}),
        ("Review of Harbor Dredging That the Coast Guard Pays for", {}),
        ("Review of Dredging", {}),
    ],
)
def test_a_respelled_title_is_revised(title: str, given: dict[str, Any]) -> None:
    before = [unnumbered(_TITLE, **({"agency": "Coast Guard"} if given else {}))]
    assert kinds(look(before, [unnumbered(title, **given)])) == [ChangeKind.TITLE_REVISED]
    assert kinds(look(before, [unnumbered(title, **given)], complete=False)) == [ChangeKind.NEW_REPORT]


@pytest.mark.parametrize(
    ("title", "given"),
    [
        ("Review of Canal Dredging", {}),
        ("Harbor Dredging Reviewed", {}),
        ("Harbor Dredging", {}),
        ("Review of Harbor Dredging in 2024", {}),
        ("Reveiw of Harbr Dredgng", {}),
        ("Review of Harbour Dredging", {"issue_date": "2025-03-05"}),
        ("Review of Harbour Dredging", {"issue_date": None}),
        ("Review of Harbour Dredging", {"agency": "FEMA"}),
        ("Review of Harbour Dredging", {"report_number": "OIG-25-8"}),
    ],
    ids=["word", "order", "two words", "figure", "three words", "day", "no day", "agency", "number"],
)
def test_a_title_that_differs_in_more_is_another_report(title: str, given: dict[str, Any]) -> None:
    found = look([unnumbered(_TITLE, agency="Coast Guard")], [unnumbered(title, **given)])
    assert kinds(found) == [ChangeKind.NEW_REPORT, ChangeKind.WITHDRAWN]


def test_titles_that_differ_in_a_figure_are_two_reports() -> None:
    found = look([unnumbered("Audit of Lock No. 11 at Rome")], [unnumbered("Audit of Lock No. 12 at Rome")])
    assert kinds(found) == [ChangeKind.NEW_REPORT, ChangeKind.WITHDRAWN]


def test_a_title_from_which_the_link_is_made_changes_with_it() -> None:
    before, now = (report(None, title) for title in ("Review of Harbors", "Review of All Harbors"))
    found = look([before], [now])
    assert kinds(found) == [ChangeKind.TITLE_REVISED, ChangeKind.DETAILS_REVISED]
    assert found[0].key == now.key
    assert kinds(look([before], [now], complete=False)) == [ChangeKind.NEW_REPORT]


def test_of_two_titles_that_may_be_the_respelled_one_neither_is() -> None:
    found = look(
        [unnumbered(_TITLE)],
        [unnumbered("Review of Harbour Dredging"), unnumbered("Review of Harbor Dreging")],
    )
    assert kinds(found) == [ChangeKind.NEW_REPORT, ChangeKind.NEW_REPORT, ChangeKind.WITHDRAWN]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_TEXT.replace("harbor", "harbour"), _REVISED),
        (_TEXT + " It should report the count by June 2027.", _REVISED),
        (_TEXT.upper(), []),
        (_TEXT.removesuffix("."), []),
        ("The Commandant should sell the buoys of every harbor.", _NEW),
        ("The Commandant", _NEW),
    ],
)
@pytest.mark.parametrize("number", ["OIG-25-07", None])
def test_a_recommendation_without_a_number_is_reworded(
    text: str, expected: list[ChangeKind], number: str | None
) -> None:
    found = look(
        [unnumbered_recommendation(_TEXT, report_number=number)],
        [unnumbered_recommendation(text, report_number=number)],
    )
    assert [change.kind for d in found for change in d.changes] == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Review of Harbor Dredging and Locks", [ChangeKind.TITLE_REVISED]),
        ("Survey of Lighthouses", _NEW),
        ("Review of Harbor Dredging 2", _NEW),
    ],
)
@pytest.mark.parametrize("number", [None, "3"])
def test_recommendations_follow_a_report_without_a_number_that_is_retitled(
    title: str, expected: list[ChangeKind], number: str | None
) -> None:
    given = {"report_number": None, "recommendation_number": number}
    found = look(
        [recommendation("", _TEXT, **given)], [recommendation("", _TEXT, **given, report_title=title)]
    )
    assert kinds(found) == expected


@pytest.mark.parametrize("name", ["USCG", "U.S. Coast Guard", "United States Coast Guard (USCG)"])
def test_another_name_of_an_agency_is_written_and_no_news(name: str) -> None:
    (found,) = look([recommendation("1", _TEXT)], [recommendation("1", _TEXT, agency=name)])
    assert (found.changes, found.fields["agency"]) == ((), name)


@pytest.mark.parametrize("name", ["USCG; Customs and Border Protection", "CBP; Coast Guard"])
def test_several_agencies_are_compared_by_all_their_names(name: str) -> None:
    before = recommendation("1", _TEXT, agency="CBP; USCG")
    (found,) = look([before], [recommendation("1", _TEXT, agency=name)])
    assert not found.changes
    (found,) = look([before], [recommendation("1", _TEXT, agency="CBP; ICE")])
    assert kinds([found]) == [ChangeKind.DETAILS_REVISED]


def test_what_a_new_status_says_of_agreement_is_told_with_it() -> None:
    after = recommendation("1", _TEXT, status="unknown", status_text="Resolved", agreement="resolved")
    assert kinds(look([recommendation("1", _TEXT)], [after])) == [ChangeKind.STATUS_CHANGED]
    after = recommendation("1", _TEXT, status="unknown", status_text="Pending", agreement="resolved")
    assert kinds(look([recommendation("1", _TEXT)], [after])) == [
        ChangeKind.STATUS_CHANGED,
        ChangeKind.DETAILS_REVISED,
    ]


def test_of_a_mark_that_too_many_records_share_none_is_taken() -> None:
    before = [unnumbered(f"Review of {chr(97 + n // 26)}{chr(97 + n % 26)} Dredging") for n in range(150)]
    found = look(before, [unnumbered("Review of a Dreging")])
    assert kinds(found).count(ChangeKind.NEW_REPORT) == 1
