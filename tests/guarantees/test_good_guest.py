"""A site that refuses, is overworked, or has been asked often enough: left alone, and told of once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.channels.services import check_url
from monitor.domain.types import Outcome
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from monitor.profiles.registry import PROFILES
from service.database.database import Database
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite, access_denied, unavailable
from service.runtime.app import Watch, hosts_of
from service.runtime.checks import check_source
from service.watchfile.load import load
from tests.clock import FrozenClock
from tests.service.commands import run

LISTING = "/reports/audits-inspections-and-evaluations"
AGENCY = "/agencies/united-states-customs-and-border-protection"
Start = Callable[[], Watch]


@pytest.fixture
def start(watch_file: Path, clock: FrozenClock, database: Database) -> Iterator[Start]:
    """Give what starts the watch anew, as a restart would; its waiting moves the clock."""

    def seconds() -> float:
        return clock.now.timestamp()

    def sleep(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    with make_client("watch@example.org", "1.0") as client:

        def make() -> Watch:
            settings = load(watch_file, {}, check_url=check_url, profiles=PROFILES)
            politeness = Politeness(seconds, sleep, hosts_of(settings, database, clock))
            return Watch.of(settings, database, Fetcher(client, clock, politeness), clock)

        yield make


def told(watch: Watch, mail_server: MailServer) -> list[str]:
    """Give the subjects of what the operator has been sent so far."""
    watch.deliver()
    return [str(mail.message["Subject"]) for mail in mail_server.sent_to("ops@example.org")]


def refuse_by_robots(site: ReplicaSite) -> None:
    site.robots = "User-agent: *\nDisallow: /\n"


def refuse_by_status(site: ReplicaSite) -> None:
    site.faults.update({LISTING: access_denied(403), AGENCY: access_denied(403)})


@pytest.mark.parametrize("refuse", [refuse_by_robots, refuse_by_status])
def test_a_site_that_refuses_programs_is_told_of_once_with_what_else_works(
    site: ReplicaSite,
    start: Start,
    clock: FrozenClock,
    mail_server: MailServer,
    refuse: Callable[[ReplicaSite], None],
) -> None:
    watch = start()
    refuse(site)
    for _ in range(7):
        for key in ("audits", "gao"):
            assert check_source(watch, key).outcome is Outcome.FAILED
        clock.advance(timedelta(hours=6))
    (subject,) = told(watch, mail_server)
    assert subject.endswith("blocks automated requests: audits cannot be read")
    text = mail_server.sent_to("ops@example.org")[0].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    for word in ("audits, gao", "feed or CSV export", "saved by hand", "evade a block"):
        assert " ".join(text.split()).count(word) == 1
    # A browser keeps to robots.txt too.
    assert ("browser extra" in text) is (refuse is refuse_by_status)


def test_a_refusal_is_told_again_only_after_it_has_worked_in_between(
    site: ReplicaSite, start: Start, clock: FrozenClock, mail_server: MailServer
) -> None:
    watch = start()
    for _ in range(2):
        for _ in range(4):
            site.faults[LISTING] = access_denied(403)
            check_source(watch, "audits")
            clock.advance(timedelta(hours=6))
        site.faults.clear()
        check_source(watch, "audits")
        clock.advance(timedelta(hours=6))
    subjects = told(watch, mail_server)
    assert ["blocks" in subject for subject in subjects] == [True, False, True, False]
    assert subjects[1] == "audits can be read again"


def test_a_site_that_asks_to_be_left_alone_is_by_all_its_sources_even_after_a_restart(
    site: ReplicaSite, start: Start, clock: FrozenClock, mail_server: MailServer
) -> None:
    site.faults[LISTING] = unavailable(3600)
    assert check_source(start(), "audits").outcome is Outcome.FAILED
    asked = len(site.requests)
    for _ in range(5):
        settled = check_source(start(), "gao")
        assert settled.outcome is Outcome.WAITING
        assert settled.retryable
        clock.advance(timedelta(minutes=10))
    assert len(site.requests) == asked
    clock.advance(timedelta(minutes=15))
    assert check_source(start(), "gao").outcome is Outcome.BASELINE
    # Waiting is no trouble, so nobody is told of any.
    assert told(start(), mail_server) == []


def test_over_its_budget_a_host_waits_for_the_next_day_and_the_operator_hears_of_it_once_a_day(
    site: ReplicaSite, start: Start, clock: FrozenClock, mail_server: MailServer, watch_file: Path
) -> None:
    watch_file.write_text(f"requests_per_day: 6\n{watch_file.read_text()}")
    watch = start()
    outcomes = []
    for _ in range(4 * 24):
        outcomes.append(check_source(watch, "audits").outcome)
        clock.advance(timedelta(minutes=15))
    # It began at noon, so the hours of two days are in it; the first request was for robots.txt.
    assert len(site.requests) == 12
    assert outcomes.count(Outcome.WAITING) == 96 - 11
    subjects = told(watch, mail_server)
    assert [subject.partition(": ")[2] for subject in subjects] == ["daily request budget used up"] * 2


def test_status_tells_how_often_a_host_was_asked_today_and_until_when_it_is_left_alone(
    site: ReplicaSite, start: Start, watch_file: Path, tmp_path: Path
) -> None:
    watch_file.write_text(f"requests_per_day: {{default: 2000}}\n{watch_file.read_text()}")
    shown = run(tmp_path, "status").out
    assert "0 of 2,000 requests today" in " ".join(shown.split())


def test_without_a_contact_config_check_advises_one(watch_file: Path, tmp_path: Path) -> None:
    assert run(tmp_path, "config", "check").err == ""
    watch_file.write_text(watch_file.read_text().replace("contact: watch@example.org\n", ""))
    checked = run(tmp_path, "config", "check")
    assert checked.code == 0
    assert "set 'contact' to an e-mail address" in checked.err


def test_a_long_pause_that_a_site_asks_for_is_said_before_it_begins(site: ReplicaSite, start: Start) -> None:
    site.robots = "User-agent: *\nCrawl-delay: 7\n"
    watch, said = start(), []
    watch.fetcher.politeness.on_pause = lambda host, seconds: said.append((host, round(seconds)))
    check_source(watch, "audits")
    said.clear()
    check_source(watch, "gao")
    assert said[0] == (site.url("").removeprefix("http://").rstrip("/"), 7)
