"""`alerts preview`: a message as its reader would get it, before anything is sent."""

import json
from pathlib import Path

import pytest

from monitor.domain.types import ChangeKind
from tests.event_schema import MESSAGE
from tests.service.commands import run, run_process
from tests.service.history import WATCH_FILE, usual_history, write_history, write_watch_file


@pytest.fixture(scope="module")
def folder(shared_home: Path) -> Path:
    write_watch_file(shared_home)
    write_history(shared_home, usual_history)
    return shared_home


def oldest_change(folder: Path) -> str:
    return str(json.loads(run(folder, "changes", "--json").out)[-1]["id"])


def test_a_recorded_change_is_shown_with_the_topics_of_its_channel(folder: Path) -> None:
    out = run(folder, "alerts", "preview", "--change", oldest_change(folder), "--channel", "desk").out
    assert out.startswith("subject   GAO updated its comment on")
    assert "topic training (matched “training”)" in " ".join(out.split())
    other = run(folder, "alerts", "preview", "--change", oldest_change(folder), "--channel", "room").out
    assert "(matched" not in other


@pytest.mark.parametrize("kind", ["--kind", "--change"])
def test_a_program_is_shown_its_event(folder: Path, kind: str) -> None:
    webhook = "{url: 'https://a.example.org', secret: sixteen-letters-}"
    text = WATCH_FILE.replace("  desk:", f"  desk: {{{{webhook: {{{webhook}}}}}}}\n  old:")
    write_watch_file(folder, text, "hooked.yaml")
    which = "title_revised" if kind == "--kind" else oldest_change(folder)
    out = folder / f"{kind}.json"
    options = ("--channel", "desk", "--out", str(out), "-w", "hooked.yaml")
    assert run(folder, "alerts", "preview", kind, which, *options).code == 0
    message = json.loads(out.read_text())
    MESSAGE.validate(message)
    assert message["events"][0]["topics"][0]["words"]


@pytest.mark.parametrize("kind", ChangeKind)
def test_every_kind_can_be_seen_without_any_history(tmp_path: Path, kind: ChangeKind) -> None:
    write_watch_file(tmp_path)
    ran = run(tmp_path, "alerts", "preview", "--kind", kind.value, "--channel", "room")
    assert ran.code == 0, ran.err
    assert "matched “biometric”" in " ".join(ran.out.split())
    assert not (tmp_path / "oversight-watch.db").exists()


@pytest.mark.sqlite  # no database is asked
def test_a_mail_is_written_as_the_page_or_the_text_that_its_name_asks_for(folder: Path) -> None:
    assert (
        run(folder, "alerts", "preview", "--kind", "withdrawn", "--out", "mail.html").out
        == "written: mail.html\n"
    )
    assert (folder / "mail.html").read_text().startswith("<!DOCTYPE html>")
    run(folder, "alerts", "preview", "--kind", "withdrawn", "--out", "mail.txt")
    assert "<" not in (folder / "mail.txt").read_text()[:60]


@pytest.mark.sqlite  # no database is asked
def test_a_browser_is_given_the_file(folder: Path) -> None:
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {folder}/opened\n')
    browser.chmod(0o755)
    environment = {"BROWSER": f"{browser} %s"}
    ran = run_process(
        folder, "alerts", "preview", "--kind", "new_report", "--out", "a.html", "--open", env=environment
    )
    assert ran.code == 0, ran.err
    assert (folder / "opened").read_text().strip() == (folder / "a.html").as_uri()


def test_the_users_template_is_what_is_shown(tmp_path: Path) -> None:
    write_watch_file(tmp_path)
    file = tmp_path / "templates" / "text" / "changes.txt"
    file.parent.mkdir(parents=True)
    file.write_text("OUR DESK: {{ subject }}")
    assert "OUR DESK: New DHS OIG report" in run(tmp_path, "alerts", "preview", "--kind", "new_report").out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "name a change (--change 12) or a kind (--kind status_changed)"),
        (("--change", "999"), "there is no change 999; `oversight-watch changes --json` gives their ids"),
        (("--kind", "withdrawn", "--channel", "dsk"), "no channel is called 'dsk'; did you mean 'desk'?"),
    ],
)
def test_what_cannot_be_shown_is_told_in_a_sentence(
    folder: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = run(folder, "alerts", "preview", *arguments)
    assert (ran.code, ran.err) == (2, f"oversight-watch: {sentence}\n")
