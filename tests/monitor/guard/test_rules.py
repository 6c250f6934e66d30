"""When a page does not look like its source, and when a genuine change must pass."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.domain.types import Page, Parse, ParsedRecord, RecordKind
from monitor.guard.baseline import Baseline, Facts, columns_of, learn, measure
from monitor.guard.rules import check_reasons, page_reasons, parse_reasons, sink_reasons

COLUMNS = ("Report Number", "Title", "Date Issued")


def row(number: str, title: str | None = "A Title") -> ParsedRecord:
    return ParsedRecord(RecordKind.REPORT, number, {"report_number": number, "title": title})


def rows(count: int, title: str | None = "A Title", *, year: int = 24, start: int = 0) -> list[ParsedRecord]:
    return [row(f"OIG-{year}-{start + n:03}", title) for n in range(count)]


def facts(records: Sequence[ParsedRecord], known: Sequence[ParsedRecord] = (), **measured: Any) -> Facts:
    first = measured.pop("first", records[:50])
    return measure(records, first, {record.key: True for record in known}, **{"columns": COLUMNS, **measured})


def usual_after(records: Sequence[ParsedRecord], sweeps: int = 3, **measured: Any) -> Baseline:
    usual = Baseline()
    for n in range(sweeps):
        usual = learn(usual, facts(records, records if n else (), **measured), swept=True, sample=True)
    return usual


def judged(
    records: Sequence[ParsedRecord], before: Sequence[ParsedRecord], *, swept: bool = True, **measured: Any
) -> tuple[str, ...]:
    """Hold a sweep of `records` against a source that has shown `before` three times."""
    return check_reasons(facts(records, before, **measured), usual_after(before), 0.5, swept=swept)


def page(asked: str, got: str) -> Page:
    return Page(asked, got, b"x", "0" * 64, datetime(2026, 3, 2, tzinfo=UTC))


def test_a_page_like_the_ones_before_is_accepted() -> None:
    assert judged(rows(48), rows(50)) == ()
    assert parse_reasons(Parse("dhs-oig", tuple(rows(48))), usual_after(rows(50))) == ()


def test_the_first_check_of_a_source_has_nothing_to_be_held_against() -> None:
    assert check_reasons(facts(rows(1)), Baseline(), 0.5, swept=True) == ()


def test_a_fall_below_the_share_is_told_in_numbers() -> None:
    assert judged(rows(10), rows(50)) == (
        "10 rows on the first page where 50 are usual (fewer than 50%)",
        "10 rows in all where 50 are usual (fewer than 50%)",
    )


def test_exactly_the_share_is_accepted() -> None:
    assert judged(rows(25), rows(50)) == ()


def test_a_short_list_may_become_shorter() -> None:
    assert judged(rows(1), rows(3)) == ()


def test_shorter_pages_of_a_list_that_lacks_nothing_are_only_another_page_size() -> None:
    assert judged(rows(100), rows(100), first=rows(20)) == ()


def test_a_look_says_nothing_of_the_rows_in_all() -> None:
    assert judged(rows(50), rows(400), swept=False) == ()


def test_a_rise_to_more_than_three_times_the_usual_is_told_in_numbers() -> None:
    said = judged(rows(200), rows(50))
    assert said[0] == "200 rows in all where 50 are usual (more than 3 times as many)"
    assert said[-1] == "150 records are new beside 50 known ones; up to 25 at once are usual"


def test_twenty_new_reports_on_one_day_are_accepted() -> None:
    assert judged([*rows(20, start=50), *rows(50)], rows(50)) == ()


@pytest.mark.parametrize(("stated", "share"), [(4, "fewer than 50%"), (90, "more than 3 times as many")])
def test_a_stated_total_far_from_the_usual_is_refused(stated: int, share: str) -> None:
    usual = usual_after(rows(10), declared=25)
    (said,) = check_reasons(facts(rows(10), rows(10), declared=stated), usual, 0.5, swept=False)
    assert said == f"the page states a total of {stated} where 25 is usual ({share})"


def test_a_stated_total_near_the_usual_is_accepted() -> None:
    usual = usual_after(rows(10), declared=25)
    assert check_reasons(facts(rows(10), rows(10), declared=22), usual, 0.5, swept=False) == ()


def test_rows_that_have_lost_their_titles_are_refused() -> None:
    assert judged(rows(50, title=None), rows(50)) == ("only 0% of the rows have a title where 100% is usual",)


def test_a_look_at_rows_that_have_lost_their_titles_is_refused() -> None:
    assert judged(rows(50, title=None), rows(50), swept=False)


def test_a_table_with_other_headings_is_refused() -> None:
    (said,) = judged(rows(50), rows(50), columns=("Name", "Role", "Date Issued"))
    assert said == (
        "1 of 3 column headings are left (Name, Role, Date Issued where "
        "Report Number, Title, Date Issued are usual)"
    )


def test_other_headings_are_accepted_where_nearly_all_rows_are_as_stored() -> None:
    others = ("Report No.", "Report Title", "Issued")
    assert judged(rows(50), rows(50), columns=others, as_stored=45) == ()
    assert judged(rows(50), rows(50), columns=others, as_stored=44)
    assert judged(rows(3), rows(3), columns=others, as_stored=3)


def test_one_renamed_heading_is_accepted_where_the_rows_can_still_be_read() -> None:
    assert judged(rows(50), rows(50), columns=("Report Number", "Title", "Issued")) == ()


def test_numbers_with_other_marks_between_their_parts_are_accepted() -> None:
    again = [
        replace(one, fields={**one.fields, "report_number": one.key.replace("-", " ")}) for one in rows(10)
    ]
    assert judged(again, rows(10)) == ()


def test_numbers_of_a_form_never_seen_here_are_refused() -> None:
    strange = [row(f"{n}/2026") for n in range(6)]
    (said,) = judged([*rows(4), *strange], rows(10))
    assert said == (
        "6 of 10 rows on the first page have numbers of a form never seen here (9/9 where OIG-9-9 are usual)"
    )


def test_a_few_numbers_of_a_new_form_are_accepted() -> None:
    assert judged([row("MGMT-1"), row("MGMT-2"), row("MGMT-3"), *rows(47)], rows(50)) == ()


def test_another_listing_at_the_address_is_refused() -> None:
    said = judged(rows(50, year=21), rows(50))
    assert "0 of 50 keys on the first page were known before; usually 50 of 50" in said


def test_a_look_at_another_listing_is_refused() -> None:
    said = judged(rows(12, year=21), rows(12), swept=False)
    assert said == ("0 of 12 keys on the first page were known before; usually 12 of 12",)


def test_a_partly_read_list_in_another_order_is_the_same_list() -> None:
    usual = usual_after(rows(5), declared=10)
    found = facts(rows(5, start=5), rows(5), declared=10)
    assert check_reasons(found, usual, 0.5, swept=False) == ()
    assert check_reasons(facts(rows(5, start=5), rows(5), declared=11), usual, 0.5, swept=False)
    assert check_reasons(
        facts(rows(5, start=5), [*rows(5), *rows(4, year=21)], declared=10), usual, 0.5, swept=False
    )


def test_half_of_a_long_list_replaced_behind_the_first_page_is_refused() -> None:
    before = rows(100)
    (said,) = judged([*rows(60), *rows(40, year=21)], before, first=rows(50))
    assert said.startswith("40 of 100 known records are missing and 40 never seen before")


def test_readable_rows_that_turn_to_broken_characters_are_refused() -> None:
    before = rows(10, title="CBP’s “Checks”")
    (said,) = judged(rows(10, title="CBP\u00e2\u20ac\u2122s Checks"), before, charset="windows-1252")
    assert said == (
        "the page cannot be decoded as windows-1252 (utf-8 is usual): 10 rows that were readable before "
        "hold broken characters"
    )


def test_a_switch_of_charset_that_reads_as_well_is_accepted() -> None:
    before = rows(10, title="CBP’s “Checks”")
    assert judged(before, before, charset="windows-1252") == ()


def test_a_publishers_own_slip_in_one_row_is_accepted() -> None:
    before = rows(10, title="CBP’s “Checks”")
    assert judged([row("OIG-24-000", "CBP\ufffds Checks"), *before[1:]], before) == ()


def test_what_is_usual_moves_with_the_source() -> None:
    usual = usual_after(rows(50))
    for n in (40, 32, 26, 21, 17):  # each a fall, none of them sudden
        found = facts(rows(n), rows(n))
        assert check_reasons(found, usual, 0.5, swept=True) == ()
        for _ in range(8):
            usual = learn(usual, found, swept=True, sample=True)


def test_one_odd_sweep_moves_no_bound() -> None:
    usual = learn(usual_after(rows(50), sweeps=7), facts(rows(26), rows(50)), swept=True, sample=True)
    assert check_reasons(facts(rows(14), rows(50)), usual, 0.5, swept=True)


def test_a_look_teaches_nothing_about_the_whole() -> None:
    usual = usual_after(rows(50))
    assert learn(usual, facts(rows(20), rows(50)), swept=False, sample=False).rows == usual.rows


def test_no_rows_are_never_accepted_from_a_page_that_usually_has_many() -> None:
    usual = usual_after(rows(50))
    assert parse_reasons(Parse("dhs-oig", ()), usual) == ("no row could be read where 50 are usual",)
    assert parse_reasons(Parse("dhs-oig", (), says_empty=True), usual) == (
        "no row could be read where 50 are usual though the page says that there is nothing",
    )


def test_no_rows_on_a_first_look_are_accepted_only_where_the_page_says_so() -> None:
    assert parse_reasons(Parse("dhs-oig", (), says_empty=True), Baseline()) == ()
    assert parse_reasons(Parse("dhs-oig", ()), Baseline()) == ("no row could be read where some are usual",)


def test_a_short_list_may_say_that_it_is_empty_now() -> None:
    assert parse_reasons(Parse("dhs-oig", (), says_empty=True), usual_after(rows(3))) == ()
    assert parse_reasons(Parse("dhs-oig", (), says_empty=True), usual_after(rows(4)))


def test_missing_columns_are_named() -> None:
    found = Parse("dhs-oig", tuple(rows(50)), missing_columns=("Title", "Date Issued"))
    assert parse_reasons(found, usual_after(rows(3))) == (
        "the page no longer has the columns Title, Date Issued; its layout has probably changed",
    )
    assert parse_reasons(found, Baseline()) == (
        "the page does not have the columns Title, Date Issued, which its profile needs;"
        " check the URL and the profile",
    )


def test_headings_are_read_from_any_table() -> None:
    html = "<TH scope=col>Report&nbsp;Number</TH><th><a href='?s'>Title</a></th><th></th><th>Title</th>"
    assert columns_of(html) == ("Report Number", "Title")
    assert columns_of("<tr><th>Report Number<th scope=col>Title\n<tr><td>26-01") == ("Report Number", "Title")


def test_a_redirect_to_the_home_page_is_not_the_page() -> None:
    (said,) = page_reasons(page("https://www.oig.dhs.gov/reports", "https://www.oig.dhs.gov/"))
    assert "now leads to the home page https://www.oig.dhs.gov/" in said


def test_a_redirect_to_another_site_is_not_the_page() -> None:
    (said,) = page_reasons(page("https://www.oig.dhs.gov/reports", "https://elsewhere.gov/reports"))
    assert "now leads to another site, https://elsewhere.gov/reports" in said


def test_a_redirect_within_the_site_is_fine() -> None:
    assert page_reasons(page("https://oig.dhs.gov/reports", "https://www.oig.dhs.gov/new/reports")) == ()
    assert page_reasons(page("https://oig.dhs.gov/", "https://www.oig.dhs.gov/")) == ()


def test_pages_that_lead_to_one_address_are_refused() -> None:
    led = [(f"https://x.gov/list?page={n}", "https://x.gov/list", f"{n}" * 64) for n in range(3)]
    (said,) = sink_reasons(led)
    assert said.startswith("3 of 3 pages lead to the same address: https://x.gov/list?page=0 and ")


def test_pages_with_one_content_are_refused() -> None:
    same = [(f"https://x.gov/list?page={n}", f"https://x.gov/list?page={n}", "a" * 64) for n in range(2)]
    (said,) = sink_reasons(same)
    assert said.startswith("2 of 2 pages have the same content")


def test_pages_of_their_own_are_accepted() -> None:
    assert sink_reasons([(f"https://x.gov/{n}", f"https://x.gov/{n}", f"{n}" * 64) for n in range(3)]) == ()


def test_a_baseline_that_was_stored_before_there_were_versions_is_read_on() -> None:
    stored = {
        "rows": [50, 51], "first": [50], "declared": [], "known": [1.0], "alike": [1.0],
        "filled": {"title": [1.0, 0.98]}, "first_filled": {}, "shapes": ["OIG-9-9"], "columns": ["Title"],
        "charset": "utf-8", "first_marks": ["a1"], "garbled": [], "twice": ["b2"], "short": 3,
        "unsettled": False, "unswept": True,
    }  # fmt: skip
    usual = Baseline.from_json(stored)
    assert (usual.rows, usual.filled, usual.short) == ((50, 51), {"title": (1.0, 0.98)}, 3)
    assert (usual.unswept, usual.answers_at) == (True, None)
    assert usual.to_json()["version"] == 1
    assert Baseline.from_json(json.loads(json.dumps(usual.to_json()))) == usual
    assert not Baseline.from_json(None)
