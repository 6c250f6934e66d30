"""Which of two looks is the older one is known without asking a clock."""

from datetime import timedelta

import pytest

from monitor.changes.apply import settle
from monitor.crawl.observe import Observation, Observer
from monitor.domain.settings import SourceSettings
from monitor.domain.types import ChangeKind
from monitor.store.sources import known_source
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite
from tests.checking import Checker
from tests.schemas.build import add_report


def look(checker: Checker, url: str) -> Observation:
    with checker.database.read() as session:
        known = known_source(session, "source")
    settings = SourceSettings(url=url, allow_private=True)
    return Observer(
        "source", settings, known, checker.database.read, checker.fetcher, checker.clock
    ).observe()


@pytest.mark.parametrize("skew", [timedelta(milliseconds=-50), timedelta(hours=-3), timedelta(hours=3)])
def test_a_stale_look_is_dropped_though_the_other_process_has_another_clock(
    skew: timedelta, site: ReplicaSite, checker: Checker
) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    stale = look(checker, url)
    add_report(site, "OIG-26-90", "Facial Recognition at Ports")
    checker.clock.advance(skew)
    checker.check(url)
    with checker.database.write() as session:
        assert settle(session, stale).reasons == ("another check was quicker",)
    assert [change.kind for change in checker.changes()] == [ChangeKind.NEW_REPORT]


def test_a_clock_that_is_set_back_keeps_no_change_waiting(site: ReplicaSite, checker: Checker) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    checker.clock.advance(timedelta(days=-30))
    add_report(site, "OIG-26-90", "Facial Recognition at Ports")
    assert len(checker.check(url).change_ids) == 1
