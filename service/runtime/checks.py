"""One check of one source of a watch: which messages its outcome makes. They commit with its changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlmodel import Session

from alerts.domain.messages import Target
from alerts.domain.models import GATHERED_FOR
from alerts.outbox.gathered import Names, Occasion, gather, gathered_about
from alerts.outbox.queue import add_list_notice, add_notice
from alerts.routing.route import route, route_imported
from monitor.changes.apply import Health, Settled
from monitor.changes.write_behind import Unchanged
from monitor.check import check
from monitor.commitments.overdue import Lapsing
from monitor.domain.settings import SourceSettings
from monitor.domain.types import UNREAD_OUTCOMES, ChangeKind
from monitor.fetch.inbox import SavedPages
from monitor.guard.cadence import silence
from monitor.store.imports import is_first_after_import, mark_imported
from monitor.store.models import Source
from monitor.store.sources import source_health
from service.runtime.app import Watch
from service.runtime.host_trouble import notify_of_health
from service.runtime.notices import (
    Notice,
    all_trouble_notice,
    pattern_notice,
    recovery_notice,
    remarks_notice,
    silence_notice,
    spent_notice,
    status_notice,
)

_EVERYBODY = "all channels"  # where notices of trouble go without an operator channel


def check_source(
    watch: Watch,
    key: str,
    *,
    accept: bool = False,
    unchanged: Unchanged | None = None,
    pages: SavedPages | None = None,
) -> Settled:
    """Check one source now and return the outcome; its changes and their messages commit together.

    With `unchanged`, an unchanged check is noted there instead of in the watch's own memory; with `pages`
    nothing is fetched.
    """
    return check(
        key,
        watch.settings.sources[key],
        read=watch.database.read,
        write=watch.database.write,
        fetcher=pages or watch.fetcher,
        clock=watch.clock,
        route=partial(queue_messages, watch),
        accept=accept,
        profiles=watch.profiles,
        unchanged=unchanged or watch.unchanged,
        lapsing=lapsing_of(watch, key),
        documents=None if pages else watch.fetcher,
    )


def lapsing_of(watch: Watch, key: str) -> Lapsing:
    """Return which calendar-driven changes the topics ask for on this source."""
    asking = [topic for topic in watch.calendar_topics if topic.sources is None or key in topic.sources]
    return Lapsing(
        watch.zone,
        any(ChangeKind.PROMISE_PASSED in topic.on for topic in asking),
        frozenset(topic.no_update_months for topic in asking if ChangeKind.NO_UPDATE in topic.on),
    )


def queue_messages(watch: Watch, session: Session, settled: Settled) -> None:
    """Queue the alerts on what changed, and the notices to operators on what else the check found."""
    now = watch.clock()
    source = watch.settings.sources[settled.source]
    if _is_history(session, settled, source):
        mark_imported(session, None, settled.change_ids)
        route_imported(session, settled.change_ids, watch.index)
        settled = replace(settled, change_ids=())
    route(
        session,
        settled.change_ids,
        index=watch.index,
        topics=watch.settings.topics,
        recipients=watch.recipients,
        now=now,
        operators=watch.operators,
    )

    def notify(notice: Notice, key: str) -> None:
        title, lines = notice
        add_notice(session, watch.operators, title, lines, now, key)

    first_name = source.was or settled.source  # a renamed source is not reported again
    if settled.health:
        notify_of_health(watch, session, settled.health, now)
    quiet = silence(session, settled.source, now) if settled.first_today else None
    if quiet:
        notify(silence_notice(quiet, source.url, watch.zone), f"silent {first_name} {quiet.since}")
    if settled.unknown_statuses:
        write = partial(status_notice, settled.source)
        occasion, names = f"status {first_name}", settled.unknown_statuses
        add_list_notice(session, watch.operators, occasion, names, write, now)
    if slow := watch.index.too_slow:
        write = partial(pattern_notice, watch.settings.topics)
        add_list_notice(session, watch.operators, "pattern", slow, write, now)
    if settled.remarks:
        notify(
            remarks_notice(settled.source, settled.remarks, source.url),
            f"remarks {settled.source} {settled.check_id}",
        )
    if settled.waits and settled.waits.spent is not None:
        notify(spent_notice(settled.waits), f"spent {settled.waits.host} {now.date()}")
    if not watch.operators and settled.outcome in UNREAD_OUTCOMES:
        _notify_everybody(watch, session, now)
    if not watch.operators and settled.health and settled.health.well:
        _notify_everybody_of_end(watch, session, settled.health, now)


def _is_history(session: Session, settled: Settled, source: SourceSettings) -> bool:
    """Return whether changes happened between imported pages and the first check: no news."""
    if not settled.change_ids or source.announce_baseline:
        return False
    return is_first_after_import(session, settled.source, settled.check_id)


def _notify_everybody(watch: Watch, session: Session, now: datetime) -> None:
    """Queue one notice a day to all channels while sources are in trouble: there is no operator channel."""
    troubled = _troubled(watch, session)
    if not troubled:
        return
    title, lines = all_trouble_notice(troubled, watch.zone)
    key = f"trouble {now.astimezone(watch.zone).date()}"
    names = {one.key: one.trouble_since.isoformat() for one in troubled if one.trouble_since}
    about = {"about": _EVERYBODY, "occasion": "trouble", "names": names, "facts": {}}
    add_notice(session, _everybody(watch), title, lines, now, key, about=about)


def _notify_everybody_of_end(watch: Watch, session: Session, health: Health, now: datetime) -> None:
    """Queue one notice to all channels that what a daily notice named can be read again."""
    names = {health.source: health.since.isoformat()}
    if not any(names.items() <= one.names.items() for one in gathered_about(session, _EVERYBODY, now)):
        return
    failing = sorted(one.key for one in _troubled(watch, session))

    def write(names: Names, _facts: Mapping[str, Any]) -> Notice:
        return recovery_notice(None, names, failing, watch.zone)

    wait = GATHERED_FOR if failing else timedelta(0)
    gather(session, _everybody(watch), Occasion(_EVERYBODY, "recovery", write), names, {}, now, wait)


def _troubled(watch: Watch, session: Session) -> list[Source]:
    return [one for one in source_health(session) if one.trouble_told and one.key in watch.settings.sources]


def _everybody(watch: Watch) -> list[Target]:
    return list({one.recipient: one for some in watch.recipients.targets.values() for one in some}.values())
