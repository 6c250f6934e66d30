"""An alert as its channel would get it, of a recorded change or of a made-up one; nothing is sent."""

import os
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.channels.send import targets
from alerts.domain.messages import Face, Message
from alerts.domain.types import MessageKind
from alerts.rendering.envelopes import program_events
from alerts.rendering.environments import templates
from alerts.rendering.events import Origin, event
from alerts.rendering.render import Entry, render_changes
from alerts.topics.candidate import candidate_of
from alerts.topics.index import TopicIndex
from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView
from service.dryrun.sample_history import TOPIC, WORDS, samples
from service.readmodel.lookups import require_channel
from service.watchfile.settings import WatchFile


def preview_of_kind(settings: WatchFile, kind: ChangeKind, channel: str | None) -> Message:
    """Return the message about a made-up change of a kind. Raises OversightError for an unknown channel."""
    return _message(settings, samples().of(kind), {TOPIC: WORDS}, channel)


def preview_of_change(settings: WatchFile, change: ChangeView, channel: str | None) -> Message:
    """Return the message about a change, for the topics that want it and send to the channel in any rhythm.

    As a mail where no channel is named. Raises OversightError for an unknown channel.
    """
    matches = {
        match.topic: match.words
        for match in TopicIndex(settings.topics).matches(candidate_of(change))
        if channel is None or any(channel in to for to in settings.topics[match.topic].send.values())
    }
    return _message(settings, change, matches, channel)


def _message(
    settings: WatchFile, change: ChangeView, topics: Mapping[str, tuple[str, ...]], channel: str | None
) -> Message:
    face: Face = "email"
    limit = None
    if channel is not None:
        require_channel(settings, channel)
        target = targets(channel, settings.channels[channel])[0]
        face, limit = target.face, target.limit
        if target.secret:
            one = event(change, topics, Origin(settings.web_addresses, settings.reading_room.url))
            return program_events([one], MessageKind.CHANGES, "preview")
    words = tuple(dict.fromkeys(word for found in topics.values() for word in found))
    return render_changes(
        [Entry(change, tuple(topics), words)],
        face=face,
        identity="preview",
        templates=templates(settings.templates),
        time_zone=ZoneInfo(settings.time_zone),
        limit=limit,
        display=settings.display,
    )


def write_preview(message: Message, out: Path | None) -> Path:
    """Write a message as a file, a new one where none is named: HTML where it has any and the name fits."""
    html = message.html if out is None or out.suffix.lower() in (".html", ".htm") else None
    if out is None:
        suffix = ".html" if html else ".txt"
        out = Path(tempfile.mkdtemp(prefix="oversight-watch-")) / f"alert{suffix}"
    with open(out, "w", encoding="utf-8", opener=partial(os.open, mode=0o600)) as file:
        file.write(html or message.markdown or message.text)
    return out
