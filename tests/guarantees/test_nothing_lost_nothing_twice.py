"""Promise 1: no change is alerted twice, and none is lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

import service.runtime.checks
from alerts.domain.models import OutboxEntry, OutboxItem, Routing
from monitor.changes.apply import Settled
from monitor.store.models import Change, Snapshot
from service.demo.fakes.receivers import MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import Watch
from service.runtime.checks import check_source
from tests.clock import FrozenClock


def add_report(
    site: ReplicaSite, number: str = "OIG-26-90", title: str = "Facial Recognition at Ports"
) -> None:
    report = {"report_number": number, "title": title, "abstract": None, "issue_date": "2026-03-02"}
    site.reports.insert(0, {**report, "fiscal_year": 2026, "href": f"/files/{number}.pdf"})


def count(watch: Watch, table: type) -> int:
    with watch.database.read() as session:
        return len(session.exec(select(table)).all())


def test_a_change_reaches_every_channel_once(
    site: ReplicaSite, watch: Watch, mail_server: MailServer, webhook_server: WebhookServer
) -> None:
    check_source(watch, "audits")
    add_report(site)
    watch.clock.advance(timedelta(hours=2))  # type: ignore[attr-defined]
    check_source(watch, "audits")
    assert {done.outcome for done in watch.deliver()} == {"accepted"}
    assert len(mail_server.sent_to("desk@example.org")) == 1
    assert len(webhook_server.accepted) == 1
    assert watch.deliver() == []


def test_a_failure_while_recording_leaves_neither_change_nor_message_and_the_next_check_tells_it(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_source(watch, "audits")
    add_report(site)
    clock.advance(timedelta(hours=2))
    before = count(watch, Snapshot)

    def crash(*_args: object, **_options: object) -> None:
        raise RuntimeError("killed here")

    with monkeypatch.context() as patched:
        patched.setattr(service.runtime.checks, "route", crash)
        with pytest.raises(RuntimeError):
            check_source(watch, "audits")
    assert (count(watch, Change), count(watch, OutboxItem), count(watch, Snapshot)) == (0, 0, before)
    check_source(watch, "audits")
    assert (count(watch, Change), count(watch, OutboxItem)) == (1, 2)


def test_a_restart_between_every_two_steps_changes_nothing(
    site: ReplicaSite, make_watch: Callable[[], Watch], clock: FrozenClock, mail_server: MailServer
) -> None:
    check_source(make_watch(), "audits")
    for number in ("OIG-26-90", "OIG-26-91"):
        add_report(site, number)
        clock.advance(timedelta(hours=2))
        check_source(make_watch(), "audits")
        check_source(make_watch(), "audits")
        make_watch().deliver()
    assert [
        mail.message["Subject"].count(number)
        for mail, number in zip(
            mail_server.sent_to("desk@example.org"), ("OIG-26-90", "OIG-26-91"), strict=True
        )
    ] == [1, 1]


def test_a_message_not_yet_sent_survives_a_restart(
    site: ReplicaSite, make_watch: Callable[[], Watch], clock: FrozenClock, mail_server: MailServer
) -> None:
    first = make_watch()
    check_source(first, "audits")
    add_report(site)
    clock.advance(timedelta(hours=2))
    check_source(first, "audits")
    make_watch().deliver()
    assert len(mail_server.sent_to("desk@example.org")) == 1


def test_many_changes_of_one_check_make_one_message_to_a_channel(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    check_source(watch, "audits")
    for number in range(90, 95):
        add_report(site, f"OIG-26-{number}")
    clock.advance(timedelta(hours=2))
    check_source(watch, "audits")
    watch.deliver()
    (mail,) = mail_server.sent_to("desk@example.org")
    text = mail.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert all(f"OIG-26-{number}" in text for number in range(90, 95))


def test_every_change_has_entries_or_a_reason_for_none(
    site: ReplicaSite, watch: Watch, clock: FrozenClock
) -> None:
    check_source(watch, "audits")
    for number in range(90, 99):
        add_report(site, f"OIG-26-{number}", "Facial Recognition" if number % 2 else "Employee Housing")
        clock.advance(timedelta(hours=2))
        check_source(watch, "audits")
    with watch.database.read() as session:
        changes = set(session.exec(select(Change.id)))
        assert changes == set(session.exec(select(Routing.change_id)))
        told = set(session.exec(select(Routing.change_id).where(Routing.decision == "sent")))
        assert told == set(session.exec(select(OutboxEntry.change_id)))


def test_routing_the_same_changes_twice_is_refused_whole(
    site: ReplicaSite, watch: Watch, clock: FrozenClock
) -> None:
    check_source(watch, "audits")
    add_report(site)
    clock.advance(timedelta(hours=2))
    settled = check_source(watch, "audits")
    before = count(watch, OutboxItem)
    with pytest.raises(Exception, match=r"UNIQUE|unique constraint"), watch.database.write() as session:
        service.runtime.checks.queue_messages(watch, session, settled)
    assert count(watch, OutboxItem) == before


def test_snapshot_records_changes_and_messages_commit_together(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_source(watch, "audits")
    add_report(site)
    clock.advance(timedelta(hours=2))
    seen_from_outside: list[int] = []
    queue = service.runtime.checks.queue_messages

    def look(watch: Watch, session: Session, settled: Settled) -> None:
        queue(watch, session, settled)
        with watch.database.read() as other:
            seen_from_outside.append(len(other.exec(select(Change.id)).all()))

    monkeypatch.setattr(service.runtime.checks, "queue_messages", look)
    check_source(watch, "audits")
    assert seen_from_outside == [0]
    with watch.database.read() as session:
        item = session.exec(select(OutboxItem).order_by(col(OutboxItem.id))).first()
        assert item is not None
        assert item.check_id == session.exec(select(Change.check_id)).one()
