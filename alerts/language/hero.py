"""What a reader sees first of a change: a colored badge with its words, or the move of a status. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from alerts.domain.change_kinds import KINDS
from alerts.language.text import plain
from monitor.domain.status import Status
from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView

Tone = Literal["green", "amber", "red", "gray", "blue"]

_OF_STATUS: Mapping[str, tuple[str, Tone]] = {
    Status.OPEN: ("Open", "amber"),
    Status.OPEN_PARTIALLY_ADDRESSED: ("Open – Partially Addressed", "amber"),
    Status.CLOSED_IMPLEMENTED: ("Closed – Implemented", "green"),
    Status.CLOSED_NOT_IMPLEMENTED: ("Closed – Not Implemented", "red"),
    Status.CLOSED_NO_LONGER_VALID: ("Closed – No Longer Valid", "gray"),
    Status.CLOSED: ("Closed", "gray"),
    Status.UNKNOWN: ("Status unknown", "gray"),
}
_OF_KIND: Mapping[ChangeKind, Tone] = {
    ChangeKind.NEW_REPORT: "blue",
    ChangeKind.NEW_RECOMMENDATION: "blue",
    ChangeKind.PROMISE_PASSED: "red",
    ChangeKind.WITHDRAWN: "amber",
    ChangeKind.DOCUMENT_REISSUED: "amber",
    ChangeKind.DOCUMENT_TEXT_CHANGED: "amber",
    ChangeKind.DOCUMENT_READ: "blue",
    ChangeKind.DOCUMENT_WITHDRAWN: "red",
    ChangeKind.NO_UPDATE: "amber",
}
_MARKS: Mapping[Tone, str] = {"green": "✅", "amber": "🟡", "red": "🔴", "gray": "⚪", "blue": "🔵"}


@dataclass(frozen=True, slots=True)
class Badge:
    """Words on a color; the words alone say all. `mark` is the color for chats and plain text."""

    words: str
    tone: Tone

    @property
    def mark(self) -> str:
        """The color as a character."""
        return _MARKS[self.tone]


def status_badge(status: object, wording: object) -> Badge:
    """Return the badge of a status in the publisher's words, or else in ours."""
    words, tone = _OF_STATUS.get(str(status), _OF_STATUS[Status.UNKNOWN])
    return Badge(plain(wording) or words, tone)


def badges(change: ChangeView) -> tuple[Badge, ...]:
    """Return the badges of a change: two where a status moved, from the first to the second."""
    before, after = (_status_of(change, side) for side in (change.before, change.after))
    left = Badge("Left the open list", "gray")
    if change.kind is ChangeKind.STATUS_CHANGED:
        return (before, after)
    if change.kind is ChangeKind.LEFT_LIST:
        return (before, left) if "status" in change.before else (left,)
    words = KINDS[change.kind].words
    if change.kind is ChangeKind.PRIORITY_CHANGED:
        words = "Now a priority" if change.after.get("priority") else "No longer a priority"
    return (Badge(f"{words[:1].upper()}{words[1:]}", _OF_KIND.get(change.kind, "gray")),)


def _status_of(change: ChangeView, side: Mapping[str, object]) -> Badge:
    status = side.get("status", change.fields.get("status"))
    return status_badge(status, side.get("status_text", change.fields.get("status_text")))
