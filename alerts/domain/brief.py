"""As much of a change as decides its wording and its count; a digest may cover more than fits in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView

_NO_STATUS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Counted:
    """What decides as what a change is counted; `before` and `after` hold its status and no more."""

    kind: ChangeKind
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Brief(Counted):
    """A change in brief."""

    id: int
    source: str
    record_id: int


def brief_of(change: ChangeView) -> Brief:
    """Return what a digest keeps of each change."""
    before, after = (
        {"status": side["status"]} if "status" in side else _NO_STATUS
        for side in (change.before, change.after)
    )
    return Brief(change.kind, before, after, change.id, change.source, change.record_id)
