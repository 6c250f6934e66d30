"""The documentation is true: links lead somewhere, files load, commands exist, messages are ours."""

import ast
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import certifi
import pytest
import yaml
from markdown_it import MarkdownIt

from alerts.channels.services import check_url
from docs import reference
from monitor.domain import yaml_core
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES
from service.cli.app import app
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite, seed_reports
from service.watchfile.advice import warnings
from service.watchfile.load import load
from service.watchfile.profiles import one_profile
from service.watchfile.settings import SECTIONS, WatchFile
from tests.service.commands import ROOT, run

DOCS = ROOT / "docs"
MARKDOWN = MarkdownIt("commonmark").enable("table")
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "bench").glob("*.md"))
    if reference.FOLDER not in path.relative_to(ROOT).parts
)
# These pages have examples of another kind, and tests of their own.
WITH_TESTS_OF_THEIR_OWN = {"profiles.md", "topics.md"}
# What a variable of an example holds.
ENVIRONMENT = {
    "HEARTBEAT_URL": "https://watch.example.org/ping/1",
    "TEAMS_URL": "https://prod-01.westus.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64"
    "/triggers/manual/paths/invoke?api-version=2016-06-01&sp=x&sv=1.0&sig=KODuebWbDGYFr0z0eu",
    "TENANT_ID": "12345678-1234-1234-1234-123456789abc",
    "CLIENT_ID": "12345678-1234-1234-1234-123456789abd",
    "CLIENT_SECRET": "abcdefghijklmnop0123456789ABCD",
}
HOOK = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx"


@dataclass
class Page:
    """What the tests look at in one page."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)  # language (and what follows it), content


@cache
def page(path: Path) -> Page:
    found, seen = Page(), dict[str, int]()
    tokens = MARKDOWN.parse(path.read_text("utf-8"))
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            words = "".join(one.content for one in tokens[at + 1].children or () if one.type != "link_open")
            slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            seen[slug] = seen.get(slug, -1) + 1
            found.anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        if token.type in ("fence", "code_block"):
            found.blocks.append((token.info, token.content))
        for child in token.children or ():
            target = child.attrGet("href") or child.attrGet("src")
            if target:
                found.links.append(unquote(str(target)))
    return found


def test_every_link_within_the_project_leads_to_a_page_and_a_heading(tmp_path: Path) -> None:
    reference.write(tmp_path / reference.FOLDER)
    (tmp_path / reference.FOLDER).rename(folder := tmp_path / "pages")
    made = sorted(folder.glob("*.md"))
    assert [one.stem for one in made] == sorted(reference.PAGES)
    broken = []
    for path in (*PAGES, *made):
        place = DOCS / reference.FOLDER / path.name if path in made else path
        for link in page(path).links:
            file, _, anchor = link.partition("#")
            if "://" in link or link.startswith("mailto:"):
                continue
            target = Path(os.path.normpath(place.parent / file)) if file else path
            if not target.exists() or (anchor and anchor not in page(target).anchors):
                broken.append(f"{path.name}: {link}")
    assert broken == []


def test_every_page_is_in_the_navigation_once() -> None:
    listed = [link for link in page(DOCS / "index.md").links if link.endswith(".md")]
    assert len(listed) == len(set(listed))
    pages = {str(path.relative_to(DOCS)) for path in PAGES if path.is_relative_to(DOCS)}
    decisions = {name for name in pages if name.startswith("decisions/") and name != "decisions/README.md"}
    assert set(listed) == pages - {"index.md"} - decisions


# Watch files


def yaml_blocks(path: Path) -> Iterator[tuple[str, str]]:
    """Return section and text of each block that is a watch file, a part of one, or a profile."""
    for info, text in page(path).blocks:
        language, _, section = info.partition(" ")
        if language == "yaml":
            yield section, text
        elif not language and path.name not in WITH_TESTS_OF_THEIR_OWN and _is_watch_file(text):
            yield "", text


def _is_watch_file(text: str) -> bool:
    first = re.match(r"(\w+):", text)
    return first is not None and first[1] in {*WatchFile.model_fields, "include"}


# Blocks are found when a test runs: reading all pages while collecting costs each worker a second and a half.
@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_watch_files_of_a_page_are_accepted_as_they_are(path: Path, tmp_path: Path) -> None:
    for at, (section, text) in enumerate(yaml_blocks(path)):
        (folder := tmp_path / str(at)).mkdir()
        assert _complaints(path.name, section, text, folder) == [], text


def _complaints(name: str, section: str, text: str, folder: Path) -> list[str]:
    """Return what the program objects to in a block of YAML."""
    if section == "profile":
        assert _city_auditor(folder, text).describes == "audits of the city auditor"
        return []
    if "city-auditor" in text:
        profiles = (one for path in PAGES for one in yaml_blocks(path) if one[0] == "profile")
        _city_auditor(folder, next(profiles)[1])
    content = yaml_core.load(text)
    whole = _completed({section: content} if section else content)
    (folder / "watch.yaml").write_text(yaml.safe_dump(whole, sort_keys=False), "utf-8")
    if "ca_file" in whole:
        (folder / whole["ca_file"]).write_bytes(Path(certifi.where()).read_bytes())
    names = [*re.findall(r"(?<!\$)\$\{(\w+)", text), "ALERTS_URL"]
    environment = {one: ENVIRONMENT.get(one, HOOK if one.endswith("URL") else "x" * 24) for one in names}
    settings = load(folder / "watch.yaml", environment, check_url=check_url, profiles=PROFILES)
    parts = ("there is no file", "it is sent nowhere") if name == "watch-file.md" else ("there is no file",)
    return [one for one in warnings(settings) if not any(part in one for part in parts)]


def _city_auditor(folder: Path, text: str) -> Profile:
    (folder / "profiles").mkdir()
    (folder / "profiles" / "city_auditor.yaml").write_text(text, "utf-8")
    return one_profile("city-auditor", folder / "profiles")


def _completed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a watch file with all that a part of one refers to."""
    whole = {name: dict(content.get(name) or {}) for name in SECTIONS}
    channels, sources, topics = set[str](), set[str](), set[str]()
    for topic in whole["topics"].values():
        channels.update(_names(topic.get("send", {}).values()))
        sources.update(_names([topic.get("sources", [])]))
    for digest in whole["digests"].values():
        channels.update(_names([digest.get("send_to", [])]))
        topics.update(_names([digest.get("topics", [])]) - {"all"})
    for name in channels | {"ops"}:
        whole["channels"].setdefault(name, {"to": "${ALERTS_URL}"})
    whole["channels"]["ops"].setdefault("purpose", "operator")
    for name in sources or ({"cbp-audits"} if not whole["sources"] else ()):
        whole["sources"].setdefault(name, {"url": "https://www.example.gov/"})
    for name in topics or ({"all-of-it"} if not whole["topics"] else ()):
        whole["topics"].setdefault(name, {"send": {"immediately": "ops"}})
    return {**content, **whole}


def _names(values: Any) -> set[str]:
    return {name for value in values for name in ([value] if isinstance(value, str) else value)}


# Commands


def command_lines() -> Iterator[tuple[str, str]]:
    """Return page and line of each command in a block of shell."""
    for path in PAGES:
        for info, text in page(path).blocks:
            if info == "sh" or (
                not info and re.search(r"^(?:oversight-watch|make|pip) ", text, re.MULTILINE)
            ):
                for line in text.replace("\\\n", " ").splitlines():
                    if line.strip() and not line.startswith("#"):
                        yield path.name, line


def test_every_command_in_the_docs_exists_and_takes_these_arguments() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    wrong, checked = [], 0
    for name, line in command_lines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;><")
        lexer.whitespace_split = True
        words = list(lexer)  # raises for a quote that is not closed
        for at, word in enumerate(words):
            rest = _until_operator(words[at + 1 :])
            if Path(word).name == "oversight-watch" and (at == 0 or words[at - 1] in ("|", "&&", "*")):
                checked += 1
                wrong += [f"{name}: {line}: {why}" for why in _wrong(rest)]
            elif word == "make" and at == 0:
                asked = [one for one in rest if "=" not in one]
                wrong += [f"{name}: {line}" for one in asked if one not in targets]
    assert wrong == []
    assert checked > 150


def _until_operator(words: list[str]) -> list[str]:
    end = next((at for at, word in enumerate(words) if set(word) <= set("|&;><") or word == "…"), len(words))
    return words[:end]


def _wrong(words: list[str]) -> Iterator[str]:
    """Return what the command line itself says of these words; nothing runs."""
    command: Any = app
    try:
        while hasattr(command, "commands") and words and not words[0].startswith("-"):
            context = command.make_context(command.name, list(words))
            given = [*context._protected_args, *context.args]
            _, command, words = command.resolve_command(context, given)
        if not hasattr(
            command, "commands"
        ):  # a group, or the program itself, takes only options such as --help
            command.make_context(command.name, list(words))
    except Exception as error:  # whatever the parser objects to
        yield str(getattr(error, "message", error))


# Messages


def test_every_message_in_troubleshooting_is_one_of_the_program() -> None:
    rows = re.findall(r"^\| (`.+?`) \| ", (DOCS / "troubleshooting.md").read_text("utf-8"), re.MULTILINE)
    pieces = [piece.strip() for row in rows for piece in row.strip("`").split("…")]
    said = _all_strings()
    assert len(rows) > 40
    assert [piece for piece in pieces if len(piece) > 3 and piece not in said] == []


def _all_strings() -> str:
    """Return all texts in the code, joined where the code joins them."""
    found = []
    for folder in ("monitor", "alerts", "service"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            found += [
                one.value
                for one in ast.walk(tree)
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
    return "\n".join(found)


# The tutorial

# Steps 1 and 2 install the program, and the last command runs until it is stopped; other tests do both.
NOT_RUN = re.compile(r"make demo|python3 -m venv|\.venv-watch/|export PATH|oversight-watch run$")


class Reader:
    """Somebody who does what the tutorial says, with a mail server and a site of this machine."""

    def __init__(self, folder: Path, site: str, mail: int) -> None:
        self.folder, self.site, self.mail = folder, site, mail
        self.printed = ""

    def follow(self, language: str, section: str, text: str) -> None:
        text = text.replace("https://www.oig.dhs.gov", self.site)
        if language == "sh":
            self.printed = "".join(self._do(line) for line in text.splitlines() if not NOT_RUN.match(line))
        elif language == "text":
            assert " ".join(text.split()) in " ".join(self.printed.split())
        elif language == "yaml":
            self._write(section, text)

    def _write(self, section: str, text: str) -> None:
        path = self.folder / "watch.yaml"
        if section == "sources":
            head, topics = path.read_text("utf-8").split("channels:")
            text = f"{head}{text}    allow_private: true\nchannels:{topics}"
        elif section == "topics":
            text = path.read_text("utf-8") + text
        path.write_text(text, "utf-8")

    def _do(self, line: str) -> str:
        words = shlex.split(line, comments=True)
        if words[0] == "cd":
            self.folder = self.folder / words[1]
        elif words[0] == "export":
            os.environ["ALERTS_URL"] = (
                f"mailto://127.0.0.1:{self.mail}?from=watch@example.org&to=you@example.org"
            )
        elif words[0] == "oversight-watch":
            done = run(self.folder, *words[1:])
            assert done.code == 0, f"{line}\n{done.all}"
            return done.out
        else:
            subprocess.run(["bash", "-c", line], cwd=self.folder, check=True)
        return ""


def test_whoever_follows_the_tutorial_gets_an_alert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_URL", "")  # restored at the end
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    with MailServer() as mail, ReplicaSite(seed_reports()) as site:
        reader = Reader(tmp_path, site.url("/").rstrip("/"), mail.port)
        for info, text in page(DOCS / "tutorial.md").blocks:
            language, _, section = info.partition(" ")
            reader.follow(language, section, text)
            if "channels test" in text:
                assert len(mail.messages) == 2  # one for each channel
    alert = mail.messages[-1].message
    assert "partially addressed" in str(alert["Subject"])
