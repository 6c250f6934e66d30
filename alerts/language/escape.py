"""Escape page text for Slack and Markdown, so that it cannot mention anyone or link anywhere.

Slack and chat services read some markup that no backslash can escape: a zero-width space breaks it up.
"""

import re

from alerts.language.markers import FOUND

_BLANKS = re.compile(r"[^\S\xa0\u202f]+")  # all but no-break spaces
_GAP = "\u200b"  # invisible; between a mark and its word it turns both into plain text
# C0 and C1 control characters except tab and line feed, and lone surrogates.
_UNSENDABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_MENTION = re.compile(rf"(?<!\w)@(?={FOUND[0]}?\w)")
_ADDRESS = re.compile(r"(?<=[a-z]):(?=//)", re.IGNORECASE)
# A mark opens before a word and closes after one; inside a word (snake_case) it is an ordinary character.
_OPENS = re.compile(r"(?<![^\W_])([*_~`]+)(?=[^\s*_~`])")
_CLOSES = re.compile(rf"(?<=[^\s*_~`{_GAP}])([*_~`]+)(?![^\W_])")
_MARKDOWN = re.compile(r"[\\`*_\[\]<>~|]|&(?=#?\w+;)")
_MARKDOWN_AT_LINE_START = re.compile(r"^([ \t]*)(#|[-+=]|\d{1,9}(?=[.)]))", re.MULTILINE)


def clean(text: str) -> str:
    """Return text that every channel accepts: without control characters and lone surrogates."""
    return _UNSENDABLE.sub(_replacement, text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Return clean text without line breaks, fit for a mail header."""
    return _BLANKS.sub(" ", clean(text)).strip(" ")


def escape_slack(text: str) -> str:
    """Return page text that Slack's mrkdwn shows unchanged.

    Slack has no backslash escapes: `&`, `<` and `>` become entities, which disables mentions and links. Marks
    at the edge of a word, bare addresses and `@` before a name are broken up by a zero-width space.
    """
    shown = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _OPENS.sub(lambda found: "".join(mark + _GAP for mark in found[0]), shown)
    shown = _CLOSES.sub(lambda found: "".join(_GAP + mark for mark in found[0]), shown)
    return _parted(shown)


def escape_markdown(text: str) -> str:
    """Return page text that Markdown shows unchanged, before Apprise converts it to a service's dialect.

    Only CommonMark markup is escaped, so that services that show backslashes show few of them. Apprise turns
    `&` into an entity if a service needs it, so an `&` is escaped only if it begins an entity.
    """
    shown = _MARKDOWN.sub(r"\\\g<0>", clean(text))
    return _parted(_MARKDOWN_AT_LINE_START.sub(_escaped_start, shown))


def shorten(body: str, limit: int) -> str:
    """Return a body cut to a channel's limit at a line or space, with a note that it was cut."""
    if len(body) <= limit:
        return body
    note = f"\n… (shortened: this channel allows {limit} characters)"
    head = body[: max(limit - len(note), 0)]
    end = max(head.rfind("\n"), len(head) // 2 and head.rfind(" ", len(head) // 2))
    return (head[:end] if end > 0 else head).rstrip() + note[:limit]


def _replacement(found: re.Match[str]) -> str:
    return "\ufffd" if found[0] >= "\ud800" else " " if found[0] in "\x0b\x0c\x85" else ""


def _escaped_start(found: re.Match[str]) -> str:
    indent, mark = found.groups()
    return f"{indent}{mark}\\" if mark.isdigit() else f"{indent}\\{mark}"


def _parted(text: str) -> str:
    return _ADDRESS.sub(f":{_GAP}", _MENTION.sub(f"@{_GAP}", text))
