"""The closed lists of statuses and agreements, and how a publisher's wording maps to them."""

import re
from collections.abc import Mapping
from enum import StrEnum

from monitor.domain.notes import without_badge
from monitor.domain.text import comparable_title, squeeze


class Status(StrEnum):
    """The closed vocabulary of a recommendation's status; the publisher's wording is kept beside it."""

    OPEN = "open"
    OPEN_PARTIALLY_ADDRESSED = "open_partially_addressed"
    CLOSED_IMPLEMENTED = "closed_implemented"
    CLOSED_NOT_IMPLEMENTED = "closed_not_implemented"
    CLOSED_NO_LONGER_VALID = "closed_no_longer_valid"
    CLOSED = "closed"
    UNKNOWN = "unknown"


OPEN_STATUSES = (Status.OPEN.value, Status.OPEN_PARTIALLY_ADDRESSED.value)
_STATUSES: Mapping[str, Status] = {
    "open": Status.OPEN,
    "open resolved": Status.OPEN,
    "open and resolved": Status.OPEN,
    "open unresolved": Status.OPEN,
    "open and unresolved": Status.OPEN,
    "open partially addressed": Status.OPEN_PARTIALLY_ADDRESSED,
    "closed": Status.CLOSED,
    "closed implemented": Status.CLOSED_IMPLEMENTED,
    "closed not implemented": Status.CLOSED_NOT_IMPLEMENTED,
    "closed no longer valid": Status.CLOSED_NO_LONGER_VALID,
}


class Agreement(StrEnum):
    """Whether the agency agreed: the second axis of a recommendation, beside its status."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    CONCURRED = "concurred"
    PARTIALLY_CONCURRED = "partially_concurred"
    NOT_CONCURRED = "not_concurred"


_AGREEMENTS: Mapping[str, Agreement] = {
    "resolved": Agreement.RESOLVED,
    "unresolved": Agreement.UNRESOLVED,
    "concur": Agreement.CONCURRED,
    "concurs": Agreement.CONCURRED,
    "concurred": Agreement.CONCURRED,
    "agree": Agreement.CONCURRED,
    "agreed": Agreement.CONCURRED,
    "partially concur": Agreement.PARTIALLY_CONCURRED,
    "partially concurred": Agreement.PARTIALLY_CONCURRED,
    "partial concur": Agreement.PARTIALLY_CONCURRED,
    "partially agreed": Agreement.PARTIALLY_CONCURRED,
    "non concur": Agreement.NOT_CONCURRED,
    "nonconcur": Agreement.NOT_CONCURRED,
    "non concurred": Agreement.NOT_CONCURRED,
    "nonconcurred": Agreement.NOT_CONCURRED,
    "not concurred": Agreement.NOT_CONCURRED,
    "did not concur": Agreement.NOT_CONCURRED,
    "disagreed": Agreement.NOT_CONCURRED,
}
_STATUS_GAPS = re.compile(r"[\s:()-]+")
_BESIDE = re.compile(
    r"^\s*(?:(?:recommendation|current) )?status\b[\s:]*(?=open|clos|(?:un)?resol|(?:un)?impl)"
    r"|\s+(?:status )?(?:icon|image)\s*$"
    r"|\s*[(\[]\d{1,5}(?: rec(?:ommendation)?s?| items?)?[)\]]\s*$",
    re.I,
)
_SINCE = re.compile(r"[ ,;:(]*\b(?:as of|effective|on|since|updated) .*")


def shown_status(text: str) -> str:
    """Return a publisher's wording without a badge, a label, an icon's name or a count: `Open (5)`."""
    return without_badge(_BESIDE.sub("", text))


def status_key(text: str) -> str:
    """Return the form in which a status is compared: `Open – (Unimplemented)` gives `open unimplemented`."""
    return _STATUS_GAPS.sub(" ", shown_status(comparable_title(text))).strip(" .")


def is_open_status(status: object) -> bool:
    """Whether a status of the closed vocabulary is an open one."""
    return isinstance(status, str) and status in OPEN_STATUSES


def status_of(text: str | None) -> Status | None:
    """Place a publisher's wording in the closed vocabulary; UNKNOWN for one nobody has seen before.

    Dash variants, blanks, case, a final full stop and a day make no difference: "Open as of March 2026". None
    and blank text give None.
    """
    if text is None:
        return None
    folded = status_key(text)
    known = _STATUSES.get(folded) or _STATUSES.get(_SINCE.sub("", folded))
    return (known or Status.UNKNOWN) if folded else None


def agreement_of(text: str | None) -> str | None:
    """Place a publisher's word on whether the agency agreed; words nobody has seen before stay as they are.

    It may be part of a status, as in `Open and Unresolved`. None and blank text give None.
    """
    folded = _STATUS_GAPS.sub(" ", comparable_title(text or "")).strip(" .")
    known = _AGREEMENTS.get(folded.removeprefix("open ").removeprefix("and "))
    return known.value if known else squeeze(text or "") or None


def agreement_in(status: str | None) -> str | None:
    """Return what the wording of a status says of agreement besides, or None."""
    said = agreement_of(status)
    return said if said in list(Agreement) else None
