"""Report numbers, dates and words of commands stay on one line."""

import pytest

from alerts.language.together import held, nowrap

SPAN = '<span style="white-space:nowrap">'


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GAO-24-106148 rec 4 is closed", "GAO-24-106148~rec~4 is closed"),
        ("Mon., March 2, 2026, 10:00 a.m. EST", "Mon.,~March~2,~2026, 10:00~a.m.~EST"),
        ("due in March 2026 or by Sept. 30", "due in March~2026 or by Sept.~30"),
        ("to type: `show 'GAO-24-106148 rec 4'`", "to type: `show 'GAO-24-106148 rec 4'`"),
    ],
)
def test_the_parts_of_a_number_or_a_date_are_kept_together(text: str, kept: str) -> None:
    assert held(text).replace("\xa0", "~") == kept


def test_a_page_keeps_numbers_and_words_of_commands_whole_but_not_addresses() -> None:
    drawn = "<svg><title>OIG-26-18</title>OIG-26-18</svg><title>OIG-26-18</title>"
    page = f'{drawn}<a href="/OIG-26-18">OIG-26-18</a> <code>run --json x</code>'
    assert nowrap(page) == (
        f'{drawn}<a href="/OIG-26-18">{SPAN}OIG-26-18</span></a> <code>run {SPAN}--json</span> x</code>'
    )


def test_a_number_that_is_too_long_for_a_phone_may_break() -> None:
    long = "-".join(["ABC123"] * 6)
    assert nowrap(long) == long
