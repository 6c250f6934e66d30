"""Messages cut to what a channel allows: changes are listed while there is room, then counted."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alerts.domain.messages import Message

# Marks and blank lines that a channel puts around a title that goes into the body.
_AROUND_TITLE = 16


@dataclass(frozen=True, slots=True)
class Cut:
    """How much of a message is shown: `full` items in full, `listed` items in all."""

    full: int
    listed: int


def cuts(total: int, full: int) -> Iterator[Cut]:
    """Return smaller and smaller ways to show `total` items, the fullest first."""
    whole = min(full, total)
    yield Cut(whole, total)
    while whole > 0:
        whole //= 2
        yield Cut(whole, total)
    listed = total
    while listed > 0:
        # A tenth less each time, so that little more than necessary is left out.
        listed = min(listed * 9 // 10, listed - 1)
        yield Cut(0, listed)


def fitted(
    message: Callable[[Cut], Message], ways: Iterator[Cut], limit: int | None, html_bytes: int | None = None
) -> Message:
    """Return the fullest message that fits, or the smallest if none does (the channel cuts it)."""
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
