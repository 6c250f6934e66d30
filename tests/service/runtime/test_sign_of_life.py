"""`status` says when the service last ran, and its exit code tells a monitor that something is wrong."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.cli.options import settings_of
from service.database.database import Database, open_database
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite, server_error
from service.readmodel.status import status_as_data
from service.runtime.lifecycle import last_sign_of_life, sign_of_life
from service.runtime.scheduler import Service
from tests.service.commands import ROOT, run

WATCH_FILE = """\
database: sqlite:///watch.db
sources:
  audits: {{url: "{url}", profile: dhs-oig, every: {every}, delay: 1s, allow_private: true}}
"""
SAVED = ROOT / "seeds" / "dhs-oig-audits-cbp.txt"


def write(folder: Path, url: str, every: str = "6h") -> Path:
    path = folder / "watch.yaml"
    path.write_text(WATCH_FILE.format(url=url, every=every))
    return path


def test_a_sign_of_life_is_read_again(database: Database) -> None:
    def last() -> datetime | None:
        with database.read() as session:
            return last_sign_of_life(session, database.turns_folder)

    assert last() is None
    sign_of_life(database, datetime.now(UTC))
    before = last()
    assert before is not None
    sign_of_life(database, datetime.now(UTC) + timedelta(seconds=1))
    again = last()
    assert again is not None and again > before


def test_status_fails_while_a_source_is_in_trouble(tmp_path: Path, site: ReplicaSite) -> None:
    write(tmp_path, site.url(LISTING_PATH))
    run(tmp_path, "check")
    assert run(tmp_path, "status").code == 0
    site.faults[LISTING_PATH] = server_error()
    run(tmp_path, "check")
    assert run(tmp_path, "status").code == 1


def test_status_fails_where_nothing_ran_for_two_intervals_and_says_when_something_did(tmp_path: Path) -> None:
    path = write(tmp_path, str(SAVED))
    assert run(tmp_path, "check").code == 0
    text = path.read_text()
    path.write_text(text.replace("every: 6h", "every: 1s"))
    stopped = run(tmp_path, "status")
    while stopped.code == 0:  # until two seconds have passed
        stopped = run(tmp_path, "status")
    assert stopped.code == 1
    assert "nothing was checked for two intervals" in " ".join(stopped.out.split())
    path.write_text(text)
    assert run(tmp_path, "status").code == 0


def test_a_source_that_is_checked_once_a_day_does_not_hide_that_the_service_stopped(
    tmp_path: Path, site: ReplicaSite
) -> None:
    path = write(tmp_path, site.url(LISTING_PATH), "1h")
    path.write_text(f"{path.read_text()}  saved: {{url: {SAVED}, every: 1d}}\n")
    assert run(tmp_path, "check").code == 0
    settings, database = settings_of(path), open_database(settings_of(path).database)
    with database.read() as session:
        soon, later = (datetime.now(UTC) + timedelta(minutes=after) for after in (119, 121))
        assert status_as_data(session, settings, soon)["service"]["stopped"] is False
        assert status_as_data(session, settings, later)["service"]["stopped"] is True
    database.close()


def test_a_running_service_gives_signs_of_life(tmp_path: Path) -> None:
    path = write(tmp_path, str(SAVED))
    service = Service(settings_of(path), lambda: settings_of(path))
    service.start()
    service._write_notes()
    service.stop()
    run(tmp_path, "check")
    data = json.loads(run(tmp_path, "status", "--json").out)["service"]
    assert data["last_ran"] is not None
    assert data["stopped"] is False


def test_status_names_a_channel_that_takes_no_message_and_fails_after_a_quarter_of_an_hour(
    tmp_path: Path, mail_server: MailServer
) -> None:
    path = write(tmp_path, str(SAVED))
    mail_server.refuse = lambda _address: "451 4.3.0 try later"
    desk = f"mailto://{mail_server.host}:{mail_server.port}?from=watch@example.gov&to=ann@example.gov"
    text = path.read_text().replace("delay: 1s", "delay: 1s, announce_baseline: true")
    path.write_text(
        f'{text}channels: {{desk: {{to: "{desk}"}}}}\ntopics: {{all: {{send: {{immediately: desk}}}}}}\n'
    )
    assert run(tmp_path, "check").code == 1

    shown = run(tmp_path, "status")
    assert shown.code == 0
    assert "channel desk has not taken a message since" in " ".join(shown.out.split())
    assert "451 4.3.0 try later" in shown.out
    settings, database = settings_of(path), open_database(settings_of(path).database)
    with database.read() as session:
        later = datetime.now(UTC) + timedelta(minutes=16)
        (failing,) = status_as_data(session, settings, later)["failing"]
    database.close()
    assert (failing["channel"], failing["recipient"], failing["stuck"]) == ("desk", "ann@example.gov", True)
