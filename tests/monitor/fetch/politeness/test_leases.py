"""A host's turn is shared by all processes on one database, and its wishes hold for all its sources."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.domain.errors import FetchError, HostWaits, Refused
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Validators
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.leases import Hosts, host_name, limit_of, loads
from monitor.fetch.politeness.locks import FileTurns
from monitor.fetch.politeness.turns import Politeness
from service.database.database import Database
from service.demo.fakes.loopback import LoopbackHandler, LoopbackServer
from service.demo.fakes.replica import ReplicaSite, access_denied, too_many_requests, unavailable
from tests.clock import FrozenClock

PATH = "/reports/audits-inspections-and-evaluations"


def at(site: ReplicaSite) -> SourceSettings:
    """Return the settings of a source on a loopback site."""
    return SourceSettings(url=site.url("/"), allow_private=True)


HOST = "www.oig.dhs.gov"
Turns = Hosts | FileTurns
Process = Callable[..., Turns]


@pytest.fixture(params=["files", "database"])
def process(
    request: pytest.FixtureRequest, database: Database, clock: FrozenClock, tmp_path: Path
) -> Process:
    """Give what stands for another process on the same database, with either way of keeping turns."""

    def make(token: str, **limits: int) -> Turns:
        if request.param == "files":
            return FileTurns(tmp_path / "turns", database.read, database.note, clock, limits)
        return Hosts(database.note, clock, token, limits)

    return make


@pytest.fixture
def leasing(database: Database, clock: FrozenClock) -> Callable[[str], Hosts]:
    """Give what stands for another process that keeps turns in the database."""
    return lambda token: Hosts(database.note, clock, token, {})


@pytest.fixture
def fetcher_of(clock: FrozenClock) -> Iterator[Callable[[Turns], Fetcher]]:
    """Give what fetches for a process; its waiting moves the clock."""

    def seconds() -> float:
        return clock.now.timestamp()

    def sleep(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    def make(hosts: Turns) -> Fetcher:
        client = make_client("watch@example.org", "1.0")
        fetcher = Fetcher(client, clock, Politeness(seconds, sleep, hosts))
        stack.callback(fetcher.close)
        return fetcher

    with ExitStack() as stack:
        yield make


def test_a_host_that_one_process_asks_is_not_asked_by_another(process: Process) -> None:
    one, two = process("one"), process("two")
    assert one.take(HOST, 60) == 0
    assert two.take(HOST, 60) > 0
    one.give_back(HOST, delay=0)
    assert two.take(HOST, 60) == 0


def test_the_pause_after_a_request_holds_for_every_process(process: Process, clock: FrozenClock) -> None:
    one, two = process("one"), process("two")
    one.take(HOST, 60)
    one.give_back(HOST, delay=5)
    assert two.take(HOST, 60) == 5
    clock.advance(timedelta(seconds=5))
    assert two.take(HOST, 60) == 0


def test_a_folder_that_cannot_be_used_stops_nobody(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    (tmp_path / "turns").write_text("a file where the folder would be")
    turns = FileTurns(tmp_path / "turns", database.read, database.note, clock, {})
    for _ in range(2):
        assert turns.take(HOST, 60) == 0
        turns.give_back(HOST, delay=5, away=60)


def test_another_host_need_not_wait(process: Process) -> None:
    process("one").take(HOST, 60)
    assert process("two").take("www.gao.gov", 60) == 0


def test_the_lease_of_a_process_that_died_runs_out(
    leasing: Callable[[str], Hosts], clock: FrozenClock
) -> None:
    leasing("dead").take(HOST, 60)
    clock.advance(timedelta(seconds=59))
    assert leasing("two").take(HOST, 60) > 0
    clock.advance(timedelta(seconds=1))
    assert leasing("two").take(HOST, 60) == 0


def test_who_waits_comes_before_who_has_just_asked(process: Process, clock: FrozenClock) -> None:
    one, two = process("one"), process("two")
    one.take(HOST, 60)
    one.give_back(HOST, delay=5)
    assert two.take(HOST, 60) == 5
    clock.advance(timedelta(seconds=5))
    assert 0 < one.take(HOST, 60) < 1
    assert two.take(HOST, 60) == 0
    two.give_back(HOST, delay=5)
    assert one.take(HOST, 60) == 5


def test_a_turn_that_was_claimed_and_not_taken_is_soon_anothers(
    leasing: Callable[[str], Hosts], clock: FrozenClock
) -> None:
    one, dead = leasing("one"), leasing("dead")
    one.take(HOST, 60)
    one.give_back(HOST, delay=5)
    dead.take(HOST, 60)
    clock.advance(timedelta(seconds=10))
    assert one.take(HOST, 60) == 0


def test_a_claim_counts_as_no_request(process: Process, database: Database, clock: FrozenClock) -> None:
    one, two = process("one"), process("two")
    one.take(HOST, 60)
    one.give_back(HOST, delay=5)
    two.take(HOST, 60)
    write_counts(one, database)
    write_counts(two, database)
    with database.read() as session:
        (load,) = loads(session, [HOST], {}, clock.now)
    assert load.requests == 1


def test_a_lease_from_before_the_clock_was_set_back_holds_nobody_up(
    leasing: Callable[[str], Hosts], clock: FrozenClock
) -> None:
    leasing("dead").take(HOST, 60)
    clock.advance(timedelta(days=-30))
    assert leasing("two").take(HOST, 60) == 0


def test_a_process_whose_lease_ran_out_gives_back_nothing_of_anothers(
    leasing: Callable[[str], Hosts], clock: FrozenClock
) -> None:
    slow, two, three = leasing("slow"), leasing("two"), leasing("three")
    slow.take(HOST, 60)
    clock.advance(timedelta(minutes=2))
    two.take(HOST, 60)
    slow.give_back(HOST, delay=0)
    assert three.take(HOST, 60) > 0


_HOLDING = """\
import sys
from datetime import UTC, datetime
from pathlib import Path
from monitor.fetch.politeness.locks import FileTurns
from service.database.database import open_database
database = open_database(sys.argv[2])
turns = FileTurns(Path(sys.argv[1]), database.read, database.note, lambda: datetime.now(UTC), {})
print(turns.take(sys.argv[3], 60), flush=True)
sys.stdin.read()
"""


def test_a_process_that_is_killed_lets_go_of_its_host(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    folder = tmp_path / "turns"
    turns = FileTurns(folder, database.read, database.note, clock, {})
    command = [sys.executable, "-c", _HOLDING, str(folder), database.url, HOST]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"0.0\n"
        assert turns.take(HOST, 60) > 0
        other.kill()
    assert turns.take(HOST, 60) == 0
    turns.give_back(HOST, delay=0)


def test_a_clock_that_was_set_back_keeps_nobody_waiting_for_long(
    process: Process, clock: FrozenClock
) -> None:
    one = process("one")
    one.take(HOST, 60)
    one.give_back(HOST, delay=2, away=60)
    clock.advance(timedelta(days=-30))
    assert process("two").take(HOST, 60) == 0


def write_counts(turns: Turns, database: Database) -> None:
    """Let the database know of the requests so far, as the service does every few seconds."""
    if isinstance(turns, FileTurns):
        with database.note() as session:
            turns.write_counts(session)


def test_over_budget_a_host_is_left_alone_until_the_next_day_in_utc(
    process: Process, clock: FrozenClock, database: Database
) -> None:
    one, two = process("one", **{HOST: 3}), process("two", **{HOST: 3})
    for hosts in (one, two, one):
        assert hosts.take(HOST, 60) == 0
        hosts.give_back(HOST, delay=0)
        write_counts(one, database)
        write_counts(two, database)
    with pytest.raises(HostWaits, match="3 requests today, and 3 are allowed") as caught:
        two.take(HOST, 60)
    assert caught.value.retry_after == 12 * 3600
    assert caught.value.spent == 3
    clock.advance(timedelta(hours=12))
    assert two.take(HOST, 60) == 0


def test_a_host_has_its_own_number_or_the_default() -> None:
    assert limit_of({"default": 50, HOST: 3}, HOST) == 3
    assert limit_of({"default": 50, HOST: 3}, "www.gao.gov") == 50
    assert limit_of({}, HOST) == 2_000


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.OIG.dhs.gov/reports?page=1", HOST),
        ("http://www.oig.dhs.gov:80/", HOST),
        ("https://www.oig.dhs.gov:8443/", f"{HOST}:8443"),
    ],
)
def test_one_host_has_one_name(url: str, name: str) -> None:
    assert host_name(url) == name


@pytest.mark.parametrize("busy", [unavailable(600), too_many_requests("Mon, 02 Mar 2026 12:10:00 GMT")])
def test_a_host_that_asks_to_be_left_alone_is_by_every_process_and_after_a_restart(
    site: ReplicaSite,
    process: Process,
    fetcher_of: Callable[[Turns], Fetcher],
    clock: FrozenClock,
    busy: object,
) -> None:
    one, two = fetcher_of(process("one")), fetcher_of(process("two"))
    site.faults[PATH] = busy  # type: ignore[assignment]
    with pytest.raises(FetchError, match=r"answered (503|429)"):
        one.fetch(site.url(PATH), Validators(), at(site))
    site.faults.clear()
    asked = len(site.requests)
    for fetcher in (one, two, fetcher_of(process("restarted"))):
        with pytest.raises(HostWaits, match=r"left alone \(Retry-After\) until Mon\., March 2, 2026, 12:10"):
            fetcher.fetch(
                site.url("/agencies/united-states-customs-and-border-protection"), Validators(), at(site)
            )
    assert len(site.requests) == asked
    clock.advance(timedelta(minutes=11))
    two.fetch(site.url(PATH), Validators(), at(site))


def test_every_request_counts_robots_txt_too(
    site: ReplicaSite,
    process: Process,
    fetcher_of: Callable[[Turns], Fetcher],
    database: Database,
    clock: FrozenClock,
) -> None:
    hosts = process("one")
    fetcher = fetcher_of(hosts)
    for _ in range(2):
        fetcher.fetch(site.url(PATH), Validators(), at(site))
    write_counts(hosts, database)
    with database.read() as session:
        (load,) = loads(session, [host_name(site.url(PATH))], {"default": 100}, clock.now)
    assert (load.requests, load.limit) == (len(site.requests), 100) == (3, 100)


def test_we_never_disguise_ourselves_however_often_we_are_refused(
    site: ReplicaSite, process: Process, fetcher_of: Callable[[Turns], Fetcher]
) -> None:
    fetcher = fetcher_of(process("one"))
    for fault in (access_denied(403), access_denied(401), unavailable(), too_many_requests()):
        site.faults[PATH] = fault
        with pytest.raises(FetchError):
            fetcher.fetch(site.url(PATH), Validators(), at(site))
    site.faults.clear()
    fetcher.fetch(site.url(PATH), Validators(), at(site))
    agents = {seen.headers["user-agent"] for seen in site.requests}
    assert agents == {"OversightWatch/1.0 (+watch@example.org)"}
    assert len(site.requests) > 4


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_names_what_else_works(
    site: ReplicaSite, process: Process, fetcher_of: Callable[[Turns], Fetcher], status: int
) -> None:
    site.faults[PATH] = access_denied(status)
    with pytest.raises(Refused, match=r"refuses programs.*feed or CSV export.*saved by hand.*browser extra"):
        fetcher_of(process("one")).fetch(site.url(PATH), Validators(), at(site))


class _Noting(LoopbackHandler):
    """Answers slowly, and notes from when to when each page was asked for."""

    spans: list[tuple[float, float]]
    lock = threading.Lock()

    def do_GET(self) -> None:  # noqa: N802 - the name http.server looks for
        began = time.monotonic()
        if self.path == "/robots.txt":
            self.send_head(404, {}, 0)
            return
        threading.Event().wait(0.15)
        self.send_head(200, {"Content-Type": "text/html"}, 2)
        with self.lock:  # before the answer is whole: noted later, a busy machine would shorten the pause
            self.spans.append((began, time.monotonic()))
        self.wfile.write(b"ok")


_ASKING = """\
import sys
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Validators
from service.database.database import open_database
from service.runtime.app import hosts_of, make_fetcher
from service.watchfile.settings import WatchFile
base, url = sys.argv[1], sys.argv[2]
source = SourceSettings(url=base, delay="1s", allow_private=True)
settings = WatchFile(sources={"page": source}, database=url)
database = open_database(url)
fetcher = make_fetcher(settings, hosts=hosts_of(settings, database))
for number in range(3):
    fetcher.fetch(f"{base}/{number}", Validators(), source)
"""


def test_two_processes_on_one_database_never_ask_a_host_at_once_nor_faster_than_its_delay(
    database: Database,
) -> None:
    _Noting.spans = []
    server = LoopbackServer(_Noting)
    server.start()
    try:
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
        command = [sys.executable, "-c", _ASKING, server.base_url, database.url]
        asking = [subprocess.Popen(command, env=env) for _ in range(2)]
        assert [process.wait(600) for process in asking] == [0, 0]
    finally:
        server.stop()
    spans = sorted(_Noting.spans)
    assert len(spans) == 6
    pauses = [later[0] - earlier[1] for earlier, later in pairwise(spans)]
    assert min(pauses) > 0.95, pauses
