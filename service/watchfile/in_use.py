"""What a watch file sends to whom, as plain data: stored when used, compared before it changes.

Addresses and secrets stay out: a channel is its recipients and rules, a source a mark of where and how it is
read. So another webhook under the same channel's name is not seen as a difference.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select

from alerts.channels.send import targets
from alerts.domain.models import AppliedSettings
from alerts.domain.settings import ChannelSettings, DigestSettings, TopicSettings
from alerts.outbox.queue import rename_channel, rename_recipient
from alerts.topics.impact import Watched
from monitor.domain.errors import OversightError
from monitor.domain.schedule import DEFAULT_EVERY
from monitor.domain.settings import SourceSettings, spelled
from service.watchfile.settings import WatchFile


def applied_content(settings: WatchFile) -> dict[str, Any]:
    """Return all settings that decide what is sent to whom."""
    return {
        "time_zone": settings.time_zone,
        "sources": {key: _source(source) for key, source in settings.sources.items()},
        "channels": {
            name: {
                "recipients": [target.recipient for target in targets(name, channel)],
                "purpose": channel.purpose,
                "template": channel.template,
                "quiet": channel.quiet,
                "at_most": channel.at_most,
            }
            for name, channel in settings.channels.items()
        },
        "topics": {
            name: topic.model_dump(mode="json", exclude_defaults=True)
            for name, topic in settings.topics.items()
        },
        "digests": {name: digest.model_dump(mode="json") for name, digest in settings.digests.items()},
    }


def adopt_names(
    session: Session,
    old: Mapping[str, Any],
    channels: Mapping[str, ChannelSettings],
    new: Mapping[str, Any],
) -> None:
    """Let messages follow a renamed channel (`was`), and recipients that were numbered in earlier versions.

    A number is only taken for the URL at its place while the channel has as many URLs as when it was used.
    """
    before = old.get("channels", {})
    for name, settings in channels.items():
        earlier = name if name in before else settings.was
        known = before.get(earlier, {}).get("recipients", []) if earlier else []
        now = new["channels"][name]["recipients"]
        if not before:  # the first versions did not store which watch file was in use
            known = [f"#{number}" for number in range(1, len(now) + 1)]
        if settings.was and settings.was not in channels:
            rename_channel(session, settings.was, name)
        if len(known) == len(now):
            for was, becomes in zip(known, now, strict=True):
                if re.fullmatch(r"#\d+", was):
                    rename_recipient(session, name, was, becomes)


def _source(source: SourceSettings) -> dict[str, Any]:
    return {
        "profile": source.profile,
        "lists": [hashlib.sha256(address.encode()).hexdigest()[:16] for address in source.addresses],
        "checked": _checked(source),
        "swept": f"every {spelled(source.full_sweep)}" if source.full_sweep else "at every check",
        "announces": source.announce_baseline,
        "paused": source.paused,
    }


def _checked(source: SourceSettings) -> str:
    return f"by cron {source.cron}" if source.cron else f"every {spelled(source.every or DEFAULT_EVERY)}"


def watched_of(content: dict[str, Any]) -> Watched:
    """Return what was kept in the form in which it is compared.

    Raises OversightError where another version of the program kept what this one cannot read.
    """
    try:
        return Watched(
            content["sources"].keys(),
            {name: TopicSettings.model_validate(topic) for name, topic in content["topics"].items()},
            {name: DigestSettings.model_validate(digest) for name, digest in content["digests"].items()},
        )
    except (ValidationError, KeyError, ValueError) as error:
        raise OversightError(
            "the stored settings of the last watch file are from another version; name the old file"
            " with --against"
        ) from error


def last_applied(session: Session) -> AppliedSettings | None:
    """Return what the watch file said when it was last used, None where it never was."""
    return session.exec(select(AppliedSettings).order_by(col(AppliedSettings.id).desc()).limit(1)).first()


def note_applied(session: Session, content: dict[str, Any], now: datetime) -> None:
    """Keep what a watch file says, where it differs from what was kept last. Never commits."""
    last = last_applied(session)
    if last is None or last.content != content:
        session.add(AppliedSettings(applied_at=now, content=content))
