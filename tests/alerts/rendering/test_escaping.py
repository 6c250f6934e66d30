"""Every text that a template shows is escaped, and a template cannot lose that without a test noticing.

Every text of a message is hostile here. Each expression of each template is then printed unescaped once, and
has to be noticed; those that show no text are listed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from alerts.digests.stored import stored_digest
from alerts.domain.display import Display
from alerts.language.change import Difference, Shown, shown
from alerts.language.hero import Badge
from alerts.language.markers import ADDED
from alerts.language.notice import NoticeParts
from alerts.language.text import Segment
from alerts.rendering.environments import OURS, Flavor, Templates, templates
from alerts.rendering.render import Shared
from alerts.views.charts import chart
from alerts.views.digest import reading
from alerts.views.reminder import reminder_reading
from tests.alerts.golden import NEW_YORK, REMINDER
from tests.alerts.stories import comment_updated

HOSTILE = f"x<zz>x\x1b[31mzz{ADDED[0]}zz"
# What must not be in a rendered text of each flavor.
LEAKS: Mapping[Flavor, str] = {
    "html": "<zz",
    "markdown": r"(?<!\\)<zz",
    "slack": "<zz",
    "card": f"{ADDED[0]}zz",
    "text": r"\x1b\[31mzz",
}
ENDINGS: Mapping[Flavor, str] = {"html": "html", "text": "txt", "markdown": "md", "slack": "md", "card": "md"}
MESSAGES = ("changes", "digest", "notice", "reminder")
REWRITTEN = [["removed", "one two three four"], ["added", "five six seven eight"]]
CONTENT = Path(__file__).parents[2] / "golden" / "digest" / "file.json"


def hostile(value: Any) -> Any:
    """Return a view in which every text is hostile, and every address."""
    if isinstance(value, str):
        return f"{value}{HOSTILE}"
    if isinstance(value, Segment):
        return replace(value, text=hostile(value.text))
    if isinstance(value, Badge):
        return replace(value, words=hostile(value.words))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: hostile(getattr(value, one.name)) for one in fields(value)})
    return tuple(map(hostile, value)) if isinstance(value, tuple) else value


def without_links(value: Any) -> Any:
    """Return a view without addresses: its texts are shown outside of links."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = {one.name: without_links(getattr(value, one.name)) for one in fields(value)}
        return replace(value, **{**kept, **{name: None for name in kept if name.endswith("url")}})
    return tuple(map(without_links, value)) if isinstance(value, tuple) else value


def full_digest() -> Any:
    """Return a digest in which no text is empty."""
    content = json.loads(CONTENT.read_text(encoding="utf-8"))
    content["changes"][0] |= {"address": "a", "also": ["b"], "lead": "c"}
    content["changes"][0]["differences"].append({"label": "Comment", "segments": REWRITTEN})
    content |= {"more": 2, "snoozed": 2, "other": 2}
    content["to_open"] = {"listed": [{"url": "https://www.gao.gov/products/x", "labels": ["x"]}], "rest": 2}
    content["open"] |= {"rest": 2, "agencies_rest": 2}
    for name in ("passed", "moved", "soon"):
        content["promises"][name] |= {"rest": 2}
        content["promises"][name]["listed"][0]["care"] = REMINDER["listed"][0]["care"]
        content["promises"][name]["listed"][0]["priority"] = True
    return hostile(reading(stored_digest(content), NEW_YORK, Display(reading_room="https://a.example")))


def with_nothing_to_compare(digest: Any) -> Any:
    """Return a digest with one agency and one age band."""
    ages = tuple(replace(one, bands=(replace(one.bands[0], count=2),)) for one in digest.ages)
    return replace(digest, ages=ages, agencies=digest.agencies[:1], rest_agencies="")


def whole_entry() -> Shown:
    """Return a change of which no text is empty, with a text that was rewritten."""
    texts = {name: name for name in ("address", "deck", "text", "comment", "line", "standing", "lead")}
    entry = replace(shown(comment_updated(), ("topic",), ("word",), NEW_YORK), **texts)
    segments = tuple(Segment(cast("Any", kind), text) for kind, text in REWRITTEN)
    others = (*entry.others, Difference("Comment", segments, long=True))
    badges = (Badge("Open", "amber"), Badge("Closed", "green"))
    return replace(entry, others=others, differences=others, badges=badges, permalink="https://a.example/")


def contexts(message: str) -> Iterator[dict[str, Any]]:
    """Return what a message is rendered with, in all its variants."""
    links = ((hostile("words"), hostile("https://a.example/")), (hostile("words"), ""))
    both = {"subject": hostile("subject"), "headed": True, "links": links}
    if message == "changes":
        entry = whole_entry()
        # A long difference has an expression of its own in plain text.
        long = replace(entry, url=None, others=tuple(replace(d, long=True) for d in entry.others))
        alone = replace(entry, url=None, permalink=None)
        found = (
            replace(entry, url="https://a.example/"),
            long,
            alone,
            replace(alone, badges=entry.badges[:1]),
        )
        entries = tuple(map(hostile, found))
        texts = {name: hostile(name) for name in ("heading", "preheader", "more", "topics")}
        texts |= {"carded": True, "room": hostile("https://a.example/")}
        shared = hostile(Shared("why", "noticed"))
        for full in (0, 4):
            yield {**both, **texts, "entries": entries, "full": full, "many": True, "shared": shared}
        apart = {**texts, "shared": Shared("", ""), "room": None}
        yield {**both, **apart, "entries": entries, "full": 4, "many": True}
        for one in entries:
            yield {**both, **texts, "entries": (one,), "full": 1, "many": False, "shared": shared}
    elif message == "digest":
        for wide in (True, False):
            digest = full_digest() if wide else with_nothing_to_compare(without_links(full_digest()))
            drawn = hostile(chart(digest.tally)) if wide else None
            yield {**both, "digest": digest, "chart": drawn, "wide": wide}
    elif message == "reminder":
        room = Display(reading_room="https://a.example")
        view = hostile(reminder_reading(cast("Any", REMINDER), 9, NEW_YORK, room))
        for one in (view, without_links(view)):
            yield {**both, "reminder": one}
    else:
        ends = ("line", "see https://a.example/", "run: oversight-watch check")
        yield {**both, "notice": hostile(NoticeParts(ends, ends, ends))}


ALL = {message: list(contexts(message)) for message in MESSAGES}


def leaks(using: Templates, flavor: Flavor, message: str) -> bool:
    """Return whether hostile text gets through unescaped."""
    for context in ALL[message]:
        rendered = using.render(flavor, f"{message}.{ENDINGS[flavor]}", **{"wide": False, **context})
        assert "zz" in rendered
        if re.search(LEAKS[flavor], rendered):
            return True
    return False


@pytest.mark.parametrize("flavor", LEAKS)
@pytest.mark.parametrize("message", MESSAGES)
def test_no_text_gets_through_unescaped(message: str, flavor: Flavor) -> None:
    assert not leaks(templates(None), flavor, message)


# ---- every expression of every template


def expressions() -> Iterator[tuple[str, re.Match[str]]]:
    for name in ("html", "markdown"):
        for file in sorted((OURS / name).iterdir()):
            for found in re.finditer(r"\{\{ (.+?) \}\}", file.read_text(encoding="utf-8")):
                yield f"{name}/{file.name}", found


# They show a number, a mark of ours, or what another template has escaped.
NO_TEXT = re.compile(
    r"mark|.*\.mark|small|rule|quote|\w+\.segments|count|number|badge\.tone|loop\.index"
    r"|(?:head|heading|badges|differences|body|fact|foot|rest|short|blocks\.\w+|charts\.\w+)\(.*"
    r"|[\w.]*\.(?:count|total|percent|shade|begin|x|y|now_x|width|height|bottom|middle|median_y|index0|id)"
    r"|count or .*|\(.*(?:percent|shade|part\.count).*|\".*|chart\..*|column\..*(?:x|y|width).*|part\..*"
)


def bare(expression: str) -> str:
    """Return an expression without its filters."""
    return expression.partition(" | ")[0]


EVERY = [one for one in expressions() if not NO_TEXT.fullmatch(bare(one[1][1]))]


@pytest.mark.parametrize(
    ("name", "found"), EVERY, ids=[f"{name}:{found[1]}@{found.start()}" for name, found in EVERY]
)
def test_an_expression_that_is_not_escaped_is_noticed(
    tmp_path: Path, name: str, found: re.Match[str]
) -> None:
    unescaped = f"{{{{ {bare(found[1])} | safe }}}}"
    text = found.string[: found.start()] + unescaped + found.string[found.end() :]
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(text, encoding="utf-8")
    broken = templates(tmp_path)
    own_first = sorted(MESSAGES, key=lambda message: f"/{message}." not in name)
    flavors: list[Flavor] = ["html"] if name.startswith("html/") else ["markdown", "slack", "card"]
    if "Read it at" in found[1] and "card" in flavors:
        flavors.remove("card")  # which has a button in its place
    for flavor in flavors:
        assert any(leaks(broken, flavor, message) for message in own_first), f"{flavor}: {unescaped}"
