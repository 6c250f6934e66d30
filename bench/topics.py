"""Do more topics make a change dearer? The same changes against few topics and against many.

`python -m bench.topics` prints the table. Most topics of the many care about other things, as topics do.
"""

import argparse
import gc
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from alerts.domain.settings import TopicSettings
from alerts.topics.candidate import Candidate
from alerts.topics.index import TopicIndex
from monitor.domain.types import ChangeKind
from service.demo.fakes.replica.seeds import seed_recommendations, seed_reports

_FEW = 100
_WORDS_OF_A_CHANGE = 120


@dataclass(frozen=True, slots=True)
class Matched:
    """What some topics cost: CPU seconds to index them, and milliseconds a change."""

    topics: int
    indexing: float
    per_change: float
    matches: int


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; give the exit code."""
    parser = argparse.ArgumentParser(prog="bench.topics", description=__doc__.partition("\n")[0])
    parser.add_argument("--topics", type=int, default=10_000, help="the many (default: 10000)")
    parser.add_argument("--changes", type=int, default=1_000, help="default: 1000")
    parser.add_argument("--repeats", type=int, default=5, help="default: 5")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    asked = parser.parse_args(arguments)
    few, many = measure(asked.topics, asked.changes, asked.repeats)
    if asked.json:
        print(json.dumps({"few": asdict(few), "many": asdict(many)}, indent=2))
        return 0
    print(f"{asked.changes:,} changes, medians of {asked.repeats}")
    for one in (few, many):
        print(
            f"{one.topics:>7,} topics: {one.per_change:.3f} ms a change, {one.matches:,} matches;"
            f" indexed in {one.indexing:.2f} s"
        )
    print(f"many against few: {many.per_change / few.per_change:.2f}x (the aim is under 2x)")
    return 0


def measure(topics: int, changes: int, repeats: int) -> tuple[Matched, Matched]:
    """Return what a few topics and many cost against the same changes."""
    chance = random.Random(1)
    words = sorted({word for text in _texts() for word in text.split() if word.isalpha() and len(word) > 4})
    candidates = [_candidate(chance, words) for _ in range(changes)]
    # The few are among the many; what comes on top has words of its own.
    of_changes = [_topic(chance, words) for _ in range(_FEW)]
    others = [_topic(chance, [f"{word}{number}" for word in words[:5]]) for number in range(topics - _FEW)]
    return _matched(of_changes, candidates, repeats), _matched([*of_changes, *others], candidates, repeats)


def _texts() -> list[str]:
    reports = [f"{row['title']} {row['abstract'] or ''}" for row in seed_reports()]
    return reports + [str(row["recommendation"]) for row in seed_recommendations()]


def _candidate(chance: random.Random, words: Sequence[str]) -> Candidate:
    fields: dict[str, Any] = {
        "title": " ".join(chance.choices(words, k=12)),
        "abstract": " ".join(chance.choices(words, k=_WORDS_OF_A_CHANGE)),
    }
    return Candidate(ChangeKind.NEW_REPORT, "source", fields)


def _topic(chance: random.Random, words: Sequence[str]) -> TopicSettings:
    one, two, three = chance.sample(list(words), 3)
    return TopicSettings.model_validate({"match": {"any": [f"{one} {two}", f"{three}*"]}})


def _matched(topics: Sequence[TopicSettings], candidates: Sequence[Candidate], repeats: int) -> Matched:
    started = time.process_time()
    index = TopicIndex({f"topic-{number}": topic for number, topic in enumerate(topics)})
    indexing = time.process_time() - started
    runs = []
    for _ in range(repeats):
        gc.collect()
        started = time.process_time()
        matches = sum(len(index.matches(candidate)) for candidate in candidates)
        runs.append((time.process_time() - started) * 1000 / len(candidates))
    return Matched(len(topics), indexing, median(runs), matches)


if __name__ == "__main__":
    sys.exit(main())
