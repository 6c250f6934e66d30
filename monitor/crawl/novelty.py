"""Which records are new only to us, because earlier looks could not see the whole list. Pure."""

from collections.abc import Mapping, Sequence

from monitor.crawl.completeness import Seen
from monitor.crawl.context import Context
from monitor.crawl.walk import Read
from monitor.domain.types import ParsedRecord
from monitor.guard.baseline import known_as


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
        return frozenset(new & _only_on_added_lists(context, reads))
    before = {page.url for page in context.known.pages}
    late = {r.key for read in reads if read.url not in before and read.parse for r in read.parse.records}
    return frozenset(new & late)


def _only_on_added_lists(context: Context, reads: Sequence[Read]) -> set[str]:
    added, old = set[str](), set[str]()
    keys = old
    for read in reads:
        if read.url in context.settings.addresses:
            keys = added if read.url in context.added else old
        keys |= {record.key for record in read.parse.records} if read.parse else set()
    return added - old
