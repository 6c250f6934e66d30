"""An outage of the database is said once when it begins and once when it ends."""

from datetime import timedelta

import pytest

from monitor.domain.errors import StoreAway
from service.runtime.lifecycle import Outage
from tests.clock import FrozenClock


def test_work_that_notices_an_outage_late_does_not_make_it_two(caplog: pytest.LogCaptureFixture) -> None:
    clock = FrozenClock()
    outage, away = Outage(clock), StoreAway("it cannot be reached")
    with caplog.at_level("INFO"):
        for step in (0, 1, 1):
            clock.advance(timedelta(seconds=step))
            outage.met(away)
        outage.over()
        clock.advance(timedelta(seconds=2))
        outage.met(away)  # by what had begun before
        outage.over()
        assert [record.message.split()[0] for record in caplog.records] == ["database_away", "database_back"]
        clock.advance(timedelta(seconds=4))
        outage.met(away)
    assert [record.message.split()[0] for record in caplog.records[2:]] == ["database_away"]
