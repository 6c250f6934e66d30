"""Messages cut to what a channel takes: every change is named as long as there is room, then counted."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alerts.channels import Message
from alerts.promise_dates import LISTS

# Marks and blank lines that a channel puts around a title that goes into the body.
_AROUND_TITLE = 16
_AGENCIES_IN_A_MESSAGE = 8
_OPEN_IN_A_MESSAGE = 7  # open recommendations named one by one: more is a list, not news
_PROMISES_IN_A_MESSAGE = 5  # of each kind: passed, moved, due soon


@dataclass(frozen=True, slots=True)
class Cut:
    """How much of a message is said: `full` things whole, up to `listed` in all."""

    full: int
    listed: int


def cuts(total: int, full: int) -> Iterator[Cut]:
    """Give ever smaller ways to say `total` things, the fullest first."""
    whole = min(full, total)
    yield Cut(whole, total)
    while whole > 0:
        whole //= 2
        yield Cut(whole, total)
    listed = total
    while listed > 0:
        # A tenth less each time: what is left out is hardly more than must be.
        listed = min(listed * 9 // 10, listed - 1)
        yield Cut(0, listed)


def fitted(
    message: Callable[[Cut], Message], ways: Iterator[Cut], limit: int | None, html_bytes: int | None = None
) -> Message:
    """Give the fullest message that fits; the smallest where none does (the channel cuts it)."""
    made = message(next(ways))
    while not _fits(made, limit, html_bytes):
        way = next(ways, None)
        if way is None:
            break
        made = message(way)
    return made


def _fits(message: Message, limit: int | None, html_bytes: int | None) -> bool:
    if html_bytes is not None and message.html is not None and len(message.html.encode()) > html_bytes:
        return False
    return limit is None or _length(message) <= limit


def _length(message: Message) -> int:
    if message.card:
        return len(json.dumps(message.card))
    if message.html:
        return len(message.html.encode())
    # Escaping a title may double it.
    body = message.text if message.markdown is None else message.markdown
    return len(body) + 2 * len(message.subject) + _AROUND_TITLE


def longest_list(content: Mapping[str, Any]) -> int:
    """Give how long the longer list of a digest's content is: its changes or its open recommendations.

    What is promised is among the open ones.
    """
    listed = len(content.get("open", {}).get("listed", ()))
    return max(len(content.get("changes", ())), min(listed, _OPEN_IN_A_MESSAGE))


def shortened_content(content: Mapping[str, Any], most: int) -> dict[str, Any]:
    """Give a digest's content with at most `most` changes and as much of its other lists as is read."""
    changes = content["changes"]
    standing = content["open"]
    return {
        **content,
        "changes": changes[:most],
        "more": content["more"] + max(len(changes) - most, 0),
        "open": {
            **standing,
            **_fewer_agencies(standing),
            **_fewer(standing, min(most, _OPEN_IN_A_MESSAGE)),
        },
        **_fewer_promises(content, min(most, _PROMISES_IN_A_MESSAGE)),
    }


def _fewer(some: Mapping[str, Any], most: int) -> dict[str, Any]:
    """Cut one list and count what is left out of it."""
    listed = some["listed"]
    return {"listed": listed[:most], "rest": some["rest"] + max(len(listed) - most, 0)}


def _fewer_promises(content: Mapping[str, Any], most: int) -> dict[str, Any]:
    promises = content.get("promises")  # a message from before an upgrade has none
    if promises is None:
        return {}
    return {"promises": {**promises, **{name: _fewer(promises[name], most) for name in LISTS}}}


def _fewer_agencies(standing: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the agencies with the most open ones."""
    agencies, rest = standing["agencies"], standing.get("agencies_rest", 0)
    left_out = max(len(agencies) - _AGENCIES_IN_A_MESSAGE, 0)
    return {"agencies": agencies[:_AGENCIES_IN_A_MESSAGE], "agencies_rest": rest + left_out}
