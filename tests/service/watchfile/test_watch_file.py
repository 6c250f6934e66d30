"""The watch file: every mistake at once, each at its own line and column, in words that help."""

import json
import os
import re
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.channels.services import check_url
from monitor.domain import yaml_core
from monitor.domain.errors import OversightError
from monitor.profiles.registry import PROFILES
from service.watchfile.load import load
from service.watchfile.schema import json_schema
from service.watchfile.settings import SECTIONS, Basics, WatchFile
from service.watchfile.yaml_tree import WatchFileError

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config" / "watch.example.yaml"
ENVIRONMENT = {
    "SMTP_PASSWORD": "hush",
    "SLACK_URL": "https://hooks.example.org/secret",
    "ALERTS_URL": "https://hooks.example.org/alerts",
}
SOUND = """
sources:
  cbp: {url: "https://www.oig.dhs.gov/reports"}
channels:
  desk: {to: "json://localhost"}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str, environment: dict[str, str] | None = None, **options: Any) -> WatchFile:
    Path("watch.yaml").write_text(dedent(text).lstrip("\n"))
    return load(Path("watch.yaml"), environment or {}, **options)


def mistakes(text: str, environment: dict[str, str] | None = None, **options: Any) -> list[str]:
    with pytest.raises(WatchFileError) as caught:
        read(text, environment, **options)
    lines = str(caught.value).splitlines()
    assert lines == [str(problem) for problem in caught.value.problems]
    return lines


def source(rest: str) -> str:
    return f"sources:\n  cbp: {{url: pages, {rest}}}\n"


def channel(rest: str) -> str:
    return f"sources:\n  cbp: {{url: pages}}\nchannels:\n  desk: {{{rest}}}\n"


def topic(rest: str) -> str:
    return f"sources:\n  cbp: {{url: pages}}\nchannels:\n  desk: {{to: x}}\ntopics:\n  wall: {{{rest}}}\n"


def digest(rest: str) -> str:
    return f"{topic('')}digests:\n  weekly: {{{rest}}}\n"


NOT_YAML = {
    "a tab": ("sources:\n\tcbp: {url: x}\n", "2:1: indent with spaces, not tabs"),
    "an open bracket": ("sources: {\n", "1:11: a bracket is not closed, or a comma is missing"),
    "an open quote": ('sources:\n  cbp: {url: "x}\n', "2:17: a quote is never closed"),
    "a colon": (
        "sources:\n  cbp: url: x\n",
        "2:11: a colon is not allowed here; check the indentation, or put the value in quotes",
    ),
    "a bare star": ("topics: {a: {match: {any: *b}}}\n", "1:27: a value cannot begin with * outside quotes"),
    "an at sign": (
        "contact: @me\n",
        "1:10: a value cannot begin with this character; put it in quotes",
    ),
    "a backslash": (
        'contact: "\\q"\n',
        "1:11: a backslash in double quotes must be doubled; or use single quotes",
    ),
    "an unquoted variable": (
        "channels: {desk: {to: ${SLACK}}}\n",
        '1:24: inside { } or [ ] write quotes around it: "${NAME}"',
    ),
    "two documents": (
        f"---{SOUND}---\na: b\n",
        "6:1: a second document begins here; keep only one, without ---",
    ),
    "bad indentation": (
        "sources:\n  - x\n a: b\n",
        "3:2: the indentation does not match the lines above",
    ),
    "brackets without end": ("a: " + "[" * 100_000, "1:1: is nested too deeply"),
    "mappings without end": ("a: " + "{a: " * 20_000, "1:1: is nested too deeply"),
    "lists without end": ("- " * 100_000, "1:1: is nested too deeply"),
    "a control character": (
        "a: b\nc: \x00",
        "2:4: has a control character, which YAML does not allow; delete it",
    ),
    "a Word document": (
        "PK\x03\x04\x14",
        "1:1: is a Word document or another packed file, not plain text; save it as plain text in UTF-8",
    ),
    "rich text": (
        r"{\rtf1\ansi sources:}",
        "1:1: is a rich-text document, not plain text; save it as plain text in UTF-8",
    ),
    "UTF-16 without its mark": (
        "\0".join(SOUND),
        "1:1: is a file in UTF-16, not plain text; save it as plain text in UTF-8",
    ),
    "a blank that is none": (
        f"{SOUND}\u00a0\u00a0ops: {{to: x}}\n",
        "5:1: the key 'ops' has a blank other than a plain space; delete it and type it again",
    ),
    "a dash of a word processor": (
        "topics:\n  a:\n    match:\n      any:\n      \u2013 facial\n",
        "5:15: a list item begins with a plain hyphen and a space",
    ),
    "a tag": ("contact: !me x\n" + SOUND, "1:10: contact: tags (words beginning with !) are not used here"),
    "nothing": ("", "1:1: the file is empty; 'oversight-watch init' writes an example"),
    "only a comment": ("# soon\n", "1:1: the file is empty; 'oversight-watch init' writes an example"),
    "a list": ("- a\n", "1:1: a watch file has keys such as 'sources:', each with a colon"),
    "deep nesting": ("[" * 1000, "1:1: is nested too deeply"),
}


@pytest.mark.parametrize("case", NOT_YAML)
def test_what_is_no_watch_file_is_told_in_a_plain_sentence(case: str, here: Path) -> None:
    text, expected = NOT_YAML[case]
    assert mistakes(text) == [f"watch.yaml:{expected}"]


KINDS = (
    "new_report, new_recommendation, status_changed, comment_updated, title_revised, details_revised, "
    "priority_changed, renumbered, left_list, withdrawn, reappeared, document_reissued, …"
)
MISTAKES = {
    "no sources": ("contact: a@b.org\n", "1:1: there is no source: add at least one under 'sources:'"),
    "empty sources": ("sources:\n", "1:1: there is no source: add at least one under 'sources:'"),
    "sources as a list": (
        "sources: [x]\n",
        "1:10: sources: needs named entries, each with its settings below it",
    ),
    "an unknown key at the top": (
        "sourses:\n  cbp: {url: x}\n",
        "1:1: unknown key 'sourses'; did you mean 'sources'?",
    ),
    "a key far from any": (
        f"{source('')}qqqq: 1\n",
        "3:1: unknown key 'qqqq'; known are time_zone, database, contact, proxy, ca_file, requests_per_day, "
        "digest_folder, inbox, templates, profile_folder, keep, reading_room, …",
    ),
    "a merge key": (source("<<: {}"), "2:21: sources.cbp: '<<' is not used here; write extends: NAME"),
    "a key twice": (
        "sources:\n  cbp:\n    url: x\n    every: 2h\n    url: y\n",
        "5:5: sources.cbp: 'url' is written twice, on lines 3 and 5; keep one",
    ),
    "a name twice": (
        "sources:\n  cbp: {url: x}\n  cbp: {url: x}\n",
        "3:3: sources: 'cbp' is written twice, on lines 2 and 3; keep one",
    ),
    "a name with a blank": (
        "sources:\n  my source: {url: x}\n",
        "2:3: sources: 'my source' is not a valid name; use letters, digits, - and _, without spaces",
    ),
    "a list as key": (f"{source('')}? [a]\n: b\n", "3:3: a key must be a single word"),
    "time zone": (
        f"time_zone: America/New_Yrok\n{source('')}",
        "1:12: time_zone: 'America/New_Yrok' is not a time zone; did you mean 'America/New_York'?"
        " US Eastern time is America/New_York",
    ),
    "a password that would be cut in two": (
        f"database: postgresql+psycopg://me:sec@ret@db/x\n{source('')}",
        "1:11: database: must be postgresql+psycopg://… and then USER:PASSWORD@HOST:PORT/NAME;"
        " in the password, write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25",
    ),
    "a password where messages would show it": (
        f"database: postgresql+psycopg://me@db/x?password=secret\n{source('')}",
        "1:11: database: must be postgresql+psycopg://… and then USER:PASSWORD@HOST:PORT/NAME;"
        " in the password, write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25",
    ),
    "another database": (
        f"database: mysql://me:secret@db/x\n{source('')}",
        "1:11: database: must be sqlite:/// and a file, as in sqlite:///oversight-watch.db,"
        " or the URL of a PostgreSQL database",
    ),
    "a database in memory": (
        f'database: "sqlite:///:memory:"\n{source("")}',
        "1:11: database: must be sqlite:/// and a file, as in sqlite:///oversight-watch.db,"
        " or the URL of a PostgreSQL database",
    ),
    "a database without a file, which the advice begins with": (
        f'database: "sqlite:///"\n{source("")}',
        "1:11: database: must be sqlite:/// and a file, as in sqlite:///oversight-watch.db,"
        " or the URL of a PostgreSQL database",
    ),
    "a proxy that is none": (
        f"proxy: socks5://me:secret@proxy.example\n{source('')}",
        "1:8: proxy: is not the address of a proxy: it begins with http or https and names a host and a port",
    ),
    "a charset that nobody knows": (
        source("charset: latin-one"),
        "2:30: sources.cbp.charset: 'latin-one' is not a charset; write for example cp1252 or utf-8",
    ),
    "contact": (
        f"contact: nobody\n{source('')}",
        "1:10: contact: must be an e-mail address or an http(s) URL, as in watch@example.org",
    ),
    "a source without url": ("sources:\n  cbp: {every: 2h}\n", "2:3: sources.cbp: needs the key 'url'"),
    "a source that is text": (
        "sources:\n  cbp: pages\n",
        "2:3: sources.cbp: needs a mapping, such as {key: value}, not 'pages'",
    ),
    "an unknown key": (
        source("evrey: 2h"),
        "2:21: sources.cbp: unknown key 'evrey'; did you mean 'every'?",
    ),
    "a misspelled key that is needed": (
        "sources:\n  cbp: {ulr: x}\n",
        "2:9: sources.cbp: unknown key 'ulr'; did you mean 'url'?",
    ),
    "duration": (
        source("every: 2 weeks or so"),
        "2:28: sources.cbp.every: '2 weeks or so' is not a length of time; "
        "write for example 90s, 15m, 2h, 1d or daily",
    ),
    "an endless duration": (
        source("every: 9999999999999d"),
        "2:28: sources.cbp.every: '9999999999999d' is not a length of time; write for example 90s, 15m, 2h, "
        "1d or daily",
    ),
    "cron": (
        source("cron: 1 2"),
        "2:27: sources.cbp.cron: '1 2' is not a cron line: that has five fields, as in '30 6 * * mon'",
    ),
    "two schedules": (
        source('every: 2h, cron: "0 8 * * *"'),
        "2:3: sources.cbp: has both 'every' and 'cron'; keep one",
    ),
    "a number": (source("max_pages: many"), "2:32: sources.cbp.max_pages: needs a whole number, not 'many'"),
    "a number too small": (source("max_pages: 0"), "2:32: sources.cbp.max_pages: must be at least 1"),
    "an expectation that is none": (
        source("expect: {rwos: 4}"),
        "2:30: sources.cbp.expect: unknown key 'rwos'; did you mean 'rows'?",
    ),
    "a share that is none": (
        source("expect: {filled: {title: most}}"),
        "2:46: sources.cbp.expect.filled.title: 'most' is not a share; write for example 80% or 0.8",
    ),
    "a share too large": (
        source("expect: {filled: {title: 90}}"),
        "2:46: sources.cbp.expect.filled.title: 90 is not a share; write for example 80% or 0.8",
    ),
    "an expected field that no record has": (
        source("expect: {filled: {titel: 90%}}"),
        "2:46: sources.cbp.expect.filled.titel: no record has a field 'titel'; did you mean 'title'?",
    ),
    "a reason for no expectation": (
        source("expect: {why: it has them}"),
        "2:29: sources.cbp.expect: gives a reason and expects nothing; write rows, filled or newest beside"
        " it",
    ),
    "true for a number": (
        source("expect: {rows: true}"),
        "2:36: sources.cbp.expect.rows: needs a whole number, not true",
    ),
    "a reason for nothing": (
        source("expect: {rows: 4, why: {newest: x, colour: y}}"),
        "2:29: sources.cbp.expect: gives a reason for 'colour', which it does not expect; known are rows,"
        " newest, filled",
    ),
    "a number too large": (source("min_share: 2"), "2:32: sources.cbp.min_share: must be at most 1"),
    "a fraction": (
        source("max_pages: 1.5"),
        "2:32: sources.cbp.max_pages: needs a whole number, not the number 1.5",
    ),
    "a share": (source("min_share: half"), "2:32: sources.cbp.min_share: needs a number, not 'half'"),
    "true or false": (source("paused: maybe"), "2:29: sources.cbp.paused: needs true or false, not 'maybe'"),
    "text": (
        source("charset: 8859"),
        "2:30: sources.cbp.charset: needs text, not the number 8859; write it in quotes",
    ),
    "a url of another kind": (
        "sources:\n  cbp: {url: 'ftp://me:secret@host/x'}\n",
        "2:14: sources.cbp.url: 'ftp://…': only http, https, files and folders can be watched",
    ),
    "a url that is empty": (
        "sources:\n  cbp: {url: ''}\n",
        "2:14: sources.cbp.url: is empty; write a web address, a file or a folder",
    ),
    "two urls in one": (
        "sources:\n  cbp: {url: 'https://a.example.org https://b.example.org'}\n",
        "2:14: sources.cbp.url: 'https://…' holds two addresses; write a source for each",
    ),
    "a port that is none": (
        "sources:\n  cbp: {url: 'https://a.example.org:99999/x'}\n",
        "2:14: sources.cbp.url: 'https://…' has no valid port; it is a number from 1 to 65535",
    ),
    "a topic of no kind of change": (
        f"{source('')}topics: {{a: {{on: []}}}}\n",
        "3:18: topics.a.on: is empty, which matches nothing; leave it out for all",
    ),
    "a topic of no source": (
        f"{source('')}topics: {{a: {{sources: []}}}}\n",
        "3:23: topics.a.sources: is empty, which matches nothing; leave it out for all",
    ),
    "a digest of no topic": (
        f"{source('')}digests: {{a: {{topics: []}}}}\n",
        "3:23: digests.a.topics: is empty, which matches nothing; leave it out for all",
    ),
    "an empty channel": (
        channel("to: []"),
        "4:3: channels.desk: reaches nobody; give it 'to' (one URL or several), 'mail' (a mail server)"
        " or 'webhook' (a program)",
    ),
    "a channel without to": (
        channel("quiet: 22:00-07:00"),
        "4:3: channels.desk: reaches nobody; give it 'to' (one URL or several), 'mail' (a mail server)"
        " or 'webhook' (a program)",
    ),
    "template": (
        channel("to: x, template: emial"),
        "4:27: channels.desk.template: 'emial' is not valid here; did you mean 'email'?",
    ),
    "quiet hours": (
        channel("to: x, quiet: nights"),
        "4:24: channels.desk.quiet: 'nights' are not quiet hours; write them as 22:00-07:00",
    ),
    "quiet hours that last nothing": (
        channel("to: x, quiet: 07:00-07:00"),
        "4:24: channels.desk.quiet: '07:00-07:00' end when they begin; write two times, or leave 'quiet' out",
    ),
    "rate": (
        channel("to: x, at_most: 20 per hour"),
        "4:26: channels.desk.at_most: '20 per hour' is not a rate; "
        "write for example 20/hour, 5/minute or 100/day",
    ),
    "kind of change": (
        topic("on: [withdrawn, new_reprot]"),
        "6:26: topics.wall.on: 'new_reprot' is not valid here; did you mean 'new_report'?",
    ),
    "no such kind at all": (
        topic("on: zzz"),
        f"6:14: topics.wall.on: 'zzz' is not valid here; known are {KINDS}",
    ),
    "months for nothing": (
        topic("on: [promise_passed], no_update_months: 6"),
        "6:3: topics.wall: no_update_months says nothing here; put no_update into 'on' as well",
    ),
    "a reminder for nobody": (
        topic("remind_every: 30d, send: {weekly: desk}"),
        "6:3: topics.wall: remind_every says nothing here; name a channel under 'immediately' in 'send'",
    ),
    "a reminder by the hour": (
        topic("remind_every: 2h, send: {immediately: desk}"),
        "6:3: topics.wall: remind_every is at least a day; write for example 30d",
    ),
    "an unknown key of match": (
        topic("match: {anny: [x]}"),
        "6:18: topics.wall.match: unknown key 'anny'; did you mean 'any'?",
    ),
    "a list of numbers": (
        topic("match: {any: [2024]}"),
        "6:24: topics.wall.match.any: needs text, not the number 2024; write it in quotes",
    ),
    "keys for a list": (
        topic("match: {any: {a: b}}"),
        "6:23: topics.wall.match.any: needs a list, not a mapping",
    ),
    "a list for keys": (
        topic("send: [desk]"),
        "6:16: topics.wall.send: needs a mapping, such as {key: value}, not a list",
    ),
    "a pattern": (
        topic("match: {all: [x, '/a(b/']}"),
        "6:27: topics.wall.match.all: '/a(b/' is not a pattern: missing ) at position 3",
    ),
    "a field": (
        topic("match: {none: 'titel:x'}"),
        "6:24: topics.wall.match.none: 'titel' is not a field; did you mean 'title'?",
    ),
    "a topic's source": (
        topic("sources: [cbp, cbq]"),
        "6:25: topics.wall.sources: no source is called 'cbq'; did you mean 'cbp'?",
    ),
    "a topic's channel": (
        topic("send: {immediately: [desk, desc]}"),
        "6:37: topics.wall.send.immediately: no channel is called 'desc'; did you mean 'desk'?",
    ),
    "a rhythm": (
        topic("send: {weeky: desk}"),
        "6:17: topics.wall.send: no digest is called 'weeky'; did you mean 'weekly'?",
    ),
    "a digest's channel": (
        digest("send_to: dsk"),
        "8:21: digests.weekly.send_to: no channel is called 'dsk'; did you mean 'desk'?",
    ),
    "a digest's topic": (
        digest("topics: [wal]"),
        "8:21: digests.weekly.topics: no topic is called 'wal'; did you mean 'wall'?",
    ),
    "a digest's topics as a number": (
        digest("topics: 5"),
        "8:20: digests.weekly.topics: needs a list, not the number 5",
    ),
    "a digest with a taken name": (
        f"{source('')}digests: {{immediately: {{}}}}\n",
        "3:11: digests: 'immediately' cannot be a digest's name; choose another",
    ),
    "a template that is not there": (
        source("extends: .polite"),
        "2:30: sources.cbp.extends: no entry of sources is called '.polite'; known are cbp",
    ),
    "a template for a list": (
        source("extends: [a]"),
        "2:30: sources.cbp.extends: needs the name of one entry",
    ),
    "templates in a circle": (
        "sources:\n  b: {url: x, extends: .a}\n  .a: {extends: .c}\n  .c: {extends: .a}\n",
        "3:17: sources..a.extends: extends itself: .a extends .c extends .a",
    ),
    "an entry that extends itself": (
        source("extends: cbp"),
        "2:30: sources.cbp.extends: extends itself: cbp extends cbp",
    ),
    "an anchor within itself": (
        f"{source('')}topics: {{wall: {{match: &a {{any: [*a]}}}}}}\n",
        "3:24: topics.wall.match.any: an anchor is used inside itself",
    ),
    "an unset variable": (
        source('charset: "${CHARSET}"'),
        "2:30: sources.cbp.charset: the environment variable CHARSET is not set "
        "(${CHARSET:-…} gives it a default)",
    ),
    "a broken variable": (
        source('charset: "${A-B}"'),
        "2:30: sources.cbp.charset: after '${' a name and '}' must follow; "
        "write $${ for the characters themselves",
    ),
    "an included file that is not there": (
        f"include: [parts/a.yaml]\n{source('')}",
        "1:11: include: there is no file parts/a.yaml",
    ),
    "a file that includes itself": (
        f"include: watch.yaml\n{source('')}",
        "1:10: include: includes itself: watch.yaml includes watch.yaml",
    ),
    "include as a number": (
        f"include: 5\n{source('')}",
        "1:10: include: needs the name of a file, or a list of names",
    ),
    "a name that cannot be a file": (
        f'include: "a\\0b"\n{source("")}',
        "1:10: include: a\0b cannot be read: this is not a file name",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_once_and_where_it_stands(case: str, here: Path) -> None:
    text, expected = MISTAKES[case]
    assert mistakes(text) == [f"watch.yaml:{expected}"]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(here: Path) -> None:
    found = mistakes(
        """
        time_zone: Mars
        sources:
          cbp: {url: x, every: often}
          cbp: {}
        topics:
          facial:
            match: {any: ["/(/"]}
            sources: [cpb]
            send: {immediately: [desk]}
        """
    )
    assert [line.split(" ")[0] for line in found] == [
        "watch.yaml:1:12:",
        "watch.yaml:3:24:",
        "watch.yaml:4:3:",
        "watch.yaml:7:19:",
        "watch.yaml:8:15:",
        "watch.yaml:9:26:",
    ]
    assert found[-1].endswith("topics.facial.send.immediately: no channel is called 'desk'; there is none")


def test_a_missing_file_is_told_with_what_makes_one(here: Path) -> None:
    with pytest.raises(OversightError) as caught:
        load(Path("watch.yaml"), {})
    assert str(caught.value) == (
        "watch.yaml:1:1: there is no file watch.yaml; 'oversight-watch init' writes one"
    )


def test_a_file_that_is_not_utf_8_is_told_with_its_line(here: Path) -> None:
    Path("watch.yaml").write_bytes(b"contact: x\n# caf\xe9\n")
    with pytest.raises(WatchFileError, match=r"^watch.yaml:2:1: has bytes that are not UTF-8"):
        load(Path("watch.yaml"), {})


def test_included_files_are_read_from_where_they_are_asked_for_and_each_once(here: Path) -> None:
    Path("parts/deep").mkdir(parents=True)
    Path("parts/a.yaml").write_text("include: deep/b.yaml\nsources: {gao: {url: pages}}\n")
    Path("parts/deep/b.yaml").write_text("database: sqlite:///x.db\nchannels: {desk: {to: x}}\n")
    watch = read(f"include: [parts/a.yaml, parts/deep/b.yaml]\n{source('')}")
    assert list(watch.sources) == ["gao", "cbp"]
    assert watch.sources["gao"].url == str(here / "parts/pages")
    assert watch.sources["cbp"].url == str(here / "pages")
    assert watch.database == f"sqlite:///{here}/parts/deep/x.db"
    assert watch.files[:-1] == (Path("watch.yaml"), Path("parts/a.yaml"), Path("parts/deep/b.yaml"))
    assert watch.files[-1] == here / "profiles"


def test_mistakes_across_files_name_both_places(here: Path) -> None:
    Path("a.yaml").write_text("contact: a@b.org\nsources:\n  cbp: {url: x, every: often}\n  gao: {ulr: x}\n")
    assert mistakes(f"{source('')}contact: c@d.org\ninclude: a.yaml\n") == [
        "a.yaml:1:1: contact: is defined twice, here and at watch.yaml:3:1; keep one",
        "a.yaml:3:3: sources.cbp: is defined twice, here and at watch.yaml:2:3; keep one",
        "a.yaml:4:9: sources.gao: unknown key 'ulr'; did you mean 'url'?",
    ]


def test_names_are_not_called_missing_while_a_file_cannot_be_read(here: Path) -> None:
    Path("a.yaml").write_text("channels: {desk: {\n")
    assert mistakes(f"include: a.yaml\n{source('')}topics: {{wall: {{send: {{immediately: desk}}}}}}\n") == [
        "a.yaml:1:19: a bracket is not closed, or a comma is missing"
    ]


def test_files_that_include_each_other_are_told_as_a_circle(here: Path) -> None:
    Path("a.yaml").write_text("include: watch.yaml\n")
    assert mistakes(f"include: a.yaml\n{source('')}") == [
        "a.yaml:1:10: include: includes itself: watch.yaml includes a.yaml includes watch.yaml"
    ]


def test_an_entry_takes_over_what_it_extends_and_may_change_or_clear_it(here: Path) -> None:
    watch = read(
        """
        sources:
          .slow: {every: 1d, delay: 9s}
          .polite: {extends: .slow, every: 6h}
          cbp: {extends: .polite, url: "https://a.org/x"}
          gao: {extends: cbp, every: , cron: "0 8 * * *"}
        """
    )
    assert list(watch.sources) == ["cbp", "gao"]
    assert (watch.sources["cbp"].every, watch.sources["cbp"].delay) == (
        timedelta(hours=6),
        timedelta(seconds=9),
    )
    assert (watch.sources["gao"].every, watch.sources["gao"].url) == (None, "https://a.org/x")


def test_a_mistake_in_a_template_is_told_once_where_the_template_stands(here: Path) -> None:
    assert mistakes("sources:\n  .t: {every: x, url: y}\n  a: {extends: .t}\n  b: {extends: .t}\n") == [
        "watch.yaml:2:15: sources.a.every: 'x' is not a length of time; "
        "write for example 90s, 15m, 2h, 1d or daily"
    ]


def test_the_environment_is_filled_in(here: Path) -> None:
    text = 'sources:\n  cbp: {url: "https://h/${A}-${B:-b}-${EMPTY:-e}-$$-$$${A}-$5-$$${A"}\n'
    assert "after '${'" in mistakes(text, {"A": "a"})[0]
    watch = read(text.replace('-$$${A"', '-$${A}"'), {"A": "a", "EMPTY": ""})
    assert watch.sources["cbp"].url == "https://h/a-b-e-$-$a-$5-${A}"


@pytest.mark.parametrize(
    "text",
    [
        source('every: "${SECRET}"'),
        source('cron: "${SECRET}"'),
        source('max_pages: "${SECRET}"'),
        source('extends: "${SECRET}"'),
        "sources: {cbp: {url: 'gopher://${SECRET}'}}",
        "sources: {cbp: {url: 'gopher://hush'}}",
        channel('to: x, template: "${SECRET}"'),
        channel("to: x, quiet: 'mailto://me:hush and hush@host'"),
        channel("to: 'mailto://me:hush@host'"),
        channel("to: x, 'mailto://me:hush@host': x"),
        topic('send: {immediately: "${SECRET}"}'),
        topic('send: {immediately: "mailto://me:hush hush@host"}'),
        topic('match: {any: "/(${SECRET}/"}'),
        topic('match: {any: "mailto://me:hush@host"}'),
        topic('sources: "${SECRET}"'),
        f"database: 'mysql://hush@host'\n{source('')}",
        f"time_zone: '${{SECRET}}'\n{source('')}",
        f"contact: '${{SECRET}}'\n{source('')}",
        f"'mailto://me:hush@host': 1\n{source('')}",
    ],
)
def test_no_secret_and_no_address_is_ever_repeated(text: str, here: Path) -> None:
    def check_url(url: str) -> str | None:
        return "this kind of address is not understood" if "mailto" in url else None

    for line in mistakes(text, {"SECRET": "hush"}, check_url=check_url):
        assert "hush" not in line
        assert "me:" not in line


def test_channel_addresses_are_asked_about_at_their_own_place(here: Path) -> None:
    asked: list[str] = []

    def check_url(url: str) -> str | None:
        asked.append(url)
        return "this kind of address is not understood" if url == "b" else None

    assert mistakes(channel("to: [a, b]"), check_url=check_url) == [
        "watch.yaml:4:18: channels.desk.to: this kind of address is not understood"
    ]
    assert asked == ["a", "b"]


def test_profiles_are_looked_up_where_they_are_known(here: Path) -> None:
    assert mistakes(source("profile: dhs-ogi"), profiles={"dhs-oig": PROFILES["dhs-oig"]}) == [
        "watch.yaml:2:30: sources.cbp.profile: no profile is called 'dhs-ogi'; did you mean 'dhs-oig'?"
    ]
    assert read(source("profile: dhs-ogi")).sources["cbp"].profile == "dhs-ogi"


def test_digests_that_topics_send_at_exist_without_being_written(here: Path) -> None:
    written = read(topic("send: {daily: desk, weekly: desk, monthly: desk, immediately: desk}"))
    assert {name: digest.cron for name, digest in written.digests.items()} == {
        "daily": "0 8 * * *",
        "weekly": "0 8 * * mon",
        "monthly": "0 8 1 * *",
    }
    assert read(topic("")).digests == {}
    assert (
        read(f"{topic('send: {weekly: desk}')}digests: {{weekly: {{cron: 0 9 * * fri}}}}\n")
        .digests["weekly"]
        .cron.endswith("fri")
    )


def test_defaults_are_filled_in_and_paths_made_absolute(here: Path) -> None:
    watch = read(f"{SOUND}topics:\n  quiet:\n  ")
    assert (watch.time_zone, watch.contact) == ("UTC", None)
    assert watch.database == f"sqlite:///{here}/oversight-watch.db"
    assert read(f"database: sqlite:////var/x.db\n{SOUND}").database == "sqlite:////var/x.db"
    assert watch.topics["quiet"].sources is None
    assert watch.files == (Path("watch.yaml"), here / "profiles")


def test_an_anchor_used_over_and_over_does_not_fill_the_memory(here: Path) -> None:
    rows = "\n".join(f"  .a{n}: &a{n} {{x: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 60))
    assert read(f"sources:\n  cbp: {{url: x}}\n  .a0: &a0 {{}}\n{rows}\n").sources


def test_the_example_loads() -> None:
    watch = load(EXAMPLE, ENVIRONMENT, check_url=check_url, profiles=PROFILES)
    assert list(watch.sources) == ["cbp-audits", "gao-open", "gao-new"]
    assert list(watch.digests) == ["weekly", "monthly"]
    assert watch.channels["desk"].to[0].get_secret_value() == ENVIRONMENT["ALERTS_URL"]


def test_the_example_is_not_used_until_somebody_can_receive_its_messages() -> None:
    with pytest.raises(
        WatchFileError, match=r"channels\.desk\.to: the environment variable ALERTS_URL is not set"
    ):
        load(EXAMPLE, {}, check_url=check_url, profiles=PROFILES)


def test_folders_start_from_the_file_that_names_them(here: Path) -> None:
    (here / "parts" / "faces").mkdir(parents=True)
    (here / "parts" / "own.yaml").write_text("templates: faces\ndigest_folder: read\n")
    watch = read(f"include: parts/own.yaml\n{SOUND}")
    assert (watch.templates, watch.digest_folder) == (here / "parts" / "faces", here / "parts" / "read")


def test_templates_beside_the_watch_file_are_found_without_being_named(here: Path) -> None:
    assert read(SOUND).templates is None
    (here / "templates").mkdir()
    assert (read(SOUND).templates, read(SOUND).digest_folder) == (here / "templates", here / "digests")


def test_a_folder_of_templates_that_does_not_exist_is_a_mistake(here: Path) -> None:
    said = f"watch.yaml:1:12: templates: there is no folder {here / 'faces'}"
    assert mistakes(f"templates: faces\n{SOUND}") == [said]
    assert mistakes(f"templates: 3\n{SOUND}") == [
        "watch.yaml:1:12: templates: needs text, not the number 3; write it in quotes"
    ]


def chain(section: str, length: int) -> str:
    return "".join(f"  a{number}: {{extends: a{number - 1}}}\n" for number in range(1, length))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"sources:\n  a0: {{url: x}}\n{chain('sources', 1_500)}", "extends more than 20 entries"),
        ("sources:\n" + "- \n" * 250_000, "has more than 60,000 lines and list items"),
        (f"sources:\n  a: {{url: {'x' * 1_000_000}}}\n", "has more than 20,000 characters"),
        (f"sources:\n  a: {{url: '{'${A}' * 1_000}'}}\n", "or more than 20 variables"),
        ("[" * 1_000_000, "is nested too deeply"),
        ('"' * 1_000_001, "is not valid YAML here"),
    ],
    ids=["extends", "items", "characters", "variables", "depth", "quotes"],
)
def test_what_would_take_too_long_ends_in_a_sentence(here: Path, text: str, said: str) -> None:
    with pytest.raises(WatchFileError, match=said):
        read(text)


def test_a_url_of_a_channel_too_many_is_a_mistake(here: Path) -> None:
    urls = ", ".join(f"'json://host/{number}'" for number in range(1_999))
    with pytest.raises(WatchFileError, match=r"6:14: channels.last.to: is one of more than 2,000 URLs"):
        read(f"{SOUND}  many: {{to: [{urls}]}}\n  last: {{to: 'json://host/'}}\n", check_url=check_url)


def test_files_that_include_each_other_without_end_are_a_mistake(here: Path) -> None:
    for number in range(1_500):
        (here / f"{number}.yaml").write_text(f"include: {number + 1}.yaml\n")
    assert mistakes(f"include: 0.yaml\n{SOUND}") == [
        "18.yaml:1:10: include: is more than 20 files deep, each included by the one before"
    ]


def test_a_pipe_is_no_watch_file(here: Path) -> None:
    os.mkfifo("pipe.yaml")
    assert mistakes(f"include: pipe.yaml\n{SOUND}") == [
        "watch.yaml:1:10: include: pipe.yaml cannot be read: it is a pipe or a device, not a file"
    ]


def test_of_very_many_mistakes_the_first_are_shown_in_full_and_the_others_counted(here: Path) -> None:
    topics = "".join(f"  t{number}: {{sources: [other{number}]}}\n" for number in range(3_000))
    with pytest.raises(WatchFileError) as raised:
        read(f"{SOUND}topics:\n{topics}")
    lines = str(raised.value).splitlines()
    assert len(lines) == 101
    assert lines[0].endswith("topics.t0.sources: no source is called 'other0'; known are cbp")
    assert lines[-1] == "and 2,900 more mistakes"


def test_a_very_long_name_is_not_repeated_in_full(here: Path) -> None:
    (line,) = mistakes(f"sources:\n  cbp:\n    url: x\n    ? {'k' * 10_000}\n    : 1\n")
    assert len(line) < 1_100
    assert "unknown key 'kkk" in line


KEYS = [
    (number, found.start(1), found[1])
    for number, line in enumerate(EXAMPLE.read_text().splitlines())
    for found in re.finditer(r"(?:^ *|[{,] *)([a-z_]+):(?: |$)", line.partition("#")[0])
    if found.start(1) != 2  # a user's own name
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.sampled_from(KEYS), st.integers(0, 20), st.sampled_from("abcdefghijklmnopqrstuvwxyz_"))
def test_a_key_with_one_wrong_letter_is_caught_on_its_line(
    here: Path, key: tuple[int, int, str], at: int, letter: str
) -> None:
    number, column, name = key
    wrong = f"{name[: at % len(name)]}{letter}{name[at % len(name) + 1 :]}"
    lines = EXAMPLE.read_text().splitlines()
    lines[number] = f"{lines[number][:column]}{wrong}{lines[number][column + len(name) :]}"
    if wrong == name:
        read("\n".join(lines), ENVIRONMENT)
        return
    found = mistakes("\n".join(lines), ENVIRONMENT)
    assert any(line.startswith(f"watch.yaml:{number + 1}:{column + 1}: ") for line in found), found


SCALARS = [
    found.span(1) for found in re.finditer(r"(?<=[:\[,] )([^\s#{}\[\],][^\n#{}\[\],]*)", EXAMPLE.read_text())
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    st.sampled_from(SCALARS),
    st.one_of(
        st.text(max_size=8),
        st.integers().map(str),
        st.text("0123456789*-/,dhmw "),
        st.text("&*!|>%@`{}[]:?-'\"\\$~\t\n#, "),
    ),
)
def test_a_changed_value_is_taken_or_told_and_never_anything_else(
    here: Path, span: tuple[int, int], value: str
) -> None:
    text = EXAMPLE.read_text()
    changed = f"{text[: span[0]]}{value}{text[span[1] :]}"
    Path("watch.yaml").write_text(changed, encoding="utf-8", errors="surrogatepass")
    try:
        load(Path("watch.yaml"), ENVIRONMENT)
    except WatchFileError as error:
        assert error.problems


def test_schema_and_code_agree_on_every_key() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == {*Basics.model_fields, *SECTIONS, "include"}
    for model in SECTIONS.values():
        assert set(schema["$defs"][model.__name__]["properties"]) == {*model.model_fields, "extends"}
    json.dumps(schema)


def test_the_schema_takes_the_example_and_refuses_what_the_code_refuses() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    example = yaml_core.load(EXAMPLE.read_text())
    assert list(validator.iter_errors(example)) == []
    example["sources"]["cbp-audits"]["evrey"] = "2h"
    example["sources"]["gao-open"] = {}
    example["topics"]["ice-detention"]["on"] = ["new_reprot"]
    assert len(list(validator.iter_errors(example))) == 3
    assert validator.is_valid({"sources": {"a": {"url": "x", "max_pages": "${PAGES}", "paused": True}}})


def test_the_reference_names_every_key() -> None:
    from alerts.domain.settings import MatchSettings

    text = (ROOT / "docs" / "watch-file.md").read_text()
    keys = {"include", "extends", *Basics.model_fields, *SECTIONS, *MatchSettings.model_fields}
    keys.update(key for model in SECTIONS.values() for key in model.model_fields)
    assert {key for key in keys if f"`{key}`" not in text} == set()


def test_every_term_and_field_that_the_page_on_topics_shows_is_one() -> None:
    from alerts.topics.terms import CONDITIONS, FIELDS, parse_term

    text = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+`) \|", text, re.MULTILINE)
    terms = [term for row in rows for term in re.findall(r"`(.+?)`", row)]
    assert len(terms) > 15
    for term in terms:
        parse_term(term)
    assert {name for name in (*FIELDS, *CONDITIONS) if name and f"`{name}:" not in text} == set()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_url_is_taken_however_its_scheme_is_written_and_from_the_environment(
    scheme: str, here: Path
) -> None:
    written = f"{scheme}://me:p%40ss@db.example.org:5433/watch?sslmode=require"
    Path("watch.yaml").write_text(f"database: ${{DATABASE_URL}}\n{SOUND}")
    watch = load(Path("watch.yaml"), {"DATABASE_URL": written})
    assert watch.database == "postgresql+psycopg://me:p%40ss@db.example.org:5433/watch?sslmode=require"
