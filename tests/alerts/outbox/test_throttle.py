"""Quiet hours, rates and waits, above all on the days on which clocks are turned."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.domain.settings import ChannelSettings
from alerts.outbox.throttle import backoff, quiet_until, rate_until, wait_after_failure

NEW_YORK = ZoneInfo("America/New_York")
LONDON = ZoneInfo("Europe/London")


def channel(**fields: str) -> ChannelSettings:
    return ChannelSettings.model_validate({"to": "json://localhost", **fields})


def at(text: str, zone: ZoneInfo = NEW_YORK, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-02T21:59", None),
        ("2026-03-02T22:00", "2026-03-03T07:00"),
        ("2026-03-02T23:59", "2026-03-03T07:00"),
        ("2026-03-03T00:00", "2026-03-03T07:00"),
        ("2026-03-03T06:59", "2026-03-03T07:00"),
        ("2026-03-03T07:00", None),
    ],
)
def test_quiet_hours_over_midnight_end_in_the_morning(now: str, until: str | None) -> None:
    assert quiet_until(channel(quiet="22:00-07:00"), NEW_YORK, at(now)) == (until and at(until))


@pytest.mark.parametrize(("now", "until"), [("08:59", None), ("09:00", "17:00"), ("17:00", None)])
def test_quiet_hours_within_a_day_end_on_it(now: str, until: str | None) -> None:
    expected = until and at(f"2026-03-02T{until}")
    assert quiet_until(channel(quiet="09:00-17:00"), NEW_YORK, at(f"2026-03-02T{now}")) == expected


@pytest.mark.parametrize(
    ("zone", "evening", "hours"),
    [
        (NEW_YORK, "2026-03-07T22:00", 8),  # clocks go forward in the night
        (NEW_YORK, "2026-10-31T22:00", 10),  # and back
        (LONDON, "2026-03-28T22:00", 8),
        (LONDON, "2026-10-24T22:00", 10),
    ],
)
def test_the_night_in_which_clocks_are_turned_is_quiet_by_the_wall_clock(
    zone: ZoneInfo, evening: str, hours: int
) -> None:
    settings, begin = channel(quiet="22:00-07:00"), at(evening, zone)

    end = quiet_until(settings, zone, begin)

    assert end == begin + timedelta(hours=hours)
    assert end.astimezone(zone).hour == 7
    assert quiet_until(settings, zone, end) is None
    assert quiet_until(settings, zone, end - timedelta(minutes=1)) == end


def test_quiet_hours_that_end_in_the_repeated_hour_end_with_its_second_turn() -> None:
    settings = channel(quiet="22:00-01:30")

    for fold in (0, 1):
        now = at("2026-11-01T01:10", fold=fold)
        assert quiet_until(settings, NEW_YORK, now) == at("2026-11-01T01:30", fold=1)
    assert quiet_until(settings, NEW_YORK, at("2026-11-01T01:30", fold=1)) is None


def test_quiet_hours_that_end_in_the_skipped_hour_never_end_early() -> None:
    settings = channel(quiet="22:00-02:30")

    until = quiet_until(settings, NEW_YORK, at("2026-03-08T01:45"))

    assert until == at("2026-03-08T03:30")


def test_without_quiet_hours_messages_may_always_go() -> None:
    assert quiet_until(channel(), NEW_YORK, at("2026-03-02T22:00")) is None


def test_a_rate_counts_only_what_was_taken_within_its_window() -> None:
    now = at("2026-03-02T12:00")
    minutes_ago = [now - timedelta(minutes=minutes) for minutes in (5, 61, 30, 10)]

    assert rate_until(channel(at_most="4/hour"), minutes_ago, now) is None
    assert rate_until(channel(at_most="3/hour"), minutes_ago, now) == now + timedelta(minutes=30)
    assert rate_until(channel(at_most="2/hour"), minutes_ago, now) == now + timedelta(minutes=50)
    assert rate_until(channel(), minutes_ago, now) is None


def test_waits_double_from_thirty_seconds_to_an_hour() -> None:
    waits = [backoff(attempts, lambda: 1.0).total_seconds() for attempts in (1, 2, 3, 7, 8, 9, 5_000)]
    assert waits == [30, 60, 120, 1920, 3600, 3600, 3600]


def test_chance_spares_up_to_half_of_a_wait() -> None:
    assert backoff(1, lambda: 0.0) == timedelta(seconds=15)


def test_a_wait_is_never_shorter_than_the_channel_asked_for_up_to_a_day() -> None:
    assert wait_after_failure(1, lambda: 0.0, 90) == timedelta(seconds=90)
    assert wait_after_failure(8, lambda: 1.0, 90) == timedelta(hours=1)
    assert wait_after_failure(1, lambda: 1.0, -5) == timedelta(seconds=30)
    assert wait_after_failure(1, lambda: 1.0, 1e9) == timedelta(days=1)
