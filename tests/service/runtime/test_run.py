"""The service as a real process: it checks, sends, reloads, and stops when it is asked to."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli.main import main
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite
from tests.forked import Forked

WATCH_FILE = """\
database: "{database}"
reading_room: {{listen: off}}
sources:
  audits:
    url: "{site}/reports/audits-inspections-and-evaluations"
    every: 1s
    delay: 1s
    allow_private: true
    announce_baseline: true
channels:
  desk: {{to: "mailto://{mail}?from=watch@example.org&to=desk@example.org"}}
topics:
  ajo: {{match: {{any: [Ajo]}}, send: {{immediately: desk}}}}
"""


class Running:
    """A running service and the lines it logs."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.said: list[str] = []
        reading, writing = os.pipe()
        self.process = Forked(main, "run", "-w", str(folder / "watch.yaml"), *more, stderr=writing)
        os.close(writing)
        self._lines = os.fdopen(reading)

    def wait_for(self, said: str) -> str:
        for line in self._lines:
            self.said.append(line)
            if said in line:
                return line
        raise AssertionError(f"ended without saying {said!r}:\n{''.join(self.said)}")

    def end(self, number: signal.Signals) -> int:
        """Send it a signal and return its exit code."""
        self.process.send_signal(number)
        self.said += self._lines
        return self.process.wait(300)

    def close(self) -> None:
        """End it at once, if it still runs."""
        self.process.kill()
        self.process.wait()
        self._lines.close()


def write_watch_file(
    folder: Path, database: str, site: ReplicaSite, mail: MailServer, *, all_news: bool = False
) -> None:
    """Tell of Ajo from the first check on, or of `all_news` after it."""
    text = WATCH_FILE
    if all_news:
        text = text.replace("announce_baseline: true", "announce_baseline: false")
        text = text.replace("match: {{any: [Ajo]}}, ", "")
    (folder / "watch.yaml").write_text(
        text.format(database=database, site=site.url("").rstrip("/"), mail=f"{mail.host}:{mail.port}")
    )


@pytest.fixture
def folder(tmp_path: Path, database_url: str, site: ReplicaSite, mail_server: MailServer) -> Path:
    write_watch_file(tmp_path, database_url, site, mail_server)
    return tmp_path


@pytest.fixture
def running(folder: Path) -> Iterator[Running]:
    service = Running(folder)
    yield service
    service.close()


def test_the_service_checks_and_sends_and_stops_cleanly_when_asked(
    running: Running, mail_server: MailServer
) -> None:
    assert "outcome=baseline" in running.wait_for("checked source=audits")
    running.wait_for("delivery")
    assert len(mail_server.sent_to("desk@example.org")) == 1
    assert running.end(signal.SIGTERM) == 0


def test_a_changed_watch_file_is_taken_up_and_a_broken_one_is_refused(running: Running, folder: Path) -> None:
    running.wait_for("checked source=audits")
    path = folder / "watch.yaml"
    good = path.read_text()
    path.write_text(good.replace("channels:", "chanels:"))
    running.wait_for("reload_refused")
    running.wait_for("did you mean 'channels'")
    running.wait_for("checked source=audits")
    path.write_text(good.replace("sources:", "sources:\n  again: {extends: audits}"))
    running.wait_for("reloaded sources=2")
    running.wait_for("checked source=again")
    assert running.end(signal.SIGINT) == 0


def test_a_killed_service_goes_on_where_it_was(
    running: Running, folder: Path, mail_server: MailServer
) -> None:
    running.wait_for("delivery")
    running.close()
    again = Running(folder)
    assert "outcome=unchanged" in again.wait_for("checked source=audits")
    assert again.end(signal.SIGTERM) == 0
    again.close()
    assert len(mail_server.sent_to("desk@example.org")) == 1


@pytest.mark.sqlite  # it is about a file of the user's
def test_a_template_that_was_broken_while_the_service_runs_is_refused_and_a_mended_one_taken_up(
    folder: Path,
) -> None:
    template = folder / "templates" / "text" / "changes.txt"
    template.parent.mkdir(parents=True)
    template.write_text("{{ subject }}")
    service = Running(folder)
    try:
        service.wait_for("delivery")
        template.write_text("\n{{ nonsense }}")
        service.wait_for("reload_refused")
        assert service.wait_for("nonsense").startswith(f"{template}:2:1: ")
        template.write_text("{{ subject }} again")
        service.wait_for("reloaded sources=1")
        assert service.end(signal.SIGTERM) == 0
    finally:
        service.close()


@pytest.mark.sqlite  # it is about a file of the user's
def test_a_changed_profile_is_taken_up_and_a_broken_one_leaves_the_last_good_one(
    running: Running, folder: Path
) -> None:
    running.wait_for("checked source=audits")
    (folder / "list.html").write_text("<html><body><ul><li><a>Gates</a></li></ul></body></html>")
    profiles, path = folder / "profiles", folder / "watch.yaml"
    profiles.mkdir()
    mine = "describes: x\nkind: report\nrows: li\nhook: fix\nfields: {title: {css: a}}\n"
    (profiles / "mine.py").write_text("def fix(fields, words):\n    return fields\n")
    (profiles / "mine.yaml").write_text(mine)
    running.wait_for("reloaded sources=1")
    path.write_text(
        path.read_text().replace(
            "sources:",
            "sources:\n  list: {url: list.html, profile: mine, every: 1s, announce_baseline: true}",
        )
    )
    running.wait_for("reloaded sources=2")
    running.wait_for("checked source=list outcome=baseline")
    (profiles / "mine.py").write_text("def fix(fields, words)\n")
    running.wait_for("reload_refused")
    running.wait_for("mine.py:1:1: hook: mine.py is not valid Python: expected ':'")
    running.wait_for("checked source=list outcome=unchanged")
    (profiles / "mine.py").write_text("def fix(fields, words):\n    while True: pass\n")
    running.wait_for("reloaded sources=2")
    (folder / "list.html").write_text("<html><body><ul><li><a>Locks</a></li></ul></body></html>")
    running.wait_for("checked source=list outcome=quarantined")
    running.wait_for("checked source=audits")
    assert running.end(signal.SIGTERM) == 0


@pytest.mark.sqlite  # a server's database is no file
@pytest.mark.parametrize("replaced", [True, False])
def test_a_database_that_is_taken_away_ends_the_service_with_a_sentence(
    running: Running, folder: Path, database_url: str, *, replaced: bool
) -> None:
    running.wait_for("checked source=audits")
    file = folder / Path(database_url.removeprefix("sqlite:///"))
    file.rename(folder / "elsewhere.db")
    if replaced:
        file.write_bytes((folder / "elsewhere.db").read_bytes())
    assert "was removed or replaced" in running.wait_for("database_replaced")
    assert running.process.wait(300) == 3
