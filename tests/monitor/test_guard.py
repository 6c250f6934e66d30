"""When a page does not look like its source."""

from datetime import UTC, datetime

from monitor.guard import check_reasons, page_reasons, parse_reasons, usual_of
from monitor.types import Page, Parse, ParsedRecord, RecordKind


def rows(count: int, title: str | None = "T") -> tuple[ParsedRecord, ...]:
    return tuple(ParsedRecord(RecordKind.REPORT, f"OIG-24-{n:02}", {"title": title}) for n in range(count))


def page(asked: str, got: str) -> Page:
    return Page(asked, got, b"x", "0" * 64, datetime(2026, 3, 2, tzinfo=UTC))


def test_a_page_like_the_ones_before_is_accepted() -> None:
    usual = usual_of(rows(50), 50)
    assert check_reasons(rows(48), 48, usual, 0.5, swept=True) == ()
    assert parse_reasons(Parse("dhs-oig", rows(48)), usual) == ()


def test_a_fall_below_the_share_is_told_in_numbers() -> None:
    reasons = check_reasons(rows(10), 10, usual_of(rows(50), 50), 0.5, swept=True)
    assert reasons == (
        "10 rows on the first page where 50 are usual (fewer than 50%)",
        "10 rows in all where 50 are usual (fewer than 50%)",
    )


def test_a_short_list_may_become_shorter() -> None:
    assert check_reasons(rows(1), 1, usual_of(rows(3), 3), 0.5, swept=True) == ()


def test_no_rows_are_never_accepted_from_a_page_that_usually_has_many() -> None:
    usual = usual_of(rows(50), 50)
    assert parse_reasons(Parse("dhs-oig", ()), usual)
    assert (
        "though the page says that there is nothing"
        in parse_reasons(Parse("dhs-oig", (), says_empty=True), usual)[0]
    )


def test_no_rows_on_a_first_look_are_accepted_only_where_the_page_says_so() -> None:
    assert parse_reasons(Parse("dhs-oig", (), says_empty=True), {}) == ()
    assert parse_reasons(Parse("dhs-oig", ()), {}) == ("no row could be read where some are usual",)


def test_missing_columns_are_named() -> None:
    found = Parse("dhs-oig", rows(50), missing_columns=("Title",))
    assert parse_reasons(found, {}) == (
        "the page no longer has the column(s) Title; its layout has probably changed",
    )


def test_rows_that_have_lost_their_titles_are_refused() -> None:
    reasons = check_reasons(rows(50, title=None), 50, usual_of(rows(50), 50), 0.5, swept=True)
    assert reasons == ("only 0% of the rows have a title where 100% is usual",)


def test_a_redirect_to_the_home_page_is_not_the_page() -> None:
    assert page_reasons(page("https://www.oig.dhs.gov/reports", "https://www.oig.dhs.gov/"))
    assert page_reasons(page("https://www.oig.dhs.gov/reports", "https://elsewhere.gov/reports"))


def test_a_redirect_within_the_site_is_fine() -> None:
    assert page_reasons(page("https://oig.dhs.gov/reports", "https://www.oig.dhs.gov/new/reports")) == ()
    assert page_reasons(page("https://oig.dhs.gov/", "https://www.oig.dhs.gov/")) == ()
