"""Which of two looks is the older one is known without asking a clock."""

from datetime import timedelta

import pytest

from monitor.changes.apply import settle
from monitor.crawl.context import Context
from monitor.crawl.observe import Observation, Observer
from monitor.domain.settings import SourceSettings
from monitor.domain.types import ChangeKind, Outcome
from monitor.store.sources import known_source
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite
from service.readmodel.status import settled_as_data
from tests.checking import Checker
from tests.schemas.build import add_report


def look(checker: Checker, url: str) -> Observation:
    with checker.database.read() as session:
        known = known_source(session, "source")
    settings = SourceSettings(url=url, allow_private=True)
    context = Context("source", settings, known, checker.database.read, checker.fetcher, checker.clock)
    return Observer(context).observe()


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
        settled = settle(session, stale)
    assert settled.outcome is Outcome.SUPERSEDED
    assert settled_as_data([settled])[0]["outcome"] == "superseded"
    assert "another check of this source finished first" in settled.reasons[0]
    assert [change.kind for change in checker.changes()] == [ChangeKind.NEW_REPORT]


def test_a_clock_that_is_set_back_keeps_no_change_waiting(site: ReplicaSite, checker: Checker) -> None:
    url = site.url(LISTING_PATH)
    checker.check(url)
    checker.clock.advance(timedelta(days=-30))
    add_report(site, "OIG-26-90", "Facial Recognition at Ports")
    assert len(checker.check(url).change_ids) == 1
