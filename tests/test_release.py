"""One command makes a release: changelog, version, tag and files; and refuses what is not ready."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "example"
version = "0.1.0"
requires-python = ">=3.11"

[tool.hatch.build.targets.wheel]
include = ["example.py"]
"""
CHANGELOG = (
    "# Changelog\n\n## Unreleased\n\n### Fixed\n\n- A comma.\n\n## 0.1.0 – Nov. 1, 2026\n\n- The first.\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {"pyproject.toml": PROJECT, "CHANGELOG.md": CHANGELOG, "example.py": "", ".gitignore": "dist/\n"}
    for name, text in (files | {"Makefile": "check:\n\t@test ! -e broken\n"}).items():
        (tmp_path / name).write_text(text, "utf-8")
    for command in (
        "init -q",
        "config user.name A",
        "config user.email a@example.org",
        "add .",
        "commit -qm First",
    ):
        git(tmp_path, *command.split())
    return tmp_path


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def release(folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / ".ci" / "release"), version]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_release_dates_the_changelog_sets_the_version_tags_and_builds(project: Path) -> None:
    done = release(project, "0.2.0")
    assert done.returncode == 0, done.stderr
    changelog = (project / "CHANGELOG.md").read_text("utf-8")
    assert changelog.startswith("# Changelog\n\n## Unreleased\n\n## 0.2.0 – ")
    assert 'version = "0.2.0"' in (project / "pyproject.toml").read_text("utf-8")
    assert git(project, "log", "-1", "--format=%s") == "Release 0.2.0"
    assert git(project, "tag", "--points-at", "HEAD") == "v0.2.0"
    assert git(project, "status", "--porcelain") == ""
    assert (project / "dist" / "example-0.2.0-py3-none-any.whl").is_file()
    with tarfile.open(project / "dist" / "example-0.2.0.tar.gz") as archive:
        assert "example-0.2.0/CHANGELOG.md" in archive.getnames()


@pytest.mark.parametrize(
    ("version", "change", "said"),
    [
        ("", {}, "VERSION is not a version"),
        ("0.0.9", {}, "0.0.9 is lower than 0.1.0"),
        ("0.2.0", {"example.py": "changed = 1"}, "changes that are not committed"),
        (
            "0.2.0",
            {"CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- The first.\n"},
            "has nothing under",
        ),
    ],
)
def test_a_release_that_is_not_ready_is_refused_and_changes_nothing(
    project: Path, version: str, change: dict[str, str], said: str
) -> None:
    for name, text in change.items():
        (project / name).write_text(text, "utf-8")
    before = git(project, "status", "--porcelain")
    done = release(project, version)
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert git(project, "status", "--porcelain") == before
    assert git(project, "tag", "--list") == ""
