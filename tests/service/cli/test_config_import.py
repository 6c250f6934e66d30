"""`config import` takes over what can become a source, and names the rest."""

import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from service.cli.options import settings_of
from tests.service.commands import Ran, run

URLWATCH = """\
name: "Agency reports: ${HOME}"
url: https://www.example.gov/reports?x=$1
filter:
  - html2text
  - grep: border
  - css: "#main"
headers: {X-Token: abc}
---
kind: shell
name: uptime
command: uptime
---
url: https://www.example.gov/search
data: {q: audits}
---
navigate: https://www.example.org/app
---
url: https://www.example.gov/reports?x=$1
---
url: file:///etc/passwd
"""
WATCHES = {
    "watching": {
        "a": {
            "url": "https://city.example.org/audits",
            "title": "City audits",
            "time_between_check": {"hours": 2, "minutes": 30, "days": None},
            "trigger_text": ["police", "/school(s)?/i", "/(/"],
            "include_filters": ["#list"],
            "notification_urls": ["slack://secret-token"],
            "fetch_backend": "html_webdriver",
            "paused": True,
        },
        "b": {"url": "https://shop.example.org/tv", "processor": "restock_diff"},
        "c": {"url": "https://city.example.org/news", "time_between_check": {"seconds": 5}},
    }
}


@pytest.fixture(autouse=True)
def alerts_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_URL", "mailto://127.0.0.1?from=w@a.org&to=b@a.org")


def imported(folder: Path, *given: str) -> Ran:
    ran = run(folder, "config", "import", *given)
    assert ran.code == 0, ran.err
    checked = run(folder, "config", "check")
    assert checked.code == 0, checked.err
    return ran


def test_jobs_of_urlwatch_and_webchanges_become_sources(tmp_path: Path) -> None:
    (tmp_path / "urls.yaml").write_text(URLWATCH)
    ran = imported(tmp_path, "urls.yaml")
    settings = settings_of(tmp_path / "watch.yaml")
    assert {key: one.url for key, one in settings.sources.items()} == {
        "agency-reports-home": "https://www.example.gov/reports?x=$1",
        "example-org": "https://www.example.org/app",
    }
    assert settings.sources["agency-reports-home"].title == "Agency reports: ${HOME}"
    assert settings.sources["example-org"].fetcher == "browser"
    assert settings.topics["agency-reports-home"].match.any == ("/border/",)
    said = " ".join(ran.out.split())
    for sentence in (
        "job 1 (Agency reports: ${HOME}): not taken over: filter css, headers",
        "job 2 (uptime): left out; it runs a program of yours",
        "job 3: left out; it sends a form",
        "job 5: left out; it watches the same address as urls.yaml, job 1",
        "job 6: left out; it has no web address",
        "written: watch.yaml: 2 sources of 6 pages",
    ):
        assert sentence in said
    assert "abc" not in (tmp_path / "watch.yaml").read_text()


@pytest.mark.parametrize("packed", [False, True])
def test_a_backup_of_changedetection_becomes_sources(tmp_path: Path, packed: bool) -> None:
    name = "backup.zip" if packed else "url-watches.json"
    if packed:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("url-watches.json", json.dumps(WATCHES))
            archive.writestr("a/history.txt", "x")
    else:
        (tmp_path / name).write_text(json.dumps(WATCHES))
    ran = imported(tmp_path, name)
    settings = settings_of(tmp_path / "watch.yaml")
    audits, news = settings.sources["city-audits"], settings.sources["city-example-org"]
    assert (audits.every, news.every) == (timedelta(minutes=150), timedelta(minutes=15))
    assert (audits.paused, audits.fetcher) == (True, "browser")
    assert settings.topics["city-audits"].match.any == ("police", "/school(s)?/")
    said = " ".join(ran.out.split())
    assert "not taken over: filters, notification addresses, which may hold secrets, words '/(/'" in said
    assert "left out; it watches a price or a picture" in said
    assert "secret-token" not in ran.all + (tmp_path / "watch.yaml").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just text",
        "[1, 2]",
        "!!python/object/apply:os.system ['touch ran']",
        "a: &a [x, x]\nb: [" + "*a, " * 2_000 + "]",
        "[" * 5_000,
        '{"watching": [1]}',
        '{"no": 1}',
        "url: 'https://x.example.org'\ncommand: touch ran",
    ],
    ids=["empty", "text", "numbers", "object", "aliases", "depth", "list", "other", "program"],
)
def test_what_is_no_configuration_ends_in_a_sentence_and_writes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "foreign").write_text(text)
    ran = run(tmp_path, "config", "import", "foreign")
    assert ran.code == 2
    assert ran.err.startswith(
        ("oversight-watch: foreign cannot be read", "oversight-watch: nothing in foreign")
    )
    assert [one.name for one in tmp_path.iterdir()] == ["foreign"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name: café".encode("latin-1"), "it is not text in UTF-8; save it as UTF-8"),
        (b'{"watching":' + b"[" * 50_000, "it is nested too deeply"),
        (b"-\turl: https://x.example.org\n\tname: x", "that cannot start any token at line 1, column 2"),
    ],
    ids=["encoding", "depth", "tab"],
)
def test_why_a_file_cannot_be_read_is_said_in_words_for_people(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "foreign").write_bytes(content)
    assert said in " ".join(run(tmp_path, "config", "import", "foreign").err.split())
