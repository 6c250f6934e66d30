"""A stored digest: its content in the current shape, its time zone, and the name of its file."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from alerts.digests.schema import AgesData, DigestContent, PromisesData

Format = Literal["html", "markdown", "json", "text"]
ENDINGS: Mapping[Format, str] = {"html": "html", "markdown": "md", "json": "json", "text": "txt"}
# What the first digests did not have yet: a message from before an upgrade may still be waiting.
_ADDED: Mapping[str, Any] = {
    "missed": [],
    "history": [],
    "usual": None,
    "heartbeat": False,
    "first": True,
    "file": None,
    "told_before": 0,
    "snoozed": 0,
}


def stored_digest(content: Mapping[str, Any]) -> DigestContent:
    """Return a stored content with everything that a digest has today."""
    promises = _no_promises(datetime.fromisoformat(content["until"]))
    changes = [
        {"also": [], "told_before": None, "record": change["what"], **change} for change in content["changes"]
    ]
    if "schema" in content:
        return cast("DigestContent", {"promises": promises, "snoozed": 0, **content, "changes": changes})
    open_ = {**content["open"], **_ages_apart(content["open"]["ages"]), "agencies_rest": 0}
    open_["agencies"] = [{**row, **_ages_apart(row["ages"])} for row in open_["agencies"]]
    sources = [{**source, "checks": None} for source in content["sources"]]
    shown = {"promises": promises, **_ADDED, **content, "before": None, "open": open_, "sources": sources}
    shown["changes"] = changes
    return cast("DigestContent", shown)


def _no_promises(until: datetime) -> PromisesData:
    return {
        "numbers": {"passed": 0, "later": 0, "earlier": 0, "made": 0, "taken_back": 0, "soon": 0},
        "soon_until": until.date().isoformat(),
        "passed": {"listed": [], "rest": 0},
        "moved": {"listed": [], "rest": 0},
        "soon": {"listed": [], "rest": 0},
    }


def _ages_apart(counts: Sequence[int]) -> AgesData:
    """Split five age bands as they once were: the last one was first seen here within a year."""
    return {"ages": list(counts[:4]), "ages_here": [*counts[4:], 0, 0, 0]}


def zone_of(content: Mapping[str, Any]) -> tzinfo:
    """Return the time zone of a digest; UTC where this machine does not know its name."""
    try:
        return ZoneInfo(str(content.get("time_zone")))
    except (KeyError, ValueError, OSError):
        return UTC


def file_name(content: Mapping[str, Any], format_: Format) -> str:
    """Return the file name of a digest: its name and its day."""
    date = datetime.fromisoformat(content["until"]).astimezone(zone_of(content)).date().isoformat()
    name = re.sub(r"[^\w-]+", "-", content["name"])
    return f"digest-{name}-{date}.{ENDINGS[format_]}"
