"""An outage of a host is one story for the operator, however many sources read from it; none is left out."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.domain.types import Outcome
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite, access_denied, not_found, server_error
from service.demo.fakes.replica.trouble import Trouble
from service.runtime.app import Watch
from service.runtime.checks import check_source
from tests.clock import FrozenClock

MANY = 14
OPERATOR = "ops@example.org"


@pytest.fixture
def names(watch_file: Path, site: ReplicaSite) -> list[str]:
    """Give the keys of many sources on one host, each at an address of its own."""
    text, keys = watch_file.read_text(), [f"list-{number:02}" for number in range(MANY)]
    common = "profile: dhs-oig, delay: 1s, allow_private: true"
    more = "".join(f'  {key}: {{url: "{site.url(LISTING_PATH)}?list={key}", {common}}}\n' for key in keys)
    watch_file.write_text(text.replace("channels:\n", f"{more}channels:\n"))
    return keys


@pytest.fixture
def turn(site: ReplicaSite, clock: FrozenClock) -> Callable[..., list[Outcome]]:
    """Give what checks some sources one after the other, delivering after each, and lets time go by."""

    def check(watch: Watch, keys: list[str], fault: Trouble | None, hours: float = 2) -> list[Outcome]:
        site.faults.clear()
        if fault:
            site.faults[LISTING_PATH] = fault
        outcomes = []
        for key in keys:
            outcomes.append(check_source(watch, key).outcome)
            watch.deliver()
        clock.advance(timedelta(hours=hours))
        watch.deliver()
        return outcomes

    return check


def mails(mail_server: MailServer) -> list[tuple[str, str]]:
    found = []
    for mail in mail_server.sent_to(OPERATOR):
        body = mail.message.get_body(("plain",))
        assert body is not None
        found.append((str(mail.message["Subject"]), " ".join(body.get_content().split())))
    return found


Turn = Callable[..., list[Outcome]]


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_many_sources_that_fail_on_one_host_are_one_notice_and_one_recovery(
    names: list[str], make_watch: Callable[[], Watch], turn: Turn, mail_server: MailServer, site: ReplicaSite
) -> None:
    watch = make_watch()
    for _ in range(4):
        assert set(turn(watch, names, server_error())) == {Outcome.FAILED}
    turn(watch, names, None)
    turn(watch, names, None)
    (trouble, said), (recovery, healed) = mails(mail_server)
    host = site.url("").removeprefix("http://").rstrip("/")
    assert trouble == f"{host}: 14 sources cannot be read as usual"
    assert "answered 500" in said
    assert "list-00, list-01" in said
    assert "and 2 more" in said, "a list that nobody reads is shortened"
    assert recovery == f"{host}: 14 sources can be read again"
    assert "and 2 more" in healed


def test_a_source_that_joins_an_outage_later_is_gathered_with_the_others_that_do(
    names: list[str], make_watch: Callable[[], Watch], turn: Turn, mail_server: MailServer
) -> None:
    watch, first, later = make_watch(), names[:5], names[5:]
    for _ in range(3):
        turn(watch, first, server_error())
    for _ in range(3):
        turn(watch, later, server_error(), hours=0.1)
    assert [subject.partition(": ")[2] for subject, _ in mails(mail_server)] == [
        "5 sources cannot be read as usual"
    ]
    turn(watch, [], server_error(), hours=1)
    (_, (subject, said)) = mails(mail_server)
    assert subject.endswith("9 sources cannot be read as usual")
    assert "list-05, list-06" in said
    assert "list-00" not in said


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_another_reason_on_the_same_host_is_a_notice_of_its_own(
    names: list[str], make_watch: Callable[[], Watch], turn: Turn, mail_server: MailServer
) -> None:
    watch = make_watch()
    for _ in range(3):
        turn(watch, names[:2], server_error())
    for _ in range(3):
        turn(watch, names[2:4], not_found())
    (_, first), (_, second) = mails(mail_server)
    assert "answered 500" in first
    assert "answered 404" in second
    assert "list-02, list-03" in second


def test_a_source_that_fails_again_within_the_outage_is_reported_again(
    names: list[str], make_watch: Callable[[], Watch], turn: Turn, mail_server: MailServer
) -> None:
    watch, both = make_watch(), names[:2]
    for _ in range(3):
        turn(watch, both, server_error())
    turn(watch, names[:1], None)
    for _ in range(3):
        turn(watch, both, server_error())
    turn(watch, both, None)
    subjects = [subject.partition(": ")[2] or subject for subject, _ in mails(mail_server)]
    assert subjects == [
        "2 sources cannot be read as usual",
        "list-00 can be read again",
        "list-00 cannot be read as usual",
        "2 sources can be read again",
    ]


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_a_source_that_heals_before_it_is_reported_is_not_reported_as_failing(
    names: list[str], make_watch: Callable[[], Watch], turn: Turn, mail_server: MailServer
) -> None:
    watch, first, later = make_watch(), names[:2], names[2:4]
    for _ in range(3):
        turn(watch, first, server_error())
    for _ in range(3):
        turn(watch, later, server_error(), hours=0.1)
    turn(watch, [*first, *later], None)
    subjects = [subject.partition(": ")[2] for subject, _ in mails(mail_server)]
    assert subjects == ["2 sources cannot be read as usual", "4 sources can be read again"]


def test_what_is_gathered_holds_no_other_notice_back(
    names: list[str], make_watch: Callable[[], Watch], turn: Turn, mail_server: MailServer
) -> None:
    watch = make_watch()
    for _ in range(3):
        turn(watch, names[:2], server_error())
    for _ in range(3):
        turn(watch, names[2:4], server_error(), hours=0.1)
    for _ in range(3):
        turn(watch, names[4:5], not_found(), hours=0.1)
    assert [subject for subject, _ in mails(mail_server)][1:] == ["list-04 cannot be read as usual"]


def test_a_recovery_before_the_third_failure_of_a_source_that_was_named_completes_the_story(
    names: list[str], make_watch: Callable[[], Watch], turn: Turn, mail_server: MailServer
) -> None:
    watch, told, named = make_watch(), names[:1], names[1:2]
    for _ in range(2):
        turn(watch, told, server_error())
    turn(watch, named, server_error())
    turn(watch, told, server_error())
    assert mails(mail_server)[0][0].endswith(": 2 sources cannot be read as usual")
    turn(watch, told, None, hours=0.1)
    turn(watch, named, None, hours=0.1)
    assert [subject.partition(": ")[2] for subject, _ in mails(mail_server)][1:] == [
        "2 sources can be read again"
    ]


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_a_refusal_of_many_sources_is_one_notice_and_its_end_one(
    names: list[str], make_watch: Callable[[], Watch], turn: Turn, mail_server: MailServer
) -> None:
    watch = make_watch()
    for _ in range(30):
        turn(watch, names[:4], access_denied(403))
    turn(watch, names[:4], None)
    (refused, _), (healed, _) = mails(mail_server)
    assert "blocks automated requests" in refused
    assert healed.endswith(": 4 sources can be read again")


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_a_transient_failure_is_reported_neither_at_its_start_nor_at_its_end(
    names: list[str], make_watch: Callable[[], Watch], turn: Turn, mail_server: MailServer
) -> None:
    watch = make_watch()
    for _ in range(3):
        turn(watch, names, server_error())
        turn(watch, names, None)
    assert mails(mail_server) == []
