"""One revision of many rows is told once, not record by record."""

from typing import Any, cast

import pytest

from monitor.changes.diff import Difference, diff, fingerprint
from monitor.changes.storm import Calmed, archived, calmed
from monitor.domain.status import status_of
from monitor.domain.types import FIELDS, ChangeKind, ParsedRecord, RecordKind, StoredRecord


def fields(number: int, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(FIELDS[RecordKind.REPORT])
    given = {
        "title": f"Review {number}",
        "url": f"https://example.gov/files/{number}.pdf",
        "agency": "Coast Guard",
    }
    return {**found, **given, **more}


def looks(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Difference]:
    kind = RecordKind.REPORT
    stored = [
        StoredRecord(n, kind, f"R-{n}", one, fingerprint(kind, one), True, "0" * 64)
        for n, one in enumerate(before)
    ]
    return diff(stored, [ParsedRecord(kind, f"R-{n}", one) for n, one in enumerate(after)], complete=True)


def calm_of(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Calmed:
    shown = [ParsedRecord(RecordKind.REPORT, str(n), one) for n, one in enumerate(after)]
    return calmed(looks(before, after), len(before), shown)


@pytest.mark.parametrize(
    "revised",
    [
        lambda _: {"agency": "Bureau of Navigation"},
        lambda n: {"title": f"Review {n} (Revised)"},
        lambda n: {"report_number": f"OIG-2026-{n}"},
    ],
)
def test_many_rows_revised_in_one_way_are_recorded_and_said_once(revised: Any) -> None:
    before = [fields(n, report_number=f"OIG-26-{n}") for n in range(20)]
    calm = calm_of(before, [one | revised(n) for n, one in enumerate(before)])
    assert [d.fields for d in calm.differences] == [one | revised(n) for n, one in enumerate(before)]
    assert all(not d.changes for d in calm.differences)
    assert len(calm.reasons) == 1
    assert calm.reasons[0].startswith("20 records changed their ")


def test_a_handful_of_rows_is_told_record_by_record() -> None:
    before = [fields(n) for n in range(20)]
    after = [fields(n, **({"agency": "Secret Service"} if n < 9 else {})) for n in range(20)]
    assert calm_of(before, after).differences == looks(before, after)


@pytest.mark.parametrize(("rows", "told"), [(2, 2), (3, 0)])
def test_an_agency_that_no_row_names_any_more_is_renamed(rows: int, told: int) -> None:
    before = [fields(n, agency="FEMA" if n < rows else "Coast Guard") for n in range(20)]
    after = [one | ({"agency": "Emergency Management"} if one["agency"] == "FEMA" else {}) for one in before]
    assert sum(len(d.changes) for d in calm_of(before, after).differences) == told


def test_what_else_changed_on_such_a_row_is_still_told() -> None:
    after = [fields(n, agency="United States Coast Guard") for n in range(20)]
    after[3]["title"] = "Review 3, Corrected"
    calm = calm_of([fields(n) for n in range(20)], after)
    assert [c.kind for d in calm.differences for c in d.changes] == [ChangeKind.TITLE_REVISED]


def test_many_rows_revised_in_different_ways_are_told() -> None:
    after = [fields(n, title=f"{word} of Doors") for n, word in enumerate("ABCDEFGHIJKL")]
    calm = calm_of([fields(n) for n in range(12)], after)
    assert sum(len(d.changes) for d in calm.differences) == 12


@pytest.mark.parametrize(("moved", "said"), [(12, 1), (9, 0)])
def test_many_links_that_change_each_in_a_way_of_its_own_are_said_once(moved: int, said: int) -> None:
    names = [
        "harbor",
        "pilot",
        "ferry",
        "dock",
        "lamp",
        "buoy",
        "tug",
        "crane",
        "port",
        "quay",
        "keel",
        "mast",
    ]
    before = [fields(n, url=f"https://example.gov/files/{name}.pdf") for n, name in enumerate(names)]
    after = [
        one | ({"url": f"https://example.gov/node/{n * n}"} if n < moved else {})
        for n, one in enumerate(before)
    ]
    calm = calm_of(
        [*before, *(fields(n) for n in range(20, 28))], [*after, *(fields(n) for n in range(20, 28))]
    )
    assert sum(len(d.changes) for d in calm.differences) == (0 if said else moved)
    assert len(calm.reasons) == said


@pytest.mark.parametrize(("revised", "told"), [(6, 0), (4, 4)])
def test_most_of_a_short_list_revised_in_one_way_is_a_storm_too(revised: int, told: int) -> None:
    before = [fields(n, issue_date="2024-05-03") for n in range(6)]
    after = [fields(n, issue_date="2024-05-04" if n < revised else "2024-05-03") for n in range(6)]
    assert sum(len(d.changes) for d in calm_of(before, after).differences) == told


def _listing(*days: str) -> list[ParsedRecord]:
    return [ParsedRecord(RecordKind.REPORT, f"R-{day}", fields(0, title=day, issue_date=day)) for day in days]


_OLD, _NEW = [f"2025-1{n}-01" for n in range(3)] + ["2025-12-30"], [f"2026-0{n}-02" for n in range(1, 9)]
_NEXT = ["2026-10-01", "2026-12-01"]  # in the next fiscal year


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (_OLD, 0),
        ([*_OLD, *_NEW], 0),
        (_OLD[:3], 3),
        ([*_OLD, *_NEW[:3]], 7),
        ([*_OLD[1:], _NEW[0]], 4),
        ([*_OLD[:3], ""], 4),
    ],
    ids=[
        "last year's",
        "last fiscal year's",
        "three",
        "part of a year",
        "not the oldest",
        "one without a day",
    ],
)
@pytest.mark.parametrize("back", [False, True])
def test_the_oldest_reports_that_leave_together_or_come_back_are_said_once(
    gone: list[str], told: int, back: bool
) -> None:
    whole, rest = (
        _listing(*_OLD, *_NEW, *_NEXT, ""),
        _listing(*(d for d in [*_OLD, *_NEW, *_NEXT, ""] if d not in gone)),
    )
    listed = {one.key for one in (rest if back else whole)}
    stored = [
        StoredRecord(n, r.kind, r.key, r.fields, fingerprint(r.kind, r.fields), r.key in listed, "0" * 64)
        for n, r in enumerate(whole)
    ]
    shown = whole if back else rest
    calm = archived(diff(stored, shown, complete=True), shown)
    assert sum(len(d.changes) for d in calm.differences) == told
    assert [d.listed for d in calm.differences] == [back] * len(gone)
    assert len(calm.reasons) == (0 if told else 1)


def _recommendations(words: str, others: int = 0) -> list[ParsedRecord]:
    """Return twelve recommendations with a status in these words, but the first `others` still open."""
    all_words = ["Open"] * others + [words] * (12 - others)
    given = [
        {"report_title": "Review", "recommendation": str(n), "status_text": one, "status": status_of(one)}
        for n, one in enumerate(all_words)
    ]
    kind = RecordKind.RECOMMENDATION
    return [ParsedRecord(kind, str(n), {**dict.fromkeys(FIELDS[kind]), **one}) for n, one in enumerate(given)]


@pytest.mark.parametrize(
    ("words", "others", "told"),
    [
        ("In Progress", 0, 0),
        ("Not Yet Implemented", 0, 0),
        ("In Progress", 1, 11),  # some are still open: the status of the others has changed
        ("Open - Partially Addressed", 0, 12),
        ("Partially Implemented", 0, 12),
        ("Completed", 0, 12),
        ("Accomplished", 0, 12),
        ("Closed - Implemented", 0, 12),
    ],
)
def test_other_words_for_a_status_everywhere_are_said_once(words: str, others: int, told: int) -> None:
    before, after = _recommendations("Open"), _recommendations(words, others)
    stored = [
        StoredRecord(n, r.kind, r.key, r.fields, fingerprint(r.kind, r.fields), True, "0" * 64)
        for n, r in enumerate(before)
    ]
    calm = calmed(diff(stored, after, complete=True), 12, after)
    assert sum(len(d.changes) for d in calm.differences) == told
    assert len(calm.differences) == 12 - others
    assert len(calm.reasons) == (0 if told else 1)


def test_what_is_put_before_every_title_is_one_revision_whatever_they_begin_with() -> None:
    titles = [f"{chr(65 + n)}udit of Travel" for n in range(12)]
    before = [fields(n, title=title) for n, title in enumerate(titles)]
    after = [fields(n, title=f"Audit: {title}") for n, title in enumerate(titles)]
    for old, new in ((before, after), (after, before)):
        calm = calm_of(old, new)
        assert (sum(len(d.changes) for d in calm.differences), len(calm.reasons)) == (0, 1)


@pytest.mark.parametrize(
    ("old", "new", "rows", "others", "told"),
    [
        (False, True, 12, 0, 0),  # a column of one value
        (True, False, 12, 0, 0),
        (None, True, 12, 1, 0),  # a column begins: the last row is not marked
        (False, True, 12, 1, 12),  # one row is not marked still: it may be news of each
        (False, True, 9, 0, 9),
    ],
)
def test_a_priority_mark_that_all_rows_gain_or_lose_is_said_once(
    old: bool | None, new: bool | None, rows: int, others: int, told: int
) -> None:
    before, after = _recommendations("Open", others), _recommendations("Open", others)
    before, after = before[12 - rows :], after[12 - rows :]
    for n, (one, other) in enumerate(zip(before, after, strict=True)):
        cast("dict[str, Any]", one.fields)["priority"] = old
        cast("dict[str, Any]", other.fields)["priority"] = new if n < rows - others else old
    stored = [
        StoredRecord(n, r.kind, r.key, r.fields, fingerprint(r.kind, r.fields), True, "0" * 64)
        for n, r in enumerate(before)
    ]
    calm = calmed(diff(stored, after, complete=True), rows, after)
    assert sum(len(d.changes) for d in calm.differences) == (told - others if told else 0)
    assert len(calm.reasons) == (0 if told else 1)


@pytest.mark.parametrize(("others", "told"), [(0, 0), (1, 0), (4, 12)])
def test_a_field_that_a_page_begins_to_show_is_said_once(others: int, told: int) -> None:
    before = [fields(n, agency=None) for n in range(12)] + [fields(50 + n) for n in range(others)]
    after = [fields(n, agency=f"Agency {chr(65 + n)}") for n in range(12)] + before[12:]
    calm = calm_of(before, after)
    assert sum(len(d.changes) for d in calm.differences) == told
    assert calm.reasons == (
        () if told else ("12 records now show agency: recorded, without a message for each",)
    )
