"""Pair a row with the record it is where its key does not say: numbers corrected, shared or used again. Pure.

Every pair rests on two marks that agree, is the only one possible on both sides, and contradicts no date.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any

from rapidfuzz import fuzz

from monitor.domain.agencies import agency_key
from monitor.domain.dates import days_of
from monitor.domain.identity import (
    link_core,
    number_core,
    number_of,
    own_title,
    statement_core,
    text_mark,
    title_core,
)
from monitor.domain.notes import title_key
from monitor.domain.types import ParsedRecord, RecordKind, StoredRecord

_UNLIKE = 75.0  # of token_set_ratio; below it two titles are of two reports, of ratio two words
_RESPELLED = 2  # words
_TELLING = 3  # words that two titles of one day hardly share by chance
_LONG = 30  # characters that two recommendations hardly share by chance
_DIGITS = re.compile(r"\d+")
_MOST = 100  # records of one mark
Mark = tuple[str, Any]
Series = tuple[str, str]  # the title and the link of reports that only their dates set apart
Rule = Callable[[StoredRecord, ParsedRecord], bool]


def pair_by_content(
    missing: Sequence[StoredRecord],
    fresh: Sequence[ParsedRecord],
    *,
    complete: bool,
    renamed: Rule = lambda _known, _record: False,
) -> dict[str, StoredRecord]:
    """Return, by the key of a row that no stored record has, the missing record that it is.

    Only a look that read all that is shown may take a report of the same title and day, or a recommendation
    of the same text, under another number for the same one, or one to an agency that was `renamed`.
    """
    pairs: dict[str, StoredRecord] = {}

    def is_of_renamed(known: StoredRecord, record: ParsedRecord) -> bool:
        return _same_text(known, record) and renamed(known, record)

    for rule in (_is_surely_same, _is_same_where_complete, is_of_renamed)[: None if complete else 1]:
        taken = {known.id for known in pairs.values()}
        left = [known for known in missing if known.id not in taken]
        pairs |= _only_pairs(left, [record for record in fresh if record.key not in pairs], rule)
    return pairs


def pair_by_text(
    rows: Sequence[tuple[ParsedRecord, StoredRecord | None]],
    missing: Sequence[StoredRecord],
    *,
    complete: bool,
) -> dict[str, StoredRecord]:
    """Return, by the key of a row, the record that it is by its text, where its key was another's.

    So it is where a recommendation is added before others of its report, or leaves them, or where two records
    exchange their numbers. `rows` come with the records of their keys. Only a complete look leaves a record
    without a row, or one whose rows have links beside their titles.
    """
    others = {row.key: known for row, known in rows if known is not None and _is_other_text(known, row)}
    if not others:
        return {}
    pairs: dict[str, StoredRecord] = {}
    for texts in _TEXTS:
        taken = {known.id for known in pairs.values()}
        free = {one.id: one for one in (*others.values(), *missing) if one.id not in taken}
        left = [row for row, known in rows if row.key not in pairs and (known is None or row.key in others)]
        pairs |= _only_of_text(free.values(), left, texts)
    linked = {
        row.key for row, _ in rows if row.kind is RecordKind.REPORT and link_core(row.fields.get("url"))
    }
    while stranded := {
        key
        for key in pairs
        if (other := others.get(key))
        and not (complete or key in linked)
        and all(other.id != known.id for known in pairs.values())
    }:
        pairs = {key: known for key, known in pairs.items() if key not in stranded}
    return pairs


def _only_of_text(
    free: Iterable[StoredRecord], rows: Sequence[ParsedRecord], mark_of: Callable[..., Mark | None]
) -> dict[str, StoredRecord]:
    known, keys = defaultdict[Mark, list[StoredRecord]](list), defaultdict[Mark, list[str]](list)
    for one in free:
        if mark := mark_of(one):
            known[mark].append(one)
    for row in rows:
        if mark := mark_of(row):
            keys[mark].append(row.key)
    return {
        some[0]: known[mark][0] for mark, some in keys.items() if len(some) == 1 == len(known.get(mark, ()))
    }


def _is_other_text(known: StoredRecord, row: ParsedRecord) -> bool:
    name = "title" if row.kind is RecordKind.REPORT else "recommendation"
    core = title_core if row.kind is RecordKind.REPORT else statement_core
    old, new = known.fields.get(name), row.fields.get(name)
    # Nearly all are equal to the letter, and their cores take far longer to compare.
    return old != new and bool(old and new) and name not in row.cut and core(old) != core(new)


def _own_text(record: StoredRecord | ParsedRecord) -> Mark | None:
    """Return what a report is known by without its number, or a recommendation within its report."""
    fields = record.fields
    if record.kind is RecordKind.RECOMMENDATION:
        report = number_core(fields.get("report_number"))
        return _text_in(report or title_core(fields.get("report_title")), fields)
    numbered = number_core(fields.get("report_number"))
    link = link_core(fields.get("url")) if numbered else ""  # else it is the link that was exchanged
    return own_title(fields), f"{fields.get('issue_date')} {link}"


def _text_and_title(record: StoredRecord | ParsedRecord) -> Mark | None:
    """Return the text of a recommendation with the title of its report, whose number may be another's.

    A long text says enough where the list has no titles.
    """
    title = own_title(record.fields, "report_title")
    mark = _text_in(title, record.fields)
    return mark if title or len(mark[1]) >= _LONG else None


def _text_in(report: str, fields: Mapping[str, Any]) -> Mark:
    agency = agency_key(fields.get("agency") or "")
    return f"{report} {agency}", statement_core(fields.get("recommendation"))


_TEXTS = (_own_text, _text_and_title)


def find_doubles(
    known: Sequence[StoredRecord], fresh: Sequence[ParsedRecord]
) -> Mapping[str, list[StoredRecord]]:
    """Return, by the key of a new row, the known records that it may be under a number they had before."""
    by_mark = _by_mark(known)
    found: dict[str, list[StoredRecord]] = defaultdict(list)
    for record in fresh:
        for one in _near(by_mark, record):
            if _is_surely_same(one, record) or _is_same_where_complete(one, record):
                found[record.key].append(one)
    return found


def _near(by_mark: Mapping[Mark, list[StoredRecord]], record: ParsedRecord) -> Iterable[StoredRecord]:
    """Return the records that share a mark with a row; but not of one that too many share."""
    shared = (by_mark.get(mark, ()) for mark in _looked_for(record))
    return {one.id: one for some in shared if len(some) <= _MOST for one in some}.values()


def _by_mark(known: Iterable[StoredRecord]) -> Mapping[Mark, list[StoredRecord]]:
    by_mark: dict[Mark, list[StoredRecord]] = defaultdict(list)
    for one in known:
        for mark in _marks(one.kind, one.fields):
            by_mark[mark].append(one)
    return by_mark


def _only_pairs(
    missing: Sequence[StoredRecord], fresh: Sequence[ParsedRecord], rule: Rule
) -> dict[str, StoredRecord]:
    by_mark = _by_mark(missing)
    found: dict[str, dict[int, StoredRecord]] = {}
    for record in fresh:
        found[record.key] = {one.id: one for one in _near(by_mark, record) if rule(one, record)}
    claims: dict[int, int] = defaultdict(int)
    for possible in found.values():
        for id_ in possible:
            claims[id_] += 1
    only = {key: next(iter(some.values())) for key, some in found.items() if len(some) == 1}
    return {key: known for key, known in only.items() if claims[known.id] == 1}


def _marks(kind: RecordKind, fields: Mapping[str, Any]) -> Iterable[Mark]:
    report = number_core(fields.get("report_number"))
    marks: list[Mark]
    if kind is RecordKind.RECOMMENDATION:
        unnumbered = number_of(fields) is None and (report or title_core(fields.get("report_title")))
        marks = [("text", statement_core(fields.get("recommendation"))), ("report", unnumbered)]
    else:
        title = own_title(fields)
        # Every rule needs one of these, and none is enough by itself.
        marks = [
            ("title", title),
            ("number", report),
            ("link", link_core(fields.get("url"))),
            ("day", not report and title and fields.get("issue_date")),
        ]
    return [mark for mark in marks if mark[1]]


def _looked_for(record: ParsedRecord) -> Iterable[Mark]:
    """Return the marks by which a row may be known; one without a number also by its link."""
    numbered = record.fields.get("report_number")
    return [mark for mark in _marks(record.kind, record.fields) if mark[0] != "link" or not numbered]


def _is_in_its_file(known: StoredRecord, record: ParsedRecord) -> bool:
    """Whether a row without a number has the link of a report whose number is in the name of the file."""
    number, link = number_core(known.fields.get("report_number")), link_core(known.fields.get("url"))
    lost = number and not record.fields.get("report_number")
    return bool(lost) and number in number_core(link.rpartition("/")[2])


def _is_alike(known: StoredRecord, record: ParsedRecord) -> bool:
    """Whether a row without a number has the day of a report and a title that is like its title."""
    unnumbered = not record.fields.get("report_number")
    dated = unnumbered and _both(days_of, "issue_date", known, record)
    return dated and _are_alike(*_values(title_core, "title", known, record))


def _is_surely_same(known: StoredRecord, record: ParsedRecord) -> bool:
    if known.kind is not record.kind:
        return False
    if known.kind is RecordKind.RECOMMENDATION:
        return _same_recommendation(known, record)
    title = _same_title(known, record)
    link = _both(link_core, "url", known, record)
    number = _both(number_core, "report_number", known, record)
    named = link and _is_in_its_file(known, record)
    if title and (number or named):
        return True
    marked = title or number or named or _is_alike(known, record)
    return link and marked and _dates_agree(known.fields, record.fields)


def _is_same_where_complete(known: StoredRecord, record: ParsedRecord) -> bool:
    if known.kind is not record.kind or not agree("agency", known, record):
        return False
    if known.kind is RecordKind.RECOMMENDATION:
        return (
            _same_recommendation(known, record)
            or _same_unnumbered_recommendation(known, record)
            or _same_of_untitled_report(known, record)
        )
    dated = _both(days_of, "issue_date", known, record)
    unnumbered = not (known.fields.get("report_number") or record.fields.get("report_number"))
    title = _values(title_core, "title", known, record)
    revised = unnumbered and (_is_respelled(*title) or _is_extended(*title))
    return dated and (_same_title(known, record) or revised)


def _same_recommendation(known: StoredRecord, record: ParsedRecord) -> bool:
    """Whether text, agency and report are one: what may differ is a number."""
    return agree("agency", known, record) and _same_text(known, record)


def _same_text(known: StoredRecord, record: ParsedRecord) -> bool:
    return (
        _both(statement_core, "recommendation", known, record)
        and "recommendation" not in record.cut
        and agree("report_title", known, record)
        and _of_one_report(known, record)
    )


def _same_unnumbered_recommendation(known: StoredRecord, record: ParsedRecord) -> bool:
    """Whether a recommendation without a number was reworded, or its report without one was retitled."""
    if "recommendation" in record.cut or number_of(known.fields) != number_of(record.fields):
        return False
    old, new = _values(statement_core, "recommendation", known, record)
    if _of_one_report(known, record):
        added_to = len(old) >= _LONG and len(new) >= _LONG and (old.startswith(new) or new.startswith(old))
        return number_of(record.fields) is None and (added_to or _is_respelled(old, new))
    numbered = known.fields.get("report_number") or record.fields.get("report_number")
    titles = _values(title_core, "report_title", known, record)
    return old == new and len(new) >= _LONG and not numbered and _are_alike(*titles)


def _same_of_untitled_report(known: StoredRecord, record: ParsedRecord) -> bool:
    """Whether a list without titles shows a long text and its number under another report's number."""
    old, new = _values(statement_core, "recommendation", known, record)
    untitled = not any(own_title(one.fields, "report_title") for one in (known, record))
    numbers = number_of(known.fields), number_of(record.fields)
    return (
        untitled
        and old == new
        and len(new) >= _LONG
        and "recommendation" not in record.cut
        and (str(numbers[0]) == str(numbers[1]))
    )


def _of_one_report(known: StoredRecord, record: ParsedRecord) -> bool:
    number = _both(number_core, "report_number", known, record)
    return number or _both(title_core, "report_title", known, record)


def _are_alike(old: str, new: str) -> bool:
    """Whether two titles may be one that was revised: no number differs, and few words do."""
    digits = (_DIGITS.findall(title) for title in (old, new))
    return next(digits) == next(digits) and fuzz.token_set_ratio(old, new) >= _UNLIKE


def _is_respelled(old: str, new: str) -> bool:
    """Whether two texts differ in the spelling of a word or two."""
    words, others = old.split(), new.split()
    changed = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    return (
        len(words) == len(others)
        and len(changed) <= min(_RESPELLED, len(words) // 2)
        and not any(_DIGITS.search(word) for pair in changed for word in pair)
        and all(fuzz.ratio(*pair) >= _UNLIKE for pair in changed)
    )


def _is_extended(old: str, new: str) -> bool:
    """Whether a title has all words of another in their order, and no other numbers."""
    short, long = sorted((old.split(), new.split()), key=len)
    rest = iter(long)
    same_digits = _DIGITS.findall(old) == _DIGITS.findall(new)
    return same_digits and len(short) >= _TELLING and all(word in rest for word in short)


def _values(
    core: Callable[[Any], Any], name: str, known: StoredRecord, record: ParsedRecord
) -> tuple[Any, Any]:
    return core(known.fields.get(name)), core(record.fields.get(name))


def _same_title(known: StoredRecord, record: ParsedRecord) -> bool:
    return bool(title := own_title(known.fields)) and title == own_title(record.fields)


def _both(core: Callable[[Any], Any], name: str, known: StoredRecord, record: ParsedRecord) -> bool:
    old, new = _values(core, name, known, record)
    return bool(old) and old == new


def agree(name: str, known: StoredRecord, record: ParsedRecord) -> bool:
    """Return whether a title or an agency is equal on both sides, or missing on one."""
    old, new = known.fields.get(name), record.fields.get(name)
    key = agency_key if name == "agency" else title_key
    return not old or not new or key(str(old)) == key(str(new))


def _dates_agree(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two dates of issue can mean one day, as far as they are given."""
    if old.get("issue_date") != new.get("issue_date"):
        before, after = days_of(old.get("issue_date")), days_of(new.get("issue_date"))
        if before and after and (before[1] < after[0] or after[1] < before[0]):
            return False
    years = old.get("fiscal_year"), new.get("fiscal_year")
    return years[0] == years[1] or None in years


def is_another(known: StoredRecord, record: ParsedRecord, series: Set[Series]) -> bool:
    """Whether a row under a stored report's key is plainly another report.

    So is a further one of a series without numbers, and one under a number that is used again.
    """
    if known.kind is not RecordKind.REPORT or _dates_agree(known.fields, record.fields):
        return False
    old, new = title_core(known.fields.get("title")), title_core(record.fields.get("title"))
    if not (old and new):
        return False
    links = [link_core(one.fields.get("url")) for one in (known, record)]
    if not number_core(record.fields.get("report_number")):
        return old == new and (new, links[1]) in series
    return links[0] != links[1] and fuzz.token_set_ratio(old, new) < _UNLIKE


def find_series(stored: Iterable[StoredRecord], parsed: Iterable[ParsedRecord]) -> Set[Series]:
    """Return each title and link that several reports of one list share without a number, on other dates."""
    found: set[Series] = set()
    for records in (stored, parsed):
        dates: dict[Series, set[str]] = defaultdict(set)
        for record in records:
            fields = record.fields
            unnumbered = record.kind is RecordKind.REPORT and not fields.get("report_number")
            if unnumbered and fields.get("issue_date"):
                name = title_core(fields.get("title")), link_core(fields.get("url"))
                dates[name].add(fields["issue_date"])
        found.update(name for name, some in dates.items() if len(some) > 1)
    return found


def text_key(known: StoredRecord) -> str:
    """Return the key of a record that is gone, and whose number is another's now."""
    if known.kind is RecordKind.REPORT:
        return f"{known.key} [{title_core(known.fields.get('title'))}]"
    return f"{known.key} {text_mark(known.fields)}"


def marked_key(record: ParsedRecord) -> str:
    """Return the key of a report whose plain key belongs to another report."""
    if number_core(record.fields.get("report_number")):
        return f"{record.key} [{title_core(record.fields.get('title'))}]"
    return f"{record.key} [{record.fields.get('issue_date')}]"
