"""A clock that stands still until it is moved by hand."""

from datetime import UTC, datetime, timedelta


class FrozenClock:
    """Gives the same aware UTC time at every call; `advance` moves it."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> datetime:
        """Move the clock and give the new time."""
        self.now += by
        return self.now
