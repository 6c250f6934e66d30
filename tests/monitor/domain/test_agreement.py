"""Whether an agency agreed is a fact of its own, beside the status; and it came after the first databases."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from alerts.language.change import shown
from monitor.changes.diff import diff
from monitor.domain.status import agreement_in, agreement_of, status_of
from monitor.domain.types import ChangeKind, Outcome, ParsedRecord, RecordKind, StoredRecord
from monitor.store.models import Record, RecordVersion
from tests.checking import Checker

HEAD = "Report Number,Report Title,Rec. No.,Recommendation,Status,Response\n"
ROW = "22-01836-12,Clinics,1,The director should act.,Open,{}\n"
# What a version before agreement was read stored for these fields.
OLD_FIELDS = {
    "report_number": "GAO-24-106148",
    "report_title": "Boats: Sail Them",
    "recommendation_number": 1,
    "agency": "United States Coast Guard",
    "recommendation": "Sail. (Recommendation 1)",
    "status": "open",
    "status_text": "Open",
    "status_comment": "Soon.",
    "priority": False,
    "url": None,
}
OLD_FINGERPRINT = "51951602d149c0b051a82ba72d0c213f"


@pytest.mark.parametrize(
    ("words", "agreement"),
    [
        ("Concur", "concurred"),
        ("Non-Concur", "not_concurred"),
        ("NON–CONCUR", "not_concurred"),
        ("Partially Concurred", "partially_concurred"),
        ("Open and Unresolved", "unresolved"),
        ("Open – Resolved", "resolved"),
        ("Not Yet Due", "Not Yet Due"),
        (" ", None),
        (None, None),
    ],
)
def test_the_publishers_word_for_agreement_is_placed_or_kept(
    words: str | None, agreement: str | None
) -> None:
    assert agreement_of(words) == agreement


def test_a_status_may_say_both_and_says_neither_by_guess() -> None:
    assert (status_of("Open and Unresolved"), agreement_in("Open and Unresolved")) == ("open", "unresolved")
    assert (status_of("Open"), agreement_in("Open")) == ("open", None)
    # Some call resolved what is closed: only the agreement is sure.
    assert (status_of("Resolved"), agreement_in("Resolved")) == ("unknown", "resolved")


def test_what_an_older_version_stored_is_no_change() -> None:
    stored = StoredRecord(1, RecordKind.RECOMMENDATION, "k", OLD_FIELDS, OLD_FINGERPRINT, True, "a" * 64)
    now = ParsedRecord(RecordKind.RECOMMENDATION, "k", {**OLD_FIELDS, "agreement": None})
    assert diff([stored], [now], complete=True) == []
    linked = {**OLD_FIELDS, "url": "http://www.gao.gov/products/gao-24-106148/"}
    stored_link = replace(stored, fields=linked)
    moved = replace(now, fields={**linked, "url": "https://www.gao.gov/products/gao-24-106148"})
    assert [d.changes for d in diff([stored_link], [moved], complete=True)] in ([], [()])
    agreed = replace(now, fields={**now.fields, "agreement": "concurred"})
    (difference,) = diff([stored], [agreed], complete=True)
    assert [change.kind for change in difference.changes] == [ChangeKind.DETAILS_REVISED]
    assert difference.fingerprint != OLD_FINGERPRINT


def test_a_change_of_agreement_is_told_in_plain_words(checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "export.csv"
    page.write_text(HEAD + ROW.format("Non-Concur"))
    checker.check(str(page), "va-oig", profile="csv-recommendations")
    page.write_text(HEAD + ROW.format("Concur"))
    checker.check(str(page), "va-oig", profile="csv-recommendations")
    (change,) = checker.changes()
    assert (change.before, change.after) == ({"agreement": "not_concurred"}, {"agreement": "concurred"})
    said = shown(change, (), (), ZoneInfo("UTC"))
    assert said.what == "va-oig revised the agreement of 22-01836-12 rec 1"
    (difference,) = said.differences
    assert [(part.kind, part.text.strip()) for part in difference.segments] == [
        ("removed", "not"),
        ("same", "concurred"),
    ]


def test_records_stored_before_agreement_was_read_stay_as_they_are(checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "export.csv"
    page.write_text(HEAD + ROW.format(""))
    checker.check(str(page), profile="csv-recommendations")
    with checker.database.write() as session:
        for stored in (*session.exec(select(Record)), *session.exec(select(RecordVersion))):
            stored.fields = {name: value for name, value in stored.fields.items() if name != "agreement"}
            session.add(stored)
    page.write_text(HEAD + "\n" + ROW.format(""))
    assert checker.check(str(page), profile="csv-recommendations").outcome is Outcome.UNCHANGED
    assert checker.changes() == []
