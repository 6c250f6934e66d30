"""Partial dates and month arithmetic."""

from datetime import UTC, date, datetime

import pytest

from monitor.domain.dates import days_of, fiscal_year_of, months_after


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026-07-23", date(2026, 7, 23), date(2026, 7, 23)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        (" 2026 ", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_date_of_any_precision_covers_its_days(written: str, first: date, last: date) -> None:
    assert days_of(written) == (first, last)


@pytest.mark.parametrize("written", [None, "", "July 2026", "2026-00", "2026-13", "2026-02-30", "0000", 7])
def test_what_is_not_a_date_covers_no_days(written: object) -> None:
    assert days_of(written) is None


def test_a_fiscal_year_begins_in_october_and_a_calendar_year_spans_two() -> None:
    assert fiscal_year_of(days_of("2025-10")) == 2026
    assert fiscal_year_of(days_of("2025-09-30")) == 2025
    assert fiscal_year_of(days_of("2025")) is None
    assert fiscal_year_of(None) is None


def test_months_end_on_the_last_day_where_the_month_is_shorter() -> None:
    assert months_after(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert months_after(date(2024, 1, 31), -2) == date(2023, 11, 30)
    moment = datetime(2026, 12, 15, 6, 30, tzinfo=UTC)
    assert months_after(moment, 1) == datetime(2027, 1, 15, 6, 30, tzinfo=UTC)
