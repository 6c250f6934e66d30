"""Split a CSV file into rows as people and programs really write them. Pure.

A blank beside a quote, a quote within a cell or a preamble is not an error. What cannot be known is where a
quote that is never closed should have been: the rest of such a file is not read.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from monitor.domain.identity import shorten

_LONGEST_CELL = 1_000_000  # characters
_SEPARATORS = ",;\t|"
_FORMULA = re.compile(
    r'="(?P<own>[^"]*)"|=HYPERLINK\(\s*"(?P<url>[^"]*)"\s*(?:[,;]\s*"(?P<text>(?:[^"]|"")*)"\s*)?\)', re.I
)
_CALL = re.compile(r'=(?:[A-Za-z][\w.]*\(|")')
_HEAD_LINES = 15  # a preamble may hold none of the separators
_END = "\0"  # no decoded page holds this character, so that a row of it alone proves that no quote is open


@dataclass
class CsvRows:
    """The cells of every line that is not empty; once read, `broken` says what is wrong with the rest."""

    text: str
    broken: str | None = None

    def __iter__(self) -> Iterator[list[str]]:
        csv.field_size_limit(_LONGEST_CELL)
        # Old spreadsheets end a line with a carriage return alone.
        text = self.text if "\n" in self.text else self.text.replace("\r", "\n")
        reader = csv.reader(_lines(text), delimiter=separator_of(text), skipinitialspace=True)
        begins = 1  # the line on which a row begins
        try:
            for row in reader:
                if row == [_END]:
                    return
                if row and row[-1].endswith(_END):
                    self.broken = f"The file ends within quotes that open in the row of line {begins}."
                    return
                if row:
                    yield row
                begins = reader.line_num + 1
        except csv.Error as error:
            self.broken = f"The file cannot be read from line {reader.line_num} on: {error}."


def csv_rows(text: str) -> tuple[list[list[str]], str | None]:
    """Return the cells of every line that is not empty, and what is wrong with the rest of the file."""
    found = CsvRows(text)
    return list(found), found.broken


def shown_cell(cell: str, part: Literal["text", "url"] = "text") -> str:
    """Return what a spreadsheet shows of a cell, or where its link leads: ="007", =HYPERLINK("a", "b")."""
    written = _FORMULA.fullmatch(cell.strip("\ufeff "))
    return written["own"] or written[part] or written["url"] if written else cell.strip("\ufeff")


def formula_in(cells: Sequence[str]) -> str:
    """Return a sentence where a cell holds a formula whose value is not in the file."""
    written = next((cell for cell in cells if cell[:1] == "=" and _is_formula(cell)), None)
    return f"{shorten(written, 40)!r} is a formula; export the file with its values" if written else ""


def _is_formula(cell: str) -> bool:
    return _CALL.match(cell) is not None and _FORMULA.fullmatch(cell) is None


def separator_of(text: str) -> str:
    """Return the sign between the cells of a file."""
    head = text[:20_000].split("\n", _HEAD_LINES)[:_HEAD_LINES]
    return max(_SEPARATORS, key=lambda mark: max(line.count(mark) for line in head))


def _lines(text: str) -> Iterator[str]:
    """Yield the lines one by one: all at once would take the memory of the file again."""
    begin = 0
    while (end := text.find("\n", begin)) >= 0:
        yield text[begin : end + 1]
        begin = end + 1
    yield text[begin:]
    yield _END
