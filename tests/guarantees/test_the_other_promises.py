"""Promises 2 and 4 to 8: failing channels, history, manners, isolation, secrets, upgrades."""

import logging
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel, col, select

from alerts.domain.models import OutboxItem
from monitor.domain.errors import StoreError
from monitor.domain.types import Outcome
from monitor.store.models import Change, RecordVersion
from monitor.store.page_bodies import stored_body
from service.database.database import Database, open_database
from service.database.search_index import is_of_models
from service.demo.fakes.receivers import Answer, MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite, unavailable
from service.runtime.app import Watch
from service.runtime.checks import check_source
from tests.checking import Checker
from tests.clock import FrozenClock

LISTING = "/reports/audits-inspections-and-evaluations"
AGENCY = "/agencies/united-states-customs-and-border-protection"


def add_report(site: ReplicaSite, number: str) -> None:
    report = {"report_number": number, "title": "Facial Recognition at Ports", "issue_date": "2026-03-02"}
    site.reports.insert(0, {**report, "abstract": None, "fiscal_year": 2026, "href": f"/files/{number}.pdf"})


def check_with_news(site: ReplicaSite, watch: Watch, clock: FrozenClock, number: str = "OIG-26-90") -> None:
    check_source(watch, "audits")
    add_report(site, number)
    clock.advance(timedelta(hours=2))
    check_source(watch, "audits")


def test_a_failing_channel_delays_only_itself(
    site: ReplicaSite,
    watch: Watch,
    clock: FrozenClock,
    mail_server: MailServer,
    webhook_server: WebhookServer,
) -> None:
    check_with_news(site, watch, clock)
    mail_server.refuse = lambda _recipient: "451 try later"
    outcomes = {done.channel: done.outcome for done in watch.deliver()}
    assert outcomes == {"desk": "failed", "newsroom": "accepted"}
    mail_server.refuse = None
    clock.advance(timedelta(hours=1))
    assert [done.outcome for done in watch.deliver()] == ["accepted"]
    assert (len(mail_server.sent_to("desk@example.org")), len(webhook_server.accepted)) == (1, 1)


def test_a_channel_that_refuses_for_ever_ends_dead_and_the_operator_hears_of_it_once(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    check_with_news(site, watch, clock)
    mail_server.refuse = lambda who: "550 5.1.1 no such user" if who.startswith("desk") else None
    watch.deliver()
    with watch.database.read() as session:
        states = {item.channel: item.state for item in session.exec(select(OutboxItem))}
    assert states == {"desk": "dead", "newsroom": "sent", "ops": "sent"}
    (notice,) = mail_server.sent_to("ops@example.org")
    assert "desk" in notice.message["Subject"]


def test_a_process_with_an_older_watch_file_leaves_messages_to_whom_it_does_not_know(
    site: ReplicaSite,
    watch: Watch,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    mail_server: MailServer,
) -> None:
    older = watch
    text = watch_file.read_text()
    watch_file.write_text(text.replace("&to=desk@example.org", "&to=anna@example.org,desk@example.org"))
    newer = make_watch()
    for one in (older, newer):
        one.note_applied()
    check_with_news(site, newer, clock)
    hook = older.recipients.targets["newsroom"][0].recipient
    assert {done.recipient for done in older.deliver()} == {hook, "desk@example.org"}
    assert [(done.recipient, done.outcome) for done in newer.deliver()] == [("anna@example.org", "accepted")]
    older.note_applied()  # taken into use again, it is the newest
    clock.advance(timedelta(hours=2))
    add_report(site, "OIG-26-91")
    check_source(newer, "audits")
    gone = [done for done in older.deliver() if done.recipient == "anna@example.org"]
    assert [(done.outcome, done.state) for done in gone] == [("refused", "dead")]


def test_a_past_day_can_be_asked_for_and_each_change_points_at_two_stored_snapshots(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(AGENCY))
    for comment in ("First.", "Second."):
        site.recommendations[0]["status_comment"] = comment
        checker.check(site.url(AGENCY))
    with checker.database.read() as session:
        for change in session.exec(select(Change)):
            before, after = change.before["status_comment"], change.after["status_comment"]
            assert before.encode() in stored_body(session, change.before_sha256 or "")
            assert after.encode() in stored_body(session, change.after_sha256)
        seen = session.exec(
            select(RecordVersion.fields)
            .where(RecordVersion.record_id == session.exec(select(Change.record_id)).first())
            .order_by(col(RecordVersion.id))
        )
        assert [fields["status_comment"] for fields in seen][1:] == ["First.", "Second."]


def test_one_source_in_trouble_does_not_stop_another(site: ReplicaSite, watch: Watch) -> None:
    site.faults[AGENCY] = unavailable()
    assert check_source(watch, "gao").outcome is Outcome.FAILED
    assert check_source(watch, "audits").outcome is Outcome.BASELINE


def test_one_bad_row_is_counted_and_the_others_are_read(site: ReplicaSite, checker: Checker) -> None:
    site.reports[5] = {**site.reports[5], "title": "", "report_number": "", "href": None}
    settled = checker.check(site.url(LISTING))
    assert settled.rows == 49
    assert len(settled.reasons) == 1


def test_an_unchanged_source_costs_one_request(site: ReplicaSite, watch: Watch) -> None:
    check_source(watch, "audits")
    before = len(site.requests)
    check_source(watch, "audits")
    assert [seen.status for seen in site.requests[before:]] == [304]


def test_a_secret_is_nowhere_but_in_the_watch_file(
    site: ReplicaSite,
    watch_file: Path,
    database: Database,
    watch: Watch,
    clock: FrozenClock,
    webhook_server: WebhookServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = "TIiajkdnlazkcOXrIdevi7FQ"
    assert secret in watch_file.read_text()
    caplog.set_level(logging.DEBUG)
    check_with_news(site, watch, clock)
    webhook_server.answers.append(Answer(500))
    assert any(done.outcome == "failed" for done in watch.deliver())
    assert secret not in caplog.text
    assert secret not in repr(watch.settings)
    with database.read() as session:
        stored = [repr(session.execute(table.select()).all()) for table in SQLModel.metadata.sorted_tables]
    assert "OIG-26-90" in "".join(stored)
    assert secret not in "".join(stored)


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    open_database(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer Oversight Watch"):
        open_database(f"sqlite:///{path}")
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all" * 99, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_damaged_database_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        open_database(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE bookmarks (url TEXT)")
    raw.close()
    with pytest.raises(StoreError, match="another program's tables"):
        open_database(f"sqlite:///{path}")


def test_the_migrations_make_exactly_the_tables_that_the_code_has(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlmodel import SQLModel

    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    open_database(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_of_models})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()
