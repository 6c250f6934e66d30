"""Read the checks of a source in the order in which they were made, each with the pages it kept."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from monitor.domain.types import PDF, UNREAD_OUTCOMES, Outcome
from monitor.store.models import Check, Snapshot


@dataclass(frozen=True, slots=True)
class RecordedCheck:
    """One check as it was recorded, or a run of unchanged ones."""

    id: int
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    times: int
    pages: int
    rows: int
    complete: bool
    reasons: tuple[str, ...]
    imported: bool

    @property
    def read_pages(self) -> bool:
        """Whether the pages could be read and were taken for the source's."""
        return self.outcome not in UNREAD_OUTCOMES


def newest_check(session: Session) -> int:
    """Return the id of the newest check of all sources, 0 where there is none."""
    return session.exec(select(func.max(Check.id))).one() or 0


def recorded_checks(session: Session, source_id: int, up_to: int) -> list[RecordedCheck]:
    """Return the checks of a source up to an id, the earliest first."""
    statement = select(Check).where(Check.source_id == source_id, col(Check.id) <= up_to)
    return [
        RecordedCheck(
            one.id,
            one.started_at,
            one.finished_at,
            Outcome(one.outcome),
            one.times,
            one.pages,
            one.rows,
            one.complete,
            tuple(one.reasons),
            one.imported,
        )
        for one in session.exec(statement.order_by(col(Check.id)))
    ]


def kept_pages(session: Session, source_id: int, up_to: int) -> dict[int, list[Snapshot]]:
    """Return the pages that each check of a source kept, by the check's id, in the order they were kept."""
    found: dict[int, list[Snapshot]] = defaultdict(list)
    statement = select(Snapshot).where(
        Snapshot.source_id == source_id, col(Snapshot.check_id) <= up_to, Snapshot.content_type != PDF
    )
    for one in session.exec(statement.order_by(col(Snapshot.id))):
        found[one.check_id].append(one)
    return found
