"""Asked to stop, the service ends within seconds, whatever it waits for, and leaves nothing wrong behind."""

import fcntl
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
from sqlmodel import Session, select

from monitor.fetch.politeness.leases import ALIVE, host_name
from monitor.store.models import Check, Host, SweepPage
from service.cli.main import main
from service.database.database import store_of
from service.demo.fakes.replica import ReplicaSite, slow_drip
from tests.forked import Forked
from tests.service.home import connected, database_line, database_of, name_database

Row = TypeVar("Row")
LISTING = "/reports/audits-inspections-and-evaluations"
SECONDS = 300.0  # what a stop might wrongly wait for takes ten minutes; a busy machine's last words do not
SOURCE = """\
  {key}: {{url: "{url}", profile: dhs-oig, every: 1h, delay: {delay}, timeout: 10m, allow_private: true}}
"""


class Running:
    """A running service and all that it said."""

    def __init__(self, folder: Path, urls: list[str], *, delay: str = "1s") -> None:
        path, self.log = folder / "watch.yaml", folder / "run.log"
        sources = [SOURCE.format(key=f"s{n}", url=url, delay=delay) for n, url in enumerate(urls)]
        path.write_text(f"{database_line(folder)}reading_room: {{listen: off}}\nsources:\n{''.join(sources)}")
        with self.log.open("w") as log:
            self.process = Forked(main, "run", "-w", str(path), stderr=log.fileno())

    def stop(self) -> int:
        """Ask it to stop, and return its exit code; what it must not wait for takes longer than this does."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)


@pytest.fixture
def services() -> Iterator[list[Running]]:
    """Give where a test puts what it has started."""
    started: list[Running] = []
    yield started
    for service in started:
        service.process.kill()
        service.process.wait()


def wait_for_requests(site: ReplicaSite, count: int) -> None:
    until = time.monotonic() + 300
    while len(site.requests_for(LISTING)) < count and time.monotonic() < until:
        time.sleep(0.02)
    assert len(site.requests_for(LISTING)) >= count


def require_clean_stop(service: Running, folder: Path) -> None:
    """Require a stop that waits for nothing, without a word of trouble and without a check on record."""
    assert service.stop() == 0, service.log.read_text()
    said = service.log.read_text()
    assert " stopped" in said
    assert "ERROR" not in said
    assert "WARNING" not in said
    assert "Traceback" not in said
    assert stored(folder, Check) == []


def stored(folder: Path, table: type[Row]) -> list[Row]:
    with connected(folder) as connection, Session(connection) as session:
        return list(session.exec(select(table)).all())


def leases(folder: Path) -> list[str | None]:
    """Return the lease of each host; the sign of life of a service is a row there that has none."""
    return [row.lease for row in stored(folder, Host) if row.name != ALIVE]


def is_taken(folder: Path, host: str) -> bool:
    """Whether a process has its turn at a host: by a lock on a file, on PostgreSQL by a lease."""
    file = store_of(database_of(folder)).turns_folder(database_of(folder))
    if file is None:
        return leases(folder) != [None]
    with (file / host).open() as turn, suppress(BlockingIOError):
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    return True


def test_a_stop_between_two_pages_keeps_the_page_read_and_waits_for_no_other(
    site: ReplicaSite, home: Path, services: list[Running]
) -> None:
    site.listing_page_size = 5
    services.append(Running(home, [site.url(LISTING)], delay="10m"))
    wait_for_requests(site, 1)
    until = time.monotonic() + 300
    while not stored(home, SweepPage):
        assert time.monotonic() < until
        time.sleep(0.05)
    require_clean_stop(services[0], home)
    assert len(stored(home, SweepPage)) == 1  # from which the next start goes on
    assert leases(home) == [None]


def test_a_stop_is_heard_by_all_that_queue_for_one_host(
    site: ReplicaSite, home: Path, services: list[Running]
) -> None:
    site.listing_page_size = 5
    services.append(Running(home, [site.url(f"{LISTING}?s={n}") for n in range(14)], delay="10m"))
    wait_for_requests(site, 1)
    require_clean_stop(services[0], home)
    assert len(site.requests_for(LISTING)) == 1


def test_a_stop_does_not_wait_for_a_host_that_another_process_asks(
    site: ReplicaSite, home: Path, services: list[Running]
) -> None:
    site.faults[LISTING] = slow_drip(pause=5)
    services.append(Running(home, [site.url(LISTING)]))
    wait_for_requests(site, 1)
    second = home / "second"
    second.mkdir()
    name_database(second, database_of(home))
    services.append(Running(second, [site.url(LISTING)]))
    until = time.monotonic() + 300
    while " started sources=" not in services[1].log.read_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    require_clean_stop(services[1], home)
    assert is_taken(home, host_name(site.url()))  # still the first one's
    assert len(site.requests_for(LISTING)) == 1


def test_a_stop_does_not_wait_for_a_page_that_trickles_in(
    site: ReplicaSite, home: Path, services: list[Running]
) -> None:
    site.faults[LISTING] = slow_drip(pause=5)
    services.append(Running(home, [site.url(LISTING)]))
    wait_for_requests(site, 1)
    require_clean_stop(services[0], home)
