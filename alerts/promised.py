"""What became of the dates an agency promised, in sentences. Pure."""

from alerts.wording import plain, shown_date
from monitor.diff import is_open_status
from monitor.promises import standing_promise
from monitor.queries import ChangeView
from monitor.types import ChangeKind


def said_of_promise(change: ChangeView) -> str:
    """Say what a rewritten comment makes of the date that was promised; "" where nothing."""
    if "status_comment" not in change.after or not is_open_status(change.fields.get("status")):
        return ""
    old, new = (standing_promise(side.get("status_comment")) for side in (change.before, change.after))
    if old and new and old.due != new.due:
        return f"The promised date moved from {plain(old.named)} to {plain(new.named)}."
    if new and not old:
        return f"It promises a date now: “{plain(new.words)}”."
    if old and not new:
        return f"It promises no date any more; it had said “{plain(old.words)}”."
    return ""


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
