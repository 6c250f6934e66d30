"""Which differences must wait until a second look agrees, because this one may be an older or torn copy.

A cache that serves yesterday's page, or two servers that disagree, would take back what was just recorded
and bring it again. So what a look takes back is held when the look shows an earlier accepted state, or
holds a page that is, to the byte, an earlier accepted version. What it shows for the first time is not.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from sqlalchemy import select
from sqlmodel import Session, col

from monitor.changes.diff import Difference, fingerprint
from monitor.crawl.outcomes import Compared
from monitor.domain.types import Outcome
from monitor.store.batches import in_parts
from monitor.store.models import Check, Record, RecordVersion, Snapshot

_START, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
Interval = tuple[datetime, datetime]
Version = tuple[datetime, bool, Mapping[str, object]]  # seen at, listed, fields


@dataclass(frozen=True, slots=True)
class Held:
    """The differences to write now; the marks of those that wait, and sentences that say why."""

    now: list[Difference]
    marks: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def hold_back(
    session: Session, source_id: int, check_id: int, seen: Compared, differences: Sequence[Difference]
) -> Held:
    """Divide differences into those that can be written and those that wait for the next check to agree."""
    differences = [d for d in differences if not _is_excused(d, seen)]
    doubted = {_mark(d): d for d in differences if _takes_back(d, seen)}
    older: list[Difference] = []
    newest = _newest_gone(seen, differences)
    doubted |= {_mark(d): d for d in newest}
    if any(d.stored is not None for d in differences):
        older = _older(session, source_id, check_id, seen, differences)
        doubted |= {_mark(d): d for d in older}
    agreed = set(seen.look.held)
    older = [*older, *newest]
    waiting = {mark: d for mark, d in doubted.items() if mark not in agreed}
    if not waiting:
        return Held(list(differences))
    said = [f"{len(waiting)} of the differences wait until the next check shows the same: {_why(older)}"]
    return Held([d for d in differences if _mark(d) not in waiting], tuple(sorted(waiting)), tuple(said))


def _why(older: Sequence[Difference]) -> str:
    if older:
        return "a page shows what it showed before a newer version was accepted, so it may be an older copy"
    return "rows moved between the pages while they were read, or nothing proves that a page came whole"


def _is_excused(d: Difference, seen: Compared) -> bool:
    """Whether a record that is not shown may be a row that could not be read."""
    return d.stored is not None and d.parsed is None and d.stored.key in seen.unread


def _takes_back(d: Difference, seen: Compared) -> bool:
    return d.stored is not None and d.stored.listed and not d.listed and d.stored.key in seen.unsure


def _newest_gone(seen: Compared, differences: Sequence[Difference]) -> list[Difference]:
    """Return what is gone, where the list's newest date went back with it: that is how a stale copy looks."""
    gone = [d for d in differences if d.stored and d.stored.listed and not d.listed]
    shown = max((str(r.fields.get("issue_date") or "") for r in seen.records), default="")
    went_back = any(str(d.fields.get("issue_date") or "") > shown > "" for d in gone)
    return gone if went_back and len(gone) == len(differences) else []


def _mark(d: Difference) -> str:
    key = d.stored.key if d.stored else d.parsed.key if d.parsed else ""
    text = f"{key}\x1f{d.listed}\x1f{d.fingerprint}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _older(
    session: Session, source_id: int, check_id: int, seen: Compared, differences: Sequence[Difference]
) -> list[Difference]:
    """Return the differences that go back to an earlier state, where the look seems to be an older copy."""
    known = [d for d in differences if d.stored is not None]
    earlier = _earlier_states(session, known)
    back = [d for d in known if earlier[_id(d)]]
    if not back:
        return []
    if _shows_older_page(session, source_id, check_id, seen):
        return back
    if len(back) < len(differences):
        return []  # something on it was never seen before, so the look is not older as a whole
    since = _last_change_of_the_rest(session, source_id, seen, {_id(d) for d in known})
    return back if _overlap([[(since, _END)], *(earlier[_id(d)] for d in back)]) else []


def _id(d: Difference) -> int:
    return d.stored.id if d.stored else 0


def _earlier_states(session: Session, known: Sequence[Difference]) -> dict[int, list[Interval]]:
    """Return, by record id, the earlier times in which a record was as it is shown now."""
    wanted = {_id(d): d for d in known}
    found: dict[int, list[Interval]] = {id_: [] for id_ in wanted}
    for some in in_parts(wanted):
        rows = session.execute(
            select(
                col(RecordVersion.record_id),
                col(RecordVersion.seen_at),
                col(RecordVersion.listed),
                col(RecordVersion.fields),
            )
            .where(col(RecordVersion.record_id).in_(some))
            .order_by(col(RecordVersion.record_id), col(RecordVersion.id))
        ).all()
        by_record: dict[int, list[Version]] = {}
        for id_, seen_at, listed, fields in rows:
            by_record.setdefault(id_, []).append((seen_at, listed, fields))
        for id_, versions in by_record.items():
            found[id_] = _matching(wanted[id_], versions)
    return found


def _matching(d: Difference, versions: Sequence[Version]) -> list[Interval]:
    intervals: list[Interval] = []
    if not d.listed:
        intervals.append((_START, versions[0][0]))  # before it was first seen
    kind = d.stored.kind if d.stored else None
    for (seen_at, listed, fields), (until, _, _) in pairwise(versions):
        same = listed == d.listed and (
            not listed or (kind is not None and fingerprint(kind, fields) == d.fingerprint)
        )
        if same:
            intervals.append((seen_at, until))
    return intervals


def _last_change_of_the_rest(
    session: Session, source_id: int, seen: Compared, differing: set[int]
) -> datetime:
    """Return when the last of the records that are as stored changed, or when the source began."""
    shown = {key for record in seen.records for key in (record.key, *record.aliases)}
    rows = session.execute(
        select(col(Record.id), col(Record.key), col(Record.changed_at), col(Record.first_seen_at)).where(
            col(Record.source_id) == source_id
        )
    ).all()
    began: datetime = min((row.first_seen_at for row in rows), default=_START)
    same: list[datetime] = [
        r.changed_at for r in rows if r.id not in differing and (seen.swept or r.key in shown)
    ]
    return max([began, *same])


def _overlap(states: Sequence[Sequence[Interval]]) -> bool:
    """Whether there is a time that lies in an interval of each of these."""
    common: list[Interval] = [(_START, _END)]
    for intervals in states:
        common = [(max(a, c), min(b, d)) for a, b in common for c, d in intervals if max(a, c) < min(b, d)]
    return bool(common)


def _shows_older_page(session: Session, source_id: int, check_id: int, seen: Compared) -> bool:
    """Whether a fresh page is, to the byte, one that was accepted before the current one."""
    fresh = {read.url: read.sha256 for read in seen.read if read.page is not None}
    if not fresh:
        return False
    # A partial check may have held back what it saw.
    accepted = (Outcome.BASELINE.value, Outcome.CHANGED.value, Outcome.UNCHANGED.value)
    found = session.execute(
        select(col(Snapshot.url), col(Snapshot.sha256))
        .join(Check, col(Check.id) == col(Snapshot.check_id))
        .where(
            col(Snapshot.source_id) == source_id,
            col(Snapshot.sha256).in_(sorted(set(fresh.values()))),
            col(Snapshot.check_id) != check_id,
            col(Check.outcome).in_(accepted),
        )
    ).all()
    current = {page.url: page.sha256 for page in seen.look.known.pages}
    return any(fresh.get(url) == sha256 != current.get(url) for url, sha256 in found)
