"""Which rows are known records under other keys: links that moved, numbers that all changed alike. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.domain.identity import number_core
from monitor.domain.renumbering import pair_by_content
from monitor.domain.text import differing
from monitor.domain.types import ParsedRecord, StoredRecord
from monitor.guard.baseline import known_as

_FEW = 4  # numbers that are changed in the same way: no other list has the same titles with such numbers


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a look's rows.

    `listed` is whether each stored record was listed, by its key or that of the row which it surely is now.
    `renumbered` are the keys of rows whose number gained or lost what others did, or that had none before.
    """

    listed: Mapping[str, bool]
    renumbered: frozenset[str]


def known_rows(known: Sequence[StoredRecord], records: Sequence[ParsedRecord], *, complete: bool) -> Known:
    """Return which of a look's rows are known, also under keys of another form.

    Without numbers, links are keys: a site that moves to https or to another folder changes all of them.
    """
    before = {one.key: one for one in known}
    pairs: dict[str, StoredRecord] = {}
    if fresh := [record for record in records if not known_as(record, before)]:
        shown = {key for record in records for key in (record.key, *record.aliases)}
        missing = [one for one in known if one.key not in shown]
        pairs = pair_by_content(missing, fresh, complete=complete)
    renumbered = _renumbered(before, records, pairs)
    if complete and pairs:  # where all numbers are others, the list may be another one
        sure = pair_by_content(missing, fresh, complete=False)
        pairs = {
            key: one
            for key, one in pairs.items()
            if key in sure or key in renumbered or not one.fields.get("report_number")
        }
    keys = {one.key: key for key, one in pairs.items()}
    return Known({keys.get(one.key, one.key): one.listed for one in known}, renumbered)


def _renumbered(
    before: Mapping[str, StoredRecord], records: Sequence[ParsedRecord], pairs: Mapping[str, StoredRecord]
) -> frozenset[str]:
    forms: dict[str, tuple[str, str]] = {}
    for record in records:
        names = (record.key, *record.aliases)
        one = pairs.get(record.key) or next((before[name] for name in names if name in before), None)
        old = str(one.fields.get("report_number") or "") if one else None
        new = record.fields.get("report_number")
        if old is not None and new and old != new:
            same = not old or number_core(old) == number_core(new)
            forms[record.key] = ("", "") if same else differing(old, new)
    met = Counter(forms.values())
    alike = {form for form, count in met.items() if not all(form) and (not any(form) or count >= _FEW)}
    return frozenset(key for key, form in forms.items() if form in alike)
