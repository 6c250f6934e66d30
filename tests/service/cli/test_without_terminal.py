"""Started by cron or a supervisor: nobody answers questions, and secrets come from the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.demo.fakes.receivers import WebhookServer
from service.demo.fakes.replica import ReplicaSite

ROOT = Path(__file__).parents[3]
WATCH_FILE = """\
database: "${{DATABASE_URL}}"
sources:
  audits:
    url: "{site}/reports/audits-inspections-and-evaluations"
    allow_private: true
    announce_baseline: true
channels:
  desk: {{to: "${{HOOK_URL}}", allow_private: true}}
topics:
  ajo: {{match: {{any: [Ajo]}}, send: {{immediately: desk}}}}
"""


@pytest.fixture
def folder(tmp_path: Path, site: ReplicaSite) -> Path:
    (tmp_path / "watch.yaml").write_text(WATCH_FILE.format(site=site.url("").rstrip("/")))
    return tmp_path


def check(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a check as cron does: hardly any environment, and nothing to read an answer from."""
    return subprocess.run(
        [sys.executable, "-m", "service.cli.main", "check"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C", **environment},
        start_new_session=True,
        check=False,
    )


def test_a_check_without_a_terminal_or_a_home_sends_with_secrets_of_the_environment(
    folder: Path, database_url: str, webhook_server: WebhookServer
) -> None:
    hook = webhook_server.url("/s3cretmark").replace("http://", "json://")
    ran = check(folder, HOOK_URL=hook, DATABASE_URL=database_url)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Ajo" in webhook_server.accepted[0].body.decode()


def test_a_secret_that_is_missing_is_said_at_once_with_its_place_and_never_asked_for(folder: Path) -> None:
    ran = check(folder, DATABASE_URL="sqlite:///watch.db")
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert "watch.yaml:8:14: " in ran.stderr
    assert "HOOK_URL" in ran.stderr
    assert not (folder / "watch.db").exists()
