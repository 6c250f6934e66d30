"""Does this look like this source? Says why not, in numbers. Pure; decides nothing about records."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from monitor.domain.identity import number_core
from monitor.domain.types import Page, Parse
from monitor.guard.baseline import Baseline, Facts, mark, median

# Below this many usual rows a fall says nothing: a list of three may well become a list of one.
_FEW = 4
_RISE = 3
_BURST = 25
# A publisher may well post ten reports on one day.
_GENUINE = 10
_WRONG_PROFILE = ", which its profile needs; check the URL and the profile"
_MUST_BE_FILLED = ("title", "report_title", "recommendation", "status")


def page_reasons(page: Page) -> tuple[str, ...]:
    """Return why a fetched page is not the page asked for, before it is parsed."""
    asked, got = urlsplit(page.url), urlsplit(page.final_url)
    if asked.hostname is None:
        return ()  # a saved file leads nowhere: it states where it is from
    if got.path.strip("/") == "" and asked.path.strip("/") != "":
        return (
            f"{page.url} now leads to the home page {page.final_url}; look for the listing's new address",
        )
    if asked.hostname != got.hostname and _site(asked.hostname) != _site(got.hostname):
        return (f"{page.url} now leads to another site, {page.final_url}; if that is right, change 'url'",)
    return ()


def _site(host: str | None) -> str:
    return ".".join((host or "").rstrip(".").split(".")[-2:])


def sink_reasons(pages: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    """Return which of a source's pages are one and the same: (address, where it led, sha256) of each."""
    for what, place in (("lead to the same address", 1), ("have the same content", 2)):
        met: dict[str, list[str]] = {}
        for page in pages:
            met.setdefault(page[place], []).append(page[0])
        most = max(met.values(), key=len, default=[])
        if len(most) > 1:
            names = " and ".join(most[:2])
            return (f"{len(most)} of {len(pages)} pages {what}: {names}, where each should be its own",)
    return ()


def list_reasons(tops: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    """Return which of a source's lists are one: (address, keys of its first page) of each."""
    met: dict[tuple[str, ...], str] = {}
    for address, keys in tops:
        if len(keys) >= _GENUINE and keys in met:
            return (
                f"{met[keys]} and {address} show the same {len(keys)} rows: the site seems to ignore the "
                "filter that tells these lists apart",
            )
        met.setdefault(keys, address)
    return ()


def parse_reasons(parse: Parse, usual: Baseline) -> tuple[str, ...]:
    """Return why one page's parse does not look like its source's pages."""
    if parse.missing_columns:
        columns = "column" if len(parse.missing_columns) == 1 else "columns"
        named = ", ".join(parse.missing_columns)
        if not usual:
            return (f"the page does not have the {columns} {named}{_WRONG_PROFILE}",)
        return (f"the page no longer has the {columns} {named}; its layout has probably changed",)
    if parse.broken:
        return (parse.broken,)
    before = datetime.fromisoformat(usual.as_of) if usual.as_of else None
    if before and parse.as_of and parse.as_of < before:
        days = [f"{day:%B} {day.day}, {day.year}, {day:%H:%M}" for day in (parse.as_of, before)]
        return (f"the file is as of {days[0]}, older than the one read before it, as of {days[1]}",)
    rows, usual_rows = len(parse.records), int(median(usual.first))
    if rows == 0 and not (parse.says_empty and usual_rows < _FEW):
        said = " though the page says that there is nothing" if parse.says_empty else ""
        return (f"no row could be read where {usual_rows or 'some'} are usual{said}", *parse.problems[:3])
    return ()


def check_reasons(facts: Facts, usual: Baseline, min_share: float, *, swept: bool) -> tuple[str, ...]:
    """Return why a whole check does not look like this source. Empty means: accept.

    `usual` is what `monitor.guard.baseline.learn` gave at the last accepted check; empty at the first.
    """
    if not usual:
        return ()
    return (
        *_row_reasons(facts, usual, min_share, swept),
        *_declared_reasons(facts, usual, min_share),
        *_filled_reasons(facts, usual, swept),
        *_column_reasons(facts, usual),
        *_shape_reasons(facts, usual, swept),
        *_swap_reasons(facts, usual, swept),
        *_burst_reasons(facts),
        *_charset_reasons(facts, usual),
        *_end_reasons(facts, usual),
    )


def _row_reasons(facts: Facts, usual: Baseline, min_share: float, swept: bool) -> Iterator[str]:
    """Too few rows, or far too many."""
    first, before_first = facts.first.rows, int(median(usual.first))
    rows, before = facts.whole.rows, int(median(usual.rows))
    # Shorter pages of a list that lacks nothing are only another page size.
    repaged = swept and before > 0 and rows >= before * min_share and facts.missing * 10 <= before
    if before_first >= _FEW and first < before_first * min_share and not repaged:
        yield f"{first} rows on the first page where {before_first} are usual (fewer than {min_share:.0%})"
    if not (swept and before):
        return
    if before >= _FEW and rows < before * min_share:
        yield f"{rows} rows in all where {before} are usual (fewer than {min_share:.0%})"
    if _far_above(rows - facts.added, before):
        yield f"{rows} rows in all where {before} are usual (more than {_RISE} times as many)"


def _far_above(now: int, before: int) -> bool:
    return now > before * _RISE and now - before > _BURST


def _declared_reasons(facts: Facts, usual: Baseline, min_share: float) -> Iterator[str]:
    """A total far outside what the page usually states."""
    now, before = facts.declared, int(median(usual.declared))
    if now is None or not usual.declared:
        return
    if before >= _FEW and now < before * min_share:
        yield f"the page states a total of {now} where {before} is usual (fewer than {min_share:.0%})"
    if _far_above(now, before):
        yield f"the page states a total of {now} where {before} is usual (more than {_RISE} times as many)"


def _filled_reasons(facts: Facts, usual: Baseline, swept: bool) -> Iterator[str]:
    """A field that is usually filled and is suddenly empty."""
    shares: Mapping[str, Sequence[float]] = usual.filled if swept else usual.first_filled
    part = facts.whole if swept else facts.first
    if not shares or not part.rows:
        return
    for name, values in shares.items():
        share, now = median(values), part.filled.get(name, 0.0)
        # A field that only some rows have must be missed in several before that says anything.
        tells = name in _MUST_BE_FILLED or share * part.rows >= _FEW
        if tells and now < (0.5 if share >= 0.9 else share / 4):
            yield f"only {now:.0%} of the rows have a {name} where {share:.0%} is usual"


def _column_reasons(facts: Facts, usual: Baseline) -> Iterator[str]:
    """A table with other headings, unless nearly all rows read under them are as they were before."""
    before = usual.columns
    kept = [name for name in before if name in facts.columns]
    read_as_before = facts.first.rows >= _FEW and facts.as_stored * 10 >= facts.first.rows * 9
    if len(before) > 1 and len(kept) * 2 < len(before) and not read_as_before:
        headings = ", ".join(facts.columns) or "none"
        yield (
            f"{len(kept)} of {len(before)} column headings are left ({headings} where "
            f"{', '.join(before)} are usual)"
        )


def _shape_reasons(facts: Facts, usual: Baseline, swept: bool) -> Iterator[str]:
    """Numbers of a form this source never had, in place of its own; marks between its parts do not count."""
    seen = set(map(number_core, usual.shapes))
    parts = [("on the first page", facts.first), *([("in all", facts.whole)] if swept else [])]
    if median(usual.alike) < 0.8:
        return  # its numbers have no form in common
    for where, part in parts:
        strange = {
            name: count - facts.renumbered.get(name, 0)
            for name, count in part.shapes.items()
            if number_core(name) not in seen
        }
        rows = sum(strange.values())
        if rows >= _FEW and rows * 2 >= part.rows:
            yield (
                f"{rows} of {part.rows} rows {where} have numbers of a form never seen here "
                f"({_named(strange)} where {_named(dict.fromkeys(usual.shapes, 1))} are usual)"
            )
            return


def _named(shapes: Mapping[str, int]) -> str:
    return ", ".join(sorted(shapes, key=lambda name: -shapes[name])[:3])


def _swap_reasons(facts: Facts, usual: Baseline, swept: bool) -> Iterator[str]:
    """Another listing at this address: strangers on the page, and the known ones gone from it."""
    rows, known = facts.first.rows, facts.first_known
    before = usual.first_marks
    share = median(usual.known) if usual.known else None
    usually = "nearly all" if share is None else f"{round(share * rows)} of {rows}"
    strangers = rows - known
    # Of a genuine burst the rows that stood on top before are still shown, further down.
    other = strangers > _GENUINE and known < rows * min(0.5, (1.0 if share is None else share) / 2)
    none_known = known == 0 and min(rows, len(before)) >= _FEW
    # To mark every key takes longer than the other measures together, and no page is usually in question.
    kept = _kept(facts, before) if other or none_known else 0
    replaced = none_known and kept == 0
    if _holds_unseen(facts, usual, strangers):
        return
    if replaced or (other and kept * 2 < len(before)):
        yield f"{known} of {rows} keys on the first page were known before; usually {usually}"
    elif swept and facts.new > _BURST and facts.missing > _BURST:
        yield (
            f"{facts.missing} of {facts.stored} known records are missing and {facts.new} never seen "
            "before are in their place"
        )


def _kept(facts: Facts, before: Sequence[str]) -> int:
    """Count the rows that stood on top of the first page before and still are shown."""
    marks = set(map(mark, facts.shown))
    return sum(one in marks for one in before)


def _holds_unseen(facts: Facts, usual: Baseline, strangers: int) -> bool:
    """Whether the list, by its own unchanged total, holds as many records that no check has reached yet."""
    total = facts.declared
    return total is not None and total == median(usual.declared) and total - facts.stored >= strangers


def _burst_reasons(facts: Facts) -> Iterator[str]:
    """More new records at once than a publisher posts."""
    limit = max(_BURST, facts.stored // 2)
    if facts.new > limit:
        yield f"{facts.new} records are new beside {facts.stored} known ones; up to {limit} at once are usual"


def _end_reasons(facts: Facts, usual: Baseline) -> Iterator[str]:
    """A CSV file that ends in another way than usual: it has no other end that could be missing."""
    if None in (facts.line_end, usual.line_end) or facts.line_end == usual.line_end:
        return
    if facts.line_end:
        yield "the file ends after a line end where its last row usually has none; it may be cut"
    else:
        yield "the file ends within a line where it usually ends with a line end; it may be cut"


def _charset_reasons(facts: Facts, usual: Baseline) -> Iterator[str]:
    """Rows that were readable before and are not now."""
    known = set(usual.garbled)
    spoiled = sum(one not in known for one in facts.spoiled)
    before = usual.charset
    switched = before is not None and before != facts.charset
    # One row may be the publisher's own slip; where no other special character survives, it is ours.
    if spoiled and (switched or spoiled > facts.legible):
        was = f" ({before} is usual)" if switched else ""
        yield (
            f"the page cannot be decoded as {facts.charset}{was}: {spoiled} rows that were readable before "
            "hold broken characters"
        )
