"""The content of a digest: every change is in exactly one digest of a name.

Digests chain by change ids, not by times: each begins where the last one ended, so that no clock can open a
gap. Uses the caller's session and never commits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, TypedDict

from sqlmodel import Session

from alerts.digests.open_items import InScope, open_summary, report_of
from alerts.digests.pages_to_open import pages_to_open
from alerts.digests.schema import ChangeData, DigestContent, PagesData, SchemaData, TotalsData, WindowData
from alerts.digests.source_health import sources_health
from alerts.digests.target_dates import promise_dates
from alerts.digests.trend import WINDOWS, history, usual
from alerts.domain.brief import Brief
from alerts.domain.destinations import Scope
from alerts.domain.models import DigestRun
from alerts.language.change import LONGEST_ABOUT, differences, lead_of, link_of
from alerts.language.headlines import headline, headline_of_known, numbers, rank
from alerts.language.hero import badges
from alerts.language.periods import windows_before
from alerts.language.text import plain, shortened
from alerts.routing.cross_source import Once, said_once
from alerts.topics.index import TopicMatch
from alerts.triage.snoozes import snoozed_between
from monitor.commitments.queries import Promised, PromiseMove
from monitor.store.batches import in_parts
from monitor.store.changes import ChangeView, change_views
from monitor.store.models import Record

# docs/digest.md says when the version rises.
SCHEMA: SchemaData = {"name": "oversight-watch/digest", "version": 1}
_READ_AT_ONCE = 500  # changes, with all versions of their records
_CONTEXT = 8  # unchanged words beside changed ones: a digest is read quickly


@dataclass(frozen=True, slots=True)
class Covered:
    """The range of one digest: changes with `after` < id <= `up_to`, seen from `since` until `now`."""

    after: int
    up_to: int
    since: datetime
    now: datetime
    missed: tuple[datetime, ...] = ()  # when digests were due in this range but not made


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored data that the digests of all scopes share, read once because there is a lot of it."""

    last: DigestRun | None  # of this name
    changes: Sequence[
        tuple[Brief, Sequence[TopicMatch]]
    ]  # all changes in the range, with the topics that match
    moves: Sequence[PromiseMove]  # promised dates that these changes moved
    open: Sequence[tuple[str, Record]]  # all open recommendations
    promised: Sequence[Promised]  # all open promises


def digest_content(
    session: Session,
    *,
    name: str,
    covered: Covered,
    time_zone: tzinfo,
    stored: Stored,
    topics_of_change: Callable[[ChangeView], Iterable[TopicMatch]],
    topics: Scope = "all",
    in_scope: InScope = lambda _source, _record: True,
    most: int | None = None,
) -> DigestContent:
    """Return the content of one digest; alerts.views.digest puts it into sentences.

    If `topics` is a tuple, only changes of these topics are included. `in_scope` selects the open
    recommendations and promises. At most `most` changes are listed one by one; None means all.
    """

    def matches_of(change: ChangeView) -> list[TopicMatch]:
        return _in_topics(topics_of_change(change), topics)

    matched = [(change, _in_topics(matches, topics)) for change, matches in stored.changes]
    wanted = [pair for pair in matched if pair[1] or topics == "all"]
    told = said_once(session, wanted, covered.after, matches_of)
    snoozed = snoozed_between(session, covered.after, covered.up_to)
    listed = sorted((one for one in told if one.matches and one.change.id not in snoozed), key=_place)
    last = stored.last
    earlier = _history(session, covered, time_zone, topics)
    return {
        "schema": SCHEMA,
        "name": name,
        "topics": topics if topics == "all" else list(topics),
        "since": covered.since.isoformat(),
        "until": covered.now.isoformat(),
        "missed": [moment.isoformat() for moment in covered.missed],
        "time_zone": str(time_zone),
        "after_change_id": covered.after,
        "up_to_change_id": covered.up_to,
        "first": last is None,
        "heartbeat": False,
        "file": None,
        "numbers": numbers([one.change for one in told if one.before is None]),
        "history": earlier,
        "usual": usual([sum(window["numbers"].values()) for window in earlier]),
        "told_before": sum(one.before is not None for one in listed),
        "before": _before(last, topics),
        "changes": _entries(session, listed[:most]),
        "more": len(listed) - len(listed[:most]),
        "snoozed": sum(bool(one.matches) and one.change.id in snoozed for one in told),
        "other": len(matched) - len(wanted) + sum(not one.matches for one in told),
        "promises": promise_dates(
            session,
            stored.promised,
            stored.moves,
            since=covered.since,
            now=covered.now,
            zone=time_zone,
            in_scope=in_scope,
        ),
        "open": open_summary(session, covered.now, stored.open, in_scope),
        **_to_open(session, in_scope),
        "sources": sources_health(session, covered.since, _mark(last)),
    }


def _history(session: Session, covered: Covered, zone: tzinfo, topics: Scope) -> list[WindowData]:
    return history(session, windows_before(covered.since, covered.now, zone, WINDOWS), topics)


class _ToOpen(TypedDict, total=False):
    to_open: PagesData


def _to_open(session: Session, in_scope: InScope) -> _ToOpen:
    pages = pages_to_open(session, in_scope)
    return {"to_open": pages} if pages["listed"] else {}


def _in_topics(matches: Iterable[TopicMatch], topics: Scope) -> list[TopicMatch]:
    return [match for match in matches if topics == "all" or match.topic in topics]


def _place(one: Once) -> tuple[bool, int]:
    """Sort new things first, and changes that an earlier digest reported last."""
    return one.before is not None, rank(one.change.kind)


def _entries(session: Session, listed: Sequence[Once]) -> list[ChangeData]:
    """Return the entries of these changes, read in batches that keep the changes of a record together."""
    told: dict[int, ChangeData] = {}
    for some in in_parts(sorted(listed, key=lambda one: one.change.record_id), _READ_AT_ONCE):
        views = {view.id: view for view in change_views(session, [one.change.id for one in some])}
        told |= {one.change.id: _entry(one, views[one.change.id]) for one in some}
    return [told[one.change.id] for one in listed]


def _entry(one: Once, change: ChangeView) -> ChangeData:
    matches = one.matches
    sentence = headline(change)
    url, address = link_of(change)
    entry: ChangeData = {
        "id": change.id,
        "kind": change.kind.value,
        "source": change.source,
        "record": change.record_key,
        "what": headline_of_known(change) if one.before else sentence.what,
        "about": shortened(sentence.about, LONGEST_ABOUT),
        "also": list(one.also),
        "told_before": one.before.seen_at.isoformat() if one.before else None,
        "lead": lead_of(change),
        "url": url,
        "address": address,
        "seen": change.seen_at.isoformat(),
        "differences": [
            {"label": found.label, "segments": [(part.kind, part.text) for part in found.segments]}
            for found in differences(change, _CONTEXT)
        ],
        "topics": [
            {"topic": match.topic, "words": [plain(word) for word in match.words]} for match in matches
        ],
    }
    if one.before is None:
        entry["badges"] = [{"words": badge.words, "tone": badge.tone} for badge in badges(change)]
    return {**entry, **report_of(change.fields)}


def scope_name(topics: Scope) -> str:
    """Return the name under which the figures of a set of topics are stored."""
    return "all topics" if topics == "all" else ", ".join(topics)


def _before(last: DigestRun | None, topics: Scope) -> TotalsData | None:
    """Return the open totals of the previous digest for the same topics, if there was one."""
    figures: Mapping[str, Any] = last.content.get("figures", {}) if last else {}
    found: TotalsData | None = figures.get("open", {}).get(scope_name(topics))
    return found


def _mark(last: DigestRun | None) -> Mapping[str, Any] | None:
    """Return the mark from which checks are counted; the first digest of a name counts all of them."""
    if last is None:
        return {}
    mark: Mapping[str, Any] | None = last.content.get("figures", {}).get("checks")
    return mark
