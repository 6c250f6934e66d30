"""The demo as its reader starts it: a process of its own, in an empty folder, without a network."""

import json
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerts.channels.services import check_url
from monitor.profiles.registry import PROFILES
from service.demo.play import play
from service.demo.story import NEWSROOM, OPERATOR, story
from service.watchfile.load import load
from tests.event_schema import EVENT
from tests.service import commands

# Any way out of this machine ends the process at once; the name server counts as one.
_ALONE = """
# A background job of a shell ignores Ctrl-C, and so would its children.
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import os, sys
def watch(event, args):
    if event == "socket.connect":
        away = args[1][0] != "127.0.0.1"
    elif event == "socket.getaddrinfo":
        away = args[0] not in ("127.0.0.1", b"127.0.0.1")
    else:
        return
    if away:
        os.write(2, f"{event} {args[1:]!r} leaves this machine\\n".encode())
        os._exit(99)
sys.addaudithook(watch)
sys.argv[0] = "oversight-watch"
from service.cli.main import main
main()
"""
_PROGRAM = (sys.executable, "-c", _ALONE)


def _environment() -> dict[str, str]:
    """Give a plain terminal, and proxies that answer nothing."""
    kept = {name: value for name, value in os.environ.items() if name.upper() not in ("NO_PROXY", "NO_COLOR")}
    dead = "http://127.0.0.1:9"
    return {**kept, "COLUMNS": "80", "HTTP_PROXY": dead, "http_proxy": dead, "HTTPS_PROXY": dead}


def run(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_PROGRAM, *arguments],
        cwd=cwd,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=6000,
        check=False,
    )


@dataclass(frozen=True)
class Played:
    """One demo that ran to its end."""

    folder: Path
    ended: subprocess.CompletedProcess[str]

    @property
    def told(self) -> str:
        """What the terminal said, on one line."""
        return " ".join(self.ended.stdout.split())

    def mails(self, recipient: str) -> list[EmailMessage]:
        files = sorted((self.folder / "mails").iterdir())
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [mail for mail in found if mail["To"] == recipient]

    def rows(self, question: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "oversight-watch.db")) as connection:
            return connection.execute(question).fetchall()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    cwd = tmp_path_factory.mktemp("demo")
    return Played(cwd / "demo-output", run(cwd, "demo"))


def test_the_demo_lives_through_its_week_and_ends_well(played: Played) -> None:
    assert (played.ended.returncode, played.ended.stderr) == (0, "")
    days = re.findall(r"^(\w+day), March \d", played.ended.stdout, re.MULTILINE)
    assert days == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Monday"]
    assert all(day.moral in played.told for day in story())
    assert "0 false alarms" in played.told
    assert "invented for this demo" in played.told


def test_the_terminal_tells_it_in_80_plain_columns(played: Played) -> None:
    story_itself, _, commands = played.ended.stdout.partition("What to try next")
    assert commands
    assert max(map(len, story_itself.splitlines())) <= 80
    assert "\x1b" not in played.ended.stdout


def test_the_newsroom_gets_one_mail_for_each_thing_that_happened_and_the_digest(played: Played) -> None:
    subjects = [mail["Subject"] for mail in played.mails(NEWSROOM)]
    wanted = ["OIG-26-901", "GAO-24-900005 rec 4", "GAO-24-900002 rec 1", "OIG-26-902", "Weekly digest"]
    assert len(subjects) == len(wanted)
    assert all(part in subject for part, subject in zip(wanted, subjects, strict=True))


def test_everything_that_happened_is_an_event_in_its_published_form(played: Played) -> None:
    printed = commands.run(played.folder, "events")
    found = [json.loads(line) for line in printed.out.splitlines()]
    assert (len(found),) == played.rows("SELECT count(*) FROM change")[0]
    assert {one["kind"] for one in found} == {kind for (kind,) in played.rows("SELECT kind FROM change")}
    assert any(topic["words"] for one in found for topic in one["topics"])
    for one in found:
        EVENT.validate(one)


def test_slack_gets_what_its_topics_ask_for(played: Played) -> None:
    posts = [file.read_text(encoding="utf-8") for file in sorted((played.folder / "slack").iterdir())]
    assert len(posts) == 3
    for key, post in zip(("OIG-26-901", "GAO-24-900005", "GAO-24-900002"), posts, strict=True):
        assert key in post


def test_the_operator_hears_once_of_the_redesign_and_once_of_its_end(played: Played) -> None:
    assert [mail["Subject"] for mail in played.mails(OPERATOR)] == [
        "cbp-audits cannot be read as usual",
        "cbp-audits can be read again",
    ]


def test_the_database_holds_the_four_changes_and_no_other(played: Played) -> None:
    changes = played.rows(
        "SELECT change.kind, key FROM change JOIN record ON record.id = record_id ORDER BY change.id"
    )
    assert changes == [
        ("new_report", "OIG-26-901"),
        ("comment_updated", "GAO-24-900005 rec 4"),
        ("status_changed", "GAO-24-900002 rec 1"),
        ("new_report", "OIG-26-902"),
    ]
    assert played.rows("SELECT state, count(*) FROM outbox GROUP BY state") == [("sent", 10)]
    outcomes = played.rows('SELECT outcome, sum(times) FROM "check" GROUP BY outcome')
    assert {("baseline", 2), ("failed", 2), ("quarantined", 7)} <= set(outcomes)


def test_the_closing_comes_from_the_reports_own_page_with_its_comment(played: Played) -> None:
    mail = played.mails(NEWSROOM)[2]
    body = mail.get_body(("plain",))
    assert body is not None
    said = " ".join(body.get_content().split())
    assert "Open → Closed – Implemented" in said
    assert "The letters now tell travelers how to ask for the specific reasons." in said
    final = played.rows("SELECT status, listed FROM record WHERE key = 'GAO-24-900002 rec 1'")
    assert final == [("closed_implemented", 0)]


def test_the_digest_lies_there_as_a_page(played: Played) -> None:
    page = (played.folder / "digest-weekly-2026-03-09.html").read_text(encoding="utf-8")
    assert "OIG-26-901" in page
    assert "OIG-26-902" in page


def test_the_watch_file_loads_after_the_servers_have_gone_and_needs_no_secret(played: Played) -> None:
    settings = load(played.folder / "watch.yaml", {}, check_url=check_url, profiles=PROFILES)
    assert (len(settings.sources), len(settings.channels), len(settings.topics)) == (2, 3, 3)


def test_every_command_the_demo_names_works(played: Played) -> None:
    named = re.findall(r"^  .*?oversight-watch'? (.+)$", played.ended.stdout, re.MULTILINE)
    assert len(named) == 6
    assert named.pop(0).startswith("serve ")  # which does not end; test_browser serves this history
    for command in named:
        done = commands.run(played.folder.parent, *shlex.split(command))
        # The week lies in the past: nothing has been checked since, and status says so.
        assert (done.code, done.err) == (int(command.startswith("status")), ""), command
        assert done.out.strip(), command


def test_a_second_demo_replaces_what_the_first_wrote_and_nothing_else(played: Played, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(played.folder, folder)
    (folder / "mails" / "099.eml").write_text("of a longer demo")
    (folder / "my notes.txt").write_text("mine")
    assert commands.run(tmp_path, "demo", "--folder", "out").code == 0
    assert (folder / "my notes.txt").read_text() == "mine"
    names = [sorted(f.name for f in (each / "mails").iterdir()) for each in (folder, played.folder)]
    assert names[0] == names[1]
    again = Played(folder, played.ended)
    assert again.rows("SELECT count(*) FROM change") == [(4,)]


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text("sources: {}\n")
    done = commands.run(tmp_path, "demo", "--folder", ".")
    assert done.code == 2
    assert "holds files that no demo wrote" in done.err
    assert "Traceback" not in done.err
    assert [file.name for file in tmp_path.iterdir()] == ["watch.yaml"]


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo-output").write_text("mine")
    done = commands.run(tmp_path, "demo")
    assert done.code == 2
    assert "demo-output is a file" in done.err


def test_a_week_that_comes_out_otherwise_fails_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monday, tuesday, *_ = story()
    wrong = replace(tuesday, expected=replace(tuesday.expected, mails=2))
    with pytest.raises(SystemExit) as ended:
        play(tmp_path / "out", (monday, wrong))
    told = capsys.readouterr()
    assert ended.value.code == 1
    assert "Tuesday did not go as planned: mails 1 instead of 2" in told.err
    assert wrong.moral not in " ".join(told.out.split())


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*_PROGRAM, "demo"],
        cwd=tmp_path,
        env=_environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert any("first check" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        try:
            _, said = process.communicate(timeout=300)
        except subprocess.TimeoutExpired:  # it may come while a library holds a lock: people press it again
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=300)
    assert process.returncode in (1, 130)
    assert "Traceback" not in said
