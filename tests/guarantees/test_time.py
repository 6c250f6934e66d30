"""Time, end to end: UTC in the store, a laptop that slept, clocks that are turned or set back."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

import service.runtime.digests
from alerts.domain.models import DigestRun, OutboxItem
from monitor.store.models import Change
from service.database.database import Database, open_database
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.digests import make_due_digests, send_digest, write_digest
from tests.clock import FrozenClock
from tests.guarantees.test_the_other_promises import add_report


def look(watch: Watch, site: ReplicaSite, *numbers: str) -> None:
    for number in numbers:
        add_report(site, number)
    check_source(watch, "audits")


def mails(server: MailServer, word: str) -> list[str]:
    subjects = [str(mail.message["Subject"]) for mail in server.sent_to("desk@example.org")]
    return [subject for subject in subjects if word in subject]


def ranges(database: Database) -> list[tuple[int, int]]:
    with database.read() as session:
        runs = session.exec(select(DigestRun).order_by(DigestRun.id)).all()  # type: ignore[arg-type]
        return [(run.after_change_id, run.up_to_change_id) for run in runs]


@pytest.mark.sqlite  # PostgreSQL has a type for it
def test_every_stored_time_is_utc_whatever_the_readers_zone(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database
) -> None:
    began = clock()
    look(watch, site)
    clock.advance(timedelta(hours=2))
    look(watch, site, "OIG-26-90")
    watch.deliver()
    with closing(sqlite3.connect(database.url.removeprefix("sqlite:///"))) as connection:
        found = []
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
            # A seal says when it was really made, whatever clock the checks go by.
            for name in [one[1] for one in columns if one[2] == "DATETIME" and table != "seal"]:
                found += [
                    value for (value,) in connection.execute(f'SELECT "{name}" FROM "{table}"') if value
                ]
    assert len(found) > 50
    times = {datetime.fromisoformat(value).replace(tzinfo=UTC) for value in found}
    give_up = timedelta(days=3)
    assert times <= {began, clock(), clock() + give_up, clock() + timedelta(minutes=5)} | {
        time for time in times if began <= time <= clock()
    }


def test_three_days_asleep_make_one_digest_that_covers_them_all(
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    database: Database,
) -> None:
    text = watch_file.read_text().replace("weekly: [desk]", "daily: [desk]")
    watch_file.write_text(text.replace('weekly: {cron: "0 8 * * mon"}', 'daily: {cron: "0 8 * * *"}'))
    watch = make_watch()
    look(watch, site)
    clock.advance(timedelta(days=3, hours=5))
    look(watch, site, "OIG-26-90", "OIG-26-91")
    assert len(make_due_digests(watch)) == 1
    assert make_due_digests(watch) == []
    with database.read() as session:
        newest = max(session.exec(select(Change.id)))
    assert ranges(database) == [(0, newest)]


def test_a_digest_that_another_process_has_just_made_is_not_made_again(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, make_watch: Callable[[], Watch]
) -> None:
    look(watch, site)
    clock.advance(timedelta(days=7))
    other, made = make_watch(), list[DigestRun]()

    def is_overtaken() -> datetime:
        if not made:
            made.extend(make_due_digests(other))
            clock.advance(timedelta(seconds=1))
        return clock()

    assert make_due_digests(replace(watch, clock=is_overtaken)) == []
    assert [run.name for run in made] == ["weekly"]


def test_a_change_found_after_a_sleep_says_between_which_looks_it_happened(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    look(watch, site)
    clock.advance(timedelta(days=3))
    look(watch, site, "OIG-26-90")
    watch.deliver()
    body = mail_server.sent_to("desk@example.org")[0].message.get_body(("plain",))
    assert body is not None
    said = " ".join(body.get_content().split())
    assert "changed between Mon., March 2, 7:00 a.m. and Thurs., March 5, 7:00 a.m. EST" in said


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_a_clock_set_back_loses_nothing_and_tells_nothing_twice(
    back: timedelta,
    site: ReplicaSite,
    watch: Watch,
    clock: FrozenClock,
    mail_server: MailServer,
) -> None:
    look(watch, site)
    clock.advance(timedelta(hours=2))
    look(watch, site, "OIG-26-90")
    watch.deliver()
    clock.advance(-back)
    look(watch, site, "OIG-26-91")
    for _ in range(30):
        clock.advance(timedelta(hours=1))
        look(watch, site)
        watch.deliver()
    assert len(mails(mail_server, "OIG-26-90")) == len(mails(mail_server, "OIG-26-91")) == 1


@pytest.mark.sqlite  # when a digest falls due is reckoned without the database
@pytest.mark.parametrize(
    ("zone", "turned"),
    [
        ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),
        ("Europe/London", datetime(2026, 3, 29, tzinfo=UTC)),
        ("Europe/London", datetime(2026, 10, 25, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("at", ["30 1", "30 2", "0 0", "0 8"])
def test_a_daily_digest_is_made_once_on_the_day_the_clock_is_turned(
    zone: str,
    turned: datetime,
    at: str,
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
) -> None:
    text = watch_file.read_text().replace("weekly: [desk]", "daily: [desk]")
    text = text.replace('weekly: {cron: "0 8 * * mon"}', f'daily: {{cron: "{at} * * *"}}')
    watch_file.write_text(text.replace("America/New_York", zone))
    clock.advance(turned - timedelta(days=2, hours=1) - clock())
    watch = make_watch()
    look(watch, site)
    made = []
    for _ in range(5 * 24 * 2):
        clock.advance(timedelta(minutes=30))
        made += [run.made_at.astimezone(watch.zone).date() for run in make_due_digests(watch)]
    assert len(made) == len(set(made))
    assert [(later - earlier).days for earlier, later in pairwise(made)] == [1] * (len(made) - 1)
    assert len(made) >= 4


class _CrashError(Exception):
    pass


@pytest.mark.sqlite  # on a file of its own
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(("change", "digest", "crash", "restart")), min_size=1, max_size=12))
def test_digests_chain_without_gap_or_overlap_whatever_crashes(
    steps: list[str],
    site: ReplicaSite,
    make_watch: Callable[[], Watch],
    tmp_path_factory: pytest.TempPathFactory,
    migrated_file: Path,
) -> None:
    """Changes, cuts and crashes in any order: the digests' ranges tile the changes."""
    from dataclasses import replace

    clock = FrozenClock()
    file = shutil.copy(migrated_file, tmp_path_factory.mktemp("chain") / "watch.db")
    database = open_database(f"sqlite:///{file}")
    watch = replace(make_watch(), database=database, clock=clock)
    before = list(site.reports)
    look(watch, site)
    for number, step in enumerate((*steps, "digest")):
        clock.advance(timedelta(hours=2))
        match step:
            case "change":
                look(watch, site, f"OIG-26-{500 + number}")
            case "digest":
                send_digest(watch, "weekly")
            case "crash":
                with pytest.raises(_CrashError), database.write() as session:
                    write_digest(watch, session, "weekly", [])
                    raise _CrashError
            case "restart":
                watch = replace(make_watch(), database=database, clock=clock)
    site.reports[:] = before
    found = ranges(database)
    with database.read() as session:
        newest = max(session.exec(select(Change.id)), default=0)
        listed = [
            change["id"]
            for item in session.exec(select(OutboxItem).where(OutboxItem.kind == "digest"))
            for change in (item.content or {})["changes"]
        ]
    database.close()
    assert [after for after, _ in found] == [0, *(up_to for _, up_to in found[:-1])]
    assert found[-1][1] == newest
    assert sorted(listed) == list(range(1, newest + 1))


def test_a_digest_that_cannot_be_made_stops_no_other(
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    text = watch_file.read_text().replace("weekly: [desk]", "weekly: [desk], daily: [desk], noon: [desk]")
    watch_file.write_text(
        text.replace("digests:", 'digests:\n  noon: {cron: "0 12 * * *"}\n  daily: {cron: "0 8 * * *"}')
    )
    watch = make_watch()
    look(watch, site)
    clock.advance(timedelta(days=7))
    make = service.runtime.digests.make_digests

    def _faulty(session: Session, **given: Any) -> DigestRun | None:
        if given["name"] == "daily":
            raise ZeroDivisionError("a bug")
        return make(session, **given)

    monkeypatch.setattr(service.runtime.digests, "make_digests", _faulty)
    assert {run.name for run in make_due_digests(watch)} == {"noon", "weekly"}
    assert "digest_crashed name=daily" in caplog.text
