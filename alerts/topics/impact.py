"""Who gains and who loses which alerts when a watch file changes, on changes that happened. Pure."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from alerts.domain.destinations import destinations
from alerts.domain.settings import DigestSettings, TopicSettings
from alerts.topics.candidate import Candidate, candidate_of
from alerts.topics.index import TopicIndex
from alerts.topics.words import Passage, passages_of
from monitor.store.changes import ChangeView

_EXAMPLES = 5
_Way = tuple[str, str, str]  # topic, rhythm, channel
Example = tuple[ChangeView, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Watched:
    """What one watch file says about who is notified of what."""

    sources: Set[str]
    topics: Mapping[str, TopicSettings]
    digests: Mapping[str, DigestSettings]


@dataclass(frozen=True, slots=True)
class Difference:
    """One topic on one channel in one rhythm: changes sent by both files, only by the new, only by the old.

    Examples are the newest, newest first, with the words that matched.
    """

    topic: str
    rhythm: str
    channel: str
    kept: int
    gained: int
    lost: int
    gained_examples: tuple[Example, ...]
    lost_examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many changes two files were compared with, and every way in which either sends a topic."""

    changes: int
    differences: tuple[Difference, ...]


def plan(old: Watched, new: Watched, changes: Iterable[ChangeView]) -> Plan:
    """Hold both files against the changes; ways are in the order of topic and channel."""
    before, after = _Ways(old), _Ways(new)
    counts: Counter[tuple[_Way, str]] = Counter()
    examples: dict[tuple[_Way, str], deque[Example]] = defaultdict(lambda: deque(maxlen=_EXAMPLES))
    looked_at = 0
    for change in changes:
        looked_at += 1
        candidate = candidate_of(change)
        passages = passages_of(candidate, inside=before.look_inside or after.look_inside)
        was, will = before.of(candidate, passages), after.of(candidate, passages)
        for way in {**was, **will}:
            became = "kept" if way in was and way in will else "gained" if way in will else "lost"
            counts[way, became] += 1
            if became != "kept":
                examples[way, became].append((change, will.get(way) or was.get(way, ())))
    ways = sorted({*before.all, *after.all}, key=lambda way: (way[0], way[2], way[1]))
    return Plan(
        looked_at,
        tuple(
            Difference(
                *way,
                kept=counts[way, "kept"],
                gained=counts[way, "gained"],
                lost=counts[way, "lost"],
                gained_examples=tuple(reversed(examples[way, "gained"])),
                lost_examples=tuple(reversed(examples[way, "lost"])),
            )
            for way in ways
        ),
    )


class _Ways:
    """One file's topics, and the ways in which each is sent."""

    def __init__(self, watched: Watched) -> None:
        self._sources = watched.sources
        self._index = TopicIndex(watched.topics)
        self.look_inside = self._index.looks_inside
        self._goes = destinations(watched.topics, watched.digests)
        self.all = [(topic, *way) for topic, ways in self._goes.items() for way in ways]

    def of(self, candidate: Candidate, passages: Sequence[Passage]) -> dict[_Way, tuple[str, ...]]:
        """Return the ways in which a change is sent, with the words that matched."""
        if candidate.source not in self._sources:
            return {}
        return {
            (match.topic, *way): match.words
            for match in self._index.matches(candidate, passages)
            for way in self._goes[match.topic]
        }
