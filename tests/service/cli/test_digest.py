"""`oversight-watch digest` in each format, for the next digest and the last one."""

import json
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest
from sqlmodel import col, select, update

from alerts.domain.models import DigestRun
from service.demo.fakes.receivers import MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite, seed_recommendations, seed_reports
from tests.service.cli.test_cli import COMMENT, write_watch_file
from tests.service.commands import ROOT, Ran, run
from tests.service.home import connected, database_of, name_database

SCHEMA = json.loads((ROOT / "docs" / "digest.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture(scope="module")
def lived(shared_home: Path, mail_server: MailServer) -> Iterator[Path]:
    """A watch with one updated comment."""
    with ReplicaSite(seed_reports(), seed_recommendations()) as site, WebhookServer() as hook:
        write_watch_file(shared_home, site, mail_server, hook)
        assert run(shared_home, "check", "gao").code == 0
        site.recommendations[0]["status_comment"] = COMMENT
        assert run(shared_home, "check", "gao").code == 0
        yield shared_home


@pytest.fixture
def home(lived: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A copy of that watch for one test."""
    shutil.copytree(lived, tmp_path, dirs_exist_ok=True)
    url = database_of(lived)
    if url.startswith("sqlite"):
        yield tmp_path
        return
    with request.getfixturevalue("postgres").fresh(like=url) as own:
        watch_file = name_database(tmp_path, own) / "watch.yaml"
        watch_file.write_text(watch_file.read_text().replace(url, own))
        yield tmp_path


@pytest.fixture
def ask(home: Path) -> Callable[..., Ran]:
    """Ask for digests as the watch's user does."""
    return lambda *arguments: run(home, "digest", *arguments)


@pytest.mark.sqlite  # the same facts in other words
@pytest.mark.parametrize(
    ("format_", "begins"),
    [
        ("text", "Weekly digest, "),
        ("markdown", "# Weekly digest\n"),
        ("html", "<!DOCTYPE html>"),
        ("json", '{\n  "schema": {\n    "name": "oversight-watch/digest"'),
    ],
)
def test_a_digest_is_shown_in_the_format_that_was_asked_for(
    ask: Callable[..., Ran], format_: str, begins: str
) -> None:
    ran = ask("--preview", "--format", format_)
    assert ran.code == 0, ran.err
    assert ran.out.startswith(begins)
    assert "updated its comment on" in ran.out.replace("\\", "")


@pytest.mark.sqlite  # the same facts in other words
@pytest.mark.parametrize(
    ("format_", "ending"), [("text", "txt"), ("markdown", "md"), ("html", "html"), ("json", "json")]
)
def test_a_digest_is_written_in_the_format_that_was_asked_for(
    ask: Callable[..., Ran], tmp_path: Path, format_: str, ending: str
) -> None:
    folder = tmp_path / "out"
    ran = ask("--preview", "--format", format_, "--out", str(folder))
    [path] = folder.iterdir()
    assert path.suffix == f".{ending}"
    assert "updated its comment on" in path.read_text(encoding="utf-8").replace("\\", "")
    assert f"written: {path}" in ran.err


def test_json_is_as_published_however_it_is_asked_for(ask: Callable[..., Ran], tmp_path: Path) -> None:
    short, long = ask("--preview", "--json"), ask("--preview", "--format", "json")
    ask("--preview", "--format", "json", "--out", str(tmp_path / "out"))
    [path] = (tmp_path / "out").iterdir()
    for text in (short.out, long.out, path.read_text(encoding="utf-8")):
        found = json.loads(text)
        jsonschema.validate(found, SCHEMA)
        assert found["numbers"]["comments"] == 1


def test_a_digest_sent_by_hand_can_be_shown_again_and_takes_nothing_from_the_next_one(
    ask: Callable[..., Ran], mail_server: MailServer, tmp_path: Path
) -> None:
    made = ask("--send", "--json")
    assert made.code == 0, made.err
    sent = len(mail_server.messages)
    assert not (tmp_path / "digests").exists()
    again = ask("--last", "--json")
    assert again.out == made.out
    assert len(mail_server.messages) == sent
    # The scheduled digest still reports the same changes.
    assert json.loads(ask("--json").out)["numbers"]["comments"] == 1


def test_asking_for_a_digest_sends_and_stores_nothing(
    ask: Callable[..., Ran], mail_server: MailServer, tmp_path: Path
) -> None:
    sent = len(mail_server.messages)
    assert "updated its comment on" in ask().out
    assert "updated its comment on" in ask("weekly").out
    assert len(mail_server.messages) == sent
    assert not (tmp_path / "digests").exists()
    assert "No digest was made yet" in ask("list").out


def test_stored_digests_are_listed_shown_and_sent_again(
    ask: Callable[..., Ran], mail_server: MailServer
) -> None:
    assert ask("weekly", "--send").code == 0
    [stored] = json.loads(ask("list", "--json").out)
    assert (stored["name"], stored["by_hand"], stored["changes"]) == ("weekly", True, 1)
    assert "1 change, made by hand" in ask("list", "weekly").out
    number = str(stored["digest"])
    assert "updated its comment on" in ask("show", number).out
    sent = len(mail_server.messages)
    assert "sent message" in ask("resend", number).out
    assert [mail.message["Subject"] for mail in mail_server.messages[sent - 1 :]] == [
        mail_server.messages[sent - 1].message["Subject"]
    ] * 2


def test_a_digest_that_waits_is_not_called_empty(
    ask: Callable[..., Ran], mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_server, "refuse", lambda _address: "451 4.3.0 try later")
    for _ in range(2):
        said = ask("weekly", "--send").out
        assert "Waiting to be sent: " in said
        assert "Nothing was sent" not in said


def test_a_digest_file_is_its_owners_only(ask: Callable[..., Ran], tmp_path: Path) -> None:
    assert ask("--out", str(tmp_path / "out")).code == 0
    [path] = (tmp_path / "out").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_digest_that_is_not_stored_is_neither_shown_nor_sent_again(ask: Callable[..., Ran]) -> None:
    for command in ("show", "resend"):
        ran = ask(command, "77")
        assert (ran.code, "there is no digest 77" in ran.err) == (2, True)


def test_a_digest_is_never_written_over_an_earlier_file(ask: Callable[..., Ran], tmp_path: Path) -> None:
    assert ask("--out", str(tmp_path / "out")).code == 0
    [path] = (tmp_path / "out").iterdir()
    before = path.read_bytes()
    ran = ask("--send", "--out", str(tmp_path / "out"))
    assert (ran.code, "already exists and is kept" in ran.err) == (2, True)
    assert path.read_bytes() == before
    assert "No digest was made yet" in ask("list").out


@pytest.mark.parametrize("format_", ["text", "markdown", "html", "json"])
def test_a_last_digest_from_before_an_upgrade_is_shown_with_what_it_has(
    ask: Callable[..., Ran], home: Path, format_: str
) -> None:
    assert ask("--send").code == 0
    with connected(home) as connection:
        content = connection.execute(select(col(DigestRun.content))).scalar_one()
        older = {name: value for name, value in content.items() if name != "promises"}
        connection.execute(update(DigestRun).values(content=older))
    ran = ask("--last", "--format", format_)
    assert ran.code == 0, ran.err
    assert "updated its comment on" in ran.out.replace("\\", "")


def test_before_the_first_digest_there_is_no_last_one(ask: Callable[..., Ran]) -> None:
    ran = ask("--last")
    assert ran.code == 2
    assert "no weekly digest was made yet" in ran.err


def test_the_next_and_the_last_digest_are_not_shown_at_once(ask: Callable[..., Ran]) -> None:
    ran = ask("--last", "--preview")
    assert ran.code == 2
    assert "use one of them" in ran.err
