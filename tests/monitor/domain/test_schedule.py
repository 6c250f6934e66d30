"""When a source is due, across missed checks, clock jumps and daylight saving."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from monitor.domain.schedule import cron_after, next_due, retry_after, trigger
from monitor.domain.settings import SourceSettings, cron_line

NEW_YORK = "America/New_York"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def source(**settings: str) -> SourceSettings:
    return SourceSettings(url="https://example.gov/reports", **settings)


def test_a_source_never_checked_is_due_at_once() -> None:
    assert next_due(source(every="2h"), "UTC", None, NOON) == NOON


def test_a_source_is_due_its_interval_after_the_last_check() -> None:
    last = NOON - timedelta(minutes=30)
    assert next_due(source(every="2h"), "UTC", last, NOON) == last + timedelta(hours=2)


def test_three_days_asleep_make_one_check_due_now() -> None:
    assert next_due(source(every="2h"), "UTC", NOON - timedelta(days=3), NOON) == NOON
    assert next_due(source(cron="0 6 * * *"), "UTC", NOON - timedelta(days=3), NOON) == NOON


def test_a_clock_set_back_does_not_keep_a_source_waiting_for_longer_than_its_interval() -> None:
    assert next_due(source(every="2h"), "UTC", NOON + timedelta(days=9), NOON) == NOON + timedelta(hours=2)


def test_without_a_schedule_a_source_is_checked_every_six_hours() -> None:
    assert next_due(source(), "UTC", NOON, NOON) == NOON + timedelta(hours=6)


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("0 9 * * 1", "mon"),
        ("0 9 * * 0", "sun"),
        ("0 9 * * 7", "sun"),
        ("0 9 * * MON,3", "mon wed"),
        ("0 9 * * 0-2", "mon tue sun"),
        ("0 9 * * fri-sun", "fri sat sun"),
        ("0 9 * * */2", "tue thu sat sun"),
        ("0 9 * * 0-6/2", "tue thu sat sun"),
        ("0 9 * * 1-6/2", "mon wed fri"),
    ],
)
def test_the_day_of_the_week_means_what_cron_means(line: str, days: str) -> None:
    begin = datetime(2026, 3, 1, 12, tzinfo=UTC)  # a Sunday
    found = days_of(cron_line(line), "UTC", begin, begin + timedelta(days=7))
    assert " ".join(day.strftime("%a").lower() for day in found) == days


def test_with_both_days_named_either_one_fires() -> None:
    begin = datetime(2026, 4, 10, tzinfo=UTC)
    found = days_of(cron_line("0 7 15 * fri"), "UTC", begin, begin + timedelta(days=14))
    assert [day.day for day in found] == [10, 15, 17]


def test_a_star_with_a_step_counts_as_no_day_named_as_in_every_cron() -> None:
    begin = datetime(2026, 4, 1, tzinfo=UTC)
    found = days_of(cron_line("0 7 */10 * fri"), "UTC", begin, begin + timedelta(days=60))
    assert [(day.month, day.day) for day in found] == [(5, 1)]


@pytest.mark.parametrize(
    "line", ["0 9 * *", "61 9 * * *", "0 9 * * 8", "0 9 * * someday", "", "0 9 * * 1#1/2", "0 9 * 13 *"]
)
def test_a_line_that_is_no_cron_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"cron line"):
        cron_line(line)


@pytest.mark.parametrize("line", ["15 4 31 4,9 *", "0 0 30 feb *", "0 6 31 11 */2"])
def test_a_line_that_never_comes_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="never comes"):
        cron_line(line)


@pytest.mark.parametrize("line", ["0 6 29 2 *", "0 6 31 4,5 *", "0 6 30 2 mon", "0 6 L 2 *"])
def test_a_line_that_comes_rarely_is_accepted(line: str) -> None:
    assert cron_after(cron_line(line), "UTC", NOON) > NOON


@pytest.mark.parametrize("zone", [NEW_YORK, "Europe/London", "Australia/Lord_Howe", "America/Santiago"])
def test_a_line_with_stars_goes_on_at_its_pace_whatever_the_clock_does(zone: str) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    found = days_of("*/30 * * * *", zone, begin, begin + timedelta(days=365))
    assert len(found) == 365 * 48 - 1
    gaps = {after - before for before, after in pairwise(day.astimezone(UTC) for day in found)}
    assert gaps == {timedelta(minutes=30)}


def test_a_line_of_two_hours_fires_once_each_in_the_repeated_hour() -> None:
    begin = datetime(2026, 11, 1, 0, 0, tzinfo=ZoneInfo(NEW_YORK))
    found = days_of("20 1,13 * * *", NEW_YORK, begin, begin + timedelta(hours=23))
    assert [day.hour for day in found] == [1, 13]


def days_of(cron: str, zone: str, begin: datetime, end: datetime) -> list[datetime]:
    found, moment = [], begin
    while (moment := cron_after(cron, zone, moment)) < end:
        found.append(moment.astimezone(ZoneInfo(zone)))
    return found


@pytest.mark.parametrize(
    ("zone", "month"), [(NEW_YORK, 3), (NEW_YORK, 11), ("Europe/London", 3), ("Europe/London", 10)]
)
@pytest.mark.parametrize("hour", [0, 1, 8])
def test_a_daily_line_fires_once_a_day_through_daylight_saving(zone: str, month: int, hour: int) -> None:
    begin = datetime(2026, month, 1, 0, 0, tzinfo=ZoneInfo(zone)) - timedelta(seconds=1)
    days = [found.date() for found in days_of(f"30 {hour} * * *", zone, begin, begin + timedelta(days=28))]
    assert len(days) == len(set(days)) == 28


def test_a_half_hourly_line_fires_in_the_repeated_hour_too() -> None:
    begin = datetime(2026, 11, 1, 0, 45, tzinfo=ZoneInfo(NEW_YORK))
    found = days_of("*/30 * * * *", NEW_YORK, begin, begin.astimezone(UTC) + timedelta(hours=3))
    assert [f.astimezone(UTC).strftime("%H:%M") for f in found] == [
        "05:00",
        "05:30",
        "06:00",
        "06:30",
        "07:00",
        "07:30",
    ]


def test_a_line_every_six_hours_misses_no_midnight_after_the_short_day_of_spring() -> None:
    begin = datetime(2026, 3, 8, 12, tzinfo=ZoneInfo(NEW_YORK))
    found = days_of("0 */6 * * *", NEW_YORK, begin, begin + timedelta(days=1))
    assert [f.hour for f in found] == [18, 0, 6]


def test_a_time_that_spring_leaves_out_fires_an_hour_later() -> None:
    begin = datetime(2026, 3, 8, 0, 0, tzinfo=ZoneInfo(NEW_YORK))
    assert cron_after("30 2 * * *", NEW_YORK, begin).astimezone(UTC).strftime("%H:%M") == "07:30"


def test_a_digest_made_in_the_repeated_hour_is_next_due_the_day_after() -> None:
    made = datetime(2026, 11, 1, 1, 15, tzinfo=ZoneInfo(NEW_YORK), fold=1)
    assert cron_after("30 1 * * *", NEW_YORK, made).date().isoformat() == "2026-11-02"


def test_a_leap_day_is_a_day_like_any_other() -> None:
    begin = datetime(2028, 2, 28, 12, tzinfo=UTC)
    assert cron_after("0 8 * * *", "UTC", begin) == datetime(2028, 2, 29, 8, tzinfo=UTC)


def test_retries_wait_longer_each_time_and_never_longer_than_the_interval() -> None:
    waits = [retry_after(source(every="1h"), troubles, None) for troubles in range(1, 9)]
    assert waits[:3] == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    assert waits[-1] == timedelta(hours=1)
    assert retry_after(source(every="1h"), 1, 7200.0) == timedelta(hours=2)


def test_the_scheduler_gets_a_little_jitter_and_the_zone() -> None:
    assert trigger(source(every="2h"), NEW_YORK).jitter == 60
    at_six = trigger(source(cron="30 6 * * *"), NEW_YORK)
    assert at_six.get_next_fire_time(None, NOON) == datetime(2026, 3, 3, 11, 30, tzinfo=UTC)
    assert at_six.get_next_fire_time(NOON, NOON) == datetime(2026, 3, 3, 11, 30, tzinfo=UTC)
