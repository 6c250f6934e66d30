"""How each kind of change is reported: one table, in the order in which a message lists its changes.

To report a new kind of change, add a line here. Every face, count and order follows from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.domain.types import ChangeKind


@dataclass(frozen=True, slots=True)
class Pile:
    """What changes are counted as: 1 new report, 2 new reports."""

    name: str
    one: str
    many: str


@dataclass(frozen=True, slots=True)
class Kind:
    """How changes of one kind are reported.

    `sentence` is the headline up to its colon; alerts.language.headlines says what the names in braces hold.
    `compared` says whether values are shown before and after. Only the moves of a status have no `pile` of
    their own: they are counted apart by where they lead.
    """

    words: str
    sentence: str
    pile: Pile | None
    compared: bool = False
    lead: str = ""


KINDS: Mapping[ChangeKind, Kind] = {
    ChangeKind.NEW_REPORT: Kind(
        words="new report",
        sentence="New {who} report {what}",
        pile=Pile("new_reports", "new report", "new reports"),
    ),
    ChangeKind.NEW_RECOMMENDATION: Kind(
        words="new recommendation",
        sentence="New {who} recommendation{to}, {what}",
        pile=Pile("new_recommendations", "new recommendation", "new recommendations"),
    ),
    ChangeKind.STATUS_CHANGED: Kind(
        words="status changed",
        sentence="{who} {moved}",
        pile=None,
        compared=True,
    ),
    ChangeKind.LEFT_LIST: Kind(
        words="left the open list",
        sentence="{what} left {whose} open list, status not yet known",
        pile=Pile("left_list", "left the open list", "left the open list"),
        lead=(
            "It is no longer on the list of open recommendations. That alone does not mean that it was "
            "closed; its status will be reported when the publisher states it."
        ),
    ),
    ChangeKind.PROMISE_PASSED: Kind(
        words="promised date passed",
        sentence="{whose_date} for {what} has passed, “{promise}”",
        pile=Pile("promises_passed", "promised date has passed", "promised dates have passed"),
    ),
    ChangeKind.PRIORITY_CHANGED: Kind(
        words="priority changed",
        sentence="{who} {marked}",
        pile=Pile("priority", "change of priority", "changes of priority"),
        compared=True,
    ),
    ChangeKind.COMMENT_UPDATED: Kind(
        words="comment updated",
        sentence="{who} {commented} on {what}{first_in}",
        pile=Pile("comments", "updated comment", "updated comments"),
        compared=True,
    ),
    ChangeKind.TITLE_REVISED: Kind(
        words="title revised",
        sentence="{who} revised the title of {what}",
        pile=Pile("titles", "revised title", "revised titles"),
        compared=True,
    ),
    ChangeKind.DETAILS_REVISED: Kind(
        words="details revised",
        sentence="{who} revised the {details} of {what}",
        pile=Pile("details", "record with revised details", "records with revised details"),
        compared=True,
    ),
    ChangeKind.RENUMBERED: Kind(
        words="renumbered",
        sentence="{who} renumbered {old} as {what}",
        pile=Pile("renumbered", "renumbered", "renumbered"),
        compared=True,
        lead="Only the number changed; the record keeps its history.",
    ),
    ChangeKind.WITHDRAWN: Kind(
        words="no longer listed",
        sentence="{who} no longer lists {what}",
        pile=Pile("withdrawn", "no longer listed", "no longer listed"),
        lead="It no longer appears in the full list. Earlier versions of it are on file.",
    ),
    ChangeKind.REAPPEARED: Kind(
        words="listed again",
        sentence="{who} lists {what} again",
        pile=Pile("reappeared", "listed again", "listed again"),
        lead="It was missing from the list and is now listed again.",
    ),
    ChangeKind.DOCUMENT_REISSUED: Kind(
        words="document reissued",
        sentence="{who} replaced the file of {what}",
        pile=Pile("documents_reissued", "replaced file", "replaced files"),
        compared=True,
        lead="Another file is at the same address. The list of reports does not say that it was replaced.",
    ),
    ChangeKind.DOCUMENT_TEXT_CHANGED: Kind(
        words="document text changed",
        sentence="{who} changed the text in the file of {what}",
        pile=Pile("document_texts", "file with changed text", "files with changed text"),
        compared=True,
        lead="Another file is at the same address. The list of reports does not say that its text changed.",
    ),
    ChangeKind.DOCUMENT_READ: Kind(
        words="document read",
        sentence="The file of {who} report {what} can now be read",
        pile=Pile("documents_read", "file read after its report", "files read after their reports"),
        lead="The report was recorded as new before its file could be read.",
    ),
    ChangeKind.DOCUMENT_WITHDRAWN: Kind(
        words="document withdrawn",
        sentence="{who} withdrew the file of {what}",
        pile=Pile("documents_withdrawn", "withdrawn file", "withdrawn files"),
        lead="The file is gone, or its address shows another page. Two checks confirmed it.",
    ),
    ChangeKind.DOCUMENT_RETURNED: Kind(
        words="document returned",
        sentence="{who} publishes the file of {what} again",
        pile=Pile("documents_returned", "file published again", "files published again"),
        lead="The file was withdrawn before. It can be opened again.",
    ),
    ChangeKind.NO_UPDATE: Kind(
        words="no update",
        sentence="No update on {what} for {months} months",
        pile=Pile("no_update", "recommendation without an update", "recommendations without an update"),
    ),
}

# A status can move in ways that readers count apart.
STATUS_PILES = (
    Pile("closed_implemented", "closed as implemented", "closed as implemented"),
    Pile("closed_otherwise", "closed otherwise", "closed otherwise"),
    Pile("reopened", "reopened", "reopened"),
    Pile("other_status", "other status change", "other status changes"),
)
