"""Read GAO's recommendations from the saved text of an agency, topic or database page.

A block is a title, a count, a header line and its rows; a row is agency and text on one line, a status
line and a comment. Pages of 2016 to 2020 label their values instead: see `gao_labelled`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.domain.identity import shorten
from monitor.domain.status import Status, status_of
from monitor.domain.text import comparable, squeeze
from monitor.domain.types import Parse, ParsedRecord
from monitor.profiles.builtin.gao_fields import (
    NO_TITLE,
    REPORT_NUMBER,
    Row,
    is_priority,
    record_of,
    total_in,
    without_definition,
)
from monitor.profiles.builtin.gao_labelled import is_labelled, labelled_rows
from monitor.profiles.days import is_day
from monitor.profiles.markup import says_nothing_listed, without_sort_words

__all__ = ["is_header", "is_labelled", "parse_text"]

_HEADER = re.compile(r"agency(?: affected)?\s+recommendations?\s+status(?:\s+comments?)?", re.I)
_BETWEEN = re.compile(
    r"show|hide|\d+ open recommendations?|\d+ priority.*|(?:published|(?:publicly )?released|issued)\b.*"
    r"|(?:gao|aimd|t|b)-[\w-]{0,20}\d[\w-]{0,20}(?:, .{0,20})?",
    re.I,
)
_OPEN_COUNT = re.compile(r"\d+ open recommendations?", re.I)
_NUMBERED = re.compile(
    r"[(\[]\s?(?:Recommendations?|Matter[^()\[\]]{0,60}?)\s{1,3}#?\d{1,3}(?:-\d{1,3})?\s?\.?\s?[)\]]\.?\s*$",
    re.I,
)
_OPENING = re.compile(
    r"\s(?=(?:The|To|In|Congress should|Consistent with|As part of|When|By|If|Upon|We recommend)\s)"
)
# An agency's name: words in capitals and the small ones between them, no sentence.
_NAME = r"(?:(?:U\.S\.|[A-Z(][\w'’/&-]*[,:)]*|of|the|for|and|on|in|&|[:–-])(?:\s+|$)){1,16}"
_AGENCY = re.compile(rf"(?=[A-Z]){_NAME}")
_NAMED_OPENING = re.compile(
    rf"(?=[A-Z])(?!(?:The|To|In|When|By|If|Upon)\s){_NAME[:-6]}{{1,16}}?"
    r"(?=(?:The|To|In order|Congress should) )"
)
_SENTENCE_END = (".", "!", "?", ".”", '."', ".)", ".'", ".’", '?"', "?”")
_FOOT = re.compile(
    r"(?:full |about|stay |back to|pagination|previous|next|first|last|contact|follow|topics?\b|related|view"
    r"|looking|download|recommendations database|gao|explore|sign up|jump to|current page|page \d"
    r"|\d+$|[‹«»›…])",
    re.I,
)
# The beginnings of the definition of a status, which is not part of the comment.
_DEFINITION_BEGINS = (
    "actions to satisfy the intent",
    "actions that satisf",
    "actions that partially satisf",
    "while the intent of",
)
_LONGEST_STATUS = 60


@dataclass(frozen=True, slots=True)
class _Block:
    """One report's part of the page; `last` where the text ends in it."""

    title: str | None
    number: str | None
    counted_open: bool
    lines: tuple[str, ...]
    last: bool


def is_header(line: str) -> bool:
    """Return whether a line is the header of a block's table."""
    return _HEADER.fullmatch(without_sort_words(line)) is not None


def parse_text(profile: str, text: str, url: str) -> Parse:
    """Return every recommendation of a saved page; a text without a block has none."""
    del url
    lines = _with_headers([line.rstrip("\r") for line in text.split("\n")])
    agency = _page_agency(lines)
    records: list[ParsedRecord] = []
    problems: list[str] = []
    rows = _rows(lines, agency) if any(map(is_header, lines)) else labelled_rows(lines)
    for row in rows:
        found = row if isinstance(row, str) else record_of(row)
        if isinstance(found, str):
            about = "" if isinstance(row, str) else f" ({shorten(row.text)!r})"
            problems.append(f"A recommendation was not read: {found}{about}.")
        else:
            records.append(found)
    total = total_in(squeeze(text))
    found_any = bool(records or problems)
    empty = not found_any and (total == 0 or says_nothing_listed(lines))
    return Parse(
        profile=profile,
        records=tuple(records),
        declared_total=total,
        complete=not problems and total is not None and total == len(records),
        problems=tuple(problems),
        says_empty=empty,
        missing_columns=() if found_any or empty else ("Agency", "Recommendation", "Status"),
        title=agency or "",
    )


def _with_headers(lines: list[str]) -> list[str]:
    """Return the lines with a header on one line where its words are on lines of their own."""
    joined: list[str] = []
    for line in lines:
        joined.append(line)
        if squeeze(line)[:6].casefold() not in ("status", "commen"):
            continue
        last = [at for at, one in enumerate(joined[-8:], max(len(joined) - 8, 0)) if one.strip()][-3:]
        if len(last) == 3 and is_header(words := " ".join(joined[at] for at in last)):
            joined[last[0] :] = [words]
    return joined


def _page_agency(lines: list[str]) -> str | None:
    """Return the agency an agency page is about: the heading before "Jump To:" or before the count."""
    said = [squeeze(line) for line in lines if line.strip()]
    marks = (at for at, line in enumerate(said) if re.match(r"jump to:|open recommendations \(", line, re.I))
    mark = next(marks, 0)
    if not mark:
        return None
    heading = said[mark - 1]
    # A topic page and the database have other words in this place.
    return heading if not re.search(r"skip to main|recommendations|[.:]$", heading, re.I) else None


def _rows(lines: list[str], agency: str | None) -> Iterator[Row | str]:
    """Return the rows of every block; a sentence for what cannot be read."""
    for block in _blocks(lines):
        if block.title is None:
            yield f"there is no title before the table that begins {shorten(' '.join(block.lines))!r}"
            continue
        yield from _block_rows(block, agency)


def _blocks(lines: list[str]) -> Iterator[_Block]:
    """Yield the parts of a page between its header lines; the line before one is the report's title."""
    headers = [at for at in range(len(lines)) if _heads_block(lines, at)]
    spaced = any(not line.strip() for line in lines[:-1])
    tops = [_top(lines, at, spaced=spaced) for at in headers]
    for place, (header, (begins, title)) in enumerate(zip(headers, tops, strict=True)):
        last = place + 1 == len(headers)
        ends = len(lines) if last else tops[place + 1][0]
        between = [squeeze(line) for line in lines[begins:header]]
        numbers = (REPORT_NUMBER.match(line) for line in between if line != title)
        yield _Block(
            title=title,
            number=next((found[0] for found in numbers if found), None),
            counted_open=any(_OPEN_COUNT.fullmatch(squeeze(line)) for line in lines[begins : header + 1]),
            lines=tuple(lines[header + 1 : ends]),
            last=last,
        )


def _heads_block(lines: list[str], at: int) -> bool:
    """Return whether a block's rows begin after a line: its header, or its count if the header is damaged."""
    if is_header(lines[at]):
        return True
    counts = _OPEN_COUNT.fullmatch(squeeze(lines[at])) is not None
    return counts and not any(map(is_header, lines[at + 1 : at + 5])) and len(lines) > at + 2


def _top(lines: list[str], header: int, *, spaced: bool) -> tuple[int, str | None]:
    """Return the line a block begins at, and the title there; None where no line can be one."""
    at = header - 1
    while at >= 0 and (not lines[at].strip() or _is_between(lines[at])):
        at -= 1
    # A title is alone: a line right after another is the end of the comment before.
    alone = at == 0 or not spaced or not lines[at - 1].strip()
    if at < 0 or not alone or is_header(lines[at]) or not _may_be_title(squeeze(lines[at])):
        return at + 1, None
    return at, squeeze(lines[at])


def _may_be_title(line: str) -> bool:
    """Return whether a line can be a report's title: not the end of a comment, nor words about the list."""
    ends_sentence = line.endswith(".") and not line.endswith("U.S.")
    return not ends_sentence and total_in(line) is None and NO_TITLE.fullmatch(line) is None


def _is_between(line: str) -> bool:
    """Return whether a line may be between a report's title and the header of its rows."""
    return _BETWEEN.fullmatch(squeeze(line)) is not None or is_day(squeeze(line))


def _block_rows(block: _Block, agency: str | None) -> Iterator[Row | str]:
    lines, ended = list(block.lines), True
    if block.last:
        lines, rest, ended = _without_foot(lines, agency)
        if rest:
            yield f"the text ends in {shorten(rest)!r}, which is not a complete recommendation"
    prefix = agency or _repeated_prefix(lines)
    lines, begun = _without_begun_row(lines, prefix) if block.last else (lines, "")
    if begun:
        yield f"the text ends in {shorten(begun)!r}, which is not a complete recommendation"
    anchors = list(_anchors(lines, prefix))
    if not anchors:
        yield f"the block of {shorten(block.title or '')!r} has no complete recommendation"
    for place, (begins, status, ends) in enumerate(anchors):
        final = place + 1 == len(anchors)
        following = len(lines) if final else anchors[place + 1][0]
        after = lines[ends:following]
        other = next(
            (at for at, line in enumerate(after) if at and _opens_row(squeeze(line), prefix)), len(after)
        )
        row = _row(block, prefix, lines[begins:ends], after[:other], has_status=status)
        yield _with_cuts(row, after, ended=ended) if final and block.last else row
        if other < len(after):
            yield f"{shorten(' '.join(after[other:]))!r} has neither a number nor a status of its own"
    if anchors and any(comparable(line) for line in lines[: anchors[0][0]]):
        stray = " ".join(lines[: anchors[0][0]])
        yield f"{shorten(stray)!r} does not belong to any row of {shorten(block.title or '')!r}"


def _without_foot(lines: list[str], agency: str | None) -> tuple[list[str], str, bool]:
    """Return the lines without what follows the last comment, that rest, and whether a page's foot is there.

    The rest is "" for the foot of the page, else the beginning of the next title or row, cut short.
    """
    while lines and not comparable(lines[-1]):
        lines = lines[:-1]
    starts = [at for at, line in enumerate(lines) if _NUMBERED.search(line) or _is_status(line)]
    for at in range(starts[-1] + 1 if starts else 0, len(lines)):
        line = squeeze(lines[at])
        after_gap = at > 0 and not lines[at - 1].strip() and bool(starts)
        if after_gap and not line.endswith(_SENTENCE_END):
            # Only the words of a page's foot are left out silently.
            foot = _FOOT.match(line) is not None
            return lines[:at], "" if foot else squeeze(" ".join(lines[at:])), foot
    final = squeeze(lines[-1]) if lines else ""
    begun = agency is not None and (agency.startswith(final) or _opens_row(final, agency))
    if final and begun and len(lines) > 1 and not _NUMBERED.search(final):
        return lines[:-1], final, False
    return lines, "", False


def _without_begun_row(lines: list[str], prefix: str | None) -> tuple[list[str], str]:
    """Return the lines of the last block without the row that its end begins, and the words of that row."""
    starts = [at for at, line in enumerate(lines) if _NUMBERED.search(line) or _is_status(line)]
    final = max((at for at, line in enumerate(lines) if line.strip()), default=-1)
    if final < 0:
        return lines, ""
    floor = max((at + 1 for at in starts if _is_status(lines[at])), default=len(lines))
    numbered = starts[-1] if starts else -1
    begun = numbered == final or (numbered == final - 1 and _begins_status(lines[final]))
    if begun and numbered >= floor and not (prefix and lines[numbered].startswith(prefix)):
        # Its text is whole, and its status is not there.
        at: int | None = _row_start(lines, floor, numbered, prefix)
    else:
        last = starts[-1] + 1 if starts else len(lines)
        at = next((at for at in range(last, len(lines)) if _opens_row(squeeze(lines[at]), prefix)), None)
        if at is None and last <= final and _begins_agency(squeeze(lines[final]), prefix):
            at = final
    return (lines, "") if at is None else (lines[:at], squeeze(" ".join(lines[at:])))


def _begins_status(line: str) -> bool:
    return any(word.startswith(squeeze(line).casefold()) for word in ("open", "closed"))


def _begins_agency(line: str, prefix: str | None) -> bool:
    """Return whether the last line of a text can be the beginning of an agency's name."""
    before, _, word = line.rpartition(" ")
    if _may_be_agency(line) or (prefix is not None and prefix.startswith(line)):
        return True
    return _may_be_agency(before) and any(
        small.startswith(word) for small in ("of", "the", "for", "and", "on")
    )


def _opens_row(line: str, agency: str | None) -> bool:
    """Return whether a line is an agency's name and then the usual opening of a recommendation."""
    rest = line[len(agency) :] if agency and line.startswith(agency + " ") else ""
    if _OPENING.match(rest) is not None or 0 < len(rest.strip()) <= 2:
        return True
    return _NAMED_OPENING.match(line) is not None


def _may_be_agency(line: str) -> bool:
    """Return whether a line on its own can be the name of an agency."""
    shown = squeeze(line)
    return _AGENCY.fullmatch(shown) is not None and not (_is_status(shown) or _is_between(shown))


def _is_status(line: str) -> bool:
    return status_of(line) not in (None, Status.UNKNOWN)


def _anchors(lines: list[str], agency: str | None) -> Iterator[tuple[int, bool, int]]:
    """Return each row's first line, whether it has a status line, and the line after its text.

    A status line after a text marks a row. A line that ends in `(Recommendation N)` marks one too, but
    where the block has status lines only if it also begins as a row does: comments cite others' numbers.
    """
    statuses = {at for at, line in enumerate(lines) if at and _is_status(line)}
    floor = 0
    for at, line in enumerate(lines):
        if at < floor or not line.strip():
            continue
        has_status = at + 1 in statuses
        numbered = _NUMBERED.search(line) is not None
        unknown = numbered and not has_status and _looks_like_status("".join(lines[at + 1 : at + 2]))
        begins_so = agency is not None and line.startswith(agency)
        if has_status or unknown or (numbered and (not statuses or begins_so)):
            yield _row_start(lines, floor, at, agency), has_status or unknown, at + 1
            floor = at + 2 if has_status or unknown else at + 1


def _looks_like_status(line: str) -> bool:
    """Return whether a line in the place of the status can be an unknown wording of a status."""
    shown = squeeze(line)
    return 0 < len(shown) <= _LONGEST_STATUS and not shown.endswith((".", ")", ":"))


def _row_start(lines: list[str], floor: int, end: int, agency: str | None) -> int:
    """Return the first line of a row whose text ends at `end`: agency and marks may have their own lines."""
    at = end
    while at > floor and is_priority(lines[at]):
        at -= 1
    if agency and lines[at].startswith(agency):
        return at
    for above in range(at, floor - 1, -1):
        line = squeeze(lines[above])
        if _opens_row(line, agency) or (agency and line == agency):
            return above
        if above < at and line and not is_priority(line):
            if _may_be_agency(line):
                return above
            if not is_priority(lines[above + 1]) and not lines[above + 1].strip():
                break
    marked = at
    while marked > floor and is_priority(lines[marked - 1]):
        marked -= 1
    return max(floor, marked - 1) if marked < at else at


def _row(block: _Block, prefix: str | None, said: list[str], after: list[str], *, has_status: bool) -> Row:
    """Return a row from the lines of its agency and text, and those of its status and comment."""
    agency, text, priority = _split(said, prefix)
    status = squeeze(after[0]) if has_status and after else None
    comment = without_definition(_paragraphs(after[1:] if has_status else after))
    if status is None and block.counted_open:
        status = "Open"
    return Row(block.title, text, agency, block.number, status, comment, priority)


def _split(said: list[str], prefix: str | None) -> tuple[str | None, str, bool]:
    """Return agency, text and priority: split at a line of its own, the known name or the usual openings."""
    marks = [at for at, line in enumerate(said) if is_priority(line)]
    kept = [squeeze(line) for line in said if line.strip() and not is_priority(line)]
    if len(kept) > 1 and ((marks and marks[0] > 0 and said[0].strip() == said[0]) or _may_be_agency(kept[0])):
        return kept[0], " ".join(kept[1:]), bool(marks)
    joined = " ".join(kept)
    if prefix and joined.startswith(prefix + " "):
        return prefix, joined[len(prefix) :].strip(), bool(marks)
    opening = _OPENING.search(joined, 0, 160)
    if opening and _may_be_agency(joined[: opening.start()]):
        return joined[: opening.start()], joined[opening.end() :], bool(marks)
    return None, joined, bool(marks)


def _repeated_prefix(lines: list[str]) -> str | None:
    """Return the words that all rows of a block begin with, which are its agency's name."""
    rows = [squeeze(line).split() for line in lines if _NUMBERED.search(line)]
    if len(rows) < 2:
        return None
    shared: list[str] = []
    for words in zip(*rows, strict=False):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    if _OPENING.match(" ".join(["", *shared, "x"])):
        return None  # their agencies are on lines of their own
    opening = _OPENING.search(" ".join([*shared, "x"]))
    return (" ".join(shared)[: opening.start()] if opening else " ".join(shared)) or None


def _paragraphs(lines: list[str]) -> str | None:
    return "\n\n".join(line.strip() for line in lines if comparable(line)) or None


def _with_cuts(row: Row, after: list[str], *, ended: bool) -> Row:
    """Return the page's last row with the fields named that the end of a saved text may have shortened."""
    if row.comment:
        begun = not ended and any(
            one.startswith(row.comment.casefold()[: len(one)]) for one in _DEFINITION_BEGINS
        )
        comment = None if begun else row.comment
        return row if ended else replace(row, comment=comment, cut=frozenset({"status_comment"}))
    # "Open" may be the rest of a cut "Open – Partially Addressed".
    unknown = status_of(row.status_text) is Status.UNKNOWN or not _paragraphs(after)
    status = None if unknown else row.status_text
    return replace(row, status_text=status, cut=frozenset({"status", "status_text", "status_comment"}))
