"""The promised dates in a digest: those that passed, moved, or are due soon.

Days are those of the digest's time zone. A date passes in exactly one digest of a chain: its last day was
over at the end of the digest's period but not at the beginning. Writes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlmodel import Session

from alerts.digests.open_items import InScope, open_rows
from alerts.digests.schema import (
    ListName,
    OpenRowData,
    PromiseData,
    PromisedRowData,
    PromiseNumbers,
    PromisesData,
)
from monitor.commitments.extract import Promise, standing_promise
from monitor.commitments.queries import Promised, PromiseMove, Way, due_between
from monitor.linkage.things import each_once
from monitor.store.models import Record
from monitor.store.records import still_open
from monitor.store.sources import source_health

# Not until the next digest: that may be an hour away, and a day is short notice of a date.
SOON = timedelta(days=30)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Dated:
    """A recommendation with its promise now and before; `read` is when the promise was first read."""

    record_id: int
    promise: Promise | None
    before: Promise | None
    read: datetime
    moved: Way | None = None


def promise_dates(
    session: Session,
    promised: Iterable[Promised],
    moves: Iterable[PromiseMove],
    *,
    since: datetime,
    now: datetime,
    zone: tzinfo,
    in_scope: InScope,
) -> PromisesData:
    """Return the promises that passed, moved and are due soon; alerts.views.target_dates words them.

    `promised` may be a moment old: recommendations that closed or got a new date since are left out.
    """
    began, today = (time.astimezone(zone).date() for time in (since, now))
    soon, promised = today + SOON, list(promised)
    found: dict[ListName, list[_Dated]] = {
        "passed": _promised(due_between(promised, began, today)),
        "moved": [
            _Dated(move.change.record_id, move.after, move.before, move.change.seen_at, move.way)
            for move in moves
        ],
        "soon": _promised(due_between(promised, today, soon + _ONE_DAY)),
    }
    open_ = still_open(session, {one.record_id for some in found.values() for one in some})
    wanted = {id_: one for id_, one in open_.items() if in_scope(*one)}
    rows = dict(zip(wanted, open_rows(session, list(wanted.values()), now), strict=True))
    swept = {source.key: source.last_swept_at for source in source_health(session)}
    lists = {name: _once(session, some, wanted, rows, swept) for name, some in found.items()}
    return {
        "numbers": _numbers(lists),
        "soon_until": soon.isoformat(),
        "passed": {"listed": lists["passed"], "rest": 0},
        "moved": {"listed": lists["moved"], "rest": 0},
        "soon": {"listed": lists["soon"], "rest": 0},
    }


def _numbers(lists: Mapping[ListName, Sequence[PromisedRowData]]) -> PromiseNumbers:
    """Return how many are in each list, with moved dates by direction."""
    ways = Counter(row["moved"] for row in lists["moved"])
    return {
        "passed": len(lists["passed"]),
        "later": ways["later"],
        "earlier": ways["earlier"],
        "made": ways["made"],
        "taken_back": ways["taken_back"],
        "soon": len(lists["soon"]),
    }


def _promised(promised: Iterable[Promised]) -> list[_Dated]:
    return [_Dated(one.record.id, one.promise, one.before, one.since) for one in promised]


def _once(
    session: Session,
    dated: Iterable[_Dated],
    wanted: Mapping[int, tuple[str, Record]],
    rows: Mapping[int, OpenRowData],
    swept: Mapping[str, datetime | None],
) -> list[PromisedRowData]:
    """Return a row for each recommendation, without duplicates from other sites, priority first."""
    current = {
        one.record_id: one
        for one in dated
        if one.record_id in wanted and _is_current(one, wanted[one.record_id][1])
    }
    found: list[PromisedRowData] = []
    for source, record in each_once(session, [wanted[record_id] for record_id in current]):
        one, seen = current[record.id], record.last_seen_at or swept[source]
        found.append(
            {
                **rows[record.id],
                "record": record.key,
                "seen": seen.isoformat() if seen else None,
                "promise": _as_data(one.promise),
                "before": _as_data(one.before),
                "moved": one.moved,
                "read": one.read.isoformat(),
            }
        )
    return sorted(found, key=lambda row: not row["priority"])


def _is_current(one: _Dated, record: Record) -> bool:
    now = standing_promise(record.fields.get("status_comment"))
    return (now.due if now else None) == (one.promise.due if one.promise else None)


def _as_data(promise: Promise | None) -> PromiseData | None:
    if promise is None:
        return None
    return {
        "words": promise.words,
        "date": promise.named,
        "precision": promise.precision.value,
        "due": promise.due.isoformat(),
    }
