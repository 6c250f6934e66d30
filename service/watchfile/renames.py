"""Let what is stored follow a renamed source, channel, topic or digest (`was: OLD`)."""

import re
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from alerts.digests.make import rename_digest
from alerts.outbox.queue import rename_channel, rename_recipient, rename_topic
from monitor.store.sources import rename_source

_RENAME = {
    "sources": rename_source,
    "channels": rename_channel,
    "topics": rename_topic,
    "digests": rename_digest,
}


def adopt_names(session: Session, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Rename what is stored from the names of the `old` applied content to those of the `new` one."""
    for section, names in new.get("renamed", {}).items():
        for was, becomes in names.items():
            _RENAME[section](session, was, becomes)
    _adopt_numbers(session, under_new_names(old, new).get("channels", {}), new["channels"])


def _adopt_numbers(session: Session, before: Mapping[str, Any], channels: Mapping[str, Any]) -> None:
    """Name the recipients that earlier versions numbered.

    A number is only taken for the URL at its place while the channel has as many URLs as when it was used.
    """
    for name, channel in channels.items():
        now = channel["recipients"]
        known = before.get(name, {}).get("recipients", [])
        if not before:  # the first versions did not store which watch file was in use
            known = [f"#{number}" for number in range(1, len(now) + 1)]
        if len(known) == len(now):
            for was, becomes in zip(known, now, strict=True):
                if re.fullmatch(r"#\d+", was):
                    rename_recipient(session, name, was, becomes)


def under_new_names(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `old` applied content with everything that `new` renames under its new name."""
    renamed: Mapping[str, Mapping[str, str]] = {
        section: {was: name for was, name in names.items() if name not in old.get(section, {})}
        for section, names in new.get("renamed", {}).items()
    }

    def name_of(section: str, name: str) -> str:
        return renamed.get(section, {}).get(name, name)

    def list_of(section: str, names: Any) -> Any:
        return [name_of(section, name) for name in names] if isinstance(names, list) else names

    content = {
        section: {name_of(section, name): dict(entry) for name, entry in old[section].items()}
        if section in _RENAME
        else old[section]
        for section in old
    }
    for topic in content.get("topics", {}).values():
        if "sources" in topic:
            topic["sources"] = list_of("sources", topic["sources"])
        if "send" in topic:
            topic["send"] = {
                name_of("digests", rhythm): list_of("channels", channels)
                for rhythm, channels in topic["send"].items()
            }
    for digest in content.get("digests", {}).values():
        digest["send_to"] = list_of("channels", digest["send_to"])
        digest["topics"] = list_of("topics", digest["topics"])
    return content
