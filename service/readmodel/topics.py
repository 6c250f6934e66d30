"""What a topic matched, and what was decided about a change, as plain data."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, func
from sqlmodel import Session, col, select

from alerts.domain.destinations import destinations
from alerts.domain.models import Routing
from alerts.domain.settings import IMMEDIATELY, TopicSettings
from alerts.language.headlines import headline
from alerts.routing.decisions import decisions
from alerts.routing.route import decision_for
from alerts.topics.backtest import replay
from alerts.topics.candidate import candidate_of
from alerts.topics.explain import reasons
from alerts.topics.in_words import term_in_words
from alerts.topics.index import TopicIndex
from alerts.triage.annotations import standings
from alerts.triage.snoozes import held_back
from monitor.domain.settings import spelled
from monitor.domain.types import USUAL_KINDS
from monitor.store.changes import ChangeView, changes_between, latest_change_id, stream_changes
from monitor.store.models import Change
from service.readmodel.lookups import required_change
from service.readmodel.records import change_as_data
from service.watchfile.settings import WatchFile

LATELY = timedelta(days=30)
_COUNTED = 50_000  # changes


def topics_as_data(session: Session, settings: WatchFile, now: datetime) -> list[dict[str, Any]]:
    """Return what each topic matches, where it goes, and how many changes it matched of late."""
    goes = destinations(settings.topics, settings.digests)
    matched = matched_lately(session, now)
    return [
        {
            "topic": name,
            **topic_in_words(topic),
            "goes": [{"rhythm": rhythm, "channel": channel} for rhythm, channel in goes[name]],
            "matched": matched[name],
            "days": LATELY.days,
        }
        for name, topic in settings.topics.items()
    ]


def topic_in_words(topic: TopicSettings) -> dict[str, Any]:
    """Return what a topic matches, term by term in words; kinds of change where they are not the usual."""
    return {
        "any": list(map(term_in_words, topic.match.any)),
        "all": list(map(term_in_words, topic.match.all)),
        "none": list(map(term_in_words, topic.match.none)),
        "kinds": [kind.value for kind in topic.on] if topic.on != USUAL_KINDS else None,
        "sources": None if topic.sources is None else list(topic.sources),
        "remind_every": spelled(topic.remind_every) if topic.remind_every else None,
    }


def matched_lately(session: Session, now: datetime) -> Counter[str]:
    """Return how many of the changes of late each topic matched, as was decided then."""
    topics = cast(col(Routing.topics), String)
    statement = (
        select(topics, func.count())
        .join(Change, col(Change.id) == Routing.change_id)
        .where(Change.seen_at >= now - LATELY, Change.id > latest_change_id(session) - _COUNTED)
        .group_by(topics)
    )
    counts: Counter[str] = Counter()
    for written, count in session.exec(statement):
        counts.update(dict.fromkeys(json.loads(written), count))
    return counts


def replay_as_data(
    session: Session, settings: WatchFile, name: str, days: int, now: datetime, most: int | None = None
) -> dict[str, Any]:
    """Return what a topic of the watch file would have matched in the last days of recorded history.

    At most the `most` newest changes are looked at.
    """
    topic = settings.topics[name]
    changes = stream_changes(session, now - timedelta(days=days))
    if most is not None:
        last = latest_change_id(session)
        since = now - timedelta(days=days)
        changes = (one for one in changes_between(session, last - most, last) if one.seen_at >= since)
    found = replay(name, topic, changes, ZoneInfo(settings.time_zone))
    return {
        "topic": found.topic,
        "days": days,
        "changes": found.changes,
        "matched": found.matched,
        "near": found.near,
        "kept_out": found.kept_out,
        "weeks": [{**asdict(week), "begins": week.begins.isoformat()} for week in found.weeks],
        "examples": [{**brief_as_data(change), "words": list(words)} for change, words in found.examples],
        "near_examples": [{**brief_as_data(change), **asdict(near)} for change, near in found.near_examples],
        "kept_out_examples": [
            {**brief_as_data(change), **asdict(by)} for change, by in found.kept_out_examples
        ],
        "at_most": topic.at_most,
        "volume": asdict(found.volume) if found.volume else None,
    }


def brief_as_data(change: ChangeView) -> dict[str, Any]:
    """Return a change as an example: what happened, when, to what."""
    return {
        "id": change.id,
        "kind": change.kind.value,
        "source": change.source,
        "record": change.record_key,
        "seen": change.seen_at.isoformat(),
        "headline": headline(change).text,
    }


def explained_as_data(session: Session, settings: WatchFile, number: int, now: datetime) -> dict[str, Any]:
    """Return for each topic why it wants a change or does not, what was decided then, and what would be now.

    Raises OversightError where there is no such change.
    """
    view = required_change(session, number)
    decided = decisions(session, [number]).get(number)
    verdicts = TopicIndex(settings.topics).verdicts(candidate_of(view))
    snoozed = number in held_back([view], standings(session, now))
    goes = destinations(settings.topics, settings.digests)
    matching = [verdict.topic for verdict in verdicts if verdict.matches]
    return {
        "change": {**change_as_data(view), "headline": headline(view).text},
        "topics": [
            {
                "topic": verdict.topic,
                "matches": verdict.matches,
                "matched_then": decided is not None and verdict.topic in decided.topics,
                "words": list(verdict.words),
                "reasons": reasons(verdict, settings.topics[verdict.topic], view),
            }
            for verdict in verdicts
        ],
        "then": None
        if decided is None
        else {
            "decision": decided.decision,
            "topics": list(decided.topics),
            "told": [
                {
                    "topic": one.topic,
                    "channel": one.channel,
                    "recipient": one.recipient,
                    "message": one.message,
                    "state": one.state,
                }
                for one in decided.tellings
            ],
            "told_before": [asdict(one) for one in decided.told_before],
        },
        "now": {
            "decision": decision_for(matching, settings.topics, snoozed=snoozed),
            "topics": matching,
            "goes": [
                {"topic": topic, "rhythm": rhythm, "channel": channel}
                for topic in matching
                for rhythm, channel in goes[topic]
                if not (snoozed and rhythm == IMMEDIATELY)
            ],
        },
    }
