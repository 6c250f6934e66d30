"""What topics look at: a change, or a record as it is now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.domain.types import ChangeKind

if TYPE_CHECKING:
    from monitor.store.changes import ChangeView
    from monitor.store.models import Record


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change as topics look at it: the record's fields now, and what the changed ones held before."""

    kind: ChangeKind
    source: str
    fields: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    seen_at: datetime | None = None  # of the change: ages are asked for at that time
    first_seen_at: datetime | None = None  # of the record
    months: int | None = None  # of a no_update: only topics that ask for this number get it
    # Reads the pages of the document that a report links to; asked only where a topic looks inside.
    file_text: Callable[[], Sequence[str]] = field(default=tuple, compare=False, repr=False)


def candidate_of(view: "ChangeView") -> Candidate:
    """Return a recorded change as topics look at it."""
    months = view.after.get("months") if view.kind is ChangeKind.NO_UPDATE else None
    return Candidate(
        view.kind,
        view.source,
        view.fields,
        view.before,
        view.seen_at,
        view.first_seen_at,
        months,
        view.file_text,
    )


def candidate_of_record(source: str, record: "Record", now: datetime) -> Candidate:
    """Return a record as topics look at it, as it stands; ask `standing_topics` of it."""
    return Candidate(ChangeKind.NEW_RECOMMENDATION, source, record.fields, {}, now, record.first_seen_at)
