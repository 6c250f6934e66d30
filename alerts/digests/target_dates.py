"""What was promised, as a digest tells it: dates that passed, that moved and that fall due. Plain data.

Days are those of the digest's time zone, and each passes in one digest of a chain: a date has passed in it
if its last day was over by its end, and not yet by its beginning. Writes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlmodel import Session

from alerts.digests.open_items import InScope, each_once, open_rows
from monitor.commitments.extract import Promise, standing_promise
from monitor.commitments.queries import Promised, PromiseMove, due_between
from monitor.store.models import Record
from monitor.store.records import still_open
from monitor.store.sources import source_health

# Not until the next digest: one made by hand may follow in an hour, and a day is short notice of a date.
SOON = timedelta(days=30)
LISTS = ("passed", "moved", "soon")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Told:
    """A recommendation with what is promised of it now and was before; `read` is when that was first read."""

    record_id: int
    promise: Promise | None
    before: Promise | None
    read: datetime
    moved: str | None = None


def promise_dates(
    session: Session,
    promised: Iterable[Promised],
    moves: Iterable[PromiseMove],
    *,
    since: datetime,
    now: datetime,
    zone: tzinfo,
    in_scope: InScope,
) -> dict[str, Any]:
    """Give the promises that passed, moved and fall due, each a list; alerts.views.target_dates says them.

    `promised` may have been read a moment before: what was closed or promised anew since then is left out.
    """
    began, today = (time.astimezone(zone).date() for time in (since, now))
    soon, promised = today + SOON, list(promised)
    told = {
        "passed": _standing(due_between(promised, began, today)),
        "moved": [
            _Told(move.change.record_id, move.after, move.before, move.change.seen_at, move.way)
            for move in moves
        ],
        "soon": _standing(due_between(promised, today, soon + _ONE_DAY)),
    }
    open_ = still_open(session, {one.record_id for some in told.values() for one in some})
    wanted = {id_: one for id_, one in open_.items() if in_scope(*one)}
    rows = _rows(session, wanted, now)
    lists = {name: _once(session, some, wanted, rows) for name, some in told.items()}
    return {
        "numbers": _numbers(lists),
        "soon_until": soon.isoformat(),
        **{name: {"listed": some, "rest": 0} for name, some in lists.items()},
    }


def no_promise_dates(now: datetime) -> dict[str, Any]:
    """Give what a digest that was made before there were promises in digests holds of them."""
    none = {"listed": [], "rest": 0}
    return {"numbers": {}, "soon_until": now.date().isoformat(), **dict.fromkeys(LISTS, none)}


def _numbers(lists: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, int]:
    """Count them, what moved by which way it went."""
    ways = Counter(row["moved"] for row in lists["moved"])
    return {
        "passed": len(lists["passed"]),
        **{way: ways[way] for way in ("later", "earlier", "made", "taken_back")},
        "soon": len(lists["soon"]),
    }


def _standing(promised: Iterable[Promised]) -> list[_Told]:
    return [_Told(one.record.id, one.promise, one.before, one.since) for one in promised]


def _rows(
    session: Session, wanted: Mapping[int, tuple[str, Record]], now: datetime
) -> dict[int, dict[str, Any]]:
    """Give what a digest says of any open recommendation, its key, and when it was last seen."""
    swept = {source.key: source.last_swept_at for source in source_health(session)}
    rows = open_rows(session, list(wanted.values()), now)
    for row, (source, record) in zip(rows, wanted.values(), strict=True):
        seen = record.last_seen_at or swept[source]
        row.update(record=record.key, seen=seen.isoformat() if seen else None)
    return dict(zip(wanted, rows, strict=True))


def _once(
    session: Session,
    told: Iterable[_Told],
    wanted: Mapping[int, tuple[str, Record]],
    rows: Mapping[int, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Give each thing once, with what is promised of it, priority ones first."""
    held = {
        one.record_id: one
        for one in told
        if one.record_id in wanted and _holds(one, wanted[one.record_id][1])
    }
    found = [
        {
            **rows[record.id],
            "promise": _as_data(held[record.id].promise),
            "before": _as_data(held[record.id].before),
            "moved": held[record.id].moved,
            "read": held[record.id].read.isoformat(),
        }
        for _, record in each_once(session, [wanted[record_id] for record_id in held])
    ]
    return sorted(found, key=lambda row: not row["priority"])


def _holds(told: _Told, record: Record) -> bool:
    now = standing_promise(record.fields.get("status_comment"))
    return (now.due if now else None) == (told.promise.due if told.promise else None)


def _as_data(promise: Promise | None) -> dict[str, Any] | None:
    if promise is None:
        return None
    return {
        "words": promise.words,
        "date": promise.named,
        "precision": promise.precision.value,
        "due": promise.due.isoformat(),
    }
