"""Shorten a digest's content to what a message may hold; name the file and the time zone of a digest."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo

from alerts.digests.target_dates import LISTS

Format = Literal["html", "markdown", "json", "text"]
ENDINGS: Mapping[Format, str] = {"html": "html", "markdown": "md", "json": "json", "text": "txt"}
_AGENCIES_IN_A_MESSAGE = 8
_OPEN_IN_A_MESSAGE = 7  # open recommendations named one by one: more is a list, not news
_PROMISES_IN_A_MESSAGE = 5  # of each kind: passed, moved, due soon


def file_name(content: Mapping[str, Any], format_: Format) -> str:
    """Name a digest's file by the digest and its day."""
    date = datetime.fromisoformat(content["until"]).astimezone(zone_of(content)).date().isoformat()
    name = re.sub(r"[^\w-]+", "-", content["name"])
    return f"digest-{name}-{date}.{ENDINGS[format_]}"


def longest_list(content: Mapping[str, Any]) -> int:
    """Give how long the longer list of a digest's content is: its changes or its open recommendations.

    What is promised is among the open ones.
    """
    listed = len(content.get("open", {}).get("listed", ()))
    return max(len(content.get("changes", ())), min(listed, _OPEN_IN_A_MESSAGE))


def shortened_content(content: Mapping[str, Any], most: int) -> dict[str, Any]:
    """Give a digest's content with at most `most` changes and as much of its other lists as is read."""
    changes = content["changes"]
    standing = content["open"]
    return {
        **content,
        "changes": changes[:most],
        "more": content["more"] + max(len(changes) - most, 0),
        "open": {
            **standing,
            **_fewer_agencies(standing),
            **_fewer(standing, min(most, _OPEN_IN_A_MESSAGE)),
        },
        **_fewer_promises(content, min(most, _PROMISES_IN_A_MESSAGE)),
    }


def _fewer(some: Mapping[str, Any], most: int) -> dict[str, Any]:
    """Cut one list and count what is left out of it."""
    listed = some["listed"]
    return {"listed": listed[:most], "rest": some["rest"] + max(len(listed) - most, 0)}


def _fewer_promises(content: Mapping[str, Any], most: int) -> dict[str, Any]:
    promises = content.get("promises")  # a message from before an upgrade has none
    if promises is None:
        return {}
    return {"promises": {**promises, **{name: _fewer(promises[name], most) for name in LISTS}}}


def _fewer_agencies(standing: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the agencies with the most open ones."""
    agencies, rest = standing["agencies"], standing.get("agencies_rest", 0)
    left_out = max(len(agencies) - _AGENCIES_IN_A_MESSAGE, 0)
    return {"agencies": agencies[:_AGENCIES_IN_A_MESSAGE], "agencies_rest": rest + left_out}


def zone_of(content: Mapping[str, Any]) -> tzinfo:
    """Give the time zone in which a digest was made; UTC where its name is not known here."""
    try:
        return ZoneInfo(str(content.get("time_zone")))
    except (KeyError, ValueError, OSError):
        return UTC
