"""Read a DHS OIG listing from the saved text of its page.

A row is `NUMBER TITLE YEAR` on one line, or `NUMBER ABSTRACT`, then `>TITLE`, then the year on its own.
What the end of the text has cut is dropped with a sentence: half a title would be a false report.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.domain.identity import identify, shorten
from monitor.domain.notes import shown_title
from monitor.domain.text import blank_to_none, comparable, squeeze
from monitor.domain.types import Parse, ParsedRecord, RecordKind
from monitor.profiles.days import day_of, split_day
from monitor.profiles.markup import says_nothing_listed

_NUMBER = re.compile(r"(?=[\w./ ()-]*\d)(?=[\w./ ()-]*[A-Za-z])[A-Za-z0-9][\w./ ()-]{2,39}", re.A)
_OIG_NUMBER = re.compile(r"(?:[A-Z]{2,6}[- ]){0,2}OIG-\d\d-[A-Z0-9-]*\d[A-Z0-9-]*", re.I)
_CITED = re.compile(r"\bOIG-\d\d-\d{1,4}\b")
_PART_OF_ROW = re.compile(r"\s*(?:>|(?:19|20)\d\d\s*$|\S*OIG\S*\d|\S{0,6}-\d\d-\d)")
_DASH = "[\u2010-\u2015\u2212-]"
_ROW_START = re.compile(
    rf"((?:DHS[- ])?OIG{_DASH}\d\d{_DASH}\d{{1,4}}(?:(?:{_DASH}|_)[A-Z][A-Z0-9]{{0,9}}){{0,2}})"
    r"(?!\S)[ \t\u00a0]*",
    re.I,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
# A year with a slip of the pen, such as 20187, 201 or 2O18, or two years, in the place of the last column.
_MISSPELT = re.compile(
    r"(?:^|\s)(?P<year>(?:FY ?)?(?=\S*\d)[12lI][0-9OoIl]{2,5}"
    r"|(?:(?:FY ?)?(?:19|20)\d\d|FY ?\d\d)[-–/](?:FY ?)?(?:20)?\d\d)$"
)
_YEAR_ALONE = re.compile(r"(?:FY ?)?(?:19|20)\d\d", re.I)
_FISCAL = re.compile(r"(?:FY|fiscal year)\s?$", re.I)
_SENTENCE_END = (".", "!", "?", ":", ";", ",")
_COLUMN_WORDS = ("Report Number", "Title", "Fiscal Year")
# After these words a year belongs to the sentence: a row cut short has no year column yet.
_YEAR_GOES_ON = re.compile(
    r"(?:\b(?:in|of|from|to|since|by|through|until|before|after|during|and|for|years?|fy|january|february"
    r"|march|april|may|june|july|august|september|october|november|december)|,)$",
    re.I,
)
_LONGEST_TITLE = 400
_LONGEST_ROW = 200


def is_number(text: str) -> bool:
    """Return whether a text can be a report number: short, with a letter and a digit, sound if OIG's."""
    shown = comparable(text)
    if "OIG" in shown.upper():
        return len(shown) <= 40 and _OIG_NUMBER.fullmatch(shown) is not None
    return _NUMBER.fullmatch(shown) is not None


@dataclass(frozen=True, slots=True)
class _Row:
    """The lines of one row; `last` where the text ends in it."""

    number: str
    lines: tuple[str, ...]
    last: bool


def parse_text(profile: str, text: str) -> Parse:
    """Read every row after the header line; a text without one yields no record."""
    lines = text.split("\n")
    header = next((at for at, line in enumerate(lines) if _is_header(line)), None)
    if header is None:
        empty = says_nothing_listed(lines)
        return Parse(profile, (), says_empty=empty, missing_columns=() if empty else _COLUMN_WORDS)
    records: list[ParsedRecord] = []
    problems: list[str] = []
    unclear: list[str] = []
    for place, row in enumerate(_rows(lines[header + 1 :]), 1):
        found, left_over = _record(row)
        if isinstance(found, str):
            problems.append(f"Row {place} ({row.number or 'no number'}) was not read: {found}.")
        else:
            records.append(found)
            if found.fields["fiscal_year"] is None:
                said = _without_year(row)
                unclear.append(f"Row {place} ({row.number}): {said}.")
        if left_over:
            problems.append(f"After row {place} a line was not read: {shorten(left_over)!r}.")
    return Parse(
        profile=profile,
        records=tuple(records),
        problems=(*problems, *unclear),
        unclear=len(unclear),
        says_empty=not records and not problems and says_nothing_listed(lines),
        title=next((squeeze(line) for line in reversed(lines[:header]) if line.strip()), ""),
    )


def _is_header(line: str) -> bool:
    return len(line) < 200 and all(words in line for words in _COLUMN_WORDS)


def _rows(lines: list[str]) -> Iterator[_Row]:
    """Part the lines into rows, each from its report number to the next."""
    number, held = "", list[str]()
    for at, line in enumerate(lines):
        if _is_header(line):
            continue
        start = _ROW_START.match(line)
        if start and not (
            number and _is_paragraph(comparable(start[1]), lines[at : at + _LONGEST_ROW], number, held)
        ):
            if number or any(one.strip() for one in held):
                yield _Row(number, tuple(held), last=False)
            number, held = comparable(start[1]), [line[start.end() :]]
        else:
            held.append(line)
    if number:
        yield _Row(number, tuple(held), last=True)


def _is_paragraph(named: str, following: list[str], number: str, held: list[str]) -> bool:
    """Return whether a line that begins with a report number goes on with the open row's abstract.

    It must come after a blank line, in a row with an abstract and no year yet; and the year that comes
    next must not be that of the report it names.
    """
    if not 2 <= len(held) <= _LONGEST_ROW or held[-1].strip() or not comparable(held[0]):
        return False
    if any(map(_year_at_end, held)):
        return False
    years = (found[1][2:] for line in following if (found := _year_at_end(line)))
    coming = next(years, "")
    return f"-{coming}-" in number or f"-{coming}-" not in named


def _record(row: _Row) -> tuple[ParsedRecord | str, str]:
    """Return the record of a row or what was wrong with it, and the first line that no part of it took."""
    if not row.number:
        return f"it does not begin with a report number ({shorten(' '.join(row.lines))!r})", ""
    found = _two_part(row) or _one_part(row)
    found = _yearless(row) or found if isinstance(found, str) else found
    if isinstance(found, str):
        return found, ""
    title, abstract, end, used = found
    year = end.rpartition(" ")[2]
    if year and (other := _swallowed(row.number, f"{abstract or ''} {title}", year[-2:])):
        return f"it has run into the row of {other}", ""
    # The foot of the page follows the last row, but a row with a damaged number may be in it.
    left_over = [line for line in row.lines[used:] if line.strip()]
    if row.last and not any(map(_PART_OF_ROW.match, left_over)):
        left_over = []
    fields = {
        "report_number": row.number,
        "title": title,
        "abstract": abstract,
        "issue_date": day_of(end),
        "fiscal_year": int(year) if year else None,
        "agency": None,
        "topics": None,
        "url": None,
    }
    key, aliases = identify(RecordKind.REPORT, fields)
    return ParsedRecord(RecordKind.REPORT, key, fields, aliases), "".join(left_over[:1])


def _year_at_end(text: str) -> tuple[str, str] | None:
    """Return the text before a year at the end of a text, and the year."""
    line = text.strip()
    if not _YEAR.fullmatch(line[-4:]) or not (len(line) == 4 or line[-5].isspace()):
        return None
    before = line[:-4].rstrip()
    called = _FISCAL.search(before)
    # "for FY 2018" is the end of a title, and "FY 2018" after one is the column.
    if called and not _YEAR_GOES_ON.search(before[: called.start()].rstrip()):
        before = before[: called.start()].rstrip()
    return before, line[-4:]


def _swallowed(number: str, words: str, year: str) -> str | None:
    """Return the number of a later row that this one holds, as where a lost line end has joined two.

    Reports cite others; but then the year is this report's, and not that of the one it cites.
    """
    if f"-{year}-" in number:
        return None
    return next((other for other in _CITED.findall(words) if f"-{year}-" in other), None)


def _two_part(row: _Row) -> tuple[str, str | None, str, int] | str | None:
    """Return a row whose title is on its own line after `>`; None where there is no such line."""
    marks = [at for at, line in enumerate(row.lines) if line.lstrip().startswith(">")]
    if not marks or _is_whole(row):
        return None
    ended = _title_end(row, marks[0])
    if ended is None:
        return "no fiscal year ends it"
    title, end, used = ended
    # The last mark before the year begins the title; an earlier one belongs to the abstract.
    mark = max(at for at in marks if at < used)
    if mark != marks[0]:
        title, end, used = _title_end(row, mark) or ended
    if not title:
        return "it has no title"
    return title, _abstract(row.lines[:mark]), end, used


def _is_whole(row: _Row) -> bool:
    """Return whether the first line is a complete row: a line right below it belongs to a damaged one."""
    found = _year_at_end(row.lines[0])
    below = row.lines[1].strip() if len(row.lines) > 1 else ""
    return found is not None and below != "" and _agrees(row.number, *found)


def _title_end(row: _Row, mark: int) -> tuple[str, str, int] | None:
    """Return the title from a `>` line on, what ends it (date and year), and the lines used."""
    taken = ""
    for at, line in enumerate(row.lines[mark:], mark):
        if at > mark and not line.strip() and taken:
            continue
        taken = f"{taken} {line.strip().removeprefix('>')}".strip()
        if len(taken) > _LONGEST_TITLE + 5:
            return None
        ended = _ended(taken, row, at, alone=at > mark and _YEAR_ALONE.fullmatch(line.strip()) is not None)
        if ended and not _year_follows(row, at):
            return *ended, at + 1
    return None


def _one_part(row: _Row) -> tuple[str, str | None, str, int] | str:
    """Return a row that is title and year."""
    taken = ""
    for at, line in enumerate(row.lines):
        if not line.strip() or len(taken) > _LONGEST_TITLE + 5:
            break
        taken = f"{taken} {line.strip()}".strip()
        ended = _ended(taken, row, at, alone=at > 0 and _YEAR_ALONE.fullmatch(line.strip()) is not None)
        if ended and not _year_follows(row, at):
            title, end = ended
            return (title, None, end, at + 1) if title else "it has no title"
    return f"no fiscal year ends it ({shorten(taken)!r})" if taken else "it has no title"


def _yearless(row: _Row) -> tuple[str, str | None, str, int] | None:
    """Return a row whose year is empty or misspelled; None where other words may be its title.

    The row after it shows that nothing was cut. The title is one line that is not a sentence: after
    `>`, or the only line of the row.
    """
    lines = [at for at, line in enumerate(row.lines) if line.strip()]
    marks = [at for at in lines if row.lines[at].lstrip().startswith(">")]
    if row.last or not lines:
        return None
    begun = marks[-1] if marks else 0
    if lines[-1] > begun and _MISSPELT.match(row.lines[lines[-1]].strip()):
        lines.pop()
    if lines[-1] != begun:
        return None
    line = row.lines[begun].strip().removeprefix(">").strip()
    before = _MISSPELT.sub("", line)
    title, day = split_day(line if _YEAR_GOES_ON.search(before) else before or line)
    title = squeeze(shown_title(title))
    if not title or len(title) > _LONGEST_ROW or title.endswith(_SENTENCE_END) or _OIG_NUMBER.search(title):
        return None
    return title, _abstract(row.lines[:begun]), f"{day} " if day else "", len(row.lines)


def _without_year(row: _Row) -> str:
    found = _MISSPELT.search(next(line for line in reversed(row.lines) if line.strip()).strip())
    return f"fiscal year {found['year']!r} was not understood" if found else "it has no fiscal year"


def _year_follows(row: _Row, at: int) -> bool:
    """Return whether the next line is the year itself, so that a year before it is the title's own."""
    following = row.lines[at + 1].strip() if at + 1 < len(row.lines) else ""
    return _YEAR_ALONE.fullmatch(following) is not None


def _ended(taken: str, row: _Row, at: int, *, alone: bool) -> tuple[str, str] | None:
    """Return the title, and the year with a date before it; None where the year is not the column's."""
    found = _year_at_end(taken)
    if found is None or len(taken) > _LONGEST_TITLE:
        return None
    title, end = found
    text_ends_here = row.last and at + 1 == len(row.lines)
    if text_ends_here and not alone and not _agrees(row.number, title, end):
        return None
    title, day = split_day(title)
    return squeeze(shown_title(title)), f"{day} {end}" if day else end


def _agrees(number: str, title: str, year: str) -> bool:
    """Return whether a year at the very end of the text can be the column and not the title's last word."""
    short = re.search(r"-(\d\d)-", number)
    return short is not None and short[1] == year[2:] and not _YEAR_GOES_ON.search(title)


def _abstract(lines: tuple[str, ...]) -> str | None:
    """Return the lines of an abstract as paragraphs separated by a blank line."""
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if comparable(line):
            paragraphs[-1].append(line.strip())
        elif paragraphs[-1]:
            paragraphs.append([])
    return blank_to_none("\n\n".join(" ".join(part) for part in paragraphs if part))
