"""What `init` writes is a sound watch file, holds no secret, and replaces nothing."""

from pathlib import Path

import pytest
import typer

from alerts.channels.services import check_url
from monitor.domain.errors import OversightError
from monitor.profiles.registry import PROFILES
from service.watchfile.load import load
from service.watchfile.settings import WatchFile
from service.watchfile.starter import write_starter
from tests.service.commands import run

SECRET = "https://hooks.slack.com/services/T0000/B0000/secretsecretsecretsecret"


def written(path: Path) -> WatchFile:
    return load(path, {"ALERTS_URL": SECRET}, check_url=check_url, profiles=PROFILES)


def answers(monkeypatch: pytest.MonkeyPatch, *given: str) -> list[str]:
    """Answer the questions in order; an empty answer takes what stands in brackets."""
    asked: list[str] = []
    waiting = list(given)

    def prompt(question: str, default: str, hide_input: bool) -> str:
        asked.append(f"{question} [{default}]{' hidden' if hide_input else ''}")
        return waiting.pop(0) or default

    monkeypatch.setattr(typer, "prompt", prompt)
    return asked


def test_the_written_file_is_sound_with_the_one_variable_that_init_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run(tmp_path, "init")
    assert (made.code, made.out.splitlines()[0]) == (0, "written: watch.yaml")
    assert "export ALERTS_URL='a webhook, or mailtos://" in made.out
    unset = run(tmp_path, "config", "check")
    assert unset.code == 2
    assert "the environment variable ALERTS_URL is not set" in unset.err
    monkeypatch.setenv("ALERTS_URL", SECRET)
    checked = run(tmp_path, "config", "check")
    assert checked.code == 0
    assert checked.err.startswith("Tip: set 'contact'")
    assert written(tmp_path / "watch.yaml").contact is None


def test_an_existing_file_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text("mine\n")
    with pytest.raises(OversightError, match="exists already"):
        write_starter(tmp_path / "watch.yaml", ask=False)
    assert (tmp_path / "watch.yaml").read_text() == "mine\n"


def test_answers_are_put_in_and_a_secret_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, "anna@example.org", "Europe/Paris", SECRET)
    said = write_starter(tmp_path / "watch.yaml", ask=True)
    watch = written(tmp_path / "watch.yaml")
    assert (watch.contact, watch.time_zone) == ("anna@example.org", "Europe/Paris")
    assert "secret" not in said + (tmp_path / "watch.yaml").read_text().replace("secret: ", "")
    assert "export ALERTS_URL='the URL you gave'" in said
    assert [question.endswith("hidden") for question in asked] == [False, False, True]


def test_empty_answers_take_what_stands_in_brackets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "", "", "")
    assert "the URL you gave" not in write_starter(tmp_path / "watch.yaml", ask=True)
    assert written(tmp_path / "watch.yaml").contact is None


def test_a_wrong_answer_is_explained_and_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("anna", "anna@example.org", "Europe/Pariss", "Europe/Paris", "slak://secret", SECRET)
    asked = answers(monkeypatch, *given)
    write_starter(tmp_path / "watch.yaml", ask=True)
    said = capsys.readouterr().out
    assert len(asked) == 6
    assert "must be an e-mail address" in said
    assert "did you mean 'Europe/Paris'?" in said
    assert "did you mean slack://?" in said
    assert "secret" not in said
