"""python -m tests.lives.run --steps 20000 --seed 1: live, check, and judge every change that is recorded."""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from monitor.domain.types import Outcome
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from monitor.store.changes import changes_between, latest_change_id
from monitor.store.models import Record
from service.database.database import Database, open_database
from service.demo.fakes.replica.pages import AGENCY_PATH, LISTING_PATH
from tests.checking import Checker
from tests.clock import FrozenClock
from tests.lives.editor import Editor
from tests.lives.site import LifeSite
from tests.lives.troubles import OLD_COPIES, TROUBLES, calm, trouble
from tests.lives.world import World

_SOURCES = {"reports": LISTING_PATH, "open": AGENCY_PATH}
_SIZES = ((1, 1), (7, 1), (50, 1), (50, 3), (120, 5))
_LARGE = ((400, 8), (2000, 40))
_STEPS_A_LIFE = 40
_LONG_LIFE = 20  # one life in so many is on a long list


@dataclass
class Life:
    """One story from a seed, told until its end or its first fault."""

    seed: str
    folder: Path
    large: bool = False
    story: list[str] = field(default_factory=list)
    steps: int = 0
    changes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def live(self, steps: int) -> list[str]:
        """Return what was wrong first, with the story that led to it; nothing where all was right."""
        with _stage(self.folder) as (site, database, fetcher, clock):
            self._site, self._database = site, database
            self._checker = Checker(database, fetcher, clock)
            self._clock = clock
            self._last_change, self._last_record = 0, 0
            reports, pages = self._size()
            self.world = World(site, self.seed, reports=reports, pages=pages)
            self.editor = Editor(self.world)
            self.story = [f"{reports} reports on {pages} pages"]
            self._check()
            self.world.seen()
            self._believes = True
            for _ in range(steps):
                self._step()
                self.steps += 1
                if self.editor.faults:
                    return self.editor.faults
        return []

    def _size(self) -> tuple[int, int]:
        return random.Random(f"{self.seed} size").choice(_LARGE if self.large else _SIZES)

    def _step(self) -> None:
        """Let some events happen, with a check, perhaps in trouble, after them; or let all become calm."""
        chance = self.world.random.random()
        if chance < 0.15:
            self._become_calm()
            return
        for _ in range(self.world.random.choices((0, 1, 2, 10), (3, 10, 4, 1))[0]):
            self.story.append(self.world.happen())
        for _ in range(self.world.random.choice((1, 1, 1, 2))):
            if self.world.random.random() < 0.35:
                # What two accepted checks in a row show is what the site says.
                names = TROUBLES if self._believes else TROUBLES.keys() - OLD_COPIES
                name = self.world.random.choice(sorted(names))
                self._believes &= name not in OLD_COPIES
                self.story.append(f"check with {name}")
                with trouble(self.world, name):
                    whole = self._check()
                self._believes |= whole and name not in OLD_COPIES
            else:
                self.story.append("check")
                if self._check():
                    self.world.seen()
                    self._believes = True
            if self.editor.faults:
                return

    def _become_calm(self) -> None:
        calm(self._site)
        self.story.append("all is calm")
        self._check()
        for _ in range(3):
            self._clock.advance(timedelta(days=1))
            self._check(accept=True)
        self.world.seen()
        self._believes = True
        if not self.editor.faults:
            self.editor.settle(self._stored())

    def _check(self, *, accept: bool = False) -> bool:
        """Check both lists and judge; return whether all of them were compared whole."""
        whole = True
        for key, path in _SOURCES.items():
            settled = self._checker.check(self._site.url(path), key)
            if accept and settled.outcome is Outcome.QUARANTINED:
                settled = self._checker.check(self._site.url(path), key, accept=True)
            self.outcomes[settled.outcome] += 1
            whole &= settled.outcome in (Outcome.CHANGED, Outcome.UNCHANGED)
            self.story[-1] += f" [{key}: {settled.outcome}{'; '.join(('', *settled.reasons))[:300]}]"
        self._hear()
        return whole

    def _hear(self) -> None:
        with self._database.read() as session:
            rows = session.exec(
                select(Record).where(col(Record.id) > self._last_record).order_by(col(Record.id))
            ).all()
            newest = latest_change_id(session)
            changes = list(changes_between(session, self._last_change, newest))
        for row in rows:
            self.editor.meet(row.id or 0, row.fields, row.listed)
            self._last_record = row.id or 0
        self.editor.hear(changes)
        self.changes += len(changes)
        self._last_change = newest

    def _stored(self) -> list[tuple[int, dict[str, Any], bool]]:
        with self._database.read() as session:
            return [(row.id or 0, row.fields, row.listed) for row in session.exec(select(Record)).all()]


@contextmanager
def _stage(folder: Path) -> Iterator[tuple[LifeSite, Database, Fetcher, FrozenClock]]:
    clock = FrozenClock()
    with (
        LifeSite(now=clock) as site,
        closing(open_database(f"sqlite:///{folder / 'life.db'}")) as database,
        make_client(None, "lives") as client,
    ):
        yield site, database, Fetcher(client, clock, Politeness(sleep=lambda _seconds: None)), clock


def live(seed: str, steps: int, *, large: bool = False) -> tuple[Life, list[str]]:
    """Live one life in a folder of its own and return it with its faults."""
    with tempfile.TemporaryDirectory() as folder:
        life = Life(seed, Path(folder), large)
        return life, life.live(steps)


def main(arguments: Sequence[str] | None = None) -> int:
    """Live lives one after the other until there were enough steps; print what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--from-life", type=int, default=0)
    parser.add_argument("--tail", type=int, default=12)
    parser.add_argument("--keep-going", action="store_true")
    given = parser.parse_args(arguments)
    done, number, bad, changes = 0, given.from_life, 0, 0
    outcomes: Counter[str] = Counter()
    while done < given.steps:
        life, faults = live(
            f"{given.seed}/{number}", _STEPS_A_LIFE, large=number % _LONG_LIFE == _LONG_LIFE - 1
        )
        done, number, changes = done + max(1, life.steps), number + 1, changes + life.changes
        outcomes += life.outcomes
        if faults:
            bad += 1
            print(f"life {number - 1} (seed {life.seed}), step {life.steps}:")
            print(
                "\n".join(
                    f"  {line}" for line in (*life.story[-given.tail :], *(f"WRONG: {f}" for f in faults[:6]))
                )
            )
            if not given.keep_going:
                break
    came = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    print(f"{done} steps in {number - given.from_life} lives, {changes} changes, {bad} disagreements")
    print(f"checks: {came}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
