"""A record's life in order, with what changed word by word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.language.headlines import LABELS
from alerts.language.text import Segment, changed_words, plain
from monitor.domain.status import Status

_MOVED = ("status_text",)  # shown with the status


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One field of a record that changed, word by word."""

    label: str
    segments: tuple[Segment, ...]


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ChangedField]:
    """Return the fields that differ, in the order of the record."""
    names = [name for name in {**after, **before} if before.get(name) != after.get(name)]
    if "status" in names:
        names = [name for name in names if name not in _MOVED]
    return [
        ChangedField(
            LABELS.get(name, name).capitalize(), changed_words(_said(name, before), _said(name, after))
        )
        for name in names
    ]


def _said(name: str, fields: Mapping[str, Any]) -> str:
    value = fields.get(name)
    if name == "status":
        words = fields.get("status_text")
        return plain(words or (Status(value).value.replace("_", " ") if value else ""))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(plain, value)) if isinstance(value, list) else plain(value)


def moments(life: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every version with its changes, and every change without a version, newest first."""
    newest = {version["seen"]: number for number, version in enumerate(life["versions"], 1)}
    told = []
    for number, version in enumerate(life["versions"], 1):
        changes = [
            change
            for change in life["changes"]
            if change["seen"] == version["seen"] and newest[version["seen"]] == number
        ]
        before = life["versions"][number - 2]["fields"] if number > 1 else None
        told.append(
            {
                "seen": version["seen"],
                "number": number,
                "changes": changes,
                "sha256": version["snapshot_sha256"],
                "fields": changed_fields(before, version["fields"]) if before is not None else [],
            }
        )
    shown = {change["id"] for one in told for change in one["changes"]}
    told += [
        {
            "seen": change["seen"],
            "number": None,
            "changes": [change],
            "sha256": change["after_sha256"],
            "fields": [],
        }
        for change in life["changes"]
        if change["id"] not in shown
    ]
    return sorted(told, key=lambda one: datetime.fromisoformat(one["seen"]), reverse=True)
