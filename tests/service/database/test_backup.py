"""A backup can be taken at any time, is whole, and can be given away."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.domain.errors import StoreError
from service.database.database import Database, backup, damages_of, open_database
from service.demo.fakes.receivers import Answer, MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import Watch
from service.runtime.checks import check_source
from tests.clock import FrozenClock
from tests.guarantees.conftest import make_watch, watch, watch_file
from tests.schemas.build import add_report

__all__ = ["make_watch", "watch", "watch_file"]  # fixtures
pytestmark = pytest.mark.sqlite  # a copy of PostgreSQL is pg_dump's: test_postgres.py, two_processes.py
_HOUR = timedelta(hours=1)
TOKEN = b"TIiajkdnlazkcOXrIdevi7FQ"  # of the newsroom's address in the watch file


def test_a_backup_holds_no_secret_even_after_a_channel_failed(
    site: ReplicaSite,
    watch: Watch,
    clock: FrozenClock,
    database: Database,
    webhook_server: WebhookServer,
    mail_server: MailServer,
    tmp_path: Path,
) -> None:
    check_source(watch, "audits")
    add_report(site, "OIG-26-90", "Facial Recognition at Ports")
    clock.advance(_HOUR)
    check_source(watch, "audits")
    # Errors like to quote the address they are about.
    webhook_server.answers.append(Answer(503, body=b"no hook at /T1JJ3T3L2/A1BRTD4JD/" + TOKEN))
    assert {done.outcome for done in watch.deliver()} == {"accepted", "failed"}
    backup(database.url, tmp_path / "copy.db")
    copy = (tmp_path / "copy.db").read_bytes()
    assert TOKEN in (tmp_path / "watch.yaml").read_bytes()
    assert TOKEN not in copy


@pytest.mark.parametrize("target", ["", ".", "/", ".."])
def test_a_backup_into_a_folder_without_a_name_ends_in_a_sentence(database: Database, target: str) -> None:
    with pytest.raises(StoreError, match="exists already and stays as it is; name another file"):
        backup(database.url, Path(target))


def test_a_backup_taken_between_any_two_writes_is_one_moment_of_the_whole(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database, tmp_path: Path
) -> None:
    check_source(watch, "audits")
    done = threading.Event()

    def write() -> None:
        for n in range(25):
            add_report(site, f"OIG-26-{100 + n}", f"Matter {n}")
            clock.advance(_HOUR)
            check_source(watch, "audits")
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    copies = []
    while not done.is_set():
        copies.append(tmp_path / f"copy-{len(copies)}.db")
        backup(database.url, copies[-1])
    writer.join()
    assert len(copies) > 2
    for copy in copies:
        assert damages_of(f"sqlite:///{copy}") == []
        open_database(f"sqlite:///{copy}").close()
