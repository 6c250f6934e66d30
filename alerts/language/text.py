"""Small pure pieces of language: clean text, changed words, times and ages as a reader says them.

Page text is hostile: `plain` is the one place where it loses what could steer a terminal or a mail header.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import SequenceMatcher
from typing import Literal
from urllib.parse import urlsplit

from monitor.domain.text import comparable

# A terminal's commands: CSI (colours, cursor), OSC (titles, links) and the two-letter escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d).*?(?:\x07|\x1b\\|\x9c|$)|\x1b[ -/]*[0-~]?", re.DOTALL
)
_BLANKS = re.compile(r"[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029 ]+")
# Control characters, marks that turn the direction of all text after them (right-to-left letters need none),
# and noncharacters: never meant for interchange, they serve alerts.language.markers.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_WORD = re.compile(r"\S+")

_LONGEST_DIFF = 3_000  # words on one side; above this a word-level diff is slow and nobody reads it
_LEAST_ALIKE = 0.4  # below this share of equal words, marked words are confetti: show old and new whole


def plain(text: object) -> str:
    """Give text fit for one line of any face.

    Escape codes, control characters, noncharacters and direction overrides go, a lone surrogate becomes
    U+FFFD, line breaks become blanks; no-break spaces, quotes and letters of any script stay. None gives "".
    """
    if text is None:
        return ""
    shown = str(text)
    if shown.isprintable():  # as most text is: nothing of it has to go
        return " ".join(shown.split())
    shown = _UNSHOWN.sub("", _BLANKS.sub(" ", _ESCAPES.sub("", shown)))
    # What went may have stood between two blanks.
    return _BLANKS.sub(" ", _SURROGATES.sub("\ufffd", shown)).strip(" ")


def shortened(text: str, longest: int) -> str:
    """Cut text at a word, with an ellipsis, so that it has at most `longest` characters."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    cut = max(head.rfind(" "), head.rfind("\xa0"))
    return (head[:cut] if cut > longest // 2 else head).rstrip(" \xa0,;:-–—") + "…"


def web_address(text: object) -> str | None:
    """Give an address only if it is one a reader may safely click: http or https, with a host."""
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
    """A run of words that stayed, went or came; runs are joined by one blank."""

    kind: Literal["same", "removed", "added"]
    text: str


def changed_words(before: object, after: object) -> tuple[Segment, ...]:
    """Give the words of both texts with those that went and came marked.

    Words are equal where only normalisation would tell them apart (monitor.domain.text.comparable). Texts
    with little in common are given whole, the old one first.
    """
    old, new = _words(before), _words(after)
    start = _shared(old, new)
    old_rest, new_rest = old[start:], new[start:]
    end = _shared(old_rest[::-1], new_rest[::-1])
    middle_old, middle_new = old_rest[: len(old_rest) - end], new_rest[: len(new_rest) - end]
    segments = [
        _segment("same", new[:start]),
        *_compared(middle_old, middle_new, shared=start + end),
        _segment("same", new_rest[len(middle_new) :]),
    ]
    return tuple(segment for segment in segments if segment.text)


def _words(text: object) -> list[str]:
    return _WORD.findall(plain(text)) if text is not None else []


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other and comparable(one) != comparable(other):
            break
        count += 1
    return count


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


def condensed(segments: Sequence[Segment], context: int) -> tuple[Segment, ...]:
    """Cut long runs of unchanged words to `context` words beside each changed run."""
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
    if len(words) <= kept + 8:  # cutting a handful of words saves nobody's time
        return text
    begin = " ".join(words[:context]) + " …" if head else "…"
    return f"{begin} {' '.join(words[-context:])}" if tail else begin


# ---- times, ages, counts


def moment(time: datetime, zone: tzinfo) -> str:
    """Say a time as its reader's clock shows it: Mon 2 Mar 2026, 10:00 EST."""
    local = time.astimezone(zone)
    return f"{day(time, zone)}, {local:%H:%M} {_zone_name(local)}"


def day(time: datetime, zone: tzinfo) -> str:
    """Say a day: Mon 2 Mar 2026."""
    local = time.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b} {local.year}"


def window(begin: datetime, end: datetime, zone: tzinfo) -> str:
    """Say a span of time without repeating itself: between Mon 2 Mar 08:00 and 10:00 EST."""
    first, last = begin.astimezone(zone), end.astimezone(zone)
    same_day, same_zone = first.date() == last.date(), _zone_name(first) == _zone_name(last)
    left = f"{_short_day(first, with_year=first.year != last.year)} {first:%H:%M}"
    right = f"{last:%H:%M} {_zone_name(last)}"
    if not same_zone:
        left += f" {_zone_name(first)}"
    if not same_day:
        right = f"{_short_day(last, with_year=first.year != last.year)} {right}"
    return f"between {left} and {right}"


def _short_day(local: datetime, *, with_year: bool) -> str:
    return f"{local:%a} {local.day} {local:%b}" + (f" {local.year}" if with_year else "")


def _zone_name(local: datetime) -> str:
    name = local.tzname() or "UTC"
    return name if name[0].isalpha() else f"UTC{name}"


def span(begin: datetime, end: datetime) -> str:
    """Say how long something lasted, in the largest unit that is not less than two: 14 months."""
    days = max((end - begin) // timedelta(days=1), 0)
    months = int(days / 30.44)
    for count, unit in ((months // 12, "year"), (months, "month"), (days // 7, "week"), (days, "day")):
        if count >= 2:
            return f"{count} {unit}s"
    return "1 day" if days else "less than a day"


def shown_date(text: object) -> str:
    """Say a date of the data with the precision it has: 23 July 2026, July 2026 or 2026."""
    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", plain(text))
    if not found or not 0 < int(found[2] or 1) <= 12:
        return plain(text)
    if found[2] is None:
        return found[1]
    month = f"{datetime(2000, int(found[2]), 1, tzinfo=UTC):%B} {found[1]}"
    return f"{int(found[3])} {month}" if found[3] else month


def counted(count: int, one: str, many: str | None = None) -> str:
    """Say a count with its noun: 1 new report, 1,200 new reports."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(parts: Iterable[str]) -> str:
    """Join words as a sentence does: a, b and c."""
    *front, last = list(parts) or [""]
    return f"{', '.join(front)} and {last}" if front else last
