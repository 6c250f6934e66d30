"""Which records are new only to us, because earlier looks could not see the whole list. Pure."""

import re
from collections.abc import Mapping, Sequence

from monitor.crawl.completeness import Seen
from monitor.crawl.context import Context
from monitor.crawl.walk import Read
from monitor.domain.types import ParsedRecord, RecordKind
from monitor.guard.baseline import known_as

_BULK = 4
_YEAR_IN_NUMBER = re.compile(r"(?:[A-Z]+-)?(?:FY)?((?:19|20)?\d\d)-\d{1,4}")
_CENTURY = 70  # from this on, two digits are a year of the last century


def new_only_to_us(
    context: Context,
    records: Sequence[ParsedRecord],
    reads: Sequence[Read],
    stored: Mapping[str, bool],
    seen: Seen,
) -> frozenset[str]:
    """Return the keys of records that are new to us but not to the site, so that nobody is alerted."""
    new = {record.key for record in records if not known_as(record, stored)}
    if context.known.reading is None or not new:
        return frozenset()
    if context.usual.unsettled and not seen.steady:
        return frozenset(new)
    if context.known.last_swept_at is not None:
        return frozenset(new & (_only_on_added_lists(context, reads) | added_in_bulk(records, stored)))
    before = {page.url for page in context.known.pages}
    late = {r.key for read in reads if read.url not in before and read.parse for r in read.parse.records}
    return frozenset(new & late)


def added_in_bulk(records: Sequence[ParsedRecord], stored: Mapping[str, bool]) -> set[str]:
    """Return the keys of old reports that a publisher has added to its list together.

    They are at least four, and were all issued more than a year before the newest report known before. In
    a list without days, the years in their numbers say so where they are before those of all others.
    """
    new = [record for record in records if not known_as(record, stored)]
    if len(new) < _BULK:
        return set()
    known = [record for record in records if known_as(record, stored)]
    days = [_issued(record) or 0 for record in known]
    newest = max(days, default=0)
    old = {record.key for record in new if 0 < (_issued(record) or 0) < newest - 1}
    if not any(days):
        years = [_numbered(record) for record in known]
        end = min(min(years, default=0), max(years, default=0) - 1)
        old = {record.key for record in new if 0 < _numbered(record) < end}
    return old if len(old) >= _BULK else set()


def _numbered(record: ParsedRecord) -> int:
    """Return the year in a report's number (`OIG-24-01`); 0 where none surely is one."""
    number = str(record.fields.get("report_number") or "")
    found = None if record.kind is RecordKind.RECOMMENDATION else _YEAR_IN_NUMBER.fullmatch(number)
    year = int(found[1]) if found else 0
    return year + (1900 if year >= _CENTURY else 2000) if found and len(found[1]) == 2 else year


def _issued(record: ParsedRecord) -> float | None:
    """Return when a report was issued, in years: the middle of what is known; None for a recommendation.

    An open list may show a recommendation of an old report for the first time because it was opened again.
    """
    if record.kind is RecordKind.RECOMMENDATION:
        return None
    date = str(record.fields.get("issue_date") or "")
    parts = [int(part) for part in date.split("-")] if date.replace("-", "").isdecimal() else []
    if parts:
        return parts[0] + (parts[1] - 0.5) / 12 if len(parts) > 1 else parts[0] + 0.5
    year: int | None = record.fields.get("fiscal_year")
    return year


def _only_on_added_lists(context: Context, reads: Sequence[Read]) -> set[str]:
    added, old = set[str](), set[str]()
    keys = old
    for read in reads:
        if read.url in context.settings.addresses:
            keys = added if read.url in context.added else old
        keys |= {record.key for record in read.parse.records} if read.parse else set()
    return added - old
