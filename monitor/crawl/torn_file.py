"""What a list that is one file may only seem to say, because a part of the file was lost or mixed up.

A file of rows has no page numbers, totals or closing tags: a gap in its middle shows only in the rows
that are missing. Such signs wait for a second file that agrees. Pure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.domain.agencies import agency_key
from monitor.domain.shared_ends import shared_start
from monitor.domain.text import comparable_title
from monitor.domain.types import ParsedRecord, StoredRecord
from monitor.guard.baseline import is_garbled

_RUN = 6  # missing rows in a row, of several reports: publishers close those of one report together
_MANY = 25
_SHARE = 50  # of a list: one in fifty
_SLACK = 8  # characters that fit neither end of a splice, as half of `&amp;`
_IDENTIFYING = ("report_title", "title", "agency", "recommendation")
_NO_LETTERS = re.compile(r"[\W_]+")
# In the order in which files have them.
_TEXTS = (
    *("report_title", "title", "report_number", "agency"),
    *("recommendation", "abstract", "status_text", "status_comment"),
)
_BUT_NUMBER = tuple(name for name in _TEXTS if name != "report_number")


@dataclass(frozen=True, slots=True)
class Torn:
    """The keys of missing records, and of shown ones, that a second look has to confirm."""

    missing: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()


def torn(stored: Sequence[StoredRecord], records: Sequence[ParsedRecord]) -> Torn:
    """Return what may be damage."""
    # Records were added in the order of the file.
    listed = sorted((one for one in stored if one.listed), key=lambda one: one.id)
    known = {one.key: one for one in listed}
    shown = {name: one for one in reversed(records) for name in (*one.aliases, one.key)}
    rows = {one.key: _row_of(one, shown) for one in listed}
    missing = frozenset(key for key, row in rows.items() if row is None)
    reworded = {one.key: row.key for one in listed if (row := rows[one.key]) and _is_reworded(one, row)}
    runs = [
        run for run in _runs(listed, missing | reworded.keys()) if any(row.key in missing for row in run.rows)
    ]
    new = [one for one in records if one.key not in known]
    spliced = {key for run in runs for key in _spliced(run, shown, new)}
    spoiled = {one.key for one in records if _is_spoiled(one, known.get(one.key))}
    if len(missing) > max(_MANY, len(listed) // _SHARE) or _is_cut(listed, records, missing):
        return Torn(missing, frozenset(spliced | spoiled))
    doubtful = [
        run
        for run in runs
        if _is_long(run.rows)
        or any(row.key in reworded for row in run.rows)
        or spliced.intersection(_spliced(run, shown, new))
    ]
    keys = {row.key for run in doubtful for row in run.rows}
    changed = {reworded[key] for key in keys & reworded.keys()}
    return Torn(frozenset(keys & missing), frozenset(spliced | spoiled | changed))


def _row_of(known: StoredRecord, shown: Mapping[str, ParsedRecord]) -> ParsedRecord | None:
    """Return the row of a record; where its agency alone is left, its key has no mark any more."""
    row = shown.get(known.key)
    if row is None and (other := shown.get(known.key.partition(" @ ")[0])):
        agencies = {agency_key(str(one.fields.get("agency") or "")) for one in (known, other)}
        row = other if len(agencies) == 1 else None
    return row


def _is_reworded(known: StoredRecord, row: ParsedRecord) -> bool:
    """Return whether the words that identify a row are others, which publishers hardly ever change."""
    return any(
        known.fields.get(name) != row.fields.get(name)
        and comparable_title(str(known.fields.get(name))) != comparable_title(str(row.fields.get(name)))
        for name in _IDENTIFYING
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """Missing records that stood together, and those before and after them."""

    before: StoredRecord | None
    rows: tuple[StoredRecord, ...]
    after: StoredRecord | None


def _runs(listed: Sequence[StoredRecord], missing: frozenset[str]) -> Iterator[_Run]:
    before: StoredRecord | None = None
    rows: list[StoredRecord] = []
    for one in (*listed, None):
        if one is not None and one.key in missing:
            rows.append(one)
            continue
        if rows:
            yield _Run(before, tuple(rows), one)
        before, rows = one, []


def _is_long(rows: Sequence[StoredRecord]) -> bool:
    return len(rows) >= _RUN and len({row.fields.get("report_number") for row in rows}) > 1


def _is_cut(listed: Sequence[StoredRecord], records: Sequence[ParsedRecord], missing: frozenset[str]) -> bool:
    """Return whether the last row ends early and what stood behind it is missing."""
    if not (records and listed and listed[-1].key in missing):
        return False
    last = next((one for one in listed if one.key == records[-1].key), None)
    return last is not None and last.fields.get("topics") != records[-1].fields.get("topics")


def _spliced(run: _Run, shown: Mapping[str, ParsedRecord], new: Sequence[ParsedRecord]) -> set[str]:
    """Return the keys of rows that begin as the row at one side of a gap and end as that at the other."""
    first, last = run.rows[0], run.rows[-1]
    pieces = [(first, last, record) for record in new]
    if run.before and (record := _row_of(run.before, shown)):
        pieces.append((run.before, last, record))
    if run.after and (record := _row_of(run.after, shown)):
        pieces.append((first, run.after, record))
    return {record.key for head, tail, record in pieces if _is_of_two(record, head, tail)}


def _is_of_two(record: ParsedRecord, head: StoredRecord, tail: StoredRecord) -> bool:
    words, begin, end = _words(record.fields), _words(head.fields), _words(tail.fields)
    unnumbered = (_words(one.fields, _BUT_NUMBER) for one in (head, tail))
    if _words(record.fields, _BUT_NUMBER) in unnumbered:
        return False
    front, back = shared_start(words, begin), shared_start(words[::-1], end[::-1])
    return front > 0 and back > 0 and front + back + _SLACK >= len(words)


def _words(fields: Mapping[str, Any], names: Sequence[str] = _TEXTS) -> str:
    """Return the letters of a row; where its cells begin and end depends on quotes that may be lost."""
    return _NO_LETTERS.sub("", " ".join(str(fields.get(name) or "") for name in names))


def _is_spoiled(record: ParsedRecord, known: StoredRecord | None) -> bool:
    """Return whether a row that was readable, or is new, holds broken characters."""
    values = [str(value) for name in _TEXTS if (value := record.fields.get(name)) is not None]
    if all(map(str.isascii, values)) or not any(map(is_garbled, values)):
        return False
    return known is None or not any(is_garbled(str(known.fields.get(name) or "")) for name in _TEXTS)
