"""Page text made harmless for Slack and for Markdown: what is escaped here pings nobody and links nowhere.

Slack and chat services read marks in plain text that no backslash can disarm: there a zero-width space
parts what would otherwise be one mark.
"""

import re

from alerts.language.markers import FOUND

_BLANKS = re.compile(r"[^\S\xa0\u202f]+")  # all but those that hold words together
_GAP = "\u200b"  # invisible; between a mark and its word it makes both plain text
# C0 and C1 controls but tab and line feed, and lone halves of surrogate pairs.
_UNSENDABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_MENTION = re.compile(rf"(?<!\w)@(?={FOUND[0]}?\w)")
_ADDRESS = re.compile(r"(?<=[a-z]):(?=//)", re.IGNORECASE)
# A mark opens before a word and closes after one; inside a word (snake_case) it is a letter like any other.
_OPENS = re.compile(r"(?<![^\W_])([*_~`]+)(?=[^\s*_~`])")
_CLOSES = re.compile(rf"(?<=[^\s*_~`{_GAP}])([*_~`]+)(?![^\W_])")
_MARKDOWN = re.compile(r"[\\`*_\[\]<>~|]|&(?=#?\w+;)")
_MARKDOWN_AT_LINE_START = re.compile(r"^([ \t]*)(#|[-+=]|\d{1,9}(?=[.)]))", re.MULTILINE)


def clean(text: str) -> str:
    """Give text that every channel can carry: no controls but tab and line feed, no lone surrogates."""
    return _UNSENDABLE.sub(_replacement, text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Give clean text without line breaks, fit for a mail header."""
    return _BLANKS.sub(" ", clean(text)).strip(" ")


def escape_slack(text: str) -> str:
    """Give page text that Slack's mrkdwn shows as it stands.

    Slack knows no backslash: `&`, `<` and `>` become entities, which disarms mentions and links; marks at
    the edge of a word, bare addresses and `@` before a name are parted by a zero-width space.
    """
    shown = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _OPENS.sub(lambda found: "".join(mark + _GAP for mark in found[0]), shown)
    shown = _CLOSES.sub(lambda found: "".join(_GAP + mark for mark in found[0]), shown)
    return _parted(shown)


def escape_markdown(text: str) -> str:
    """Give page text that Markdown shows as it stands, before Apprise turns it into a service's dialect.

    Only what CommonMark would read is escaped, so that services which show backslashes show few. Apprise
    makes `&` an entity where a service needs it, so an `&` stays unless it begins an entity.
    """
    shown = _MARKDOWN.sub(r"\\\g<0>", clean(text))
    return _parted(_MARKDOWN_AT_LINE_START.sub(_escaped_start, shown))


def shorten(body: str, limit: int) -> str:
    """Cut a body that is over a channel's limit at a line or blank, and say that it was cut."""
    if len(body) <= limit:
        return body
    note = f"\n… (cut short: this channel takes {limit} characters)"
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
