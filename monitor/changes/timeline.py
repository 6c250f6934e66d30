"""A recommendation's life from its versions: which status and which comment stood from when until when. Pure.

A version says when something was first seen. It was last seen at the last check before the next one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.domain.status import Status, is_open_status
from monitor.domain.text import comparable, comparable_title
from monitor.store.models import RecordVersion


@dataclass(frozen=True, slots=True)
class Span:
    """One value and the time in which we saw it; `stands` where nothing came after it.

    `text` is the publisher's wording of a status; an open one that follows a closed one is `reopened`.
    """

    value: str | None
    text: str | None
    first_seen: datetime
    last_seen: datetime
    stands: bool
    snapshot_sha256: str
    reopened: bool = False


def status_spans(
    versions: Sequence[RecordVersion], last_seen: Mapping[int, datetime], seen_until: datetime
) -> list[Span]:
    """Return every status a record had, oldest first.

    `last_seen` says of a version, by its id, when the one before it was last seen; `seen_until` when the
    last one was.
    """
    spans = _spans(versions, last_seen, seen_until, _status)
    closed = False
    found = []
    for span in spans:
        found.append(replace(span, reopened=closed and is_open_status(span.value)))
        closed = (closed or str(span.value).startswith(Status.CLOSED.value)) and not is_open_status(
            span.value
        )
    return found


def comment_spans(
    versions: Sequence[RecordVersion], last_seen: Mapping[int, datetime], seen_until: datetime
) -> list[Span]:
    """Return every comment a record had, oldest first, as `status_spans` does; None where there was none."""
    return _spans(versions, last_seen, seen_until, _comment)


def spans_on(spans: Sequence[Span], until: datetime) -> list[Span]:
    """Return the spans as they were at a time."""
    known = [span for span in spans if span.first_seen < until]
    return [replace(span, last_seen=min(span.last_seen, until), stands=span is known[-1]) for span in known]


def _spans(
    versions: Sequence[RecordVersion],
    last_seen: Mapping[int, datetime],
    seen_until: datetime,
    read: Callable[[RecordVersion], tuple[str, str | None, str | None]],
) -> list[Span]:
    spans: list[Span] = []
    compared = ""
    for version in versions:
        same_as, value, text = read(version)
        if spans and same_as == compared:
            continue
        if spans:
            ended = max(last_seen.get(version.id, version.seen_at), spans[-1].first_seen)
            spans[-1] = replace(spans[-1], last_seen=ended, stands=False)
        until = max(seen_until, version.seen_at)
        spans.append(Span(value, text, version.seen_at, until, True, version.snapshot_sha256))
        compared = same_as
    return spans


def _status(version: RecordVersion) -> tuple[str, str | None, str | None]:
    status, text = version.fields.get("status"), version.fields.get("status_text")
    # Another wording of the same status is the same status; of one nobody has seen before it is another.
    worded = comparable_title(str(text)) if text and status == Status.UNKNOWN else ""
    return f"{status} {worded}", status, text


def _comment(version: RecordVersion) -> tuple[str, str | None, str | None]:
    comment = version.fields.get("status_comment")
    return comparable(str(comment or "")), comment, None
