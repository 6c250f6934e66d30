"""Identify the record that a row is about: its key, and which rows are one record. Pure.

A key comes from what the publisher calls a thing; a title or a link is used only where there is no
number. Rows are joined only where they plainly are the same record: everything else is kept apart.
"""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from monitor.domain.notes import title_key
from monitor.domain.text import ENDS, comparable, comparable_title, squeeze, without_end
from monitor.domain.types import ParsedRecord, RecordKind

RULES = 3  # rises when what follows decides otherwise: all records are then linked again
_WORDS_OR_DIGITS = re.compile(r"[^\W_]+")
# (Recommendation 4), [Recommendation 1], (Matter for Consideration 1), (Recommendation 19-01), (Matter 9
_NUMBER_AT_END = re.compile(
    r"\s*[(\[]\s?(?P<kind>rec(?:ommendation)?|matter)s?\.?(?: for [^()\[\]]{1,40}?)?(?: no\.?| number)?"
    r"\s{1,3}#?(?P<number>\d{1,3}(?:-\d{1,3})?[a-z]?)(?: of \d{1,3})?\s?\.?\s?[)\]]?\.?\s*$",
    re.I,
)
# A re-issue keeps its number and gains one of these: the same report, not a second one.
_LONGEST_END = 100  # characters of a text in which its number stands
_TITLE_MARK = re.compile(
    r"[ -]{0,6}(?:\((?:revised|redacted|ssi|corrected|corrected copy|amended|updated|reissued|unclassified"
    r"(?: summary)?|sensitive security information|law enforcement sensitive)\)"
    r"|- (?:law enforcement sensitive|redacted|revised))\s*$"
)
_SLASHES = re.compile("/{2,}")
# Not every name that ends in id: a session, a click or a visitor has one, too.
_ID_IN_QUERY = re.compile(
    r"(?i)(?<![^&])(?:(?:doc|document|file|report|item|content|pub)?_?id|[nr]id|doc|file)=[^&]+"
)
_SHORTEST_OWN = 5  # characters of a number that no title begins with by chance
_MARK_ENDS = (")", " sensitive", " redacted", " revised")


def added_up(values: Iterable[str | None]) -> str | None:
    """Return several sets of names (`CBP; ICE`) as one, in an order that does not depend on theirs."""
    return "; ".join(sorted({name for value in values if value for name in value.split("; ")})) or None


def number_core(number: Any) -> str:
    """Return the letters and digits of a report number, in capitals: what sets it apart from others."""
    return "".join(_WORDS_OR_DIGITS.findall(comparable(str(number or "")).upper()))


def link_core(url: Any) -> str:
    """Return the path of an address, and what its query calls an id: the rest makes no other document of it.

    Nor does the letter case of the path, or a slash written twice. Of an address without a path, return all.
    """
    written = squeeze(str(url or ""))
    try:
        parts = urlsplit(written)
    except ValueError:
        return written
    path = _SLASHES.sub("/", unquote(parts.path)).rstrip("/").casefold()
    ids = _ID_IN_QUERY.findall(parts.query) if path and parts.query else ()
    return "&".join((path, *ids)) or written


def statement_core(text: Any) -> str:
    """Return a recommendation's text as compared: without the number that ends it and marks around it."""
    return without_end(comparable_title(str(text or "")), _NUMBER_AT_END, _LONGEST_END).strip(ENDS)


def number_at_end(text: Any) -> tuple[str | None, str | None]:
    """Return the number that ends a recommendation's text, and that of a matter for Congress; one is None."""
    # To search a whole text for what can only be its end takes ten times as long.
    found = _NUMBER_AT_END.search(comparable(str(text or "")[-_LONGEST_END:]))
    if found is None:
        return None, None
    number = found["number"].lower()
    return (None, number) if found["kind"].lower() == "matter" else (number, None)


@lru_cache(maxsize=256)  # rows of one report follow each other
def _folded(name: str) -> str:
    return comparable_title(name)


@lru_cache(maxsize=256)
def _title(title: str) -> str:
    return title_key(title)


def is_matter(fields: Mapping[str, Any]) -> bool:
    """Return whether a recommendation is a matter for congressional consideration."""
    for_congress = _folded(fields.get("agency") or "") == "congress"
    return fields.get("matter_number") is not None or for_congress


def type_of(kind: RecordKind | str, fields: Mapping[str, Any]) -> dict[str, str]:
    """Return as data whether a recommendation is one to an agency or a matter for Congress."""
    if kind != RecordKind.RECOMMENDATION:
        return {}
    return {"type": "matter" if is_matter(fields) else "recommendation"}


@lru_cache(maxsize=256)
def report_id(text: str | None) -> str | None:
    """Normalize a report number: `oig–19-46 ` gives `OIG-19-46`; None where it holds no digit."""
    number = comparable(text or "").upper()
    return number if any(map(str.isdigit, number)) else None


def identify(kind: RecordKind, fields: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return a record's key and its aliases: other keys an earlier look may have filed it under.

    Raises ValueError where the fields name nothing at all.
    """
    if kind is RecordKind.REPORT:
        return _identify_report(fields)
    return _identify_recommendation(fields)


def _identify_report(fields: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    number, url = report_id(fields.get("report_number")), squeeze(fields.get("url") or "")
    if number:
        # Not the title: two reports of one year may share it, but never a link.
        return number, ((url,) if url else ())
    title = title_key(fields.get("title") or "")
    if not (url or title):
        raise ValueError("A report needs a number, a link or a title to be told apart from others.")
    return url or title, ()


def _identify_recommendation(fields: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    report, title = report_id(fields.get("report_number")), _title(fields.get("report_title") or "")
    if not (report or title):
        raise ValueError("A recommendation needs its report's number or title to be told apart from others.")
    # A report may have both a recommendation 1 and a matter for Congress 1.
    word = "matter" if is_matter(fields) else "rec"
    number = number_of(fields)
    mark = f"{word} {number}" if number is not None else f"{word} {text_mark(fields)}"
    if report:
        return f"{report} {mark}", ((f"{title} {mark}",) if title else ())
    return f"{title} {mark}", ()


def number_of(fields: Mapping[str, Any]) -> Any:
    """Return the number of a recommendation or of a matter for Congress, None where it has none."""
    matter = fields.get("matter_number")
    return fields.get("recommendation_number") if matter is None else matter


def text_mark(fields: Mapping[str, Any]) -> str:
    """Return a mark of a recommendation by its text, so that a swapped quote or dash keeps the mark."""
    text = comparable_title(fields.get("recommendation") or "")
    return "#" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]


def merge(records: Sequence[ParsedRecord]) -> tuple[tuple[ParsedRecord, ...], tuple[str, ...]]:
    """Join the records of all pages of a check into one set with distinct keys; give it and the clashes.

    1. Rows of one key that plainly are one record become one: the first value that a row gives wins.
    2. Rows of one key that plainly are not keep apart under marked keys, with the plain key as alias,
       and each clash is a sentence.

    Order of first appearance is kept; the keys do not depend on the order of rows.
    """
    if len({(record.kind, record.key) for record in records}) == len(records):
        return tuple(_join([record], "") for record in records), ()  # nearly every page
    problems: list[str] = []
    joined: dict[int, ParsedRecord] = {}
    for group in _grouped([(record.kind, record.key) for record in records]):
        marks, problem = _marks([records[at] for at in group])
        problems += [problem] if problem else []
        for same in _grouped(marks):
            members = sorted((records[group[place]] for place in same), key=_shortness)
            joined[group[same[0]]] = _join(members, marks[same[0]])
    return tuple(joined[at] for at in sorted(joined)), tuple(problems)


def _shortness(record: ParsedRecord) -> int:
    """Return a number that is the smaller the more of its report's title a row has."""
    return -len(title_core(record.fields.get("title")))


def _grouped(names: Sequence[Hashable]) -> list[list[int]]:
    """Return the places of each name, in the order in which the names first appear."""
    groups: dict[Hashable, list[int]] = {}
    for place, name in enumerate(names):
        groups.setdefault(name, []).append(place)
    return list(groups.values())


def _marks(records: Sequence[ParsedRecord]) -> tuple[list[str], str | None]:
    if len(records) == 1:
        return [""], None
    if records[0].kind is RecordKind.REPORT:
        return _report_marks(records)
    return _recommendation_marks(records)


def _join(records: Sequence[ParsedRecord], mark: str) -> ParsedRecord:
    first = records[0]
    several = any("; " in (first.fields.get(name) or "") for name in first.gathered)
    if len(records) == 1 and not mark and not several:
        return first  # nearly every row
    values: dict[str, Any] = {}
    cut: set[str] = set()
    for name in first.fields:
        given = [record for record in records if record.fields.get(name) is not None]
        # A whole value beats one that the end of a saved text may have shortened.
        best = next((record for record in given if name not in record.cut), given[0] if given else first)
        gathered = any(name in record.gathered for record in given)
        values[name] = added_up(r.fields[name] for r in given) if gathered else best.fields.get(name)
        if name in best.cut:
            cut.add(name)
    aliases = dict.fromkeys(alias for record in records for alias in record.aliases)
    if not mark:
        return replace(first, fields=values, aliases=tuple(aliases), cut=frozenset(cut))
    marked = (first.key, *(alias for alias in aliases if alias != first.key))
    return replace(first, key=first.key + mark, fields=values, aliases=marked, cut=frozenset(cut))


def _report_marks(records: Sequence[ParsedRecord]) -> tuple[list[str], str | None]:
    """Return the mark of each row of one report number ("" if all are one report), and the clash if any."""
    cores = _whole_titles(records)
    years: dict[str, set[int]] = {core: set() for core in cores}
    for core, record in zip(cores, records, strict=True):
        if record.fields.get("fiscal_year") is not None:
            years[core].add(record.fields["fiscal_year"])
    titles = {core for core in cores if core}
    if len(titles) <= 1:
        # A row without a title goes with the only title there is.
        cores = [core or next(iter(titles), "") for core in cores]
        years = {core: set().union(*years.values()) for core in cores}
    if dates := _dates_of_series(records, cores):
        return [f" [{date}]" if date else "" for date in dates], None
    if len(set(cores)) == 1 and len(years[cores[0]]) <= 1:
        return [""] * len(records), None
    several = len(set(cores)) > 1
    marks = [
        _report_mark(core if several else "", record.fields.get("fiscal_year"), years[core])
        for core, record in zip(cores, records, strict=True)
    ]
    return marks, _clash(records, "the number of different reports", "title", "fiscal_year")


def _whole_titles(records: Sequence[ParsedRecord]) -> list[str]:
    """Return each title as compared; one cut short, as in a teaser, stands for the only one it begins."""
    cores = [title_core(record.fields.get("title")) for record in records]
    if len({day for record in records if (day := record.fields.get("issue_date"))}) > 1:
        return cores
    ordered = sorted(set(cores))
    return [_only_longer(core, ordered) or core for core in cores]


def _only_longer(core: str, ordered: Sequence[str]) -> str | None:
    """Return the only one of some sorted titles that a title begins."""
    begun = f"{core.rstrip('.')} "
    at = bisect_left(ordered, begun)
    longer = [one for one in ordered[at : at + 2] if one.startswith(begun)]
    return longer[0] if core and len(longer) == 1 else None


def _dates_of_series(records: Sequence[ParsedRecord], cores: Sequence[str]) -> list[str | None]:
    """Return the dates of reports that share a title and have no number; [] where they are not a series."""
    numbered = any(record.fields.get("report_number") for record in records)
    dates = [record.fields.get("issue_date") for record in records]
    return [] if numbered or len(set(cores)) > 1 or len(set(dates) - {None}) < 2 else dates


def _report_mark(core: str, year: int | None, years: set[int]) -> str:
    parts = [core or "untitled"] if core or len(years) <= 1 else []
    if len(years) > 1:
        parts.append("no year" if year is None else str(year))
    return f" [{' '.join(parts)}]"


def title_core(title: str | None) -> str:
    """Return a title as compared, without the marks that a re-issue adds."""
    core = title_key(title or "")
    while core.endswith(_MARK_ENDS) and (shorter := _TITLE_MARK.sub("", core)) != core:
        core = shorter
    return core


def own_title(fields: Mapping[str, Any], name: str = "title") -> str:
    """Return a report's title as compared, without its own number, which some sites write at its ends."""
    core, number = title_core(fields.get(name)), _folded(fields.get("report_number") or "")
    if len(number) < _SHORTEST_OWN:
        return core
    bare = core.removeprefix(number).removesuffix(f"({number})")
    return core if bare == core else bare.strip(f"{ENDS}-()[]|")


def _recommendation_marks(records: Sequence[ParsedRecord]) -> tuple[list[str], str | None]:
    """Return the mark of each row of one recommendation key, and the clash if one agency has two texts."""
    agencies = _agencies(records)
    several = len(set(agencies)) > 1
    marks, clash = [""] * len(records), False
    for same in _grouped(agencies):
        texts = _whole_texts([records[place] for place in same])
        differ = len(set(texts)) > 1
        clash |= differ
        for place, text in zip(same, texts, strict=True):
            agency = f" @ {agencies[place] or 'no agency'}" if several else ""
            marks[place] = agency + (f" {text_mark({'recommendation': text})}" if differ else "")
    what = "the key of different recommendations"
    return marks, _clash(records, what, "recommendation") if clash else None


def _agencies(records: Sequence[ParsedRecord]) -> list[str]:
    """Return each row's agency in one spelling; a blank goes with the only agency there is."""
    names = [comparable(record.fields.get("agency") or "") for record in records]
    spelling: dict[str, str] = {}
    for name in sorted(set(names) - {""}):
        spelling.setdefault(name.casefold(), name)
    only = next(iter(spelling.values())) if len(spelling) == 1 else ""
    return [spelling.get(name.casefold(), only) for name in names]


def _whole_texts(records: Sequence[ParsedRecord]) -> list[str]:
    """Return each recommendation as compared; a text cut short stands for the only one it begins."""
    texts = [comparable_title(record.fields.get("recommendation") or "") for record in records]
    whole = []
    for text, record in zip(texts, records, strict=True):
        short = not text or "recommendation" in record.cut
        longer = {other for other in texts if other != text and other.startswith(text)} if short else set()
        whole.append(longer.pop() if len(longer) == 1 else text)
    return whole


def _clash(records: Sequence[ParsedRecord], what: str, *names: str) -> str:
    seen = sorted({", ".join(str(record.fields.get(name)) for name in names) for record in records})
    listed = "; ".join(map(shorten, seen)).removesuffix(".")
    return f"{records[0].key} is {what} and they are kept apart: {listed}."


def shorten(text: str, most: int = 120) -> str:
    """Return the beginning of a text for use in a sentence."""
    line = squeeze(text)
    return line if len(line) <= most else line[: most - 3].rstrip() + "..."
