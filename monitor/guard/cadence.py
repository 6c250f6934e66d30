"""How often a source usually has news, and when it has been silent for too long. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlmodel import Session, col, select

from monitor.store.models import Change, Source

# Fewer moments of news than this are not a rhythm.
_ENOUGH = 5
_GAPS = 10
_TIMES = 3
_PATIENCE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Silence:
    """A source that has had no news for much longer than usual."""

    source: str
    since: datetime  # of its last news
    lasted: timedelta
    longest: timedelta  # of the pauses before


def silence(session: Session, source: str, now: datetime) -> Silence | None:
    """Report that a source is silent; None where it is not, or where too little is known of its rhythm.

    Silent means: no change for three times the longest of the last ten pauses, and for two weeks.
    """
    statement = (
        select(Change.seen_at)
        .join(Source, col(Source.id) == Change.source_id)
        .where(Source.key == source)
        .distinct()
        .order_by(col(Change.seen_at).desc())
        .limit(_GAPS + 1)
    )
    times = session.exec(statement).all()
    if len(times) < _ENOUGH:
        return None
    longest = max(later - earlier for later, earlier in pairwise(times))
    lasted = now - times[0]
    if lasted <= max(longest * _TIMES, _PATIENCE):
        return None
    return Silence(source, times[0], lasted, longest)
