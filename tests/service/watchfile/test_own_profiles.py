"""The user's own profiles: their mistakes are told at once and in place, and their habits hold."""

from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from alerts.channels.services import check_url
from monitor.profiles.registry import PROFILES
from service.watchfile.load import load
from service.watchfile.settings import WatchFile
from service.watchfile.yaml_tree import WatchFileError

SOUND = """
describes: a list of reports
kind: report
rows: li
recognize: {hosts: www.example.gov}
habits: {every: 1d, full_sweep: 1w, delay: 9s, max_pages: 7}
fields:
  title: {css: a}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("profiles").mkdir()
    return tmp_path


def write(text: str, name: str = "mine.yaml") -> None:
    (Path("profiles") / name).write_text(dedent(text))


def read(source: str = 'url: "https://www.example.gov/x"') -> WatchFile:
    Path("watch.yaml").write_text(f"sources:\n  list: {{{source}}}\n")
    return load(Path("watch.yaml"), {}, check_url=check_url, profiles=PROFILES)


def mistakes(text: str) -> list[str]:
    write(text)
    with pytest.raises(WatchFileError) as caught:
        read()
    return [line.partition("/profiles/")[2] for line in str(caught.value).splitlines()]


HEAD = "describes: x\nkind: report\nrows: li\n"
TITLE = "fields:\n  title: {css: a}\n"
MISTAKES = {
    "nothing": ("", "1:1: the file is empty; a profile has describes, kind, rows and fields"),
    "garbage": ("{[\x01", "1:3: has a control character, which YAML does not allow; delete it"),
    "no YAML": ("kind: [", "1:8: a bracket is not closed, or a comma is missing"),
    "a list": ("- a\n", "1:1: needs a mapping, such as {key: value}, not a list"),
    "an unknown key": (HEAD + TITLE + "row: li\n", "6:1: unknown key 'row'; did you mean 'rows'?"),
    "an unknown kind": (
        "describes: x\nkind: reprot\nrows: li\n" + TITLE,
        "2:7: kind: 'reprot' is not valid here; did you mean 'report'?",
    ),
    "no selector": (
        "describes: x\nkind: report\nrows: 'li['\n" + TITLE,
        "3:7: rows: 'li[' is not a CSS selector",
    ),
    "an unknown field": (
        HEAD + TITLE + "  titel: {css: b}\n",
        "6:3: fields.titel: a report has no field 'titel'; did you mean 'title'?",
    ),
    "a field without a place": (
        HEAD + "fields:\n  title: {attribute: href}\n",
        "5:10: fields.title: needs one of css, header, before, page, path, value",
    ),
    "an unknown key of a field": (
        HEAD + "fields:\n  title: {css: a, atribute: href}\n",
        "5:19: fields.title: unknown key 'atribute'; did you mean 'attribute'?",
    ),
    "a place of another format": (
        HEAD + "fields:\n  title: {path: a}\n",
        "5:17: fields.title.path: a field of a html profile is found by css or header or before or page or"
        " value",
    ),
    "a broken pattern": (
        HEAD + "fields:\n  title: {css: a, pattern: '('}\n",
        "5:28: fields.title.pattern: '(' is not a regular expression: missing ) at position 1",
    ),
    "a pattern that fills the memory": (
        HEAD + "fields:\n  title: {css: a, pattern: '(?:(?:a{600}){600}){600}'}\n",
        "5:28: fields.title.pattern: '(?:(?:a{600}){600}){600}' repeats something more than 10,000 times",
    ),
    "the field that every record needs": (
        HEAD + "fields:\n  url: {css: a, attribute: href}\n",
        "4:1: fields: needs the field 'title': without it no report can be distinguished from another",
    ),
    "a follow-up by an unknown field": (
        HEAD + TITLE + "follow_up: https://x.gov/{number}\n",
        "6:12: follow_up: names {number}, which is not a field of this profile",
    ),
    "a lone brace": (
        HEAD + TITLE + "follow_up: https://x.gov/{\n",
        "6:12: follow_up: has an unbalanced brace",
    ),
    "rows that are not said": (
        "describes: x\nkind: report\n" + TITLE,
        "1:1: needs the key 'rows': where in the page each record is",
    ),
    "a hook without a file": (
        HEAD + TITLE + "hook: fix\n",
        "6:7: hook: mine.py cannot be read: No such file or directory",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(case: str, here: Path) -> None:
    text, expected = MISTAKES[case]
    assert mistakes(text) == [f"mine.yaml:{expected}"]


def test_all_mistakes_of_all_files_are_told_at_once(here: Path) -> None:
    write(HEAD + "fields:\n  titel: {css: a}\n  link: {path: b}\nnext: 'a['\n", "other.yaml")
    write(SOUND, "table.yaml")
    write(SOUND, "My List.yaml")
    found = mistakes("kind: report\nrows: 7\n")
    assert [line.split(" ")[0] for line in found] == [
        *["My", "mine.yaml:1:1:", "mine.yaml:2:7:"],
        *["other.yaml:4:1:", "other.yaml:5:3:", "other.yaml:6:3:", "other.yaml:6:16:", "other.yaml:7:7:"],
        "table.yaml:1:1:",
    ]


def test_a_mistake_in_the_hook_is_told_in_its_own_file(here: Path) -> None:
    write("def fix(fields, words):\n  return fields +\n", "mine.py")
    assert mistakes(SOUND + "hook: fix\n") == [
        "mine.py:2:1: hook: mine.py is not valid Python: invalid syntax"
    ]


def test_a_hook_beside_its_profile_is_asked(here: Path) -> None:
    write("def fix(fields, words):\n    return {**fields, 'agency': 'CBP'}\n", "mine.py")
    write(SOUND + "hook: fix\n")
    page = "<html><body><ul><li><a>Gates</a></li></ul></body></html>"
    (record,) = read().profiles["mine"].parse(page, "").records
    assert record.fields["agency"] == "CBP"


@pytest.mark.parametrize("source", ['url: "https://www.example.gov/x"', "url: pages, profile: mine"])
def test_the_habits_of_a_profile_hold_where_the_watch_file_says_nothing(source: str, here: Path) -> None:
    write(SOUND)
    found = read(source)
    settings = found.sources["list"]
    assert (settings.every, settings.full_sweep) == (timedelta(days=1), timedelta(weeks=1))
    assert (settings.delay, settings.max_pages) == (timedelta(seconds=9), 7)
    assert found.habits == {"list": ("every", "full_sweep", "delay", "max_pages")}


def test_what_the_watch_file_says_comes_before_the_habits(here: Path) -> None:
    write(SOUND)
    found = read('url: "https://www.example.gov/x", cron: "0 6 * * *", delay: 1s')
    settings = found.sources["list"]
    assert (settings.every, settings.delay) == (None, timedelta(seconds=1))
    assert found.habits == {"list": ("full_sweep", "max_pages")}
    assert read('url: "https://www.other.gov/x"').habits == {}


def test_a_profile_that_is_broken_is_not_also_an_unknown_name(here: Path) -> None:
    write("kind: report\n")
    with pytest.raises(WatchFileError) as caught:
        read("url: pages, profile: mine")
    assert "no profile is called" not in str(caught.value)
