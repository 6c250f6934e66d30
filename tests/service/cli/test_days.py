"""Days as people write them."""

from datetime import date

import pytest

from service.readmodel.days import day_of

TODAY = date(2026, 11, 28)  # a Saturday


@pytest.mark.parametrize(
    ("written", "behind", "ahead"),
    [
        ("2026-10-01", "2026-10-01", "2026-10-01"),
        ("10/01/2026", "2026-10-01", "2026-10-01"),
        ("Oct 1, 2026", "2026-10-01", "2026-10-01"),
        ("sept. 3", "2026-09-03", "2027-09-03"),
        ("december 24", "2025-12-24", "2026-12-24"),
        ("today", "2026-11-28", "2026-11-28"),
        (" Yesterday ", "2026-11-27", "2026-11-27"),
        ("30d", "2026-10-29", "2026-12-28"),
        ("2 weeks", "2026-11-14", "2026-12-12"),
        ("9m", "2026-02-28", "2027-08-28"),
        ("1y", "2025-11-28", "2027-11-28"),
        ("3 days ago", "2026-11-25", "2026-11-25"),
        ("in 3 days", "2026-12-01", "2026-12-01"),
        ("Monday", "2026-11-23", "2026-11-30"),
        ("sat", "2026-11-28", "2026-12-05"),
        ("last saturday", "2026-11-21", "2026-11-21"),
        ("next Monday", "2026-11-30", "2026-11-30"),
        ("last month", "2026-10-01", "2026-10-01"),
        ("next week", "2026-11-30", "2026-11-30"),
        ("this year", "2026-01-01", "2026-01-01"),
    ],
)
def test_a_day_is_understood_and_a_bare_length_or_weekday_lies_where_it_is_asked_for(
    written: str, behind: str, ahead: str
) -> None:
    assert day_of(written, TODAY).isoformat() == behind
    assert day_of(written, TODAY, ahead=True).isoformat() == ahead


@pytest.mark.parametrize(
    "written", ["", "March", "2026-13-01", "31/12/2026", "Feb 30", "9999y", "in 3 days ago", "next", "soon"]
)
def test_what_is_no_day_is_refused_with_the_forms_to_write(written: str) -> None:
    with pytest.raises(ValueError, match="is not a day; write 2026-03-02, Mar 2, 2026, today"):
        day_of(written, TODAY)
