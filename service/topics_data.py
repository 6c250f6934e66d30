"""What the commands on topics show, as plain data: for `--json`, and for service.topics_shown to say."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import Session

from alerts.care import held_back, standings
from alerts.headlines import headline
from alerts.match import TopicIndex, candidate_of
from alerts.replay import Replay
from alerts.route import decision_for
from alerts.settings import IMMEDIATELY
from alerts.told import decisions
from alerts.why import destinations, reasons
from monitor.queries import ChangeView
from service.names import required_change
from service.settings import WatchFile
from service.shown_data import change_as_data


def replay_as_data(found: Replay, at_most: str, days: int) -> dict[str, Any]:
    """Give what a topic would have made of the history."""
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
        "at_most": at_most,
        "volume": asdict(found.volume) if found.volume else None,
    }


def brief_as_data(change: ChangeView) -> dict[str, Any]:
    """Give a change as an example: what happened, when, to what."""
    return {
        "id": change.id,
        "kind": change.kind.value,
        "source": change.source,
        "record": change.record_key,
        "seen": change.seen_at.isoformat(),
        "headline": headline(change).text,
    }


def explained_as_data(session: Session, settings: WatchFile, number: int, now: datetime) -> dict[str, Any]:
    """Give for each topic why it wants a change or does not, what was decided then, and what would be now.

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
