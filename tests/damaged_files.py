"""Damaged variants of an export of GAO's database: half-saved, mixed-up and re-encoded files."""

import random
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bench.gao_export import COLUMNS, FIRST_OF_ALL, HEADING, Row, as_file

Damage = Callable[[random.Random, list[Row], datetime], bytes]


def _cut(chance: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    whole = as_file(rows, as_of)
    cut = whole[: chance.randrange(len(whole))]
    # A cut right at the end of a row cannot be told from a shorter list.
    return cut if whole[len(cut) : len(cut) + 1] != b"\n" else cut[:-3]


def _saved_again_after_a_cut(chance: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    return _cut(chance, rows, as_of) + b"\n"


def _rows_dropped(chance: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    count = chance.randrange(8, len(rows) - 2)
    begin = chance.randrange(1, len(rows) - count)
    return as_file([*rows[:begin], *rows[begin + count :]], as_of)


def _bytes_dropped(chance: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    whole = as_file(rows, as_of)
    begin = chance.randrange(whole.index(b"\n", whole.index(HEADING.encode())), len(whole) - 9_000)
    return whole[:begin] + whole[begin + chance.randrange(2_000, 8_000) :]


def _heading_changed(chance: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    name = chance.choice([name for name in COLUMNS if name != "Director Phone"])
    return as_file(rows, as_of).replace(name.encode(), chance.choice((b"Column", b"", b"X")), 1)


def _no_heading(_: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    return as_file(rows, as_of).replace(HEADING.encode() + b"\n", b"", 1)


def _quote_lost(chance: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    whole = as_file(rows, as_of)
    at = chance.choice([found.start() + 1 for found in re.finditer(rb',"[^"]', whole) if found.start() > 600])
    return whole[:at] + whole[at + 1 :]


def _read_as_windows(_: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    return as_file(rows, as_of).decode("cp1252", "replace").encode()


def _bytes_spoiled(chance: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    whole = bytearray(as_file(rows, as_of))
    for _ in range(chance.randrange(1, 40)):
        whole[chance.randrange(600, len(whole))] = 0xFF
    return bytes(whole)


def _half_in_another_encoding(chance: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    text = as_file(rows, as_of).decode()
    at = chance.randrange(len(text))
    return text[:at].encode() + text[at:].encode("utf-16-le")


def _empty_rows(_: random.Random, rows: list[Row], as_of: datetime) -> bytes:
    return as_file([["" for _ in row] for row in rows], as_of)


DAMAGES: Sequence[Damage] = (
    _cut,
    _cut,
    _saved_again_after_a_cut,
    _rows_dropped,
    _rows_dropped,
    _bytes_dropped,
    _heading_changed,
    _no_heading,
    _quote_lost,
    _read_as_windows,
    _bytes_spoiled,
    _half_in_another_encoding,
    _empty_rows,
)


def variants(rows: list[Row], count: int, seed: int = 1) -> list[tuple[str, bytes]]:
    """Return that many damaged files, each with the name of its damage."""
    chance, found = random.Random(seed), list[tuple[str, bytes]]()
    for number in range(count):
        damage = DAMAGES[number % len(DAMAGES)]
        as_of = FIRST_OF_ALL + timedelta(days=number + 1)
        found.append((damage.__name__.strip("_"), damage(chance, rows, as_of)))
    return found
