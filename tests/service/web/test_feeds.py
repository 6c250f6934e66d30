"""Feeds as a feed reader takes them: valid, with ids that stay, whatever the watched pages showed."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest

from alerts.domain.models import Routing
from monitor.domain.types import ChangeKind
from service.cli.options import settings_of
from tests.alerts.stories import Story
from tests.service.history import NOW, usual_history, write_history, write_watch_file
from tests.service.web.served_watch import TOKENS, reading

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = (
    "]]> <script>alert(1)</script> \u202egpj.exe \x1b[31m \x00\x08 \ufffe \uffff \ufdd0 & “boats” \u200f"
)


def hostile_history(story: Story) -> None:
    source = story.source("cbp-gao")
    first = story.record(source, "GAO-24-1 rec ]]>&<1>", NOW, recommendation=HOSTILE)
    story.change(first, at=NOW, before={"status_comment": "Old"}, after={"status_comment": HOSTILE})
    url = {"url": "javascript:alert(1)"}
    other = story.record(source, "GAO-24-2 rec 1", NOW, report_title=HOSTILE, report_number=HOSTILE, **url)
    change = story.change(
        other, ChangeKind.DETAILS_REVISED, at=NOW, before={"topics": []}, after={"topics": [HOSTILE]}
    )
    story.session.add(Routing(change_id=change.id, decision="digest", topics=["a & ]]> topic"]))


@pytest.fixture(scope="module")
def told(shared_home: Path) -> Path:
    write_watch_file(shared_home)
    write_history(shared_home, usual_history)
    return shared_home


@pytest.fixture
def hostile(home: Path) -> Path:
    write_watch_file(home)
    write_history(home, hostile_history)
    return home


def parsed(text: bytes | str) -> Any:
    found = feedparser.parse(text)
    assert not found.bozo, found.bozo_exception
    return found


def entries(text: str) -> list[ET.Element]:
    return ET.fromstring(text).findall(f"{ATOM}entry")


def require_valid(text: str) -> None:
    """Check the rules of RFC 4287, section 4.1, that a reader may insist on."""
    root = ET.fromstring(text)
    assert root.tag == f"{ATOM}feed"
    for one in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = one.findall(f"{ATOM}{name}")
            assert found.text
        assert re.fullmatch(
            r"tag:[0-9a-f]{12}\.oversight-watch\.invalid,\d{4}-\d\d-\d\d:\S+", one.findtext(f"{ATOM}id") or ""
        )
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one.findtext(f"{ATOM}updated") or "")
        assert one.find(f"{ATOM}author/{ATOM}name") is not None
        links = one.findall(f"{ATOM}link")
        assert all(re.match(r"https?://", link.attrib["href"]) for link in links)
        kinds = [(link.attrib["rel"], link.attrib.get("type")) for link in links]
        assert kinds.count(("alternate", "text/html")) == 1
    ids = [one.findtext(f"{ATOM}id") for one in root.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    assert (root.find(f"{ATOM}link[@rel='self']")) is not None


def test_a_feed_reader_gets_the_changes_newest_first_in_the_words_of_alerts(told: Path) -> None:
    with reading(told) as client:
        answer = client.get("/changes.atom")
        assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
        require_valid(answer.text)
        found = parsed(answer.content)
        assert found.feed.title == "Oversight Watch: changes"
        assert len(found.entries) == 3
        first = found.entries[0]
        assert first.title.startswith("GAO updated its comment on GAO-24-106148 rec 4: ")
        assert "<del>Work goes</del> <ins>Inspections go</ins> on." in first.content[0].value
        assert first.published == first.updated
        assert first.author == "GAO"
        assert [tag.term for tag in first.tags] == ["comment_updated"]
        landed = client.get(first.link)
        assert landed.status_code == 303
        page, _, mark = landed.headers["location"].partition("#")
        assert f'id="{mark}"' in client.get(page).text


@pytest.mark.parametrize("path", ["/changes", "/feeds/records/cbp-gao/GAO-24-1%20rec%201"])
def test_a_json_feed_says_the_same(told: Path, path: str) -> None:
    with reading(told) as client:
        answer = client.get(f"{path}.feed.json")
        as_atom = parsed(client.get(f"{path}.atom").content)
    assert answer.headers["content-type"] == "application/feed+json"
    found = answer.json()
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["feed_url"] == f"{answer.url.copy_with(query=None)}"
    assert [one["id"] for one in found["items"]] == [one.id for one in as_atom.entries]
    assert [one["title"] for one in found["items"]] == [one.title for one in as_atom.entries]
    assert found["items"][0]["tags"] == [tag.term for tag in as_atom.entries[0].tags]


def test_a_feed_has_the_filters_of_its_page_and_the_page_names_it(told: Path) -> None:
    with reading(told) as client:
        page = client.get("/changes?kind=comment_updated&source=cbp-gao&limit=2").text
        named = re.search(
            r'<link rel="alternate" type="application/atom\+xml" title="[^"]*" href="([^"]+)"', page
        )
        assert named
        path = named[1].replace("&amp;", "&")
        assert path == "/changes.atom?kind=comment_updated&source=cbp-gao"
        assert len(entries(client.get(path).text)) == 3
        assert entries(client.get("/changes.atom?source=audits").text) == []
        assert client.get("/changes.atom?kind=nope").json()["error"]["status"] == 422


def test_a_feed_without_entries_is_valid_too_and_the_same_tomorrow(told: Path) -> None:
    with reading(told) as client:
        first, again = (client.get("/changes.atom?agency=NASA") for _ in range(2))
    require_valid(first.text)
    assert first.content == again.content


def test_ids_stay_when_the_host_changes_and_links_follow_it(told: Path) -> None:
    with reading(told) as client:
        here = parsed(client.get("/changes.atom?source=cbp-gao").content)
        host = client.base_url.netloc.decode()
        assert f"http://{host}/changes/" in here.entries[0].link
    with reading(told, ", url: 'https://watch.example.org/room/'") as client:
        there = parsed(client.get("/changes.atom?source=cbp-gao").content)
    assert [one.id for one in here.entries] == [one.id for one in there.entries]
    assert here.feed.id == there.feed.id
    assert there.entries[0].link.startswith("https://watch.example.org/room/changes/")
    assert there.feed.link == "https://watch.example.org/room/changes?source=cbp-gao"


def test_older_entries_are_behind_the_link_to_the_next_part(told: Path) -> None:
    seen: list[str] = []
    with reading(told) as client:
        path: str | None = "/changes.atom?limit=1"
        while path:
            found = parsed(client.get(path).content)
            seen += [one.id for one in found.entries]
            path = next((link.href for link in found.feed.links if link.rel == "next"), None)
    assert len(seen) == len(set(seen)) == 3


def test_a_records_feed_has_its_own_changes_and_its_page_names_it(told: Path) -> None:
    with reading(told) as client:
        answer = client.get("/feeds/records/cbp-gao/GAO-24-1%20rec%201.atom")
        require_valid(answer.text)
        assert len(entries(answer.text)) == 2
        page = client.get("/records/cbp-gao/GAO-24-1%20rec%201").text
        assert 'href="/feeds/records/cbp-gao/GAO-24-1%20rec%201.atom"' in page
        moved = client.get("/feeds/records/cbp-gao/gao-24-1%20rec%201.atom")
        assert (moved.status_code, moved.headers["location"]) == (
            301,
            "/feeds/records/cbp-gao/GAO-24-1%20rec%201.atom",
        )
        none = client.get("/feeds/records/cbp-gao/GAO-99.atom")
        assert (none.status_code, none.json()["error"]["status"]) == (404, 404)
        assert client.get("/feeds/records/audits/GAO-24-1%20rec%201.atom").status_code == 404


@pytest.mark.parametrize("path", ["/changes.atom", "/feeds/records/cbp-gao/GAO-24-2%20rec%201.atom"])
def test_a_feed_that_has_not_changed_is_not_sent_again(told: Path, path: str) -> None:
    with reading(told) as client:
        tag = client.get(path).headers["etag"]
        again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_no_text_of_a_page_breaks_a_feed_or_becomes_a_script_in_it(hostile: Path) -> None:
    with reading(hostile) as client:
        text = client.get("/changes.atom").text
        as_json = client.get("/changes.feed.json")
    require_valid(text)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202e\ufffe\uffff]", text)
    found = parsed(text.encode())
    assert len(found.entries) == 2
    for one in [*entries(text)]:
        html = one.findtext(f"{ATOM}content") or ""
        assert "<script" not in html
        assert "&lt;script&gt;" in html
        assert 'href="javascript' not in html
    assert [tag.term for tag in found.entries[0].tags] == ["details_revised", "a & ]]> topic"]
    items = json.loads(as_json.content)["items"]
    assert all("<script" not in one["content_html"] for one in items)
    assert "external_url" not in items[0]


def test_a_feed_reader_signs_in_with_user_and_password(told: Path) -> None:
    with reading(told, TOKENS) as client:
        assert client.get("/changes.atom", headers={"Accept": "*/*"}).status_code == 401
        token = settings_of(told / "watch.yaml").reading_room.token("read")
        assert token
        assert client.get("/changes.atom", auth=("any", token)).status_code == 200
