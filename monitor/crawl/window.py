"""Whether a list shows only its newest rows, though nothing on its page says so. Pure.

A page of 5 to 10, 12, 25 or 50 rows may be the first of several whose pager a script makes, or hold the
newest alone; so may one of any length that offers an archive or other years. Where as many rows came as
left its end, these may only have moved on: nothing is gone until it shows another number of rows.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from monitor.domain.types import ParsedRecord, RecordKind, StoredRecord

_FEWEST = 5  # rows of the shortest page that sites divide a list into
_NEWEST = 10  # rows up to which any number of newest ones is usual: two rows of four, three of three
_STEPS = (5, 12)

PUSHED_OFF = (
    "the list shows as many rows as before, and those that are missing were its last: it may show only the"
    " newest, so nothing is called gone until it shows another number of rows"
)


def are_pushed_off(
    before: Sequence[ParsedRecord],
    now: Sequence[ParsedRecord],
    missing: frozenset[str],
    known: Mapping[str, StoredRecord],
    *,
    any_length: bool = False,
) -> bool:
    """Return whether all `missing` reports may have moved beyond the end of a page of a usual length."""
    usual = any_length or len(now) <= _NEWEST or any(len(now) % step == 0 for step in _STEPS)
    if len(now) != len(before) or len(now) < _FEWEST or not usual or not missing:
        return False
    days = [str(row.fields.get("issue_date") or "") for row in now]
    if days[0] < days[-1] and days == sorted(days):  # the newest come last
        before, now = before[::-1], now[::-1]
    if now[-1].kind is not RecordKind.REPORT:
        return False  # the oldest recommendation is the likeliest to be closed
    names = [{row.key, *row.aliases} for row in before]
    at = {key: place for place, keys in enumerate(names) for key in keys & missing}
    end = len(before) - len(set(at.values()))
    is_known_last = any({now[-1].key, *now[-1].aliases} & keys for keys in names)
    return (
        (is_known_last or not at)
        and all(place >= end for place in at.values())
        and all(_is_beyond(known[key], now) for key in missing - at.keys())
    )


def _is_beyond(one: StoredRecord, now: Sequence[ParsedRecord]) -> bool:
    """Return whether a report that was missing before would be after the last row of a list by date."""
    days = [str(row.fields.get("issue_date") or "") for row in now]
    is_by_date = all(earlier >= later for earlier, later in pairwise(days))
    return not is_by_date or str(one.fields.get("issue_date") or "") <= days[-1]
