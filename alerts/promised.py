"""What became of the dates an agency promised, in sentences. Pure."""

from alerts.wording import plain, shown_date
from monitor.promised import promise_move
from monitor.queries import ChangeView
from monitor.types import ChangeKind


def said_of_promise(change: ChangeView) -> str:
    """Say what a rewritten comment makes of the date that was promised; "" where nothing."""
    move = promise_move(change)
    if move is None:
        return ""
    if move.before and move.after:
        return f"The promised date moved from {plain(move.before.named)} to {plain(move.after.named)}."
    if move.after:
        return f"It promises a date now: “{plain(move.after.words)}”."
    return f"It promises no date any more; it had said “{plain(move.before.words)}”." if move.before else ""


def said_of_lapse(change: ChangeView) -> str:
    """Say since when a passed date was known, or how old the last word is; "" for other changes."""
    since = shown_date(change.after.get("since"))
    if change.kind is ChangeKind.PROMISE_PASSED:
        due = shown_date(change.after.get("due"))
        return (
            f"The comment has named this date at least since {since}. Its last day was {due}; "
            "the recommendation is still open, and no later date is promised."
        )
    if change.kind is ChangeKind.NO_UPDATE:
        return f"Its status and comment have not changed since {since}."
    return ""
