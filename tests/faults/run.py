"""A fault run: the service is killed again and again while sites change; its word is held against the truth.

    python -m tests.faults.run --kills 1000 --seed 1
    python -m tests.faults.run --kills 1000 --seed 1 --database postgres --process run --process run
    python -m tests.faults.run --kills 100 --database postgres --process worker --process worker --apart

On PostgreSQL the server is stopped and started again now and then, too. With several processes a kill hits
one of them while another is paused or, where each has a machine of its own (--apart), cut off. Prints the
figures; exits 1 if a promise was broken, with what repeats the run.
"""

import argparse
import random
import re
import shlex
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from monitor.faultpoints import POINTS, Point
from service.demo.fakes.receivers import HOST
from service.demo.fakes.replica.pages import AGENCY_PATH, LISTING_PATH
from tests.databases import KINDS, RunDatabase, run_database
from tests.faults.account import last_accepted, read_account, settled
from tests.faults.apart import Machine, machines
from tests.faults.judge import Receipt, Truth, Verdict, judge
from tests.faults.life import RUN, Life
from tests.faults.receivers import PATIENCE, Moods, MoodyMail, MoodyWebhook
from tests.faults.world import World
from tests.lives.site import LifeSite

_READERS, _DIGEST_READER = ("one@example.org", "two@example.org"), "weekly@example.org"
_TOLD_AT_ONCE = frozenset({*_READERS, "#1"})
_WATCH_FILE = """\
time_zone: America/New_York
database: "{database}"
reading_room: {{listen: off}}
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
LONGEST_LIFE = 1.5  # seconds between the start of the service and a kill
_BASELINE = 0.5  # seconds that the baselines take on a quiet machine
_DRAINS = 30
_RESTARTS = 0.25  # of all lives: how many meet a restart of the database's server
_DISTURBED = 0.6  # of all lives with several processes: how many see another one paused or cut off
_LONGEST_GAP = 1.0  # seconds in which there is no server
_DONE = "source WHERE last_accepted_at IS NOT NULL"
_HOUR = 3600
_BY_DAY = ("reminder_made", "reminder_kept")  # points that are reached once a day


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done in a run: the same plan draws the same events and faults.

    The service is as many processes as there are `commands`, each the words after the program's name, with
    `apart` each on a machine of its own. `only_at` are the points at which it is killed, else any.
    """

    seed: str
    commands: tuple[tuple[str, ...], ...] = (RUN,)
    only_at: tuple[Point, ...] = ()
    sabotage: str | None = None
    apart: bool = False
    longest_life: float = LONGEST_LIFE


@dataclass(slots=True)
class Figures:
    """What was done to the service."""

    kills: Counter[str] = field(default_factory=Counter)
    stops: int = 0
    pauses: int = 0  # of another process than the one that was hit
    cuts: int = 0  # of its cable
    restarts: int = 0  # of the database's server
    copies: int = 0  # old pages that a check got
    torn: int = 0  # checks between whose pages something happened
    seconds: float = 0.0


class FaultRun:
    """One service, its sites and its receivers, from the first start to the verdict."""

    def __init__(self, folder: Path, database: RunDatabase, plan: Plan) -> None:
        self._folder = folder
        self._database = database
        self._plan = plan
        self._machines: list[Machine] = []
        self._random = random.Random(plan.seed)
        self._ahead = 0.0
        self._longest = plan.longest_life
        self._receipts: list[Receipt] = []
        self._lock = threading.Lock()
        self._trouble: list[str] = []
        self.figures = Figures()

    def run(self, kills: int) -> Verdict:
        """Live and die so many times, then drain what is left, and judge."""
        began = time.monotonic()
        moods = Moods(self._plan.seed)
        with (
            LifeSite() as site,
            MoodyMail(moods, self._keep) as mail,
            MoodyWebhook(moods, self._keep) as hook,
            ExitStack() as stack,
        ):
            world = World(site, self._plan.seed)
            watch_file = self._write_watch_file(site, f"{HOST}:{mail.port}", hook.url("/hook"))
            if self._plan.apart:
                self._set_apart(stack, watch_file)
            self._begin(watch_file)
            while self._kills_so_far() < kills:
                account = read_account(self._database)
                world.evolve(settled(world.timelines, account.changes), last_accepted(self._database))
                self._live_and_die(watch_file)
            moods.kind = True
            world.calm()
            self._drain(watch_file, world)
            self.figures.copies, self.figures.torn = world.copies, world.torn
            truth = Truth(world.timelines, _TOLD_AT_ONCE, frozenset({_DIGEST_READER}), world.silent())
        verdict = judge(truth, read_account(self._database), self._receipts)
        verdict.other += self._trouble
        verdict.other += _unasked_tracebacks((self._folder / "service.log").read_text())
        verdict.other += [f"the database is damaged: {damage}" for damage in self._database.damages()]
        self.figures.seconds = time.monotonic() - began
        return verdict

    def _kills_so_far(self) -> int:
        """Return how often it was killed where the plan asks for it."""
        kills = self.figures.kills
        return sum(kills[point] for point in self._plan.only_at) if self._plan.only_at else kills.total()

    def _keep(self, receipt: Receipt) -> None:
        with self._lock:
            self._receipts.append(receipt)

    def _write_watch_file(self, site: LifeSite, mail: str, hook: str) -> Path:
        path = self._folder / "watch.yaml"
        path.write_text(
            _WATCH_FILE.format(
                database=self._database.url,
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

    def _set_apart(self, stack: ExitStack, watch_file: Path) -> None:
        """Give each process a machine, and name the servers as they are called from there."""
        text = watch_file.read_text()
        ports = {int(port) for port in re.findall(rf"{re.escape(HOST)}:(\d+)", text)}
        here, self._machines = stack.enter_context(machines(len(self._plan.commands), sorted(ports)))
        watch_file.write_text(text.replace(HOST, here))

    def _lives(self, stack: ExitStack, watch_file: Path, faults: str = "") -> list[Life]:
        """Start all processes, the one that is to be hit first, and let them come up."""
        # Time goes by between two lives: leases run out, waits and digests fall due.
        self._ahead += self._random.uniform(400, 5_000)
        log = self._folder / "service.log"
        order = self._random.sample(range(len(self._plan.commands)), len(self._plan.commands))
        lives = [
            stack.enter_context(
                Life(
                    watch_file,
                    log,
                    self._ahead,
                    faults if place == 0 else "",
                    self._plan.sabotage,
                    self._plan.commands[number],
                    self._machines[number] if self._machines else None,
                )
            )
            for place, number in enumerate(order)
        ]
        for life in lives:
            life.wait_until_started()
        return lives

    def _begin(self, watch_file: Path) -> None:
        """Let the baselines be taken undisturbed: what came before them is nobody's news."""
        with ExitStack() as stack:
            lives = self._lives(stack, watch_file)
            began = time.monotonic()
            self._wait_for(lives[0], lambda: self._database.count(_DONE) == 2, "no baseline was taken")
            # On a busy machine a life has to be longer for the same work.
            self._longest = self._plan.longest_life * max(1.0, (time.monotonic() - began) / _BASELINE)
            self._end(lives)

    def _live_and_die(self, watch_file: Path) -> None:
        """One life: killed at a random instant or at a named point; now and then stopped in peace."""
        chance = 0.0 if self._plan.only_at else self._random.random()
        point = self._random.choice(self._plan.only_at or POINTS)
        turn = self._random.choice((1, 1, 2, 3))
        if chance < 0.6 and point in _BY_DAY:
            self._ahead += 25 * _HOUR
            turn = 1
        faults = f"{point}=kill@{turn}" if chance < 0.5 else ""
        if 0.5 <= chance < 0.6:
            faults = f"{point}={self._random.choice(('fail', 'stall:0.4'))}@{turn}"
        with ExitStack() as stack:
            hit, *others = self._lives(stack, watch_file, faults)
            # One that is to die at a point is given the time to reach it.
            shortest = self._longest if faults else 0.0
            with self._disturbed(others):
                alive = hit.wait(self._random.uniform(shortest, self._longest))
            if self._database.server and self._random.random() < _RESTARTS:
                self._restart_database()
                alive = hit.wait(self._random.uniform(0.0, self._longest))
            if not alive:
                code = hit.kill()
                self.figures.kills[point] += 1
                if code != -9 or not faults:
                    self._trouble.append(f"the service ended by itself with {code}: {hit.last_lines[-3:]}")
            elif chance > 0.97:
                self._end([hit])
            else:
                hit.kill()
                self.figures.kills["a random instant"] += 1
            if others:
                others[0].wait(self._random.uniform(0.0, self._longest))
                self._end(others)

    @contextmanager
    def _disturbed(self, others: Sequence[Life]) -> Iterator[None]:
        """Let one of the others stand still, or pull its cable, for as long as the block lasts."""
        chance = self._random.random()
        if not others or chance > _DISTURBED:
            yield
            return
        one = self._random.choice(others)
        if one.machine and chance < _DISTURBED / 2:
            self.figures.cuts += 1
            with one.machine.cut_off():
                yield
        else:
            self.figures.pauses += 1
            with one.paused():
                yield

    def _restart_database(self) -> None:
        """Take the database's server away and bring it back."""
        assert self._database.server
        self.figures.restarts += 1
        self._database.server.halt(self._random.choice(("fast", "immediate")))
        time.sleep(self._random.uniform(0.0, _LONGEST_GAP))
        self._database.server.start()

    def _end(self, lives: Sequence[Life]) -> None:
        for life in lives:
            self.figures.stops += 1
            if (code := life.stop()) != 0:
                self._trouble.append(f"asked to stop, the service ended with {code}: {life.last_lines}")

    def _drain(self, watch_file: Path, world: World) -> None:
        """Let it live in peace until all is recorded and sent and a digest covers the last change."""
        self._ahead += 24 * _HOUR  # reminders fall due
        for drain in range(_DRAINS):
            self._ahead += 6 * _HOUR
            with ExitStack() as stack:
                lives = self._lives(stack, watch_file)
                # The first life looks at the sites once more; a later one has only to finish.
                until = time.monotonic() + 2.5 + drain  # a busy machine needs longer for the same
                while lives[0].wait(0.2 if drain else 2.5) and time.monotonic() < until:
                    if self._is_drained(world):
                        break
                self._end(lives)
            if self._is_drained(world):
                return

    def _is_drained(self, world: World) -> bool:
        """Whether all is recorded and sent, all readers are reminded, and a digest covers the last change."""
        account = read_account(self._database)
        reached = settled(world.timelines, account.changes)
        last = account.changes[-1].id if account.changes else 0
        covered = account.digests[-1][1] if account.digests else 0
        sent = all(item.state == "sent" for item in account.items)
        reminded = {reminder.recipient for reminder in account.reminders}
        recorded = all(reached.get(aspect) == len(steps) - 1 for aspect, steps in world.timelines.items())
        return recorded and covered == last and sent and reminded == _TOLD_AT_ONCE

    def _wait_for(self, life: Life, holds: Callable[[], bool], otherwise: str) -> None:
        until = time.monotonic() + 300
        while time.monotonic() < until and life.wait(0.05):
            if holds():
                return
        raise RuntimeError(f"{otherwise}: {life.last_lines}")


def _unasked_tracebacks(log: str) -> list[str]:
    """A fault that was asked for is logged as the bug it plays; all else is to be told in a sentence."""
    unasked = log.count("Traceback (most") - log.count("FaultError: asked to fail")
    return [f"{unasked} tracebacks in the log that nobody asked for"] if unasked > 0 else []


def said(figures: Figures, verdict: Verdict) -> str:
    """Put the figures into words, one line each."""
    by_point = ", ".join(f"{count} at {point}" for point, count in figures.kills.most_common())
    lines = (
        f"kills            {figures.kills.total()} ({by_point})",
        f"stops in peace   {figures.stops}",
        f"others           paused {figures.pauses} times, cut off {figures.cuts} times",
        f"server restarts  {figures.restarts}",
        f"old pages        {figures.copies} checks got one, {figures.torn} were torn",
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
    parser.add_argument("--database", choices=KINDS, default="sqlite", help="what keeps the history")
    parser.add_argument("--process", action="append", help="a command of the service (run); may be repeated")
    parser.add_argument("--apart", action="store_true", help="each process on a machine of its own")
    parser.add_argument("--longest", type=float, default=LONGEST_LIFE, help="life in seconds (1.5)")
    parser.add_argument("--keep", type=Path, help="a folder in which database and log are left")
    asked = parser.parse_args(arguments)
    commands = tuple(tuple(shlex.split(words)) for words in asked.process or ["run"])
    plan = Plan(asked.seed, commands, tuple(asked.at or ()), apart=asked.apart, longest_life=asked.longest)
    with (
        tempfile.TemporaryDirectory() as temporary,
        run_database(asked.database, Path(temporary)) as database,
    ):
        run = FaultRun(Path(temporary), database, plan)
        verdict = run.run(asked.kills)
        print(said(run.figures, verdict))
        if asked.keep:
            shutil.copytree(temporary, asked.keep, dirs_exist_ok=True)
    if verdict.broken:
        print(f"To repeat: python -m tests.faults.run {shlex.join(arguments or sys.argv[1:])}")
    return 1 if verdict.broken else 0


if __name__ == "__main__":
    sys.exit(main())
