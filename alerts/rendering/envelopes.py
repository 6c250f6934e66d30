"""Messages to programs: an envelope of JSON around events, a digest, a reminder or a notice.

Its form is `$defs/message` of docs/event.schema.json.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from alerts.digests.stored import stored_digest
from alerts.domain.errors import RenderError
from alerts.domain.messages import Message
from alerts.domain.models import OutboxEntry, OutboxItem
from alerts.domain.types import MessageKind
from alerts.language.notice import notice_parts
from alerts.language.text import counted, plain
from alerts.rendering.digest_files import published
from alerts.rendering.events import VERSION, Origin, event
from monitor.store.changes import change_views

_MOST_BYTES = 1_000_000  # of the events of one message: receivers bound what they read


def program_message(session: Session, item: OutboxItem, origin: Origin) -> Message:
    """Return the message of one outbox row for a program, whatever its kind."""
    content = item.content or {}
    if item.kind == MessageKind.OPERATOR:
        return program_notice(content, item.identity)
    if item.kind == MessageKind.DIGEST:
        subject, inner = f"Digest {content['name']}", {"digest": published(stored_digest(content))}
    elif item.kind == MessageKind.REMINDER:
        subject, inner = f"Reminder for topic {content['topic']}", {"reminder": content}
    else:
        return program_events(_events(session, item, origin), item.kind, item.identity)
    return _message(item.kind, subject, inner, item.identity)


def program_events(events: Sequence[Mapping[str, Any]], kind: str, identity: str) -> Message:
    """Return a message of events in the order of their ids; if it is too large, the last are only counted.

    Raises RenderError if there is no event.
    """
    if not events:
        raise RenderError("a message needs at least one change")
    fitting = events[: _fitting(events)]
    subject = plain(events[0]["headline"]) if len(events) == 1 else counted(len(events), "change")
    return _message(kind, subject, {"events": fitting, "more": len(events) - len(fitting)}, identity)


def program_notice(content: Mapping[str, Any], identity: str) -> Message:
    """Return a notice to the operator, or a test: a title and lines."""
    parts = notice_parts(map(plain, content.get("lines", ())))
    title, lines = plain(content.get("title")), list(parts.all)
    return _message("notice", title, {"notice": {"title": title, "lines": lines}}, identity)


def _message(kind: str, subject: str, inner: Mapping[str, Any], identity: str) -> Message:
    envelope = {"version": VERSION, "type": kind, **inner}
    return Message(identity, subject, json.dumps(envelope, ensure_ascii=False))


def _fitting(events: Iterable[Mapping[str, Any]]) -> int:
    """Return how many events fit into one message; the first one always does."""
    size = count = 0
    for one in events:
        size += len(json.dumps(one, ensure_ascii=False).encode("utf-8", "backslashreplace"))
        if count and size > _MOST_BYTES:
            break
        count += 1
    return count


def _events(session: Session, item: OutboxItem, origin: Origin) -> list[dict[str, Any]]:
    """Return the changes of a message as events, each with the topics for which it is sent."""
    rows = select(OutboxEntry).where(OutboxEntry.outbox_id == item.id).order_by(col(OutboxEntry.id))
    topics: dict[int, dict[str, Sequence[str]]] = {}
    for row in session.exec(rows):
        topics.setdefault(row.change_id, {})[row.topic] = row.words
    return [event(view, topics[view.id], origin) for view in change_views(session, list(topics))]
