"""What an empty answer means: nothing recorded yet, or nothing that was asked for."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from alerts.domain.types import RoutingDecision
from alerts.language.headlines import STATUSES
from alerts.language.text import listed, plain
from alerts.triage.annotations import standings
from monitor.domain.us_dates import day_words
from monitor.store.changes import latest_changes
from monitor.store.records import records_of
from service.readmodel.changes import ChangeFilter
from service.readmodel.record_list import RecordFilter

# Why nobody was notified of a change.
UNTOLD: Mapping[RoutingDecision, str] = {
    RoutingDecision.SENT: "no alert sent: no channel was left",
    RoutingDecision.DIGEST: "no alert sent; included in digests of topic {topics}",
    RoutingDecision.NOT_SENT: "no alert sent: topic {topics} has no channel",
    RoutingDecision.NO_TOPIC: "no alert sent: no topic matches",
    RoutingDecision.IMPORTED: "no alert sent: from an imported page, or new since the last one",
    RoutingDecision.SNOOZED: "no alert sent: snoozed; counted in digests of topic {topics}",
}


def no_changes(session: Session, wanted: ChangeFilter, days: int | None) -> str:
    """Return why no change is shown."""
    where = f" for {wanted.source}" if wanted.source else ""
    if replace(wanted, source=None, since=None) != ChangeFilter():
        return f"No recorded change{where} matches all of these. To see all: oversight-watch changes"
    newest = latest_changes(session, limit=1, source=wanted.source)
    if not newest:
        return f"No change is recorded{where} yet. A source's first check records what is there, not changes."
    of = f"The newest one is of {day_words(newest[0].seen_at)}."
    span = f"in the last {days} days" if days and days > 1 else "in the last day" if days else "since then"
    return f"No change{where} {span}. {of}"


def no_records(session: Session, wanted: RecordFilter) -> str:
    """Return why no record is shown, and which statuses there are."""
    source, status = wanted.source, wanted.status
    where = f" of {source}" if source else ""
    if replace(wanted, source=None, status=None) != RecordFilter():
        return f"No record{where} matches all of these. To see all: oversight-watch records"
    found = Counter(record.status for _, record in records_of(session, source, None))
    if not found:
        return f"No record{where} is stored yet; run a check first: oversight-watch check"
    there = [f"{status} ({count:,})" for status, count in found.most_common() if status]
    said = f"No record{where} has the status {status} ({STATUSES.get(status or '', '')})."
    return f"{said} There are: {listed(there)}." if there else f"{said} None has a status: all are reports."


def no_assignment(session: Session, name: str | None, now: datetime) -> str:
    """Return why no assigned record is shown, and to whom records are assigned."""
    people = {plain(one.assigned.text): 1 for one in standings(session, now).values() if one.assigned}
    if name is None or not people:
        return 'Nothing is assigned. To assign a record: oversight-watch assign KEY "NAME"'
    return f"Nothing is assigned to {plain(name)}. Records are assigned to {listed(sorted(people))}."
