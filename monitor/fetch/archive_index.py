"""Indexes of archived pages: CDX with its columns in any order, CDXJ, and lists in JSON; packed or not."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.fetch.warc import is_warc

_CDX = (".cdx", ".cdxj", ".cdx.gz", ".cdxj.gz")
_JSON_ROW = re.compile(rb'[\[\s]*\["')  # the first of a list of lists, as the Wayback Machine gives it
_LINE = 16_000_000  # bytes of a line of an index
# How the columns of an index are called, in the letters of its first line, and their usual order.
_LETTERS = {"b": "timestamp", "a": "original", "m": "mimetype", "s": "statuscode", "g": "filename"}
_COLUMNS = ("urlkey", "timestamp", "original", "mimetype", "statuscode")
_CDXJ = (*_COLUMNS[1:], "filename")


@dataclass(frozen=True, slots=True)
class Refused:
    """What cannot be imported, and why."""

    name: str
    said: str


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One line of an index."""

    at: datetime
    url: str
    mime: str
    status: str
    file: str


def is_index(file: Path) -> bool:
    """Return whether a file says where captures are: by its name, or as a JSON list of them."""
    if file.name.lower().endswith(_CDX):
        return True
    if file.suffix.lower() != ".json":
        return False
    with file.open("rb") as opened:
        head = opened.read(1_000)
    return bool(_JSON_ROW.match(head)) and b'"timestamp"' in head and b'"original"' in head


def rows_of(path: Path) -> Iterator[IndexRow | Refused]:
    """Yield the lines of an index that name a capture: CDX, CDXJ, or lists in JSON, packed or not."""
    columns: Sequence[str] = _COLUMNS
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LINE), b""), 1):
                text = line.decode("utf-8", "replace").strip("\ufeff \t\r\n")
                if text.startswith("CDX "):
                    columns = [_LETTERS.get(letter, letter) for letter in text.split()[1:]]
                elif text.startswith("["):
                    for values in _lists(text):
                        if "timestamp" in values and "original" in values:
                            columns = values
                        else:
                            yield _row(values, columns) or _no_capture(path, number)
                elif text and not text.startswith(("!", "#")):
                    yield _row_of(text, columns) or _no_capture(path, number)
    except (OSError, EOFError, zlib.error) as error:
        yield Refused(path.name, f"it is damaged or cut off ({error}); what comes after it was not read")


def _no_capture(path: Path, number: int) -> Refused:
    return Refused(f"{path.name}, line {number}", "it names no capture")


def _lists(text: str) -> Iterator[list[str]]:
    """Yield the lists of a line, one or several, each as text; one that is broken is empty."""
    place = text.find('["')
    while place >= 0:
        try:
            values, place = json.JSONDecoder().raw_decode(text, place)
        except (ValueError, RecursionError):
            yield []
            return
        yield ["" if one is None else str(one) for one in values]
        place = text.find("[", place)


def _row_of(text: str, columns: Sequence[str]) -> IndexRow | None:
    """Return a line of CDX or CDXJ as a row, None where it names no capture."""
    parts = text.split(None, 2)
    if len(parts) == 3 and parts[2].startswith("{"):
        try:
            said = json.loads(parts[2])
        except (ValueError, RecursionError):
            return None
        names = ("url", "mime", "status", "filename")
        return _row([parts[1], *(str(said.get(name) or "") for name in names)], _CDXJ)
    values = text.split()
    if columns is _COLUMNS and time_of(values[0]):  # a choice of columns, as the Wayback Machine gives it
        others = ("statuscode" if one.isdecimal() else "mimetype" for one in values[2:4])
        return _row(values, ("timestamp", "original", *others))
    if columns is _COLUMNS and (len(values) >= 9 or is_warc(Path(values[-1]))):
        return _row([*values[:5], values[-1]], (*_COLUMNS, "filename"))
    return _row(values, columns)


def _row(values: Sequence[str], columns: Sequence[str]) -> IndexRow | None:
    said = dict(zip(columns, values, strict=False))
    at, url = time_of(said.get("timestamp", "")[:14]), said.get("original", "")
    if at is None or "://" not in url:
        return None
    return IndexRow(at, url, *(said.get(name, "") for name in ("mimetype", "statuscode", "filename")))


def time_of(digits: str) -> datetime | None:
    """Return the time of 14 digits, as archives write it; None where they are not one."""
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
