"""What differs between two stored pages: by record, as the source's profile reads them, and by words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from difflib import SequenceMatcher
from typing import Any

from sqlmodel import Session

from alerts.language.text import Segment, changed_words, condensed
from monitor.changes.diff import same_value
from monitor.domain.errors import OversightError
from monitor.domain.shared_ends import shared_ends
from monitor.domain.types import Page, ParsedRecord
from monitor.profiles.parse import parse
from monitor.profiles.profile import Profile
from monitor.profiles.readable import readable_lines
from monitor.store.sources import find_source
from service.readmodel.evidence import snapshot_as_data

_CONTEXT = 8  # words that are shown beside each change
_MOST_LINES = 20_000  # of one page


def page_diff_as_data(
    session: Session, before: str, after: str, profiles: Mapping[str, Profile], profile: str | None = None
) -> dict[str, Any]:
    """Return what differs between two stored pages; `profile` is by default that of the second one's source.

    `records` is None where the profile cannot read both. Raises OversightError for an unknown hash.
    """
    (about_old, old), (about_new, new) = (snapshot_as_data(session, one) for one in (before, after))
    source = find_source(session, about_new["source"])
    reader = profile or (source.reading.partition("@")[0] if source else None) or None
    shown = ("sha256", "source", "fetched", "url", "size")
    return {
        "before": {name: about_old[name] for name in shown},
        "after": {name: about_new[name] for name in shown},
        "records": _records_differing(old, new, reader, profiles),
        "words": [[asdict(one) for one in condensed(line, _CONTEXT)] for line in changed_lines(old, new)],
    }


def _records_differing(
    old: Page, new: Page, profile: str | None, profiles: Mapping[str, Profile]
) -> dict[str, Any] | None:
    try:
        before, after = (
            {one.key: one for one in parse(page, profile, profiles).records} for page in (old, new)
        )
    except OversightError:
        return None
    both = [(before[key], after[key]) for key in before if key in after]
    return {
        "added": [_titled(one) for key, one in after.items() if key not in before],
        "removed": [_titled(one) for key, one in before.items() if key not in after],
        "changed": [
            {"key": one.key, "fields": fields} for one, other in both if (fields := _differing(one, other))
        ],
        "same": sum(not _differing(one, other) for one, other in both),
    }


def _titled(record: ParsedRecord) -> dict[str, Any]:
    fields = record.fields
    said = fields.get("title") or fields.get("recommendation") or fields.get("report_title")
    return {"key": record.key, "title": said}


def _differing(one: ParsedRecord, other: ParsedRecord) -> dict[str, Any]:
    return {
        name: {"before": value, "after": other.fields.get(name)}
        for name, value in one.fields.items()
        if not same_value(name, value, other.fields.get(name))
    }


def changed_lines(old: Page, new: Page) -> Iterator[tuple[Segment, ...]]:
    """Yield the text of two pages where it differs, in order, with the words that went and came marked."""
    before, after = (readable_lines(page)[:_MOST_LINES] for page in (old, new))
    for alike, some, others in line_blocks(before, after):
        if not alike:
            yield changed_words("\n".join(some) or None, "\n".join(others) or None)


def line_blocks(
    before: Sequence[str], after: Sequence[str]
) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """Yield runs of lines of two texts, in order: whether they are alike, and the lines of both."""
    same, end = shared_ends(before, after)
    middle = before[same : len(before) - end], after[same : len(after) - end]
    if same:
        yield True, before[:same], after[:same]
    for action, i, j, k, m in SequenceMatcher(None, *middle).get_opcodes():
        yield action == "equal", middle[0][i:j], middle[1][k:m]
    if end:
        yield True, before[len(before) - end :], after[len(after) - end :]
