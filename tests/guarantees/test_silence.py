"""A source that goes silent is told to the operator once; a slow one is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite, unavailable
from service.runtime.app import Watch
from service.runtime.checks import check_source
from tests.clock import FrozenClock
from tests.guarantees.test_the_other_promises import add_report


def notices(server: MailServer) -> list[str]:
    subjects = [str(mail.message["Subject"]) for mail in server.sent_to("ops@example.org")]
    return [subject for subject in subjects if "silent" in subject]


def publish(site: ReplicaSite, watch: Watch, clock: FrozenClock, times: int, every: timedelta) -> None:
    check_source(watch, "audits")
    for n in range(times):
        clock.advance(every)
        add_report(site, f"OIG-26-{300 + n}")
        check_source(watch, "audits")


def wait(watch: Watch, clock: FrozenClock, days: int, every: int = 1) -> None:
    """Let so many days go by, with a check and its messages every so many."""
    for _ in range(days // every):
        clock.advance(timedelta(days=every))
        check_source(watch, "audits")
        watch.deliver()


def test_a_page_that_stands_still_for_three_times_its_usual_pause_is_told_once(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    publish(site, watch, clock, 6, timedelta(days=7))
    wait(watch, clock, 21)
    assert notices(mail_server) == []
    wait(watch, clock, 1)
    assert notices(mail_server) == ["audits has been silent for 22 days"]
    wait(watch, clock, 60, every=5)
    assert len(notices(mail_server)) == 1


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_a_restart_does_not_say_it_again(
    site: ReplicaSite,
    watch: Watch,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    mail_server: MailServer,
) -> None:
    publish(site, watch, clock, 6, timedelta(days=7))
    wait(watch, clock, 25, every=5)
    wait(make_watch(), clock, 5)
    assert len(notices(mail_server)) == 1


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_news_begin_a_new_silence(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    publish(site, watch, clock, 6, timedelta(days=7))
    wait(watch, clock, 25, every=5)
    add_report(site, "OIG-26-399")
    wait(watch, clock, 1)
    wait(watch, clock, 70, every=5)
    wait(watch, clock, 20, every=5)
    assert len(notices(mail_server)) == 2


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_a_daily_source_is_not_called_silent_within_two_weeks(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    publish(site, watch, clock, 6, timedelta(days=1))
    wait(watch, clock, 14)
    assert notices(mail_server) == []


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_a_source_of_which_little_is_known_is_not_called_silent(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    publish(site, watch, clock, 3, timedelta(days=7))
    wait(watch, clock, 100, every=5)
    assert notices(mail_server) == []


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_a_source_that_cannot_be_read_is_in_trouble_and_not_silent(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    publish(site, watch, clock, 6, timedelta(days=7))
    site.faults["/reports"] = unavailable()
    wait(watch, clock, 40, every=5)
    assert notices(mail_server) == []
