"""Decide whether the pages of one pass, or of two, show the whole list.

A site that sorts again for every request shows one row on two pages and another on none.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.crawl.context import Context
from monitor.crawl.walk import Read, Walk, lists_of
from monitor.domain.errors import FetchError, Quarantined
from monitor.domain.identity import merge
from monitor.domain.types import Parse, ParsedRecord
from monitor.guard.baseline import Baseline, mark


@dataclass(frozen=True, slots=True)
class Seen:
    """What the pages of a check show together. `steady` is False where rows moved between pages."""

    rows: tuple[ParsedRecord, ...]  # as read, a row of two pages twice
    declared: int | None
    complete: bool
    steady: bool = True
    twice: frozenset[str] = frozenset()  # marks of keys that stand on more than one page
    short: int = 0  # how many rows fewer than declared
    torn: bool = False  # its pages state different totals
    note: str | None = None


def one_pass(parses: Sequence[Parse], distinct: int, *, ended: bool) -> Seen:
    """Return what one pass shows; `distinct` is the number of its records once merged."""
    rows = tuple(record for found in parses for record in found.records)
    totals = [found.declared_total for found in parses if found.declared_total is not None]
    declared, torn = (totals[0] if totals else None), len(set(totals)) > 1
    twice = frozenset(map(mark, _on_several_pages(parses)))
    short = 0 if declared is None else declared - distinct
    complete = ended and not (twice or torn) and _is_whole(parses, declared, distinct)
    return Seen(rows, declared, complete, True, twice, short, torn)


def _on_several_pages(parses: Sequence[Parse]) -> set[str]:
    met = Counter(key for found in parses for key in {record.key for record in found.records})
    return {key for key, times in met.items() if times > 1}


def _is_whole(parses: Sequence[Parse], declared: int | None, distinct: int) -> bool:
    """Whether count or paging prove that the pages show the whole list."""
    if declared is not None:
        return declared == distinct
    if len(parses) == 1:
        return parses[0].complete
    if parses[-1].lost:
        return False  # a last page that breaks off has lost its link to the next one
    return all(found.next_url for found in parses[:-1]) and parses[-1].next_url is None


def is_doubtful(seen: Seen, pages: int, usual: Baseline) -> bool:
    """Whether a pass of several pages asks for a second one.

    What two passes once agreed on (a row the publisher lists twice, a total it states wrongly) does not.
    """
    if pages < 2:
        return False
    return seen.torn or not seen.twice <= set(usual.twice) or seen.short not in (0, usual.short)


def settled_twice(seen: Seen, parses: Sequence[Parse], usual: Baseline) -> Seen:
    """Accept the doubles that two passes agreed on before."""
    if not seen.twice or not seen.twice <= set(usual.twice):
        return seen
    distinct = len({record.key for record in seen.rows})
    return Seen(
        seen.rows, seen.declared, _is_whole(parses, seen.declared, distinct), True, seen.twice, seen.short
    )


def two_passes(first: Seen, second: Seen, again: Sequence[Parse], cut: str | None) -> Seen:
    """Return what two passes over the same pages show together.

    1. A second pass without doubles, the count met, stands for itself.
    2. Two passes with the same keys are the list as the publisher has it.
    3. Both together are whole where they hold as many records as are declared, or as each has rows.
    4. Else the list is not whole: every row seen counts, and none is missed.
    """
    if cut is None and second.complete:
        return second
    keys = ({record.key for record in first.rows}, {record.key for record in second.rows})
    if cut is None and keys[0] == keys[1]:
        whole = _is_whole(again, second.declared, len(keys[1]))
        return Seen(second.rows, second.declared, whole, True, second.twice, second.short)
    rows = (*second.rows, *(record for record in first.rows if record.key not in keys[1]))
    distinct, declared = len(keys[0] | keys[1]), second.declared or first.declared
    expected = declared if declared is not None else len(second.rows)
    whole = cut is None and distinct == expected and len(first.rows) == len(second.rows)
    if whole:
        return Seen(rows, declared, True)
    why = f"; the second pass ended early: {cut}" if cut else ""
    note = (
        f"rows moved between the pages while they were read, twice: {distinct} of {expected} were seen"
        f"{why}; nothing is called gone"
    )
    return Seen(rows, declared, False, steady=False, note=note)


def together(lists: Sequence[Seen]) -> Seen:
    """Return what the lists of a source show as one: whole where each of them is.

    Several lists share rows, so what each declares says nothing of their sum.
    """
    if len(lists) == 1:
        return lists[0]
    return Seen(
        tuple(row for one in lists for row in one.rows),
        None,
        all(one.complete for one in lists),
        all(one.steady for one in lists),
        frozenset().union(*(one.twice for one in lists)),
        sum(one.short for one in lists),
        any(one.torn for one in lists),
        note="; ".join(dict.fromkeys(one.note for one in lists if one.note)) or None,
    )


def put_together(
    context: Context,
    walk: Walk,
    walk_again: Callable[[], Walk],
    moved: Callable[[Sequence[Read]], bool] = lambda _: False,
) -> tuple[Seen, list[Read], list[Read]]:
    """Return what the pages show, the pages that count, and those of an earlier pass.

    Where rows moved between the pages while they were read, which `moved` may tell of a record that is
    missing, all of them are read once more.
    """
    lists = lists_of(walk.reads, context.settings.addresses)
    first = _each_pass(lists, ended=walk.ended)
    doubtful = walk.ended and context.settings.is_web
    doubtful = doubtful and (_are_doubtful(context, first, lists) or moved(walk.reads))
    if not doubtful:
        if walk.ended:
            usual = context.usual
            first = [settled_twice(seen, found, usual) for seen, found in zip(first, lists, strict=True)]
        return together(first), walk.reads, []
    try:
        again = walk_again()
    except (FetchError, Quarantined) as error:
        again = Walk([], ended=False, cut=str(error))
    more = lists_of(again.reads, context.settings.addresses)
    more += [[] for _ in lists[len(more) :]]  # those that the second pass did not reach
    second = _each_pass(more, ended=again.ended)
    settled = [two_passes(*of_one, again.cut) for of_one in zip(first, second, more, strict=True)]
    seen = together(settled)
    if all(one is other for one, other in zip(settled, second, strict=True)):
        return seen, again.reads, []
    return (seen, again.reads, walk.reads) if again.ended else (seen, walk.reads, again.reads)


def needs_second_pass(context: Context, walk: Walk) -> bool:
    """Whether rows seem to have moved between the pages of a walk that ended."""
    lists = lists_of(walk.reads, context.settings.addresses)
    return _are_doubtful(context, _each_pass(lists, ended=True), lists)


def _are_doubtful(context: Context, passes: Sequence[Seen], lists: Sequence[Sequence[Parse]]) -> bool:
    # The baseline is kept for all lists together.
    return is_doubtful(together(passes), max(map(len, lists), default=0), context.usual)


def _each_pass(lists: Sequence[Sequence[Parse]], *, ended: bool) -> list[Seen]:
    return [one_pass(parses, _distinct_rows(parses), ended=ended and bool(parses)) for parses in lists]


def _distinct_rows(parses: Sequence[Parse]) -> int:
    """Return how many records the pages show once merged; 0 where none of them declares a total."""
    if all(found.declared_total is None for found in parses):
        return 0
    return len(merge([record for found in parses for record in found.records])[0])
