"""Keys, statuses, and which rows are one record."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.identity import (
    identify,
    is_matter,
    link_core,
    merge,
    number_at_end,
    own_title,
    statement_core,
)
from monitor.domain.status import Status, status_of
from monitor.domain.types import FIELDS, ParsedRecord, RecordKind


def report(
    number: str | None = "OIG-20-10", title: str = "CBP Needs Better Locks", **more: Any
) -> ParsedRecord:
    return record(RecordKind.REPORT, {"report_number": number, "title": title, "fiscal_year": 2020, **more})


def recommendation(
    text: str = "Do it. (Recommendation 4)", agency: str | None = "CBP", **more: Any
) -> ParsedRecord:
    given_fields = {"report_number": "GAO-24-106148", "report_title": "Borders", "recommendation_number": 4}
    return record(
        RecordKind.RECOMMENDATION, {**given_fields, "recommendation": text, "agency": agency, **more}
    )


def record(kind: RecordKind, given_fields: Mapping[str, Any]) -> ParsedRecord:
    fields = {name: given_fields.get(name) for name in FIELDS[kind]}
    key, aliases = identify(kind, fields)
    return ParsedRecord(kind, key, fields, aliases)


def keys(*records: ParsedRecord) -> list[str]:
    return [one.key for one in merge(records)[0]]


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("oig-19-46", "OIG-19-46"),
        (" OIG‑19–46\u00a0", "OIG-19-46"),
        ("OIG-13-05-D", "OIG-13-05-D"),
        ("W17-USCG-WPU-15018", "W17-USCG-WPU-15018"),
    ],
)
def test_a_report_is_known_by_its_number_however_it_is_set(number: str, key: str) -> None:
    assert report(number).key == key


def test_a_report_without_number_is_known_by_its_link_and_then_by_its_title() -> None:
    assert report("—", url="https://www.oig.dhs.gov/a.pdf").key == "https://www.oig.dhs.gov/a.pdf"
    assert report(None, title="CBP’s  Locks").key == "cbp's locks"


def test_a_re_worded_title_keeps_the_key() -> None:
    assert report(title="One").key == report(title="Another").key


def test_two_reports_that_share_a_title_have_no_key_or_alias_in_common() -> None:
    one, other = (
        report("OIG-11-07", "Letter", url="https://a/7"),
        report("OIG-11-08", "Letter", url="https://a/8"),
    )
    assert not {one.key, *one.aliases} & {other.key, *other.aliases}


def test_what_names_nothing_has_no_key() -> None:
    for kind in RecordKind:
        with pytest.raises(ValueError, match="needs"):
            identify(kind, {})


def test_a_recommendation_is_known_by_its_report_and_its_number_there() -> None:
    assert recommendation().key == "GAO-24-106148 rec 4"


def test_the_saved_text_of_a_page_and_its_html_name_the_same_recommendation() -> None:
    from_text = recommendation(report_number=None)
    assert from_text.key == "borders rec 4"
    assert from_text.aliases == ()
    assert from_text.key in recommendation().aliases


def test_a_recommendation_without_number_is_known_by_its_text_whatever_its_quotes() -> None:
    straight = recommendation("Heed the agency's plan - now.", recommendation_number=None)
    curly = recommendation("Heed  the agency’s plan – now.", recommendation_number=None)
    assert straight.key == curly.key
    assert straight.key.startswith("GAO-24-106148 rec #")
    assert straight.key != recommendation("Heed nothing.", recommendation_number=None).key


def test_a_matter_for_congress_is_not_the_recommendation_of_the_same_number() -> None:
    assert recommendation(agency="Congress").key == "GAO-24-106148 matter 4"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Open", Status.OPEN),
        ("Open – Partially Addressed", Status.OPEN_PARTIALLY_ADDRESSED),
        ("Open (as of March 2026)", Status.OPEN),
        ("Closed - Implemented on 03/01/2026", Status.CLOSED_IMPLEMENTED),
        ("Open status icon", Status.OPEN),
        ("Status: Open", Status.OPEN),
        ("Closed (Implemented)", Status.CLOSED_IMPLEMENTED),
        ("Closed: Not Implemented", Status.CLOSED_NOT_IMPLEMENTED),
        ("Status quo", Status.UNKNOWN),
        ("Open image review", Status.UNKNOWN),
        ("Waiting as of March 2026", Status.UNKNOWN),
        ("open-partially addressed", Status.OPEN_PARTIALLY_ADDRESSED),
        ("Closed – Implemented", Status.CLOSED_IMPLEMENTED),
        ("Closed-implemented", Status.CLOSED_IMPLEMENTED),
        ("CLOSED —\u00a0Not  Implemented", Status.CLOSED_NOT_IMPLEMENTED),
        ("Closed - No Longer Valid", Status.CLOSED_NO_LONGER_VALID),
        ("Closed", Status.CLOSED),
        ("Open – Under Reconsideration", Status.UNKNOWN),
        ("  ", None),
        (None, None),
        ("Open (5)", Status.OPEN),
        ("Closed [3 recommendations]", Status.CLOSED),
        ("Open (FY 2026)", Status.UNKNOWN),
    ],
)
def test_a_status_is_placed_in_the_closed_vocabulary(text: str | None, status: Status | None) -> None:
    assert status_of(text) is status


def test_a_cross_listed_report_is_one_record_with_the_first_value_each_row_gives() -> None:
    merged, problems = merge(
        [report(abstract=None, url="https://a/1"), report(abstract="Why.", url="https://a/2")]
    )
    assert [one.key for one in merged] == ["OIG-20-10"]
    assert merged[0].fields["abstract"] == "Why."
    assert merged[0].fields["url"] == "https://a/1"
    assert problems == ()


@pytest.mark.parametrize(
    "mark", [" (Revised)", " (REDACTED)", " - (REDACTED)", " - Law Enforcement Sensitive (REDACTED)"]
)
def test_a_re_issue_is_the_same_report(mark: str) -> None:
    assert keys(report(title="Locks"), report(title="Locks" + mark)) == ["OIG-20-10"]


def test_one_number_on_two_plainly_different_reports_keeps_both_and_says_so() -> None:
    merged, problems = merge([report(title="DHS Needs Better Locks"), report(title="Grants in Ohio")])
    assert [one.key for one in merged] == ["OIG-20-10 [dhs needs better locks]", "OIG-20-10 [grants in ohio]"]
    assert all("OIG-20-10" in one.aliases for one in merged)
    assert len(problems) == 1
    assert "OIG-20-10" in problems[0]
    assert "Grants in Ohio" in problems[0]


@pytest.mark.parametrize("teaser", ["CBP Needs", "CBP Needs…", "CBP Needs Better..."])
def test_a_teaser_of_a_title_is_the_same_report_and_gives_way(teaser: str) -> None:
    for rows in (
        [report(title=teaser, url="/teaser"), report(url="/whole")],
        [report(), report(title=teaser)],
    ):
        merged, problems = merge(rows)
        assert [one.fields["title"] for one in merged] == ["CBP Needs Better Locks"]
        assert (merged[0].fields["url"] in ("/whole", None), problems) == (True, ())


def test_a_title_that_begins_two_others_or_is_of_another_day_is_no_teaser() -> None:
    two = [report(title="CBP Needs Better Keys"), report()]
    assert len(merge([report(title="CBP Needs"), *two])[0]) == 3
    days = {"issue_date": "2020-03-01"}, {"issue_date": "2020-03-02"}
    assert len(merge([report(title="CBP Needs", **days[0]), report(**days[1])])[0]) == 2


def test_a_number_without_a_digit_is_none() -> None:
    assert identify(RecordKind.REPORT, report("Pending").fields) == ("cbp needs better locks", ())


def test_one_number_and_title_in_two_years_is_two_reports() -> None:
    merged, problems = merge([report(fiscal_year=2013), report(fiscal_year=2020), report(fiscal_year=2013)])
    assert [one.key for one in merged] == ["OIG-20-10 [2013]", "OIG-20-10 [2020]"]
    assert len(problems) == 1


def test_a_recommendation_to_two_agencies_is_one_record_for_each() -> None:
    merged, problems = merge([recommendation(agency="CBP"), recommendation(agency="ICE")])
    assert [one.key for one in merged] == ["GAO-24-106148 rec 4 @ CBP", "GAO-24-106148 rec 4 @ ICE"]
    assert all("GAO-24-106148 rec 4" in one.aliases for one in merged)
    assert problems == ()


def test_the_same_recommendation_twice_is_one_record() -> None:
    assert keys(recommendation(), recommendation(agency="cbp")) == ["GAO-24-106148 rec 4"]


def test_two_texts_under_one_key_are_kept_apart_and_said() -> None:
    merged, problems = merge([recommendation("Do this."), recommendation("Do that.")])
    assert len({one.key for one in merged}) == 2
    assert all(one.key.startswith("GAO-24-106148 rec 4 #") for one in merged)
    assert "Do that." in problems[0]


def test_a_value_cut_short_gives_way_to_the_whole_one() -> None:
    whole = recommendation(status_comment="We will see in May.")
    short = recommendation(status_comment="We will s")
    cut = ParsedRecord(short.kind, short.key, short.fields, short.aliases, frozenset({"status_comment"}))
    joined = merge([cut, whole])[0][0]
    assert joined.fields["status_comment"] == "We will see in May."
    assert joined.cut == frozenset()


reports = st.builds(
    report,
    number=st.sampled_from(["OIG-20-10", "OIG-20-11"]),
    title=st.sampled_from(["Locks", "Locks (Revised)", "LOCKS", "Grants", "Doors"]),
    fiscal_year=st.sampled_from([2019, 2020, None]),
)
recommendations = st.builds(
    recommendation,
    text=st.sampled_from(["Do this.", "Do that."]),
    agency=st.sampled_from(["CBP", "cbp", "ICE", None]),
)


@given(
    st.lists(reports | recommendations, max_size=8).flatmap(
        lambda rows: st.tuples(st.just(rows), st.permutations(rows))
    )
)
def test_keys_are_distinct_and_do_not_depend_on_the_order_of_rows(
    rows: tuple[list[ParsedRecord], list[ParsedRecord]],
) -> None:
    merged, problems = merge(rows[0])
    again, problems_again = merge(rows[1])
    assert len({one.key for one in merged}) == len(merged)
    assert {one.key for one in merged} == {one.key for one in again}
    assert sorted(problems) == sorted(problems_again)
    # Nothing is lost: every row's own key leads to a record.
    assert {one.key for one in rows[0]} <= {key for one in merged for key in (one.key, *one.aliases)}


@given(st.lists(reports | recommendations, max_size=8))
def test_merging_twice_changes_nothing(rows: list[ParsedRecord]) -> None:
    once = merge(rows)[0]
    assert merge(once) == (once, ())


@pytest.mark.parametrize(
    ("ending", "recommendation_number", "matter_number"),
    [
        ("(Recommendation 4)", "4", None),
        ("(Recommendations 5)", "5", None),
        ("(recommendation 1)", "1", None),
        ("(Recommendation 1.)", "1", None),
        ("(Recommendation 12).", "12", None),
        ("[Recommendation 1]", "1", None),
        ("(Recommendation 19-01)", "19-01", None),
        ("(Recommendation 9", "9", None),
        ("(Matter for Consideration 1)", None, "1"),
        ("(Matter for Congressional Consideration 2)", None, "2"),
        ("(Matter 1)", None, "1"),
        ("(Rec. 1)", "1", None),
        ("[Rec 2]", "2", None),
        ("(Recommendation No. 3)", "3", None),
        ("(Recommendation 3 of 12)", "3", None),
        ("(Rec. 12 of 2019)", None, None),
        ("(Record 3)", None, None),
        ("as Recommendation 3 of 2019 asked", None, None),
        ("(see Recommendation 3)", None, None),
        ("(Recommendation)", None, None),
    ],
)
def test_the_number_that_ends_a_text_is_read_in_every_spelling(
    ending: str, recommendation_number: str | None, matter_number: str | None
) -> None:
    text = f"The Secretary should count the widgets. {ending}"
    assert number_at_end(text) == (recommendation_number, matter_number)
    numbered = recommendation_number or matter_number
    assert statement_core(text) == ("the secretary should count the widgets" if numbered else text.lower())


def test_recommendations_and_matters_for_congress_are_numbered_apart() -> None:
    to_agency = recommendation("Count. (Recommendation 1)", recommendation_number="1")
    to_congress = recommendation(
        "Consider counting. (Matter 1)", "Congress", recommendation_number=None, matter_number="1"
    )
    assert keys(to_agency, to_congress) == ["GAO-24-106148 rec 1", "GAO-24-106148 matter 1"]
    assert (is_matter(to_agency.fields), is_matter(to_congress.fields)) == (False, True)
    assert is_matter({"agency": "congress", "matter_number": None})


@pytest.mark.parametrize(
    ("number", "title", "own"),
    [
        ("OIG-26-01", "OIG-26-01: Doors", "doors"),
        ("OIG-26-01", "Doors (OIG-26-01)", "doors"),
        ("OIG-26-01", "OIG-26-01", ""),
        ("OIG-26-01", "Doors after OIG-26-01 Failed (Part 1)", "doors after oig-26-01 failed (part 1)"),
        ("7", "7 Docks, of Which 7 Leak", "7 docks, of which 7 leak"),
        (None, "Doors", "doors"),
    ],
)
def test_a_title_is_compared_without_its_reports_own_number_at_its_ends(
    number: str | None, title: str, own: str
) -> None:
    assert own_title({"report_number": number, "title": title}) == own


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.gov/report.aspx?id=13", "https://a.gov/report.aspx?id=99", False),
        ("https://a.gov/report.aspx?id=13", "https://a.gov/report.aspx?lang=en&id=13", True),
        ("https://a.gov/view?docid=13", "https://a.gov/view?docid=14", False),
        ("https://a.gov/r/13", "https://a.gov/r/13?v=2", True),
        ("https://a.gov/r/13?sid=9f", "https://a.gov/r/13?sid=77", True),
        ("https://a.gov/r/13?clickid=9f", "https://a.gov/r/13", True),
        ("https://a.gov/a%2Cb/13", "https://a.gov/a,b/13", True),
        ("https://a.gov/a,b/13", "https://a.gov/ab/13", False),
        ("https://a.gov/Reports//A-13.PDF", "https://a.gov/reports/A-13.pdf", True),
    ],
)
def test_a_link_is_another_where_its_path_or_what_its_query_calls_an_id_is(
    one: str, other: str, *, same: bool
) -> None:
    assert (link_core(one) == link_core(other)) is same
