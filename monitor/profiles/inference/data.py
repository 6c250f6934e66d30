"""Find the rows of a JSON or CSV file nobody has described yet, and guess what its names mean. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from monitor.domain.types import RecordKind
from monitor.profiles.declarative.csv_file import csv_rows
from monitor.profiles.declarative.data import json_of
from monitor.profiles.declarative.settings import NEEDED
from monitor.profiles.inference.values import (
    NUMBER,
    days,
    distinct,
    field_named,
    kind_of,
    length,
    share,
    words_of,
)

_PLAIN = regex.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEEPEST = 5
_MOST_LOOKED_AT = 50  # rows of a list
_MOST_HEADINGS = 200
_TOTALS = ("total", "count", "totalcount", "totalresults", "numfound", "recordcount", "totalrecords")
_NEXT = ("next", "nextpage", "nexturl", "nextlink")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of objects: its place in the file, its rows, and the words of its names."""

    path: str
    rows: tuple[Mapping[str, Any], ...]
    above: tuple[tuple[str, Mapping[str, Any]], ...]


def listings(text: str) -> list[Listing]:
    """Return the lists of objects in a JSON file, the likeliest list of records first."""
    try:
        data = json_of(text)
    except (ValueError, RecursionError):
        return []
    found = list(_lists(data, (), ()))
    return sorted(found, key=lambda one: -_score(one))


def _lists(
    value: Any, steps: tuple[str, ...], above: tuple[tuple[str, Mapping[str, Any]], ...]
) -> Iterator[Listing]:
    if isinstance(value, list):
        rows = tuple(row for row in value if isinstance(row, dict))
        if rows and len(rows) == len(value):
            yield Listing(_path(steps) or "@", rows, above)
    elif isinstance(value, dict) and len(steps) < _DEEPEST:
        for key, inner in value.items():
            yield from _lists(inner, (*steps, key), (*above, (_path(steps), value)))


def _path(steps: Sequence[str]) -> str:
    return ".".join(step if _PLAIN.fullmatch(step) else json.dumps(step) for step in steps)


def _score(listing: Listing) -> float:
    names = set(_flat(listing.rows[0]))
    named = sum(field_named(words_of(name), RecordKind.REPORT) is not None for name in names)
    return min(len(listing.rows), 20) / 10 + named


def _flat(row: Mapping[str, Any], steps: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the texts and numbers of a row by their paths; of a list of texts, the list's."""
    found: dict[str, str] = {}
    for key, value in row.items():
        path = (*steps, key)
        if isinstance(value, dict) and len(path) < 3:
            found |= _flat(value, path)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            found[_path(path)] = str(value)
        elif isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            found[_path(path)] = ", ".join(value)
    return found


def fields_of(listing: Listing) -> tuple[RecordKind, dict[str, Any]]:
    """Return what the rows of a JSON file are, and where their fields are, guessed from names and values."""
    flat = [_flat(row) for row in listing.rows[:_MOST_LOOKED_AT]]
    values: dict[str, list[str]] = {}
    for row in flat:
        for path, value in row.items():
            values.setdefault(path, []).append(value)
    kind = kind_of(map(words_of, [listing.path, *values]))
    fields: dict[str, Any] = {}
    # Names that equal a heading come before those that contain one.
    for path in sorted(values, key=lambda path: len(words_of(path.rpartition(".")[2]) or path)):
        name = _named(path, values[path], kind)
        if name and name not in fields:
            fields[name] = {"path": path}
    taken = {place["path"] for place in fields.values()}
    free = {path: said for path, said in values.items() if path not in taken and distinct(said) > 0.7}
    text, longest = ("recommendation", 2000) if kind is RecordKind.RECOMMENDATION else (NEEDED[kind][0], 400)
    if text not in fields:
        texts = [
            path for path, said in free.items() if 10 <= length(said) < longest and share(said, "^http") < 0.5
        ]
        fields |= {text: {"path": max(texts, key=lambda path: length(free[path]))}} if texts else {}
    if "report_number" not in fields:
        numbers = [path for path, said in free.items() if share(said, rf"^{NUMBER}$") > 0.9]
        fields |= {"report_number": {"path": numbers[0]}} if numbers else {}
    return kind, fields


def _named(path: str, values: Sequence[str], kind: RecordKind) -> str | None:
    last = words_of(path.rpartition(".")[2].strip('"'))
    name = field_named(last, kind) or field_named(words_of(path), kind)
    if name == "issue_date" and days(values) < 0.5:
        return None
    is_web = all(value.startswith(("http", "/")) for value in values)
    return name if name != "url" or is_web else None


def total_and_next(listing: Listing) -> tuple[str | None, str | None]:
    """Return where beside the list its total and the next page's address are."""
    total = following = None
    for path, holder in listing.above:
        for key, value in _nearby(holder):
            at = f"{path}.{key}" if path else key
            last = key.rpartition(".")[2].replace("_", "").lower()
            if last in _TOTALS and str(value).isdecimal() and int(value) >= len(listing.rows):
                total = total or at
            if last in _NEXT and isinstance(value, dict) and isinstance(value.get("href"), str):
                following = following or f"{at}.href"
            elif last in _NEXT and (value is None or isinstance(value, str)):
                following = following or at
    return total, following


def _nearby(holder: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in holder.items():
        if _PLAIN.fullmatch(key):
            yield key, value
            if isinstance(value, dict):
                yield from (
                    (f"{key}.{inner}", one) for inner, one in value.items() if _PLAIN.fullmatch(inner)
                )


def csv_headings(text: str) -> list[str]:
    """Return the words over the columns of a CSV file: its first line of several cells, if rows follow."""
    lines, _ = csv_rows(text)
    head = next((line for line in lines[:10] if sum(bool(cell.strip()) for cell in line) > 1), [])
    return [cell.strip() for cell in head[:_MOST_HEADINGS]] if len(lines) > 1 else []


def csv_fields(headings: Sequence[str]) -> tuple[RecordKind, dict[str, Any]]:
    """Return what a CSV file lists, and its fields by the words over the columns."""
    kind = kind_of(headings)
    fields: dict[str, Any] = {}
    for words in headings:
        name = field_named(words, kind) or field_named(words_of(words), kind)
        if name and name not in fields:
            fields[name] = {"header": words}
    return kind, fields
