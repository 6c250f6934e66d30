"""A digest in every face: golden files, its published JSON, what mail programs take, and what eyes can read.

OVERSIGHT_WATCH_GOLDEN=write makes the golden files anew; look at what changed before you commit it.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlmodel import Session, select

from alerts.channels.smtp import MailRoute, build_mail
from alerts.digests.stored import Format, file_name
from alerts.digests.trim import shortened_content
from alerts.domain.models import OutboxItem
from alerts.rendering.digest_files import published, whole_digest, write_digest_file
from alerts.rendering.environments import templates
from alerts.rendering.render import render_digest, render_item
from monitor.domain.types import ChangeKind
from service.database.database import Database
from tests.alerts.digest_weeks import MONDAY, NEW_YORK, digest_at, live_through
from tests.alerts.stories import Reader, Story
from tests.browser import Tab, tab

__all__ = ["tab"]  # the fixture

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "digest"
SCHEMA = json.loads((ROOT / "docs" / "digest.schema.json").read_text(encoding="utf-8"))
CHECK = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
OURS = templates(None)
FORMATS: tuple[Format, ...] = ("html", "markdown", "json", "text")
MESSAGES = {"email": "mail.html", "slack": "slack.md", "markdown": "chat.md", "text": "message.txt"}


@contextmanager
def fresh_session(folder: Path, migrated_file: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{shutil.copy(migrated_file, folder / 'x.db')}")
    with database.write() as opened:
        yield opened
    database.close()


@pytest.fixture
def session(tmp_path: Path, migrated_file: Path) -> Iterator[Session]:
    with fresh_session(tmp_path, migrated_file) as opened:
        yield opened


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> dict[str, Any]:
    with fresh_session(tmp_path_factory.mktemp("week"), migrated_file) as session:
        return live_through(session).content


@pytest.fixture
def content(week: dict[str, Any]) -> dict[str, Any]:
    return deepcopy(week)


def large_week(session: Session, count: int) -> dict[str, Any]:
    """Give the content of a week with so many changes, of which the last are the closings."""
    story = Story(session)
    source = story.source(created_at=MONDAY - timedelta(weeks=15))
    listed, seen = MONDAY - timedelta(days=2), MONDAY - timedelta(days=1)
    first, second = story.check(source, listed), story.check(source, seen)
    for number in range(count):
        key = f"GAO-24-{number:06}"
        record = story.record(source, f"{key} rec 4", listed, check=first, report_number=key)
        if number >= count - 10:
            values = {"status": "open"}, {"status": "closed_implemented"}
            story.change(record, ChangeKind.STATUS_CHANGED, seen, *values, check=second)
        else:
            story.change(record, at=seen, check=second)
    return digest_at(session, MONDAY).content


def mail_of(message: Any) -> bytes:
    route = MailRoute(host="h", port=25, secure="insecure", sender="watch@example.org")
    return build_mail(route, "desk@example.org", message).as_bytes(policy=policy.SMTP)


def face(content: dict[str, Any], name: Any) -> str:
    message = render_digest(content, face=name, identity="i", templates=OURS, time_zone=NEW_YORK)
    body = message.html if name == "email" else message.text if name == "text" else message.markdown
    assert body is not None
    return body


# ---- golden files


def held_against(name: str, made: str) -> None:
    path = GOLDEN / name
    if os.environ.get("OVERSIGHT_WATCH_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8"), f"{path} differs; see this file's first lines"


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_reads_as_its_golden_file(content: dict[str, Any], name: str) -> None:
    held_against(MESSAGES[name], face(content, name))


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_reads_as_its_golden_file(content: dict[str, Any], name: Format) -> None:
    ending = file_name(content, name).rpartition(".")[2]
    held_against(f"file.{ending}", whole_digest(content, name, OURS))


# ---- the published JSON


def test_the_json_is_what_its_published_schema_says(session: Session) -> None:
    empty = digest_at(session, MONDAY - timedelta(weeks=20), name="other").content
    week = live_through(session).content
    messages = [item.content for item in session.exec(select(OutboxItem))]
    assert len(messages) == 2
    for found in (published(empty), published(week), *messages):
        CHECK.validate(json.loads(json.dumps(found)))
    assert published(week)["schema"] == {"name": "oversight-watch/digest", "version": 1}
    assert "figures" not in published(week)


def test_a_field_that_the_schema_does_not_know_would_be_noticed(content: dict[str, Any]) -> None:
    for changed in ({"news": 1}, {"numbers": {}}, {"schema": {**content["schema"], "version": 2}}):
        with pytest.raises(jsonschema.ValidationError):
            CHECK.validate({**published(content), **changed})


# ---- equal in content


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.casefold()))


def test_the_text_part_says_what_the_html_says(content: dict[str, Any]) -> None:
    message = render_digest(content, face="email", identity="i", templates=OURS, time_zone=NEW_YORK)
    assert message.html is not None
    shown = Reader(message.html.split("</style>")[-1]).text
    shown = shown.partition("Oversight Watch compares")[0]
    missing = words_of(shown) - words_of(message.text)
    # The heads of columns, and the sender's name above everything.
    assert missing <= {"agency", "total", "oversight", "watch"}, missing


def test_no_face_leaves_out_a_change(content: dict[str, Any]) -> None:
    for name in MESSAGES:
        body = face(content, name)
        for change in content["changes"]:
            number = change["record"].rpartition(" rec ")[0] or change["record"]
            assert number.replace("-", "\\-") in body or number in body, (name, number)


# ---- mail programs


def test_a_week_of_two_thousand_changes_stays_below_what_mail_programs_cut(
    session: Session, tmp_path: Path
) -> None:
    content = large_week(session, 2_000)
    item = session.get_one(OutboxItem, 1)
    message = render_item(session, item, "email", OURS, NEW_YORK)
    assert message.html is not None
    assert len(message.html.encode()) <= 60_000
    assert len(mail_of(message)) < 100_000
    for body in (message.text, Reader(message.html).text):
        read = " ".join(body.split())
        between = "between Saturday, March 7, 7 a.m. and Monday, March 9, 8 a.m."
        assert f"2,000 changes {between}: 10 closed as implemented and 1,990 updated comments" in read
        rest = re.search(r"([\d,]+) more changes in these topics; the full list is in the file", read)
        assert rest is not None
        assert read.count("Detected ") + int(rest[1].replace(",", "")) == 2_000
    # The closings came last and are told first.
    assert message.text.index("closed a CBP recommendation") < message.text.index("updated its comment on")
    named = re.search(r"digest-weekly-[\d-]+\.html", message.text)
    path = write_digest_file(content, tmp_path, OURS)
    assert named is not None
    assert path.name == named[0]
    page = path.read_text(encoding="utf-8")
    assert all(f"GAO-24-{number:06} rec 4" in page for number in range(2_000))


def test_a_channel_that_gets_other_topics_is_told_where_else_the_rest_is(content: dict[str, Any]) -> None:
    text = face({**shortened_content(content, 2), "file": None}, "text")
    assert "3 more changes in these topics; all are on record" in " ".join(text.split())


def test_a_mail_is_valid_mime_with_short_lines(content: dict[str, Any]) -> None:
    message = render_digest(content, face="email", identity="i", templates=OURS, time_zone=NEW_YORK)
    raw = mail_of(message)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    read = message_from_bytes(raw, policy=policy.strict)
    parts = [part.get_content_type() for part in read.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    assert not any(part.defects for part in read.walk())
    plain, html = (read.get_body((kind,)) for kind in ("plain", "html"))
    for body in (plain, html):
        assert body is not None
        assert "“Facial Recognition” Mismatches" in " ".join(body.get_content().split(" "))
        assert "§\xa01365b" in unescape(body.get_content())


def test_a_digest_asks_nothing_of_the_network(content: dict[str, Any]) -> None:
    for page in (face(content, "email"), whole_digest(content, "html", OURS)):
        read = Reader(page)
        assert not {"script", "img", "link", "iframe", "object"} & set(read.tags)
        assert "url(" not in page
        outside = {link.partition(":")[0] for link in read.links if not link.startswith("#")}
        assert outside == {"https"}
        inside = {link for link in read.links if link.startswith("#")}
        assert inside >= {"#changes", "#open", "#sources"}
        assert all(f'id="{anchor[1:]}"' in page for anchor in inside)


# ---- what eyes can read


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("ground", "dark"), [("#ffffff", False), ("#1d2025", True)], ids=["light", "dark"])
def test_all_text_stands_out_from_its_ground(ground: str, dark: bool) -> None:
    folder = ROOT / "alerts" / "rendering" / "templates" / "html"
    css = "".join(path.read_text() for path in sorted(folder.glob("*.css")))
    night = "".join(
        re.findall(r"@media \(prefers-color-scheme: dark\) \{\n(.*?)^\}", css, re.DOTALL | re.MULTILINE)
    )
    day = re.sub(r"@media[^{]*\{\n.*?^\}", "", css, flags=re.DOTALL | re.MULTILINE)
    found = 0
    for rule in re.findall(r"[^{}]+\{[^{}]*\}", night if dark else day):
        if "display: none" in rule:
            continue  # for previews of a mail, and shown by none
        for colour in re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", rule):
            own = re.search(r"background: (#[0-9a-f]{6})", rule)
            assert contrast(colour, own[1] if own else ground) >= 4.5, rule
            found += 1
    assert found > 5


def test_the_contrast_is_computed_as_the_guidelines_say() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_pages_charts_can_be_heard(content: dict[str, Any]) -> None:
    page = whole_digest(content, "html", OURS)
    charts = re.findall(r"<svg (.*?)>(.*?)</svg>", page, re.DOTALL)
    assert len(charts) == 1 + len(content["open"]["agencies"])
    for head, body in charts:
        (name, *rest) = re.search(r'aria-labelledby="([^"]+)"', head)[1].split()  # type: ignore[index]
        assert 'role="img"' in head
        assert f'<title id="{name}">' in body
        assert all(f'<desc id="{other}">' in body for other in rest)
    assert "through March 9: 5" in charts[0][1]


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 640, 1200])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("what", ["mail", "file"])
def test_a_digest_fits_its_reader(
    tab: Tab, content: dict[str, Any], width: int, dark: bool, what: str
) -> None:
    page = face(content, "email") if what == "mail" else whole_digest(content, "html", OURS)
    too_wide, ran = tab.look(page, f"digest-{what}-{width}-{'dark' if dark else 'light'}", width, dark=dark)
    assert too_wide <= 0
    assert not ran
