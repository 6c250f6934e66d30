"""Damage to one stored page is that page's trouble: it is named, others are served, what can heal heals."""

from datetime import timedelta
from threading import Timer

import pytest
from sqlmodel import col, select, update

import service.database.sqlite
from monitor.domain.errors import StoreError
from monitor.domain.types import ChangeKind, Outcome
from monitor.store.models import Change, SnapshotBody, Source, SourcePage
from monitor.store.page_bodies import stored_body
from service.database.database import Database, damages_of
from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import Watch
from service.runtime.checks import check_source
from tests.clock import FrozenClock
from tests.schemas.build import add_report


def damage(database: Database, sha256: str) -> None:
    """Change one byte in the middle of a stored page."""
    with database.write() as session:
        body = bytearray(session.get_one(SnapshotBody, sha256).body)
        body[len(body) // 2] ^= 0xFF
        session.execute(
            update(SnapshotBody).where(col(SnapshotBody.sha256) == sha256).values(body=bytes(body))
        )


def page_of(database: Database, key: str, position: int) -> str:
    with database.read() as session:
        statement = select(SourcePage.sha256).join(Source, col(Source.id) == SourcePage.source_id)
        return session.exec(statement.where(Source.key == key, SourcePage.position == position)).one()


def test_a_damaged_page_is_read_again_and_its_source_tells_only_what_the_site_changed(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database
) -> None:
    site.page_size = 5
    assert [check_source(watch, key).outcome for key in ("audits", "gao")] == [Outcome.BASELINE] * 2
    second = page_of(database, "gao", 1)
    damage(database, second)
    assert [(found.table, found.row) for found in damages_of(database.url)] == [
        ("snapshot_body", second[:12])
    ]
    clock.advance(timedelta(hours=6))
    site.recommendations[0]["status_comment"] = "As of today, the agency has begun."
    settled = check_source(watch, "gao")
    assert (settled.outcome, len(settled.change_ids)) == (Outcome.CHANGED, 1)
    with database.read() as session:
        assert session.exec(select(Change.kind)).all() == [ChangeKind.COMMENT_UPDATED]
        assert stored_body(session, second)
    assert damages_of(database.url) == []


@pytest.mark.sqlite  # PostgreSQL has no such file
def test_a_database_that_takes_long_to_read_through_is_opened(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    class Over(Timer):
        """Time that is up as soon as the reading begins."""

        def start(self) -> None:
            seen.append("started")
            self.function.__self__.set_progress_handler(lambda: 1, 1)

        def cancel(self) -> None:
            seen.append("cancelled")

    monkeypatch.setattr(service.database.sqlite, "Timer", Over)
    service.database.sqlite.refuse_damaged(watch.database.url)
    assert seen == ["started", "cancelled"]


def test_damage_to_one_sources_page_stops_no_other_source(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database
) -> None:
    site.page_size = 5
    for key in ("audits", "gao"):
        check_source(watch, key)
    for position in (0, 1):
        damage(database, page_of(database, "gao", position))
    clock.advance(timedelta(hours=6))
    add_report(site, "OIG-26-90", "Facial Recognition at Ports")
    assert len(check_source(watch, "audits").change_ids) == 1
    assert check_source(watch, "gao").outcome is Outcome.UNCHANGED
    assert {done.outcome for done in watch.deliver()} == {"accepted"}


def test_damaged_evidence_is_named_with_the_record_that_rests_on_it_and_never_shown_as_genuine(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database
) -> None:
    check_source(watch, "audits")
    clock.advance(timedelta(hours=6))
    add_report(site, "OIG-26-90", "Facial Recognition at Ports")
    check_source(watch, "audits")
    with database.read() as session:
        sha256 = session.exec(select(Change.after_sha256)).one()
    damage(database, sha256)
    (found,) = damages_of(database.url)
    assert found.what.endswith("changes of OIG-26-90 rest on it")
    with database.read() as session, pytest.raises(StoreError, match=f"{sha256[:12]} is damaged"):
        stored_body(session, sha256)
