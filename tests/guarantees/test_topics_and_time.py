"""What topics ask for and what dates say never changes what is stored, or how often it is told."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select

from monitor.store.models import Change
from service.demo.fakes.receivers import MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import Watch
from service.runtime.checks import check_source
from tests.clock import FrozenClock

DAILY = timedelta(days=1)


def add_report(site: ReplicaSite, number: str, issued: str = "2026-03-02") -> None:
    report = {"report_number": number, "title": "Facial Recognition at Ports", "abstract": None}
    site.reports.insert(
        0, {**report, "issue_date": issued, "fiscal_year": 2026, "href": f"/files/{number}.pdf"}
    )


def kinds_of_changes(watch: Watch) -> list[str]:
    with watch.database.read() as session:
        return [str(kind) for kind in session.exec(select(Change.kind).order_by(col(Change.id)))]


def test_a_report_dated_in_the_future_is_told_once_in_thirty_daily_checks(
    site: ReplicaSite,
    watch: Watch,
    clock: FrozenClock,
    mail_server: MailServer,
    webhook_server: WebhookServer,
) -> None:
    check_source(watch, "audits")
    add_report(site, "OIG-26-90", issued="2026-03-20")
    for _day in range(30):  # the date is passed on the eighteenth
        clock.advance(DAILY)
        check_source(watch, "audits")
        watch.deliver()
    assert len(mail_server.sent_to("desk@example.org")) == 1
    assert len(webhook_server.accepted) == 1


def test_what_a_topic_leaves_out_is_the_new_baseline_all_the_same(
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    webhook_server: WebhookServer,
) -> None:
    written = watch_file.read_text()
    watch_file.write_text(written.replace("  faces:\n", "  faces:\n    on: [new_report]\n"))
    watch = make_watch()
    check_source(watch, "audits")
    site.reports[0]["title"] = "Facial Recognition, Reworded by the Office"
    for _day in range(3):
        clock.advance(DAILY)
        check_source(watch, "audits")
        watch.deliver()
    assert kinds_of_changes(watch) == ["title_revised"]
    assert webhook_server.accepted == []
    add_report(site, "OIG-26-90")
    clock.advance(DAILY)
    check_source(watch, "audits")
    watch.deliver()
    assert kinds_of_changes(watch) == ["title_revised", "new_report"]
    [told] = webhook_server.accepted
    assert "OIG-26-90" in str(told)
    assert "Reworded" not in str(told)
