"""A topic that floods a reader becomes an hourly summary: nothing is left out; the operator hears once."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from alerts.domain.models import OutboxEntry, OutboxItem
from monitor.store.models import Change
from service.database.database import Database
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import Watch
from service.runtime.checks import check_source
from tests.clock import FrozenClock
from tests.guarantees.test_the_other_promises import add_report


@pytest.fixture
def flooded(watch_file: Path, make_watch: Callable[[], Watch]) -> Watch:
    """Give a watch whose topic may send three messages an hour to one recipient."""
    text = watch_file.read_text()
    watch_file.write_text(text.replace("everything: {", "everything: {at_most: 3/hour, "))
    watch = make_watch()
    check_source(watch, "audits")
    return watch


def news(site: ReplicaSite, watch: Watch, clock: FrozenClock, numbers: range) -> None:
    for n in numbers:
        clock.advance(timedelta(minutes=2))
        add_report(site, f"OIG-26-{n}")
        check_source(watch, "audits")
        watch.deliver()


def mails(server: MailServer, to: str = "desk@example.org") -> list[str]:
    return [str(mail.message["Subject"]) for mail in server.sent_to(to)]


def told(session: Session) -> dict[int, list[str]]:
    """Give, for each change, the kinds of message that hold it for the desk."""
    query = (
        select(OutboxEntry.change_id, OutboxItem.kind).join(OutboxItem).where(OutboxItem.channel == "desk")
    )
    found: dict[int, list[str]] = {}
    for change, kind in session.exec(query):
        found.setdefault(change, []).append(kind)
    return found


def test_what_comes_above_the_rate_is_gathered_and_sent_as_one_message(
    site: ReplicaSite, flooded: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    news(site, flooded, clock, range(100, 110))
    assert len(mails(mail_server)) == 3
    clock.advance(timedelta(hours=1))
    flooded.deliver()
    assert len(mails(mail_server)) == 4
    text = mail_server.sent_to("desk@example.org")[-1].message.get_body(("plain",))
    assert text is not None
    assert all(f"OIG-26-{n}" in text.get_content() for n in range(103, 110))


def test_every_change_is_in_exactly_one_message(
    site: ReplicaSite, flooded: Watch, clock: FrozenClock, database: Database
) -> None:
    news(site, flooded, clock, range(100, 106))
    with database.read() as session:
        changes = set(session.exec(select(Change.id)))
        found = told(session)
    assert set(found) == changes
    assert sorted(kind for (kind,) in found.values()) == ["changes"] * 3 + ["summary"] * 3


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_the_operator_hears_of_it_once(
    site: ReplicaSite, flooded: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    news(site, flooded, clock, range(100, 106))
    assert mails(mail_server, "ops@example.org") == ["Topic everything exceeds its rate"]


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_once_it_is_calm_again_each_change_has_its_own_message(
    site: ReplicaSite, flooded: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    news(site, flooded, clock, range(100, 106))
    clock.advance(timedelta(hours=2))
    flooded.deliver()
    before = len(mails(mail_server))
    news(site, flooded, clock, range(120, 122))
    assert len(mails(mail_server)) == before + 2


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_a_calm_topic_is_told_at_once_beside_one_that_floods(
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    mail_server: MailServer,
) -> None:
    text = watch_file.read_text().replace("everything: {", "everything: {at_most: 3/hour, ")
    calm = "  calm: {match: {any: [housing]}, send: {immediately: [desk]}}\n"
    watch_file.write_text(text.replace("topics:\n", f"topics:\n{calm}"))
    watch = make_watch()
    check_source(watch, "audits")
    news(site, watch, clock, range(100, 106))
    site.reports[-1]["title"] = "A Report on Housing"
    clock.advance(timedelta(minutes=2))
    check_source(watch, "audits")
    watch.deliver()
    assert len(mails(mail_server)) == 4
    assert "Housing" in mails(mail_server)[-1]


def test_a_record_in_the_waiting_summary_keeps_its_changes_in_their_order(
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    mail_server: MailServer,
    database: Database,
) -> None:
    text = watch_file.read_text().replace("everything: {", "everything: {at_most: 3/hour, ")
    calm = "  calm: {match: {any: [housing]}, send: {immediately: [desk]}}\n"
    watch_file.write_text(text.replace("topics:\n", f"topics:\n{calm}"))
    watch = make_watch()
    check_source(watch, "audits")
    news(site, watch, clock, range(100, 106))
    site.reports[0]["title"] = "A Report on Housing"  # OIG-26-105 waits in the summary
    clock.advance(timedelta(minutes=2))
    check_source(watch, "audits")
    watch.deliver()
    assert len(mails(mail_server)) == 3
    with database.read() as session:
        assert set(told(session)[max(told(session))]) == {"summary"}


def test_a_restart_forgets_no_summary(
    site: ReplicaSite,
    flooded: Watch,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    mail_server: MailServer,
) -> None:
    news(site, flooded, clock, range(100, 106))
    clock.advance(timedelta(hours=1))
    make_watch().deliver()
    assert len(mails(mail_server)) == 4


def test_a_failed_summary_is_tried_again_under_its_identity_and_takes_up_nothing_more(
    site: ReplicaSite, flooded: Watch, clock: FrozenClock, mail_server: MailServer, database: Database
) -> None:
    news(site, flooded, clock, range(100, 105))
    clock.advance(timedelta(hours=1))
    mail_server.refuse = lambda _who: "451 later"
    flooded.deliver()
    mail_server.refuse = None
    news(site, flooded, clock, range(110, 111))
    with database.read() as session:
        (summary,) = session.exec(select(OutboxItem).where(OutboxItem.kind == "summary"))
        held = session.exec(select(OutboxEntry.id).where(OutboxEntry.outbox_id == summary.id)).all()
    assert len(held) == 2
    assert summary.attempts >= 1


@pytest.mark.sqlite  # one story of this kind on both is enough
def test_a_rate_that_is_none_is_refused(watch_file: Path, make_watch: Callable[[], Watch]) -> None:
    watch_file.write_text(watch_file.read_text().replace("everything: {", "everything: {at_most: lots, "))
    with pytest.raises(Exception, match=r"topics\.everything\.at_most: 'lots' is not a rate"):
        make_watch()
