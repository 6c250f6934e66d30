"""What a source or its profile expects holds from the first check on."""

import re
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitor.domain.settings import Expectations
from monitor.domain.types import Outcome, ParsedRecord, RecordKind
from monitor.guard.expectations import expectation_reasons
from monitor.profiles.registry import PROFILES
from tests.checking import Checker

ROWS = "".join(
    f"<tr><td>A-26-0{n}</td><td>Audit {n}</td><td>{day}</td></tr>"
    for n, day in enumerate(("January 5, 2026", "January 6, 2026", "", ""), 1)
)
PAGE = (
    "<!doctype html><html><body><main><table><tr><th>Number</th><th>Title</th><th>Date Issued</th></tr>"
    f"{ROWS}</table></main></body></html>"
)


def checked(checker: Checker, tmp_path: Path, **expect: object) -> tuple[Outcome, str]:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    settled = checker.check(str(page), profile="table", expect=expect)
    return settled.outcome, "; ".join(settled.reasons)


@pytest.mark.sqlite  # it is about pages
@pytest.mark.parametrize(
    ("expect", "said"),
    [
        (
            {"rows": 5, "why": "it has had six since 2020"},
            "4 rows in all where the source expects at least 5 (it has had six since 2020)",
        ),
        (
            {"filled": {"issue_date": "80%"}, "why": {"issue_date": "all have one"}},
            "50% of the rows have a issue_date where the source expects at least 80% (all have one)",
        ),
        ({"filled": {"url": 0.1}}, "0% of the rows have a url where the source expects at least 10%"),
        ({"newest": "30d"}, "the newest row is of 2026-01-06, "),
    ],
)
def test_a_first_check_that_lacks_what_is_expected_is_set_aside(
    expect: dict[str, object], said: str, checker: Checker, tmp_path: Path
) -> None:
    outcome, reasons = checked(checker, tmp_path, **expect)
    assert (outcome, said in reasons) == (Outcome.QUARANTINED, True), reasons


@pytest.mark.sqlite  # it is about pages
def test_a_check_that_has_what_is_expected_is_a_baseline(checker: Checker, tmp_path: Path) -> None:
    expect = {
        "rows": 4,
        "filled": {"title": 1, "issue_date": "50%"},
        "newest": "9999d",
        "why": "it always has",
    }
    assert checked(checker, tmp_path, **expect)[0] is Outcome.BASELINE


def test_a_page_that_lacks_what_is_expected_can_be_accepted_once(checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    settled = checker.check(str(page), profile="table", expect={"rows": 5}, accept=True)
    assert settled.outcome is Outcome.BASELINE


def test_a_source_replaces_what_its_profile_expects_of_the_same() -> None:
    profile = Expectations.model_validate({"rows": 9, "filled": {"url": 0.9, "title": 1}, "newest": "9d"})
    source = Expectations.model_validate({"rows": 2, "filled": {"url": 0.1}})
    left = profile.without(source)
    assert (left.rows, left.filled, left.newest) == (None, {"title": 1.0}, profile.newest)


@pytest.mark.sqlite  # it is about pages
def test_a_built_in_profile_expects_something_and_says_why(checker: Checker, tmp_path: Path) -> None:
    own = ("dhs-oig", "gao-recommendations", "hhs-oig-tracker", "va-oig", "oversight-gov", "gao-reports")
    for name in own:
        expect = PROFILES[name].expect
        assert expect is not None
        assert expect.filled
        assert expect.reason()
    page = tmp_path / "page.html"
    row = "<tr class=listing-table__row><td class=views-field-title>Audit {}</td></tr>"
    table = "".join(row.format(n) for n in range(4))
    page.write_text(f"<!doctype html><html><body><table class=listing-table>{table}</table></body></html>")
    settled = checker.check(str(page), profile="oversight-gov")
    assert settled.outcome is Outcome.QUARANTINED
    assert "where the profile oversight-gov expects at least 80%" in settled.reasons[0]


@pytest.mark.sqlite  # it is about pages
@pytest.mark.parametrize(("first", "then"), [("\n", ""), ("", "\n")])
def test_a_csv_file_that_ends_in_another_way_than_usual_is_set_aside(
    first: str, then: str, checker: Checker, tmp_path: Path
) -> None:
    file, rows = (
        tmp_path / "list.csv",
        "Number,Title,Date Issued\n26-01,Tents,03/01/2026\n26-02,Water,03/02/2026",
    )
    file.write_text(rows + first)
    assert checker.check(str(file), profile="csv").outcome is Outcome.BASELINE
    file.write_text(rows + then)
    settled = checker.check(str(file), profile="csv")
    assert (settled.outcome, "it may be cut" in settled.reasons[0]) == (Outcome.QUARANTINED, True)
    assert checker.check(str(file), profile="csv", accept=True).outcome is not Outcome.QUARANTINED


@pytest.mark.sqlite  # it is about pages
def test_an_empty_list_fills_no_field_and_a_day_of_another_year_is_not_the_newest(
    checker: Checker, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE.replace("January 6, 2026", "January 6, 2062"))
    settled = checker.check(str(page), profile="table", expect={"newest": "30d"})
    assert "the newest row is of 2026-01-05" in settled.reasons[0]
    record = ParsedRecord(RecordKind.REPORT, "A", {"topics": []})
    expected = Expectations.model_validate({"filled": {"topics": "10%"}})
    (said,) = expectation_reasons(expected, [record], date(2026, 1, 9), swept=True, whose="the source")
    assert said.startswith("0% of the rows have a topics")


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({"rows": True}, "needs a whole number, not true"),
        (
            {"filled": {"title": 90}},
            "90 is not a share; write for example 80% or 0.8",
        ),
        ({"filled": {"title": "0%"}}, "'0%' is not a share"),
        ({"filled": {"title": "nan"}}, "'nan' is not a share"),
        ({"newest": "1h"}, "must be at least 1d"),
        ({"why": "it always has"}, "gives a reason and expects nothing"),
    ],
)
def test_what_cannot_be_expected_is_refused(expect: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        Expectations.model_validate(expect)
