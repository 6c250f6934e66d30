"""Calendar-driven changes: target dates that passed, and open recommendations without an update.

Days are those of a source's sweeps, not of a clock: a date has passed without an update only when a sweep of
a later day still shows the recommendation unchanged. So an outage, ours or the site's, causes no change.
Writes on the caller's session, in the transaction of the check, and never commits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from monitor.commitments.extract import Promise, standing_promise, stated_date
from monitor.domain.dates import months_after
from monitor.domain.status import OPEN_STATUSES
from monitor.domain.text import comparable
from monitor.domain.types import ChangeKind
from monitor.store.batches import in_parts
from monitor.store.change_rows import write_changes
from monitor.store.models import Change, Check, Record, RecordVersion, Source


@dataclass(frozen=True, slots=True)
class Lapsing:
    """What topics ask for: passed promises, or N months without an update; days are of `zone`."""

    zone: tzinfo
    promises: bool = False
    months: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """A promise that stands, the version in which its date was first read, and what was promised before.

    `revision` is the number of versions before that one, so it rises with every new date.
    """

    promise: Promise
    first: RecordVersion
    before: Promise | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Lapse:
    """One thing whose day has gone by. `known` is the day on which we first saw the current text."""

    kind: ChangeKind
    due: date
    known: date
    after: Mapping[str, Any]
    once: str


def record_lapses(session: Session, source: Source, lapsing: Lapsing) -> list[int]:
    """Write what passed between the last day compared with the calendar and the day of the last sweep.

    Returns the ids of the changes. What had passed before we saw it, or before a source was first compared
    with the calendar, is not reported; nothing is reported twice. On the same day it costs one comparison.
    The day is noted on `source`, which the caller writes.
    """
    if source.last_swept_at is None:
        return []
    today, since = source.last_swept_at.astimezone(lapsing.zone).date(), source.lapses_until
    if since is not None and today <= since:
        return []
    source.lapses_until = today
    if since is None or not (lapsing.promises or lapsing.months):
        return []
    found = [
        (record, lapse)
        for record, versions in _open_lives(session, source.id)
        for lapse in _lapses(record.id, versions, lapsing)
        if max(since, lapse.known) <= lapse.due < today
    ]
    return _write(session, source, found)


def _open_lives(session: Session, source_id: int) -> Iterator[tuple[Record, list[RecordVersion]]]:
    """Return each open recommendation that the last sweep showed, with its versions, oldest first."""
    statement = (
        select(Record, RecordVersion)
        .join(RecordVersion, col(RecordVersion.record_id) == col(Record.id))
        .where(
            Record.source_id == source_id,
            col(Record.status).in_(OPEN_STATUSES),
            col(Record.listed),
            col(Record.last_seen_at).is_(None),
        )
        .order_by(col(Record.id), col(RecordVersion.id))
    )
    lives: dict[int, tuple[Record, list[RecordVersion]]] = {}
    for record, version in session.exec(statement):
        lives.setdefault(record.id, (record, []))[1].append(version)
    yield from lives.values()


def _lapses(record_id: int, versions: Sequence[RecordVersion], lapsing: Lapsing) -> Iterator[Lapse]:
    if lapsing.promises and (standing := promised_since(versions)) is not None:
        promise = standing.promise
        known = standing.first.seen_at.astimezone(lapsing.zone).date()
        after: dict[str, Any] = {
            "promise": promise.words,
            "promised": promise.named,
            "due": promise.due.isoformat(),
            "since": known.isoformat(),
        }
        once = f"{ChangeKind.PROMISE_PASSED.value} {record_id} {promise.due}"
        yield Lapse(ChangeKind.PROMISE_PASSED, promise.due, known, after, once)
    if lapsing.months:
        known, last = _last_word(versions, lapsing.zone)
        for months in sorted(lapsing.months):
            after = {"months": months, "since": last.isoformat()}
            once = f"{ChangeKind.NO_UPDATE.value} {record_id} {months} {last}"
            yield Lapse(ChangeKind.NO_UPDATE, months_after(last, months), known, after, once)


def promised_since(versions: Sequence[RecordVersion]) -> Standing | None:
    """Return the promise that stands, where its date was first read, and what was promised before."""
    promise = standing_promise(versions[-1].fields.get("status_comment"))
    if promise is None:
        return None
    first = len(versions) - 1
    for place in reversed(range(len(versions))):
        earlier = standing_promise(versions[place].fields.get("status_comment"))
        if earlier is None or earlier.due != promise.due:
            return Standing(promise, versions[first], earlier, first)
        first = place
    return Standing(promise, versions[first])


def _last_word(versions: Sequence[RecordVersion], zone: tzinfo) -> tuple[date, date]:
    """Return the day on which we first saw status and comment as they stand, and the day they are from.

    Of what stood there when we first checked, only the comment itself can say how old it is.
    """
    said = _said(versions[-1])
    first = versions[-1]
    for version in reversed(versions):
        if _said(version) != said:
            break
        first = version
    known = first.seen_at.astimezone(zone).date()
    stated = stated_date(first.fields.get("status_comment")) if first is versions[0] else None
    return known, min(stated, known) if stated else known


def _said(version: RecordVersion) -> tuple[object, str]:
    return version.fields.get("status"), comparable(str(version.fields.get("status_comment") or ""))


def _write(session: Session, source: Source, found: Sequence[tuple[Record, Lapse]]) -> list[int]:
    known: set[str | None] = set()
    for some in in_parts(lapse.once for _, lapse in found):
        known.update(session.exec(select(col(Change.once)).where(col(Change.once).in_(some))))
    check_id = session.exec(select(func.max(Check.id)).where(Check.source_id == source.id)).one()
    rows = [
        {
            "source_id": source.id,
            "record_id": record.id,
            "check_id": check_id,
            "kind": lapse.kind.value,
            "before": {},
            "after": dict(lapse.after),
            "seen_at": source.last_swept_at,
            "after_sha256": record.snapshot_sha256,
            "once": lapse.once,
        }
        for record, lapse in found
        if lapse.once not in known
    ]
    return write_changes(session, rows)
