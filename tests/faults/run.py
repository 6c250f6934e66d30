"""A fault run: the service is killed again and again while sites change; its word is held against the truth.

    python -m tests.faults.run --kills 1000 --seed 1

Prints the figures; exits 1 if a promise was broken, with what repeats the run.
"""

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from monitor.faultpoints import POINTS, Point
from service.receivers import HOST
from service.replica.pages import AGENCY_PATH, LISTING_PATH
from service.replica.site import ReplicaSite
from tests.faults.account import integrity, read_account, settled
from tests.faults.judge import Receipt, Truth, Verdict, judge
from tests.faults.life import Life
from tests.faults.receivers import PATIENCE, Moods, MoodyMail, MoodyWebhook
from tests.faults.world import World

_READERS, _DIGEST_READER = ("one@example.org", "two@example.org"), "weekly@example.org"
_TOLD_AT_ONCE = frozenset({*_READERS, "#1"})
_WATCH_FILE = """\
time_zone: America/New_York
database: sqlite:///watch.db
sources:
  reports: {{profile: dhs-oig, url: "{listing}", every: 1m, delay: 1s, allow_private: true}}
  gao: {{profile: gao-recommendations, url: "{agency}", every: 1m, delay: 1s, allow_private: true}}
channels:
  desk: {{to: "mailto://{mail}?from=watch@example.org&to={readers}&{patience}", give_up_after: 90d}}
  hook: {{to: "{hook}?{patience}", give_up_after: 90d, allow_private: true}}
  weekly: {{to: "mailto://{mail}?from=watch@example.org&to={digest_reader}&{patience}", give_up_after: 90d}}
  ops: {{to: "mailto://{mail}?from=watch@example.org&to=ops@example.org&{patience}", purpose: operator}}
topics:
  everything: {{send: {{immediately: [desk, hook]}}, remind_every: 1d}}
digests:
  often: {{cron: "0 */6 * * *", send_to: [weekly]}}
"""
_LONGEST_LIFE = 1.5  # seconds between the start of the service and a kill
_DRAINS = 30
_HOUR = 3600
_BY_DAY = ("reminder_made", "reminder_kept")  # points that are reached once a day


@dataclass(slots=True)
class Figures:
    """What was done to the service."""

    kills: Counter[str] = field(default_factory=Counter)
    stops: int = 0
    seconds: float = 0.0


class FaultRun:
    """One service, its sites and its receivers, from the first start to the verdict."""

    def __init__(
        self, folder: Path, seed: str, sabotage: str | None = None, only_at: Sequence[Point] = ()
    ) -> None:
        self._folder = folder
        self._only_at = only_at
        self._random = random.Random(seed)
        self._seed = seed
        self._sabotage = sabotage
        self._ahead = 0.0
        self._receipts: list[Receipt] = []
        self._lock = threading.Lock()
        self._trouble: list[str] = []
        self.figures = Figures()

    def run(self, kills: int) -> Verdict:
        """Live and die so many times, then drain what is left, and judge."""
        began = time.monotonic()
        moods = Moods(self._seed)
        with (
            ReplicaSite() as site,
            MoodyMail(moods, self._keep) as mail,
            MoodyWebhook(moods, self._keep) as hook,
        ):
            world = World(site, self._seed)
            watch_file = self._write_watch_file(site, f"{HOST}:{mail.port}", hook.url("/hook"))
            self._begin(watch_file)
            while self.figures.kills.total() < kills:
                account = read_account(self._database)
                world.evolve(settled(world.timelines, account.changes))
                self._live_and_die(watch_file)
            moods.kind = True
            world.calm()
            self._drain(watch_file)
            truth = Truth(world.timelines, _TOLD_AT_ONCE, frozenset({_DIGEST_READER}), world.silent())
        verdict = judge(truth, read_account(self._database), self._receipts)
        verdict.other += self._trouble
        if (said := integrity(self._database)) != "ok":
            verdict.other.append(f"the database is damaged: {said}")
        self.figures.seconds = time.monotonic() - began
        return verdict

    @property
    def _database(self) -> Path:
        return self._folder / "watch.db"

    def _keep(self, receipt: Receipt) -> None:
        with self._lock:
            self._receipts.append(receipt)

    def _write_watch_file(self, site: ReplicaSite, mail: str, hook: str) -> Path:
        path = self._folder / "watch.yaml"
        path.write_text(
            _WATCH_FILE.format(
                listing=site.url(f"{LISTING_PATH}?field_dhs_agency_target_id=1"),
                agency=site.url(AGENCY_PATH),
                mail=mail,
                hook=hook.replace("http://", "json://"),
                readers=",".join(_READERS),
                digest_reader=_DIGEST_READER,
                patience=f"rto={PATIENCE}&cto={PATIENCE}",
            )
        )
        return path

    def _life(self, watch_file: Path, faults: str = "") -> Life:
        # Time goes by between two lives: leases run out, waits and digests fall due.
        self._ahead += self._random.uniform(400, 5_000)
        return Life(watch_file, self._folder / "service.log", self._ahead, faults, self._sabotage)

    def _begin(self, watch_file: Path) -> None:
        """Let the baselines be taken undisturbed: what came before them is nobody's news."""
        with self._life(watch_file) as life:
            life.wait_until_started()
            self._wait_for(life, lambda log: log.count("outcome=baseline") == 2, "no baseline was taken")
            self._end(life)

    def _live_and_die(self, watch_file: Path) -> None:
        """One life: killed at a random instant or at a named point; now and then stopped in peace."""
        chance = 0.0 if self._only_at else self._random.random()
        point = self._random.choice(self._only_at or POINTS)
        turn = self._random.choice((1, 1, 2, 3))
        if chance < 0.6 and point in _BY_DAY:
            self._ahead += 25 * _HOUR
            turn = 1
        faults = f"{point}=kill@{turn}" if chance < 0.5 else ""
        if 0.5 <= chance < 0.6:
            faults = f"{point}={self._random.choice(('fail', 'stall:0.4'))}@{turn}"
        with self._life(watch_file, faults) as life:
            life.wait_until_started()
            # One that is to die at a point is given the time to reach it.
            alive = life.wait(self._random.uniform(_LONGEST_LIFE if faults else 0.0, _LONGEST_LIFE))
            if not alive:
                code = life.kill()
                self.figures.kills[point] += 1
                if code != -9 or not faults:
                    self._trouble.append(f"the service ended by itself with {code}: {life.last_lines[-3:]}")
            elif chance > 0.97:
                self._end(life)
            else:
                life.kill()
                self.figures.kills["a random instant"] += 1

    def _end(self, life: Life) -> None:
        self.figures.stops += 1
        if (code := life.stop()) != 0:
            self._trouble.append(f"asked to stop, the service ended with {code}: {life.last_lines}")

    def _drain(self, watch_file: Path) -> None:
        """Let it live in peace until all is sent and a digest covers the last change."""
        self._ahead += 24 * _HOUR  # reminders fall due
        for _ in range(_DRAINS):
            self._ahead += 6 * _HOUR
            with self._life(watch_file) as life:
                life.wait_until_started()
                life.wait(2.5)
                self._end(life)
            account = read_account(self._database)
            last = account.changes[-1].id if account.changes else 0
            covered = account.digests[-1][1] if account.digests else 0
            sent = all(item.state == "sent" for item in account.items)
            reminded = {reminder.recipient for reminder in account.reminders}
            if covered == last and sent and reminded == _TOLD_AT_ONCE:
                return

    def _wait_for(self, life: Life, holds: Callable[[str], bool], otherwise: str) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and life.wait(0.05):
            if holds((self._folder / "service.log").read_text()):
                return
        raise RuntimeError(f"{otherwise}: {life.last_lines}")


def said(figures: Figures, verdict: Verdict) -> str:
    """Put the figures into words, one line each."""
    by_point = ", ".join(f"{count} at {point}" for point, count in figures.kills.most_common())
    lines = (
        f"kills            {figures.kills.total()} ({by_point})",
        f"stops in peace   {figures.stops}",
        f"site events      {verdict.events}",
        f"changes          {verdict.changes}",
        f"messages         {verdict.messages} delivered, {verdict.digests} digests made, {verdict.reminders}"
        " things reminded of",
        f"lost             {len(verdict.lost)}",
        f"two identities   {len(verdict.two_identities)}",
        f"repeated         {verdict.repeated} (each with the identity it had before)",
        f"false            {len(verdict.false)}",
        f"digest faults    {len(verdict.digest_faults)}",
        f"other            {len(verdict.other)}",
        f"seconds          {figures.seconds:.0f}",
    )
    return "\n".join((*lines, *(f"BROKEN: {promise}" for promise in verdict.broken)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how often the service is killed")
    parser.add_argument("--seed", default="1", help="the same seed draws the same events and faults")
    parser.add_argument("--at", choices=POINTS, action="append", help="kill only at this point, or these")
    parser.add_argument("--keep", type=Path, help="a folder in which database and log are left")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        run = FaultRun(Path(temporary), asked.seed, only_at=asked.at or ())
        verdict = run.run(asked.kills)
        print(said(run.figures, verdict))
        if asked.keep:
            shutil.copytree(temporary, asked.keep, dirs_exist_ok=True)
    if verdict.broken:
        at = "".join(f" --at {point}" for point in asked.at or ())
        print(f"To repeat: python -m tests.faults.run --kills {asked.kills} --seed {asked.seed}{at}")
    return 1 if verdict.broken else 0


if __name__ == "__main__":
    sys.exit(main())
