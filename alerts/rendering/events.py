"""One change as an event: the plain data from which programs are served. Its form is docs/event.schema.json.

Nothing is shortened or translated: times are UTC in ISO form, page text is the publisher's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from alerts.language.headlines import headline, publisher_of
from alerts.language.text import web_address
from monitor.domain.types import FIELDS
from monitor.store.changes import ChangeView

VERSION = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Where events come from: the web address of each source by its key, and that of the reading room."""

    sources: Mapping[str, str] = field(default_factory=dict)
    reading_room: str | None = None


def event(
    change: ChangeView,
    topics: Mapping[str, Sequence[str]],
    origin: Origin,
    corrections: Sequence[str] = (),
) -> dict[str, Any]:
    """Return one change as an event.

    `topics` are those that matched it, each with the words that matched; `corrections` are sentences.
    """
    return {
        "version": VERSION,
        "id": change.id,
        "kind": change.kind.value,
        "headline": headline(change).text,
        "seen": change.seen_at.isoformat(),
        "not_before": change.not_before.isoformat() if change.not_before else None,
        "source": {
            "key": change.source,
            "publisher": publisher_of(change),
            "url": origin.sources.get(change.source),
        },
        "record": {
            "key": change.record_key,
            "kind": change.record_kind.value,
            # What an older version did not read yet is None.
            "fields": {name: change.fields.get(name) for name in FIELDS[change.record_kind]},
            "first_seen": change.first_seen_at.isoformat() if change.first_seen_at else None,
        },
        "before": dict(change.before),
        "after": dict(change.after),
        "evidence": {"before_sha256": change.before_sha256, "after_sha256": change.after_sha256},
        "links": _links(change, origin.reading_room),
        "topics": [{"topic": name, "words": list(words)} for name, words in topics.items()],
        "corrections": list(corrections),
        "imported": change.imported,
    }


def _links(change: ChangeView, reading_room: str | None) -> dict[str, str | None]:
    links = {"record": web_address(change.fields.get("url"))}
    if reading_room is None:
        return links
    return {**links, "permalink": f"{reading_room}{record_path(change.source, change.record_key)}"}


def record_path(source: str, key: str) -> str:
    """Return the path of a record's page in the reading room."""
    return f"/records/{quote(source, safe='')}/{quote(key, safe='')}"
