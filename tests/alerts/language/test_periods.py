"""The time a digest covers, as its reader's clock and calendar have it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.language.periods import (
    before_words,
    column_words,
    in_words,
    rhythm_of,
    times_words,
    windows_before,
)

NEW_YORK = ZoneInfo("America/New_York")


def at(year: int, month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


DAY = at(2026, 11, 23), at(2026, 11, 24)
WEEK = at(2026, 10, 26), at(2026, 11, 2)  # the clock was turned back in it
MONTH = at(2026, 10, 1), at(2026, 11, 1)
MIDMONTH = at(2026, 10, 15), at(2026, 11, 15)
TWO_WEEKS = at(2026, 11, 9), at(2026, 11, 23)
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
HOURS = at(2026, 11, 24), at(2026, 11, 24, 13)
HOUR = at(2026, 11, 24), at(2026, 11, 24, 9)


@pytest.mark.parametrize(
    ("time", "said", "columns", "before", "times"),
    [
        (DAY, "since yesterday", ("since yesterday", "day before"), "the day before", "the last 12 days"),
        (WEEK, "in the past week", ("past week", "week before"), "the week before", "the last 12 weeks"),
        (MONTH, "in October 2026", ("October", "September"), "September", "the last 12 months"),
        (
            MIDMONTH,
            "in the past month",
            ("past month", "month before"),
            "the month before",
            "the last 12 months",
        ),
        (
            TWO_WEEKS,
            "between Monday, November 9, 8 a.m. and Monday, November 23, 8 a.m.",
            ("past 14 days", "14 days before"),
            "the 14 days before",
            "the last 12 periods of this length",
        ),
        (
            HOURS,
            "between Tuesday, November 24, 8 a.m. and Tuesday, November 24, 1 p.m.",
            ("past 5 hours", "5 hours before"),
            "the 5 hours before",
            "the last 12 periods of this length",
        ),
        (
            HOUR,
            "between Tuesday, November 24, 8 a.m. and Tuesday, November 24, 9 a.m.",
            ("past hour", "hour before"),
            "the hour before",
            "the last 12 periods of this length",
        ),
    ],
)
def test_a_time_is_said_in_its_readers_words(
    time: tuple[datetime, datetime], said: str, columns: tuple[str, str], before: str, times: str
) -> None:
    assert in_words(*time, NEW_YORK) == said
    assert column_words(*time, NEW_YORK) == columns
    assert before_words(*time, NEW_YORK) == before
    assert times_words(*time, NEW_YORK, 12) == times


def test_weeks_before_begin_at_the_same_hour_though_the_clock_was_turned() -> None:
    windows = windows_before(*WEEK, NEW_YORK, 36)
    assert {window[0].astimezone(NEW_YORK).hour for window in windows} == {8}
    assert windows[0] == (at(2026, 10, 19), at(2026, 10, 26))
    assert windows[-1][0] == at(2026, 2, 16)


def test_months_before_are_those_of_the_calendar() -> None:
    windows = windows_before(*MONTH, NEW_YORK, 12)
    assert windows[0] == (at(2026, 9, 1), at(2026, 10, 1))
    assert windows[7] == (at(2026, 2, 1), at(2026, 3, 1))
    assert windows[11] == (at(2025, 10, 1), at(2025, 11, 1))


def test_months_from_their_last_day_stay_within_shorter_months() -> None:
    windows = windows_before(at(2026, 1, 31), at(2026, 2, 28), NEW_YORK, 2)
    assert rhythm_of(at(2026, 1, 31), at(2026, 2, 28), NEW_YORK) == "month"
    assert windows == [(at(2025, 12, 31), at(2026, 1, 31)), (at(2025, 11, 30), at(2025, 12, 31))]


@given(
    since=st.integers(0, 3650 * 24 * 60).map(lambda minutes: BEGAN + timedelta(minutes=minutes)),
    lasted=st.one_of(
        st.timedeltas(timedelta(minutes=1), timedelta(days=70)),
        st.sampled_from([timedelta(days=days) for days in (1, 7, 28, 29, 30, 31)]),
    ),
)
def test_windows_join_without_gap_or_overlap(since: datetime, lasted: timedelta) -> None:
    windows = windows_before(since, since + lasted, NEW_YORK, 12)
    assert windows[0][1] == since
    assert all(later[0] == earlier[1] for later, earlier in pairwise(windows))
    assert all(begin < end for begin, end in windows)
    assert len(windows) == 12
