"""What a source's pages usually look like: measured on each check, stored as JSON. Pure; judges nothing.

The baseline moves: it holds the last accepted sweeps, so that it follows a slow drift and one odd sweep
shifts no bound.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from html import unescape
from itertools import chain
from typing import Any

from monitor.domain.identity import report_id
from monitor.domain.text import squeeze
from monitor.domain.types import ParsedRecord

_SWEEPS = 8
# A row in the database holds all this; a source with more has no need of them all.
_MOST_MARKS = 100
_MOST_SHAPES = 60
_DIGITS = re.compile(r"\d+")
# HTML lets authors leave out the end tags of cells.
_HEADER = re.compile(r"<th\b[^<>]*>(.{0,2000}?)(?=</?t(?:[hdr]|head|body|able)\b)", re.I | re.S)
_TAG = re.compile(r"<[^<>]*>")
# What UTF-8 looks like when read as windows-1252, and what any text does when its bytes fit no charset.
_GARBLED = re.compile(
    r"\ufffd|ï¿½|â€|Â[\u00a0-\u00bf]|Ã[\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a€™]"
)
_SORTING = re.compile(r"\bsort (?:as|des)cending\b", re.I)
_SIGNS = "\ufffdïâÂÃ"  # one of them begins whatever the pattern finds


_MOST_STATED = 400  # more than a year of a file a day
_VERSION = 1  # of the stored form; what was stored before there were versions has the same names


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the next check is compared with. Without any measure, nothing has been learned yet.

    Each of `rows`, `first` (rows of the first page), `declared`, `known` (share of the first page's rows that
    were known) and `alike` (share of the numbers that have a usual form) holds the last sweeps, oldest first,
    as do the shares by field in `filled` and `first_filled`. Keys of records are kept as marks.
    """

    rows: tuple[float, ...] = ()
    first: tuple[float, ...] = ()
    declared: tuple[float, ...] = ()
    known: tuple[float, ...] = ()
    alike: tuple[float, ...] = ()
    filled: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    first_filled: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    shapes: tuple[str, ...] = ()  # the forms of its numbers, the most frequent first
    columns: tuple[str, ...] = ()
    charset: str | None = None
    first_marks: tuple[str, ...] = ()  # of the rows on top of the first page
    garbled: tuple[str, ...] = ()  # marks of rows that held broken characters
    twice: tuple[str, ...] = ()  # marks of rows that the publisher lists on several pages
    short: int = 0  # how many rows fewer than declared the list has
    unsettled: bool = False  # rows have moved between pages ever since the first check
    unswept: bool = False  # a look or a cut sweep found news that no whole sweep has compared
    held: tuple[str, ...] = ()  # marks of differences that wait for a second look
    unread: tuple[str, ...] = ()  # marks of records that may be rows that could not be read
    strange_rows: int = 0  # rows that could not be read and belong to no record
    line_end: bool | None = None  # whether its CSV files end with a line end
    answers_at: str | None = None  # where the first page answered, if not at its address
    as_of: str | None = None  # the time of which the list says that it speaks, ISO
    stated: tuple[tuple[int, str | None], ...] = ()  # from which check on the list said which time

    def __bool__(self) -> bool:
        """Whether anything has been learned."""
        return self != _NOTHING

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> "Baseline":
        """Return the baseline that was stored, of this version or from before there were versions."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: _frozen(value) for name, value in (stored or {}).items() if name in known})

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"version": _VERSION, **{one.name: getattr(self, one.name) for one in fields(self)}}


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: tuple(values) for name, values in value.items()}
    return tuple(value) if isinstance(value, list) else value


_NOTHING = Baseline()


@dataclass(frozen=True, slots=True)
class Part:
    """The measures of some rows: those of the first page, or all."""

    rows: int = 0
    filled: Mapping[str, float] = field(default_factory=dict)  # share of the rows that have a field
    shapes: Mapping[str, int] = field(default_factory=dict)  # rows by the shape of their number


@dataclass(frozen=True, slots=True)
class Facts:
    """What one check measured. Rows are compared with the records stored before it."""

    whole: Part
    first: Part  # empty where pages have no order, as saved ones
    columns: tuple[str, ...] = ()
    charset: str = "utf-8"
    declared: int | None = None
    stored: int = 0  # records known before
    first_known: int = 0  # rows of the first page that were
    as_stored: int = 0  # rows of the first page that say nothing else than what is stored of them
    new: int = 0  # rows that were not
    added: int = 0  # rows that are new only to us
    renumbered: Mapping[str, int] = field(default_factory=dict)  # known rows by the shape of a new number
    missing: int = 0  # records listed before and not shown now
    shown: frozenset[str] = frozenset()  # every key and alias
    first_marks: tuple[str, ...] = ()  # of the rows on top of the first page
    garbled: tuple[str, ...] = ()  # marks of rows whose text holds a sign of wrong decoding
    spoiled: tuple[str, ...] = ()  # those of them that were known before
    line_end: bool | None = None  # whether the CSV file ends with a line end
    legible: int = 0  # rows with letters beyond ASCII and no such sign


def measure(
    records: Sequence[ParsedRecord],
    first: Sequence[ParsedRecord],
    stored: Mapping[str, bool],
    *,
    silent: frozenset[str] = frozenset(),
    as_stored: int = 0,
    columns: tuple[str, ...] = (),
    charset: str = "utf-8",
    declared: int | None = None,
    line_end: bool | None = None,
) -> Facts:
    """Measure a check's merged records and the rows of its first page.

    `stored` gives, by key, whether the record was listed; `silent` are keys that are new only to us.
    """
    known = {record.key for record in records if known_as(record, stored)}
    shown = frozenset([key for record in records for key in (record.key, *record.aliases)])
    # Text by text: all of them at once would take the memory of the page again.
    foreign = [(record, is_garbled(text)) for record in records if (text := _beyond_ascii(record))]
    garbled = [record for record, is_lost in foreign if is_lost]
    legible = len(foreign) - len(garbled)
    whole = _part(records)
    return Facts(
        whole=whole,
        first=whole if tuple(first) == tuple(records) else _part(first),
        columns=columns,
        charset=charset,
        declared=declared,
        stored=len(stored),
        first_known=sum(known_as(record, stored) for record in first),
        as_stored=as_stored,
        new=sum(record.key not in known and record.key not in silent for record in records),
        added=sum(record.key in silent for record in records),
        missing=sum(listed and key not in shown for key, listed in stored.items()),
        shown=shown,
        first_marks=tuple(mark(record.key) for record in first[:_MOST_MARKS]),
        garbled=tuple(mark(record.key) for record in garbled),
        spoiled=tuple(mark(record.key) for record in garbled if record.key in known),
        legible=legible,
        line_end=line_end,
    )


def known_as(record: ParsedRecord, stored: Container[str]) -> bool:
    """Whether a record is stored, under its key or an alias."""
    return record.key in stored or any(alias in stored for alias in record.aliases)


def mark(key: str) -> str:
    """Return a key in eight characters, for keeping many."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _part(records: Sequence[ParsedRecord]) -> Part:
    names = dict.fromkeys(chain.from_iterable(record.fields for record in records))
    given = Counter([n for record in records for n, value in record.fields.items() if value is not None])
    filled = {name: round(given[name] / len(records), 2) for name in names}
    return Part(len(records), filled, Counter(map(shape, records)))


def shape(record: ParsedRecord) -> str:
    """Return the shape of a record's report number: `OIG-24-01` gives `OIG-9-9`."""
    return _shape_of(_DIGITS.sub("9", record.fields.get("report_number") or ""))


@lru_cache(maxsize=256)  # numbers differ in little but their digits
def _shape_of(text: str) -> str:
    number = report_id(text)
    # Two runs of digits are one where only a mark that is not seen parts them.
    return _DIGITS.sub("9", number)[:40] if number else "no number"


def columns_of(text: str) -> tuple[str, ...]:
    """Return the header cells of a page's tables, each once, in any markup."""
    names = (squeeze(_SORTING.sub(" ", unescape(_TAG.sub(" ", cell))))[:40] for cell in _HEADER.findall(text))
    return tuple(dict.fromkeys(name for name in names if name))[:20]


def is_garbled(text: str) -> bool:
    """Whether a record's text shows that its bytes were read in the wrong charset."""
    # Most text holds none of the first characters, and they are found far quicker than the pattern is not.
    return any(sign in text for sign in _SIGNS) and _GARBLED.search(text) is not None


def _beyond_ascii(record: ParsedRecord) -> str:
    """Return those of a record's texts that ASCII could not hold; nothing else is ever garbled."""
    values = record.fields.values()
    return "\n".join([value for value in values if isinstance(value, str) and not value.isascii()])


def median(values: Sequence[float]) -> float:
    """Return the middle of what was measured, 0 where nothing was."""
    return sorted(values)[len(values) // 2] if values else 0


def learn(usual: Baseline, facts: Facts, *, swept: bool, sample: bool) -> Baseline:
    """Return the baseline after an accepted check.

    Every check renews what the next one is compared with row by row; only a `sample` (a sweep, or the
    first check at all) moves the baseline, and only one that `swept` all pages says how many rows there are.
    """
    learned = replace(
        usual,
        first_marks=facts.first_marks,
        garbled=facts.garbled[:_MOST_MARKS],
        charset=facts.charset,
        columns=facts.columns,
        line_end=usual.line_end if facts.line_end is None else facts.line_end,
    )
    if not (sample or not usual):
        return learned
    known = round(facts.first_known / facts.first.rows, 2) if usual and facts.first.rows else None
    shapes = (name for name, _ in Counter(facts.whole.shapes).most_common())
    return replace(
        learned,
        rows=_moved(usual.rows, facts.whole.rows if swept else None),
        first=_moved(usual.first, facts.first.rows),
        declared=_moved(usual.declared, facts.declared),
        known=_moved(usual.known, known),
        alike=_moved(usual.alike, _alike(usual, facts.whole)),
        filled=_moved_shares(usual.filled, facts.whole.filled if swept else {}),
        first_filled=_moved_shares(usual.first_filled, facts.first.filled),
        shapes=tuple(dict.fromkeys([*shapes, *usual.shapes]))[:_MOST_SHAPES],
    )


def with_stated(usual: Baseline, before: Baseline, as_of: str | None, check_id: int) -> Baseline:
    """Return the baseline with the time of which a check's list says that it speaks."""
    last = before.stated[-1][1] if before.stated else None
    stated = before.stated if as_of == last else (*before.stated, (check_id, as_of))
    return replace(usual, stated=stated[-_MOST_STATED:])


def _moved(values: Sequence[float], value: float | None) -> tuple[float, ...]:
    return (*values, *(() if value is None else (value,)))[-_SWEEPS:]


def _moved_shares(
    before: Mapping[str, Sequence[float]], now: Mapping[str, float]
) -> dict[str, tuple[float, ...]]:
    names: Iterable[str] = dict.fromkeys([*before, *now])
    return {name: _moved(before.get(name, ()), now.get(name)) for name in names}


def _alike(usual: Baseline, part: Part) -> float | None:
    """Return the share of rows whose number has the form of another one, here or before."""
    seen = set(usual.shapes)
    rows = sum(count for name, count in part.shapes.items() if count > 1 or name in seen)
    return round(rows / part.rows, 2) if part.rows else None
