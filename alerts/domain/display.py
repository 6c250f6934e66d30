"""How readers know things: titles instead of names, where the reading room is, whom to ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Display:
    """Titles of topics, channels and sources by their names, and the address of the reading room.

    What has no title is shown by its name.
    """

    topics: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    reading_room: str | None = None

    def topic(self, name: str) -> str:
        """Return what readers call a topic."""
        return self.topics.get(name) or name

    def channel(self, name: str) -> str:
        """Return what readers call a channel."""
        return self.channels.get(name) or name

    def source(self, key: str) -> str:
        """Return what readers call a source."""
        return self.sources.get(key) or key

    def all_topics(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return what readers call several topics."""
        return tuple(map(self.topic, names))

    def room(self, path: str) -> str | None:
        """Return the address of a page of the reading room, or None without one."""
        return f"{self.reading_room}{path}" if self.reading_room else None


NAMES_ALONE = Display()
