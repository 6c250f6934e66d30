"""Which topics each channel gets, and which topics a digest covers."""

from collections.abc import Mapping
from typing import Literal

from alerts.domain.settings import IMMEDIATELY, DigestSettings, TopicSettings

Scope = tuple[str, ...] | Literal["all"]
Destination = tuple[str, str]  # a rhythm ("immediately" or a digest), a channel


def channel_scopes(
    name: str, settings: DigestSettings, topics: Mapping[str, TopicSettings]
) -> dict[str, Scope]:
    """Return which topics each channel gets in this digest.

    A channel that only topics name gets those topics; one that the digest names gets the digest's as well.
    """
    scopes: dict[str, Scope] = dict.fromkeys(settings.send_to, settings.topics)
    for topic, wanted in topics.items():
        for channel in wanted.send.get(name, ()):
            scope = scopes.get(channel, ())
            if scope != "all" and topic not in scope:
                scopes[channel] = (*scope, topic)
    return scopes


def destinations(
    topics: Mapping[str, TopicSettings], digests: Mapping[str, DigestSettings]
) -> dict[str, list[Destination]]:
    """Return for every topic where its changes go: at once, and in which digests."""
    found = {
        name: [(IMMEDIATELY, channel) for channel in topic.send.get(IMMEDIATELY, ())]
        for name, topic in topics.items()
    }
    for digest, settings in digests.items():
        for channel, scope in channel_scopes(digest, settings, topics).items():
            for name in topics if scope == "all" else scope:
                found[name].append((digest, channel))
    return found
