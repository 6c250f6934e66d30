"""What a process remembers of its sources between checks, so that an unchanged one needs no transaction.

Unchanged looks are noted here and written together, seconds later. A crash forgets the notes, and with them
only when those sources were last looked at. A note counts only where the database is still as this
process knew it, so that two processes cannot mistake each other's checks.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, func, select, update
from sqlmodel import Session
from sqlmodel.sql.sqltypes import UTCDateTime

from monitor.changes.apply import Settled
from monitor.crawl import outcomes
from monitor.domain.types import Outcome
from monitor.store.batches import in_parts
from monitor.store.models import Source, table_of
from monitor.store.sources import KnownSource

_MOST = 2_000  # sources remembered; one that is not is read from the database
_TABLE = table_of(Source)
_COLUMNS = _TABLE.c
_WRITE = (
    update(_TABLE)
    .where(
        _COLUMNS.key == bindparam("source"),
        _COLUMNS.last_checked_at == bindparam("before", type_=UTCDateTime()),
    )
    .values(
        last_checked_at=bindparam("at", type_=UTCDateTime()),
        last_accepted_at=bindparam("at", type_=UTCDateTime()),
        last_outcome=Outcome.UNCHANGED.value,
        unchanged_checks=_COLUMNS.unchanged_checks + bindparam("times"),
        last_swept_at=func.coalesce(bindparam("swept", type_=UTCDateTime()), _COLUMNS.last_swept_at),
    )
)


@dataclass(frozen=True, slots=True)
class _Note:
    """Some looks in a row that found all as it was."""

    before: datetime  # when the last check that the database knows of had ended
    at: datetime
    times: int
    swept: datetime | None


class Unchanged:
    """Sources as this process knows them, and unchanged looks that are not written yet. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, KnownSource] = {}
        self._notes: dict[str, _Note] = {}

    @property
    def waiting(self) -> bool:
        """Whether there are notes to be written."""
        return bool(self._notes)

    def known(self, key: str) -> KnownSource | None:
        """Return what is known of a source; None where that has to be read."""
        return self._known.get(key)

    def remember(self, known: Mapping[str, KnownSource]) -> None:
        """Take what was just read of some sources."""
        with self._lock:
            self._known.update(known)

    def noted(self, seen: outcomes.Observation, known: KnownSource, zone: tzinfo = UTC) -> Settled | None:
        """Note an unchanged look; None where it has to be settled in full.

        That is where more than the time is to be written: another outcome, a source that was in trouble,
        notes of a sweep, the first check of a day, in UTC or in `zone`.
        """
        if not isinstance(seen, outcomes.Unchanged) or known.checked_at is None:
            return None
        if not _is_quiet(seen.look, known, known.checked_at, zone):
            return None
        look = seen.look
        swept = (seen.swept_since or look.finished_at) if seen.swept else None
        with self._lock:
            noted = self._notes.get(look.key) or _Note(known.checked_at, known.checked_at, 0, None)
            if noted.at != known.checked_at:
                return None  # noted by another thread meanwhile
            self._notes[look.key] = _Note(
                noted.before, look.finished_at, noted.times + 1, swept or noted.swept
            )
            self._known.pop(look.key, None)
            self._known[look.key] = replace(
                known,
                checked_at=look.finished_at,
                last_swept_at=swept or known.last_swept_at,
                unchanged_checks=known.unchanged_checks + 1,
            )
            if len(self._known) > _MOST:
                del self._known[next(iter(self._known))]
        return Settled(
            look.key,
            Outcome.UNCHANGED,
            None,
            rows=known.rows,
            declared_total=known.declared_total,
            complete=known.complete,
        )

    def forget(self, key: str) -> None:
        """Read a source from the database the next time."""
        with self._lock:
            self._known.pop(key, None)

    def write(self, session: Session) -> None:
        """Write all notes on the caller's session; sources that another process has checked are forgotten."""
        with self._lock:
            notes, self._notes = self._notes, {}
            if not notes:
                return
            try:
                if _written(session, notes) != len(notes):
                    for key in _overtaken(session, notes):
                        self._known.pop(key, None)
            except BaseException:
                self._known.clear()
                raise


def _is_quiet(look: outcomes.Look, known: KnownSource, before: datetime, zone: tzinfo) -> bool:
    at_rest = known.reading is not None and not known.troubles and not look.spent_notes
    now = look.finished_at
    return at_rest and all(before.astimezone(of).date() == now.astimezone(of).date() for of in (UTC, zone))


def _written(session: Session, notes: Mapping[str, _Note]) -> int:
    rows: list[dict[str, Any]] = [
        {"source": key, "before": note.before, "at": note.at, "times": note.times, "swept": note.swept}
        for key, note in notes.items()
    ]
    return cast("CursorResult[Any]", session.connection().execute(_WRITE, rows)).rowcount


def _overtaken(session: Session, notes: Mapping[str, _Note]) -> list[str]:
    stored = select(_COLUMNS.key, _COLUMNS.last_checked_at)
    found = (session.connection().execute(stored.where(_COLUMNS.key.in_(some))) for some in in_parts(notes))
    return [key for part in found for key, at in part if at != notes[key].at]
