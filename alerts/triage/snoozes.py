"""Which changes a snooze holds back, and which changes end it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.domain.models import Care, Routing
from alerts.domain.types import RoutingDecision, TriageKind
from alerts.triage.annotations import Standing
from monitor.domain.types import CALENDAR_KINDS, ChangeKind
from monitor.store.changes import ChangeView

# Everything else – a status, a priority mark, leaving a list – is sent however long a record is snoozed.
_MAY_WAIT = CALENDAR_KINDS | {
    ChangeKind.COMMENT_UPDATED,
    ChangeKind.TITLE_REVISED,
    ChangeKind.DETAILS_REVISED,
}


# ---- what a snooze does to changes


def held_back(views: Iterable[ChangeView], cares: Mapping[int, Standing]) -> set[int]:
    """Return the ids of those changes of one check that are not sent at once, as their record is snoozed.

    What comes in one check with a change that is sent goes with it: a comment, with a priority mark.
    """
    views = list(views)
    told = {view.record_id for view in views if not _waits(view, cares)}
    return {view.id for view in views if view.record_id not in told}


def _waits(view: ChangeView, cares: Mapping[int, Standing]) -> bool:
    care = cares.get(view.record_id)
    if care is None or care.snooze is None:
        return False
    return view.kind in (CALENDAR_KINDS if care.snooze.until is None else _MAY_WAIT)


def end_snoozes(
    session: Session, views: Iterable[ChangeView], cares: Mapping[int, Standing], now: datetime
) -> None:
    """Write down which snoozes end with these changes, as they were to last until the next one."""
    ended: dict[int, int] = {}
    for view in views:
        snooze = cares[view.record_id].snooze if view.record_id in cares else None
        if snooze is not None and snooze.until is None and view.kind not in CALENDAR_KINDS:
            ended.setdefault(view.record_id, view.id)
    session.add_all(
        Care(record_id=record_id, kind=TriageKind.SNOOZE_OVER, said_at=now, change_id=change_id)
        for record_id, change_id in ended.items()
    )


def snoozed_between(session: Session, after_id: int, up_to_id: int) -> set[int]:
    """Return the ids of the changes with `after_id` < id <= `up_to_id` that a snooze held back."""
    statement = select(Routing.change_id).where(
        Routing.decision == RoutingDecision.SNOOZED,
        col(Routing.change_id) > after_id,
        col(Routing.change_id) <= up_to_id,
    )
    return set(session.exec(statement))
