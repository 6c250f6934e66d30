"""The second half of a check: compare and write, in the caller's one short transaction. No network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from monitor.changes.diff import Difference, diff
from monitor.changes.write_records import Occasion, count_unresolved, record_differences, record_unshown
from monitor.commitments.overdue import Lapsing, record_lapses
from monitor.crawl.checkpoint import forget_sweep
from monitor.crawl.observe import Observation
from monitor.domain.errors import HostWaits
from monitor.domain.status import Status
from monitor.domain.types import Outcome, StoredRecord
from monitor.linkage.links import link_waiting
from monitor.store.checks import write_check, write_outcome
from monitor.store.models import Source
from monitor.store.records import stored_records
from monitor.store.snapshots import write_pages, write_snapshots
from monitor.store.sources import ensure_source, write_source, write_usual


@dataclass(frozen=True, slots=True)
class Health:
    """A turn in a source's health that its operator should hear of, once."""

    source: str
    well: bool
    since: datetime
    checks: int  # troubled ones in a row
    reasons: tuple[str, ...]
    refused: bool = False  # the site does not want programs


@dataclass(frozen=True, slots=True)
class Settled:
    """What a check came to. `first_today` is set on a day's first check that found all as it was."""

    source: str
    outcome: Outcome
    check_id: int | None
    change_ids: tuple[int, ...] = ()
    rows: int = 0
    declared_total: int | None = None
    complete: bool = False
    reasons: tuple[str, ...] = ()
    health: Health | None = None
    unknown_statuses: tuple[str, ...] = ()
    retryable: bool = False
    retry_after: float | None = None
    first_today: bool = False
    waits: HostWaits | None = None


def settle(session: Session, seen: Observation, lapsing: Lapsing | None = None) -> Settled:
    """Write what a look found and say what it came to; with `lapsing`, also what time has brought by then.

    A look is dropped where another check was settled since it began: what it saw is older than what is
    recorded. No clock is asked, for clocks can be set.
    """
    if seen.outcome is Outcome.WAITING:
        return _waiting(seen)
    source = ensure_source(session, seen.key, seen.reading or "", seen.started_at)
    if source.last_checked_at != seen.known.checked_at:
        return Settled(seen.key, Outcome.UNCHANGED, None, reasons=("another check was quicker",))
    before = source.last_checked_at
    if seen.spent_notes:
        forget_sweep(session, seen.key)
    if seen.outcome is Outcome.UNCHANGED:
        settled = _settle_unchanged(source, seen)
    elif seen.outcome is not None:
        settled = _settle_trouble(session, source, seen, seen.outcome)
    else:
        settled = _settle_records(session, source, seen)
    first_today = before is None or before.date() != seen.finished_at.date()
    accepted = seen.outcome in (None, Outcome.UNCHANGED)  # trouble says nothing of what has gone by
    lapsed = record_lapses(session, source, lapsing) if lapsing and accepted else []
    write_source(session, source)
    return replace(
        settled,
        first_today=first_today and settled.outcome is Outcome.UNCHANGED,
        change_ids=(*settled.change_ids, *lapsed),
    )


def _waiting(seen: Observation) -> Settled:
    """Say that nothing was asked: no trouble of the source, and nothing to write."""
    return Settled(
        seen.key,
        Outcome.WAITING,
        None,
        reasons=seen.reasons,
        retryable=seen.retryable,
        retry_after=seen.retry_after,
        waits=seen.waits,
    )


def _settle_unchanged(source: Source, seen: Observation) -> Settled:
    health = _recovery(source)
    _heal(source)
    source.last_checked_at = source.last_accepted_at = seen.finished_at
    source.last_outcome = Outcome.UNCHANGED.value
    source.unchanged_checks += 1
    if seen.swept:
        source.last_swept_at = seen.swept_since or seen.finished_at
    return Settled(
        seen.key,
        Outcome.UNCHANGED,
        None,
        rows=source.rows,
        declared_total=source.declared_total,
        complete=source.complete,
        health=health,
    )


def _settle_trouble(session: Session, source: Source, seen: Observation, outcome: Outcome) -> Settled:
    """Record a failed or quarantined look: the page as evidence, no record, no change."""
    source.troubles += 1
    source.trouble = outcome.value
    source.trouble_since = source.trouble_since or seen.finished_at
    health = None
    # A refusal does not go away by asking again, so it is told at once.
    due = seen.refused or source.troubles >= seen.settings.tell_operator_after
    if due and not source.trouble_told:
        source.trouble_told = True
        health = Health(
            seen.key, False, source.trouble_since, source.troubles, seen.reasons, refused=seen.refused
        )
    check_id = write_check(session, source, _check(seen, outcome))
    write_snapshots(session, source.id, check_id, seen.kept)
    _note_look(source, seen, outcome)
    return Settled(
        seen.key,
        outcome,
        check_id,
        reasons=seen.reasons,
        health=health,
        retryable=seen.retryable,
        retry_after=seen.retry_after,
    )


def _settle_records(session: Session, source: Source, seen: Observation) -> Settled:
    """Compare an accepted look with what is stored, and write the difference.

    1. Write the check and its snapshots.
    2. Link what an older version stored, so that what is new can be found to be the same.
    3. Where the pages are read in a new way, move the stored records to it in silence.
    4. Diff, and write records, versions, links and changes.
    5. Remember what to ask with next time, and what is usual.
    """
    previous = seen.known
    addresses = (previous.reading or "").partition(" ")[2]
    moved = previous.reading is not None and not seen.settings.covers(addresses)
    first = previous.reading is None or moved
    health = _recovery(source)
    not_before = source.last_accepted_at
    check_id = write_check(session, source, _check(seen, Outcome.UNCHANGED))
    write_snapshots(session, source.id, check_id, seen.kept)
    link_waiting(session)
    previous_sha256 = previous.pages[0].sha256 if previous.pages else None
    shown = next((page.sha256 for page in seen.read if page.sha256), previous_sha256) or ""
    occasion = Occasion(
        source.id,
        check_id,
        seen.finished_at,
        not_before,
        seen.evidence,
        shown,
        previous_sha256,
        previous.last_swept_at,
    )
    stored: Sequence[StoredRecord] = seen.stored
    if seen.rebased:
        rebased = diff(stored, seen.rebased, complete=False)
        record_differences(session, occasion, rebased, tell=False)
        stored = stored_records(session, seen.key)
    differences = diff(stored, seen.records, complete=seen.complete, followed=seen.followed)
    tell = not first or (seen.settings.announce_baseline and not moved)
    late = [d for d in differences if _is_late(d, seen)]
    change_ids = record_differences(
        session, occasion, [d for d in differences if not _is_late(d, seen)], tell=tell
    )
    change_ids += record_differences(session, occasion, late, tell=tell and seen.settings.announce_baseline)
    if seen.swept:
        record_unshown(session, stored, seen.records, previous.last_swept_at)
    outcome = _outcome(seen, first, differences)
    _remember(session, source, seen, check_id, outcome)
    return Settled(
        seen.key,
        outcome,
        check_id,
        tuple(change_ids),
        rows=len(seen.records),
        declared_total=seen.declared_total,
        complete=seen.complete,
        reasons=seen.reasons,
        health=health,
        unknown_statuses=_unknown_statuses(seen),
        waits=seen.waits,
    )


def _is_late(difference: Difference, seen: Observation) -> bool:
    """Whether a record is new only because the baseline could not see the whole list."""
    parsed = difference.parsed
    return difference.stored is None and parsed is not None and parsed.key in seen.silent


def _outcome(seen: Observation, first: bool, written: Sequence[Difference]) -> Outcome:
    if first:
        return Outcome.BASELINE
    if seen.partial:
        return Outcome.PARTIAL
    return Outcome.CHANGED if any(one.changes for one in written) else Outcome.UNCHANGED


def _remember(session: Session, source: Source, seen: Observation, check_id: int, outcome: Outcome) -> None:
    write_pages(session, source.id, seen.read, seen.known.pages, swept=seen.swept)
    _heal(source)
    _note_look(source, seen, outcome)
    source.reading = seen.reading or source.reading
    source.last_accepted_at = seen.finished_at
    source.unresolved = count_unresolved(session, source.id)
    if seen.swept:
        source.last_swept_at = seen.swept_since or seen.finished_at
        source.rows = len(seen.records)
        source.declared_total = seen.declared_total
        source.complete = seen.complete
    write_usual(session, source.id, seen.usual)
    if outcome is not Outcome.UNCHANGED:
        write_outcome(session, check_id, outcome)


def _check(seen: Observation, outcome: Outcome) -> dict[str, Any]:
    return {
        "started_at": seen.started_at,
        "finished_at": seen.finished_at,
        "outcome": outcome.value,
        "pages": len(seen.read),
        "rows": len(seen.records),
        "declared_total": seen.declared_total,
        "complete": seen.complete,
        "reasons": list(seen.reasons),
    }


def _note_look(source: Source, seen: Observation, outcome: Outcome) -> None:
    """Say of a source when it was looked at, and what came of it."""
    source.last_checked_at = seen.finished_at
    source.last_outcome = outcome.value
    source.unchanged_checks = 0


def _recovery(source: Source) -> Health | None:
    if not source.trouble_told or source.trouble_since is None:
        return None
    return Health(source.key, True, source.trouble_since, source.troubles, ())


def _heal(source: Source) -> None:
    source.troubles = 0
    source.trouble = None
    source.trouble_since = None
    source.trouble_told = False


def _unknown_statuses(seen: Observation) -> tuple[str, ...]:
    """Give the status wordings that are not in the vocabulary, for the operator to look at."""
    wordings = {
        str(record.fields["status_text"])
        for record in seen.records
        if record.fields.get("status") == Status.UNKNOWN and record.fields.get("status_text")
    }
    return tuple(sorted(wordings))
