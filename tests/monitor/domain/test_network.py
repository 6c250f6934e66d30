"""How long a server asks us to wait, however it says so."""

from datetime import UTC, datetime

import pytest

from monitor.domain.network import retry_after_seconds

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WEEK = 7 * 24 * 3600.0


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120", 120),
        (" 1.5 ", 1.5),
        (35, 35),
        (0.25, 0.25),
        ("0", 0),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60),
        ("Mon, 02 Mar 2026 12:01:00", 60),
        ("Mon, 02 Mar 2020 12:01:00 GMT", 0),
    ],
)
def test_a_wait_is_read_as_seconds_or_as_a_date(asked: str | float, seconds: float) -> None:
    assert retry_after_seconds(asked, NOW) == seconds


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120, 600", 600),
        ("600,120", 600),
        ("Mon, 02 Mar 2026 12:01:00 GMT, 30", 60),
        ("30, Mon, 02 Mar 2026 12:01:00 GMT", 60),
        ("Monday, 02-Mar-26 12:01:00 GMT, Mon, 02 Mar 2026 12:02:00 GMT", 120),
        ("soon, 120", 120),
        ("120, " + "9" * 20, WEEK),
        ("soon, later", None),
        (",", None),
    ],
)
def test_of_two_waits_the_longer_one_counts(asked: str, seconds: float | None) -> None:
    assert retry_after_seconds(asked, NOW) == seconds


@pytest.mark.parametrize("asked", ["9" * 20, "9" * 100, 10**400, 1e308, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_is_at_most_a_week(asked: str | float) -> None:
    assert retry_after_seconds(asked, NOW) == WEEK


@pytest.mark.parametrize(
    "asked",
    [
        None,
        "",
        "soon",
        "inf",
        "nan",
        "1e308",
        "-5",
        "٣",
        "9" * 5000,
        float("inf"),
        float("nan"),
        -1,
        "Mon, 02 Mar 2026 12:00:00 +99999999999999999999",
        "Mon, 02 Mar 99999999999999999999 12:00:00 GMT",
    ],
)
def test_nonsense_counts_as_nothing_said(asked: str | float | None) -> None:
    assert retry_after_seconds(asked, NOW) is None
