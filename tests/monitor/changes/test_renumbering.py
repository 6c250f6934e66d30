"""A record keeps its identity when its number, link or place in a series changes."""

from dataclasses import replace
from typing import Any

import pytest

from monitor.changes.diff import Difference, diff, match_records
from monitor.domain.identity import identify, merge
from monitor.domain.types import FIELDS, ChangeKind, ParsedRecord, RecordKind, StoredRecord
from tests.monitor.changes.test_diff import kinds, stored


def report(number: str | None, title: str = "Review of Harbor Dredging", **given: Any) -> ParsedRecord:
    path = f"https://oig.example/files/{(number or title).replace(' ', '-').lower()}.pdf"
    known = {"report_number": number, "title": title, "issue_date": "2025-03-04", "url": path, **given}
    fields = {name: known.get(name) for name in FIELDS[RecordKind.REPORT]}
    return ParsedRecord(RecordKind.REPORT, *_named(RecordKind.REPORT, fields))


def recommendation(number: str, text: str, **given: Any) -> ParsedRecord:
    known = {
        "report_number": "OIG-25-07",
        "report_title": "Review of Harbor Dredging",
        "recommendation_number": number,
        "recommendation": text,
        "agency": "Coast Guard",
        "status": "open",
        "status_text": "Open",
        **given,
    }
    fields = {name: known.get(name) for name in FIELDS[RecordKind.RECOMMENDATION]}
    return ParsedRecord(RecordKind.RECOMMENDATION, *_named(RecordKind.RECOMMENDATION, fields))


def _named(kind: RecordKind, fields: dict[str, Any]) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    key, aliases = identify(kind, fields)
    return key, fields, aliases


def look(before: list[ParsedRecord], now: list[ParsedRecord], *, complete: bool = True) -> list[Difference]:
    return diff(stored(list(merge(before)[0])), list(merge(now)[0]), complete=complete)


OTHERS = [report(f"OIG-25-{n:02}", f"Audit of Lock and Dam {n}") for n in range(20, 26)]


@pytest.mark.parametrize(
    "corrected",
    [
        report("OIG-25-07", url="https://oig.example/files/oig-25-7.pdf"),
        report("INV-881", url="https://oig.example/files/oig-25-7.pdf"),
        report("OIG-25-70"),
    ],
    ids=["a digit", "another number under the same link", "another number and link on the same day"],
)
def test_a_corrected_number_is_one_change(corrected: ParsedRecord) -> None:
    old = report("OIG-25-7")
    found = look([old, *OTHERS], [corrected, *OTHERS])
    assert kinds(found) == [ChangeKind.RENUMBERED]
    assert found[0].key == corrected.key
    change = found[0].changes[0]
    assert (change.before["report_number"], change.after["report_number"]) == (
        "OIG-25-7",
        corrected.fields["report_number"],
    )


def test_a_look_that_is_not_complete_needs_the_same_link_for_a_renumbering() -> None:
    moved, linked = report("OIG-25-70"), report("OIG-25-70", url=report("OIG-25-7").fields["url"])
    assert kinds(look([report("OIG-25-7")], [moved], complete=False)) == [ChangeKind.NEW_REPORT]
    assert kinds(look([report("OIG-25-7")], [linked], complete=False)) == [ChangeKind.RENUMBERED]


def test_two_reports_of_one_title_are_not_taken_for_each_other() -> None:
    old = [report("OIG-25-7"), report("OIG-25-8")]
    now = [report("OIG-25-71"), report("OIG-25-81")]
    assert sorted(kinds(look(old, now))) == [ChangeKind.NEW_REPORT] * 2 + [ChangeKind.WITHDRAWN] * 2


def test_a_report_of_another_day_is_a_new_one_even_under_the_same_link() -> None:
    link = "https://oig.example/semiannual.pdf"
    old, new = report("SAR-1", url=link), report("SAR-2", url=link, issue_date="2025-09-30")
    assert sorted(kinds(look([old], [new]))) == [ChangeKind.NEW_REPORT, ChangeKind.WITHDRAWN]


@pytest.mark.parametrize("number", ["oig-25-07", "OIG 25-07", "OIG-25-07."])
def test_case_and_punctuation_of_a_number_are_no_change(number: str) -> None:
    link = report("OIG-25-07").fields["url"]
    assert kinds(look([report("OIG-25-07")], [report(number, url=link)])) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://oig.example/files/a.pdf",
        "https://www.oig.example/files/a.pdf?v=3",
        "https://files.example/files/a.pdf/",
    ],
)
@pytest.mark.parametrize("number", ["OIG-25-07", None])
def test_another_scheme_host_query_or_slash_of_a_link_is_no_change(number: str | None, url: str) -> None:
    old = report(number, url="https://oig.example/files/a.pdf")
    assert kinds(look([old], [report(number, url=url)])) == []


def test_the_stored_link_follows_to_another_host_but_not_to_another_query() -> None:
    old = report("OIG-25-07", url="http://oig.example/files/a.pdf")
    moved = report("OIG-25-07", url="https://new.example/files/a.pdf")
    assert [one.fields["url"] for one in look([old], [moved])] == ["https://new.example/files/a.pdf"]
    assert look([old], [report("OIG-25-07", url="http://oig.example/files/a.pdf?sid=8")]) == []


def test_an_unnumbered_report_whose_file_moves_has_one_change() -> None:
    old, new = report(None), report(None, url="https://oig.example/2025/corrected.pdf")
    assert kinds(look([old], [new])) == [ChangeKind.DETAILS_REVISED]


def test_a_report_split_in_volumes_is_retitled_beside_one_new_report() -> None:
    first = report("OIG-25-07", "Review of Harbor Dredging - Volume I")
    second = report("OIG-25-07", "Review of Harbor Dredging - Volume II", url="https://oig.example/v2.pdf")
    found = look([report("OIG-25-07")], [first, second])
    assert sorted(kinds(found)) == [ChangeKind.NEW_REPORT, ChangeKind.TITLE_REVISED]


def test_a_shared_number_that_is_mended_is_one_change_of_the_report_that_had_it_wrongly() -> None:
    right = report("OIG-25-07")
    wrong = report("OIG-25-07", "Ferry Landings in Disrepair", url="https://oig.example/ferry.pdf")
    mended = report("OIG-25-17", "Ferry Landings in Disrepair", url="https://oig.example/ferry.pdf")
    assert kinds(look([right, wrong], [right, mended])) == [ChangeKind.RENUMBERED]


def test_a_number_used_again_is_a_new_report_beside_the_old_one() -> None:
    gone = stored([report("OIG-25-07")], listed=False)
    again = report(
        "OIG-25-07", "Ferry Landings in Disrepair", issue_date="2026-05-06", url="https://x.example/f"
    )
    found = diff(gone, [again], complete=True)
    assert kinds(found) == [ChangeKind.NEW_REPORT]
    assert found[0].key == "OIG-25-07 [ferry landings in disrepair]"
    kept = [
        *gone,
        StoredRecord(9, again.kind, found[0].key, again.fields, found[0].fingerprint, True, "b" * 64),
    ]
    assert diff(kept, [again], complete=True) == []


def series(*dates: str) -> list[ParsedRecord]:
    return [report(None, "Semiannual Report", issue_date=date, url=None) for date in dates]


def test_a_further_report_of_a_series_is_new_and_revises_none() -> None:
    old = series("2025-03-31", "2024-09-30")
    found = look(old, [*series("2025-09-30"), *old])
    assert kinds(found) == [ChangeKind.NEW_REPORT]
    assert found[0].fields["issue_date"] == "2025-09-30"


def test_a_second_report_under_the_title_of_the_only_one_is_new() -> None:
    assert kinds(look(series("2025-03-31"), series("2025-09-30", "2025-03-31"))) == [ChangeKind.NEW_REPORT]


def test_the_corrected_date_of_a_report_that_is_no_series_is_revised() -> None:
    assert kinds(look(series("2025-03-31"), series("2025-03-30"))) == [ChangeKind.DETAILS_REVISED]


def test_a_renumbered_recommendation_is_one_change_and_keeps_its_status() -> None:
    old = recommendation("4", "Inspect every ferry landing.")
    found = look([old], [recommendation("5", "Inspect every ferry landing.", status="closed")])
    assert kinds(found) == [ChangeKind.RENUMBERED, ChangeKind.STATUS_CHANGED]
    assert kinds(look([old], [recommendation("5", "Inspect every ferry landing.")])) == [
        ChangeKind.RENUMBERED
    ]


def test_recommendations_follow_the_corrected_number_of_their_report() -> None:
    old = recommendation("4", "Inspect every ferry landing.")
    new = recommendation("4", "Inspect every ferry landing.", report_number="OIG-25-17")
    found = look([old], [new])
    assert kinds(found) == [ChangeKind.RENUMBERED]
    assert found[0].changes[0].after == {"report_number": "OIG-25-17"}


def test_of_a_recommendation_to_two_agencies_each_leaves_by_itself() -> None:
    both = [recommendation("4", "Inspect.", agency=agency) for agency in ("Coast Guard", "FEMA")]
    found = look(both, both[:1])
    assert kinds(found) == [ChangeKind.LEFT_LIST]
    assert [one.stored.fields["agency"] for one in found if one.changes and one.stored] == ["FEMA"]


def test_a_row_without_its_number_is_known_by_the_file_that_is_named_after_it() -> None:
    (known, other), title = (
        (report("OIG-25-7"), report("OIG-25-8", title="A Second One")),
        "Another, Volume I",
    )
    lost = report(None, title=title, url=known.fields["url"] + "?v=2")
    (found,) = look([known, other], [lost, other], complete=False)
    assert (found.key, [one.kind for one in found.changes]) == ("OIG-25-7", [ChangeKind.TITLE_REVISED])
    moved = report(None, title=title, url="https://oig.example/files/annual.pdf")
    assert kinds(look([known, other], [moved, other], complete=False)) == [ChangeKind.NEW_REPORT]


@pytest.mark.parametrize(
    ("title", "given", "expected"),
    [
        ("Review of Harbor Dredging, Volume I", {}, ChangeKind.TITLE_REVISED),
        ("Survey of Lighthouses", {}, ChangeKind.NEW_REPORT),
        ("Review of Harbor Dredging, Volume I", {"issue_date": "2025-03-05"}, ChangeKind.NEW_REPORT),
        ("Review of Harbor Dredging, Volume 1", {}, ChangeKind.NEW_REPORT),
    ],
    ids=["alike", "another title", "another day", "another figure"],
)
def test_a_row_without_its_number_is_known_by_link_and_day_and_a_title_that_is_alike(
    title: str, given: dict[str, Any], expected: ChangeKind
) -> None:
    url = "https://oig.example/files/annual.pdf"
    found = look([report("OIG-25-7", url=url)], [report(None, title=title, url=url, **given)], complete=False)
    assert kinds(found) == [expected]


def test_a_row_without_its_number_in_the_file_named_after_it_may_have_another_day() -> None:
    known = report("OIG-25-7")
    lost = report(None, url=known.fields["url"], issue_date="2025-03-05")
    assert kinds(look([known], [lost], complete=False)) == [ChangeKind.DETAILS_REVISED]
    shared = report("OIG-25-7", url="https://oig.example/files/annual.pdf")
    lost = report(None, url=shared.fields["url"], issue_date="2025-03-05")
    assert kinds(look([shared], [lost], complete=False)) == [ChangeKind.NEW_REPORT]


def test_a_row_that_has_lost_its_number_keeps_its_records_key() -> None:
    (known,) = stored([report("OIG-26-1")])
    url = known.fields["url"]
    (match,) = match_records([known], [report(None, url=url)], complete=True)
    assert (match.stored, match.key) == (known, known.key)


def test_a_corrected_link_of_an_entry_with_a_guid_is_recorded_and_no_news() -> None:
    first = replace(report(None), key="guid-1")
    (known,) = stored([first])
    moved = {**first.fields, "url": "https://oig.example/new.pdf"}
    (found,) = diff([known], [replace(first, fields=moved, quiet=frozenset(("url",)))], complete=True)
    assert (found.fields["url"], found.changes) == (moved["url"], ())


def test_an_agency_that_is_renamed_keeps_its_rows_of_recommendations_to_several() -> None:
    def rows(agency: str, others: str = "Coast Guard") -> list[ParsedRecord]:
        return [recommendation("1", "Count all buoys.", agency=one) for one in (others, agency)]

    found = look(rows("ICE"), rows("Homeland Investigations"))
    assert kinds(found) == [ChangeKind.DETAILS_REVISED]
    assert found[0].changes[0].after == {"agency": "Homeland Investigations"}
    moved = [ChangeKind.NEW_RECOMMENDATION, ChangeKind.LEFT_LIST]
    ours, theirs = (recommendation("2", "Paint all buoys.", agency=one) for one in ("ICE", "FEMA"))
    assert kinds(look([*rows("ICE"), ours], [*rows("FEMA"), ours])) == moved
    assert kinds(look([*rows("ICE"), theirs], [*rows("FEMA"), theirs])) == moved
    assert kinds(look(rows("ICE"), rows("ICE; FEMA"))) == moved
    assert kinds(look(rows("ICE"), rows("FEMA"), complete=False)) == [ChangeKind.NEW_RECOMMENDATION]


def test_a_number_that_comes_with_its_title_is_no_revised_title() -> None:
    link = report("OIG-25-07").fields["url"]
    now = report("OIG-25-07", "OIG-25-07: Review of Harbor Dredging", url=link)
    assert kinds(look([report(None, url=link)], [now])) == [ChangeKind.DETAILS_REVISED]
