"""The health of every source at the end of a digest's period."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from alerts.digests.schema import SourceData, SourceState
from alerts.language.text import plain
from monitor.store.checks import checks_since, troubled_checks
from monitor.store.models import Source
from monitor.store.sources import source_health


def sources_health(session: Session, since: datetime, mark: Mapping[str, Any] | None) -> list[SourceData]:
    """Return for each source how complete the last check was, how often it was checked, and its problems.

    `mark` is check_mark (monitor.store.sources) of the previous digest; without it, checks are not counted.
    """
    troubled = troubled_checks(session, since)
    checks = checks_since(session, mark) if mark is not None else {}
    return [
        _source(source, since, troubled.get(source.id, 0), checks.get(source.key))
        for source in source_health(session)
    ]


def _source(source: Source, since: datetime, troubled: int, checks: int | None) -> SourceData:
    return {
        "key": source.key,
        "state": _state(source, since, troubled),
        "troubled_checks": troubled,
        "rows": source.rows,
        "declared": source.declared_total,
        "complete": source.complete,
        "read": source.last_accepted_at is not None,
        "trouble": plain(source.trouble),
        "trouble_since": _iso(source.trouble_since),
        "last_checked": _iso(source.last_checked_at),
        "checks": checks,
    }


def _state(source: Source, since: datetime, troubled: int) -> SourceState:
    if source.troubles:
        return "quarantined" if source.last_outcome == "quarantined" else "failing"
    if source.last_checked_at is None or source.last_checked_at < since:
        return "silent"
    if source.last_outcome == "partial":
        return "partial"
    return "recovered" if troubled else "ok"


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
