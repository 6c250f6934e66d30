"""The second half of a check: compare and write, in the caller's one short transaction. No network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from monitor.changes.diff import Difference, diff, diff_matches, match_records
from monitor.changes.hold import Held, hold_back, without_taken_keys
from monitor.changes.storm import archived, calmed
from monitor.changes.write_records import Occasion, count_unresolved, record_differences, record_unshown
from monitor.commitments.overdue import Lapsing, record_lapses
from monitor.crawl.checkpoint import forget_sweep
from monitor.crawl.outcomes import (
    Compared,
    Failed,
    Look,
    Observation,
    Quarantined,
    Unchanged,
    Waiting,
)
from monitor.domain.errors import HostWaits
from monitor.domain.status import Status
from monitor.domain.types import Outcome, StoredRecord
from monitor.guard.baseline import Baseline, with_stated
from monitor.linkage.links import link_waiting
from monitor.store.checks import write_check, write_outcome
from monitor.store.models import Source
from monitor.store.records import stored_records
from monitor.store.snapshots import write_pages, write_snapshots
from monitor.store.sources import add_source, find_source, write_source, write_usual

_SECOND_LOOK = 600.0  # seconds; most caches have been renewed by then, and news do not wait for the schedule


@dataclass(frozen=True, slots=True)
class Health:
    """A turn in a source's health that its operator should hear of, once.

    An end of trouble that was too short to report is not `told`, but a notice on other sources may name it.
    """

    source: str
    well: bool
    since: datetime
    checks: int  # troubled ones in a row
    reasons: tuple[str, ...]
    refused: bool = False  # the site does not want programs
    quarantined: bool = False  # the page came, and is not as usual
    acceptable: bool = False  # `check --accept` would take the page
    told: bool = True


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
    remarks: tuple[str, ...] = ()  # what was recorded for many records at once, and alerted for none
    retryable: bool = False
    retry_after: float | None = None
    first_today: bool = False
    waits: HostWaits | None = None


def settle(session: Session, seen: Observation, lapsing: Lapsing | None = None) -> Settled:
    """Write what a look found and return what it came to; with `lapsing`, also what time has brought by then.

    A look is dropped where another check was settled since it began: what it saw is older than what is
    recorded. No clock is asked, for clocks can be set.
    """
    if isinstance(seen, Waiting):
        return _waiting(seen)
    look = seen.look
    source = find_source(session, look.key)
    before = source.last_checked_at if source else None
    if before != look.known.checked_at:
        reason = "superseded: another check of this source finished first, or it was renamed meanwhile"
        return Settled(look.key, Outcome.SUPERSEDED, None, reasons=(f"{reason}; this one was dropped",))
    source = source or add_source(session, look.key, look.reading or "", look.started_at)
    if look.spent_notes:
        forget_sweep(session, look.key)
    match seen:
        case Unchanged():
            settled = _settle_unchanged(source, seen)
        case Compared():
            settled = _settle_records(session, source, seen)
        case Failed() | Quarantined():
            settled = _settle_trouble(session, source, seen)
    first_today = before is None or before.date() != look.finished_at.date()
    accepted = isinstance(seen, Unchanged | Compared)  # trouble says nothing of what has gone by
    lapsed = record_lapses(session, source, lapsing) if lapsing and accepted else []
    write_source(session, source)
    return replace(
        settled,
        first_today=first_today and settled.outcome is Outcome.UNCHANGED,
        change_ids=(*settled.change_ids, *lapsed),
    )


def _waiting(seen: Waiting) -> Settled:
    """Return that nothing was asked: no trouble of the source, and nothing to write."""
    return Settled(
        seen.look.key,
        Outcome.WAITING,
        None,
        reasons=(str(seen.waits),),
        retryable=True,
        retry_after=seen.waits.retry_after,
        waits=seen.waits,
    )


def _settle_unchanged(source: Source, seen: Unchanged) -> Settled:
    health = _recovery(source)
    _heal(source)
    source.last_checked_at = source.last_accepted_at = seen.look.finished_at
    source.last_outcome = Outcome.UNCHANGED.value
    source.unchanged_checks += 1
    if seen.swept:
        source.last_swept_at = seen.swept_since or seen.look.finished_at
    return Settled(
        seen.look.key,
        Outcome.UNCHANGED,
        None,
        rows=source.rows,
        declared_total=source.declared_total,
        complete=source.complete,
        health=health,
    )


def _settle_trouble(session: Session, source: Source, seen: Failed | Quarantined) -> Settled:
    """Record a failed or quarantined look: the page as evidence, no record, no change."""
    failed, look = seen if isinstance(seen, Failed) else None, seen.look
    outcome = Outcome.FAILED if failed else Outcome.QUARANTINED
    refused = failed is not None and failed.refused
    source.troubles += 1
    source.trouble = outcome.value
    source.trouble_since = source.trouble_since or look.finished_at
    health = None
    # Asking again does not end a refusal, so the operator hears of it at once.
    due = refused or source.troubles >= look.settings.tell_operator_after
    if due and not source.trouble_told:
        source.trouble_told = True
        health = Health(
            look.key,
            False,
            source.trouble_since,
            source.troubles,
            seen.reasons,
            refused,
            quarantined=failed is None,
            acceptable=isinstance(seen, Quarantined) and seen.acceptable,
        )
    check_id = write_check(session, source, _check_row(look, outcome, seen.reasons))
    aside = (seen.page,) if isinstance(seen, Quarantined) else ()
    write_snapshots(session, source.id, check_id, aside, look.reader)
    _note_look(source, look, outcome)
    return Settled(
        look.key,
        outcome,
        check_id,
        reasons=seen.reasons,
        health=health,
        retryable=failed is not None and failed.retryable,
        retry_after=failed.retry_after if failed else None,
    )


def _settle_records(session: Session, source: Source, seen: Compared) -> Settled:
    """Compare an accepted look with what is stored, and write the difference.

    1. Write the check and its snapshots.
    2. Link what an older version stored, so that what is new can be found to be the same.
    3. Where the pages are read in a new way, move the stored records to it in silence.
    4. Diff, and write records, versions, links and changes.
    5. Remember what to ask with next time, and what is usual.
    """
    look, previous = seen.look, seen.look.known
    addresses = (previous.reading or "").partition(" ")[2]
    moved = previous.reading is not None and not look.settings.covers(addresses)
    moved = moved and not _is_same_list(seen)
    first = previous.reading is None or moved
    health = _recovery(source)
    not_before = source.last_accepted_at
    check_id = write_check(session, source, _check_row(look, Outcome.UNCHANGED, seen.reasons, seen))
    write_snapshots(session, source.id, check_id, seen.kept, look.reader)
    link_waiting(session)
    previous_sha256 = previous.pages[0].sha256 if previous.pages else None
    shown = next((page.sha256 for page in seen.read if page.sha256), previous_sha256) or ""
    occasion = Occasion(
        source.id,
        check_id,
        look.finished_at,
        not_before,
        seen.evidence,
        shown,
        previous_sha256,
        previous.last_swept_at,
        (seen.read[0].sha256 if seen.read else None) or previous_sha256,
    )
    stored: Sequence[StoredRecord] = seen.stored
    if seen.rebased:
        rebased = diff(stored, seen.rebased, complete=False)
        record_differences(session, occasion, rebased, tell=False)
        stored = stored_records(session, look.key)
    matches = match_records(stored, seen.records, complete=seen.shown_whole)
    differences = diff_matches(stored, matches, complete=seen.complete, followed=seen.followed)
    held = Held(differences)
    if not (first or seen.accepted):
        held = hold_back(session, source.id, seen, differences)
    calm = calmed(held.now, len(stored), seen.records)
    moved_away = archived(calm.differences, seen.records)
    storms = (*calm.reasons, *moved_away.reasons)
    differences = without_taken_keys(moved_away.differences, stored)
    tell = not first or (look.settings.announce_baseline and not moved)
    late = [d for d in differences if _is_late(d, seen)]
    change_ids = record_differences(
        session, occasion, [d for d in differences if not _is_late(d, seen)], tell=tell
    )
    change_ids += record_differences(session, occasion, late, tell=tell and look.settings.announce_baseline)
    if seen.swept:
        seen_ids = {one.stored.id for one in matches if one.stored is not None}
        record_unshown(session, stored, seen_ids, previous.last_swept_at)
    outcome = Outcome.PARTIAL if held.marks else _outcome(seen, first, differences)
    _remember(session, source, seen, check_id, outcome, held)
    return Settled(
        look.key,
        outcome,
        check_id,
        tuple(change_ids),
        rows=len(seen.records),
        declared_total=seen.declared_total,
        complete=seen.complete,
        reasons=(*seen.reasons, *held.reasons, *storms),
        health=health,
        unknown_statuses=_unknown_statuses(seen),
        remarks=(*seen.remarks, *storms),
        retryable=bool(held.marks),
        retry_after=_SECOND_LOOK if held.marks else None,
        waits=seen.waits,
    )


def _is_same_list(seen: Compared) -> bool:
    """Whether a new address shows all that the old one listed and little more: only the address moved."""
    shown = {key for record in seen.records for key in (record.key, *record.aliases)}
    listed = [one.key for one in seen.stored if one.listed]
    came = len(seen.records) - len(listed)
    little = min(25, max(3, len(listed) // 4))
    one_list = len(seen.look.settings.addresses) == 1 and (seen.look.known.reading or "").count(" ") == 1
    return one_list and bool(listed) and all(key in shown for key in listed) and came <= little


def _is_late(difference: Difference, seen: Compared) -> bool:
    """Whether a record is new only because the baseline could not see the whole list."""
    parsed = difference.parsed
    return difference.stored is None and parsed is not None and parsed.key in seen.silent


def _outcome(seen: Compared, first: bool, written: Sequence[Difference]) -> Outcome:
    if first:
        return Outcome.BASELINE
    if seen.partial:
        return Outcome.PARTIAL
    return Outcome.CHANGED if any(one.changes for one in written) else Outcome.UNCHANGED


def _remember(
    session: Session, source: Source, seen: Compared, check_id: int, outcome: Outcome, held: Held
) -> None:
    look = seen.look
    if not held.marks:  # else the pages before stay those to compare with
        write_pages(session, source.id, seen.read, look.known.pages, swept=seen.swept)
    _heal(source)
    _note_look(source, look, outcome)
    source.reading = look.reading or source.reading
    source.last_accepted_at = look.finished_at
    source.unresolved = count_unresolved(session, source.id)
    if seen.swept:
        source.last_swept_at = seen.swept_since or look.finished_at
        source.rows = len(seen.records)
        source.declared_total = seen.declared_total
        source.complete = seen.complete and not held.marks
    usual = with_stated(seen.usual, Baseline.from_json(look.known.usual), seen.as_of, check_id)
    write_usual(session, source.id, replace(usual, held=held.marks).to_json())
    if outcome is not Outcome.UNCHANGED:
        write_outcome(session, check_id, outcome)


def _check_row(
    look: Look, outcome: Outcome, reasons: Sequence[str], seen: Compared | None = None
) -> dict[str, Any]:
    return {
        "started_at": look.started_at,
        "finished_at": look.finished_at,
        "outcome": outcome.value,
        "pages": len(seen.read) if seen else 0,
        "rows": len(seen.records) if seen else 0,
        "declared_total": seen.declared_total if seen else None,
        "complete": seen is not None and seen.complete,
        "reasons": list(reasons),
    }


def _note_look(source: Source, look: Look, outcome: Outcome) -> None:
    """Note on a source when it was checked, and the outcome."""
    source.last_checked_at = look.finished_at
    source.last_outcome = outcome.value
    source.unchanged_checks = 0


def _recovery(source: Source) -> Health | None:
    if source.trouble_since is None:
        return None
    return Health(source.key, True, source.trouble_since, source.troubles, (), told=source.trouble_told)


def _heal(source: Source) -> None:
    source.troubles = 0
    source.trouble = None
    source.trouble_since = None
    source.trouble_told = False


def _unknown_statuses(seen: Compared) -> tuple[str, ...]:
    """Return the status wordings that are not in the vocabulary and on no record stored before."""
    now, before = (
        {
            str(record.fields["status_text"])
            for record in records
            if record.fields.get("status") == Status.UNKNOWN and record.fields.get("status_text")
        }
        for records in (seen.records, seen.stored)
    )
    return tuple(sorted(now - before))
