"""A record's life in order, with what changed word by word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.language.headlines import LABELS, said_value
from alerts.language.text import Segment, changed_words, plain
from monitor.domain.status import Status
from monitor.domain.types import DOCUMENT_KINDS
from service.readmodel.records import moments

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
    return ", ".join(map(plain, value)) if isinstance(value, list) else said_value(name, value)


def moments_shown(life: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every version with its changes, and every change without a version, newest first."""
    versions = life["versions"]
    numbers = {id(version): number for number, version in enumerate(versions, 1)}
    shown = []
    for moment, changes in sorted(moments(life), key=_seen, reverse=True):
        number = numbers.get(id(moment))
        before = versions[number - 2] if number is not None and number > 1 else None
        shown.append(
            {
                "seen": moment["seen"],
                "number": number,
                "changes": changes,
                "sha256": moment["snapshot_sha256"],
                "fields": changed_fields(before["fields"], moment["fields"])
                if before
                else _changed_files(changes),
            }
        )
    return shown


def _changed_files(changes: Sequence[Mapping[str, Any]]) -> list[ChangedField]:
    """Return what changed in the file that a report links to, of which a record has no version."""
    of_files = (one for one in changes if one["kind"] in DOCUMENT_KINDS and one["before"] and one["after"])
    return [found for one in of_files for found in changed_fields(one["before"], one["after"])]


def _seen(moment: tuple[Mapping[str, Any], Any]) -> datetime:
    return datetime.fromisoformat(moment[0]["seen"])
