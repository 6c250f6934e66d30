"""A topic compared with what has happened: what it would have wanted, or nearly, and how much it would say.

Reads changes one after the other and keeps only counts and the newest examples, so that any history will do.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from alerts.domain.models import GATHERED_FOR
from alerts.domain.settings import IMMEDIATELY, TopicSettings, message_rate
from alerts.topics.candidate import candidate_of
from alerts.topics.index import Against, TopicIndex
from alerts.topics.near_misses import Near, NearMisses
from monitor.store.changes import ChangeView

_EXAMPLES = 10
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Week:
    """One week, by its Monday: the changes that were recorded, and those the topic wanted."""

    begins: date
    changes: int
    matched: int


@dataclass(frozen=True, slots=True)
class Volume:
    """What one recipient would have got: messages at once, at worst, and changes gathered into summaries.

    What another source had already reported is counted again here, so this is the most it can be.
    """

    messages: int
    most_in_an_hour: int
    most_in_a_day: int
    gathered: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What a topic would have made of the changes; examples are the newest, newest first."""

    topic: str
    changes: int
    matched: int
    near: int
    kept_out: int
    weeks: tuple[Week, ...]
    examples: tuple[tuple[ChangeView, tuple[str, ...]], ...]
    near_examples: tuple[tuple[ChangeView, Near], ...]
    kept_out_examples: tuple[tuple[ChangeView, Against], ...]
    volume: Volume | None  # None where the topic sends nothing at once


def replay(name: str, topic: TopicSettings, changes: Iterable[ChangeView], zone: tzinfo) -> Replay:
    """Hold a topic against changes, which come in the order of their ids."""
    index, nearly = TopicIndex({name: topic}), NearMisses(topic.match)
    seen: Counter[date] = Counter()
    wanted: Counter[date] = Counter()
    examples: deque[tuple[ChangeView, tuple[str, ...]]] = deque(maxlen=_EXAMPLES)
    near: deque[tuple[ChangeView, Near]] = deque(maxlen=_EXAMPLES)
    kept_out: deque[tuple[ChangeView, Against]] = deque(maxlen=_EXAMPLES)
    counts: Counter[str] = Counter()
    messages = _Messages(topic.at_most)
    for change in changes:
        week = _monday(change.seen_at.astimezone(zone).date())
        seen[week] += 1
        candidate = candidate_of(change)
        passages = index.passages(candidate)
        (verdict,) = index.verdicts(candidate, passages)
        if verdict.matches:
            wanted[week] += 1
            examples.append((change, verdict.words))
            messages.add(change)
        elif verdict.kind and verdict.source and verdict.against and not verdict.missing + verdict.none_of:
            counts["kept_out"] += 1
            kept_out.append((change, verdict.against[0]))
        elif found := nearly.of(passages, verdict):
            counts["near"] += 1
            near.append((change, found))
    return Replay(
        name,
        seen.total(),
        wanted.total(),
        counts["near"],
        counts["kept_out"],
        _weeks(seen, wanted),
        tuple(reversed(examples)),
        tuple(reversed(near)),
        tuple(reversed(kept_out)),
        messages.volume() if topic.send.get(IMMEDIATELY) else None,
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _weeks(seen: Counter[date], wanted: Counter[date]) -> tuple[Week, ...]:
    """Return every week from the first to the last, those in which nothing happened too."""
    if not seen:
        return ()
    first, last = min(seen), max(seen)
    mondays = (first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1))
    return tuple(Week(monday, seen[monday], wanted[monday]) for monday in mondays)


@dataclass(slots=True)
class _Messages:
    """The messages of one topic to one recipient, as alerts.routing.route and alerts.routing.flood_guard
    would make them."""

    at_most: str
    made: list[datetime] = field(default_factory=list)
    gathered: int = 0
    _check: int | None = None
    _at: datetime | None = None
    _records: list[int] = field(default_factory=list)
    _waiting_until: datetime | None = None
    _waiting: set[int] = field(default_factory=set)

    def add(self, change: ChangeView) -> None:
        """Take up one change; those of one check make one message."""
        if change.check_id != self._check:
            self._close()
        self._check, self._at = change.check_id, change.seen_at
        self._records.append(change.record_id)

    def _close(self) -> None:
        if self._at is None or not self._records:
            return
        most, window = message_rate(self.at_most)
        if self._waiting_until is not None and self._at >= self._waiting_until:
            self._waiting_until, self._waiting = None, set()
        recent = len(self.made) - bisect_right(self.made, self._at - window)
        late = [one for one in self._records if recent >= most or one in self._waiting]
        if len(late) < len(self._records):
            self.made.append(self._at)
        if late and self._waiting_until is None:
            self.made.append(self._at)
            self._waiting_until = self._at + GATHERED_FOR
        self._waiting.update(late)
        self.gathered += len(late)
        self._records = []

    def volume(self) -> Volume:
        """Return the figures of all that was taken up."""
        self._close()
        return Volume(len(self.made), _busiest(self.made, _HOUR), _busiest(self.made, _DAY), self.gathered)


def _busiest(times: Sequence[datetime], span: timedelta) -> int:
    """Return the most messages within any stretch of this length."""
    most = begin = 0
    for end, at in enumerate(times):
        while at - times[begin] >= span:
            begin += 1
        most = max(most, end - begin + 1)
    return most
