"""Clean text, changed words, and times and ages in words. Pure.

Page text is hostile: `plain` is the one place that removes what could control a terminal or a mail header.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import SequenceMatcher
from typing import Literal
from urllib.parse import urlsplit

from monitor.domain.dates import days_of
from monitor.domain.shared_ends import shared_ends
from monitor.domain.text import comparable
from monitor.domain.us_dates import clock_words, day_words, moment_words, month_words, zone_words

# Terminal escape sequences: CSI (colors, cursor), OSC (titles, links) and the two-character ones.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d).*?(?:\x07|\x1b\\|\x9c|$)|\x1b[ -/]*[0-~]?", re.DOTALL
)
_BLANKS = re.compile(r"[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029 ]+")
# Control characters, direction overrides (right-to-left letters do not need them), and noncharacters, which
# alerts.language.markers uses.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_WORD = re.compile(r"\S+")

_LONGEST_DIFF = 3_000  # words on one side; a longer diff is slow and nobody reads it
_LEAST_REWRITTEN = 4  # words on either side; fewer are read as they stand
_LEAST_ALIKE = 0.4  # with a smaller share of equal words, old and new text are shown whole


def plain(text: object) -> str:
    """Return text fit for one line of any message.

    Escape sequences, control characters, noncharacters and direction overrides are removed, a lone surrogate
    becomes U+FFFD, and line breaks become spaces. No-break spaces, quotes and letters of any script stay.
    None gives "", and a list its items.
    """
    if text is None:
        return ""
    shown = "; ".join(map(str, text)) if isinstance(text, list) else str(text)
    if shown.isprintable():  # most text: there is nothing to remove
        return " ".join(shown.split())
    shown = _UNSHOWN.sub("", _BLANKS.sub(" ", _ESCAPES.sub("", shown)))
    # Removed characters may leave two spaces in a row.
    return _BLANKS.sub(" ", _SURROGATES.sub("\ufffd", shown)).strip(" ")


def shortened(text: str, longest: int) -> str:
    """Return text cut at a word, with an ellipsis, to at most `longest` characters."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    cut = max(head.rfind(" "), head.rfind("\xa0"))
    return (head[:cut] if cut > longest // 2 else head).rstrip(" \xa0,;:-–—") + "…"


def web_address(text: object) -> str | None:
    """Return an address only if it is safe to click: http or https, with a host."""
    address = plain(text)
    if re.search(r"[\s<>\"'`\\]", address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


# ---- changed words


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words that stayed or were removed or added; runs are joined by one space."""

    kind: Literal["same", "removed", "added"]
    text: str


def changed_words(before: object, after: object) -> tuple[Segment, ...]:
    """Return the words of both texts with removed and added ones marked.

    Words that differ only in form are equal (monitor.domain.text.comparable). Texts with little in common are
    returned whole, the old one first.
    """
    old, new = _words(before), _words(after)
    start, end = shared_ends(old, new, _are_alike)
    middle = old[start : len(old) - end], new[start : len(new) - end]
    segments = [
        _segment("same", new[:start]),
        *_compared(*middle, shared=start + end),
        _segment("same", new[len(new) - end :]),
    ]
    return tuple(segment for segment in segments if segment.text)


def _words(text: object) -> list[str]:
    return _WORD.findall(plain(text)) if text is not None else []


def _are_alike(one: str, other: str) -> bool:
    return one == other or comparable(one) == comparable(other)


def _compared(old: list[str], new: list[str], *, shared: int) -> list[Segment]:
    whole = [_segment("removed", old), _segment("added", new)]
    if not old or not new or max(len(old), len(new)) > _LONGEST_DIFF:
        return whole
    matcher = SequenceMatcher(None, [comparable(w) for w in old], [comparable(w) for w in new])
    equal = sum(block.size for block in matcher.get_matching_blocks())
    if (shared + equal) / (shared + max(len(old), len(new))) < _LEAST_ALIKE:
        return whole
    segments = []
    for action, i, j, k, m in matcher.get_opcodes():
        if action == "equal":
            segments.append(_segment("same", new[k:m]))
        else:
            segments += [_segment("removed", old[i:j]), _segment("added", new[k:m])]
    return segments


def _segment(kind: Literal["same", "removed", "added"], words: Sequence[str]) -> Segment:
    return Segment(kind, " ".join(words))


def rewritten(segments: Sequence[Segment]) -> bool:
    """Return whether over half the words of a text changed: it is read better before and after."""
    words = dict.fromkeys(("same", "removed", "added"), 0)
    for segment in segments:
        words[segment.kind] += len(segment.text.split())
    longer = max(words["removed"], words["added"])
    return min(words["removed"], words["added"]) >= _LEAST_REWRITTEN and longer > words["same"]


def condensed(segments: Sequence[Segment], context: int) -> tuple[Segment, ...]:
    """Return segments with long runs of unchanged words cut to `context` words next to each change."""
    last = len(segments) - 1
    return tuple(
        segment
        if segment.kind != "same"
        else Segment("same", _cut(segment.text, context, head=number > 0, tail=number < last))
        for number, segment in enumerate(segments)
    )


def _cut(text: str, context: int, *, head: bool, tail: bool) -> str:
    words = text.split(" ")
    kept = context * (head + tail)
    if len(words) <= kept + 8:  # cutting a few words saves no time
        return text
    begin = " ".join(words[:context]) + " …" if head else "…"
    return f"{begin} {' '.join(words[-context:])}" if tail else begin


# ---- times, ages, counts


def moment(time: datetime, zone: tzinfo = UTC) -> str:
    """Return a time on the reader's clock: Mon., March 2, 2026, 10:00 a.m. EST."""
    return moment_words(time, zone)


def day(time: datetime, zone: tzinfo) -> str:
    """Return a day: Mon., March 2, 2026."""
    return day_words(time.astimezone(zone), weekday=True)


def window(begin: datetime, end: datetime, zone: tzinfo) -> str:
    """Return a span of time without repetition: between Mon., March 2, 8:00 a.m. and 10:00 a.m. EST."""
    first, last = begin.astimezone(zone), end.astimezone(zone)
    years = first.year != last.year
    left = f"{day_words(first, weekday=True, year=years)}, {clock_words(first)}"
    right = f"{clock_words(last)} {zone_words(last)}"
    if zone_words(first) != zone_words(last):
        left += f" {zone_words(first)}"
    if first.date() != last.date():
        right = f"{day_words(last, weekday=True, year=years)}, {right}"
    return f"between {left} and {right}"


def span(begin: datetime, end: datetime) -> str:
    """Return a duration in the largest unit that gives at least two: 14 months."""
    days = max((end - begin) // timedelta(days=1), 0)
    months = int(days / 30.44)
    for count, unit in ((months // 12, "year"), (months, "month"), (days // 7, "week"), (days, "day")):
        if count >= 2:
            return f"{count} {unit}s"
    return "1 day" if days else "less than a day"


def shown_date(text: object) -> str:
    """Return a date with the precision it has: July 23, 2026, or July 2026, or 2026."""
    said = plain(text)
    days, parts = days_of(said), said.count("-")
    if days is None or not parts:
        return said
    return day_words(days[0]) if parts == 2 else month_words(days[0])


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: 1 new report, 1,200 new reports."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(parts: Iterable[str]) -> str:
    """Return words joined as in a sentence: a, b and c."""
    *front, last = list(parts) or [""]
    return f"{', '.join(front)} and {last}" if front else last
