"""Secrets in .env beside the watch file."""

from pathlib import Path

from service.watchfile.dotenv import add_secrets, read_dotenv, with_dotenv
from tests.service.commands import run

WATCH_FILE = """\
sources: {audits: {url: "https://www.oig.dhs.gov/reports"}}
channels: {desk: {to: "${ALERTS_URL}", purpose: operator}}
topics: {all: {send: {immediately: desk}}}
contact: watch@example.org
"""


def test_a_variable_beside_the_watch_file_is_read_and_what_is_set_already_counts_first(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text(
        """# secrets\nexport A='one # two'\nB=three # a remark\n\nC = "four=4"\nno line\n1D=x\n"""
    )
    assert read_dotenv(tmp_path / ".env") == {"A": "one # two", "B": "three", "C": "four=4"}
    assert with_dotenv(tmp_path / "watch.yaml", {"A": "set"})["A"] == "set"
    assert read_dotenv(tmp_path / "none") == {}


def test_secrets_are_added_for_their_owner_alone_and_a_command_reads_them(tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text(WATCH_FILE)
    assert run(tmp_path, "config", "check").code == 2
    (tmp_path / ".env").write_text("OTHER=1")
    add_secrets(tmp_path / ".env", {"ALERTS_URL": "mailto://127.0.0.1?from=w@a.org&to=b@a.org"})
    assert read_dotenv(tmp_path / ".env")["OTHER"] == "1"
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert run(tmp_path, "config", "check").code == 0
