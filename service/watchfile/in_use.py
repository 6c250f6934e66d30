"""What a watch file sends to whom, as plain data: stored when used, compared before it changes.

Addresses and secrets stay out: a channel is its recipients and rules, a source a mark of where and how it is
read. So another webhook under the same channel's name is not seen as a difference.
"""

import hashlib
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select

from alerts.channels.send import targets
from alerts.domain.models import AppliedSettings
from alerts.domain.settings import DigestSettings, TopicSettings
from alerts.topics.impact import Watched
from monitor.domain.errors import OversightError
from monitor.domain.schedule import DEFAULT_EVERY
from monitor.domain.settings import SourceSettings, spelled
from service.watchfile.settings import SECTIONS, WatchFile


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
            name: topic.model_dump(mode="json", exclude_defaults=True, exclude={"was", "title"})
            for name, topic in settings.topics.items()
        },
        "digests": {
            name: digest.model_dump(mode="json", exclude={"was"}) for name, digest in settings.digests.items()
        },
        **({"renamed": renamed} if (renamed := former_names(settings)) else {}),
    }


def former_names(settings: WatchFile) -> dict[str, dict[str, str]]:
    """Return by section the new name of each renamed entry (`was`), by its old name."""
    found = {
        section: {entry.was: name for name, entry in getattr(settings, section).items() if entry.was}
        for section in SECTIONS
    }
    return {section: names for section, names in found.items() if names}


def renamed_sources(session: Session) -> dict[str, str]:
    """Return the new name of each source that the newest watch file renames, by its old name."""
    last = last_applied(session)
    found: dict[str, str] = last.content.get("renamed", {}).get("sources", {}) if last else {}
    return found


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
