"""`init` asks five questions, or takes a flag for each, and writes a sound file without a secret."""

import os
import resource
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor.domain.errors import OversightError
from service.cli import start
from service.cli.options import settings_of
from service.demo.fakes.receivers import WebhookServer
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite
from service.watchfile.dotenv import read_dotenv
from service.watchfile.new_file import write_new
from tests.service.commands import Ran, run

SLACK = "https://hooks.slack.com/services/T0000/B0000/secretsecretsecretsecret"


def interview(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *given: str, arrived: bool = True
) -> tuple[Ran, list[str]]:
    """Answer the questions in order; an empty answer takes what is in brackets."""
    asked: list[str] = []
    waiting = list(given)

    def prompt(question: str, default: str = "", hide_input: bool = False, **_: Any) -> str:
        asked.append(f"{question.strip()}{' hidden' if hide_input else ''}")
        return waiting.pop(0) or default

    monkeypatch.setattr(typer, "prompt", prompt)
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: arrived)
    monkeypatch.setattr(start, "_is_terminal", lambda: True)
    ran = run(folder, "init", "--no-try") if "try" not in given else run(folder, "init")
    assert waiting == [], ran.all
    return ran, asked


def test_a_mail_for_each_new_report_needs_four_answers_and_keeps_the_password_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = (
        "cbp-audits, gao-open",
        "biometric*, ICE",
        "webhook",
        "ana@gmail.com",
        "no server",
        "",
        "",
        "",
        "",
    )
    given += ("hunter2 #1",)
    ran, asked = interview(tmp_path, monkeypatch, *given)
    assert ran.code == 0, ran.err
    assert "'no server' is not the name of a mail server" in ran.out
    assert asked[-1].endswith("hidden")
    text = (tmp_path / "watch.yaml").read_text()
    assert "hunter2" not in text + ran.all
    assert read_dotenv(tmp_path / ".env") == {"MAIL_PASSWORD": "hunter2 #1"}
    settings = settings_of(tmp_path / "watch.yaml")
    desk = settings.channels["desk"].mail
    assert desk is not None
    assert (desk.host, desk.to) == ("smtp.gmail.com", ("ana@gmail.com",))
    assert settings.topics["subject"].match.any == ("biometric*", "ICE", "agency:ICE")
    assert settings.topics["subject"].title == "biometric*, ICE"
    assert settings.digests["weekly"].heartbeat
    assert "# on: [status_changed, left_list" in text
    assert set(settings.topics["subject"].send) == {"immediately", "weekly"}
    assert settings.contact == "ana@gmail.com"
    checked = run(tmp_path, "config", "check")
    assert (checked.code, checked.err) == (0, "")


def test_without_a_terminal_it_says_that_nothing_was_asked(tmp_path: Path) -> None:
    ran = run(tmp_path, "init")
    assert ran.code == 0
    assert "Nothing was asked, for this is not a terminal" in ran.out
    assert "delete watch.yaml, and give init the answers (init -h)" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_a_wrong_answer_is_explained_and_asked_again_and_a_webhook_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = (
        "gao",
        "gao-open",
        "",
        "webhook",
        "",
        "secret",
        "slak://secret",
        SLACK,
        "hourly",
        "daily",
        "ana@example.org",
        "",
    )
    ran, _ = interview(tmp_path, monkeypatch, *given)
    assert "that begins with https://, or give a mail address instead" in ran.out
    assert "that is neither a mail address (ana@example.org) nor the address of a webhook" in ran.out
    for sentence in (
        "neither a web address nor one of",
        "did you mean slack://",
        "'hourly' is not a time for alerts; known are immediately, daily, weekly",
    ):
        assert sentence in ran.out
    assert "only where alerts go by mail" in ran.out
    assert "secret" not in ran.all + (tmp_path / "watch.yaml").read_text()
    assert read_dotenv(tmp_path / ".env") == {"ALERTS_URL": SLACK}
    assert run(tmp_path, "config", "check").code == 0


def test_flags_alone_write_the_file_and_name_what_is_missing(tmp_path: Path) -> None:
    flags = ("--what", "dhs-oig, https://www.example.gov/audits", "--where", "watch@example.org")
    more = ("--whom", "a@example.org,b@example.org", "--when", "weekly", "--trouble", "ops@example.org")
    ran = run(tmp_path, "init", *flags, *more, "--mail-server", "mail.example.org:465")
    assert ran.code == 0, ran.err
    assert "MAIL_PASSWORD='…'" in ran.out
    (tmp_path / ".env").write_text("MAIL_PASSWORD=x")
    settings = settings_of(tmp_path / "watch.yaml")
    assert set(settings.sources) == {"dhs-oig", "example-gov"}
    desk, operator = settings.channels["desk"].mail, settings.channels["operator"].mail
    assert desk is not None
    assert operator is not None
    assert (desk.port, desk.security, desk.to) == (465, "tls", ("a@example.org", "b@example.org"))
    assert operator.to == ("ops@example.org",)
    assert run(tmp_path, "config", "check").code == 0
    again = run(tmp_path, "init", *flags)
    assert (again.code, "exists already" in again.err) == (2, True)
    wrong = run(tmp_path, "init", "new.yaml", "--what", "dhs-oig")
    assert (wrong.code, "needs --what and --where" in wrong.err) == (2, True)


def test_a_test_is_sent_and_the_baseline_recorded(
    tmp_path: Path, site: ReplicaSite, webhook_server: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTS_URL", webhook_server.url("/hook").replace("http://", "json://"))
    monkeypatch.setattr(start, "settings_of", private(start.settings_of))
    monkeypatch.setattr("service.cli.options.settings_of", private(start.settings_of))
    flags = ("--what", site.url(LISTING_PATH), "--where", "webhook", "--try")
    ran = run(tmp_path, "init", *flags)
    assert ran.code == 0, ran.err
    assert len(webhook_server.posts) == 2  # the channel, and the operator's
    assert "baseline     50 rows" in ran.out
    assert "oversight-watch run" in ran.out
    assert "oversight-watch check" not in ran.out  # its work is done
    assert os.environ["ALERTS_URL"] not in (tmp_path / "watch.yaml").read_text()


def test_a_full_disk_leaves_no_half_of_a_file_in_the_way(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OversightError, match="cannot be written"):
            write_new(tmp_path / "watch.yaml", b"x" * 1_000, "name another file")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def private(read: Any) -> Any:
    """Let what is read be on this machine, where the sites of the tests are."""

    def settings_of(path: Path, **given: Any) -> Any:
        text = path.read_text()
        if "allow_private" not in text:
            text = text.replace(", every: 6h}", ", every: 6h, delay: 1s, allow_private: true}")
            path.write_text(text.replace('"${ALERTS_URL}"', '"${ALERTS_URL}"\n    allow_private: true'))
        return read(path, **given)

    return settings_of
