"""Corrections as plain data and in words: what a replay read otherwise than was recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from alerts.language.headlines import LABELS
from alerts.language.text import listed, plain, shortened
from monitor.store.corrections import (
    Difference,
    corrections_of_changes,
    corrections_of_record,
    corrections_of_records,
)
from monitor.store.models import Correction, Record

_LONGEST = 100
FOUND = {
    "missing": "was recorded and is not read now",
    "added": "is read now and was not recorded",
    "differs": "differs",
}


def corrections_as_data(session: Session, record: Record) -> list[dict[str, Any]]:
    """Return the corrections that hold of one record and its changes, each with a sentence."""
    return [_stored(one) for one in corrections_of_record(session, record.source_id, record.id, record.key)]


def said_by_change(session: Session, change_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return a sentence for each correction that holds of changes, by the change's id."""
    found = corrections_of_changes(session, change_ids)
    return {id_: [said(difference_as_data(one)) for one in some] for id_, some in found.items()}


def said_by_record(session: Session, record_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return a sentence for each correction that holds of records and their changes, by the record's id."""
    found = corrections_of_records(session, record_ids)
    return {id_: [said(difference_as_data(one)) for one in some] for id_, some in found.items()}


def difference_as_data(one: Difference | Correction) -> dict[str, Any]:
    """Return one difference as plain data."""
    return {
        "record": one.record_key,
        "of": "change" if one.kind else "record",
        "kind": one.kind,
        "found": str(one.found),
        "seen": one.seen_at.isoformat() if one.seen_at else None,
        "change": one.change_id,
        "check": one.check_id,
        "recorded": dict(one.recorded),
        "replayed": dict(one.replayed),
    }


def _stored(one: Correction) -> dict[str, Any]:
    data = {**difference_as_data(one), "made": one.made_at.isoformat(), "read_with": one.reading}
    return {**data, "said": said(data)}


def said(one: Mapping[str, Any]) -> str:
    """Return a correction as a sentence: what it is about, and the values on either side."""
    what = str(one["kind"] or "record").replace("_", " ")
    return f"{what} {FOUND[one['found']]}: {'; '.join(said_values(one))}"


def said_values(one: Mapping[str, Any]) -> list[str]:
    """Return a phrase for each value that differs, or for each of a change or record that is on one side."""
    recorded, replayed = one["recorded"], one["replayed"]
    if one["found"] != "differs":
        values = recorded or replayed
        return [f"{_label(name)}: {_said(value)}" for name, value in values.items() if value is not None]
    return [
        f"{_label(name)}: recorded {_said(value)}, read now {_said(replayed.get(name))}"
        for name, value in recorded.items()
    ]


def _label(name: str) -> str:
    side, _, field = name.rpartition(" ")
    label = LABELS.get(field, field).lower()
    return f"{label} {side}" if side else label


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return listed([plain(one) for one in value])
    return f"“{shortened(plain(value), _LONGEST)}”"
