"""Rows as CSV, JSON Lines and XLSX. No cell can become a formula, whatever a watched page shows."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import IO, Any

from alerts.language.escape import clean
from service.readmodel.export_format import ExportFormat
from service.readmodel.exports import Column, Row
from service.readmodel.json_text import as_json_line

MOST_SHEET_ROWS = 100_000
_LONGEST_CELL = 32_767  # characters; Excel takes no longer text
_PART = 500  # rows written at a time
# A spreadsheet takes what begins so for a formula. An apostrophe before it makes it text; a text that has one
# gets another, so whoever takes one away has the text as it was.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NOT_XML = re.compile("[\ufffe\uffff]")
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads a CSV file in the charset of its country
CUT = f"Cut after {MOST_SHEET_ROWS:,} rows. Narrow the filter, or export CSV or JSON Lines, which have all."


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows a file has, and whether others were left out."""

    rows: int
    is_cut: bool = False


def write(
    file: IO[bytes], form: ExportFormat, name: str, columns: Sequence[Column], rows: Iterator[Row]
) -> Written:
    """Write a file of any kind."""
    if form is ExportFormat.XLSX:
        return write_xlsx(file, name, columns, rows)
    numbers = count()
    passing = (row for row, _ in zip(rows, numbers, strict=False))
    file.writelines(parts(form, columns, passing))
    return Written(next(numbers))


def parts(form: ExportFormat, columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """Return a CSV file or JSON Lines in parts."""
    return json_parts(rows) if form is ExportFormat.JSONL else csv_parts(columns, rows)


def csv_parts(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """Return a CSV file in parts: RFC 4180, UTF-8 with a byte order mark."""
    yield (_BYTE_ORDER_MARK + _csv([[column.name for column in columns]])).encode()
    for some in _in_parts(rows):
        yield _csv([[_csv_cell(column.value(row)) for column in columns] for row in some]).encode()


def json_parts(rows: Iterable[Row]) -> Iterator[bytes]:
    """Return JSON Lines in parts: each row whole, on a line of its own."""
    for some in _in_parts(rows):
        yield "".join(f"{as_json_line(row, 'utf-8')}\n" for row in some).encode()


def write_xlsx(file: IO[bytes], name: str, columns: Sequence[Column], rows: Iterable[Row]) -> Written:
    """Write a workbook with one sheet, a row at a time. Where rows were left out, the last one says so."""
    import xlsxwriter  # noqa: PLC0415 - loaded by those who want a workbook

    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    left = iter(rows)
    with xlsxwriter.Workbook(file, {"constant_memory": True, **plain}) as book:
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 18)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.name, book.add_format({"bold": True}))
        number = 0
        for number, row in enumerate(islice(left, MOST_SHEET_ROWS), 1):
            for place, column in enumerate(columns):
                _write_cell(sheet, number, place, column.value(row))
        is_cut = next(left, None) is not None
        if is_cut:
            sheet.write_string(number + 1, 0, CUT)
    return Written(number, is_cut)


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    else:
        text = _NOT_XML.sub("\ufffd", _text(value))
        sheet.write_string(
            row, column, text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
        )


def _csv(rows: Iterable[Sequence[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = _text(value)
    return f"'{text}" if _FORMULA.match(text) else text


def _text(value: Any) -> str:
    """Return a value as text: a list by its items, a mapping as JSON; without control characters."""
    if isinstance(value, list):
        return clean("; ".join(map(str, value)))
    return clean(as_json_line(value, "utf-8") if isinstance(value, dict) else str(value))


def _in_parts(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    left = iter(rows)
    while some := tuple(islice(left, _PART)):
        yield some
