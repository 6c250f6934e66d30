"""Does a check show what its user or its profile expects of it? Holds from the first check on. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from monitor.domain.dates import days_of
from monitor.domain.settings import Expectations
from monitor.domain.types import ParsedRecord

_AHEAD = timedelta(days=92)  # how far ahead of its day of issue a report may be listed


def expectation_reasons(
    expected: Expectations, records: Sequence[ParsedRecord], today: date, *, swept: bool, whose: str
) -> Iterator[str]:
    """Yield what a check lacks of what is expected; `whose` names who expects it.

    Only a check that read the whole list says how many rows there are.
    """
    rows = len(records)
    if swept and expected.rows is not None and rows < expected.rows:
        why = expected.reason("rows")
        yield f"{rows} rows in all where {whose} expects at least {expected.rows}{why}"
    for name, share in expected.filled.items() if rows else ():
        now = sum(record.fields.get(name) not in (None, [], "") for record in records) / rows
        if now < share:
            why = expected.reason(name, "filled")
            yield f"{now:.0%} of the rows have a {name} where {whose} expects at least {share:.0%}{why}"
    if expected.newest is not None and rows:
        yield from _age_reasons(expected, expected.newest, records, today, whose)


def _age_reasons(
    expected: Expectations, most: timedelta, records: Sequence[ParsedRecord], today: date, whose: str
) -> Iterator[str]:
    spans = (days_of(record.fields.get("issue_date")) for record in records)
    # A day of next year is a slip of the publisher's, and would be the newest for a year.
    days = [span[1] for span in spans if span and span[0] - today <= _AHEAD]
    why = expected.reason("newest")
    if not days:
        yield f"no row has an issue_date where {whose} expects one of the last {most.days} days{why}"
    elif today - max(days) > most:
        yield (
            f"the newest row is of {max(days)}, {(today - max(days)).days} days ago, where {whose} expects"
            f" one of the last {most.days} days{why}"
        )
