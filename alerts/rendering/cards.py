"""Messages as native cards of Slack, Teams and Discord. Pure.

alerts.rendering.truncate shortens whole messages; this module only keeps each block within its limit.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.language.escape import escape_markdown, escape_slack
from alerts.language.hero import Tone
from alerts.language.markers import ADDED, FOUND, LINK, REMOVED, Part
from alerts.language.text import shortened


@dataclass(frozen=True, slots=True)
class Head:
    """The title of a card, its color, and the address of its one button."""

    title: str
    tone: Tone = "blue"
    button: str = ""
    url: str | None = None


MakeCard = Callable[[str, Head, Sequence[Part]], dict[str, Any]]  # subject, head, parts

_SLACK_BLOCKS, _SLACK_SECTION, _SLACK_HEADER = 50, 3_000, 150
_DISCORD_TITLE = 256
_COLORS: Mapping[Tone, int] = {
    "green": 0x1A7F37,
    "amber": 0xB57A00,
    "red": 0xB3261E,
    "gray": 0x6B7280,
    "blue": 0x2F6DB5,
}


def slack_card(subject: str, head: Head, parts: Sequence[Part]) -> dict[str, Any]:
    """Return a Block Kit message; `text` is what a notification shows."""
    title = _title(head.title, _SLACK_HEADER, escape_slack)
    header = {"type": "header", "text": {"type": "plain_text", "text": title}}
    blocks = [block for part in parts for block in _slack_blocks(part)]
    if len(blocks) >= _SLACK_BLOCKS:
        blocks = list(_slack_blocks(Part("text", _joined(parts))))
    return {"text": escape_slack(subject), "blocks": [header, *blocks]}


def _slack_blocks(part: Part) -> Iterator[dict[str, Any]]:
    if part.kind == "rule":
        yield {"type": "divider"}
    for text in _pieces(part.text, _SLACK_SECTION):
        shown = {"type": "mrkdwn", "text": text}
        if part.kind == "small":
            yield {"type": "context", "elements": [shown]}
        else:
            yield {"type": "section", "text": shown}


def _pieces(text: str, longest: int) -> Iterator[str]:
    """Split text at line breaks, or at a space if a single line is too long."""
    while len(text) > longest:
        end = text.rfind("\n", 1, longest)
        end = end if end > 0 else text.rfind(" ", 1, longest)
        end = end if end > 0 else longest
        yield text[:end].rstrip()
        text = text[end:].lstrip()
    if text:
        yield text


def _title(heading: str, longest: int, escaped: Callable[[str], str]) -> str:
    """Return a title that is within its limit after escaping."""
    room = longest
    while len(title := escaped(shortened(heading, room))) > longest:
        room -= len(title) - longest
    return title


def _joined(parts: Sequence[Part]) -> str:
    return "\n\n".join(part.text for part in parts if part.text)


def discord_card(subject: str, head: Head, parts: Sequence[Part]) -> dict[str, Any]:
    """Return a message of one embed that cannot mention anyone."""
    del subject  # a notification shows the embed's title
    text = _joined(parts)
    title = _title(head.title, _DISCORD_TITLE, escape_markdown)
    embed = {"title": title, "description": text, "color": _COLORS[head.tone]}
    return {
        "embeds": [{**embed, "url": head.url} if head.url else embed],
        "allowed_mentions": {"parse": []},
    }


def teams_card(subject: str, head: Head, parts: Sequence[Part]) -> dict[str, Any]:
    """Return an Adaptive Card made of text runs, in which no character is read as markup."""
    body = [_rich([{"type": "TextRun", "text": head.title, "weight": "Bolder", "size": "Large"}])]
    apart = False
    for part in parts:
        lines = list(_teams_lines(part))
        if lines and apart:
            lines[0] |= {"separator": True, "spacing": "Large"}
        body += lines
        apart = part.kind == "rule"
    content: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "msteams": {"width": "full"},
    }
    if head.url:
        content["actions"] = [{"type": "Action.OpenUrl", "title": head.button, "url": head.url}]
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return {"type": "message", "summary": subject, "attachments": [attachment]}


def _rich(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": runs}


def _teams_lines(part: Part) -> Iterator[dict[str, Any]]:
    """Return a block for each line; lines of one paragraph are spaced closely."""
    small = {"isSubtle": True, "size": "Small"} if part.kind == "small" else {}
    for paragraph in re.split(r"\n\s*\n", part.text):
        for number, line in enumerate(paragraph.splitlines()):
            runs = [{**run, **small} for run in _runs(line.strip())]
            if runs:
                yield _rich(runs) | ({"spacing": "Small"} if number else {})


_STYLES: Mapping[str, Mapping[str, Any]] = {
    ADDED[0]: {"weight": "Bolder"},
    REMOVED[0]: {"strikethrough": True},
    FOUND[0]: {"highlight": True},
}
_ENDS = {ADDED[1]: ADDED[0], REMOVED[1]: REMOVED[0], FOUND[1]: FOUND[0]}
_TOKENS = re.compile(
    f"([{''.join((*_STYLES, *_ENDS))}])|{LINK[0]}([^{LINK[1]}]*){LINK[1]}([^{LINK[2]}]*){LINK[2]}"
)


def _runs(line: str) -> Iterator[dict[str, Any]]:
    """Return a line as text runs, each with the styles of the open marks around it."""
    open_: list[str] = []
    at = 0
    for found in _TOKENS.finditer(line):
        yield from _run(line[at : found.start()], open_)
        at, mark = found.end(), found[1]
        if mark in _STYLES:
            open_.append(mark)
        elif mark in _ENDS:
            open_ = [one for one in open_ if one != _ENDS[mark]]
        else:
            action = {"type": "Action.OpenUrl", "url": found[3]}
            yield {"type": "TextRun", "text": found[2], "color": "Accent", "selectAction": action}
    yield from _run(line[at:], open_)


def _run(text: str, marks: Iterable[str]) -> Iterator[dict[str, Any]]:
    if text:
        run: dict[str, Any] = {"type": "TextRun", "text": text}
        for mark in marks:
            run |= _STYLES[mark]
        yield run
