"""Pair a row with the record it is where its key does not say: numbers corrected, shared or used again. Pure.

Every pair rests on two marks that agree, is the only one possible on both sides, and contradicts no date.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any

from rapidfuzz import fuzz

from monitor.domain.dates import days_of
from monitor.domain.identity import link_core, number_core, statement_core, title_core
from monitor.domain.notes import title_key
from monitor.domain.text import comparable_title
from monitor.domain.types import ParsedRecord, RecordKind, StoredRecord

_UNLIKE = 75.0  # of token_set_ratio; below it two titles are of two reports
Series = tuple[str, str]  # the title and the link of reports that only their dates set apart
Rule = Callable[[StoredRecord, ParsedRecord], bool]


def pair_by_content(
    missing: Sequence[StoredRecord], fresh: Sequence[ParsedRecord], *, complete: bool
) -> dict[str, StoredRecord]:
    """Return, by the key of a row that no stored record has, the missing record that it is.

    Only a complete look may take a report of the same title and day, or a recommendation of the same text,
    under another number for the same one.
    """
    pairs: dict[str, StoredRecord] = {}
    for rule in (_is_surely_same, _is_same_where_complete) if complete else (_is_surely_same,):
        taken = {known.id for known in pairs.values()}
        left = [known for known in missing if known.id not in taken]
        pairs |= _only_pairs(left, [record for record in fresh if record.key not in pairs], rule)
    return pairs


def find_doubles(
    known: Sequence[StoredRecord], fresh: Sequence[ParsedRecord]
) -> Mapping[str, list[StoredRecord]]:
    """Return, by the key of a new row, the known records that it may be under a number they had before."""
    by_mark = _by_mark(known)
    found: dict[str, list[StoredRecord]] = defaultdict(list)
    for record in fresh:
        for one in (one for mark in _looked_for(record) for one in by_mark.get(mark, ())):
            if _is_surely_same(one, record) or _is_same_where_complete(one, record):
                found[record.key].append(one)
    return found


def _by_mark(known: Iterable[StoredRecord]) -> Mapping[tuple[str, Any], list[StoredRecord]]:
    by_mark: dict[tuple[str, Any], list[StoredRecord]] = defaultdict(list)
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
        near = {one.id: one for mark in _looked_for(record) for one in by_mark.get(mark, ())}
        found[record.key] = {id_: one for id_, one in near.items() if rule(one, record)}
    claims: dict[int, int] = defaultdict(int)
    for possible in found.values():
        for id_ in possible:
            claims[id_] += 1
    only = {key: next(iter(some.values())) for key, some in found.items() if len(some) == 1}
    return {key: known for key, known in only.items() if claims[known.id] == 1}


def _marks(kind: RecordKind, fields: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    if kind is RecordKind.RECOMMENDATION:
        text = _statement(fields.get("recommendation"))
        return (("text", text),) if text else ()
    # Every rule needs one of these: a link alone is enough only where the number is in it.
    marks = (
        ("title", title_core(fields.get("title"))),
        ("number", number_core(fields.get("report_number"))),
        ("file", _file_of_number(fields)),
    )
    return tuple(mark for mark in marks if mark[1])


def _looked_for(record: ParsedRecord) -> Iterable[tuple[str, Any]]:
    """Return the marks by which a row may be known; one without a number also by its link."""
    marks = _marks(record.kind, record.fields)
    return (
        marks
        if record.fields.get("report_number")
        else (*marks, ("file", link_core(record.fields.get("url"))))
    )


def _file_of_number(fields: Mapping[str, Any]) -> str:
    """Return a report's link where its number is in the name of the file, else nothing."""
    link, number = link_core(fields.get("url")), number_core(fields.get("report_number"))
    return link if number and number in number_core(link.rpartition("/")[2]) else ""


def _is_surely_same(known: StoredRecord, record: ParsedRecord) -> bool:
    if known.kind is not record.kind:
        return False
    if known.kind is RecordKind.RECOMMENDATION:
        return _same_recommendation(known, record)
    title = _both(title_core, "title", known, record)
    link = _both(link_core, "url", known, record)
    number = _both(number_core, "report_number", known, record)
    if number and title:
        return True
    lost = not record.fields.get("report_number") and bool(_file_of_number(known.fields))
    return link and (title or number or lost) and _dates_agree(known.fields, record.fields)


def _is_same_where_complete(known: StoredRecord, record: ParsedRecord) -> bool:
    if known.kind is not record.kind:
        return False
    if known.kind is RecordKind.RECOMMENDATION:
        return _same_recommendation(known, record)
    days = days_of(known.fields.get("issue_date"))
    dated = days is not None and days == days_of(record.fields.get("issue_date"))
    return dated and _both(title_core, "title", known, record) and _agree("agency", known, record)


def _same_recommendation(known: StoredRecord, record: ParsedRecord) -> bool:
    """Whether text, agency and report are one: what may differ is a number."""
    agreed = _agree("agency", known, record) and _agree("report_title", known, record)
    if "recommendation" in record.cut or not agreed:
        return False
    report = _both(number_core, "report_number", known, record)
    report |= _both(title_core, "report_title", known, record)
    return report and _both(_statement, "recommendation", known, record)


def _statement(text: Any) -> str:
    return comparable_title(statement_core(text))


def _both(core: Callable[[Any], str], name: str, known: StoredRecord, record: ParsedRecord) -> bool:
    old = core(known.fields.get(name) or "")
    return bool(old) and old == core(record.fields.get(name) or "")


def _agree(name: str, known: StoredRecord, record: ParsedRecord) -> bool:
    """Whether a field is equal on both sides, or missing on one."""
    old, new = known.fields.get(name), record.fields.get(name)
    return old is None or new is None or title_key(str(old)) == title_key(str(new))


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


def marked_key(record: ParsedRecord) -> str:
    """Return the key of a report whose plain key belongs to another report."""
    if number_core(record.fields.get("report_number")):
        return f"{record.key} [{title_core(record.fields.get('title'))}]"
    return f"{record.key} [{record.fields.get('issue_date')}]"
