"""What a list of records is sorted and filtered by, from a record's fields. Pure."""

from collections.abc import Mapping
from typing import Any

from monitor.commitments.extract import standing_promise
from monitor.domain.dates import days_of
from monitor.domain.status import is_open_status


def dated(fields: Mapping[str, Any]) -> str | None:
    """Return the last day that a record's date may mean, so that no age is overstated."""
    days = days_of(fields.get("issue_date"))
    return days[1].isoformat() if days else None


def sorted_by(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the agency, the day that an open recommendation is promised for, and whether it has priority."""
    is_open = is_open_status(fields.get("status"))
    promise = standing_promise(fields.get("status_comment")) if is_open else None
    return {
        "agency": fields.get("agency") or "",
        "due": promise.due.isoformat() if promise else None,
        "priority": bool(fields.get("priority")),
    }
