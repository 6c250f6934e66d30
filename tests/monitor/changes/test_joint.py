"""One recommendation to several agencies, in a row for each or in one for all."""

import pytest

from monitor.changes.diff import Difference, diff, fingerprint
from monitor.domain.identity import merge
from monitor.domain.types import FIELDS, ParsedRecord, RecordKind, StoredRecord

KIND = RecordKind.RECOMMENDATION
OPEN, CLOSED = "open", "closed"


def rows(*given: tuple[str, str]) -> tuple[ParsedRecord, ...]:
    """Give one recommendation as it is shown: for each row its agencies and its status."""
    found = []
    for agency, status in given:
        fields = {
            **dict.fromkeys(FIELDS[KIND]),
            "report_number": "AUD-26-1",
            "recommendation_number": 1,
            "recommendation": "Count the visas.",
            "agency": agency,
            "status": status,
            "status_text": status,
        }
        found.append(ParsedRecord(KIND, "AUD-26-1 rec 1", fields))
    return merge(found)[0]


def stored(shown: tuple[ParsedRecord, ...]) -> list[StoredRecord]:
    return [
        StoredRecord(n, KIND, r.key, r.fields, fingerprint(KIND, r.fields), True, "0" * 64)
        for n, r in enumerate(shown)
    ]


def said(differences: list[Difference]) -> list[str]:
    return sorted(change.kind.value for one in differences for change in one.changes)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([("A", OPEN), ("B", OPEN)], [("A; B", OPEN)], []),
        ([("A", OPEN), ("B", OPEN)], [("A; B", CLOSED)], ["status_changed"]),
        ([("A", OPEN), ("B", CLOSED)], [("A; B", CLOSED)], ["status_changed"]),
        ([("A; B", OPEN)], [("A", OPEN), ("B", OPEN)], []),
        ([("A; B", OPEN)], [("A", OPEN), ("B", CLOSED)], ["status_changed"]),
        ([("A; B; C", OPEN)], [("A", OPEN), ("B; C", OPEN)], []),
        # An agency that comes or goes besides is news.
        ([("A", OPEN), ("B", OPEN)], [("A; C", OPEN)], ["left_list", "left_list", "new_recommendation"]),
        ([("A; B; C", OPEN)], [("A", OPEN), ("B", OPEN)], ["left_list", *["new_recommendation"] * 2]),
        ([("A", OPEN), ("B", OPEN)], [("A", OPEN)], ["left_list"]),
    ],
)
def test_rows_that_are_joined_or_split_are_the_same_recommendation(
    before: list[tuple[str, str]], after: list[tuple[str, str]], told: list[str]
) -> None:
    assert said(diff(stored(rows(*before)), rows(*after), complete=True)) == told


def test_rows_that_are_joined_and_split_again_tell_nothing() -> None:
    known = stored(rows(("A", OPEN), ("B", OPEN)))
    for shown in (rows(("A; B", OPEN)), rows(("A", OPEN), ("B", OPEN))) * 2:
        found = diff(known, shown, complete=True)
        assert said(found) == []
        ids = {one.stored.id for one in found if one.stored is not None}
        new = [
            StoredRecord(
                one.stored.id if one.stored else len(known) + n,
                KIND,
                one.key,
                one.fields,
                one.fingerprint,
                one.listed,
                "0" * 64,
            )
            for n, one in enumerate(found)
        ]
        known = [one for one in known if one.id not in ids] + new
        assert len({one.key for one in known}) == len(known)
        assert sum(one.listed for one in known) == len(shown)
