"""What another watch file would change, as plain data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from alerts.outbox.queue import recipient_now, waiting
from alerts.topics.impact import Difference, Example, plan
from monitor.store.changes import stream_changes
from monitor.store.sources import source_health
from service.readmodel.topics import brief_as_data
from service.watchfile.in_use import applied_content, watched_of
from service.watchfile.renames import under_new_names
from service.watchfile.settings import WatchFile


def plan_as_data(session: Session, old: Mapping[str, Any], new: WatchFile, since: datetime) -> dict[str, Any]:
    """Return who gains and who loses which alerts, and how sources, channels and digests change.

    `old` is the stored content of the old file (service.watchfile.in_use). Changes since `since` are
    replayed.
    """
    content = applied_content(new)
    renamed = content.get("renamed", {})
    old = under_new_names(old, content)
    of_source = renamed.get("sources", {})
    changes = (
        replace(change, source=of_source.get(change.source, change.source))
        for change in stream_changes(session, since)
    )
    found = plan(watched_of(old), watched_of(content), changes)
    known = {of_source.get(source.key, source.key) for source in source_health(session)}
    return {
        "changes": found.changes,
        "renamed": renamed,
        "alerts": [_difference(one) for one in found.differences],
        "sources": _sources(old["sources"], content["sources"], known),
        "channels": _differences(old["channels"], content["channels"]),
        "digests": _differences(old["digests"], content["digests"]),
        "waiting": _waiting(session, content["channels"], renamed.get("channels", {})),
        "reminders": _reminders(old["topics"], content["topics"]),
        "time_zone": None
        if old["time_zone"] == content["time_zone"]
        else [old["time_zone"], content["time_zone"]],
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "topic": one.topic,
        "rhythm": one.rhythm,
        "channel": one.channel,
        "kept": one.kept,
        "gained": one.gained,
        "lost": one.lost,
        "gained_examples": _examples(one.gained_examples),
        "lost_examples": _examples(one.lost_examples),
    }


def _examples(examples: Iterable[Example]) -> list[dict[str, Any]]:
    return [{**brief_as_data(change), "words": list(words)} for change, words in examples]


def _sources(old: Mapping[str, Any], new: Mapping[str, Any], known: Set[str]) -> dict[str, Any]:
    """Return for each source that differs what its next check does."""
    return {
        "new": [
            {"source": key, "history": key in known, "announces": new[key]["announces"]}
            for key in new
            if key not in old
        ],
        "removed": [{"source": key, "history": key in known} for key in old if key not in new],
        "changed": [
            {
                "source": key,
                # Further lists only add to what is read; anything else is not comparable with it.
                "starts_anew": old[key]["profile"] != new[key]["profile"]
                or not set(old[key]["lists"]) <= set(new[key]["lists"]),
                "changes": _changed(old[key], new[key], ("checked", "swept", "paused")),
            }
            for key in new
            if key in old and old[key] != new[key]
        ],
    }


def _waiting(
    session: Session, channels: Mapping[str, Any], renamed: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return how many messages wait for what the new file lacks, and who gets them instead."""
    found: Counter[tuple[str, str | None, str | None]] = Counter()
    for item in waiting(session):
        channel = renamed.get(item.channel, item.channel)
        if channel not in channels:
            found[channel, None, None] += 1
        elif not item.recipient.startswith("#"):  # numbered by an earlier version; named at the next start
            goes_to = recipient_now(session, item, channel, channels[channel]["recipients"])
            if goes_to != item.recipient:
                found[channel, item.recipient, goes_to] += 1
    return [
        {"channel": channel, "recipient": recipient, "messages": count, "goes_to": goes_to}
        for (channel, recipient, goes_to), count in found.items()
    ]


def _reminders(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the old and new reminder interval of each topic where it differs."""
    was, becomes = ({name: one.get("remind_every") for name, one in topics.items()} for topics in (old, new))
    return {
        name: [was.get(name), becomes.get(name)]
        for name in {**was, **becomes}
        if was.get(name) != becomes.get(name)
    }


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "new": [name for name in new if name not in old],
        "removed": [name for name in old if name not in new],
        "changed": {
            name: _changed(old[name], new[name], tuple(new[name]))
            for name in new
            if name in old and old[name] != new[name]
        },
    }


def _changed(old: Mapping[str, Any], new: Mapping[str, Any], keys: Iterable[str]) -> dict[str, list[Any]]:
    return {key: [old.get(key), new[key]] for key in keys if old.get(key) != new[key]}
