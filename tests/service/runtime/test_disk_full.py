"""A running service whose disk fills up says so, loses nothing, and goes on when there is room.

The disk is that of a SQLite file; what a server does with a full one is its own: test_outage.py.
"""

import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.database.database import damages_of
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite
from tests.schemas.build import add_report
from tests.service.cli.test_bad_input import assert_said_plainly, contents, fill, small_disk
from tests.service.commands import run
from tests.service.runtime.test_run import Running, write_watch_file

__all__ = ["small_disk"]  # the fixture


def count(folder: Path, what: str) -> int:
    with closing(sqlite3.connect(folder / "watch.db")) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])


@pytest.fixture
def start(small_disk: Path, site: ReplicaSite, mail_server: MailServer) -> Iterator[Callable[[], Running]]:
    """Give what starts the service on the small disk."""
    write_watch_file(small_disk, "sqlite:///watch.db", site, mail_server, all_news=True)
    started: list[Running] = []

    def begin() -> Running:
        started.append(Running(small_disk))
        return started[-1]

    yield begin
    for service in started:
        service.close()


def test_a_service_on_a_full_disk_says_so_loses_nothing_and_goes_on_when_there_is_room(
    start: Callable[[], Running], small_disk: Path, site: ReplicaSite, mail_server: MailServer
) -> None:
    service = start()
    service.wait_for("checked source=audits outcome=unchanged")
    fill(small_disk / "filler")
    add_report(site, "OIG-26-90", "Facial Recognition at Ports")
    said = service.wait_for("check_failed source=audits")
    assert "disk is full" in said
    assert "nothing committed was lost" in said
    service.wait_for("check_failed source=audits")  # it lives and tries again
    assert (count(small_disk, "record"), count(small_disk, "change")) == (50, 0)
    assert mail_server.messages == []
    (small_disk / "filler").unlink()
    service.wait_for("checked source=audits outcome=changed")
    service.wait_for("delivery")
    assert service.end(signal.SIGTERM) == 0
    assert count(small_disk, "change") == 1
    assert len(mail_server.sent_to("desk@example.org")) == 1
    assert damages_of(f"sqlite:///{small_disk / 'watch.db'}") == []


def test_a_message_that_cannot_be_leased_is_not_sent_until_there_is_room(
    start: Callable[[], Running], small_disk: Path, site: ReplicaSite, mail_server: MailServer
) -> None:
    with closing(sqlite3.connect(small_disk / "watch.db", isolation_level=None)) as other:
        mail_server.refuse = lambda _who: "451 later"
        assert run(small_disk, "check").code == 0
        add_report(site, "OIG-26-90", "Facial Recognition at Ports")
        assert run(small_disk, "check").code == 1
        mail_server.refuse = None
        other.execute("UPDATE outbox SET not_before = created_at")
        fill(small_disk / "filler")
        service = start()
        assert "disk is full" in service.wait_for("deliver_failed")
        assert mail_server.messages == []
        (small_disk / "filler").unlink()
        service.wait_for("delivery")
        assert service.end(signal.SIGTERM) == 0
    assert len(mail_server.sent_to("desk@example.org")) == 1


def test_a_service_refuses_to_start_on_a_database_it_may_not_write(
    start: Callable[[], Running], small_disk: Path
) -> None:
    assert run(small_disk, "check").code == 0
    before = contents(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    refused = run(small_disk, "run")
    assert_said_plainly(refused, 3, ["watch.db: it cannot be", "check the"])
    assert contents(small_disk) == before
