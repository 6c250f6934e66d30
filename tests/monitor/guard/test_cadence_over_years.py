"""Schedules over long times: as many checks as were asked for, whatever clock, zone and restarts do."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from monitor.domain.schedule import cron_after, next_due, trigger
from monitor.domain.settings import SourceSettings

START = datetime(2026, 1, 1, tzinfo=UTC)
THREE_YEARS = timedelta(days=3 * 365)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize(
    ("line", "days"),
    [("30 6 * * *", range(7)), ("0 2 * * *", range(7)), ("15 1 * * mon", [0]), ("0 0 * * mon-fri", range(5))],
)
def test_a_daily_or_weekly_line_fires_once_on_each_of_its_days_for_three_years(
    line: str, days: range | list[int], zone: str
) -> None:
    local = ZoneInfo(zone)
    fired, moment = [], cron_after(line, zone, START)
    while moment < START + THREE_YEARS:
        fired.append(moment.astimezone(local).date())
        moment = cron_after(line, zone, moment)
    first, last = fired[0], fired[-1]
    every_day = (first + timedelta(days=n) for n in range((last - first).days + 1))
    assert fired == [day for day in every_day if day.weekday() in days]


@pytest.mark.parametrize("seed", range(5))
def test_no_poll_is_skipped_or_doubled_though_every_run_starts_and_ends_a_little_late(seed: int) -> None:
    source = SourceSettings(url="https://example.org", every="10m")
    chance, found = random.Random(seed), trigger(source, "UTC")
    now, fired = START, [START]
    while now < START + timedelta(days=20):
        now = fired[-1] + timedelta(seconds=chance.uniform(0, 200))  # the tick, then the run itself
        fired.append(found.get_next_fire_time(fired[-1], now))
    gaps = [later - earlier for earlier, later in pairwise(fired)]
    # The jitter lengthens a gap by a twentieth at most; a skipped poll would double it.
    assert timedelta(minutes=10) <= min(gaps)
    assert max(gaps) <= timedelta(minutes=10.5)


@pytest.mark.parametrize("seed", range(5))
def test_restarts_at_any_moment_neither_skip_a_check_nor_make_one_more(seed: int) -> None:
    source = SourceSettings(url="https://example.org", every="2h")
    chance = random.Random(seed)
    now, checks = START, [START]
    while now < START + timedelta(days=60):
        due = next_due(source, "UTC", checks[-1], now)
        stopped_at = now + timedelta(minutes=chance.uniform(1, 300))
        if due <= stopped_at:
            checks.append(due)
            now = due
        else:
            now = stopped_at
    gaps = [later - earlier for earlier, later in pairwise(checks)]
    assert min(gaps) == max(gaps) == timedelta(hours=2)


@pytest.mark.parametrize("asleep", [timedelta(hours=3), timedelta(days=3), timedelta(days=300)])
def test_after_a_sleep_of_any_length_one_check_makes_up_for_all(asleep: timedelta) -> None:
    for source in (
        SourceSettings(url="https://example.org", every="1h"),
        SourceSettings(url="https://example.org", cron="0 * * * *"),
    ):
        woken = START + asleep
        assert next_due(source, "UTC", START, woken) == woken
        assert next_due(source, "UTC", woken, woken) > woken
