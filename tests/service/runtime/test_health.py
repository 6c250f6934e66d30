"""What counts as overdue, which channels count as dead, and whether the service is ready."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from alerts.domain.models import AppliedSettings, Delivery, OutboxItem
from monitor.store.models import SnapshotBody, Source, SweepPage
from service.cli.options import settings_of
from service.database.database import Database, open_database
from service.readmodel.health import readiness, readiness_of
from service.runtime.health import Health, health
from service.runtime.lifecycle import sign_of_life
from service.watchfile.settings import WatchFile
from tests.service.commands import run

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WATCH_FILE = """\
database: "{database}"
time_zone: America/New_York
sources:
  audits: {{url: "https://www.oig.dhs.gov/reports", profile: dhs-oig, every: 1h}}
  daily: {{url: "https://www.oig.dhs.gov/other", profile: dhs-oig, cron: "0 6 * * *"}}
  resting: {{url: "https://www.oig.dhs.gov/rest", profile: dhs-oig, paused: true}}
channels:
  desk: {{to: "json://203.0.113.9/hook"}}
  chief: {{to: "json://203.0.113.9/chief"}}
"""


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> WatchFile:
    return written(tmp_path, database.url)


def written(folder: Path, url: str) -> WatchFile:
    (folder / "watch.yaml").write_text(WATCH_FILE.format(database=url))
    return settings_of(folder / "watch.yaml")


def add(database: Database, *rows: Any) -> None:
    with database.write() as session:
        for row in rows:
            session.add(row)
            session.flush()


def source(key: str, ago: timedelta) -> Source:
    return Source(key=key, reading="x", created_at=NOW - timedelta(days=9), last_checked_at=NOW - ago)


def message(id_: int, state: str, channel: str = "desk", **values: Any) -> OutboxItem:
    return OutboxItem(
        id=id_,
        identity=f"m{id_}",
        kind="operator",
        channel=channel,
        recipient="ann@example.org",
        state=state,
        created_at=NOW - timedelta(hours=3),
        not_before=NOW - timedelta(hours=3),
        give_up_at=NOW + timedelta(days=1),
        **values,
    )


def found(database: Database, settings: WatchFile, now: datetime = NOW) -> Health:
    with database.read() as session:
        return health(session, settings, now)


def test_a_source_is_overdue_when_two_of_its_own_intervals_passed(
    database: Database, settings: WatchFile
) -> None:
    add(database, source("audits", timedelta(hours=1)), source("daily", timedelta(hours=1)))
    assert found(database, settings).overdue == {}
    later = found(database, settings, NOW + timedelta(minutes=62))
    assert later.overdue == {"audits": NOW - timedelta(hours=1)}
    assert later.reasons == ["source audits is overdue: last checked Mon., March 2, 2026, 11:00 a.m. UTC"]


def test_a_cron_line_is_overdue_at_its_second_missed_time(database: Database, settings: WatchFile) -> None:
    add(database, source("audits", timedelta(0)), source("daily", timedelta(0)))
    second_missed = datetime(2026, 3, 4, 11, tzinfo=UTC)  # 6:00 in New York
    assert "daily" not in found(database, settings, second_missed).overdue
    assert "daily" in found(database, settings, second_missed + timedelta(minutes=1)).overdue


def test_a_source_never_checked_is_overdue_from_when_the_watch_file_was_taken_into_use(
    database: Database, settings: WatchFile
) -> None:
    assert found(database, settings).overdue == {}
    add(database, AppliedSettings(applied_at=NOW - timedelta(hours=3), content={}))
    assert found(database, settings).overdue == {"audits": None}
    assert found(database, settings).reasons == ["source audits is overdue: never checked"]


def test_a_long_sweep_that_still_reads_pages_is_not_overdue(database: Database, settings: WatchFile) -> None:
    body = SnapshotBody(sha256="a", size=1, encoding="zstd", body=b"")
    page = SweepPage(
        source_key="audits",
        position=0,
        began_at=NOW - timedelta(hours=4),
        reading="x",
        url="u",
        final_url="u",
        fetched_at=NOW - timedelta(minutes=5),
        sha256="a",
        content_type="text/html",
        charset="utf-8",
    )
    add(database, source("audits", timedelta(hours=4)), body, page)
    assert "audits" not in found(database, settings).overdue


def test_a_channel_is_dead_while_its_last_message_is_the_one_it_gave_up(
    database: Database, settings: WatchFile
) -> None:
    add(
        database,
        message(1, "dead", error="answered 404"),
        message(2, "dead", "chief"),
        message(3, "sent", "chief"),
        message(4, "dead", "left the watch file"),
    )
    (dead,) = found(database, settings).channels
    assert (dead.channel, dead.dead, dead.reason) == ("desk", True, "answered 404")
    assert found(database, settings).reasons == ["channel desk gave up its last message"]
    add(database, message(5, "sent"))
    assert found(database, settings).channels == ()


def test_a_channel_is_stuck_when_attempts_have_failed_for_a_quarter_of_an_hour(
    database: Database, settings: WatchFile
) -> None:
    began = NOW - timedelta(minutes=14)
    attempt = Delivery(outbox_id=1, attempt=1, started_at=began, finished_at=began, outcome="failed")
    add(database, message(1, "pending", error="no answer", attempts=1), attempt)
    assert found(database, settings).reasons == []
    assert found(database, settings, NOW + timedelta(minutes=1)).reasons == ["channel desk takes no message"]


def test_the_service_is_ready_while_it_runs_and_nothing_is_overdue(
    database: Database, settings: WatchFile
) -> None:
    now = datetime.now(UTC)
    add(database, source("audits", NOW - now), source("daily", NOW - now))
    assert readiness_of(database, settings, now)["reasons"] == [
        "no service is running: start oversight-watch run, or workers"
    ]
    sign_of_life(database, now)
    data = readiness_of(database, settings, now)
    assert (data["ready"], data["reasons"]) == (True, [])
    assert {one["source"]: one["state"] for one in data["sources"]} == {
        "audits": "fresh",
        "daily": "fresh",
        "resting": "paused",
    }
    later = readiness_of(database, settings, now + timedelta(hours=3))
    assert later["ready"] is False
    assert [one["source"] for one in later["sources"] if one["state"] == "stale"] == ["audits"]


def test_a_database_that_cannot_be_used_makes_it_not_ready(tmp_path: Path) -> None:
    settings = written(tmp_path, f"sqlite:///{tmp_path / 'watch.db'}")
    broken = open_database(settings.database)
    (tmp_path / "watch.db").write_bytes(b"no database" * 1000)
    data = readiness_of(broken, settings, NOW)
    broken.close()
    assert (data["ready"], data["database"]) == (False, False)
    assert str(tmp_path / "watch.db") in data["reasons"][0]


def test_readiness_asks_as_few_questions_of_many_sources_as_of_few(
    database: Database, settings: WatchFile
) -> None:
    add(database, *(source(f"s{n}", timedelta(0)) for n in range(50)), message(1, "dead"), message(2, "sent"))
    asked: list[str] = []

    def note(*given: Any) -> None:
        asked.append(given[2])

    with database.read() as session:
        session.connection()  # what a transaction begins with does not count
        event.listen(session.get_bind(), "before_cursor_execute", note)
        readiness(session, settings, NOW)
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(asked) <= 5


@pytest.mark.sqlite  # the questions are the same on both
def test_status_names_the_overdue_source_and_the_dead_channel_and_fails(tmp_path: Path) -> None:
    settings = written(tmp_path, f"sqlite:///{tmp_path / 'watch.db'}")
    database = open_database(settings.database)
    now = datetime.now(UTC)
    add(database, source("audits", NOW - now + timedelta(hours=3)), source("daily", NOW - now))
    assert run(tmp_path, "status").code == 1
    shown = run(tmp_path, "status").out
    assert shown.count("overdue: not checked for more than two intervals") == 1
    assert shown.index("overdue") < shown.index("daily")
    rows = json.loads(run(tmp_path, "status", "--json").out)["sources"]
    assert [one["source"] for one in rows if one["overdue"]] == ["audits"]

    with database.write() as session:
        session.merge(Source(id=1, key="audits", reading="x", created_at=now, last_checked_at=now))
    assert run(tmp_path, "status").code == 0
    add(database, message(1, "dead", error="answered 410"))
    ran = run(tmp_path, "status")
    assert ran.code == 1
    assert "channel desk is dead; it gave up the last message" in " ".join(ran.out.split())
    (channel,) = json.loads(run(tmp_path, "status", "--json").out)["failing"]
    assert (channel["dead"], channel["stuck"]) == (True, False)
    database.close()


@pytest.mark.sqlite  # the questions are the same on both
def test_health_says_in_a_line_each_what_is_wrong(tmp_path: Path) -> None:
    settings = written(tmp_path, f"sqlite:///{tmp_path / 'watch.db'}")
    database = open_database(settings.database)
    now = datetime.now(UTC)
    add(database, source("audits", NOW - now + timedelta(hours=3)), source("daily", NOW - now))
    ran = run(tmp_path, "health")
    assert (ran.code, len(ran.out.splitlines())) == (1, 2)
    assert ran.out.splitlines()[1].startswith("source audits is overdue: last checked ")
    assert json.loads(run(tmp_path, "health", "--json").out)["ready"] is False

    sign_of_life(database, now)
    with database.write() as session:
        session.merge(Source(id=1, key="audits", reading="x", created_at=now, last_checked_at=now))
    assert (run(tmp_path, "health").code, run(tmp_path, "health").out) == (0, "ready\n")
    database.close()
