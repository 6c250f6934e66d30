"""Trouble reaches a person: also without an operator channel, and never as a heap of messages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.changes.apply import Health
from monitor.domain.types import Outcome
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import (
    AGENCY_PATH,
    LISTING_PATH,
    ReplicaSite,
    access_denied,
    rewritten,
    server_error,
)
from service.demo.fakes.replica.trouble import Trouble
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.notices import trouble_notice
from tests.clock import FrozenClock
from tests.guarantees.test_pages_in_trouble import of_other_years


def subjects(watch: Watch, mail_server: MailServer, address: str) -> list[str]:
    watch.deliver()
    return [str(mail.message["Subject"]) for mail in mail_server.sent_to(address)]


def text_of(mail_server: MailServer, address: str, number: int) -> str:
    text = mail_server.sent_to(address)[number].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    return " ".join(text.split())


@pytest.fixture
def no_operator(watch_file: Path, make_watch: Callable[[], Watch]) -> Watch:
    lines = watch_file.read_text().splitlines(keepends=True)
    watch_file.write_text("".join(line for line in lines if not line.startswith("  ops:")))
    return make_watch()


def test_without_an_operator_channel_trouble_goes_to_all_channels_once_a_day(
    no_operator: Watch, site: ReplicaSite, clock: FrozenClock, mail_server: MailServer
) -> None:
    watch = no_operator
    check_source(watch, "audits")
    site.faults[LISTING_PATH] = server_error()
    clock.advance(timedelta(hours=12))
    for _ in range(24):
        clock.advance(timedelta(hours=2))
        assert check_source(watch, "audits").outcome is Outcome.FAILED
    found = subjects(watch, mail_server, "desk@example.org")
    assert set(found) == {"1 source cannot be read as usual"}
    assert len(found) in (2, 3), "48 hours touch two or three days"
    text = text_of(mail_server, "desk@example.org", 0)
    assert "audits, since" in text
    assert "no channel in the watch file has" in text
    del site.faults[LISTING_PATH]
    for _ in range(24):
        clock.advance(timedelta(hours=2))
        check_source(watch, "audits")
    assert subjects(watch, mail_server, "desk@example.org") == [*found, "audits can be read again"]


def test_without_an_operator_channel_ends_of_trouble_are_one_notice_where_it_was_heard_of(
    no_operator: Watch, site: ReplicaSite, clock: FrozenClock, mail_server: MailServer
) -> None:
    paths = {"audits": LISTING_PATH, "gao": AGENCY_PATH}

    def check(*keys: str) -> list[str]:
        for key in keys:
            check_source(no_operator, key)
        clock.advance(timedelta(minutes=20))
        return subjects(no_operator, mail_server, "desk@example.org")

    check(*paths)
    site.faults.update(dict.fromkeys(paths.values(), server_error()))
    for _ in range(3):
        found = check("audits")
    for _ in range(3):
        assert check("gao") == found, "told once a day"
    del site.faults[AGENCY_PATH]
    assert check("gao") == found, "nobody had heard of it"

    site.faults[AGENCY_PATH] = server_error()
    for _ in range(3):
        check("gao")
    clock.advance(timedelta(days=1))
    found = check("gao")
    site.faults.clear()
    assert check("gao") == found
    assert check("audits") == [*found, "2 sources can be read again"]


def test_a_check_that_meets_many_unknown_statuses_sends_one_notice_with_a_list(
    watch: Watch, site: ReplicaSite, clock: FrozenClock, mail_server: MailServer
) -> None:
    check_source(watch, "gao")
    before = subjects(watch, mail_server, "ops@example.org")
    for number, row in enumerate(site.recommendations[:3]):
        row["status_text"] = f"Open – With Panel {number}"
    for _ in range(3):
        clock.advance(timedelta(hours=2))
        check_source(watch, "gao")
    (subject,) = subjects(watch, mail_server, "ops@example.org")[len(before) :]
    assert subject == "gao: 3 statuses not seen before"
    text = text_of(mail_server, "ops@example.org", -1)
    assert all(f"Open – With Panel {number}" in text for number in range(3))
    site.recommendations[4]["status_text"] = "Open – With Panel 9"
    clock.advance(timedelta(hours=2))
    check_source(watch, "gao")
    last = subjects(watch, mail_server, "ops@example.org")[-1]
    assert last == "gao: a status not seen before: 'Open – With Panel 9'"


def test_patterns_that_take_too_long_are_one_notice(
    watch_file: Path,
    make_watch: Callable[[], Watch],
    site: ReplicaSite,
    clock: FrozenClock,
    mail_server: MailServer,
) -> None:
    slow = "".join(f"  slow-{n}: {{match: {{any: ['/^(.*?,){{30}}P{n}/']}}}}\n" for n in range(3))
    watch_file.write_text(watch_file.read_text().replace("topics:\n", f"topics:\n{slow}"))
    watch = make_watch()
    check_source(watch, "audits")
    before = subjects(watch, mail_server, "ops@example.org")
    for number in ("OIG-26-90", "OIG-26-91"):
        slow_title = "," * 3 + "1,2,3,4,5,6,7,8,9,10,11,12," * 30
        site.reports.insert(0, {**site.reports[0], "report_number": number, "title": slow_title})
        clock.advance(timedelta(hours=2))
        check_source(watch, "audits")
    assert subjects(watch, mail_server, "ops@example.org")[len(before) :] == ["3 patterns take too long"]
    text = text_of(mail_server, "ops@example.org", -1)
    assert "'/^(.*?,){30}P2/' of slow-2" in text


@pytest.mark.parametrize(
    ("fault", "helps", "drafts"),
    [
        (server_error(), False, False),
        (access_denied(200), False, True),
        (rewritten(lambda _page: "<html><body><h1>Our reports moved</h1></body></html>"), False, True),
        (rewritten(of_other_years), True, False),
    ],
    ids=["no page", "an error page", "nothing can be read", "another list"],
)
def test_a_notice_names_accept_only_where_it_would_be_taken_and_else_how_to_draft_a_profile(
    fault: Trouble,
    helps: bool,
    drafts: bool,
    watch: Watch,
    site: ReplicaSite,
    clock: FrozenClock,
    mail_server: MailServer,
) -> None:
    check_source(watch, "audits")
    site.faults[LISTING_PATH] = fault
    for _ in range(3):
        clock.advance(timedelta(hours=6))
        check_source(watch, "audits")
    watch.deliver()
    text = text_of(mail_server, "ops@example.org", 0)
    assert f"Look at the page: {site.url(LISTING_PATH)}" in text
    assert ("oversight-watch check audits --accept" in text) is helps
    assert (f"oversight-watch sources new {site.url(LISTING_PATH)}" in " ".join(text.split())) is drafts
    clock.advance(timedelta(hours=6))
    taken = check_source(watch, "audits", accept=True).outcome
    assert (taken not in (Outcome.FAILED, Outcome.QUARANTINED)) is helps


def test_links_that_move_on_every_row_are_one_notice_to_the_operator_and_none_to_readers(
    watch: Watch, site: ReplicaSite, clock: FrozenClock, mail_server: MailServer
) -> None:
    check_source(watch, "audits")
    for row in site.reports:
        row["href"] = f"/new-place/{row['report_number']}.pdf"
    for _ in range(2):
        clock.advance(timedelta(hours=2))
        assert check_source(watch, "audits").change_ids == ()
    assert subjects(watch, mail_server, "ops@example.org") == ["audits: many records changed at once"]
    assert "50 records changed their link in the same way" in text_of(mail_server, "ops@example.org", 0)
    assert mail_server.sent_to("desk@example.org") == []


def test_an_address_at_the_start_of_a_reason_stays_as_it_is() -> None:
    reasons = ("https://www.example.gov/list answered 500", "no row could be read")
    health = Health("audits", False, datetime(2026, 3, 2, tzinfo=UTC), 3, reasons)
    _, lines = trouble_notice("www.example.gov", ["audits"], health, "https://www.example.gov/list", UTC)
    assert lines[:2] == ["https://www.example.gov/list answered 500.", "No row could be read."]
